// Insight: too small an h is wrong as well: rounding grows as the truncation error shrinks.
// Misconception it breaks: that a difference quotient gets better for ever as h goes to 0.

import { NETWORKS } from "./networks.js";
import { columns, handle, plot } from "./plot.js";
import { format, h as el, number, table, widget } from "./ui.js";

const FUNCTIONS = {
  cubic: { text: "w³", start: 1.3 },
  rational: { text: "(w³ + 1)/(w² + 1)", start: 0.7 },
  kink: { text: "w + 2 ReLU(w)", start: 0.01 },
  network: { text: "the worked network's loss along W1[0,0]", start: 0.5 },
};
const METHODS = {
  one_sided: { name: "one-sided", mark: "●", cls: "cw-one" },
  central: { name: "central", mark: "■", cls: "cw-two" },
  complex: { name: "complex step", mark: "▲", cls: "cw-three" },
};

/** Arithmetic on pairs [real, imaginary], each operation rounded by `r` as the precision does. */
function arithmetic(r) {
  const o = {
    number: (v) => [r(v), 0],
    add: (a, b) => [r(a[0] + b[0]), r(a[1] + b[1])],
    sub: (a, b) => [r(a[0] - b[0]), r(a[1] - b[1])],
    mul: (a, b) => (a[1] === 0 && b[1] === 0 ? [r(a[0] * b[0]), 0]
      : [r(r(a[0] * b[0]) - r(a[1] * b[1])), r(r(a[0] * b[1]) + r(a[1] * b[0]))]),
    div(a, b) {
      if (a[1] === 0 && b[1] === 0) return [r(a[0] / b[0]), 0];
      const size = r(r(b[0] * b[0]) + r(b[1] * b[1]));
      const top = o.mul(a, [b[0], -b[1]]);
      return [r(top[0] / size), r(top[1] / size)];
    },
    exp: (a) => [r(Math.exp(a[0]) * Math.cos(a[1])), r(Math.exp(a[0]) * Math.sin(a[1]))],
    log: (a) => [r(a[1] === 0 ? Math.log(a[0]) : Math.log(Math.hypot(a[0], a[1]))), r(Math.atan2(a[1], a[0]))],
    tanh(a) {
      if (a[1] === 0) return [r(Math.tanh(a[0])), 0];
      const size = Math.cosh(2 * a[0]) + Math.cos(2 * a[1]);
      return [r(Math.sinh(2 * a[0]) / size), r(Math.sin(2 * a[1]) / size)];
    },
    relu: (a) => (a[0] > 0 ? a : [0, 0]),
  };
  return o;
}

function evaluate(name, w, o) {
  const one = o.number(1);
  switch (name) {
    case "cubic": return o.mul(o.mul(w, w), w);
    case "rational": return o.div(o.add(o.mul(o.mul(w, w), w), one), o.add(o.mul(w, w), one));
    case "kink": return o.add(w, o.mul(o.number(2), o.relu(w)));
    default: return network(w, o);
  }
}

/** The loss of the worked network over its five examples, with W1[0,0] = w. */
function network(w, o) {
  const { sizes: [n0, n1, n2], theta, x, y } = NETWORKS["4-2-3"];
  const t = theta.map(o.number);
  t[0] = w;
  const b1 = n1 * n0;
  const W2 = b1 + n1;
  const b2 = W2 + n2 * n1;
  const N = y.length;
  let total = o.number(0);
  for (let i = 0; i < N; i++) {
    const a = [];
    for (let j = 0; j < n1; j++) {
      let z = t[b1 + j];
      for (let k = 0; k < n0; k++) z = o.add(z, o.mul(t[j * n0 + k], o.number(x[i * n0 + k])));
      a.push(o.tanh(z));
    }
    const z = [];
    for (let j = 0; j < n2; j++) {
      z[j] = t[b2 + j];
      for (let k = 0; k < n1; k++) z[j] = o.add(z[j], o.mul(t[W2 + j * n1 + k], a[k]));
    }
    const sum = z.map(o.exp).reduce(o.add);
    total = o.add(total, o.sub(o.log(sum), z[y[i]]));
  }
  return o.div(total, o.number(N));
}

/** The derivative itself: by formula, or for the network by a complex step of 1e-30 in float64. */
function exactly(name, w) {
  if (name === "cubic") return 3 * w * w;
  if (name === "rational") return (w ** 4 + 3 * w * w - 2 * w) / (w * w + 1) ** 2;
  if (name === "kink") return w > 0 ? 3 : 1;
  return network([w, 1e-30], arithmetic((v) => v))[1] / 1e-30;
}

function quotients(name, precision, w, h) {
  const r = precision === "float32" ? Math.fround : (v) => v;
  const o = arithmetic(r);
  const f = (at) => evaluate(name, [r(at), 0], o)[0];
  const [rw, rh] = [r(w), r(h)];
  return {
    one_sided: r(r(f(rw + rh) - f(rw)) / rh),
    central: r(r(f(rw + rh) - f(rw - rh)) / r(2 * rh)),
    complex: r(evaluate(name, [rw, rh], o)[1] / rh),
  };
}

function read(reader) {
  const name = reader.choice("f", "cubic", Object.keys(FUNCTIONS));
  return {
    f: name,
    precision: reader.choice("precision", "float64", ["float64", "float32"]),
    w: reader.number("w", FUNCTIONS[name].start, -2, 2),
    h: reader.number("h", 1e-5, 1e-16, 1),
  };
}

