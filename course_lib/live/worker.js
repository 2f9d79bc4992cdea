// Python in a Web Worker: loads what the page names, then carries out one request at a time.
// Whatever takes too long is ended by the page, from outside, with the whole worker.

const SHARE = 1.2e9; // bytes of memory at most: then Python raises MemoryError
let python, session, begin;

const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > SHARE) throw new RangeError("memory is bounded");
  return grow.call(this, pages);
};

// Every byte that arrives is counted, whether the server compresses or not.
const ask = self.fetch.bind(self);
let loaded = 0;
const counted = (bytes) => postMessage({ kind: "progress", loaded: (loaded += bytes) });
let lost; // is told of what does not arrive: Pyodide itself waits for it for ever
self.addEventListener("unhandledrejection", (event) => {
  if (session) return;
  event.preventDefault();
  lost(event.reason);
});
self.fetch = async (...what) => {
  const response = await ask(...what).catch((error) => {
    lost(error);
    throw error;
  });
  if (!response.ok) lost(new Error(`${response.url}: ${response.status}`));
  if (!response.ok || !response.body) return response;
  const counter = new TransformStream({
    transform(chunk, to) {
      counted(chunk.byteLength);
      to.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(counter), { status, statusText, headers });
};

async function start({ live, course, folder, book }) {
  const began = performance.now();
  const { loadPyodide } = await import(`${live}pyodide.mjs`);
  const archive = fetch(course).then((answer) => answer.arrayBuffer());
  python = await loadPyodide({ indexURL: live, packages: ["numpy"], env: { COURSE_BOOK: book, HOME: folder } });
  const nowhere = { write: (bytes) => bytes.length };
  python.setStdout(nowhere);
  python.setStderr(nowhere);
  python.unpackArchive(await archive, "zip", { extractDir: "/course" });
  python.globals.set("post", (text) => postMessage({ kind: "told", ...JSON.parse(text) }));
  python.runPython(`
import sys, json
sys.path.insert(0, "/course")
from course_lib.live import output, session, threads
output.stub_drawing()
threads.run_at_once()
`);
  begin = () => (session = python.runPython(`session.Session("${folder}", lambda told: post(json.dumps(told)))`));
  begin();
  postMessage({ kind: "ready", seconds: (performance.now() - began) / 1000 });
}

let drawn = false;
// Resolves to whether there are figures; without a network there may be none yet.
async function drawing() {
  if (drawn) return true;
  const failed = [];
  await python.loadPackage(["matplotlib"], { errorCallback: (text) => failed.push(text) });
  if (failed.length) return false;
  python.runPython("output.unstub_drawing()");
  begin(); // what ran before has stubs in its names
  return (drawn = true);
}

const heap = () => python._module.HEAPU8.length;

self.onmessage = async ({ data }) => {
  const { id, kind } = data;
  try {
    if (kind === "start") return await Promise.race([start(data), new Promise((_, reject) => (lost = reject))]);
    const undrawn = Boolean(data.drawing) && !(await drawing().catch(() => false));
    const answer = { ...JSON.parse(session.handle(JSON.stringify(data.asked))), undrawn };
    // A memory never shrinks: after a large one the page starts a new worker.
    postMessage({ kind: "done", id, answer, spent: heap() > 6e8 });
  } catch (error) {
    postMessage({ kind: "failed", id, text: String(error?.message ?? error), fatal: error?.name !== "PythonError" });
  }
};
