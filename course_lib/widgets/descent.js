// Insight: on a parabola, descent diverges beyond η = 2/curvature; memory changes the path.
// Misconception it breaks: that a larger learning rate only gets there sooner, and that one rate
// suits every direction and every optimiser.

import { createOptimizer, update } from "./core.js";
import { columns, handle, plot } from "./plot.js";
import { format, h, number, table, widget } from "./ui.js";

const MOST_STEPS = 1000;
const LOST = 1e6;
const REACH = 3;
const KINDS = {
  sgd: { name: "SGD", mark: "●", rate: 0.2, keeps: [], series: "one" },
  momentum: { name: "Momentum", mark: "■", rate: 0.02, keeps: ["v"], dash: "8 3", series: "two" },
  rmsprop: { name: "RMSprop", mark: "▲", rate: 0.05, keeps: ["s"], dash: "3 3", series: "three" },
  adam: { name: "Adam", mark: "◆", rate: 0.1, keeps: ["m", "s"], dash: "10 3 2 3", series: "four" },
};

const nameOf = (state, kind) => (state.offer === "sgd" ? "Gradient descent" : KINDS[kind].name);

/** The losses: value and gradient at w; `c` is the curvature where there is one to choose, and
 * `steepest(c)` the largest curvature of any direction, where that is not c itself. */
const SURFACES = {
  parabola: { text: "parabola c/2 · w²", n: 1, c: 2, f: ([w], c) => (c / 2) * w * w, g: ([w], c) => [c * w] },
  valleys: { text: "two valleys", n: 1, rate: 0.1, f: ([w]) => w ** 4 / 4 - w * w + w / 4 + 1.3, g: ([w]) => [w ** 3 - 2 * w + 0.25] },
  plateau: { text: "a plateau", n: 1, rate: 0.5, f: ([w]) => (2 * w * w) / (1 + w * w), g: ([w]) => [(4 * w) / (1 + w * w) ** 2] },
  ravine: { text: "ravine ½ (w₁² + c w₂²)", n: 2, c: 8, steepest: (c) => Math.max(1, c), f: ([a, b], c) => (a * a + c * b * b) / 2, g: ([a, b], c) => [a, c * b] },
  saddle: { text: "a saddle", n: 2, rate: 0.1, f: ([a, b]) => a * a / 2 - b * b / 2 + b ** 4 / 8 + 0.5, g: ([a, b]) => [a, -b + b ** 3 / 2] },
  bend: { text: "a curved valley", n: 2, rate: 0.05, f: ([a, b]) => (1 - a) ** 2 / 2 + 2 * (b - a * a / 2) ** 2,
    g: ([a, b]) => [a - 1 - 4 * (b - a * a / 2) * a, 4 * (b - a * a / 2)] },
};

function read(reader) {
  const surface = reader.choice("surface", "parabola", Object.keys(SURFACES));
  const state = {
    surface,
    curvature: reader.number("curvature", SURFACES[surface].c ?? 1, 0.1, 50),
    start1: reader.number("start1", -2.5, -REACH, REACH),
    start2: reader.number("start2", 1.5, -REACH, REACH),
    offer: reader.choice("offer", "all", ["sgd", "all"]),
    steps: reader.integer("steps", 0, 0, MOST_STEPS),
  };
  for (const kind in KINDS) {
    state[kind] = reader.flag(kind, kind === "sgd");
    state[`${kind}_rate`] = reader.number(`${kind}_rate`, KINDS[kind].rate, 1e-3, 10);
  }
  return state;
}

const pack = ({ previous, ...state }) => state;

/** The path of one optimiser: every position, its loss, and what it keeps at the end. */
function walk(state, kind) {
  const { f, g, n } = SURFACES[state.surface];
  const c = state.curvature;
  const theta = Float64Array.from([state.start1, state.start2].slice(0, n));
  const optimizer = createOptimizer(kind, n, { rate: state[`${kind}_rate`] });
  const path = [[...theta]];
  let lost = null;
  for (let s = 0; s < state.steps; s++) {
    update(optimizer, theta, g(theta, c));
    if (theta.some((w) => !(Math.abs(w) < LOST))) {
      lost = s + 1;
      break;
    }
    path.push([...theta]);
  }
  const at = path.at(-1);
  return { kind, path, optimizer, lost, at, loss: f(at, c), gradient: g(at, c), losses: path.map((w) => f(w, c)) };
}

