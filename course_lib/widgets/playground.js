// Insight: while a network learns, its gradients shrink, and not only its loss.
// Misconception it breaks: that training is over when the loss looks flat, and that more neurons
// are always what is missing. A goal asks for the fewest.

import { backward, copyOptimizer, createNetwork, createOptimizer, forward, normal, parameterCount, predict, update } from "./core.js";
import { columns, plot } from "./plot.js";
import { GRID, REACH, dots, heat, legend, once, points, regions } from "./points.js";
import { Reader, format, h, number, sign, table, widget } from "./ui.js";

const MOST_EPOCHS = 5000;
const MOST_POINTS = 200;
const DATA = { xor: "XOR", moons: "two moons", spirals: "two spirals", own: "your own points" };
const OPTIMIZERS = { sgd: "SGD", momentum: "Momentum", rmsprop: "RMSprop", adam: "Adam" };

const sizesOf = ({ first, second }) => [2, first, ...(second ? [second] : []), 1];

/** The starting weights: deviation 1/√n_in, biases 0, from the draw's number. */
function starting(state) {
  const sizes = sizesOf(state);
  const draw = normal(1000 + state.seed);
  return sizes.slice(1).flatMap((n, i) => [
    ...Array.from({ length: n * sizes[i] }, () => draw() / Math.sqrt(sizes[i])), ...Array(n).fill(0)]);
}

/** The start of training. `scale`, from the first step on, is the largest gradient of epoch 0. */
const fresh = (state) => {
  const theta = Float64Array.from(starting(state));
  return { ...state, theta, optimizer: createOptimizer(state.kind, theta.length), epoch: 0, scale: null, previous: null };
};

function read(reader) {
  const data = reader.choice("data", "xor", Object.keys(DATA));
  const own = reader.rows("points", [], MOST_POINTS).map((point) => {
    const [a, b, label] = Reader.list(point, "points", 3);
    return [Reader.inside(a, "points", -REACH, REACH), Reader.inside(b, "points", -REACH, REACH), Reader.inside(label, "points", 0, 1, true)];
  });
  const state = fresh({
    data, points: data === "own" ? own : points(data),
    first: reader.integer("first", 3, 1, 8), second: reader.integer("second", 0, 0, 8),
    activation: reader.choice("activation", "tanh", ["tanh", "sigmoid", "relu"]),
    kind: reader.choice("optimizer", "adam", Object.keys(OPTIMIZERS)),
    rate: reader.number("rate", 0.05, 1e-4, 10), seed: reader.integer("seed", 1, 1, 999), px: 0, py: 0, label: 1,
  });
  const count = parameterCount(sizesOf(state));
  state.theta = Float64Array.from(reader.numbers("weights", [...state.theta], count, -1e4, 1e4));
  state.epoch = reader.integer("epoch", 0, 0, MOST_EPOCHS);
  state.scale = reader.number("scale", null, 0, 1e8);
  for (const kept of ["v", "m", "s"]) {
    const values = reader.numbers(`kept_${kept}`, null, count, -1e8, 1e8);
    if (values && state.optimizer[kept]) state.optimizer[kept] = Float64Array.from(values);
    if (kept === "s" && values?.some((v) => v < 0)) throw new Error("kept_s must not be negative");
  }
  state.optimizer.t = state.epoch;
  return state;
}

function pack(state) {
  const { data, first, second, activation, kind, rate, seed, epoch, theta, optimizer } = state;
  const packed = { data, first, second, activation, optimizer: kind, rate, seed, epoch, weights: [...theta] };
  if (data === "own") packed.points = state.points;
  if (state.scale !== null) packed.scale = state.scale;
  for (const kept of ["v", "m", "s"]) if (optimizer[kept]) packed[`kept_${kept}`] = [...optimizer[kept]];
  return packed;
}

/** A network with these widths and this activation, to compute in; one is kept for each use. */
const kept = {};
function network(use, state, theta) {
  const sizes = sizesOf(state);
  const key = `${sizes} ${state.activation}`;
  if (kept[use]?.key !== key) {
    const names = sizes.slice(1).map((_, i) => (i < sizes.length - 2 ? state.activation : "linear"));
    kept[use] = { key, net: createNetwork(sizes, names, "sigmoid-bce", theta) };
  }
  kept[use].net.theta.set(theta);
  return kept[use].net;
}

const flat = once((points) => ({ x: Float64Array.from(points.flatMap(([a, b]) => [a, b])), y: points.map((point) => point[2]) }));

