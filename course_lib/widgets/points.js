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
    known.set(p.w, h("g", {}, points.map(([a, b, label]) => (label ? p.dot(a, b, { r: 4, class: "cw-dot cw-one" })
      : h("path", { d: `M${p.px(a)},${p.py(b) - 5}l5,9h-10z`, class: "cw-dot cw-two" })))));
  }
  return known.get(p.w);
}

/** Where the network is asked, row by row. */
const SIDE = 44;
const place = (i) => -REACH + (2 * REACH * (i + 0.5)) / SIDE;
export const GRID = Float64Array.from({ length: 2 * SIDE * SIDE }, (_, m) => place(m % 2 ? Math.floor(m / 2 / SIDE) : (m / 2) % SIDE));

/** Where the network says which class, from its answers on the GRID: shades from sure to unsure, the
 * boundary where p is ½. Edges along the pixels cost less to paint than smoothed ones, and leave no seams. */
export function regions(answer, p) {
  const n = SIDE;
  const cell = [p.w / n, p.h / n];
  const shades = ["", "", "", ""];
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n;) {
      const shade = Math.min(3, Math.floor(answer[j * n + i] * 4));
      let end = i;
      while (end < n && Math.min(3, Math.floor(answer[j * n + end] * 4)) === shade) end++;
      const y = p.py(place(j)) - cell[1] / 2;
      shades[shade] += `M${(p.left + i * cell[0]).toFixed(1)},${y.toFixed(1)}h${((end - i) * cell[0]).toFixed(1)}v${(cell[1] + 0.4).toFixed(1)}h${(-(end - i) * cell[0]).toFixed(1)}z`;
      i = end;
    }
  }
  return shades.map((path, shade) => h("path", { d: path || "M0,0", class: `cw-shade${shade}`, "shape-rendering": "crispEdges" }));
}
