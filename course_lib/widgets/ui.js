// What every widget shares: elements and patching, controls, the transport (one primary button, then
// Step, Back, Play, Reset), settings, links, the status sentence, numbers and tables. A widget is
//   state → derive(state) → view(derived),
// and one call paints all of it, so no number on the page is ever a step older than another.
// README.md beside this file shows how to write one.

const SVG = "http://www.w3.org/2000/svg";
let instances = 0;

/** A description of an element: `h("div.name", { attribute: value, onclick }, ...children)`. */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split(".");
  const all = { ...props };
  if (classes.length) all.class = [...classes, all.class].filter(Boolean).join(" ");
  const flat = children.flat(Infinity).filter((child) => child || child === 0 || child === "");
  return { tag: name, props: all, children: flat.map((c) => (typeof c === "object" ? c : String(c))) };
}

function applyProps(node, before, after) {
  for (const key in before) {
    if (key in after) continue;
    if (key.startsWith("on")) node[key] = null;
    else node.removeAttribute(key);
  }
  for (const key in after) {
    const value = after[key];
    if (key.startsWith("on")) node[key] = value;
    else if (key === "value") {
      const typing = node === node.ownerDocument.activeElement && node.type === "number";
      if (!(typing && node.value !== "" && Number(node.value) === Number(value))
          && node.value !== String(value)) node.value = value;
    } else if (key === "checked" || key === "disabled" || key === "selected") {
      if (node[key] !== Boolean(value)) node[key] = Boolean(value);
    } else if (before[key] !== value && key !== "paint" && key !== "key") {
      if (value === false || value === null || value === undefined) node.removeAttribute(key);
      else node.setAttribute(key, value === true ? "" : value);
    }
  }
}

function write(node, vnode) {
  if (node.written === vnode) return;
  const before = node.written || { props: {}, children: [] };
  const { value, ...rest } = vnode.props;
  applyProps(node, before.props, rest);
  patch(node, vnode.children);
  if (value !== undefined) applyProps(node, before.props, { ...rest, value });
  node.written = vnode;
  if (vnode.props.paint) vnode.props.paint(node);
}

/** Make `parent`'s children what `vnodes` describe, changing only what differs. A description that is
 * the very one of the last time costs nothing: a widget may keep what does not move. */
export function patch(parent, vnodes) {
  let node = parent.firstChild;
  for (const vnode of vnodes) {
    const text = typeof vnode === "string";
    if (text && node?.nodeType === 3) {
      if (node.data !== vnode) node.data = vnode;
    } else if (text || node?.written?.tag !== vnode.tag || node.written.props.key !== vnode.props.key) {
      const space = vnode.tag === "svg" || parent.namespaceURI === SVG ? SVG : parent.namespaceURI;
      const fresh = text ? parent.ownerDocument.createTextNode(vnode) : parent.ownerDocument.createElementNS(space, vnode.tag);
      if (node) node.replaceWith(fresh);
      else parent.append(fresh);
      node = fresh;
    }
    if (!text) write(node, vnode);
    node = node.nextSibling;
  }
  while (node) {
    const after = node.nextSibling;
    node.remove();
    node = after;
  }
}

/** A number for people: four significant digits, a true minus sign. */
export function format(value, digits = 4) {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6)
    ? value.toExponential(digits - 2) : String(Number(value.toPrecision(digits)));
  return text.replace(/-/g, "−");
}

/** ▲ for positive, ▼ for negative: the sign by shape, never by colour. */
export const sign = (value) => (value > 0 ? "▲" : value < 0 ? "▼" : "●");

/** A shown number with its name and full precision: what tests and scripts read. */
export function number(q, value, text = format(value)) {
  return h("span", { class: "cw-num", "data-q": q, "data-value": String(value) }, text);
}

/** A table: `rows` are [heading, ...cells]. It scrolls by itself where it is wider than the page. */
export function table(caption, head, rows) {
  return h("div.cw-scroll", { role: "region", "aria-label": caption, tabindex: 0 }, h("table", {},
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, rows.map(([first, ...cells]) =>
      h("tr", {}, h("th", { scope: "row" }, first), cells.map((cell) => h("td", {}, cell)))))));
}

