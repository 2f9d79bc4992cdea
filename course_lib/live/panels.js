// A cell of an exercise that the reader runs with their own functions, and the panels that it has.
import { all, make, one } from "./dom.js";
import { textOf } from "./notebook.js";
import { fill } from "./output.js";

export async function run(cell, work, python) {
  const out = one("[data-output]", cell);
  const button = one("[data-run]", cell);
  const source = textOf(work.released.cells.find((entry) => entry.id === cell.dataset.cell));
  const number = work.notebook().cells.findIndex((entry) => entry.id === cell.dataset.cell) + 1;
  out.hidden = false;
  if (!number) return out.replaceChildren(make("p", {}, "Your notebook does not have this cell."));
  const ask = async (asked, options) => python.request(await work.asked(asked), options);
  const text = make("pre", {});
  out.replaceChildren(text);
  button.disabled = true;
  cell.setAttribute("aria-busy", "true");
  const stop = make("button", { type: "button", "data-stop": "" }, "Stop");
  stop.addEventListener("click", () => python.stop());
  button.after(stop);
  try {
    await work.save();
    const answer = await ask(
      { kind: "run", cell: number },
      { drawing: /\bplt\.|^panel\(/m.test(source), output: (more) => text.append(more) },
    );
    fill(out, text, answer);
    (answer.panels ?? []).forEach((panel, at) => out.prepend(controls(out, panel, at, ask)));
  } catch (error) {
    out.replaceChildren(make("p", {}, error.message));
  }
  stop.remove();
  button.disabled = false;
  cell.removeAttribute("aria-busy");
}

function controls(out, panel, at, ask) {
  const values = {};
  const group = make("div", { class: "live-controls", role: "group", "aria-label": "Controls" });
  let busy = false;
  let again = false;
  const draw = async () => {
    again = true;
    if (busy) return;
    busy = true;
    while (again) {
      again = false;
      const text = make("pre", {});
      const shown = make("div", {});
      const answer = await ask({ kind: "draw", panel: at, values: { ...values } }, { drawing: true, output: (more) => text.append(more) });
      shown.append(text);
      if (answer.error) text.append("Press the button above to draw it again.");
      else fill(shown, text, answer);
      for (const old of all(":scope > :not(.live-controls)", out)) old.remove();
      out.append(shown);
    }
    busy = false;
  };
  for (const [name, control] of Object.entries(panel.controls)) {
    const label = make("label", {}, make("span", {}, name.replaceAll("_", " ")));
    const set = (value) => ((values[name] = value), draw());
    if (control.kind === "number") {
      const read = (text) => (control.whole ? Math.round(Number(text)) : Number(text));
      const bounds = { min: control.min, max: control.max, step: control.step, value: control.value };
      const slider = make("input", { type: "range", ...bounds });
      const number = make("input", { type: "number", ...bounds, "aria-label": name });
      slider.addEventListener("input", () => ((number.value = slider.value), set(read(slider.value))));
      number.addEventListener("change", () => ((slider.value = number.value), set(read(number.value))));
      label.append(slider, number);
      values[name] = control.value;
    } else if (control.kind === "choice") {
      const select = make("select", {}, ...control.options.map((text, place) => make("option", { value: place }, text)));
      select.addEventListener("change", () => set(control.values[select.value]));
      label.append(select);
      values[name] = control.values[0];
    } else {
      const input = make("input", control.kind === "switch" ? { type: "checkbox" } : { type: "text", value: control.value });
      if (control.value === true) input.checked = true;
      input.addEventListener("change", () => set(control.kind === "switch" ? input.checked : input.value));
      label.append(input);
      values[name] = control.value;
    }
    group.append(label);
  }
  draw();
  return group;
}
