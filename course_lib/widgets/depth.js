// Insight: through many layers a signal survives only where each layer keeps its variance.
// Misconception it breaks: that small random weights are a safe start. Forward and backward, a
// factor a little below or above 1 is taken to the power of the depth.

import { activate, normal, slope } from "./core.js";
import { columns, plot } from "./plot.js";
import { format, h, number, table, widget } from "./ui.js";

const ACTIVATIONS = ["tanh", "sigmoid", "relu", "linear"];
const N = 48;
/** The deviation of a weight in a layer of n neurons fed by n. */
const STARTS = {
  small: ["small: 0.01", () => 0.01],
  one: ["large: 1", () => 1],
  xavier: ["Xavier: √(2/(n + n))", (n) => Math.sqrt(2 / (n + n))],
  he: ["He: √(2/n)", (n) => Math.sqrt(2 / n)],
  own: ["your own factor / √n", (n, own) => own / Math.sqrt(n)],
};

function read(reader) {
  return {
    layers: reader.integer("layers", 12, 1, 30),
    width: reader.integer("width", 24, 2, 48),
    activation: reader.choice("activation", "tanh", ACTIVATIONS),
    start: reader.choice("start", "small", Object.keys(STARTS)),
    own: reader.number("own", 1, 0.1, 4),
    seed: reader.integer("seed", 1, 1, 999),
  };
}

const pack = (state) => state;

/** The size of a typical entry: the root of the mean of the squares, which the theory follows. */
function spread(values) {
  let square = 0;
  for (let m = 0; m < values.length; m++) square += values[m] * values[m];
  return Math.sqrt(square / values.length);
}

/** A Wᵀ for rows of n numbers and a square W, four rows of W at a time. */
function times(A, W, n) {
  const out = new Float64Array(A.length);
  for (let from = 0; from < A.length; from += n) {
    let j = 0;
    for (; j + 3 < n; j += 4) {
      let [p, q, r, s] = [0, 0, 0, 0];
      for (let k = 0, w = j * n; k < n; k++, w++) {
        const a = A[from + k];
        p += a * W[w];
        q += a * W[w + n];
        r += a * W[w + 2 * n];
        s += a * W[w + 3 * n];
      }
      out[from + j] = p;
      out[from + j + 1] = q;
      out[from + j + 2] = r;
      out[from + j + 3] = s;
    }
    for (; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += A[from + k] * W[j * n + k];
      out[from + j] = sum;
    }
  }
  return out;
}

/** Wᵀ, so that Δ W is `times(Δ, turned(W), n)`. */
function turned(W, n) {
  const out = new Float64Array(W.length);
  for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) out[k * n + j] = W[j * n + k];
  return out;
}

/** The first numbers of a draw, kept until another draw is asked for: drawing costs more than a layer. */
const drawn = { seed: 0, next: null, numbers: new Float64Array(0), count: 0 };

function numbers(seed, count) {
  if (drawn.seed !== seed) Object.assign(drawn, { seed, next: normal(seed), count: 0 });
  if (drawn.numbers.length < count) {
    const longer = new Float64Array(count);
    longer.set(drawn.numbers.subarray(0, drawn.count));
    drawn.numbers = longer;
  }
  while (drawn.count < count) drawn.numbers[drawn.count++] = drawn.next();
  return drawn.numbers;
}

/** The forward pass, layer by layer; another depth keeps the layers that it shares with the last one. */
let passed = { key: null };
function forward({ layers, width: n, activation, seed, start, own }, source, sigma) {
  const key = [n, activation, seed, start, own].join();
  if (passed.key !== key) passed = { key, W: [null], slopes: [null], a: [source.slice(0, N * n)] };
  const { W, slopes, a } = passed;
  for (let l = a.length; l <= layers; l++) {
    const from = N * n + (l - 1) * n * n;
    W[l] = source.slice(from, from + n * n);
    for (let m = 0; m < n * n; m++) W[l][m] *= sigma;
    const out = times(a[l - 1], W[l], n);
    slopes[l] = new Float64Array(out.length);
    for (let m = 0; m < out.length; m++) {
      const z = out[m];
      out[m] = activate(activation, z);
      slopes[l][m] = slope(activation, z, out[m]);
    }
    a[l] = out;
  }
  return passed;
}

/** Inputs, weights and the gradient at the top are drawn in this order from one source. */
function derive(state) {
  const { layers, width: n, seed } = state;
  const source = numbers(seed, 2 * N * n + layers * n * n);
  const sigma = STARTS[state.start][1](n, state.own);
  const { W, slopes, a } = forward(state, source, sigma);
  let up = source.subarray(N * n + layers * n * n, 2 * N * n + layers * n * n);
  const rows = [];
  for (let l = layers; l >= 1; l--) {
    const delta = new Float64Array(up.length);
    let flat = 0;
    for (let m = 0; m < delta.length; m++) {
      const g = slopes[l][m];
      delta[m] = up[m] * g;
      flat += Number(Math.abs(g) < 0.05);
    }
    rows[l - 1] = { l, a: spread(a[l]), delta: spread(delta), flat: flat / delta.length };
    if (l > 1) up = times(delta, turned(W[l], n), n);
  }
  return { state, sigma, rows, input: spread(a[0]) };
}

