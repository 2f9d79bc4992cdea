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
  for (const v of values) square += v ** 2 / values.length;
  return Math.sqrt(square);
}

/** A Wᵀ for rows of n numbers and a square W, two rows of W at a time. */
function times(A, W, n) {
  const out = new Float64Array(A.length);
  for (let from = 0; from < A.length; from += n) {
    for (let j = 0; j < n; j += 2) {
      const row = j * n;
      const next = j + 1 < n ? row + n : row;
      let sum = 0;
      let other = 0;
      for (let k = 0; k < n; k++) {
        const a = A[from + k];
        sum += a * W[row + k];
        other += a * W[next + k];
      }
      out[from + j] = sum;
      if (next > row) out[from + j + 1] = other;
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

/** Inputs, weights and the gradient at the top are drawn in this order from one source. */
function derive(state) {
  const { layers, width: n, activation, seed } = state;
  const source = numbers(seed, 2 * N * n + layers * n * n);
  let used = 0;
  const sigma = STARTS[state.start][1](n, state.own);
  const fresh = (count, scale) => source.subarray(used, (used += count)).map((v) => v * scale);
  const a = [fresh(N * n, 1)];
  const W = [null];
  const slopes = [null];
  for (let l = 1; l <= layers; l++) {
    W[l] = fresh(n * n, sigma);
    const z = times(a[l - 1], W[l], n);
    a[l] = z.map((v) => activate(activation, v));
    slopes[l] = z.map((v, m) => slope(activation, v, a[l][m]));
  }
  let up = fresh(N * n, 1);
  const delta = [];
  for (let l = layers; l >= 1; l--) {
    delta[l] = up.map((v, m) => v * slopes[l][m]);
    if (l > 1) up = times(delta[l], turned(W[l], n), n);
  }
  const flat = (l) => slopes[l].reduce((count, v) => count + (Math.abs(v) < 0.05), 0) / (N * n);
  const rows = Array.from({ length: layers }, (_, i) => ({ l: i + 1, a: spread(a[i + 1]), delta: spread(delta[i + 1]), flat: flat(i + 1) }));
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
  return [
    ui.stage([series(d, "a", "size of the activations a", half), series(d, "delta", "size of the errors ∂ℒ/∂z", half)], h("div.cw-controls", {},
      ui.select({ label: "Weights at the start", q: "start", value: state.start, options: Object.entries(STARTS).map(([key, [text]]) => [key, text]), set: set("start") }),
      state.start === "own" && ui.slider({ label: "Factor", q: "own", value: state.own, min: 0.1, max: 4, step: 0.05, set: set("own") }))),
    h("p.cw-where", {}, `Each weight is drawn with deviation ${format(d.sigma)}; ${N} examples, no bias. Size: the spread, √(mean of the squares). Both curves are in powers of ten. Forward is read from left to right, backward from right to left.`),
    ui.settings(
      ui.select({ label: "Activation", q: "activation", value: state.activation, options: ACTIVATIONS, set: set("activation") }),
      ui.slider({ label: "Layers", q: "layers", value: state.layers, min: 1, max: 30, step: 1, set: whole("layers") }),
      ui.slider({ label: "Width n", q: "width", value: state.width, min: 2, max: 48, step: 1, set: whole("width") }),
      ui.slider({ label: "Draw number", q: "seed", value: state.seed, min: 1, max: 999, step: 1, set: whole("seed") })),
    ui.details("Numbers as a table", () => table("Size layer by layer", ["layer", "of a", "of ∂ℒ/∂z", "share of nearly flat units"],
      d.rows.map((row) => [String(row.l), number(`spread_a[${row.l}]`, row.a), number(`spread_delta[${row.l}]`, row.delta), number(`flat[${row.l}]`, row.flat)]))),
  ];
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
