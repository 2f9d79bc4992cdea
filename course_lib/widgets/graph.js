// Insight: a value that feeds several others receives the sum of what comes back from them.
// Misconception it breaks: that the last branch decides the gradient, or that one branch is enough.

import { activate, slope } from "./core.js";
import { format, h, number, table, widget } from "./ui.js";

const MOST_NODES = 40;
const OPERATIONS = {
  "+": { f: (a, b) => a + b, local: () => [1, 1], text: ["1", "1"] },
  "−": { f: (a, b) => a - b, local: () => [1, -1], text: ["1", "−1"] },
  "×": { f: (a, b) => a * b, local: (a, b) => [b, a], text: ["other factor", "other factor"] },
  "÷": { f: (a, b) => a / b, local: (a, b) => [1 / b, -a / (b * b)], text: ["1/divisor", "−a/divisor²"] },
  "^": { f: (a, b) => a ** b, local: (a, b) => [b * a ** (b - 1)], text: ["n·a^(n−1)"] },
  neg: { f: (a) => -a, local: () => [-1], text: ["−1"] },
  exp: { f: Math.exp, local: (a, b, v) => [v], text: ["exp(a)"] },
  log: { f: Math.log, local: (a) => [1 / a], text: ["1/a"] },
};
for (const name of ["tanh", "sigmoid", "relu"]) {
  OPERATIONS[name] = { f: (a) => activate(name, a), local: (a, b, v) => [slope(name, a, v)], text: [{ tanh: "1 − tanh²", sigmoid: "σ(1 − σ)", relu: "1 if a > 0, else 0" }[name]] };
}
const FUNCTIONS = Object.keys(OPERATIONS).filter((name) => /^[a-z]{3,}$/.test(name) && name !== "neg");

/**
 * Parse "q = x*y; q + q*z" into nodes in the order of computing: { op, from, name, value }. Its
 * grammar: names, numbers, + − * / ^ (a whole or decimal power), parentheses, functions, and
 * assignments separated by semicolons; the last expression is the output.
 */
function parse(text) {
  const tokens = [...text.matchAll(/\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)|([a-zA-Z]\w*)|(\*\*|[-+*/^()=;−·×])|(\S))/g)];
  let at = 0;
  const nodes = [];
  const names = new Map();
  const peek = () => tokens[at]?.[0].trim() ?? "";
  const fail = (why) => { throw new Error(why); };
  const take = (wanted) => (peek() === wanted ? (at++, true) : false);
  const add = (node) => {
    if (nodes.length >= MOST_NODES) fail(`the expression has more than ${MOST_NODES} parts`);
    nodes.push(node);
    return nodes.length - 1;
  };
  const sum = () => {
    let left = term();
    for (;;) {
      if (take("+")) left = add({ op: "+", from: [left, term()] });
      else if (take("-") || take("−")) left = add({ op: "−", from: [left, term()] });
      else return left;
    }
  };
  const term = () => {
    let left = signed();
    for (;;) {
      if (take("*") || take("·") || take("×")) left = add({ op: "×", from: [left, signed()] });
      else if (take("/")) left = add({ op: "÷", from: [left, signed()] });
      else return left;
    }
  };
  const signed = () => (take("-") || take("−") ? add({ op: "neg", from: [signed()] }) : power());
  const power = () => {
    const base = atom();
    if (!take("^") && !take("**")) return base;
    const minus = take("-") || take("−");
    const [, digits] = tokens[at] ?? [];
    if (digits === undefined) fail("a power must be a number, as in x^2");
    at++;
    return add({ op: "^", from: [base], power: minus ? -Number(digits) : Number(digits) });
  };
  const atom = () => {
    const [, digits, name] = tokens[at] ?? [];
    if (digits !== undefined) {
      at++;
      return add({ op: "number", from: [], value: Number(digits) });
    }
    if (name !== undefined) {
      at++;
      if (FUNCTIONS.includes(name)) {
        if (!take("(")) fail(`${name} needs parentheses, as in ${name}(x)`);
        const inner = sum();
        if (!take(")")) fail("a parenthesis is not closed");
        return add({ op: name, from: [inner] });
      }
      if (peek() === "(") fail(`${name} is not a function here; there are ${FUNCTIONS.join(", ")}`);
      if (!names.has(name)) {
        if (name.length > 8) fail("a name has at most 8 letters");
        names.set(name, add({ op: "variable", from: [], name }));
      }
      return names.get(name);
    }
    if (take("(")) {
      const inner = sum();
      if (!take(")")) fail("a parenthesis is not closed");
      return inner;
    }
    return fail(peek() ? `${peek()} is not expected here` : "the expression ends too early");
  };
  let output = null;
  while (at < tokens.length) {
    let target = null;
    if (tokens[at][2] && tokens[at + 1]?.[0].trim() === "=") {
      target = tokens[at][2];
      if (names.has(target) || FUNCTIONS.includes(target)) fail(`${target} already has a meaning`);
      at += 2;
    }
    output = sum();
    if (target) {
      names.set(target, output);
      if (!nodes[output].name) nodes[output].name = target;
    }
    if (!take(";") && at < tokens.length) fail(`${peek()} is not expected here`);
  }
  if (output === null) fail("there is no expression yet");
  // Only what the output depends on belongs to its graph.
  const used = new Set([output]);
  for (let k = output; k >= 0; k--) if (used.has(k)) nodes[k].from.forEach((i) => used.add(i));
  const order = [...used].sort((a, b) => a - b);
  return order.map((k) => ({ ...nodes[k], from: nodes[k].from.map((i) => order.indexOf(i)) }));
}

