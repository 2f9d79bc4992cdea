// A chapter's cells, edited and run where they are printed, and the function to write. Loaded at the
// first press of a button, with the editor; Python at the first Run or Check.
import { all, button, make, notices, one, reach } from "./dom.js";
import { able, pythonOf } from "./loading.js";
import { fill } from "./output.js";
import { Task } from "./task.js";
import { Work } from "./work.js";

const KEYS = "Ctrl+Enter runs. Tab indents; to leave the editor press Escape, then Tab.";
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

// `address` names the page's cells and its exercise.
export async function open(address) {
  const page = await (await got(address)).json();
  const [{ create }] = await Promise.all([import(ROOT + page.place.editor), styled()]);
  return new Chapter(page, create);
}

class Chapter {
  #numbers; // of the cells that are printed, among all cells
  #editors = {}; // of cells, by number

  constructor(page, create) {
    Object.assign(this, { page, create });
    this.#numbers = page.cells.flatMap((cell, number) => (cell.printed ? [number] : []));
    this.notices = make("div", { class: "live-note", role: "status" });
    this.notice = notices(this.notices);
    this.loading = make("div", { class: "live-progress" });
    this.loading.hidden = true;
    this.python = pythonOf(page.place, ROOT, this.loading, this.notice);
    if (!able) this.notice("python", "This browser cannot run Python here. You can read and write.");
    addEventListener("resize", () => this.#reach());
  }

  // --- a cell ----------------------------------------------------------------------------------

  cell(printed, at) {
    const number = this.#numbers[at];
    const { source } = this.page.cells[number];
    const keys = `live-keys-${number}`;
    const place = make("div", { "data-editor": "" });
    const out = make("div", { "data-output": "", role: "region", "aria-label": `Output of code cell ${at + 1}` });
    const status = make("p", { class: "live-keys", role: "status" });
    const run = button("Run", () => void this.#run(box, number));
    const stop = button("Stop", () => this.python.stop());
    const reset = button("Reset", () => {
      this.#editors[number].set(source);
      this.#editors[number].focus();
      this.#shown(box, false);
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
    this.#editors[number] = this.create(place, {
      text: source,
      label: `Code cell ${at + 1}`,
      describedBy: keys,
      run: () => void this.#run(box, number),
    });
    this.#shown(box, false);
    this.#put(box);
    this.#editors[number].focus();
  }

  // What is shown below the code: what the reader's run gave, or what is printed in the chapter.
  #shown(box, own) {
    one("[data-output]", box).hidden = !own;
    for (const printed of all(":scope > .cell_output", box.parentNode)) printed.hidden = own;
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
    this.#shown(box, true);
    status.textContent = "Running …";
    run.disabled = true;
    box.setAttribute("aria-busy", "true");
    let answer;
    try {
      const drawing = /matplotlib/.test(sources.join("\n"));
      answer = await this.python.request({ kind: "cells", sources }, { drawing, output: (more) => text.append(more) });
    } catch (error) {
      answer = { error: error.message };
    }
    run.disabled = false;
    box.removeAttribute("aria-busy");
    const above = (answer.cell ?? Number(answer.key?.split(" ")[1])) <= number;
    status.textContent = above
      ? "A cell above this one did not run to its end, so this one was not run. What it said:"
      : answer.ran > 1 ? `Run after ${answer.ran - 1} cells above it, hidden ones among them.` : answer.ran ? "Run." : "";
    fill(out, text, answer);
    if (text.hidden && out.children.length === 1) status.textContent += " It prints nothing.";
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