/** Reads a starting state: from the page, from Python or from a link, which nobody vouches for. */
export class Reader {
  constructor(raw) {
    if (raw === null || typeof raw !== "object" || Array.isArray(raw)) {
      throw new Error("the state is not an object of settings");
    }
    this.raw = raw;
    this.known = new Set();
  }
  has(key) {
    this.known.add(key);
    return Object.hasOwn(this.raw, key);
  }
  number(key, fallback, min = -1e6, max = 1e6, integer = false) {
    if (!this.has(key)) return fallback;
    return Reader.inside(this.raw[key], key, min, max, integer);
  }
  integer(key, fallback, min, max) {
    return this.number(key, fallback, min, max, true);
  }
  choice(key, fallback, options) {
    if (!this.has(key)) return fallback;
    if (typeof this.raw[key] === "string" && options.includes(this.raw[key])) return this.raw[key];
    throw new Error(`${key} must be one of ${options.join(", ")}`);
  }
  flag(key, fallback) {
    if (!this.has(key)) return fallback;
    if (typeof this.raw[key] !== "boolean") throw new Error(`${key} must be true or false`);
    return this.raw[key];
  }
  text(key, fallback, longest) {
    if (!this.has(key)) return fallback;
    if (typeof this.raw[key] !== "string" || this.raw[key].length > longest) {
      throw new Error(`${key} must be a text of at most ${longest} characters`);
    }
    return this.raw[key];
  }
  numbers(key, fallback, length, min = -1e6, max = 1e6, integer = false) {
    if (!this.has(key)) return fallback;
    return Reader.list(this.raw[key], key, length).map((v) => Reader.inside(v, key, min, max, integer));
  }
  rows(key, fallback, most) {
    if (!this.has(key)) return fallback;
    const rows = this.raw[key];
    if (!Array.isArray(rows) || rows.length > most) throw new Error(`${key} must be a list of at most ${most}`);
    return rows;
  }
  /** Refuse what no one asked for: a misspelt setting would otherwise be ignored silently. */
  done() {
    for (const key of Object.keys(this.raw)) {
      if (!this.known.has(key)) {
        throw new Error(`unknown setting; the known ones are ${[...this.known].join(", ")}`);
      }
    }
  }
  static inside(value, key, min, max, integer = false) {
    const right = typeof value === "number" && value >= min && value <= max;
    if (!right || (integer && !Number.isInteger(value))) {
      throw new Error(`${key} must be ${integer ? "a whole number" : "a number"} from ${format(min)} to ${format(max)}`);
    }
    return value;
  }
  static list(value, key, length) {
    if (!Array.isArray(value) || value.length !== length) {
      throw new Error(`${key} must be a list of ${length}`);
    }
    return value;
  }
}

const encode = (state) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(state))))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function decode(text) {
  if (text.length > 20000) throw new Error("it is longer than any link this widget writes");
  let json;
  try {
    const bytes = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    json = new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
    json = JSON.parse(json);
  } catch {
    throw new Error("it is damaged");
  }
  return json;
}

const SPEEDS = [0.5, 1, 2, 5, 10];
const calm = () => window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;

/**
 * An anywidget module from what is special about one widget:
 * `name`, `title`; `read(reader)` → state; `pack(state)` → JSON that `read` takes; `derive(state)`;
 * `view(derived, ui)`, whose first part is `ui.stage(…)`, all that is left where `ui.brief`; `say(derived)`, the status: a text, or a list of texts and numbers; and, where it moves,
 * `step(state)`, `restart(state)`, `speeds` (or `pace(state)`, steps per second), `back(state)` (left out, the states are
 * remembered), `speed` (where the list of speeds starts), `primary` (the large button: "play", "step" or "round", or a function of the state) and `rounded(before, now)`, which says that a whole
 * round was made. `derived.stopped`, a sentence, ends playing and forbids stepping.
 */
