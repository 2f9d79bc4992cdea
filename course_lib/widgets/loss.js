// Insight: with softmax and cross-entropy the gradient at the scores is p − y.
// Misconception it breaks: that any loss teaches a wrong answer equally well. With the mean of
// squares a surely wrong prediction gets almost no gradient, because softmax is flat there.

import { softmax } from "./core.js";
import { handle } from "./plot.js";
import { Reader, format, h, number, sign, table, widget } from "./ui.js";

const MOST_STEPS = 2000;
const REACH = 10;

function read(reader) {
  const classes = reader.integer("classes", 3, 2, 5);
  const start = reader.numbers("z", [2, 1, 0, -1, 0.5].slice(0, classes), classes, -REACH, REACH);
  const state = {
    classes, start, z: start, steps: 0,
    target: reader.integer("target", classes - 1, 0, classes - 1),
    loss: reader.choice("loss", "cross-entropy", ["cross-entropy", "mse"]),
    rate: reader.number("rate", 1, 0.01, 100),
  };
  const runs = reader.rows("runs", [], 200).map((run) => {
    const [count, rate, kind, target] = Reader.list(run, "runs", 4);
    return [Reader.inside(count, "runs", 1, MOST_STEPS, true), Reader.inside(rate, "runs", 0.01, 100),
      Reader.inside(kind, "runs", 0, 1, true), Reader.inside(target, "runs", 0, classes - 1, true)];
  });
  if (runs.reduce((sum, run) => sum + run[0], 0) > MOST_STEPS) throw new Error(`runs hold more than ${MOST_STEPS} steps`);
  let now = state;
  for (const [count, rate, kind, target] of runs) {
    now = { ...now, rate, loss: kind ? "mse" : "cross-entropy", target };
    for (let s = 0; s < count; s++) now = Object.assign(step(now), { previous: now });
  }
  return { ...now, rate: state.rate, loss: state.loss, target: state.target };
}

const pack = ({ classes, start, target, loss, rate, runs }) => ({ classes, z: [...start], target, loss, rate, runs: runs ?? [] });

function derive(state) {
  const { z, target, classes, loss } = state;
  const p = [...softmax(z)];
  const y = p.map((_, j) => Number(j === target));
  const mse = loss === "mse";
  // From the scores, not from p: the logarithm of a p that rounds to 0 would be −∞.
  const top = Math.max(...z);
  const value = mse ? p.reduce((sum, v, j) => sum + (v - y[j]) ** 2, 0) / classes
    : top + Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0)) - z[target];
  const dp = p.map((v, j) => (mse ? (2 * (v - y[j])) / classes : y[j] ? -1 / v : 0));
  const mean = p.reduce((sum, v, j) => sum + v * dp[j], 0);
  const dz = p.map((v, j) => (mse ? v * (dp[j] - mean) : v - y[j]));
  const d = { ...state, p, y, value, dp, dz };
  if (state.steps >= MOST_STEPS) d.stopped = "Stopped: this widget makes no more steps.";
  else if (z.some((v) => !(Math.abs(v) < 1e3))) d.stopped = "Stopped: the scores left every reasonable range. The learning rate is too large.";
  return d;
}

function step(state) {
  const { dz } = derive(state);
  const run = [1, state.rate, state.loss === "mse" ? 1 : 0, state.target];
  const runs = state.runs ?? [];
  const last = runs.at(-1);
  const same = last && last.slice(1).every((value, i) => value === run[i + 1]);
  return { ...state, z: state.z.map((v, j) => v - state.rate * dz[j]), steps: state.steps + 1,
    runs: same ? [...runs.slice(0, -1), [last[0] + 1, ...last.slice(1)]] : [...runs, run] };
}

const restart = (state) => ({ ...state, z: state.start, steps: 0, runs: [], previous: null });

function say(d) {
  const most = d.dz.reduce((best, v, j) => (Math.abs(v) > Math.abs(d.dz[best]) ? j : best), 0);
  return ["Loss ", number("loss", d.value), " after ", number("steps", d.steps), d.steps === 1 ? " step. " : " steps. ",
    `The derivative largest in size is ∂ℒ/∂z[${most}] = ${format(d.dz[most], 3)}, so the next step makes z[${most}] ${d.dz[most] < 0 ? "larger" : "smaller"}.`];
}

