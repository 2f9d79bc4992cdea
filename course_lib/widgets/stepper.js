// Insight: every gradient is a local derivative times the gradient that arrives from downstream.
// Misconception it breaks: that backpropagation is one opaque formula for all weights at once, and
// that it changes them. Here each number comes from two numbers already on the page, and no weight
// moves before the update.

import { backward, createNetwork, createOptimizer, forward, parameterCount, update } from "./core.js";
import { layout } from "./layout.js";
import { NETWORKS } from "./networks.js";
import { Reader, format, h, number, sign, table, widget } from "./ui.js";

const MOST_UPDATES = 5000;
const G = { sigmoid: "σ", tanh: "tanh", relu: "ReLU", linear: "" };

/** The order of the steps: the last of each layer or stage is a stop for "layer by layer". */
function phases({ sizes, loss }) {
  const list = [{ kind: "start", stop: true }];
  const L = sizes.length - 1;
  for (let l = 1; l <= L; l++) {
    for (let j = 0; j < sizes[l]; j++) list.push({ kind: "forward", l, j, stop: j === sizes[l] - 1 });
  }
  if (loss !== "mse") list.push({ kind: "predict", l: L, stop: true });
  list.push({ kind: "loss", stop: true });
  for (let l = L; l >= 1; l--) {
    list.push({ kind: "delta", l, stop: true }, { kind: "dW", l, stop: false }, { kind: "db", l, stop: true });
    if (l > 1) list.push({ kind: "da", l: l - 1, stop: true });
  }
  return [...list, { kind: "update", stop: true }];
}

function read(reader) {
  const network = reader.choice("network", "4-2-3", Object.keys(NETWORKS));
  const preset = NETWORKS[network];
  const sizes = preset.sizes;
  const fused = preset.loss !== "mse";
  const activations = [
    reader.choice("hidden", preset.activations[0], ["sigmoid", "tanh", "relu", "linear"]),
    fused ? "linear" : reader.choice("output", preset.activations[1], ["sigmoid", "tanh", "relu", "linear"]),
  ];
  const N = preset.x.length / sizes[0];
  const state = {
    network, sizes, activations, loss: preset.loss, N,
    x: reader.numbers("x", preset.x, N * sizes[0], -1e3, 1e3),
    y: preset.loss === "softmax-cross-entropy"
      ? reader.numbers("y", preset.y, N, 0, sizes[2] - 1, true)
      : reader.numbers("y", preset.y, N * sizes[2], -1e3, 1e3),
    start: reader.numbers("weights", preset.theta, parameterCount(sizes), -1e3, 1e3),
    batch: reader.flag("batch", false),
    example: reader.integer("example", 0, 0, N - 1),
    rate: reader.number("rate", 0.5, 1e-3, 100),
    by: reader.choice("by", "neuron", ["neuron", "layer"]),
    fixed: reader.flag("fixed", false),
    phase: 0, updates: 0, runs: [], selected: null, previous: null,
  };
  state.theta = state.start;
  const steps = phases(state);
  const phase = reader.integer("step", 0, 0, steps.length - 1);
  const runs = reader.rows("runs", [], 1000).map((run) => {
    const [count, rate, batch, example] = Reader.list(run, "runs", 4);
    return [
      Reader.inside(count, "runs", 1, MOST_UPDATES, true), Reader.inside(rate, "runs", 1e-3, 100),
      Reader.inside(batch, "runs", 0, 1, true), Reader.inside(example, "runs", 0, N - 1, true),
    ];
  });
  if (runs.reduce((sum, run) => sum + run[0], 0) > MOST_UPDATES) {
    throw new Error(`runs hold more than ${MOST_UPDATES} updates`);
  }
  let now = state;
  const go = (until) => {
    while (!until()) now = Object.assign(step(now), { previous: now });
  };
  const { rate, batch, example } = state;
  for (const run of runs) {
    now = { ...now, rate: run[1], batch: Boolean(run[2]), example: run[3] };
    const goal = now.updates + run[0];
    go(() => now.updates === goal);
  }
  now = { ...now, rate, batch, example };
  go(() => now.phase >= phase);
  return now;
}

function pack(state) {
  const { network, activations, x, y, start, batch, example, rate, by, fixed, phase, runs } = state;
  const packed = { network, hidden: activations[0], x, y, weights: [...start], batch, example,
    rate, by, fixed, step: phase, runs };
  if (state.loss === "mse") packed.output = activations[1];
  return packed;
}