const START = { expression: "q = x + y; q * z + q", x: 2, y: -1, z: 3 };
const variables = (nodes) => nodes.filter((node) => node.op === "variable").map((node) => node.name);
const last = (nodes) => 2 * nodes.filter((node) => node.from.length).length + 1;

function read(reader) {
  const expression = reader.text("expression", START.expression, 120);
  const nodes = parse(expression);
  const names = variables(nodes);
  if (names.length > 8) throw new Error("an expression may have at most 8 variables");
  const given = reader.has("values") ? reader.raw.values : {};
  if (given === null || typeof given !== "object" || Array.isArray(given)) throw new Error("values must be an object of numbers");
  const values = {};
  names.forEach((name, i) => {
    const fallback = START[name] ?? [1.5, -2, 0.5, 3, -1, 2, -0.5, 1][i];
    const value = Object.hasOwn(given, name) ? given[name] : fallback;
    if (typeof value !== "number" || !(Math.abs(value) <= 10)) throw new Error(`values: ${name} must be a number from −10 to 10`);
    values[name] = value;
  });
  for (const name of Object.keys(given)) if (!names.includes(name)) throw new Error("values hold a name that the expression does not use");
  return { expression, typed: expression, nodes, values, step: reader.integer("step", 0, 0, last(nodes)), selected: null };
}

const pack = ({ expression, values, step }) => ({ expression, values, step });

/** How many steps have been made decides what is known: first values, then gradients. */
function derive(state) {
  const { nodes, values } = state;
  const inner = nodes.map((node, k) => k).filter((k) => nodes[k].from.length);
  const value = [];
  nodes.forEach((node, k) => {
    if (node.op === "variable") value[k] = values[node.name];
    else if (node.op === "number") value[k] = node.value;
    else value[k] = OPERATIONS[node.op].f(...node.from.map((i) => value[i]), node.power);
  });
  const local = nodes.map((node, k) => {
    if (!node.from.length) return [];
    const [a, b = node.power] = node.from.map((i) => value[i]);
    return OPERATIONS[node.op].local(a, b, value[k]);
  });
  const forward = Math.min(state.step, inner.length);
  const seeded = state.step > inner.length;
  const back = Math.max(0, state.step - inner.length - 1);
  const known = nodes.map((node, k) => !node.from.length || inner.indexOf(k) < forward);
  const grad = nodes.map(() => 0);
  const parts = nodes.map(() => []);
  const out = nodes.length - 1;
  grad[out] = 1;
  const reached = nodes.map((_, k) => seeded && k === out);
  inner.slice().reverse().slice(0, back).forEach((k) => {
    nodes[k].from.forEach((i, m) => {
      grad[i] += grad[k] * local[k][m];
      parts[i].push({ by: k, upstream: grad[k], local: local[k][m], text: OPERATIONS[nodes[k].op].text[m] });
      reached[i] = true;
    });
  });
  const finished = back === inner.length && seeded;
  const now = state.step === 0 ? null : forward === state.step ? inner[forward - 1] : seeded && back === 0 ? out : inner[inner.length - back];
  const d = { state, nodes, value, local, grad, parts, known, reached, now, seeded, back, finished, inner, out };
  d.label = (k) => nodes[k].name ?? (nodes[k].op === "number" ? format(nodes[k].value) : `n${k}`);
  d.broken = value.findIndex((v) => !Number.isFinite(v));
  if (d.broken >= 0) d.stopped = `Stopped: ${d.label(d.broken)} = ${formula(d, d.broken)} is not a finite number for these values.`;
  else if (grad.some((v) => !Number.isFinite(v))) d.stopped = "Stopped: a gradient is not a finite number for these values.";
  else if (state.step >= last(nodes)) d.stopped = "Both passes are done.";
  return d;
}

