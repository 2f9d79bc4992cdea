// Shows how far Python is loaded, and keeps it for use without a network.
import { all, make, one } from "./dom.js";
import { Python } from "./python.js";

export const able = typeof WebAssembly === "object" && typeof Worker === "function";

// Returns Python for what a page names. `node` shows how far it is loaded.
export function pythonOf(place, root, node, notice) {
  if (!able) {
    const why = new Error("Python cannot run in this browser");
    return { request: async () => Promise.reject(why), stop() {} };
  }
  const { page, live, course, total } = place;
  const addresses = { worker: `${root}${page}worker.js`, live: root + live, course: root + course };
  return new Python({ ...addresses, folder: "/work", book: root, total }, shown(node, root, notice));
}

// Stop buttons appear in what is busy.
function shown(node, root, notice) {
  const progress = (text, loaded, most) => {
    if (node.hidden || !one("progress", node)) {
      node.replaceChildren(make("span", {}), make("progress", { "aria-label": "Loading Python" }));
      node.removeAttribute("role"); // what changes all the time is not read out
      node.hidden = false;
    }
    node.firstChild.textContent = text;
    if (most) Object.assign(node.lastChild, { max: most, value: loaded });
    else node.lastChild.removeAttribute("value");
  };
  const mega = (bytes) => (bytes / 1e6).toFixed(1);
  let kept;
  return (state, more = {}) => {
    if (state === "loading" && more.drawing) progress(`Loading: ${mega(more.loaded)} MB`);
    else if (state === "loading") {
      const loaded = Math.min(more.loaded, more.total);
      progress(`Loading Python: ${mega(loaded)} of ${mega(more.total)} MB`, loaded, more.total);
    } else if (state === "ended") {
      node.setAttribute("role", "status");
      node.replaceChildren("Python was ended and is started again (2 to 3 seconds); your work is as it was.");
      node.hidden = false;
    } else node.hidden = true;
    if (state === "ready") kept ??= offline(root, notice);
    for (const button of all("[data-stop]")) button.hidden = state === "idle" || !button.closest("[aria-busy=true]");
  };
}

async function offline(root, notice) {
  if (!("serviceWorker" in navigator)) return;
  try {
    const { serviceWorker } = navigator;
    const { installing } = await serviceWorker.register(`${root}service-worker.js`);
    installing?.addEventListener("statechange", () => {
      const full = installing.state === "redundant" && "Without a network this page will not work: this browser has no room to keep it.";
      if (full) notice("offline", full);
    });
    // This page and what it has loaded: a chapter is kept once its Python was used.
    const keep = async () => {
      const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
      (await serviceWorker.ready).active.postMessage({ keep: [location.href, ...loaded] });
    };
    serviceWorker.addEventListener("controllerchange", keep);
    await keep();
  } catch {
    notice("offline", "Without a network this page will not work: this browser does not allow it to be kept.");
  }
}
