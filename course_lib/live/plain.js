// A plain text area with the functions of `editor.js`, for a site that was built without Node.

export function create(place, { text, label, describedBy, readOnly, changed, run }) {
  const area = document.createElement("textarea");
  area.className = "live-plain";
  area.value = text;
  area.readOnly = Boolean(readOnly);
  area.spellcheck = false;
  area.setAttribute("aria-label", label);
  if (describedBy) area.setAttribute("aria-describedby", describedBy);
  for (const name of ["autocapitalize", "autocomplete", "autocorrect"]) area.setAttribute(name, "off");
  const fit = () => (area.rows = Math.min(40, area.value.split("\n").length + 1));
  const history = [text];
  let at = 0;
  const note = () => {
    history.splice(++at, history.length, area.value);
    fit();
    changed?.();
  };
  const move = (step) => {
    if (history[at + step] === undefined) return;
    area.value = history[(at += step)];
    fit();
    changed?.();
  };
  let leaving = false;
  area.addEventListener("input", note);
  area.addEventListener("blur", () => (leaving = false));
  area.addEventListener("keydown", (event) => {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key === "Enter") {
      event.preventDefault();
      run?.();
    } else if (command && event.key.toLowerCase() === "z") {
      event.preventDefault();
      move(event.shiftKey ? 1 : -1);
    } else if (event.key === "Escape") {
      leaving = true;
    } else if (event.key === "Tab" && !leaving && !area.readOnly) {
      event.preventDefault();
      indent(area, event.shiftKey);
      note();
    } else if (!["Tab", "Shift"].includes(event.key)) {
      leaving = false;
    }
  });
  place.append(area);
  fit();
  return {
    get: () => area.value,
    set: (source) => ((area.value = source), note()),
    focus: () => area.focus(),
    undo: () => move(-1),
    redo: () => move(1),
  };
}

function indent(area, less) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const made = lines.map((line) => (less ? line.replace(/^ {1,4}/, "") : `    ${line}`)).join("\n");
  area.setRangeText(made, from, end, "preserve");
}
