// Insight: a neuron is a weighted sum, then an activation function; where that is flat, nothing can be learned.
// Misconception it breaks: that a neuron whose output is near 0 or 1 is sure and therefore learns
// fast. There the slope is nearly 0, and with it every gradient that passes through the neuron.

import { ACTIVATIONS, activate, slope } from "./core.js";
import { columns, handle, plot } from "./plot.js";
import { format, h, number, table, widget } from "./ui.js";

const PARTS = ["x1", "x2", "w1", "w2", "b"];
const NAME = { x1: "x₁", x2: "x₂", w1: "w₁", w2: "w₂", b: "b" };
const G = { sigmoid: "σ", tanh: "tanh", relu: "ReLU", linear: "identity" };
const REACH = 4;

function read(reader) {
  const start = { x1: 1, x2: -2, w1: 1.2, w2: -0.8, b: 0.3 };
  const state = { activation: reader.choice("activation", "sigmoid", ACTIVATIONS) };
  for (const part of PARTS) state[part] = reader.number(part, start[part], -REACH, REACH);
  return state;
}

const pack = ({ activation, x1, x2, w1, w2, b }) => ({ activation, x1, x2, w1, w2, b });

function derive(state) {
  const { activation, x1, x2, w1, w2, b } = state;
  const z = w1 * x1 + w2 * x2 + b;
  const a = activate(activation, z);
  const g = slope(activation, z, a);
  return { ...state, z, a, slope: g,
    local: { w1: g * x1, w2: g * x2, b: g, x1: g * w1, x2: g * w2 } };
}

function say(d) {
  const side = d.z > 0 ? "on the side where z is positive" : d.z < 0 ? "on the side where z is negative" : "on the line, where z is 0";
  const flat = Math.abs(d.slope) < 0.05 ? "The curve is nearly flat here: a change of a weight hardly changes the output."
    : `A small change of z changes a by ${format(d.slope, 2)} times as much.`;
  return `The point is ${side}. ${flat}`;
}

function view(d, ui) {
  const set = (part) => (value) => ui.act.set({ [part]: value });
  const width = columns(ui.width);
  const part = (name, label = NAME[name]) => ui.slider({ label, q: name, value: d[name], min: -REACH, max: REACH, step: 0.05, set: set(name) });
  return [
    ui.stage([plane(d, ui, width), curve(d, width)], [h("div.cw-controls", {}, part("b", "Bias b")), h("p.cw-formulas", {}, "z = w₁x₁ + w₂x₂ + b = ", `${signed(d.w1)} · ${signed(d.x1)} + ${signed(d.w2)} · ${signed(d.x2)} + ${signed(d.b)} = `, number("z", d.z),
      h("br"), `a = ${G[d.activation]}(z) = `, number("a", d.a), ", slope g′(z) = ", number("slope", d.slope))]),
    ui.settings(["x1", "x2", "w1", "w2"].map((name) => part(name)),
      ui.select({ label: "Activation g", q: "activation", value: d.activation,
        options: ACTIVATIONS.map((name) => [name, name === "relu" ? "ReLU" : name]), set: set("activation") })),
    ui.details("Numbers as a table", () => table("How the output answers a small change", ["of", "value", "∂z", "∂a = g′(z) · ∂z"],
      PARTS.map((part) => [NAME[part], format(d[part]),
        format({ w1: d.x1, w2: d.x2, b: 1, x1: d.w1, x2: d.w2 }[part]), number(`da_d${part}`, d.local[part])]))),
  ];
}

const signed = (v) => (v < 0 ? `(${format(v)})` : format(v));

