// Mounts the widgets of a page of the book: for every place marked `data-widget`, the module of that
// name is loaded from beside this file and rendered with a model that keeps anywidget's contract.

/** A model that lives in the page: get, set, on, off and save_changes, as anywidget gives them. */
export function pageModel(traits) {
  const handlers = new Map();
  const changed = new Set();
  const call = (event) => [...(handlers.get(event) ?? [])].forEach((handler) => handler());
  return {
    get: (name) => traits[name],
    set(name, value) {
      traits[name] = value;
      changed.add(name);
      call(`change:${name}`);
    },
    save_changes() {
      if (changed.size) call("change");
      changed.clear();
    },
    on(event, handler) {
      if (!handlers.has(event)) handlers.set(event, new Set());
      handlers.get(event).add(handler);
    },
    off(event, handler) {
      if (!event) handlers.clear();
      else if (handler) handlers.get(event)?.delete(handler);
      else handlers.delete(event);
    },
  };
}

const here = (file) => new URL(file, import.meta.url).href;

function styles() {
  return new Promise((done) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = here("./widgets.css");
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}

async function mountOne(place) {
  const state = JSON.parse(place.querySelector("script[type='application/json']").textContent);
  const module = await import(here(`./${place.dataset.widget}.js`));
  const el = document.createElement("div");
  place.append(el);
  const cleanup = module.default.render({ model: pageModel({ state, link: place.dataset.link, brief: "brief" in place.dataset }), el });
  place.closest("figure")?.classList.add("cw-on");
  place.addEventListener("cw-remove", cleanup, { once: true });
}

const places = [...document.querySelectorAll("[data-widget]")];
if (places.length) {
  await styles();
  await Promise.all(places.map(mountOne));
  document.documentElement.dataset.widgets = "ready";
}