/** What the update uses: one example or all of them. */
function chosen({ batch, example, sizes, x, y, N, loss }) {
  if (batch) return { x, y, N };
  const m = loss === "softmax-cross-entropy" ? 1 : sizes[2];
  return {
    x: x.slice(example * sizes[0], (example + 1) * sizes[0]), y: y.slice(example * m, (example + 1) * m), N: 1,
  };
}

function computed(state) {
  const net = createNetwork(state.sizes, state.activations, state.loss, state.theta);
  const data = chosen(state);
  const loss = forward(net, data.x, data.y, data.N);
  backward(net);
  const after = net.theta.slice();
  update(createOptimizer("sgd", after.length, { rate: state.rate }), after, net.gradient);
  return { net, data, loss, after };
}

function step(state) {
  const steps = phases(state);
  let phase = state.phase + 1;
  if (phase < steps.length) {
    while (state.by === "layer" && !steps[phase].stop) phase += 1;
    return { ...state, phase, selected: null };
  }
  const run = [1, state.rate, state.batch ? 1 : 0, state.example];
  const last = state.runs.at(-1);
  const same = last && last.slice(1).every((value, i) => value === run[i + 1]);
  const runs = same ? [...state.runs.slice(0, -1), [last[0] + 1, ...last.slice(1)]] : [...state.runs, run];
  return { ...state, theta: computed(state).after, phase: 0, updates: state.updates + 1, runs, selected: null };
}

const restart = (state) => ({ ...state, theta: state.start, phase: 0, updates: 0, runs: [], selected: null, previous: null });

function derive(state) {
  const steps = phases(state);
  const { net, data, loss, after } = computed(state);
  const { sizes } = state;
  const at = (kind, l, j) => steps.findIndex((s) => s.kind === kind && (l === undefined || s.l === l) && (j === undefined || s.j === j));
  const seen = (kind, l, j) => state.phase >= at(kind, l, j);
  const i = state.batch ? state.example : 0;
  const row = (index, j) => (state.batch ? `[${index},${j}]` : `[${j}]`);
  const L = sizes.length - 1;
  const fused = state.loss !== "mse";
  const target = (index, j) => (state.loss === "softmax-cross-entropy"
    ? Number(data.y[index] === j) : data.y[index * sizes[L] + j]);
  const d = { state, steps, net, data, loss, after, i, row, seen, L, fused, target, now: steps[state.phase] };
  d.weight = (l, j, k) => net.theta[net.layers[l - 1].W + j * sizes[l - 1] + k];
  d.bias = (l, j) => net.theta[net.layers[l - 1].b + j];
  d.dW = (l, j, k) => net.gradient[net.layers[l - 1].W + j * sizes[l - 1] + k];
  d.db = (l, j) => net.gradient[net.layers[l - 1].b + j];
  d.a = (l, j, index = i) => net.a[l][index * sizes[l] + j];
  d.z = (l, j, index = i) => net.z[l][index * sizes[l] + j];
  d.da = (l, j, index = i) => net.da[l][index * sizes[l] + j];
  d.delta = (l, j, index = i) => net.delta[l][index * sizes[l] + j];
  d.p = (j, index = i) => net.prediction[index * sizes[L] + j];
  d.aName = (l, j, index = i) => `${l ? `a${l}` : "x"}${row(index, j)}`;
  if (state.updates >= MOST_UPDATES) d.stopped = `Stopped after ${MOST_UPDATES} updates.`;
  else if (!Number.isFinite(loss) || after.some((value) => !Number.isFinite(value))) {
    d.stopped = "Stopped: the numbers overflowed. The learning rate is too large for these weights.";
  }
  d.lines = explain(d, state.selected ?? usual(d));
  return d;
}

/** What a step computes, chosen when nothing else is: its first weight or neuron. */
function usual({ now, L }) {
  switch (now.kind) {
    case "forward": return `n${now.l}[${now.j}]`;
    case "predict": return `n${L}[0]`;
    case "delta": case "da": return `n${now.l}[0]`;
    case "dW": return `W${now.l}[0,0]`;
    case "db": return `b${now.l}[0]`;
    case "update": return "W1[0,0]";
    default: return null;
  }
}

const up = (text) => h("span.cw-up", { title: "upstream gradient" }, text);
const local = (text) => h("span.cw-local", { title: "local derivative" }, text);
const sum = (terms) => terms.flatMap((term, i) => (i ? [" + ", term] : [term]));