function derive(state) {
  const surface = SURFACES[state.surface];
  const walks = Object.keys(KINDS).filter((kind) => state[kind]).map((kind) => walk(state, kind));
  const d = { state, surface, walks };
  const lost = walks.filter((one) => one.lost !== null);
  if (!walks.length) d.stopped = "Choose an optimiser first.";
  else if (lost.length === walks.length) {
    d.stopped = `Stopped: ${lost.map((one) => `${nameOf(state, one.kind)} is lost at step ${one.lost}`).join(", ")}; every step was larger than the one before.`;
  } else if (state.steps >= MOST_STEPS) d.stopped = "Stopped: this widget makes no more steps.";
  return d;
}

const step = (state) => ({ ...state, steps: state.steps + 1 });
const restart = (state) => ({ ...state, steps: 0 });
// The whole path follows from the settings, so that a changed rate redraws it from the start.
const back = (state) => (state.steps ? { ...state, steps: state.steps - 1 } : null);

function say(d, state) {
  const at = (one) => `w = ${one.at.map((w) => format(w, 3)).join(", ")}, loss ${format(one.loss, 3)}`;
  if (!state.steps && d.walks.length) return `The start${d.walks.length > 1 ? ", the same for all," : ""} is at ${at(d.walks[0])}.`;
  const each = d.walks.map((one) => (one.lost !== null ? `${nameOf(state, one.kind)} is lost`
    : d.walks.length > 1 ? `${nameOf(state, one.kind)} ${format(one.loss, 3)}` : at(one)));
  if (d.walks.every((one) => one.lost !== null)) return "";
  return `After ${state.steps} ${state.steps === 1 ? "step" : "steps"}: ${d.walks.length > 1 ? "loss of " : ""}${each.join(", ")}.`;
}

function view(d, ui) {
  const { state, surface } = d;
  const set = (key) => (value) => ui.act.set({ [key]: value });
  const kinds = state.offer === "sgd" ? ["sgd"] : Object.keys(KINDS);
  const half = columns(ui.width);
  // Another loss starts anew, with a rate that suits it: the old one would throw the ball out at once.
  const another = (name) => ui.act.set((s) => ({ ...s, surface: name, steps: 0, curvature: SURFACES[name].c ?? s.curvature,
    sgd_rate: SURFACES[name].rate ?? KINDS.sgd.rate }));
  return [
    ui.stage([surface.n === 1 ? curve(d, ui, half) : map(d, ui, half), progress(d, half)],
      kinds.length > 1 ? h("p.cw-key", {}, d.walks.map((one) => h("span", { class: `cw-${KINDS[one.kind].series}` }, `${KINDS[one.kind].mark} ${KINDS[one.kind].name}  `)))
        : !ui.brief && h("div.cw-controls", {}, rate(ui, "sgd", "Learning rate η"))),
    h("p.cw-where", {}, surface.c && bounds(d), outside(d)),
    ui.settings(
      ui.select({ label: "Loss", q: "surface", value: state.surface,
        options: Object.entries(SURFACES).filter(([, s]) => state.offer === "all" || s.n === 1).map(([key, s]) => [key, s.text]), set: another }),
      surface.c && ui.slider({ label: "Curvature c", q: "curvature", value: state.curvature, min: 0.1, max: 50, log: true, set: set("curvature") }),
      ui.slider({ label: surface.n === 1 ? "Start w" : "Start w₁", q: "start1", value: state.start1, min: -REACH, max: REACH, set: set("start1") }),
      surface.n === 2 && ui.slider({ label: "Start w₂", q: "start2", value: state.start2, min: -REACH, max: REACH, set: set("start2") }),
      kinds.length > 1 && kinds.map((kind) => h("div.cw-pair", {},
        ui.checkbox({ label: `${KINDS[kind].mark} ${KINDS[kind].name}`, q: kind, value: state[kind], set: set(kind) }),
        state[kind] && rate(ui, kind, `η of ${KINDS[kind].name}`)))),
    ui.details(state.offer === "all" ? "Where each one is, and what it remembers" : "Numbers as a table", () => numbers(d)),
  ];
}

