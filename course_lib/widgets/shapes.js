// Insight: a gradient has its parameter's shape, and that is where the transposes come from.
// Misconception it breaks: that transposes are shuffled until no error is raised. With equal sizes
// nothing is refused any more, and a wrong product looks as good as the right one.

import { format, h, number, table, widget } from "./ui.js";

const MOST = 7;
const FACTORS = ["A", "Aᵀ", "W", "Wᵀ", "Δ", "Δᵀ"];
const TASKS = {
  Z: { name: "Z", text: "Z, the pre-activations", left: "A", right: "Wᵀ", size: ["N", "n_out"], plus: " + b" },
  dW: { name: "∂ℒ/∂W", text: "∂ℒ/∂W, the weights' gradient", left: "Δᵀ", right: "A", size: ["n_out", "n_in"], like: "W" },
  dA: { name: "∂ℒ/∂A", text: "∂ℒ/∂A, for the layer before", left: "Δ", right: "W", size: ["N", "n_in"], like: "A" },
  db: { name: "∂ℒ/∂b", text: "∂ℒ/∂b, the biases' gradient", left: "Δ", axis: "0", size: ["n_out"], like: "b" },
};
const SIZES = { A: ["N", "n_in"], W: ["n_out", "n_in"], Δ: ["N", "n_out"] };

function read(reader) {
  const state = {
    N: reader.integer("N", 5, 1, MOST), n_in: reader.integer("n_in", 4, 1, MOST), n_out: reader.integer("n_out", 2, 1, MOST),
    offer: reader.choice("offer", "all", ["forward", "backward", "all"]),
    left: reader.choice("left", "A", FACTORS), right: reader.choice("right", "W", FACTORS), axis: reader.choice("axis", "1", ["0", "1"]),
  };
  const offered = tasks(state.offer);
  state.task = reader.choice("task", offered[0], offered);
  state.i = reader.integer("i", 0, 0, MOST - 1);
  state.j = reader.integer("j", 0, 0, MOST - 1);
  for (const task in TASKS) state[`done_${task}`] = reader.flag(`done_${task}`, false);
  return settle(state);
}

const pack = (state) => state;
const tasks = (offer) => ({ forward: ["Z"], backward: ["dW", "dA", "db"], all: Object.keys(TASKS) })[offer];

/** The matrices: short decimals of both signs, the same for the same sizes. */
function matrix(name, state) {
  const [rows, columns] = SIZES[name].map((size) => state[size]);
  const k = { A: 3, W: 5, Δ: 7 }[name];
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => ((i * (k + 4) + j * k + k) % 11 - 5.5) / 5));
}

const transpose = (m) => m[0].map((_, j) => m.map((row) => row[j]));
const factor = (name, state) => (name.endsWith("ᵀ") ? transpose(matrix(name[0], state)) : matrix(name, state));
const sizeNames = (name) => (name.endsWith("ᵀ") ? [...SIZES[name[0]]].reverse() : SIZES[name]);
const product = (a, b) => a.map((row) => b[0].map((_, j) => row.reduce((sum, v, k) => sum + v * b[k][j], 0)));
const bias = (n) => Array.from({ length: n }, (_, j) => (j % 2 ? -0.3 : 0.2) + j / 10);
const sums = (m, axis) => (axis === "0" ? transpose(m) : m).map((row) => row.reduce((sum, v) => sum + v, 0));
const apart = (a, b) => a.flat().some((v, i) => Math.abs(v - b.flat()[i]) > 1e-9);

function settle(state) {
  const d = compare(state);
  return d.right ? { ...state, [`done_${state.task}`]: true } : state;
}

function compare(state) {
  const task = TASKS[state.task];
  const left = factor(state.left, state);
  const add = (m) => (task.plus ? m.map((row) => row.map((v, j) => v + bias(state.n_out)[j])) : m);
  const target = task.axis ? [sums(factor("Δ", state), "0")] : add(product(factor(task.left, state), factor(task.right, state)));
  const goal = task.size.map((size) => state[size]);
  let result = null;
  let shape = null;
  if (task.axis) {
    result = [sums(left, state.axis)];
    shape = [result[0].length];
  } else {
    const right = factor(state.right, state);
    if (left[0].length === right.length) {
      result = product(left, right);
      shape = [result.length, result[0].length];
    }
  }
  const fits = shape !== null && shape.length === goal.length && shape.every((n, i) => n === goal[i]);
  if (fits && task.plus) result = add(result);
  return { task, left, target, goal, result, shape, fits, right: fits && !apart(result, target) };
}

