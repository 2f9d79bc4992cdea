// An exercise page: the editors, the checks, the reader's work. Python is loaded at the first Check
// or Run. `window.course` is what tests and teachers' scripts use.
import { parsed, sources, textOf, withSources } from "./notebook.js";
import { Python } from "./python.js";
import * as storage from "./storage.js";

const data = (id) => JSON.parse(document.getElementById(id).textContent);
const place = data("live-place");
const released = data("live-notebook");
const names = place.tasks.map((task) => task.name);
const root = new URL("../", location.href).href;
const PAUSE = 400; // milliseconds without a key
const MARKS = { right: "✓ ", symptom: "✗ ", question: "? ", note: "· ", hint: "→ " };

const one = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const of = (score, most) => `${+score.toFixed(2)} of ${+most.toFixed(2)} point${most === 1 ? "" : "s"}`;

// --- what is said above the exercise -----------------------------------------------------------

const notices = new Map();
function notice(about, text, ...more) {
  if (text) notices.set(about, make("p", {}, text, ...more));
  else notices.delete(about);
  one("[data-notice]").replaceChildren(...notices.values());
}

const able = typeof WebAssembly === "object" && typeof Worker === "function";
if (!able) {
  notice("python", "This browser cannot run Python here. You can read, write and hand in; check with: course check.");
} else if (!window.isSecureContext) {
  notice("plain", "This address is not secure (plain http from another computer). Everything works but the use without a network.");
}

// --- the reader's work -------------------------------------------------------------------------

let work = { exercise: place.exercise, tasks: {}, opened: null, saved: 0 };
let keeps = storage.available();
let writing = true;
const editors = {};

const base = () => work.opened ?? released;
const written = () => Object.fromEntries(names.map((name) => [name, editors[name]?.get() ?? work.tasks[name]?.source]));
const notebook = () => withSources(base(), names, written());

function lost(error) {
  keeps = false;
  const why = error?.name === "QuotaExceededError" ? "its storage is full" : "a private window, or storage is not allowed";
  notice("storage", `This browser does not keep your work (${why}). Hand in or export before you close the page.`);
}