export function widget(spec) {
  return { render: ({ model, el }) => mount(spec, model, el) };
}

function mount(spec, model, el) {
  const id = `cw${++instances}`;
  const root = el.ownerDocument.createElement("section");
  root.className = `cw cw-${spec.name}`;
  el.append(root);
  const link = model.get("link");
  // Reduced to its stage: the drawings, one control and the status. What opens a chapter is brief.
  const brief = Boolean(model.get("brief"));
  // On a page that holds both, each region has a name of its own.
  root.setAttribute("aria-label", brief ? `${spec.title}, at first sight` : spec.title);
  let message = "";
  let playing = false;
  let speed = calm() ? 0 : spec.speed ?? 1;
  let frame = 0;
  let copied = null;
  let writing = false;
  let eased = false;
  let touched = false;
  const opened = new Set();
  const room = () => {
    const { paddingLeft, paddingRight } = getComputedStyle(root);
    return root.clientWidth - (parseFloat(paddingLeft) || 0) - (parseFloat(paddingRight) || 0);
  };
  let width = root.clientWidth ? room() : 640;
  let derived = null;
  let derivedFrom = null;
  const derive = (from) => {
    if (from !== derivedFrom) [derived, derivedFrom] = [spec.derive(from), from];
    return derived;
  };

  const read = (raw) => {
    const reader = new Reader(raw);
    const fresh = spec.read(reader);
    reader.done();
    return fresh;
  };
  const attempt = (raw, what) => {
    try {
      return read(raw);
    } catch (error) {
      message = `${what} was refused: ${error.message}.`;
      return null;
    }
  };
  let state = attempt(model.get("state") ?? {}, "The starting state") ?? read({});

  const prefix = `#cw-${link}--`;
  const fromLink = () => {
    if (!link || !location.hash.startsWith(prefix)) return;
    let raw;
    try {
      raw = decode(location.hash.slice(prefix.length));
    } catch (error) {
      message = `The link was refused: ${error.message}.`;
      return;
    }
    const fresh = attempt(raw, "The link");
    if (!fresh) return;
    state = fresh;
    message = "Restored from the link.";
    root.scrollIntoView({ block: "nearest" });
  };

  const share = () => {
    if (playing) return;
    writing = true;
    model.set("state", spec.pack(state));
    if (model.get("values") !== undefined) {
      const values = {};
      for (const node of root.querySelectorAll("[data-q]")) values[node.dataset.q] = Number(node.dataset.value);
      model.set("values", values);
    }
    model.save_changes();
    writing = false;
  };

  const act = {
    /** Change settings; `change` is an object or a function of the state. */
    set(change) {
      const next = typeof change === "function" ? change(state) : { ...state, ...change };
      state = spec.settle ? spec.settle(next) : next;
      message = "";
      copied = null;
      eased = false;
      show();
    },
    /** The reader has found out that something can be dragged. */
    touch() {
      touched = true;
    },
    /** Refuse what was typed, with a sentence. */
    refuse(text) {
      message = text;
      show();
    },
    step() {
      eased = advance(1) || eased;
      show();
    },
    round() {
      act.pause();
      const before = state;
      while (advance(1) && !spec.rounded(before, state));
      eased = true;
      show();
    },
    back() {
      act.pause();
      eased = true;
      state = earlier() ?? state;
      message = "";
      copied = null;
      show();
    },
    play() {
      if (playing || derive(state).stopped) return;
      playing = true;
      eased = false;
      let last = null;
      let owed = 0;
      const tick = (now) => {
        frame = 0;
        if (last !== null) owed += ((now - last) / 1000) * (spec.pace?.(state) ?? (spec.speeds ?? SPEEDS)[speed]);
        last = now;
        const whole = Math.floor(owed);
        owed = Math.min(owed - whole, 1);
        if (whole > 0) {
          if (!advance(whole)) playing = false;
          show();
        }
        if (playing) frame = requestAnimationFrame(tick);
      };
      frame = requestAnimationFrame(tick);
      show();
    },
    pause() {
      if (!playing) return;
      playing = false;
      cancelAnimationFrame(frame);
      frame = 0;
      show();
    },
    reset() {
      act.pause();
      eased = false;
      state = spec.restart(state);
      message = "Back at the start.";
      copied = null;
      show();
    },
    async copy() {
      act.pause();
      copied = `${location.href.split("#")[0]}${prefix}${encode(spec.pack(state))}`;
      message = "The link is in the box below.";
      try {
        await navigator.clipboard.writeText(copied);
        message = "Link copied.";
      } catch { /* no permission: the box below holds it */ }
      show();
    },
  };

  const earlier = () => (spec.back ? spec.back(state) : state.previous ?? null);

  /** Up to `count` steps within the time of a frame; false when it cannot go on. */
  function advance(count) {
    message = "";
    copied = null;
    const end = performance.now() + 8;
    for (let n = 0; n < count && (n === 0 || performance.now() < end); n++) {
      if (derive(state).stopped) return false;
      const next = spec.step(state);
      next.previous = state;
      state = next;
    }
    return !derive(state).stopped;
  }

  const ui = {
    id, act, brief,
    get width() { return width; },
    get state() { return state; },
    get playing() { return playing; },
    get touched() { return touched; },
    slider: (options) => slider(ui, options),
    select: (options) => select(ui, options),
    checkbox: (options) => checkbox(ui, options),
    details: (summary, make) => details(summary, make),
    settings: (...controls) => settings(controls),
    stage: (drawings, controls) => stage(drawings, controls),
    transport: () => transport(),
    status: () => status(),
  };

  /** The drawings, then what is pressed and said; on a phone the first drawing alone comes before that. */
  function stage(drawings, controls = null) {
    const first = drawings.filter(Boolean).splice(0, width < 620 ? 1 : drawings.length);
    return [h("div.cw-row", {}, first), controls, spec.step && transport(), status(),
      h("div.cw-row", {}, drawings.filter(Boolean).slice(first.length))];
  }

  /** The primary button, large, and the others of the transport beside it. */
  function transport() {
    const stopped = Boolean(derived.stopped);
    const primary = (typeof spec.primary === "function" ? spec.primary(state) : spec.primary) ?? "play";
    const make = {
      round: () => ["Next round", act.round, stopped],
      step: () => ["Step", act.step, stopped],
      play: () => [playing ? "Pause" : "Play", playing ? act.pause : act.play, stopped && !playing],
      back: () => ["Back", act.back, !earlier()],
      reset: () => ["Reset", act.reset, null],
    };
    const others = (brief ? ["reset"] : ["round", "step", "back", "play", "reset"]).filter((one) => one !== primary && (one !== "round" || spec.rounded));
    return h("div.cw-bar", { role: "group", "aria-label": "Steps" }, [primary, ...others].map((one) => {
      const [text, onclick, disabled] = make[one]();
      return h("button", { type: "button", key: one, onclick, class: one === primary ? "cw-primary" : null, "data-do": one,
        "aria-disabled": disabled === null ? null : String(disabled) }, text);
    }));
  }

  /** Everything that is not needed to see the point: folded, below the drawing. */
  function settings(controls) {
    const speeds = spec.speeds ?? SPEEDS;
    const unit = spec.unit ?? "step";
    return h("details.cw-details.cw-settings", { key: "settings" }, h("summary", {}, "Settings"),
      h("div.cw-controls", {}, controls,
        spec.step && !spec.pace && h("label.cw-speed", {}, "Speed ",
          h("select", { value: speed, onchange: (event) => { speed = Number(event.target.value); show(); } },
            speeds.map((value, i) => h("option", { value: i }, `${value} ${unit}${value === 1 ? "" : "s"}/s`))))),
      sharing());
  }

  /** What can be opened behind a drawing. While the widget plays, `make()` is asked only if it is open. */
  function details(summary, make) {
    const ontoggle = (event) => {
      opened[event.target.open ? "add" : "delete"](summary);
      if (playing) show();
    };
    return h("details.cw-details", { key: summary, ontoggle }, h("summary", {}, summary), (!playing || opened.has(summary)) && make());
  }

  /** What happened, in a sentence; read out step by step, and not while playing. */
  function status() {
    const before = [message, derived.stopped].filter(Boolean).map((text) => `${text} `);
    return h("p.cw-status", { role: "status", "aria-live": playing ? "off" : "polite" }, before, spec.say(derived, state));
  }

  function sharing() {
    if (!link) return null;
    return h("div.cw-bar", {},
      h("button", { type: "button", onclick: act.copy, "data-do": "copy" }, "Copy link"),
      copied && h("input.cw-link", { type: "text", readonly: true, value: copied, "aria-label": "Link to this state",
        onfocus: (event) => event.target.select() }));
  }

  function show() {
    derive(state);
    if (playing && derived.stopped) playing = false;
    root.classList.toggle("cw-eased", eased);
    const view = spec.view(derived, ui);
    patch(root, [h("p.cw-title", {}, spec.title), h("div.cw-view", {}, brief ? view[0] : view)]);
    share();
  }

  const onHash = () => {
    if (!location.hash.startsWith(prefix)) return;
    act.pause();
    fromLink();
    show();
  };
  const onModel = () => {
    if (writing) return;
    act.pause();
    message = "";
    state = attempt(model.get("state") ?? {}, "The new state") ?? state;
    show();
  };
  const observer = new ResizeObserver(() => {
    const now = room();
    if (now > 0 && Math.abs(now - width) >= 1) {
      width = now;
      show();
    }
  });
  fromLink();
  show();
  observer.observe(root);
  window.addEventListener("hashchange", onHash);
  model.on("change:state", onModel);

  return () => {
    playing = false;
    cancelAnimationFrame(frame);
    observer.disconnect();
    window.removeEventListener("hashchange", onHash);
    model.off("change:state", onModel);
    root.remove();
  };
}