function derive(state) {
  const d = { ...compare(state), state };
  d.done = tasks(state.offer).filter((task) => state[`done_${task}`]);
  return d;
}

const tuple = (numbers) => (numbers.length === 1 ? `(${numbers[0]},)` : `(${numbers.join(", ")})`);

function say(d) {
  const { task, state, shape, goal, fits, right } = d;
  const what = task.axis ? `the sum of ${state.left} over axis ${state.axis}` : `${state.left} times ${state.right}`;
  const sizes = (name) => tuple(sizeNames(name).map((size) => state[size]));
  let text;
  if (!shape) {
    const [a, b] = [sizeNames(state.left)[1], sizeNames(state.right)[0]];
    text = `${state.left} ${sizes(state.left)} times ${state.right} ${sizes(state.right)} does not exist: the inner sizes ${state[a]} and ${state[b]} differ.`;
  } else if (!fits) text = `${what} has shape ${tuple(shape)}; ${task.name} must have shape ${tuple(goal)}${task.like ? `, that of ${task.like}` : ""}.`;
  else if (!right) text = `${what} has the right shape ${tuple(shape)} and the wrong numbers: where sizes are equal, a shape refuses nothing. Make the three sizes differ.`;
  else text = `Right: ${task.name} = ${task.axis ? `the sum of ${state.left} over the examples` : `${state.left} ${state.right}`}${task.plus ?? ""}, shape ${tuple(shape)}${task.like ? `, that of ${task.like}` : ""}.`;
  return text;
}

function view(d, ui) {
  const { state, task } = d;
  const set = (key) => (value) => ui.act.set({ [key]: value });
  const offered = tasks(state.offer);
  // Errors Δ come with the backward pass.
  const factors = state.offer === "forward" ? FACTORS.filter((one) => !one.startsWith("Δ")) : FACTORS;
  const size = (name) => ui.slider({ label: { N: "Examples N", n_in: "Inputs n_in", n_out: "Neurons n_out" }[name], q: name,
    value: state[name], min: 1, max: MOST, step: 1, set: (value) => ui.act.set({ [name]: Math.round(value) }) });
  return [
    ui.stage([drawing(d, ui)], ui.brief ? h("div.cw-controls", {}, size("N")) : h("div.cw-controls", {},
      offered.length > 1 && ui.select({ label: "Assemble", q: "task", value: state.task, options: offered.map((key) => [key, TASKS[key].text]), set: set("task") }),
      offered.length === 1 && h("span", {}, `Assemble ${task.text}: `),
      ui.select({ label: task.axis ? "Sum of" : "Left factor", q: "left", value: state.left, options: factors, set: set("left") }),
      task.axis ? ui.select({ label: "over", q: "axis", value: state.axis, options: [["0", "axis 0 (the rows)"], ["1", "axis 1 (the columns)"]], set: set("axis") })
        : ui.select({ label: "Right factor", q: "right", value: state.right, options: factors, set: set("right") }))),
    offered.length > 1 && h("p", {}, "Found so far: ", offered.map((key) => `${state[`done_${key}`] ? "☑" : "☐"} ${TASKS[key].name}`).join("  ")),
    ui.settings(["N", "n_in", "n_out"].map(size)),
    ui.details("Numbers as tables", () => numbers(d)),
  ];
}

