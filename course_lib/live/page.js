// An exercise page: its tasks, its cells, the files of the reader's work. Python is loaded at the
// first Check or Run. `window.course` is what tests and teachers' scripts use.
import { all, make, notices, of, one, reach } from "./dom.js";
import { able, pythonOf } from "./loading.js";
import { parsed, sources, textOf } from "./notebook.js";
import { run } from "./panels.js";
import * as storage from "./storage.js";
import { Task } from "./task.js";
import { Work } from "./work.js";

const data = (id) => JSON.parse(document.getElementById(id).textContent);
const place = data("live-place");
const root = new URL("../", location.href).href;
const notice = notices(one("[data-notice]"));
const work = new Work(place, data("live-notebook"), notice);
const python = pythonOf(place, root, one("[data-loading]"), notice);
const { names, released } = work;
const tasks = {};

if (!able) {
  notice("python", "This browser cannot run Python here. You can read, write and hand in; check with: course check.");
} else if (!window.isSecureContext) {
  notice("plain", "This address is not secure (plain http from another computer). Everything works but the use without a network.");
}

async function progress() {
  for (const task of Object.values(tasks)) task.showPoints();
  const sum = (record) => Object.values(record.tasks).reduce((total, task) => total + (task.score ?? 0), 0);
  const mine = sum(work.record);
  const most = place.tasks.reduce((total, task) => total + task.points, 0);
  let course = 0;
  for (const record of await work.records()) if (record.exercise in place.exercises) course += sum(record);
  const whole = Object.values(place.exercises).reduce((total, part) => total + part, 0);
  one("[data-progress]").replaceChildren(
    `This exercise: ${of(mine, most)}. The course: ${of(course, whole)}.`,
    make("progress", { max: most, value: mine, "aria-label": "Points of this exercise" }),
  );
}

// --- files -------------------------------------------------------------------------------------

function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// As nbformat writes a notebook: sorted keys, one space.
const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : value && typeof value === "object"
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
      : value;
const file = () => `${JSON.stringify(sorted(work.notebook()), null, 1)}\n`;

async function replaceWork(make) {
  await work.save();
  const before = structuredClone({ record: work.record, texts: work.written() });
  await make();
  work.fill(work.texts);
  const undo = one("[data-restore]");
  undo.hidden = false;
  undo.onclick = async () => {
    work.record = before.record;
    work.fill(before.texts);
    undo.hidden = true;
    notice("opened", "");
    await work.save();
    await progress();
  };
  await work.save();
  await progress();
}

async function openNotebook(text) {
  const opened = parsed(text);
  await replaceWork(() => {
    const tasks = Object.fromEntries(Object.entries({ ...sources(released, names), ...sources(opened, names) }).map(([name, source]) => [name, { source }]));
    work.record = { ...work.record, opened, tasks };
  });
  const known = new Set(released.cells.map((cell) => cell.id));
  const places = new Set(Object.values(sources(opened, names)));
  const more = opened.cells.filter((cell) => cell.cell_type === "code" && !known.has(cell.id) && !places.has(textOf(cell)));
  const own = opened.cells.some((cell) => cell.cell_type === "code" && /^MY_NUMBERS *=/m.test(textOf(cell)));
  const numbers = " It has numbers of its own in what is calculated by hand, and this page checks with the book's numbers: check that task in Jupyter.";
  notice(
    "opened",
    `The notebook is open.${own ? numbers : ""}${more.length ? ` Its ${more.length} other code cells are kept and run as well.` : ""} Undo is below, under “Your work”.`,
  );
}

async function exportAll() {
  await work.save();
  const works = await work.records();
  download("course-work.json", JSON.stringify({ format: "course-work", version: 1, works }), "application/json");
}

async function importAll(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {}
  if (found?.format !== "course-work" || !Array.isArray(found.works)) {
    notice("import", "The file is not an export of this course's work.");
    return;
  }
  await replaceWork(async () => {
    for (const record of found.works) {
      if (record.exercise === place.exercise) work.record = record;
      else if (work.keeps) await storage.write(record);
    }
  });
  notice("import", `Imported: ${found.works.map((record) => record.exercise).join(", ")}.`);
}

// --- start -------------------------------------------------------------------------------------

async function begin() {
  await work.load();
  const { create } = await import(root + place.editor);
  for (const box of all("[data-task]")) tasks[box.dataset.task] = new Task(box, work, python, create, root, progress);
  for (const cell of all("[data-cell]:not([data-task])")) {
    one("[data-run]", cell)?.addEventListener("click", () => void run(cell, work, python));
  }
  one("[data-check-all]").addEventListener("click", async () => {
    for (const task of Object.values(tasks)) await task.check();
  });
  one("[data-hand-in]").addEventListener("click", async () => {
    await work.save();
    download(`${place.exercise}.ipynb`, file(), "application/x-ipynb+json");
  });
  one("[data-export]").addEventListener("click", exportAll);
  const pick = (selector, use) =>
    one(selector).addEventListener("change", async ({ target }) => {
      try {
        if (target.files[0]) await use(await target.files[0].text());
      } catch (error) {
        notice("opened", error.message);
      }
      target.value = "";
    });
  pick("[data-open]", openNotebook);
  pick("[data-import]", importAll);
  const gone = Object.keys(work.record.tasks).filter((name) => !names.includes(name));
  if (gone.length) notice("gone", `Kept, but no longer asked for by this exercise: ${gone.join(", ")}.`);
  work.open();
  await progress();
}

const ready = begin();

const wide = () => reach(all("main :is(pre, table, .math)"));
addEventListener("resize", wide);
void ready.then(wide);

one("[data-theme-switch]").addEventListener("click", () => {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("mode", theme);
    localStorage.setItem("theme", theme);
  } catch {}
});

window.course = {
  // Puts `source` into the editor of a task as if typed, keeps it, and checks it.
  async check(functionName, source, hint = 0) {
    await ready;
    const task = tasks[functionName];
    if (!task) throw new Error(`this exercise does not ask for ${functionName}`);
    if (!work.writing) await work.takeOver();
    if (source !== undefined && task.editor.get() !== source) task.editor.set(source);
    return task.check(hint);
  },
  // A request to the page's Python, such as a check of a notebook that is not the page's own.
  async ask(asked) {
    await ready;
    return python.request(asked);
  },
  // The notebook that Hand in saves.
  async notebook() {
    await ready;
    return work.notebook();
  },
};