function formula(d, k) {
  const { op, from, power } = d.nodes[k];
  const [a, b] = from.map(d.label);
  if (op === "neg") return `−${a}`;
  if (op === "^") return `${a}^${format(power)}`;
  return b === undefined ? `${op}(${a})` : `${a} ${op} ${b}`;
}

const step = (state) => ({ ...state, step: state.step + 1, selected: null });
const back = (state) => (state.step ? { ...state, step: state.step - 1, selected: null } : null);
const restart = (state) => ({ ...state, step: 0, selected: null });

function say(d, state) {
  const f = format;
  if (state.selected !== null) return explain(d, state.selected).join(" ");
  if (d.now === null) return "The variables are given. Step begins the forward pass.";
  if (!d.seeded) return `Forward: ${d.label(d.now)} = ${formula(d, d.now)} = ${f(d.value[d.now])}.`;
  if (!d.back) return `The backward pass starts at the output ${d.label(d.out)}: its gradient with respect to itself is 1.`;
  const { from } = d.nodes[d.now];
  return `Backward through ${d.label(d.now)} = ${formula(d, d.now)}: ${[...new Set(from)].map((i) => {
    const parts = d.parts[i];
    return parts.length > 1 ? `${d.label(i)} now has ${parts.map((part) => f(part.upstream * part.local)).join(" + ")} = ${f(d.grad[i])}`
      : `${d.label(i)} receives ${f(parts[0].upstream)} × ${f(parts[0].local)} = ${f(d.grad[i])}`;
  }).join("; ")}.`;
}

/** Value and gradient of one node, in sentences. */
function explain(d, k) {
  const f = format;
  const name = d.label(k);
  const lines = [];
  if (!d.known[k]) return [`${name} = ${formula(d, k)} is not computed yet.`];
  lines.push(d.nodes[k].from.length ? `${name} = ${formula(d, k)} = ${f(d.value[k])}.` : `${name} = ${f(d.value[k])} is given.`);
  if (k === d.out && d.seeded) lines.push("It is the output: its gradient is 1.");
  else if (d.parts[k].length) {
    lines.push(`Gradient: ${d.parts[k].map((part) => `${f(part.upstream)} × ${f(part.local)}`).join(" + ")} = ${f(d.grad[k])}`
      + (d.parts[k].length > 1 ? ", the sum over everything it feeds." : `, what arrives times the local derivative (${d.parts[k][0].text}).`));
  }
  return lines;
}