/** The formula of one weight, bias or neuron, in symbols and in numbers, as far as it is known. */
function explain(d, target) {
  if (!target) return [];
  const [, kind, layer, inner] = /^([Wbn])(\d+)\[([\d,]+)\]$/.exec(target);
  const l = Number(layer);
  const [j, k] = inner.split(",").map(Number);
  const f = format;
  const { state, seen, row, i, L } = d;
  const examples = Array.from({ length: d.data.N }, (_, index) => index);
  const lines = [];
  const line = (name, symbols, numbers, value) => lines.push({ name, symbols, numbers, value });
  const moved = (name, before, gradient, after) => seen("update") && line(`new ${name}`, [`${name} − η · ∂ℒ/∂${name}`],
    [`${f(before)} − ${f(state.rate)} × ${f(gradient)}`], after);
  if (kind === "W") {
    if (seen("forward", l, j)) {
      line(`share of z${l}${row(i, j)}`, [target, " · ", d.aName(l - 1, k)],
        [`${f(d.weight(l, j, k))} × ${f(d.a(l - 1, k))}`], d.weight(l, j, k) * d.a(l - 1, k));
    }
    if (seen("dW", l)) {
      line(`∂ℒ/∂${target}`, sum(examples.map((e) => [up(`δ${l}${row(e, j)}`), " · ", local(d.aName(l - 1, k, e))])),
        sum(examples.map((e) => [up(f(d.delta(l, j, e))), " × ", local(f(d.a(l - 1, k, e)))])), d.dW(l, j, k));
    }
    moved(target, d.weight(l, j, k), d.dW(l, j, k), d.after[d.net.layers[l - 1].W + j * state.sizes[l - 1] + k]);
    if (!lines.length) line(target, ["a weight"], [`joins ${d.aName(l - 1, k)} to z${l}${row(i, j)}`], d.weight(l, j, k));
  } else if (kind === "b") {
    if (seen("db", l)) {
      line(`∂ℒ/∂${target}`, sum(examples.map((e) => [up(`δ${l}${row(e, j)}`), " · ", local("1")])),
        sum(examples.map((e) => [up(f(d.delta(l, j, e))), " × ", local("1")])), d.db(l, j));
    }
    moved(target, d.bias(l, j), d.db(l, j), d.after[d.net.layers[l - 1].b + j]);
    if (!lines.length) line(target, ["a bias"], [`added to z${l}${row(i, j)}`], d.bias(l, j));
  } else if (l === 0) {
    line(d.aName(0, j), ["an input"], ["given"], d.a(0, j));
  } else {
    const g = state.activations[l - 1];
    const ks = Array.from({ length: state.sizes[l - 1] }, (_, index) => index);
    const name = d.aName(l, j);
    const z = `z${l}${row(i, j)}`;
    if (seen("forward", l, j)) {
      line(z, [sum(ks.map((m) => `W${l}[${j},${m}]·${d.aName(l - 1, m)}`)), ` + b${l}[${j}]`],
        [sum(ks.map((m) => `${f(d.weight(l, j, m))}×${f(d.a(l - 1, m))}`)), ` + ${f(d.bias(l, j))}`], d.z(l, j));
      if (g !== "linear") line(name, [`${G[g]}(${z})`], [`${G[g]}(${f(d.z(l, j))})`], d.a(l, j));
    } else line(name, ["a neuron"], ["not computed yet"], null);
    if (l === L && d.fused && seen("predict")) {
      const soft = state.loss === "softmax-cross-entropy";
      line(`p${row(i, j)}`, [soft ? `exp(${z}) / Σ exp(z${l})` : `σ(${z})`],
        [soft ? `softmax of ${f(d.z(l, j))} among ${state.sizes[l]}` : `σ(${f(d.z(l, j))})`], d.p(j));
    }
    if (l < L && seen("da", l)) {
      const js = Array.from({ length: state.sizes[l + 1] }, (_, index) => index);
      line(`∂ℒ/∂${name}`, sum(js.map((m) => [up(`δ${l + 1}${row(i, m)}`), "·", local(`W${l + 1}[${m},${j}]`)])),
        sum(js.map((m) => [up(f(d.delta(l + 1, m))), "×", local(f(d.weight(l + 1, m, j)))])), d.da(l, j));
    }
    if (seen("delta", l)) {
      const share = d.data.N * (state.loss === "softmax-cross-entropy" ? 1 : state.sizes[L]);
      const per = share > 1 ? [` / ${share}`] : [];
      if (l === L && d.fused) {
        line(`δ${l}${row(i, j)}`, [`p${row(i, j)} − y${row(i, j)}`, ...per].map((t, m) => (m ? t : per.length ? `(${t})` : t)),
          [per.length ? `(${f(d.p(j))} − ${f(d.target(i, j))})` : `${f(d.p(j))} − ${f(d.target(i, j))}`, ...per], d.delta(l, j));
      } else {
        if (l === L) {
          line(`∂ℒ/∂${name}`, [`2 (${name} − y${row(i, j)})`, ...per], [`2 × (${f(d.a(l, j))} − ${f(d.target(i, j))})`, ...per], d.da(l, j));
        }
        const slope = { tanh: `1 − ${name}²`, sigmoid: `${name} (1 − ${name})`, relu: `1 if ${z} > 0, else 0`, linear: "1" }[g];
        const steep = { tanh: 1 - d.a(l, j) ** 2, sigmoid: d.a(l, j) * (1 - d.a(l, j)), relu: Number(d.z(l, j) > 0), linear: 1 }[g];
        line(`δ${l}${row(i, j)}`, [up(`∂ℒ/∂${name}`), " · ", local(`(${slope})`)], [up(f(d.da(l, j))), " × ", local(f(steep))], d.delta(l, j));
      }
    }
  }
  return lines;
}