/** Loss and gradient at these weights; remembered, since step, view and history all ask. */
const known = new WeakMap();
function evaluate(state) {
  const found = known.get(state.theta);
  if (found && found.points === state.points) return found;
  const net = network("training", state, state.theta);
  const N = state.points.length;
  const made = { points: state.points, layers: net.layers, loss: NaN, right: 0, norms: [], gradient: new Float64Array(state.theta.length) };
  if (N) {
    const { x, y } = flat(state.points);
    made.loss = forward(net, x, y, N);
    made.right = y.reduce((count, label, i) => count + Number((net.prediction[i] >= 0.5) === (label === 1)), 0) / N;
    backward(net);
    made.gradient.set(net.gradient);
    made.norms = net.layers.map(({ W, b, nOut }) => Math.hypot(...net.gradient.subarray(W, b + nOut)));
  }
  known.set(state.theta, made);
  return made;
}

/** The largest gradient of a weight; those of the biases have no disc. */
function largest({ layers, gradient }) {
  let most = 0;
  for (const { W, b } of layers) for (let m = W; m < b; m++) most = Math.max(most, Math.abs(gradient[m]));
  return most;
}

function step(state) {
  const now = evaluate(state);
  const theta = state.theta.slice();
  const optimizer = copyOptimizer(state.optimizer);
  optimizer.rate = state.rate;
  update(optimizer, theta, now.gradient);
  return { ...state, theta, optimizer, epoch: state.epoch + 1, scale: state.scale ?? largest(now) };
}

const restart = fresh;

function derive(state) {
  const now = evaluate(state);
  const d = { state, ...now, sizes: sizesOf(state), units: state.first + state.second, largest: largest(now) };
  d.scale = state.scale ?? d.largest;
  if (!state.points.length) d.stopped = "Place some points first.";
  else if (!Number.isFinite(now.loss) || now.gradient.some((v) => !Number.isFinite(v)) || state.theta.some((v) => Math.abs(v) > 1e4)) {
    d.stopped = "Stopped: the weights overflowed. The learning rate is too large.";
  } else if (state.epoch >= MOST_EPOCHS) d.stopped = "Stopped: this widget makes no more epochs.";
  d.goal = now.right === 1 && new Set(state.points.map((point) => point[2])).size === 2;
  return d;
}

function say(d, state) {
  if (!state.points.length) return "";
  const reached = d.goal ? ` Every point is right, with ${d.units} hidden ${d.units === 1 ? "unit" : "units"}: can fewer do it?` : "";
  return ["Epoch ", number("epoch", state.epoch), `: loss ${format(d.loss, 3)}, ${format(100 * d.right, 3)} % right, size of the gradient ${d.norms.map((norm) => format(norm, 2)).join(", ")} from the first layer to the last.${reached}`];
}

function view(d, ui) {
  const { state } = d;
  const renew = (key) => (value) => ui.act.set((s) => fresh({ ...s, [key]: value }));
  const size = (key) => (value) => renew(key)(Math.round(value));
  const half = columns(ui.width, 2, 320);
  d.plane = network("plane", state, state.theta);
  predict(d.plane, GRID, GRID.length / 2);
  return [
    ui.stage([boundary(d, ui, half), weights(d, half)], [legend("; paler where it is less sure"), h("p.cw-key", {}, "Squares: what each neuron outputs over the plane. Lines: weights (dashed: negative). Discs: gradients.")]),
    h("p.cw-where", {}, "Goal: every point right with the fewest hidden units; now ", number("units", d.units), ". All discs are on one scale: the largest gradient of a weight was ", number("scale", d.scale), " in epoch 0 and is ", number("largest", d.largest), " now."),
    history(d, ui.width),
    state.data === "own" && placing(d, ui),
    ui.settings(
      ui.select({ label: "Points", q: "data", value: state.data, options: Object.entries(DATA),
        set: (data) => ui.act.set((s) => fresh({ ...s, data, points: data === "own" ? s.points : points(data) })) }),
      ui.slider({ label: "Hidden units, first layer", q: "first", value: state.first, min: 1, max: 8, step: 1, set: size("first") }),
      ui.slider({ label: "Second layer (0: none)", q: "second", value: state.second, min: 0, max: 8, step: 1, set: size("second") }),
      ui.select({ label: "Activation", q: "activation", value: state.activation, options: ["tanh", "sigmoid", ["relu", "ReLU"]], set: renew("activation") }),
      ui.select({ label: "Optimiser", q: "optimizer", value: state.kind, options: Object.entries(OPTIMIZERS), set: renew("kind") }),
      ui.slider({ label: "Learning rate η", q: "rate", value: state.rate, min: 1e-4, max: 10, log: true, set: (rate) => ui.act.set({ rate }) }),
      ui.slider({ label: "Draw of the weights", q: "seed", value: state.seed, min: 1, max: 999, step: 1, set: size("seed") })),
    ui.details("Numbers as tables", () => numbers(d, ui)),
  ];
}