function view(d, ui) {
  const { state } = d;
  const apply = (text) => {
    let nodes;
    try {
      nodes = parse(text);
      if (variables(nodes).length > 8) throw new Error("at most 8 variables");
    } catch (error) {
      ui.act.refuse(`The expression was refused: ${error.message}.`);
      return;
    }
    ui.act.set((s) => {
      const values = {};
      variables(nodes).forEach((name, i) => { values[name] = s.values[name] ?? START[name] ?? [1.5, -2, 0.5, 3, -1, 2, -0.5, 1][i]; });
      return { ...s, expression: text, typed: text, nodes, values, step: 0, selected: null };
    });
  };
  const field = `${ui.id}-expression`;
  return [
    ui.stage([drawing(d, ui)]),
    h("p.cw-where", {}, "Step ", number("step", state.step), ` of ${last(d.nodes)}: `, h("strong", { class: state.step ? `cw-of-${d.seeded ? "backward" : "forward"}` : null }, state.step === 0 ? "start" : d.seeded ? "backward" : "forward"), ". A number with × on a dashed connection is its local derivative."),
    h("div.cw-expression", {}, h("label", { for: field }, "Expression"),
      h("input", { id: field, type: "text", value: state.typed, maxlength: 120, spellcheck: "false", autocomplete: "off",
        onchange: (event) => apply(event.target.value) })),
    h("p.cw-where", {}, `Write + − * / ^, ${FUNCTIONS.join(", ")}; name a part and use it twice, as in s = x + y; s * s. Enter draws it.`),
    ui.settings(Object.entries(state.values).map(([name, value]) =>
      ui.slider({ label: name, q: name, value, min: -10, max: 10, step: 0.1, set: (v) => ui.act.set((s) => ({ ...s, values: { ...s.values, [name]: v } })) }))),
    ui.details("Numbers as a table", () => numbers(d)),
  ];
}

function numbers(d) {
  return table("Every part of the graph", ["part", "computed as", "value", "gradient", "sum of"], d.nodes.map((node, k) => [
    d.label(k), node.from.length ? formula(d, k) : "given",
    !d.known[k] ? "" : node.op === "variable" ? format(d.value[k]) : number(node.op === "number" ? `n${k}` : d.label(k), d.value[k]),
    d.reached[k] ? number(`grad.${node.op === "number" ? `n${k}` : d.label(k)}`, d.grad[k]) : "",
    d.parts[k].map((part) => `${format(part.upstream)} × ${format(part.local)}`).join(" + "),
  ]));
}