/** The sentence of a step. */
function say(d, state) {
  const { now, i, row, L } = d;
  const f = format;
  if (state.selected) {
    return d.lines.map(({ name, value }) => (value === null ? `${name} is not computed yet.` : `${name} = ${f(value)}.`)).join(" ");
  }
  const T = state.batch;
  const shape = (...n) => `shape (${n.join(", ")})`;
  const n = state.sizes;
  switch (now.kind) {
    case "start": return state.updates
      ? `${state.updates} ${state.updates === 1 ? "update" : "updates"} made. The next forward pass starts from the new weights.`
      : "Start: inputs, weights and biases are given. Step begins the forward pass.";
    case "forward": {
      if (state.by === "layer") {
        const before = now.l > 1 ? `a${now.l - 1}` : "x";
        return `Forward: layer ${now.l}, z${now.l} = W${now.l} ${before} + b${now.l}, ${shape(n[now.l])} for each example.`;
      }
      const a = state.activations[now.l - 1] === "linear" ? "" : ` and ${d.aName(now.l, now.j)} = ${f(d.a(now.l, now.j))}`;
      return `Forward: z${now.l}${row(i, now.j)} = ${f(d.z(now.l, now.j))}${a}.`;
    }
    case "predict": return state.loss === "softmax-cross-entropy"
      ? `Prediction: softmax turns z${L} into probabilities that sum to 1.` : `Prediction: p = σ(z${L}) = ${f(d.p(0))}.`;
    case "loss": return `The loss is ${f(d.loss)}${T ? `, the mean over ${d.data.N} examples` : ""}. The backward pass starts at ∂ℒ/∂ℒ = 1.`;
    case "delta": return now.l === L && d.fused
      ? `Backward: δ${L} = ${T ? "(P − Y)/N" : "p − y"}, the gradient at the last pre-activation.`
      : `Backward: ${T ? "Δ" : "δ"}${now.l} = ∂ℒ/∂a${now.l} times the derivative of the activation function.`;
    case "dW": return T
      ? `Backward: ∂ℒ/∂W${now.l} = Δ${now.l}ᵀ ${now.l > 1 ? `A${now.l - 1}` : "X"}, ${shape(n[now.l], d.data.N)} times ${shape(d.data.N, n[now.l - 1])}.`
      : `Backward: ∂ℒ/∂W${now.l} = δ${now.l} ${now.l > 1 ? `a${now.l - 1}` : "x"}ᵀ, every δ times every input: ${shape(n[now.l], n[now.l - 1])}.`;
    case "db": return T ? `Backward: ∂ℒ/∂b${now.l} is the column sums of Δ${now.l}.` : `Backward: ∂ℒ/∂b${now.l} = δ${now.l}, because ∂z/∂b = 1.`;
    case "da": return T ? `Backward: ∂ℒ/∂A${now.l} = Δ${now.l + 1} W${now.l + 1}, ${shape(d.data.N, n[now.l])}.`
      : `Backward: ∂ℒ/∂a${now.l} = W${now.l + 1}ᵀ δ${now.l + 1}: each neuron gathers from all it feeds.`;
    default: return `Update: every weight and bias moves by −η times its gradient, all at once. Before it the loss was ${f(d.loss)}.`;
  }
}