const fate = (ratio) => (ratio < 1e-3 ? "has vanished" : ratio < 0.1 ? "is fading" : ratio > 1e3 ? "has exploded" : ratio > 10 ? "is growing" : "is kept");

function say(d) {
  const first = d.rows[0];
  const last = d.rows.at(-1);
  return `At layer ${last.l} the size of the activations is ${format(last.a, 3)}: the signal ${fate(last.a / d.input)}. `
    + `Back at layer 1 the size of the errors is ${format(first.delta, 3)}, from ${format(last.delta, 3)} at the top: it ${fate(first.delta / last.delta)}.`;
}

function view(d, ui) {
  const { state } = d;
  const set = (key) => (value) => ui.act.set({ [key]: value });
  const whole = (key) => (value) => ui.act.set({ [key]: Math.round(value) });
  const half = columns(ui.width);
  const [first, second] = [series(d, "a", "size of the activations a", half), series(d, "delta", "size of the errors ∂ℒ/∂z", half)];
  return [
    ui.stage(ui.width < 620 ? [h("div", {}, stack(d, ui.width), first), second] : [stack(d, ui.width), first, second], h("div.cw-controls", {},
      ui.select({ label: "Weights at the start", q: "start", value: state.start, options: Object.entries(STARTS).map(([key, [text]]) => [key, text]), set: set("start") }),
      state.start === "own" && ui.slider({ label: "Factor", q: "own", value: state.own, min: 0.1, max: 4, step: 0.05, set: set("own") }),
      !ui.brief && ui.select({ label: "Activation", q: "activation", value: state.activation, options: ACTIVATIONS, set: set("activation") }))),
    h("p.cw-where", {}, `Each weight is drawn with deviation ${format(d.sigma)}; ${N} examples, no bias. Size: the spread, √(mean of the squares). Both curves are in powers of ten.`),
    ui.settings(
      ui.slider({ label: "Layers", q: "layers", value: state.layers, min: 1, max: 30, step: 1, set: whole("layers") }),
      ui.slider({ label: "Width n", q: "width", value: state.width, min: 2, max: 48, step: 1, set: whole("width") }),
      ui.slider({ label: "Draw number", q: "seed", value: state.seed, min: 1, max: 999, step: 1, set: whole("seed") })),
    ui.details("Numbers as a table", () => table("Size layer by layer", ["layer", "of a", "of ∂ℒ/∂z", "share of nearly flat units"],
      d.rows.map((row) => [String(row.l), number(`spread_a[${row.l}]`, row.a), number(`spread_delta[${row.l}]`, row.delta), number(`flat[${row.l}]`, row.flat)]))),
  ];
}

/** The network that is studied: its layers in a row, the signal from left to right, the error back. */
function stack({ state: { layers, width: n, activation } }, width) {
  const [left, right] = [22, width - 22];
  const step = (right - left) / layers;
  const box = Math.min(26, 0.6 * step);
  const arrow = (from, to, y, of) => [h("line", { x1: from, y1: y, x2: to, y2: y, class: `cw-${of}`, "stroke-width": 2, "stroke-dasharray": of === "backward" ? "7 4" : null }),
    h("path", { d: `M${to},${y}l${from < to ? -8 : 8},-4v8z`, class: `cw-end-${of}` })];
  const text = `${layers} ${layers === 1 ? "layer" : "layers"} of ${n} ${activation} neurons`;
  return h("svg.cw-plot", { width, height: 76, viewBox: `0 0 ${width} 76`, role: "img", "aria-label": `A network of ${text}` },
    h("text", { x: left, y: 13 }, width < 450 ? text : `${text}; the signal goes forward`), h("text", { x: right, y: 73, "text-anchor": "end" }, "the error comes back"),
    arrow(left, right, 23, "forward"), arrow(right, left, 59, "backward"),
    Array.from({ length: layers }, (_, i) => h("rect", { x: left + (i + 0.5) * step - box / 2, y: 30, width: box, height: 22, class: "cw-unit" })));
}

function series(d, key, title, width) {
  const log = (v) => Math.log10(Math.min(Math.max(v, 1e-30), 1e30));
  const values = d.rows.map((row) => log(row[key]));
  const low = Math.floor(Math.min(-2, ...values));
  const high = Math.ceil(Math.max(2, ...values));
  const forward = key === "a";
  const p = plot({ width, left: 52, height: 270, x: [0.5, d.rows.length + 0.5], y: [low, high], xName: forward ? "layer →" : "← layer", yName: title, yTick: (v) => `1e${format(v)}` });
  return p.draw(`${title}, for each layer, in powers of ten`, [
    p.polyline([[0, 0], [d.rows.length + 1, 0]], { class: "cw-here", "stroke-dasharray": "2 4" }),
    p.polyline(values.map((v, i) => [i + 1, v]), { class: `${forward ? "cw-forward" : "cw-backward"} cw-thick`, "stroke-dasharray": forward ? null : "7 4" }),
    values.map((v, i) => p.dot(i + 1, v, { r: 4, class: `cw-dot ${forward ? "cw-forward" : "cw-backward"}` })),
  ]);
}

export default widget({ name: "depth", title: "What many layers do to a signal", read, pack, derive, view, say });