const pack = (state) => state;
const GRID = Array.from({ length: 65 }, (_, i) => 10 ** (-16 + i / 4));
let curves = { key: null };

function derive(state) {
  const { f, precision, w, h } = state;
  const r = precision === "float32" ? Math.fround : (v) => v;
  const exact = exactly(f, r(w));
  const error = (value) => Math.abs(value - exact) / Math.max(Math.abs(exact), 1e-300);
  const key = `${f} ${precision} ${w}`;
  if (curves.key !== key) {
    const all = GRID.map((at) => quotients(f, precision, w, at));
    curves = { key };
    for (const method in METHODS) curves[method] = all.map((values, i) => [GRID[i], error(values[method])]);
  }
  const values = quotients(f, precision, w, h);
  const errors = {};
  const best = {};
  for (const method in METHODS) {
    errors[method] = error(values[method]);
    best[method] = curves[method].reduce((least, pair) => (pair[1] <= least[1] ? pair : least));
  }
  return { state, exact, values, errors, best, curves };
}

function say(d) {
  const worst = d.errors.central;
  const { h } = d.state;
  const side = h < d.best.central[0] / 3 ? "smaller than the best h: rounding decides"
    : h > d.best.central[0] * 3 ? "larger than the best h: truncation decides" : "near the best h for central differences";
  return `h = ${format(h, 2)} is ${side}. Relative errors: one-sided ${format(d.errors.one_sided, 3)}, central ${format(worst, 3)}, complex step ${format(d.errors.complex, 3)}.`;
}

function view(d, ui) {
  const { state } = d;
  const set = (key) => (value) => ui.act.set({ [key]: value });
  return [
    ui.stage([drawing(d, ui, columns(ui.width, 1))], [
      el("p.cw-formulas", {}, ui.brief && `f(w) = ${FUNCTIONS[state.f].text}. `, `At w = ${format(state.w)} the derivative f′(w) is `, number("exact", d.exact), "."),
      el("div.cw-controls", {}, ui.slider({ label: "h", q: "h", value: state.h, min: 1e-16, max: 1, log: true, set: set("h") }),
      !ui.brief && [ui.select({ label: "f(w) =", q: "f", value: state.f, options: Object.entries(FUNCTIONS).map(([key, one]) => [key, one.text]),
        set: (f) => ui.act.set({ f, w: FUNCTIONS[f].start }) }),
      ui.select({ label: "Numbers", q: "precision", value: state.precision, options: ["float64", "float32"], set: set("precision") })])]),
    ui.settings(ui.slider({ label: "w", q: "w", value: state.w, min: -2, max: 2, step: 0.01, set: set("w") })),
    ui.details("Numbers as a table", () => table("Three numerical derivatives", ["method", "value", "relative error", "best h on the curve", "error there"],
      Object.entries(METHODS).map(([key, { name }]) => [name, number(key, d.values[key]), number(`error.${key}`, d.errors[key]),
        number(`best.${key}`, d.best[key][0]), format(d.best[key][1])]))),
  ];
}

function drawing(d, ui, width) {
  const floor = 1e-17;
  const log = (v) => Math.log10(Math.min(Math.max(v, floor), 1e3));
  const power = (v) => `1e${format(v)}`;
  const p = plot({ width, left: 52, height: Math.min(360, Math.max(280, width * 0.6)), x: [-16.5, 0.3], y: [-17.5, 3.5], xName: "h", yName: "relative error",
    xTick: power, yTick: power, xTicks: width < 450 ? [-16, -12, -8, -4, 0] : [-16, -14, -12, -10, -8, -6, -4, -2, 0], yTicks: [-16, -12, -8, -4, 0] });
  const inside = [p.polyline([[Math.log10(d.state.h), -18], [Math.log10(d.state.h), 4]], { class: "cw-here", "stroke-dasharray": "2 4" })];
  const dash = { one_sided: null, central: "8 3", complex: "2 3" };
  for (const [key, { mark, cls }] of Object.entries(METHODS)) {
    // Where the widget opens a chapter, a curve is drawn as far as the reader has come.
    const seen = d.curves[key].filter(([at]) => !ui.brief || at >= d.state.h * 0.999);
    inside.push(p.polyline(seen.map(([at, error]) => [Math.log10(at), log(error)]), { class: `${cls} cw-thick`, "stroke-dasharray": dash[key] }));
    inside.push(p.text(Math.log10(d.state.h), log(d.errors[key]), mark, { class: `cw-mark ${cls}`, "text-anchor": "middle", dy: 6 }));
  }
  const key = Object.values(METHODS).map(({ name, mark, cls }, i) =>
    el("text", { x: p.left + 8 + [0, 84, 152][i], y: p.top + 16, class: cls, style: "stroke: none" }, `${mark} ${name}`));
  const size = (v) => Number((10 ** Math.max(-16, Math.min(0, v))).toPrecision(3));
  key.push(handle(p, ui, { at: [Math.log10(d.state.h), -16.6], label: `h = ${format(d.state.h, 2)}`, step: 0.25, word: "", move: ([v]) => ui.act.set({ h: size(v) }) }));
  const at = p.px(Math.log10(d.state.h));
  const left = at > p.left + p.w - 90;
  if (!ui.touched) key.push(el("text.cw-halo", { x: at + (left ? -20 : 20), y: p.py(-16.6) + 4, "text-anchor": left ? "end" : "start" }, "↔ drag h"));
  return p.draw("Relative error of three methods against h, both axes in powers of ten", inside, key);
}

export default widget({ name: "gradient_check", title: "How small an h", read, pack, derive, view, say });
