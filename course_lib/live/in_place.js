// A chapter's cells, edited and run where they are printed, and the function to write. Loaded at the
// first press of a button, with the editor; Python at the first Run or Check.
import { all, button, make, notices, one, reach } from "./dom.js";
import { able, pythonOf } from "./loading.js";
import { fill } from "./output.js";
import { notKept } from "./storage.js";
import { Task } from "./task.js";
import { Work } from "./work.js";

const KEYS =
  "Ctrl+Enter runs. Tab indents; to leave the editor press Escape, then Tab. NumPy and Matplotlib are there; the text and the figures around the cell stay as they are.";
const DRAWS = /\b(matplotlib|plt|figures)\b/;
const ADVICE = "Copy it before you leave the page.";
const ROOT = new URL("../../", import.meta.url).href; // of the site

async function got(address) {
  const answer = await fetch(address, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

function styled() {
  return new Promise((resolve, reject) => {
    const sheet = make("link", { rel: "stylesheet", href: new URL("live.css", import.meta.url).href });
    sheet.onload = resolve;
    sheet.onerror = reject;
    document.head.append(sheet);
  });
}

// `address` names the page's cells and its exercise, `edits` where edited cells are kept.
export async function open(address, edits) {
  const page = await (await got(address)).json();
  const [{ create }] = await Promise.all([import(ROOT + page.place.editor), styled()]);
  return new Chapter(page, create, edits);
}

// Edits by their places now: in a rebuilt book they follow what was printed, else keep their places.
function placed(kept, printed) {
  const found = {};
  const changed = [];
  for (const [at, edit] of Object.entries(kept)) {
    const now = printed[at] === edit[0] ? at : printed.indexOf(edit[0]);
    if (now === -1) changed.push([at, edit]);
    else found[now] ??= edit;
  }
  for (const [at, edit] of changed) found[at] ??= edit;
  return found;
}

class Chapter {
  #numbers; // of the cells that are printed, among all cells
  #editors = {}; // of cells, by number
  #edits; // by place among the printed cells: [what was printed, what the reader made of it]

  constructor(page, create, edits) {
    Object.assign(this, { page, create, edits });
    this.#numbers = page.cells.flatMap((cell, number) => (cell.printed ? [number] : []));
    this.notices = make("div", { class: "live-note", role: "status" });
    this.notice = notices(this.notices);
    this.loading = make("div", { class: "live-progress" });
    this.loading.hidden = true;
    this.python = pythonOf(page.place, ROOT, this.loading, this.notice);
    if (!able) this.notice("python", "This browser cannot run Python here. You can read and write.");
    addEventListener("resize", () => this.#reach());
    this.#edits = placed(this.#kept(), this.#numbers.map((number) => page.cells[number].source));
    if (Object.keys(this.#edits).length) this.#keep(() => this.#edits);
  }

  // --- what the reader has edited -----------------------------------------------------------------

  // The places of the cells that were edited on an earlier visit.
  get edited() {
    return Object.keys(this.#edits).map(Number).filter((at) => at < this.#numbers.length);
  }

  #kept() {
    try {
      return JSON.parse(localStorage.getItem(this.edits)) ?? {};
    } catch {
      return {};
    }
  }

  // Another tab may have written since.
  #keep(change) {
    const kept = change(this.#kept());
    try {
      if (Object.keys(kept).length) localStorage.setItem(this.edits, JSON.stringify(kept));
      else localStorage.removeItem(this.edits);
    } catch (error) {
      this.notice("storage", notKept(error, ADVICE));
    }
  }

  // --- a cell ----------------------------------------------------------------------------------

  cell(printed, at, focus) {
    const number = this.#numbers[at];
    const { source } = this.page.cells[number];
    const [before, text] = this.#edits[at] ?? [source, source];
    const keys = `live-keys-${number}`;
    const place = make("div", { "data-editor": "" });
    const out = make("div", { "data-output": "", role: "region", "aria-label": `Output of code cell ${at + 1}` });
    const status = make("p", { class: "live-keys", role: "status" });
    const run = button("Run", () => void this.#run(box, number));
    const stop = button("Stop", () => this.python.stop());
    const reset = button("Reset", () => {
      editor.set(source);
      editor.focus();
      this.#shown(box, false, true);
      status.textContent = "The cell is as printed; Ctrl+Z takes that back.";
    });
    run.dataset.run = stop.dataset.stop = "";
    stop.hidden = true;
    const buttons = make("div", { class: "live-buttons" }, run, stop, reset);
    const box = make(
      "section",
      { class: "live-in live-cell", "aria-label": `Code cell ${at + 1}` },
      place, make("p", { class: "live-keys", id: keys }, KEYS), buttons, status, out,
    );
    printed.hidden = true;
    printed.after(box);
    if (before !== source) status.textContent = "The book's cell has changed since you edited it; Reset shows it.";
    const editor = (this.#editors[number] = this.create(place, {
      text,
      label: `Code cell ${at + 1}`,
      describedBy: keys,
      run: () => void this.#run(box, number),
      changed: () =>
        this.#keep(({ [at]: _, ...others }) => (editor.get() === source ? others : { ...others, [at]: [source, editor.get()] })),
    }));
    this.#shown(box, false, true);
    if (!focus) return;
    this.#put(box);
    editor.focus();
  }

  // What is shown below the code: what the reader's run gave, what the book printed, or both.
  #shown(box, own, book) {
    one("[data-output]", box).hidden = !own;
    const printed = all(":scope > .cell_output", box.parentNode);
    for (const node of printed) node.hidden = !book;
    return book && printed.length > 0;
  }

  async #run(box, number) {
    const out = one("[data-output]", box);
    const status = one("[role=status]", box);
    const run = one("[data-run]", box);
    if (run.disabled || !able) return;
    this.#put(box);
    const sources = this.page.cells.slice(0, number + 1).map(({ source }, at) => this.#editors[at]?.get() ?? source);
    const text = make("pre", {});
    out.replaceChildren(text);
    this.#shown(box, true, true);
    status.textContent = "Running …";
    run.disabled = true;
    box.setAttribute("aria-busy", "true");
    let answer;
    try {
      const drawing = Object.values(this.#editors).some((editor) => DRAWS.test(editor.get()));
      answer = await this.python.request({ kind: "cells", sources }, { drawing, output: (more) => text.append(more) });
    } catch (error) {
      answer = { failed: error.message };
    }
    run.disabled = false;
    box.removeAttribute("aria-busy");
    const at = answer.cell ?? Number(answer.key?.split(" ")[1]);
    if (answer.failed) status.textContent = `Python could not be loaded (${answer.failed}), so the cell was not run.`;
    else if (at <= number) status.textContent = "A cell above this one did not run to its end, so this one was not run. What it said:";
    else if (answer.ran > 1) status.textContent = `Run after ${answer.ran - 1} cells above it, hidden ones among them.`;
    else status.textContent = answer.ran ? "Run." : "";
    fill(out, text, answer);
    if (answer.ran && text.hidden && out.children.length === 1) status.textContent += " It prints nothing.";
    const whole = answer.cell > number && !answer.absent && !answer.undrawn;
    if (this.#shown(box, true, !whole)) status.textContent += " What the book printed is left below.";
    this.#reach();
  }

  // --- the function to write -------------------------------------------------------------------

  async write(box) {
    const name = box.dataset.write;
    const address = `${ROOT}exercises/${this.page.exercise}.html`;
    const exercise = new DOMParser().parseFromString(await (await got(address)).text(), "text/html");
    const data = (id) => JSON.parse(exercise.getElementById(id).textContent);
    const work = new Work(data("live-place"), data("live-notebook"), this.notice);
    work.advice = "Copy it before you leave the page.";
    await work.load();
    const section = document.importNode(one(`[data-task="${CSS.escape(name)}"]`, exercise), true);
    section.classList.add("live-in");
    one(".highlight-python", box).replaceWith(section);
    this.#put(section);
    const task = new Task(section, work, this.python, this.create, ROOT, () => {
      task.showPoints();
      this.#reach();
    });
    one("[data-check]", section).addEventListener("click", () => this.#put(section));
    task.showPoints();
    work.open();
    task.editor.focus();
  }

  // What is said of Python and of the reader's work is above the box that is used.
  #put(box) {
    if (box.previousElementSibling !== this.loading) box.before(this.notices, this.loading);
  }

  #reach() {
    reach(all(".live-in pre"));
  }
}