function view(d, ui) {
  const mse = d.loss === "mse";
  const list = Array.from({ length: d.classes }, (_, j) => String(j));
  const score = (j, value) => ui.act.set((s) => {
    const start = s.z.map((old, k) => (k === j ? value : Math.max(-REACH, Math.min(REACH, old))));
    return { ...restart(s), start, z: start };
  });
  return [
    ui.stage([drawing(d, ui, score)], [
      h("p.cw-key", {}, "Bar: the probability p of a class; drag its end to change the score z. Post: its target, 0 or 1. Arrow: the next step makes z larger (→) or smaller (←)."),
      !ui.brief && h("div.cw-controls", {}, ui.select({ label: "Loss", q: "loss", value: d.loss, options: [["cross-entropy", "cross-entropy"], ["mse", "mean squared error"]], set: (loss) => ui.act.set({ loss }) }))]),
    h("p.cw-formulas", {}, mse
      ? ["∂ℒ/∂z = p ⊙ (p̄ − (p·p̄)), with p̄ = ∂ℒ/∂p = 2(p − y)/", String(d.classes), ": each entry has the factor p, which is nearly 0 for a class that the network rules out (chapter 7)."]
      : ["∂ℒ/∂z = p − y: probability minus target. All of them add up to 0."]),
    ui.settings(
      ui.select({ label: "Right class", q: "target", value: String(d.target), options: list, set: (v) => ui.act.set({ target: Number(v) }) }),
      d.z.map((v, j) => ui.slider({ label: `Score z[${j}]`, q: `z[${j}]`, value: v, min: -REACH, max: REACH, step: 0.1, set: (value) => score(j, value) })),
      ui.slider({ label: "Learning rate η", q: "rate", value: d.rate, min: 0.01, max: 100, log: true, set: (rate) => ui.act.set({ rate }) })),
    ui.details("Numbers as a table", () => table("Scores, probabilities and gradients", ["class", "z", "p", "y", "p − y", "∂ℒ/∂p", "∂ℒ/∂z"],
      d.p.map((p, j) => [`${j}${j === d.target ? " (right)" : ""}`, format(d.z[j]), number(`p[${j}]`, p), number(`y[${j}]`, d.y[j]),
        number(`p-y[${j}]`, p - d.y[j]), number(`dp[${j}]`, d.dp[j]), number(`dz[${j}]`, d.dz[j])]))),
  ];
}

/** The score that gives class j the probability p among the other scores. */
const scoreFor = (d, j, p) => {
  const others = d.z.filter((_, k) => k !== j);
  const most = Math.max(...others);
  const all = most + Math.log(others.reduce((sum, v) => sum + Math.exp(v - most), 0));
  const q = Math.max(1e-4, Math.min(1 - 1e-4, p));
  return Math.max(-REACH, Math.min(REACH, Number((all + Math.log(q / (1 - q))).toFixed(2))));
};

/** For each class: the probability as a bar (its end can be dragged), the target as a post, and the way descent moves its score. */
function drawing(d, ui, score) {
  const { width } = ui;
  const row = 76;
  const left = 20;
  const w = width - left - 20;
  const x = (v) => left + v * w;
  const unit = w * 0.5;
  const p = { left, w, px: x, py: (v) => v, at: (event) => {
    const box = event.currentTarget.closest("svg").getBoundingClientRect();
    return [(((event.clientX - box.left) * width) / box.width - left) / w, 0];
  } };
  return h("svg.cw-plot", { width, height: d.classes * row + 8, viewBox: `0 0 ${width} ${d.classes * row + 8}`, role: "group",
    "aria-label": `Probabilities ${d.p.map((v) => format(v, 2)).join(", ")}; the right class is ${d.target}` },
    d.p.map((v, j) => {
      const top = j * row + 6;
      const g = d.dz[j];
      const middle = x(0.5);
      const tip = middle - Math.max(-1, Math.min(1, g)) * unit;
      return h("g", {},
        h("text", { x: left, y: top + 11 }, `class ${j}${j === d.target ? " ✓" : ""}: z = ${format(d.z[j], 3)}, p = ${format(v, 3)}`),
        h("text", { x: left + w, y: top + 11, "text-anchor": "end", class: "cw-backward" }, `∂ℒ/∂z = ${format(g, 3)}`),
        h("rect", { x: left, y: top + 24, width: w, height: 15, class: "cw-frame" }),
        h("rect", { x: left, y: top + 24, width: Math.max(0.5, v * w), height: 15, class: "cw-amount cw-forward" }),
        h("line", { x1: x(d.y[j]), y1: top + 21, x2: x(d.y[j]), y2: top + 42, class: "cw-target" }),
        Math.abs(tip - middle) > 1 && h("line", { x1: middle, y1: top + 55, x2: tip, y2: top + 55, class: "cw-backward cw-thick" }),
        Math.abs(tip - middle) > 1 && h("path", { d: `M${tip},${top + 49}L${tip + (g < 0 ? 9 : -9)},${top + 55}L${tip},${top + 61}Z`, class: "cw-tip" }),
        handle(p, ui, { at: [v, top + 31.5], label: `Score of class ${j}, z = ${format(d.z[j])}`, step: 0.02, word: j ? "" : "drag", move: ([to]) => score(j, scoreFor(d, j, to)) }));
    }));
}

export default widget({ name: "loss", title: "From scores to the loss and its gradient", read, pack, derive, view, say, step, restart, speeds: [1, 5, 20, 60] });
