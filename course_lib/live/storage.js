// The reader's work in this browser: one record for each exercise, in IndexedDB.
// {exercise, tasks: {function: {source, checked, score, max_score}}, opened, notebook, saved}

// Several courses may share an address: each keeps its own.
const NAME = `course-work ${new URL("../../", import.meta.url).pathname}`;
let database;

// Whether there is a place to keep work; whether it may be written shows at the first attempt.
export function available() {
  try {
    return Boolean(window.indexedDB); // some browsers do not even let a page ask
  } catch {
    return false;
  }
}

// What is said where work cannot be kept.
export function notKept(error, advice) {
  const why = error?.name === "QuotaExceededError" ? "its storage is full" : "a private window, or storage is not allowed";
  return `This browser does not keep your work (${why}). ${advice}`;
}

function opened() {
  database ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("work", { keyPath: "exercise" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = asked.onblocked = () => reject(asked.error ?? new Error("blocked"));
  });
  return database;
}

async function transaction(mode, ask) {
  const base = await opened();
  return new Promise((resolve, reject) => {
    const change = base.transaction("work", mode);
    const asked = ask(change.objectStore("work"));
    change.oncomplete = () => resolve(asked.result);
    change.onerror = change.onabort = () => reject(change.error ?? new Error("not saved"));
  });
}

export const read = (exercise) => transaction("readonly", (store) => store.get(exercise));
export const readAll = () => transaction("readonly", (store) => store.getAll());
export const write = (record) => transaction("readwrite", (store) => store.put(record));
export const remove = (exercise) => transaction("readwrite", (store) => store.delete(exercise));

// One tab writes an exercise at a time: the one that was opened first, until another one asks.
export function tabs(exercise, { second, taken }) {
  let channel;
  try {
    channel = new BroadcastChannel(`${NAME} ${exercise}`);
  } catch {
    return { take() {} }; // there are none, or they are not allowed
  }
  const mine = crypto.getRandomValues(new Uint32Array(2)).join("-");
  let writing = true;
  channel.onmessage = ({ data }) => {
    if (data.from === mine || !writing) return;
    if (data.kind === "opened") channel.postMessage({ kind: "here", from: mine, to: data.from });
    if (data.kind === "here" && data.to === mine) (writing = false), second();
    else if (data.kind === "take") (writing = false), taken();
  };
  channel.postMessage({ kind: "opened", from: mine });
  return {
    take() {
      writing = true;
      channel.postMessage({ kind: "take", from: mine });
    },
  };
}