function view(d, ui) {
  const { state } = d;
  const set = (change) => ui.act.set(change);
  const N = state.N;
  const kind = PASS[d.now.kind] ?? "backward";
  return [
    ui.stage([h("div.cw-whole", {}, drawing(d, ui), !layout(state.sizes, ui.width).wide && grids(d))]),
    h("p.cw-where", {}, "Update ", number("updates", state.updates), ", step ", number("step", state.phase), ` of ${d.steps.length - 1}: `,
      h("strong", { class: `cw-of-${kind}` }, kind), `. Hidden activation: ${state.activations[0]}; loss: ${LOSS[state.loss]}. Example ${state.example}${state.batch ? ` of a batch of ${N}` : ""}.`),
    formulas(d),
    edit(d, ui),
    ui.settings(
      !state.fixed && ui.select({ label: "Network", q: "network", value: state.network, options: Object.keys(NETWORKS),
        set: (network) => set((s) => read(new Reader({ network, rate: s.rate, by: s.by }))) }),
      ui.select({ label: "Use", q: "batch", value: String(state.batch),
        options: [["false", "one example"], ["true", `all ${N} (a batch)`]], set: (v) => set({ batch: v === "true" }) }),
      ui.select({ label: state.batch ? "Show example" : "Example", q: "example", value: String(state.example),
        options: Array.from({ length: N }, (_, i) => [String(i), String(i)]), set: (v) => set({ example: Number(v) }) }),
      ui.select({ label: "Go", q: "by", value: state.by,
        options: [["neuron", "neuron by neuron"], ["layer", "layer by layer"]], set: (by) => set({ by }) }),
      ui.slider({ label: "Learning rate η", q: "rate", value: state.rate, min: 0.001, max: 100, log: true, set: (rate) => set({ rate }) })),
    ui.details("All numbers as tables", () => tables(d)),
  ];
}

const LOSS = { mse: "mean squared error", "softmax-cross-entropy": "softmax and cross-entropy", "sigmoid-bce": "sigmoid and binary cross-entropy" };

/** Which of the three passes a step belongs to; the others are backward. */
const PASS = { start: "start", forward: "forward", predict: "forward", loss: "forward", update: "update" };

/** On a phone the numbers of the weights stand below the drawing: W by rows, the bias in the last column. */
function grids(d) {
  const picked = d.state.selected ?? usual(d);
  const cell = (name, value, gradient, grown, after) => h("td", { class: picked === name ? "cw-picked" : null },
    `${sign(value)} ${format(value, 3)}`, grown && [h("br"), h("span.cw-of-backward", {}, `∂ ${format(gradient, 2)}`)],
    d.seen("update") && [h("br"), h("span.cw-of-update", {}, `→ ${format(after, 2)}`)]);
  return d.net.layers.map(({ nIn, nOut, W, b }, at) => {
    const l = at + 1;
    const head = [`W${l}`, ...Array.from({ length: nIn }, (_, k) => `[·,${k}]`), `b${l}`];
    return h("table.cw-grid-table", {}, h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, Array.from({ length: nOut }, (_, j) => h("tr", {}, h("th", { scope: "row" }, `[${j}]`),
        Array.from({ length: nIn }, (__, k) => cell(`W${l}[${j},${k}]`, d.weight(l, j, k), d.dW(l, j, k), d.seen("dW", l), d.after[W + j * nIn + k])),
        cell(`b${l}[${j}]`, d.bias(l, j), d.db(l, j), d.seen("db", l), d.after[b + j])))));
  });
}

function formulas(d) {
  if (!d.lines.length) return h("div.cw-formulas", {}, h("p", {}, "Circles: neurons. Boxes: weights on the lines, biases above the neurons (▲ positive, ▼ negative). Choose one to see its formula with numbers."));
  return h("div.cw-formulas", {}, d.lines.map(({ name, symbols, numbers, value }) => h("p", {},
    h("b", {}, name), " = ", symbols, h("br"), "= ", numbers, value === null ? "" : [" = ", h("b", {}, format(value))])),
    d.lines.some(({ name }) => /^[∂δ]/.test(name)) && h("p.cw-key", {}, up("double underline"), ": what arrives (upstream); ", local("dotted underline"), ": the local derivative."));
}

