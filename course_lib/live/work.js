// The reader's work on one exercise: what is in its editors, kept in this browser by one tab at a
// time. The exercise's page and the chapter's share it.
import { all, button } from "./dom.js";
import { sources, withSources } from "./notebook.js";
import * as storage from "./storage.js";

const PAUSE = 400; // milliseconds without a key

export class Work {
  editors = {}; // by the function's name; a chapter has one of them
  writing = true;
  advice = "Hand in or export before you close the page.";
  #timer;
  #tab;

  // `place` and `released` are what the exercise's page holds; `notice` says a sentence.
  constructor(place, released, notice) {
    this.place = place;
    this.released = released;
    this.notice = notice;
    this.names = place.tasks.map((task) => task.name);
    this.record = { exercise: place.exercise, tasks: {}, opened: null, saved: 0 };
    this.keeps = storage.available();
    const saveNow = () => void (this.#timer && this.save());
    addEventListener("pagehide", saveNow);
    document.addEventListener("visibilitychange", saveNow);
    // A page that the browser has put aside does not know what was written since.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  async load() {
    if (!this.keeps) this.#lost();
    else {
      try {
        this.record = (await storage.read(this.place.exercise)) ?? this.record;
      } catch (error) {
        this.#lost(error);
      }
    }
  }

  get base() {
    return this.record.opened ?? this.released;
  }

  get texts() {
    const kept = Object.entries(this.record.tasks).map(([name, task]) => [name, task.source]);
    return { ...sources(this.base, this.names), ...Object.fromEntries(kept) };
  }

  written() {
    const { editors, record } = this;
    return Object.fromEntries(this.names.map((name) => [name, editors[name]?.get() ?? record.tasks[name]?.source]));
  }

  notebook() {
    return withSources(this.base, this.names, this.written());
  }

  fill(texts) {
    for (const [name, editor] of Object.entries(this.editors)) {
      if (texts[name] !== undefined && editor.get() !== texts[name]) editor.set(texts[name]);
    }
  }

  changed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), PAUSE);
  }

  async save() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.writing) return;
    const { record } = this;
    const before = sources(this.released, this.names);
    for (const [name, source] of Object.entries(this.written())) {
      const task = record.tasks[name];
      const mine = task || record.opened || source !== before[name];
      if (source !== undefined && mine) record.tasks[name] = { ...task, source };
    }
    if (!Object.keys(record.tasks).length && !record.opened) return;
    record.saved = Date.now();
    record.notebook = JSON.stringify(this.notebook());
    if (!this.keeps) return;
    try {
      await storage.write(record);
    } catch (error) {
      this.#lost(error);
    }
  }

  #lost(error) {
    this.keeps = false;
    this.notice("storage", storage.notKept(error, this.advice));
  }

  // What is kept of all exercises, this one as it is now.
  async records() {
    const { record } = this;
    if (!this.keeps) return Object.keys(record.tasks).length ? [record] : [];
    try {
      return (await storage.readAll()).map((one) => (one.exercise === record.exercise ? record : one));
    } catch (error) {
      this.#lost(error);
      return [];
    }
  }

  // A request to Python about this notebook.
  async asked(what) {
    const found = (await this.records()).filter((one) => one.exercise < this.record.exercise && one.notebook);
    const earlier = Object.fromEntries(found.map((one) => [one.exercise, one.notebook]));
    return { ...what, exercise: this.record.exercise, notebook: JSON.stringify(this.notebook()), earlier };
  }

  // --- tabs ------------------------------------------------------------------------------------

  open() {
    this.#tab = storage.tabs(this.place.exercise, {
      second: () => this.#elsewhere("This exercise is already open in another tab, which saves your work. ", "Write here instead"),
      taken: () => this.#elsewhere("You went on with this exercise in another tab; here nothing is saved any more. ", "Write here again"),
    });
  }

  // Another tab writes: here nothing can be typed until this one takes over, with the newest work.
  #elsewhere(text, word) {
    this.writing = false;
    for (const editor of all("[data-task] [data-editor]")) editor.inert = true;
    this.notice("tabs", text, button(word, () => void this.takeOver()));
  }

  async takeOver() {
    this.writing = true;
    this.#tab.take();
    await this.load();
    this.fill(this.texts);
    for (const editor of all("[data-task] [data-editor]")) editor.inert = false;
    this.notice("tabs", "");
  }
}