/**
 * Label, slider and number box for one number. `log` spaces the slider by powers of ten. `q` names
 * the value for tests; `set(value)` stores it.
 */
function slider(ui, { label, q, value, min, max, step = 0.01, log = false, set }) {
  const name = `${ui.id}-${q}`;
  const place = log ? Math.log10 : (v) => v;
  const tidy = (v) => (log ? Number((10 ** v).toPrecision(3)) : Number(v.toPrecision(12)));
  const clamp = (v) => Math.min(max, Math.max(min, v));
  const typed = (final) => (event) => {
    const text = event.target.value;
    const v = Number(text);
    if (text !== "" && v >= min && v <= max) set(v);
    else if (final) {
      event.target.value = String(value);
      ui.act.refuse(`${label}: a number from ${format(min)} to ${format(max)}, please.`);
    }
  };
  return h("div.cw-slider", {},
    h("label", { for: name }, label),
    h("input", {
      id: name, type: "range", min: place(min), max: place(max), step: log ? 0.01 : step, value: place(value),
      "aria-valuetext": format(value), oninput: (event) => set(clamp(tidy(Number(event.target.value)))),
    }),
    h("input", {
      type: "number", min, max, step: "any", value: String(Number(value.toPrecision(6))), "aria-label": `${label}, as a number`,
      "data-q": q, "data-value": String(value), oninput: typed(false), onchange: typed(true),
    }));
}

/** Label and choice; `options` are values or [value, text]. */
function select(ui, { label, q, value, options, set }) {
  const name = `${ui.id}-${q}`;
  return h("div.cw-select", {},
    h("label", { for: name }, label),
    h("select", { id: name, "data-set": q, value, onchange: (event) => set(event.target.value) },
      options.map((option) => {
        const [key, text] = Array.isArray(option) ? option : [option, option];
        return h("option", { value: key }, text);
      })));
}

function checkbox(ui, { label, q, value, set }) {
  return h("label.cw-check", {},
    h("input", { type: "checkbox", "data-set": q, checked: value, onchange: (event) => set(event.target.checked) }),
    ` ${label}`);
}
