// Insight: the backward pass costs about two forward passes; differences cost one per parameter.
// Misconception it breaks: that a gradient with respect to every parameter must cost as much as
// asking every parameter in turn.

import { format, h, number, table, widget } from "./ui.js";

const SIZES = {
  N: ["Examples N", 64, 1, 512], n_in: ["Inputs", 64, 1, 1000], width: ["Width of a hidden layer", 32, 1, 1000],
  depth: ["Hidden layers", 1, 0, 12], n_out: ["Outputs", 10, 1, 100],
};

function read(reader) {
  const state = {};
  for (const [size, [, start, min, max]] of Object.entries(SIZES)) state[size] = reader.integer(size, start, min, max);
  return state;
}

const pack = (state) => state;

/**
 * Multiplications in the matrix products; what is done once per entry (activations, biases, the
 * update) is left out. Layer l multiplies N × n_{l−1} by n_{l−1} × n_l: N n_{l−1} n_l of them.
 */
function derive({ N, n_in, width, depth, n_out }) {
  const sizes = [n_in, ...Array(depth).fill(width), n_out];
  const layers = sizes.slice(1).map((n, i) => {
    const one = N * sizes[i] * n;
    return { shape: `(${n}, ${sizes[i]})`, parameters: n * (sizes[i] + 1), forward: one, weights: one, inputs: i ? one : 0 };
  });
  const total = (key) => layers.reduce((sum, layer) => sum + layer[key], 0);
  const parameters = total("parameters");
  const forward = total("forward");
  const ways = [
    ["forward", "one forward pass", forward, "the loss alone"],
    ["backward", "backward pass", total("weights") + total("inputs"), "every gradient"],
    ["forward_mode", "forward mode", parameters * forward, "one pass of derivatives per parameter"],
    ["one_sided", "one-sided differences", (parameters + 1) * forward, "one forward pass per parameter, and one more"],
    ["central", "central differences", 2 * parameters * forward, "two forward passes per parameter"],
  ].map(([key, name, count, why]) => ({ key, name, count, why, ratio: count / forward }));
  return { sizes, layers, parameters, ways };
}

function say(d) {
  const [, backward, , , central] = d.ways;
  return `${d.sizes.join("-")} has ${whole(d.parameters)} parameters. The backward pass costs ${format(backward.ratio, 3)} forward passes, central differences ${passes(central.ratio)}.`;
}

/** A count of passes: whole, or with the digits that matter where it is small. */
const passes = (value) => (value < 100 ? format(value, 3) : whole(value));
const whole = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

function view(d, ui) {
  const control = (size) => {
    const [label, , min, max] = SIZES[size];
    return ui.slider({ label, q: size, value: ui.state[size], min, max, step: 1, log: min > 0 && max > 100, set: (v) => ui.act.set({ [size]: Math.round(v) }) });
  };
  return [
    ui.stage([bars(d, ui.width)], h("div.cw-controls", {}, control("width"))),
    h("p.cw-where", {}, "One scale for all bars; a bar with a point goes on beyond the drawing. Counted: the multiplications in the matrix products."),
    ui.settings(["depth", "N", "n_in", "n_out"].map(control)),
    ui.details("Numbers as tables", () => [
      table("Multiplications", ["method", "multiplications", "in forward passes", "what for"],
        d.ways.map((way) => [way.name, number(`count.${way.key}`, way.count, whole(way.count)), number(`ratio.${way.key}`, way.ratio, passes(way.ratio)), way.why])),
      table("Layer by layer", ["layer", "shape of W", "parameters", "forward", "∂ℒ/∂W", "∂ℒ/∂A"],
        d.layers.map((layer, i) => [String(i + 1), layer.shape, whole(layer.parameters),
          ...["forward", "weights", "inputs"].map((key) => number(`${key}[${i + 1}]`, layer[key], whole(layer[key])))])),
      h("p", {}, "Parameters of all layers: ", number("parameters", d.parameters, whole(d.parameters)), ".")]),
  ];
}

/** A length on a screen with 96 pixels to the inch, in words. */
function long(pixels) {
  const metres = (pixels * 0.0254) / 96;
  return metres >= 1000 ? `${format(metres / 1000, 2)} km` : metres >= 1 ? `${format(metres, 2)} m` : `${format(100 * metres, 2)} cm`;
}

/** One forward pass has one length for all bars; a bar that is longer than the drawing leaves it. */
function bars(d, width) {
  const row = 52;
  const unit = width / 5;
  return h("svg.cw-plot", { width, height: d.ways.length * row + 6, viewBox: `0 0 ${width} ${d.ways.length * row + 6}`, role: "img",
    "aria-label": `Multiplications: ${d.ways.map((way) => `${way.name} ${whole(way.count)}`).join(", ")}` },
    d.ways.map((way, i) => {
      const [y, length] = [i * row + 20, way.ratio * unit];
      const leaves = length > width;
      return h("g", {},
        h("text", { x: 0, y: y - 6, class: "cw-strong" }, way.name),
        h("text", { x: width, y: y - 6, "text-anchor": "end" }, `${passes(way.ratio)} ${way.ratio === 1 ? "forward pass" : "forward passes"}`),
        leaves ? h("path", { d: `M0,${y}H${width - 12}l12,9l-12,9H0z`, class: "cw-leaves" }) : h("rect", { x: 0, y, width: Math.max(1, length), height: 18, class: `cw-amount ${["cw-forward", "cw-backward"][i] ?? ""}` }),
        leaves && h("text", { x: width - 20, y: y + 13, "text-anchor": "end", class: "cw-on" }, `leaves the drawing: ${long(length)} long on this scale`));
    }));
}

export default widget({ name: "cost", title: "What a gradient costs", read, pack, derive, view, say });
