// Python in a Web Worker: loads what the page names, then carries out one request at a time.
// Whatever takes too long is ended by the page, from outside, with the whole worker.

const SHARE = 1.2e9; // bytes of memory at most: then Python raises MemoryError
let python, session, files;

const grow = WebAssembly.Memory.prototype.grow;
WebAssembly.Memory.prototype.grow = function (pages) {
  if (this.buffer.byteLength + pages * 65536 > SHARE) throw new RangeError("memory is bounded");
  return grow.call(this, pages);
};

// Every byte that arrives is counted, whether the server compresses or not.
const ask = self.fetch.bind(self);
let loaded = 0;
const counted = (bytes) => postMessage({ kind: "progress", loaded: (loaded += bytes) });
self.fetch = async (...what) => {
  const response = await ask(...what);
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
  files = live;
  const began = performance.now();
  const { loadPyodide } = await import(`${live}pyodide.mjs`);
  const archive = fetch(course).then((answer) => answer.arrayBuffer());
  python = await loadPyodide({ indexURL: live, packages: ["numpy"], env: { COURSE_BOOK: book, HOME: folder } });
  const nowhere = { write: (bytes) => bytes.length };
  python.setStdout(nowhere);
  python.setStderr(nowhere);
  python.unpackArchive(await archive, "zip", { extractDir: "/course" });
  python.globals.set("post", (text) => postMessage({ kind: "told", ...JSON.parse(text) }));
  session = python.runPython(`
import sys, json
sys.path.insert(0, "/course")
from course_lib.live import output, session, threads
output.stub_drawing()
threads.run_at_once()
session.Session("${folder}", lambda told: post(json.dumps(told)))
`);
  postMessage({ kind: "ready", seconds: (performance.now() - began) / 1000 });
}

let drawing;
async function loadDrawing() {
  await python.loadPackage(["matplotlib"]);
  python.runPython("output.unstub_drawing()");
}

// A chapter's cell runs without figures, and says so.
const failedToDraw = (asked) => (error) => {
  drawing = undefined;
  if (asked.kind !== "cells") throw error;
};

const heap = () => python._module.HEAPU8.length;

self.onmessage = async ({ data }) => {
  const { id, kind } = data;
  try {
    if (kind === "start") return await start(data);
    if (data.drawing) await (drawing ??= loadDrawing()).catch(failedToDraw(data.asked));
    const answer = JSON.parse(session.handle(JSON.stringify(data.asked)));
    // A memory never shrinks: after a large one the page starts a new worker.
    postMessage({ kind: "done", id, answer, spent: heap() > 6e8 });
  } catch (error) {
    postMessage({ kind: "failed", id, text: String(error?.message ?? error), fatal: error?.name !== "PythonError" });
  }
};