function drawing(d, ui) {
  const depth = [];
  d.nodes.forEach((node, k) => { depth[k] = node.from.length ? 1 + Math.max(...node.from.map((i) => depth[i])) : 0; });
  const columns = Math.max(...depth) + 1;
  const places = Array.from({ length: columns }, () => []);
  d.nodes.forEach((_, k) => places[depth[k]].push(k));
  const rows = Math.max(...places.map((column) => column.length));
  // On a phone the graph goes from top to bottom, so that all of it is on the screen.
  const down = ui.width < columns * 128;
  const boxWidth = down ? Math.max(58, Math.min(84, ui.width / rows - 8)) : 84;
  const width = down ? Math.max(ui.width, rows * (boxWidth + 6)) : ui.width;
  const room = columns > 2 ? 46 : 0;
  const height = down ? columns * 104 : rows * 82 + 16 + 2 * room;
  const x = (k) => {
    const column = places[depth[k]];
    if (down) return (width * (column.indexOf(k) + 0.5)) / column.length;
    return columns === 1 ? width / 2 : boxWidth / 2 + 4 + ((width - boxWidth - 8) * depth[k]) / (columns - 1);
  };
  const y = (k) => {
    const column = places[depth[k]];
    return down ? 52 + 104 * depth[k] : room + ((height - 2 * room) * (column.indexOf(k) + 0.5)) / column.length;
  };
  // Along the flow and across it, whichever way it goes.
  const point = (along, across) => (down ? `${across},${along}` : `${along},${across}`);
  const lines = [];
  d.nodes.forEach((node, k) => node.from.forEach((i, m) => {
    const edge = down ? 30 : boxWidth / 2;
    const [a1, c1] = down ? [y(i) + edge, x(i)] : [x(i) + edge, y(i)];
    const [a2, c2] = down ? [y(k) - edge, x(k)] : [x(k) - edge, y(k)];
    const half = (a2 - a1) / 2;
    const twice = node.from.length === 2 && node.from[0] === node.from[1] ? (m ? 9 : -9) : 0;
    // A connection that would run through a box between its ends makes a bow around it.
    const crossed = d.nodes.some((_, other) => {
      const [a, c] = down ? [y(other), x(other)] : [x(other), y(other)];
      return depth[other] > depth[i] && depth[other] < depth[k] && Math.abs(c - (c1 + ((c2 - c1) * (a - a1)) / (a2 - a1))) < (down ? boxWidth / 2 + 6 : 42);
    });
    const middle = (down ? width : height) / 2;
    const bow = crossed ? (c1 > middle + 1 ? 1 : -1) * (down ? Math.min(100, 1.2 * boxWidth) : 100) : 2 * twice;
    const reach = half * (crossed ? 0.6 : 1);
    const curve = `M${point(a1, c1)}C${point(a1 + reach, c1 + bow)} ${point(a2 - reach, c2 + bow)} ${point(a2, c2 + twice)}`;
    const label = { [down ? "y" : "x"]: (a1 + a2) / 2 + (down ? 4 : 0), [down ? "x" : "y"]: (c1 + c2) / 2 + 0.75 * bow - (down ? 0 : 5) };
    const done = d.seeded && d.inner.length - d.inner.indexOf(k) <= d.back;
    lines.push(h("path", { d: curve, class: done ? "cw-flow cw-backward" : d.known[k] ? "cw-flow cw-forward" : "cw-flow", "stroke-dasharray": done ? "7 4" : null }));
    if (done) lines.push(h("text", { ...label, "text-anchor": "middle", class: "cw-small cw-halo" }, `×${format(d.local[k][m], 3)}`));
  }));
  const picked = d.state.selected ?? d.now ?? 0;
  const boxes = d.nodes.map((node, k) => {
    const title = node.op === "variable" || node.op === "number" ? d.label(k) : `${node.name ? `${node.name}: ` : ""}${node.op === "neg" ? "−( )" : node.op === "^" ? `( )^${format(node.power)}` : node.op}`;
    const value = d.known[k] ? format(d.value[k]) : "?";
    return h("g.cw-pick", { role: "button", "data-pick": k, "aria-pressed": String(picked === k), tabindex: picked === k ? 0 : -1,
      "aria-label": `${title}, value ${d.known[k] ? value : "not known"}${d.reached[k] ? `, gradient ${format(d.grad[k])}` : ""}`,
      onclick: () => ui.act.set({ selected: k }), onfocus: () => d.state.selected !== k && ui.act.set({ selected: k }) },
      h("rect", { x: x(k) - boxWidth / 2, y: y(k) - 30, width: boxWidth, height: 60, rx: 8, class: d.now === k ? "cw-fresh" : null }),
      h("text", { x: x(k), y: y(k) - 14, "text-anchor": "middle", class: "cw-strong" }, title),
      h("text", { x: x(k), y: y(k) + 4, "text-anchor": "middle", class: d.known[k] ? "cw-forward" : null }, value),
      d.reached[k] && h("text", { x: x(k), y: y(k) + 21, "text-anchor": "middle", class: "cw-backward" }, `∂ ${format(d.grad[k])}`));
  });
  return h("div.cw-scroll", { role: "region", "aria-label": ui.brief ? "Drawing of the graph, at first sight" : "Drawing of the graph", tabindex: 0 },
    h("svg.cw-net", { class: `cw-pass-${d.seeded ? "backward" : "forward"}`, width, height, viewBox: `0 0 ${width} ${height}`, style: "max-width: none", role: "group", "aria-label": "Graph. Arrow keys go from part to part.",
      onkeydown: (event) => {
        const to = { ArrowRight: picked + 1, ArrowDown: picked + 1, ArrowLeft: picked - 1, ArrowUp: picked - 1, Home: 0, End: d.out }[event.key];
        if (to === undefined || !event.target.closest("[data-pick]")) return;
        event.preventDefault();
        event.currentTarget.querySelector(`[data-pick="${(to + d.nodes.length) % d.nodes.length}"]`).focus();
      } }, lines, boxes));
}

export default widget({ name: "graph", title: "A computational graph", read, pack, derive, view, say, step, back, restart, primary: "step" });