/** The plane of the two features: the line z = 0, its direction w, and the point. */
function plane(d, ui, width) {
  const p = plot({ width, height: Math.min(320, width), x: [-REACH, REACH], y: [-REACH, REACH], xName: "x₁", yName: "x₂" });
  const norm = Math.hypot(d.w1, d.w2);
  const inside = [];
  if (norm > 0) {
    const foot = [(-d.b * d.w1) / norm ** 2, (-d.b * d.w2) / norm ** 2];
    const [u, v] = [-d.w2 / norm, d.w1 / norm];
    const far = 30;
    const ends = [[foot[0] - far * u, foot[1] - far * v], [foot[0] + far * u, foot[1] + far * v]];
    const beyond = ends.map(([s, t]) => [s + (2 * far * d.w1) / norm, t + (2 * far * d.w2) / norm]).reverse();
    inside.push(p.polyline([...ends, ...beyond], { class: "cw-side" }), p.polyline(ends, { class: "cw-forward cw-thick" }));
    const [a, c] = [foot[0] + (0.45 * d.w1) / norm - 2.4 * u, foot[1] + (0.45 * d.w2) / norm - 2.4 * v];
    inside.push(p.text(a, c, "z > 0 here", { class: "cw-forward cw-halo", "text-anchor": "middle" }));
    const [x, y, angle] = [p.px(d.w1), p.py(d.w2), (Math.atan2(-d.w2, d.w1) * 180) / Math.PI];
    inside.push(p.polyline([[0, 0], [d.w1, d.w2]], { class: "cw-weight cw-thick" }),
      h("path", { d: "M0,0l-11,-5v10z", transform: `translate(${x},${y}) rotate(${angle})`, class: "cw-head" }));
  }
  inside.push(p.dot(d.x1, d.x2, { class: "cw-point", r: 7 }), p.text(d.x1, d.x2, `a = ${format(d.a, 2)}`, { dx: d.x1 > 2 ? -14 : 18, dy: -10, "text-anchor": d.x1 > 2 ? "end" : "start", class: "cw-halo" }));
  const near = (v) => Math.max(-REACH, Math.min(REACH, Number(v.toFixed(2))));
  return p.draw(`Plane of the features: the line where z is 0, the weights as an arrow and the point (${format(d.x1)}, ${format(d.x2)})`, inside, ui.brief ? [] : [
    handle(p, ui, { at: [d.w1, d.w2], label: `The weights, ${format(d.w1)} and ${format(d.w2)}`, step: 0.05, word: "drag (w₁, w₂)", above: true, move: ([u, v]) => ui.act.set({ w1: near(u), w2: near(v) }) }),
    handle(p, ui, { at: [d.x1, d.x2], label: `The point, ${format(d.x1)} and ${format(d.x2)}`, step: 0.05, word: "drag the point", move: ([u, v]) => ui.act.set({ x1: near(u), x2: near(v) }) }),
  ]);
}

/** The activation's curve, the point (z, a) on it and its tangent. */
function curve(d, width) {
  const reach = Math.max(6, Math.ceil(Math.abs(d.z)) + 1);
  const tall = { sigmoid: [-0.2, 1.2], tanh: [-1.3, 1.3], relu: [-1, reach], linear: [-reach, reach] }[d.activation];
  const p = plot({ width, height: Math.min(320, width), x: [-reach, reach], y: tall, xName: "z", yName: `a = ${G[d.activation]}(z)` });
  return p.draw(`Curve of ${G[d.activation]} with its tangent at z = ${format(d.z)}: slope ${format(d.slope)}`, [
    p.curve((z) => activate(d.activation, z), { class: "cw-curve" }),
    p.polyline([-1.6, 1.6].map((s) => [d.z + s, d.a + s * d.slope]), { class: "cw-backward cw-thick", "stroke-dasharray": "7 4" }),
    p.dot(d.z, d.a, { class: "cw-point" }),
  ], [h("text", { x: p.left + p.w - 6, y: p.top + 14, "text-anchor": "end", class: "cw-backward" }, `- - tangent, slope ${format(d.slope, 3)}`)]);
}

export default widget({ name: "neuron", title: "One neuron: weighted sum, then activation", read, pack, derive, view, say });
