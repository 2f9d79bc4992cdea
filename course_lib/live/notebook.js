// Notebooks and the reader's work: which cell holds which function, and back. Nothing of the page.

export const textOf = (cell) => (Array.isArray(cell.source) ? cell.source.join("") : cell.source ?? "");
export const linesOf = (text) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const defines = (source, name) =>
  new RegExp(`^(?:(?:async[ \\t]+)?def[ \\t]+${name}[ \\t]*\\(|${name}[ \\t]*=[^=])`, "m").test(source);

// The position of the cell in which a function is written: the last one that defines it, else its
// own cell of the release; -1 where there is neither.
export function place(notebook, name) {
  const { cells } = notebook;
  for (let at = cells.length - 1; at >= 0; at -= 1) {
    if (cells[at].cell_type === "code" && defines(textOf(cells[at]), name)) return at;
  }
  return cells.findIndex((cell) => cell.id === `solution-${name}` && cell.cell_type === "code");
}

// What the editors show of a notebook: the text of each task's cell. Where one cell defines several
// of the functions it belongs to the first; the others say where they are.
export function sources(notebook, names) {
  const found = {};
  const owner = new Map();
  for (const name of names) {
    const at = place(notebook, name);
    if (at < 0) continue;
    if (owner.has(at)) found[name] = `# ${name} is written in the editor of ${owner.get(at)}.\n`;
    else {
      owner.set(at, name);
      found[name] = textOf(notebook.cells[at]).replace(/\r\n?/g, "\n");
    }
  }
  return found;
}

// The notebook with the reader's sources in it. What is not a task's cell stays as it is.
export function withSources(notebook, names, written) {
  const made = structuredClone(notebook);
  const before = sources(notebook, names);
  const places = Object.fromEntries(names.map((name) => [name, place(notebook, name)]));
  const added = [];
  for (const name of names) {
    const source = written[name];
    if (source === undefined || source === before[name]) continue;
    const shared = before[name]?.startsWith(`# ${name} is written in the editor of `);
    if (places[name] >= 0 && !shared) {
      const cell = made.cells[places[name]];
      cell.source = linesOf(source);
      cell.outputs = [];
      cell.execution_count = null;
    } else if (source.trim()) {
      const cell = { cell_type: "code", execution_count: null, id: `solution-${name}` };
      added.push({ ...cell, metadata: {}, outputs: [], source: linesOf(source) });
    }
  }
  const end = made.cells.findIndex((cell) => cell.id === "text-points");
  made.cells.splice(end < 0 ? made.cells.length : end, 0, ...added);
  return made;
}

// A notebook file's text as an object; throws a sentence for the reader.
export function parsed(text) {
  let notebook;
  try {
    notebook = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    throw new Error("The file is not a notebook (.ipynb).");
  }
  if (!Array.isArray(notebook?.cells) || notebook.nbformat !== 4) {
    throw new Error("The file is not a notebook of format 4. Save it once in Jupyter, then open it here.");
  }
  return notebook;
}