const rate = (ui, kind, label) => ui.slider({ label, q: `${kind}_rate`, value: ui.state[`${kind}_rate`], min: 0.001, max: 10, log: true,
  set: (value) => ui.act.set({ [`${kind}_rate`]: value }) });

/** How far the axes reach: they follow the paths, within reason. */
const reach = (d) => Math.min(40, Math.max(REACH, ...d.walks.flatMap((one) => one.path.flat().map(Math.abs))) * 1.12);

/** What the drawing cannot show is said. */
function outside(d) {
  const far = d.walks.filter((one) => one.at.some((w) => Math.abs(w) > reach(d)));
  return far.length ? ` Outside the drawing: ${far.map((one) => `${nameOf(d.state, one.kind)} at ${one.at.map((w) => format(w, 3)).join(", ")}`).join("; ")}.` : "";
}

/** The learning rates beyond which the steepest direction throws a path out. */
function bounds({ state, surface }) {
  const steepest = surface.steepest?.(state.curvature) ?? state.curvature;
  const other = steepest !== state.curvature && ` (the curvature along w₁ is larger, so c is ${format(steepest, 3)} here)`;
  return [`With curvature c = ${format(steepest, 3)}, gradient descent converges for η below 2/c = `, number("limit", 2 / steepest), other,
    state.momentum && state.offer === "all" && ["; momentum for η below 2(1 + μ)/c = ", number("momentum_limit", (2 * 1.9) / steepest)], "."];
}

/** What each optimiser has now: position, gradient, and the state it keeps. */
function numbers(d) {
  const n = d.surface.n;
  const names = Array.from({ length: n }, (_, i) => (n === 1 ? "" : String(i + 1)));
  return [h("p", {}, "Steps: ", number("steps", d.state.steps)), d.walks.map((one) => {
    const rows = [["loss", number(`${one.kind}.loss`, one.loss)]];
    names.forEach((name, i) => {
      rows.push([`w${name}`, number(`${one.kind}.w${name}`, one.at[i])], [`∂ℒ/∂w${name}`, number(`${one.kind}.dw${name}`, one.gradient[i])]);
      for (const kept of KINDS[one.kind].keeps) rows.push([`${kept}${name}`, number(`${one.kind}.${kept}${name}`, one.optimizer[kept][i])]);
    });
    if (one.kind === "adam") rows.push(["t", number("adam.t", one.optimizer.t)]);
    return table(nameOf(d.state, one.kind), ["quantity", "value"], rows);
  })];
}

const look = (kind) => ({ class: `cw-${KINDS[kind].series} cw-thick`, "stroke-dasharray": KINDS[kind].dash ?? null });
const mark = (p, one, a, b) => p.text(a, b, KINDS[one.kind].mark, { class: `cw-mark cw-${KINDS[one.kind].series}`, "text-anchor": "middle", dy: 6 });
const inside = (v) => Math.max(-REACH, Math.min(REACH, Number(v.toFixed(2))));
/** Where all paths begin: dragged elsewhere, they begin again there. */
const ball = (p, ui, d, a, b) => handle(p, ui, { at: [a, b], label: `The start, w = ${format(a)}${d.surface.n === 2 ? `, ${format(b)}` : ""}`, step: 0.1, word: "drag the ball",
  move: ([v, u]) => ui.act.set((s) => ({ ...s, steps: 0, start1: inside(v), ...(d.surface.n === 2 ? { start2: inside(u) } : {}) })) });

