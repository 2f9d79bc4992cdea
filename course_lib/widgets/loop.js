// Insight: training is three lines, again and again: forward, backward, update; the loss falls.
// Misconception it breaks: that learning is anything else than many small changes of all weights,
// or that the backward pass is what changes them.

import { backward, createNetwork, createOptimizer, forward, normal, parameterCount, predict, update } from "./core.js";
import { columns, plot } from "./plot.js";
import { GRID, REACH, dots, legend, once, points, regions } from "./points.js";
import { format, h, number, table, widget } from "./ui.js";

const SIZES = [2, 8, 1];
const COUNT = parameterCount(SIZES);
const MOST_EPOCHS = 400;
/** So many rounds are shown pass by pass; after that a step is a whole round. */
const SLOW = 2;
const POINTS = points("moons");
const LINES = [
  ["forward", "loss = network.forward(x, y)"],
  ["backward", "network.backward()"],
  ["update", "optimizer.update()"],
];

const nets = {};
function network(use, theta) {
  nets[use] ??= createNetwork(SIZES, ["tanh", "linear"], "sigmoid-bce", theta);
  nets[use].theta.set(theta);
  return nets[use];
}

function starting(seed) {
  const draw = normal(1000 + seed);
  return SIZES.slice(1).flatMap((n, i) => [...Array.from({ length: n * SIZES[i] }, () => draw() / Math.sqrt(SIZES[i])), ...Array(n).fill(0)]);
}

const restart = (state) => ({ ...state, theta: Float64Array.from(starting(state.seed)), epoch: 0, phase: 0, previous: null });

function read(reader) {
  const state = restart({ seed: reader.integer("seed", 4, 1, 999), rate: reader.number("rate", 1, 1e-3, 10) });
  state.theta = Float64Array.from(reader.numbers("weights", [...state.theta], COUNT, -1e4, 1e4));
  state.epoch = reader.integer("epoch", 0, 0, MOST_EPOCHS);
  state.phase = reader.integer("phase", 0, 0, 4);
  return state;
}

const pack = ({ seed, rate, theta, epoch, phase }) => ({ seed, rate, weights: [...theta], epoch, phase });

/** Loss, gradient and share of right answers at these weights. */
const evaluate = once((theta) => {
  const net = network("training", theta);
  const labels = POINTS.map((point) => point[2]);
  const loss = forward(net, Float64Array.from(POINTS.flatMap(([a, b]) => [a, b])), labels, POINTS.length);
  const right = labels.reduce((count, label, i) => count + Number((net.prediction[i] >= 0.5) === (label === 1)), 0) / labels.length;
  backward(net);
  return { loss, right, gradient: net.gradient.slice() };
});

function moved(state) {
  const theta = state.theta.slice();
  update(createOptimizer("sgd", COUNT, { rate: state.rate }), theta, evaluate(state.theta).gradient);
  return theta;
}

/** The next pass of a slow round, or a whole round. */
function step(state) {
  const slow = state.epoch < SLOW && state.phase < 3;
  if (slow && state.phase < 2) return { ...state, phase: state.phase + 1 };
  if (slow) return { ...state, phase: 3, theta: moved(state), epoch: state.epoch + 1 };
  if (state.epoch < SLOW) return { ...state, phase: 1 };
  return { ...state, phase: 4, theta: moved(state), epoch: state.epoch + 1 };
}

function derive(state) {
  const d = { state, ...evaluate(state.theta) };
  if (!Number.isFinite(d.loss) || state.theta.some((v) => Math.abs(v) > 1e4)) d.stopped = "Stopped: the weights overflowed. The learning rate is too large.";
  else if (state.epoch >= MOST_EPOCHS) d.stopped = "The network has learned. Reset begins again.";
  return d;
}

function say(d, { epoch, phase }) {
  const now = `Epoch ${epoch}: loss ${format(d.loss, 3)}, ${format(100 * d.right, 3)} % of the points are right.`;
  return [
    `A network with random weights, ${POINTS.length} points of two classes. Press Play.`,
    `Forward: the network predicts the class of every point. The loss, ${format(d.loss, 3)}, says how wrong it is.`,
    `Backward: the gradient says, for each of the ${COUNT} weights and biases, how the loss would change with it. Nothing has moved yet.`,
    `Update: every weight and bias takes a step against its gradient. ${now}`,
    now,
  ][phase];
}

function view(d, ui) {
  const { state } = d;
  const half = columns(ui.width, 2, 310);
  return [
    ui.stage([plane(d, half), h("div", { style: `width: ${half}px` }, code(state), losses(d, half), legend())]),
    ui.settings(
      ui.slider({ label: "Learning rate η", q: "rate", value: state.rate, min: 0.001, max: 10, log: true, set: (rate) => ui.act.set({ rate }) }),
      ui.slider({ label: "Draw of the weights", q: "seed", value: state.seed, min: 1, max: 999, step: 1, set: (v) => ui.act.set((s) => restart({ ...s, seed: Math.round(v) })) })),
    ui.details("Numbers as a table", () => table("Training", ["quantity", "value"], [["epoch", number("epoch", state.epoch)], ["pass", number("phase", state.phase)],
      ["loss", number("loss", d.loss)], ["share right", number("right", d.right)], ["size of the gradient", number("norm", Math.hypot(...d.gradient))]])),
  ];
}

const code = ({ phase }) => h("pre.cw-code", {}, LINES.map(([pass, line], i) =>
  h("span", { class: `cw-pass-${pass}${phase === i + 1 || phase === 4 ? " cw-lit" : ""}` }, line)));

function plane(d, width) {
  const p = plot({ width, height: Math.min(276, width), x: [-REACH, REACH], y: [-REACH, REACH], xName: "x₁", yName: "x₂", left: 34 });
  return p.draw(`Two half moons of points and the regions the network gives them: ${format(100 * d.right, 3)} % are right`,
    [regions(predict(network("plane", d.state.theta), GRID, GRID.length / 2), p), dots(POINTS, p)]);
}

/** The loss of every epoch so far. */
function losses(d, width) {
  const series = [];
  for (let state = d.state; state; state = state.previous) {
    if (series.at(-1)?.[0] !== state.epoch) series.push([state.epoch, evaluate(state.theta).loss]);
  }
  series.reverse();
  const top = Math.max(0.1, ...series.map(([, loss]) => loss)) * 1.1;
  const [first] = series[0];
  const p = plot({ width, height: 118, x: [first - 0.6, Math.max(first + 20, d.state.epoch)], y: [0, top], xName: "epoch", yName: "loss" });
  return p.draw(`The loss over the epochs; it is ${format(d.loss, 3)} now`, [
    p.polyline(series, { class: "cw-forward cw-thick" }), p.dot(d.state.epoch, d.loss, { r: 5, class: "cw-dot cw-forward" })]);
}

export default widget({ name: "loop", title: "Three lines that train a network", read, pack, derive, view, say, step, restart,
  pace: ({ epoch }) => (epoch < SLOW ? 1.6 : epoch < 30 ? 12 : 60) });