/** The selected weight or bias, to be set by hand: a new start from the weights as they are now. */
function edit(d, ui) {
  const at = /^([Wb])(\d)\[(\d+),?(\d*)\]$/.exec(d.state.selected ?? "");
  if (!at) return h("div", {});
  const layer = d.net.layers[at[2] - 1];
  const index = at[1] === "W" ? layer.W + at[3] * layer.nIn + Number(at[4]) : layer.b + Number(at[3]);
  return h("div", {}, ui.slider({ label: `Set ${d.state.selected}`, q: d.state.selected, value: d.net.theta[index], min: -3, max: 3,
    set: (value) => ui.act.set((s) => {
      const start = [...s.theta];
      start[index] = value;
      return { ...s, start, theta: start, updates: 0, runs: [], previous: null };
    }) }));
}

function drawing(d, ui) {
  const { state, L } = d;
  const { sizes } = state;
  const { width } = ui;
  const { wide, height, r, box, x, y, bias, known, weight } = layout(sizes, width);
  const picked = state.selected ?? usual(d);
  const names = [];
  const pick = (name, label, props, ...children) => {
    names.push(name);
    return h("g.cw-pick", { role: "button", "aria-pressed": String(picked === name), "aria-label": label, "data-pick": name,
      tabindex: (picked ?? "n0[0]") === name ? 0 : -1, onclick: () => ui.act.set({ selected: name }),
      onfocus: () => state.selected !== name && ui.act.set({ selected: name }), ...props }, children);
  };
  const lines = [];
  const chips = [];
  const nodes = [];
  const text = (px, py, cls, content, anchor = "middle") => h("text", { x: px, y: py, class: cls, "text-anchor": anchor }, content);
  const chip = (name, [px, py], value, gradient, grown, fresh) => {
    const [w, most] = box;
    const tall = grown ? most : Math.min(26, most);
    return pick(name, `${name} = ${format(value)}${grown ? `, gradient ${format(gradient)}` : ""}`, {},
      h("rect", { x: px - w / 2, y: py - tall / 2, width: w, height: tall, rx: 6, class: fresh ? "cw-chip cw-fresh" : "cw-chip" }),
      wide ? text(px, py + (grown ? -3 : 4), "cw-in", `${sign(value)} ${format(value, 3)}`) : text(px, py + 4, "", sign(value)),
      wide && grown ? text(px, py + 11, "cw-in cw-backward", `∂ ${format(gradient, 2)}`) : null);
  };
  for (let l = 0; l <= L; l++) {
    for (let j = 0; j < sizes[l]; j++) {
      const done = l === 0 || d.seen("forward", l, j);
      const soft = l === L && d.fused && d.seen("predict");
      const value = soft ? d.p(j) : d.a(l, j);
      const name = soft ? `p${d.row(d.i, j)}` : d.aName(l, j);
      if (l) {
        for (let k = 0; k < sizes[l - 1]; k++) {
          const w = d.weight(l, j, k);
          const active = (d.now.l === l && ((d.now.kind === "forward" && d.now.j === j) || d.now.kind === "dW"))
            || (d.now.kind === "da" && d.now.l === l - 1) || picked === `W${l}[${j},${k}]`;
          lines.push(h("line", { x1: x(l - 1), y1: y(l - 1, k), x2: x(l), y2: y(l, j),
            class: `cw-edge${active ? " cw-active" : ""}`, "stroke-width": Math.min(6, 1.2 + 2 * Math.abs(w)),
            "stroke-dasharray": w < 0 ? "6 5" : null }));
          chips.push(chip(`W${l}[${j},${k}]`, weight(l, j, k), w, d.dW(l, j, k), d.seen("dW", l), d.now.kind === "dW" && d.now.l === l));
        }
        chips.push(chip(`b${l}[${j}]`, bias(l, j), d.bias(l, j), d.db(l, j), d.seen("db", l),
          d.now.kind === "db" && d.now.l === l));
      }
      const current = d.now.l === l && (d.now.kind !== "forward" || d.now.j === j) && ["forward", "predict", "delta", "da"].includes(d.now.kind);
      nodes.push(pick(`n${l}[${j}]`, done ? `${name} = ${format(value)}` : `neuron ${name}, not computed yet`, {},
        h("circle", { cx: x(l), cy: y(l, j), r, class: current ? "cw-node cw-fresh" : "cw-node" }),
        text(x(l), y(l, j) + 4, l && done ? "cw-forward" : "", done ? format(value, 2) : "?")));
      if (!l && wide) nodes.push(text(x(0), y(0, j) - r - 5, "cw-small", d.aName(0, j)));
      // What is known of a neuron: an output has it on its right, with its target.
      const [at, middle] = l && l < L ? known(l, j) : [x(l) + r + 6, y(l, j)];
      const apart = l === L ? 15 : 7;
      const anchor = l === L ? "start" : "middle";
      if (l && done) nodes.push(text(at, middle + 4 - apart, "cw-small cw-halo", `z ${format(d.z(l, j), wide ? 3 : 2)}`, anchor));
      if (l === L) nodes.push(text(at, middle + 4, "cw-small", `${wide ? "target" : "y"} ${format(d.target(d.i, j), 3)}`, anchor));
      if (l && d.seen("delta", l)) nodes.push(text(at, middle + 4 + apart, "cw-small cw-backward cw-halo", `δ ${format(d.delta(l, j), wide ? 3 : 2)}`, anchor));
    }
  }
  const loss = d.seen("loss") ? `ℒ = ${format(d.loss)}` : "ℒ = ?";
  return h("div", {}, h("svg.cw-net", { class: `cw-pass-${PASS[d.now.kind] ?? "backward"}`, width, height, viewBox: `0 0 ${width} ${height}`, role: "group",
    "aria-label": `Network ${state.network}. Arrow keys go from weight to weight.`,
    onkeydown: (event) => {
      const order = [...event.currentTarget.querySelectorAll("[data-pick]")];
      const at = order.indexOf(event.target.closest("[data-pick]"));
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: order.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      order[(to + order.length) % order.length].focus();
    } }, lines, chips, nodes, text((x(L - 1) + x(L)) / 2, height - 8, "cw-strong cw-halo", loss)));
}