function curve(d, ui, width) {
  const { f, g } = d.surface;
  const c = d.state.curvature;
  const far = reach(d);
  const losses = d.walks.flatMap((one) => one.losses.filter((_, i) => Math.abs(one.path[i][0]) <= far));
  const top = Math.max(d.state.surface === "parabola" && far > REACH * 1.13 ? 0 : Math.max(1, f([REACH], c)), ...losses);
  const p = plot({ width, height: Math.min(330, width), x: [-far, far], y: [-0.06 * top, top * 1.1], xName: "w", yName: "loss ℒ(w)" });
  const [first] = d.walks;
  return p.draw("The loss as a curve, with the steps made on it", [
    p.curve((w) => f([w], c), { class: "cw-curve" }),
    d.walks.map((one) => {
      const [w] = one.at;
      const slope = g([w], c)[0];
      const half = 0.8 * (far / REACH);
      return [
        p.polyline(one.path.map(([v], i) => [v, one.losses[i]]), look(one.kind)),
        one.path.length < 60 ? one.path.map(([v], i) => p.dot(v, one.losses[i], { r: 3, class: `cw-${KINDS[one.kind].series}` })) : null,
        p.polyline([-half, half].map((s) => [w + s, one.loss + s * slope]), { class: "cw-backward", "stroke-dasharray": "6 4" }),
        p.dot(w, one.loss, { r: 7, class: `cw-dot cw-${KINDS[one.kind].series}` }),
      ];
    }),
  ], first && Math.abs(first.at[0]) <= far ? ball(p, ui, d, first.at[0], first.loss) : null);
}

/** Contour lines by marching squares over a grid; made once per surface and curvature. */
let contours = { key: null, lines: [] };
function levels(d, far) {
  const key = `${d.state.surface} ${d.state.curvature} ${far}`;
  if (contours.key === key) return contours.lines;
  const n = 48;
  const at = (i) => -far + (2 * far * i) / n;
  const value = Array.from({ length: n + 1 }, (_, i) => Array.from({ length: n + 1 }, (__, j) => d.surface.f([at(i), at(j)], d.state.curvature)));
  const all = value.flat().sort((a, b) => a - b);
  const lines = [0.02, 0.07, 0.15, 0.27, 0.42, 0.6, 0.8, 0.95].map((share) => all[Math.floor(share * (all.length - 1))]).map((level) => {
    const segments = [];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const cuts = [];
        corners.forEach(([a, b], k) => {
          const [e, g] = corners[(k + 1) % 4];
          const [u, v] = [value[a][b] - level, value[e][g] - level];
          if (u > 0 !== v > 0) cuts.push([at(a) + (at(e) - at(a)) * (u / (u - v)), at(b) + (at(g) - at(b)) * (u / (u - v))]);
        });
        for (let k = 0; k + 1 < cuts.length; k += 2) segments.push(cuts[k], cuts[k + 1], [NaN, NaN]);
      }
    }
    return segments;
  });
  contours = { key, lines };
  return lines;
}

function map(d, ui, width) {
  const { start1, start2 } = d.state;
  const far = reach(d);
  const p = plot({ width, height: Math.min(340, width + 20), x: [-far, far], y: [-far, far], xName: "w₁", yName: "w₂" });
  return p.draw("The loss as a map with lines of equal loss, and the paths over it", [
    levels(d, far).map((segments) => p.polyline(segments, { class: "cw-level" })),
    d.walks.map((one) => [p.polyline(one.path, look(one.kind)), mark(p, one, ...one.at)]),
  ], ball(p, ui, d, start1, start2));
}

function progress(d, width) {
  const steps = Math.max(10, d.state.steps);
  const first = Math.max(1e-9, ...d.walks.map((one) => one.losses[0]));
  const top = Math.min(Math.max(first, ...d.walks.flatMap((one) => one.losses)) * 1.1, first * 12);
  const p = plot({ width, height: Math.min(330, width), x: [-0.05 * steps, steps], y: [-0.06 * top, top], xName: "step", yName: "loss" });
  return p.draw("Loss after each step", d.walks.map((one) =>
    [p.polyline(one.losses.map((loss, i) => [i, loss]), look(one.kind)), mark(p, one, one.path.length - 1, one.loss)]));
}

export default widget({ name: "descent", title: "Going downhill", read, pack, derive, view, say, step, restart, back, speeds: [1, 2, 5, 20, 60], speed: 2,
  primary: (state) => (state.offer === "sgd" ? "step" : "play") });