let timer;
function changed() {
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

async function save() {
  clearTimeout(timer);
  timer = undefined;
  if (!writing) return;
  const before = sources(released, names);
  for (const [name, source] of Object.entries(written())) {
    const task = work.tasks[name];
    if (source !== undefined && (task || work.opened || source !== before[name])) work.tasks[name] = { ...task, source };
  }
  if (!Object.keys(work.tasks).length && !work.opened) return;
  work.saved = Date.now();
  work.notebook = JSON.stringify(notebook());
  if (!keeps) return;
  try {
    await storage.write(work);
  } catch (error) {
    lost(error);
  }
}
const saveNow = () => void (timer && save());
addEventListener("pagehide", saveNow);
document.addEventListener("visibilitychange", saveNow);

async function records() {
  if (!keeps) return Object.keys(work.tasks).length ? [work] : [];
  try {
    return (await storage.readAll()).map((record) => (record.exercise === work.exercise ? work : record));
  } catch (error) {
    lost(error);
    return [];
  }
}

async function earlier() {
  const found = (await records()).filter((record) => record.exercise < work.exercise && record.notebook);
  return Object.fromEntries(found.map((record) => [record.exercise, record.notebook]));
}

// --- Python ------------------------------------------------------------------------------------

const loading = one("[data-loading]");
const python = new Python(
  {
    worker: `${root}${place.page}worker.js`,
    live: root + place.live,
    course: root + place.course,
    folder: "/work",
    book: root,
    total: place.total,
  },
  (state, more = {}) => {
    if (state === "loading") {
      const mega = (bytes) => (bytes / 1e6).toFixed(1);
      const most = more.drawing ? undefined : more.total;
      const text = most ? `Loading Python: ${mega(Math.min(more.loaded, most))} of ${mega(most)} MB` : `Loading: ${mega(more.loaded)} MB`;
      if (loading.hidden || !one("progress", loading)) {
        loading.replaceChildren(make("span", {}), make("progress", { "aria-label": "Loading Python" }));
        loading.removeAttribute("role"); // what changes all the time is not read out
        loading.hidden = false;
      }
      loading.firstChild.textContent = text;
      if (most) Object.assign(loading.lastChild, { max: most, value: Math.min(more.loaded, most) });
      else loading.lastChild.removeAttribute("value");
    } else if (state === "ready") {
      loading.hidden = true;
      offline();
    } else if (state === "ended") {
      loading.setAttribute("role", "status");
      loading.replaceChildren("Python was ended and is started again (2 to 3 seconds); your work is as it was.");
      loading.hidden = false;
    } else loading.hidden = true;
    for (const button of all("[data-stop]")) {
      const busy = state !== "idle" && button.closest("[aria-busy=true]");
      button.hidden = !busy;
    }
  },
);

let registered = false;
async function offline() {
  if (registered || !("serviceWorker" in navigator)) return;
  registered = true;
  try {
    const { installing } = await navigator.serviceWorker.register(`${root}service-worker.js`);
    installing?.addEventListener("statechange", () => {
      const full = installing.state === "redundant" && "Without a network this page will not work: this browser has no room to keep it.";
      if (full) notice("offline", full);
    });
  } catch {
    notice("offline", "Without a network this page will not work: this browser does not allow it to be kept.");
  }
}

async function ask(asked, options) {
  if (!able) throw new Error("Python cannot run in this browser");
  return python.request(
    { ...asked, exercise: place.exercise, notebook: JSON.stringify(notebook()), earlier: await earlier() },
    options,
  );
}

// --- a task ------------------------------------------------------------------------------------

const box = (name) => one(`[data-task="${CSS.escape(name)}"]`);
const hints = {};

function marked(text) {
  const nodes = [];
  for (const part of text.split(/(`[^`]+`|https?:\/\/\S+)/)) {
    if (part.startsWith("`")) nodes.push(make("code", {}, part.slice(1, -1)));
    else if (/^https?:/.test(part)) nodes.push(make("a", { href: part }, part.startsWith(root) ? part.slice(root.length) : part));
    else nodes.push(part);
  }
  return nodes;
}

function show(name, answer) {
  const task = box(name);
  const place = one("[data-feedback]", task);
  place.className = answer.score === undefined || !answer.lines ? "live-quiet" : "";
  const rows = (answer.lines ?? []).filter(([kind]) => kind !== "more");
  place.replaceChildren(
    ...rows.map(([kind, text]) => {
      if (kind === "example") return make("pre", {}, text);
      if (kind === "title") return make("p", {}, make("strong", {}, text));
      return make("p", {}, MARKS[kind] ?? "", ...marked(text));
    }),
    ...(answer.lines ? [] : [make("p", {}, answer.text)]),
    ...(answer.cells ?? []).map((text) => make("p", {}, "· ", ...marked(text))),
    ...(answer.earlier?.length ? [make("p", {}, `· From earlier exercises: ${answer.earlier.join("; ")}.`)] : []),
  );
  const hint = one("[data-hint]", task);
  const next = (hints[name] ?? 0) + 1;
  hint.hidden = !answer.lines?.some(([kind]) => kind === "more");
  hint.textContent = `Hint ${next} of 3`;
}

function points(name) {
  const { score, max_score: most, checked } = work.tasks[name] ?? {};
  const now = checked !== undefined && checked === editors[name]?.get();
  const task = box(name);
  const whole = place.tasks.find((entry) => entry.name === name).points;
  one("[data-points]", task).textContent =
    checked === undefined ? of(0, whole).replace("0 of ", "") : of(score, most) + (now ? "" : ", changed since");
  task.classList.toggle("live-right", now && score === most);
}

async function progress() {
  for (const name of names) points(name);
  const sum = (record) =>
    Object.values(record.tasks).reduce((total, task) => total + (task.score ?? 0), 0);
  const mine = sum(work);
  const most = place.tasks.reduce((total, task) => total + task.points, 0);
  let course = 0;
  for (const record of await records()) if (record.exercise in place.exercises) course += sum(record);
  const whole = Object.values(place.exercises).reduce((total, part) => total + part, 0);
  one("[data-progress]").replaceChildren(
    `This exercise: ${of(mine, most)}. The course: ${of(course, whole)}.`,
    make("progress", { max: most, value: mine, "aria-label": "Points of this exercise" }),
  );
}

async function check(name, hint = 0) {
  const task = box(name);
  const source = editors[name].get();
  hints[name] = hint;
  task.setAttribute("aria-busy", "true");
  one("[data-check]", task).disabled = true;
  one("[data-feedback]", task).className = "live-quiet";
  one("[data-feedback]", task).replaceChildren(make("p", {}, "Checking …"));
  let answer;
  try {
    await save();
    answer = await ask({ kind: "check", function: name, hint });
  } catch (error) {
    answer = { error: error.message };
  }
  task.removeAttribute("aria-busy");
  one("[data-check]", task).disabled = false;
  const most = place.tasks.find((entry) => entry.name === name).points;
  if (answer.stopped) answer = { text: "Stopped. Your work is as it was." };
  else if (answer.ended) answer = { text: `${name} could not be checked: ${answer.text}.` };
  else if (answer.error) answer = { text: `Python on this page could not check it: ${answer.error}` };
  else {
    const { score, max_score } = answer;
    work.tasks[name] = { ...work.tasks[name], source, checked: source, score, max_score };
  }
  show(name, answer);
  await save();
  await progress();
  const { score = 0, max_score = most, text } = answer;
  return { score, max_score, text };
}

// --- a cell to run -----------------------------------------------------------------------------

async function run(cell) {
  const out = one("[data-output]", cell);
  const button = one("[data-run]", cell);
  const source = textOf(released.cells.find((entry) => entry.id === cell.dataset.cell));
  const number = notebook().cells.findIndex((entry) => entry.id === cell.dataset.cell) + 1;
  out.hidden = false;
  if (!number) return out.replaceChildren(make("p", {}, "Your notebook does not have this cell."));
  const text = make("pre", {});
  out.replaceChildren(text);
  button.disabled = true;
  cell.setAttribute("aria-busy", "true");
  const stop = make("button", { type: "button", "data-stop": "" }, "Stop");
  stop.addEventListener("click", () => python.stop());
  button.after(stop);
  try {
    await save();
    const answer = await ask(
      { kind: "run", cell: number },
      { drawing: /\bplt\.|^panel\(/m.test(source), output: (more) => text.append(more) },
    );
    fill(out, text, answer);
    (answer.panels ?? []).forEach((panel, at) => out.prepend(controls(cell, out, panel, at)));
  } catch (error) {
    out.replaceChildren(make("p", {}, error.message));
  }
  stop.remove();
  button.disabled = false;
  cell.removeAttribute("aria-busy");
}

function fill(out, text, answer) {
  const parts = [];
  if (answer.stopped) parts.push("Stopped.");
  if (answer.ended) parts.push(`This cell does not run to its end: ${answer.text}. Python was started again.`);
  if (answer.error) parts.push(answer.error);
  if (answer.value) parts.push(answer.value);
  if (answer.dropped) parts.push(`… and ${answer.dropped} more characters, which are not shown.`);
  if (parts.length) text.append(text.textContent && !text.textContent.endsWith("\n") ? "\n" : "", parts.join("\n"));
  text.hidden = !text.textContent;
  for (const image of answer.images ?? []) {
    out.append(make("img", { src: `data:image/png;base64,${image}`, alt: "The figure that this cell draws" }));
  }
}

function controls(cell, out, panel, at) {
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
const file = () => `${JSON.stringify(sorted(notebook()), null, 1)}\n`;

function fillEditors(texts) {
  for (const name of names) {
    if (texts[name] !== undefined && editors[name].get() !== texts[name]) editors[name].set(texts[name]);
  }
}

async function replaceWork(make) {
  const before = structuredClone({ ...work, tasks: Object.fromEntries(names.map((name) => [name, { ...work.tasks[name], source: editors[name].get() }])) });
  await make();
  const undo = one("[data-restore]");
  undo.hidden = false;
  undo.onclick = async () => {
    work = before;
    fillEditors(Object.fromEntries(names.map((name) => [name, before.tasks[name].source])));
    undo.hidden = true;
    notice("opened", "");
    await save();
    await progress();
  };
  await save();
  await progress();
}

async function openNotebook(text) {
  const opened = parsed(text);
  await replaceWork(() => {
    work = { ...work, opened, tasks: {} };
    fillEditors({ ...sources(released, names), ...sources(opened, names) });
  });
  const known = new Set(released.cells.map((cell) => cell.id));
  const places = new Set(Object.values(sources(opened, names)));
  const more = opened.cells.filter((cell) => cell.cell_type === "code" && !known.has(cell.id) && !places.has(textOf(cell)));
  notice(
    "opened",
    `The notebook is open.${more.length ? ` Its ${more.length} other code cells are kept and run as well.` : ""} Undo is below, under “Your work”.`,
  );
}

async function exportAll() {
  await save();
  const works = (await records()).map((record) => ({ ...record }));
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
      if (record.exercise === work.exercise) {
        work = record;
        const texts = Object.fromEntries(Object.entries(record.tasks).map(([name, task]) => [name, task.source]));
        fillEditors({ ...sources(base(), names), ...texts });
      } else if (keeps) await storage.write(record);
    }
  });
  notice("import", `Imported: ${found.works.map((record) => record.exercise).join(", ")}.`);
}

// --- start -------------------------------------------------------------------------------------

let tab;
function take() {
  writing = true;
  tab.take();
}
// Another tab writes: here nothing can be typed until this one takes over, with the newest work.
function elsewhere(text, word) {
  writing = false;
  for (const editor of all("[data-editor]")) editor.inert = true;
  notice("tabs", text, button(word, () => (take(), location.reload())));
}
async function takeOver() {
  take();
  work = (await storage.read(place.exercise)) ?? work;
  fillEditors(Object.fromEntries(names.map((name) => [name, work.tasks[name]?.source])));
  for (const editor of all("[data-editor]")) editor.inert = false;
  notice("tabs", "");
}
const button = (text, act) => {
  const made = make("button", { type: "button" }, text);
  made.addEventListener("click", act);
  return made;
};

async function begin() {
  if (!keeps) lost();
  else {
    try {
      work = (await storage.read(place.exercise)) ?? work;
    } catch (error) {
      lost(error);
    }
  }
  const { create } = await import(new URL(document.body.dataset.editorModule, location.href).href);
  const texts = sources(base(), names);
  for (const name of names) {
    const task = box(name);
    const at = one("[data-editor]", task);
    at.replaceChildren();
    editors[name] = create(at, {
      text: work.tasks[name]?.source ?? texts[name] ?? "",
      label: `Your code of ${name}`,
      describedBy: `keys-${name}`,
      changed: () => {
        changed();
        if (work.tasks[name]?.checked !== undefined) points(name);
      },
      run: () => void check(name),
    });
    one("[data-check]", task).addEventListener("click", () => void check(name));
    one("[data-hint]", task).addEventListener("click", () => void check(name, (hints[name] ?? 0) + 1));
    one("[data-stop]", task).addEventListener("click", () => python.stop());
    const undo = one("[data-undo]", task);
    let before = "";
    one("[data-reset]", task).addEventListener("click", () => {
      before = editors[name].get();
      editors[name].set(sources(released, names)[name]);
      undo.hidden = false;
      editors[name].focus();
    });
    undo.addEventListener("click", () => {
      editors[name].set(before);
      undo.hidden = true;
      editors[name].focus();
    });
  }
  for (const cell of all("[data-cell]:not([data-task])")) one("[data-run]", cell)?.addEventListener("click", () => void run(cell));
  one("[data-check-all]").addEventListener("click", async () => {
    for (const name of names) await check(name);
  });
  one("[data-hand-in]").addEventListener("click", async () => {
    await save();
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
  const gone = Object.keys(work.tasks).filter((name) => !names.includes(name));
  if (gone.length) notice("gone", `Kept, but no longer asked for by this exercise: ${gone.join(", ")}.`);
  tab = storage.tabs(place.exercise, {
    second: () => elsewhere("This exercise is already open in another tab, which saves your work. ", "Write here instead"),
    taken: () => elsewhere("You went on with this exercise in another tab; here nothing is saved any more. ", "Write here again"),
  });
  await progress();
}

const ready = begin();

// What is wider than the page scrolls, also by the keyboard.
function reach() {
  for (const box of all("main :is(pre, table, .math)")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("resize", reach);
void ready.then(reach);

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
    if (!(functionName in editors)) throw new Error(`this exercise does not ask for ${functionName}`);
    if (!writing) await takeOver();
    if (source !== undefined && editors[functionName].get() !== source) editors[functionName].set(source);
    return check(functionName, hint);
  },
  // A request to the page's Python, such as a check of a notebook that is not the page's own.
  async ask(asked) {
    await ready;
    return python.request(asked);
  },
  // The notebook that Hand in saves.
  async notebook() {
    await ready;
    return notebook();
  },
};