function tables(d) {
  const { state, L, seen } = d;
  const parameters = [];
  for (let l = 1; l <= L; l++) {
    const layer = d.net.layers[l - 1];
    const add = (name, at, known) => parameters.push([name, number(name, d.net.theta[at]),
      known ? number(`d${name}`, d.net.gradient[at]) : "", seen("update") ? number(`${name}_new`, d.after[at]) : ""]);
    for (let j = 0; j < layer.nOut; j++) {
      for (let k = 0; k < layer.nIn; k++) add(`W${l}[${j},${k}]`, layer.W + j * layer.nIn + k, seen("dW", l));
    }
    for (let j = 0; j < layer.nOut; j++) add(`b${l}[${j}]`, layer.b + j, seen("db", l));
  }
  const neurons = [];
  for (let e = 0; e < d.data.N; e++) {
    for (let l = 0; l <= L; l++) {
      for (let j = 0; j < state.sizes[l]; j++) {
        const at = d.row(e, j);
        const known = l && seen("forward", l, j);
        const name = l ? `a${l}${at}` : `x${at}`;
        neurons.push([name, known ? number(`z${l}${at}`, d.z(l, j, e)) : "", !l || known ? number(name, d.a(l, j, e)) : "",
          l === L && d.fused && seen("predict") ? number(`p${at}`, d.p(j, e)) : "",
          l === L ? number(`y${at}`, d.target(e, j)) : "",
          l && (l < L ? seen("da", l) : seen("delta", l)) ? number(`d${name}`, d.da(l, j, e)) : "",
          l && seen("delta", l) ? number(`delta${l}${at}`, d.delta(l, j, e)) : ""]);
      }
    }
  }
  return [
    h("p", {}, "Loss: ", seen("loss") ? number("loss", d.loss) : "not computed yet"),
    table("Weights and biases", ["name", "value", "gradient", "after the update"], parameters),
    table("Neurons", ["name", "z", "a", "p", "target", "∂ℒ/∂a", "δ"], neurons),
  ];
}

const spec = { name: "stepper", title: "Forward, backward, update, one step at a time", read, pack, derive, view, say, step, restart, speeds: [0.5, 1, 2, 5, 10, 60], speed: 2,
  primary: "step", rounded: (before, now) => now.updates > before.updates };
export default widget(spec);
