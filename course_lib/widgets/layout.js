// Where the parts of a drawn network are: neurons in columns, the box of each weight on its line.

/** Whether the line from (a, b) to (c, d) touches the rectangle of `w` × `h` around (x, y). */
function touches([a, b, c, d], [x, y], w, h) {
  let [from, to] = [0, 1];
  for (const [by, room] of [[a - c, a - x + w / 2], [c - a, x + w / 2 - a], [b - d, b - y + h / 2], [d - b, y + h / 2 - b]]) {
    if (by === 0 && room < 0) return false;
    if (by < 0) from = Math.max(from, room / by);
    if (by > 0) to = Math.min(to, room / by);
  }
  return from <= to;
}

const GAP = 2;
const layouts = new Map();

/**
 * The layout of a network with layers of `sizes` neurons in `width` pixels: `wide` (whether numbers fit
 * on the lines), `height`, `r` (radius of a neuron), `box` ([width, height] of a weight or bias), `x(l)`,
 * `y(l, j)`, `bias(l, j)`, `known(l, j)` and `weight(l, j, k)` ([x, y], the middle of a box or of a text). A box touches no line but
 * its own and no other box, wherever there is such a place.
 */
export function layout(sizes, width) {
  const key = `${sizes} ${width}`;
  for (let tall = 116; !layouts.get(key)?.free && tall <= 148; tall += 8) layouts.set(key, made(sizes, width, tall));
  return layouts.get(key);
}

/** The layout with `tall` pixels for each neuron; `free` says that every box has a place. */
function made(sizes, width, tall) {
  const L = sizes.length - 1;
  const wide = width >= (sizes[0] > 2 ? 632 : 560);
  const [r, right, box] = wide ? [20, 74, [56, 32]] : [17, 48, [24, 24]];
  const height = Math.max(sizes[0] * 66, ...sizes.slice(1).map((n) => n * tall)) + 24;
  const x = (l) => r + 6 + ((width - right - 2 * r - 12) * l) / L;
  const y = (l, j) => (height * (j + 0.5)) / sizes[l] + (sizes[l] === 1 && sizes[0] === 1 ? 18 : 0);
  // In the lower half of the drawing lines come from above, so that the bias is below its neuron.
  const below = (l, j) => j > (sizes[l] - 1) / 2;
  const bias = (l, j) => [x(l), y(l, j) + (below(l, j) ? 1 : -1) * (r + box[1] / 2 + 3)];
  // The middle of what is known of a hidden neuron, its z and δ: beside its bias, or beyond it where there is no room.
  const known = (l, j) => (wide ? [x(l) + box[0] / 2 + 32, bias(l, j)[1]] : [x(l), bias(l, j)[1] + (below(l, j) ? 27 : -27)]);
  const lines = [];
  const neurons = [];
  const placed = [];
  sizes.forEach((n, l) => {
    for (let j = 0; j < n; j++) {
      neurons.push([x(l), y(l, j)]);
      if (l) placed.push([...bias(l, j), ...box]);
      if (l && l < L) placed.push([...known(l, j), 54, 28]);
      for (let k = 0; l && k < sizes[l - 1]; k++) lines.push({ name: `${l},${j},${k}`, ends: [x(l - 1), y(l - 1, k), x(l), y(l, j)] });
    }
  });
  // For every line the places that are free, and how bad the others are.
  for (const line of lines) {
    const [a, b, c, d] = line.ends;
    line.places = Array.from({ length: 41 }, (_, i) => 0.1 + 0.02 * i).map((t) => {
      const at = [a + (c - a) * t, b + (d - b) * t];
      const crossed = lines.filter((other) => other !== line && touches(other.ends, at, box[0] + 2 * GAP, box[1] + 2 * GAP)).length;
      const near = neurons.filter(([u, v]) => Math.abs(u - at[0]) < r + box[0] / 2 + GAP && Math.abs(v - at[1]) < r + box[1] / 2 + GAP).length;
      return { at, cost: 10 * (crossed + near) + Math.abs(t - 0.5) };
    });
    line.free = line.places.filter((one) => one.cost < 10).length;
  }
  // Each box goes where it costs least beside the others, those with the fewest free places first; a few times.
  const order = [...lines].sort((one, other) => one.free - other.free);
  const found = new Map();
  for (let round = 0; round < 4; round++) {
    for (const line of order) {
      const others = [...placed, ...order.filter((other) => other !== line && found.has(other.name)).map((other) => [...found.get(other.name), ...box])];
      const over = ([u, v]) => others.filter(([s, t, w, h]) => Math.abs(s - u) < (w + box[0]) / 2 + GAP && Math.abs(t - v) < (h + box[1]) / 2 + GAP).length;
      const cost = (one) => one.cost + 5 * over(one.at);
      found.set(line.name, line.places.reduce((best, one) => (cost(one) < cost(best) ? one : best)).at);
    }
  }
  const free = lines.every((line) => line.places.find(({ at }) => at === found.get(line.name)).cost < 10);
  return { free, wide, height, r, box, x, y, bias, known, weight: (l, j, k) => found.get(`${l},${j},${k}`) };
}
