// Points of two classes in a plane, and what a network answers all over it.

import { normal, uniform } from "./core.js";
import { h } from "./ui.js";

/** The plane goes from −REACH to REACH. */
export const REACH = 2.2;

/** The points of a data set, always the same: [x1, x2, class]. */
export function points(data) {
  const random = uniform(11);
  const noise = normal(23);
  const list = [];
  const count = { xor: 80, moons: 100, spirals: 120, own: 0 }[data];
  for (let i = 0; i < count; i++) {
    const label = i % 2;
    const t = random();
    let at;
    if (data === "xor") {
      const s = t < 0.5 ? 1 : -1;
      at = [s + 0.25 * noise(), (label ? -s : s) + 0.25 * noise()];
    } else if (data === "moons") {
      const angle = Math.PI * t;
      at = label ? [1 - Math.cos(angle) - 0.5, 0.25 - Math.sin(angle)] : [Math.cos(angle) - 0.5, Math.sin(angle) - 0.25];
      at = at.map((v) => 1.2 * v + 0.1 * noise());
    } else {
      const radius = 0.2 + 1.7 * t;
      const angle = 3.2 * t * Math.PI * 0.8 + Math.PI * label;
      at = [radius * Math.cos(angle) + 0.05 * noise(), radius * Math.sin(angle) + 0.05 * noise()];
    }
    list.push([...at.map((v) => Number(Math.max(-REACH, Math.min(REACH, v)).toFixed(3))), label]);
  }
  return list;
}

/** What depends on the points alone is made once for them: they do not move while the network learns. */
export const once = (make) => {
  const made = new WeakMap();
  return (points) => {
    if (!made.has(points)) made.set(points, make(points));
    return made.get(points);
  };
};

/** The points as drawn, for each width of the drawing. */
const widths = once(() => new Map());
export function dots(points, p) {
  const known = widths(points);
  if (!known.has(p.w)) {
    known.set(p.w, p.mark(0, 0, h("g", {}, points.map(([a, b, label]) => (label ? p.dot(a, b, { r: 4, class: "cw-dot cw-one" })
      : h("path", { d: `M${p.px(a)},${p.py(b) - 5}l5,9h-10z`, class: "cw-dot cw-two" }))))));
  }
  return known.get(p.w);
}

/** What the marks and the colours of the plane mean. */
export const legend = (more = "") => h("p.cw-key", {}, "Points: ", h("span.cw-one", {}, "● class 1"), ", ", h("span.cw-two", {}, "▲ class 0"),
  ". Background: the predicted class, ", h("span.cw-one", {}, "■\u00a01"), " or ", h("span.cw-two", {}, "■\u00a00"), more, ".");

/** Where the network is asked, row by row. */
const SIDE = 44;
const place = (i) => -REACH + (2 * REACH * (i + 0.5)) / SIDE;
export const GRID = Float64Array.from({ length: 2 * SIDE * SIDE }, (_, m) => place(m % 2 ? Math.floor(m / 2 / SIDE) : (m / 2) % SIDE));

/** Where the network says which class, from its answers on the GRID: shades from sure to unsure, the
 * boundary where p is ½. Edges along the pixels cost less to paint than smoothed ones, and leave no seams. */
export function regions(answer, p) {
  const n = SIDE;
  // Where the cells begin, each as text: columns from the left, rows from below.
  const edges = (from, size) => Array.from({ length: n + 1 }, (_, i) => (from + (size * i) / n).toFixed(1));
  const [x, y] = [edges(p.left, p.w), edges(p.top + p.h, -p.h)];
  const shades = ["", "", "", ""];
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n;) {
      const from = i;
      const shade = Math.min(3, Math.floor(answer[j * n + i] * 4));
      while (i < n && Math.min(3, Math.floor(answer[j * n + i] * 4)) === shade) i++;
      shades[shade] += `M${x[from]},${y[j]}H${x[i]}V${y[j + 1]}H${x[from]}z`;
    }
  }
  return shades.map((path, shade) => h("path", { d: path || "M0,0", class: `cw-shade${shade}`, "shape-rendering": "crispEdges" }));
}

/** A colour of the course as [red, green, blue], in the theme that the page has now. */
const colours = new Map();
function colour(node, name) {
  const { documentElement: root, body } = node.ownerDocument;
  const key = `${name} ${root.dataset.theme} ${body.dataset.jpThemeLight} ${body.className}`;
  if (!colours.has(key)) {
    const hex = getComputedStyle(node).getPropertyValue(`--fbu-${name}`).trim();
    colours.set(key, [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  }
  return colours.get(key);
}

/** The places of the GRID under the pixels of a square of `size`, row by row from the top. */
const samples = new Map();
function places(size) {
  if (!samples.has(size)) {
    const at = (pixel) => Math.floor(((pixel + 0.5) / size) * SIDE);
    // The grid's first row is the lowest.
    samples.set(size, Uint16Array.from({ length: size * size }, (_, m) => (SIDE - 1 - at(Math.floor(m / size))) * SIDE + at(m % size)));
  }
  return samples.get(size);
}

/** Paint squares on a canvas: for each `{ x, y, size, answers, from, every, factor, shift }` (its middle), from −1
 * to 1, factor · answers[from + every · m] + shift at point m of the GRID, in the colours of the two classes. */
export function heat(canvas, squares) {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const [low, high] = [colour(canvas, "two"), colour(canvas, "one")];
  pen.clearRect(0, 0, canvas.width, canvas.height);
  for (const { x, y, size, answers, from, every, factor, shift } of squares) {
    const side = Math.round(size);
    const image = pen.createImageData(side, side);
    let at = 0;
    for (const m of places(side)) {
      const v = factor * answers[from + every * m] + shift;
      const [red, green, blue] = v < 0 ? low : high;
      image.data[at++] = red;
      image.data[at++] = green;
      image.data[at++] = blue;
      image.data[at++] = 20 + 170 * Math.min(1, Math.abs(v));
    }
    pen.putImageData(image, Math.round(x - size / 2), Math.round(y - size / 2));
  }
}