/** Points by number boxes and a button, for whom the pointer is no way. */
function placing(d, ui) {
  const { state } = d;
  const add = (a, b) => ui.act.set((s) => (s.points.length >= MOST_POINTS ? s : { ...s, points: [...s.points, [a, b, s.label]] }));
  return h("div.cw-controls", {},
    ui.select({ label: "Class of the next point", q: "label", value: String(state.label), options: [["1", "● 1"], ["0", "▲ 0"]], set: (v) => ui.act.set({ label: Number(v) }) }),
    ui.slider({ label: "x₁", q: "px", value: state.px, min: -REACH, max: REACH, step: 0.1, set: (px) => ui.act.set({ px }) }),
    ui.slider({ label: "x₂", q: "py", value: state.py, min: -REACH, max: REACH, step: 0.1, set: (py) => ui.act.set({ py }) }),
    h("button", { type: "button", "data-do": "add", onclick: () => add(state.px, state.py) }, "Add the point"),
    h("button", { type: "button", onclick: () => ui.act.set((s) => ({ ...s, points: s.points.slice(0, -1) })) }, "Remove the last"),
    h("button", { type: "button", onclick: () => ui.act.set((s) => ({ ...s, points: [] })) }, "Remove all"),
    h("span", {}, "or press into the drawing."));
}

/** Where the network says which class, and the points. */
function boundary(d, ui, width) {
  const p = plot({ width, height: Math.min(340, width), x: [-REACH, REACH], y: [-REACH, REACH], xName: "x₁", yName: "x₂", left: 34 });
  const own = d.state.data === "own";
  return p.draw(`The plane of the two inputs: ${format(100 * (d.right || 0), 3)} % of ${d.state.points.length} points are on their side`, [
    regions(d.plane.prediction, p),
    dots(d.state.points, p),
  ], [], own ? { onclick: (event) => {
    const [a, b] = p.at(event).map((v) => Number(Math.max(-REACH, Math.min(REACH, v)).toFixed(2)));
    ui.act.set((s) => (s.points.length >= MOST_POINTS ? s : { ...s, points: [...s.points, [a, b, s.label]] }));
  } } : {});
}

/** The network: a square for each neuron, what it outputs over the plane; a line for each weight, as wide
 * as the weight; a disc for its gradient, whose area is measured by epoch 0's largest, so that gradients
 * that shrink are seen to. */
