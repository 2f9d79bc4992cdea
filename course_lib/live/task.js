// One function to write: its editor, Check with the verdict, hints, Stop, Reset with undo.
import { make, of, one } from "./dom.js";
import { sources } from "./notebook.js";

const MARKS = { right: "✓ ", symptom: "✗ ", question: "? ", note: "· ", hint: "→ " };

export class Task {
  #hint = 0;

  // `box` is the task's element, `progress` is called after every check.
  constructor(box, work, python, create, root, progress) {
    const name = box.dataset.task;
    Object.assign(this, { box, name, work, python, root, progress });
    this.points = work.place.tasks.find((task) => task.name === name).points;
    const at = one("[data-editor]", box);
    at.replaceChildren();
    this.editor = create(at, {
      text: work.texts[name] ?? "",
      label: `Your code of ${name}`,
      describedBy: `keys-${name}`,
      changed: () => {
        work.changed();
        if (work.record.tasks[name]?.checked !== undefined) this.showPoints();
      },
      run: () => void this.check(),
    });
    work.editors[name] = this.editor;
    const on = (part, act) => one(`[data-${part}]`, box).addEventListener("click", act);
    on("check", () => void this.check());
    on("hint", () => void this.check(this.#hint + 1));
    on("stop", () => python.stop());
    on("reset", () => this.#reset());
  }

  #reset() {
    const before = this.editor.get();
    this.editor.set(sources(this.work.released, this.work.names)[this.name]);
    this.editor.focus();
    const undo = one("[data-undo]", this.box);
    undo.hidden = false;
    undo.onclick = () => {
      this.editor.set(before);
      undo.hidden = true;
      this.editor.focus();
    };
  }

  async check(hint = 0) {
    const { box, editor, name, work } = this;
    const source = editor.get();
    this.#hint = hint;
    box.setAttribute("aria-busy", "true");
    one("[data-check]", box).disabled = true;
    one("[data-feedback]", box).className = "live-quiet";
    one("[data-feedback]", box).replaceChildren(make("p", {}, "Checking …"));
    let answer;
    try {
      await work.save();
      answer = await this.python.request(await work.asked({ kind: "check", function: name, hint }));
    } catch (error) {
      answer = { error: error.message };
    }
    box.removeAttribute("aria-busy");
    one("[data-check]", box).disabled = false;
    if (answer.stopped) answer = { text: "Stopped. Your work is as it was." };
    else if (answer.ended) answer = { text: `${name} could not be checked: ${answer.text}.` };
    else if (answer.error) answer = { text: `Python on this page could not check it: ${answer.error}` };
    else {
      const { score, max_score } = answer;
      work.record.tasks[name] = { ...work.record.tasks[name], source, checked: source, score, max_score };
    }
    this.#show(answer);
    await work.save();
    await this.progress();
    const { score = 0, max_score = this.points, text } = answer;
    return { score, max_score, text };
  }

  #show(answer) {
    const place = one("[data-feedback]", this.box);
    place.className = answer.lines ? "" : "live-quiet";
    const rows = (answer.lines ?? []).filter(([kind]) => kind !== "more");
    place.replaceChildren(
      ...rows.map(([kind, text]) => {
        if (kind === "example") return make("pre", {}, text);
        if (kind === "title") return make("p", {}, make("strong", {}, text));
        return make("p", {}, MARKS[kind] ?? "", ...this.#marked(text));
      }),
      ...(answer.lines ? [] : [make("p", {}, answer.text)]),
      ...(answer.cells ?? []).map((text) => make("p", {}, "· ", ...this.#marked(text))),
      ...(answer.earlier?.length ? [make("p", {}, `· From earlier exercises: ${answer.earlier.join("; ")}.`)] : []),
    );
    const hint = one("[data-hint]", this.box);
    hint.hidden = !answer.lines?.some(([kind]) => kind === "more");
    hint.textContent = `Hint ${this.#hint + 1} of 3`;
  }

  #marked(text) {
    const { root } = this;
    return text.split(/(`[^`]+`|https?:\/\/\S+)/).map((part) => {
      if (part.startsWith("`")) return make("code", {}, part.slice(1, -1));
      if (/^https?:/.test(part)) return make("a", { href: part }, part.startsWith(root) ? part.slice(root.length) : part);
      return part;
    });
  }

  showPoints() {
    const { score, max_score: most, checked } = this.work.record.tasks[this.name] ?? {};
    const now = checked !== undefined && checked === this.editor.get();
    one("[data-points]", this.box).textContent =
      checked === undefined ? of(0, this.points).replace("0 of ", "") : of(score, most) + (now ? "" : ", changed since");
    this.box.classList.toggle("live-right", now && score === most);
  }
}