/** The factors and the product as grids of cells, with the inner sizes that must agree. */
function drawing(d, ui) {
  const { width } = ui;
  const { state, task, shape, goal, fits, right } = d;
  const parts = [{ name: state.left, sizes: sizeNames(state.left).map((size) => [size, state[size]]) }];
  if (!task.axis) parts.push({ name: state.right, sizes: sizeNames(state.right).map((size) => [size, state[size]]) });
  const outcome = shape ? { name: right ? task.name : "?", sizes: (shape.length === 1 ? [1, ...shape] : shape).map((n) => ["", n]), outcome: true } : null;
  const all = outcome ? [...parts, outcome] : parts;
  const gap = 40;
  const total = all.reduce((sum, part) => sum + part.sizes[1][1], 0);
  const cell = Math.max(7, Math.min(24, (width - gap * all.length - 20) / (total + (outcome ? 0 : 4))));
  const tall = Math.max(...all.map((part) => part.sizes[0][1])) * cell;
  const height = tall + 66;
  const middle = 30 + tall / 2;
  let at = 24;
  // Which entry of the product is looked at, and what meets in it: a row of the left, a column of the right.
  const look = !task.axis && shape ? [Math.min(state.i, shape[0] - 1), Math.min(state.j, shape[1] - 1)] : null;
  const meets = (index, i, j) => look && (index === 0 ? i === look[0] : index === 1 ? j === look[1] : i === look[0] && j === look[1]);
  const choose = (i, j) => ui.act.set({ i: Math.max(0, Math.min(shape[0] - 1, i)), j: Math.max(0, Math.min(shape[1] - 1, j)) });
  const drawn = all.map((part, index) => {
    const [[rowName, rows], [columnName, columns]] = part.sizes;
    const x = at;
    const y = middle - (rows * cell) / 2;
    at += columns * cell + gap;
    const grid = [];
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) grid.push(h("rect", { x: x + j * cell, y: y + i * cell, width: cell, height: cell,
        class: meets(index, i, j) ? "cw-cell cw-meets" : part.outcome ? (right ? "cw-cell cw-good" : "cw-cell") : "cw-cell cw-given",
        ...(part.outcome && look ? { onclick: () => choose(i, j), style: "cursor: pointer" } : {}) }));
    }
    const center = x + (columns * cell) / 2;
    return h("g", {}, grid,
      h("text", { x: center, y: y - 8, "text-anchor": "middle", class: "cw-strong" }, part.name),
      h("text", { x: x - 4, y: middle + 4, "text-anchor": "end" }, rows),
      h("text", { x: center, y: y + rows * cell + 16, "text-anchor": "middle" }, columns),
      rowName && h("text", { x: center, y: y + rows * cell + 31, "text-anchor": "middle", class: "cw-small" }, `(${rowName}, ${columnName})`),
      index + 1 < all.length && h("text", { x: x + columns * cell + gap / 2 - 8, y: middle + 5, "text-anchor": "middle", class: "cw-strong" },
        all[index + 1].outcome ? "=" : "·"));
  });
  if (!outcome) drawn.push(h("text", { x: Math.min(at - 14, width - 94), y: middle + (width < 400 ? 48 : 5), class: "cw-wrong cw-strong" }, "✗ no product"));
  else if (!fits) drawn.push(h("text", { x: at - 34, y: middle + 5, class: "cw-wrong cw-strong" }, "✗"));
  else drawn.push(h("text", { x: at - 34, y: middle + 5, class: `${right ? "cw-right" : "cw-wrong"} cw-strong` }, right ? "✓" : "✗"));
  return h("div", {}, h("svg.cw-plot", { width, height, viewBox: `0 0 ${width} ${height}`, role: look ? "group" : "img", "aria-label": say(d), tabindex: look ? 0 : null,
    onkeydown: (event) => {
      const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!by || !look) return;
      event.preventDefault();
      choose(look[0] + by[0], look[1] + by[1]);
    } }, drawn),
    look && !ui.brief && h("p", {}, `Entry [${look.join(", ")}] = row ${look[0]} of ${state.left} · column ${look[1]} of ${state.right}: ${factor(state.right, state).length} products, added. (Press another entry, or use the arrow keys.)`),
    !ui.brief && h("p.cw-where", {}, `Wanted: ${task.name} with shape (${task.size.join(", ")}${task.size.length === 1 ? "," : ""}) = ${tuple(goal)}.`));
}

function numbers(d) {
  const cells = (name, m) => m.map((row, i) => [String(i), ...row.map((v, j) => number(`${name}[${i},${j}]`, v))]);
  const head = (m) => ["row", ...m[0].map((_, j) => String(j))];
  const given = ["A", "W", "Δ"].map((name) => [name, matrix(name, d.state)]);
  const plus = d.task.plus ? [["b", [bias(d.state.n_out)]]] : [];
  const found = d.right ? [[d.task.name, d.result]] : [];
  return [
    h("p", {}, "Shape of what you assembled: ", d.shape ? d.shape.map((n, i) => [i ? " × " : "", number(`shape[${i}]`, n)]) : "none", ". Right: ", number("right", Number(d.right)), "."),
    ...[...given, ...plus, ...found].map(([name, m]) => table(name, head(m), cells(name, m))),
  ];
}

export default widget({ name: "shapes", title: "Which product fits", read, pack, derive, view, say, settle });