function weights(d, width) {
  const height = Math.min(340, width);
  const L = d.sizes.length - 1;
  const size = Math.min(38, (height - 40) / Math.max(...d.sizes) - 5);
  const x = (l) => 24 + ((width - 48) * l) / L;
  const y = (l, j) => 24 + ((height - 40) * (j + 0.5)) / d.sizes[l];
  const lines = [];
  const discs = [];
  d.layers.forEach(({ nIn, nOut, W }, l) => {
    for (let j = 0; j < nOut; j++) {
      for (let k = 0; k < nIn; k++) {
        const w = d.state.theta[W + j * nIn + k];
        const g = d.gradient[W + j * nIn + k];
        const t = 0.3 + (0.4 * (j + 0.5)) / nOut;
        lines.push(h("line", { x1: x(l) + size / 2, y1: y(l, k), x2: x(l + 1) - size / 2, y2: y(l + 1, j), class: "cw-weight", "stroke-width": Math.min(6, 0.4 + Math.abs(w)).toFixed(2), "stroke-dasharray": w < 0 ? "5 4" : null }));
        const r = Math.min(14, 7 * Math.sqrt(Math.abs(g) / Math.max(1e-12, d.scale)));
        discs.push(h("circle", { cx: x(l) + size / 2 + (x(l + 1) - x(l) - size) * t, cy: y(l, k) + (y(l + 1, j) - y(l, k)) * t, r: (r >= 0.5 ? r : 0).toFixed(1), class: "cw-gradient" }));
      }
    }
  });
  const squares = d.sizes.flatMap((n, l) => Array.from({ length: n }, (_, j) => ({ x: x(l), y: y(l, j), size, ...output(d, l, j) })));
  const units = squares.map((one) => h("rect", { x: one.x - size / 2, y: one.y - size / 2, width: size, height: size, class: "cw-unit" }));
  return h("div.cw-layers", {},
    h("canvas", { width, height, style: `width: ${width}px; height: ${height}px`, "aria-hidden": "true", paint: (canvas) => heat(canvas, squares) }),
    h("svg.cw-plot", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Network ${d.sizes.join("-")}; the largest gradient of a weight was ${format(d.scale, 2)} in epoch 0 and is ${format(d.largest, 2)}` },
      lines, discs, units));
}

/** What neuron j of layer l outputs over the GRID, brought to the range from −1 to 1, as `heat` takes it. */
function output(d, l, j) {
  const every = d.sizes[l];
  const last = l === d.sizes.length - 1;
  const answers = last ? d.plane.prediction : d.plane.a[l];
  const made = { answers, from: j, every, factor: 1, shift: 0 };
  if (l === 0) return { ...made, factor: 1 / REACH };
  if (last || d.state.activation === "sigmoid") return { ...made, factor: 2, shift: -1 };
  if (d.state.activation === "tanh") return made;
  let most = 1e-12;
  for (let m = j; m < answers.length; m += every) most = Math.max(most, answers[m]);
  return { ...made, factor: 1 / most };
}

/** Loss and size of the gradient over the epochs, in powers of ten. */
function history(d, width) {
  const all = [];
  for (let state = d.state; state; state = state.previous) all.push(state);
  const every = Math.max(1, Math.floor(all.length / 240));
  const kept = all.reverse().filter((_, i) => i % every === 0 || i === all.length - 1);
  const log = (v) => Math.log10(Math.max(v, 1e-8));
  const series = kept.map((state) => {
    const { loss, norms } = evaluate(state);
    return [state.epoch, log(loss), log(Math.hypot(...norms))];
  });
  const first = series[0][0];
  const values = series.flatMap(([, a, b]) => [a, b]).filter(Number.isFinite);
  const low = Math.floor(Math.min(-1, ...values));
  const high = Math.ceil(Math.max(0.5, ...values));
  const p = plot({ width, height: 200, x: [first, Math.max(first + 20, d.state.epoch)], y: [low, high], xName: "epoch", yName: "loss (solid) and size of the gradient (dashed)", yTick: (v) => `1e${format(v)}` });
  return p.draw("Loss and size of the whole gradient over the epochs", [
    p.polyline(series.map(([e, a]) => [e, a]), { class: "cw-forward cw-thick" }),
    p.polyline(series.map(([e, , b]) => [e, b]), { class: "cw-backward cw-thick", "stroke-dasharray": "7 4" }),
  ]);
}

const placed = once((points) => table("Points", ["point", "x₁", "x₂", "class"], points.map(([a, b, label], i) =>
  [String(i), number(`x[${i},0]`, a), number(`x[${i},1]`, b), number(`y[${i}]`, label)])));

function numbers(d, ui) {
  const rows = [];
  d.layers.forEach(({ nIn, nOut, W, b }, l) => {
    const add = (name, at) => rows.push([`${sign(d.state.theta[at])} ${name}`, number(name, d.state.theta[at]), number(`d${name}`, d.gradient[at])]);
    for (let j = 0; j < nOut; j++) for (let k = 0; k < nIn; k++) add(`W${l + 1}[${j},${k}]`, W + j * nIn + k);
    for (let j = 0; j < nOut; j++) add(`b${l + 1}[${j}]`, b + j);
  });
  return [
    d.state.points.length > 0 && table("Training", ["quantity", "value"], [["loss", number("loss", d.loss)], ["share right", number("right", d.right)],
      ...d.norms.map((norm, l) => [`size of the gradient, layer ${l + 1}`, number(`norm[${l + 1}]`, norm)])]),
    table("Weights and gradients", ["name", "value", "gradient"], rows),
    ui.details("Points", () => placed(d.state.points)),
  ];
}

export default widget({ name: "playground", title: "A network that learns", read, pack, derive, view, say, step, restart, speeds: [2, 10, 60, 300], speed: 2, unit: "epoch" });
