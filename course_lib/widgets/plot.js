// Axes and curves, drawn in true pixels so that their text stays readable on a phone.

import { format, h } from "./ui.js";

/** Round numbers from `low` to `high`, about `count` of them. */
export function ticks(low, high, count = 5) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 5, 10].map((m) => m * power).find((step) => step >= rough * 0.999);
  const list = [];
  for (let n = Math.ceil(low / unit - 1e-9); n * unit <= high + unit * 1e-9; n++) {
    list.push(Number((n * unit).toPrecision(12)));
  }
  return list;
}

/**
 * A plot of `width` × `height` pixels over the ranges `x` and `y` ([low, high]). Gives `px`, `py`
 * (value to pixel), `vx`, `vy` (pixel to value), `curve(f, attributes)`, `polyline(points, …)` and
 * `draw(label, inside, over, attributes)`; what is drawn inside is cut at the frame, but for a mark
 * (`dot`, `text`) whose middle is inside it.
 */
export function plot({ width, height, x, y, xName, yName, xTick = format, yTick = format, xTicks, yTicks, left = 46 }) {
  const top = 26;
  const w = Math.max(60, width - left - 12);
  const hgt = Math.max(60, height - top - 38);
  const px = (v) => left + ((v - x[0]) / (x[1] - x[0])) * w;
  const py = (v) => top + hgt - ((v - y[0]) / (y[1] - y[0])) * hgt;
  const far = 1e5;
  const near = (v) => Math.max(-far, Math.min(far, v)).toFixed(2);
  const path = (points) => {
    let text = "";
    let pen = "M";
    for (const [a, b] of points) {
      if (Number.isFinite(a) && Number.isFinite(b)) {
        text += `${pen}${near(px(a))},${near(py(b))}`;
        pen = "L";
      } else pen = "M";
    }
    return text;
  };
  const p = {
    px, py, w, h: hgt, left, top,
    vx: (pixel) => x[0] + ((pixel - left) / w) * (x[1] - x[0]),
    vy: (pixel) => y[0] + ((top + hgt - pixel) / hgt) * (y[1] - y[0]),
    polyline: (points, attributes) => h("path", { d: path(points), ...attributes }),
    curve(f, attributes, count = 160) {
      const points = Array.from({ length: count + 1 }, (_, i) => {
        const at = x[0] + ((x[1] - x[0]) * i) / count;
        return [at, f(at)];
      });
      return p.polyline(points, attributes);
    },
    mark: (a, b, made) => Object.assign(made, { whole: a >= x[0] && a <= x[1] && b >= y[0] && b <= y[1] }),
    dot: (a, b, attributes) => p.mark(a, b, h("circle", { cx: px(a), cy: py(b), r: 6, ...attributes })),
    text: (a, b, content, attributes) => p.mark(a, b, h("text", { x: px(a), y: py(b), ...attributes }, content)),
    /** The value under a pointer event on the drawing. */
    at(event) {
      const box = event.currentTarget.closest("svg.cw-plot").getBoundingClientRect();
      return [p.vx(((event.clientX - box.left) * width) / box.width), p.vy(((event.clientY - box.top) * height) / box.height)];
    },
    draw(label, inside, over = [], attributes = {}) {
      const xs = xTicks ?? ticks(x[0], x[1], Math.max(2, Math.min(6, w / 55)));
      const ys = yTicks ?? ticks(y[0], y[1], Math.max(2, Math.min(6, hgt / 45)));
      const parts = [inside].flat(Infinity).filter(Boolean);
      const dragged = [over].flat(Infinity).some((one) => one?.props?.class === "cw-drag");
      return h("svg.cw-plot", { width, height, viewBox: `0 0 ${width} ${height}`, role: dragged ? "group" : "img", "aria-label": label, ...attributes },
        h("rect", { x: left, y: top, width: w, height: hgt, class: "cw-frame" }),
        xs.map((v) => [
          h("line", { x1: px(v), y1: top, x2: px(v), y2: top + hgt, class: "cw-grid" }),
          h("text", { x: px(v), y: top + hgt + 15, "text-anchor": "middle", class: "cw-small" }, xTick(v)),
        ]),
        ys.map((v) => [
          h("line", { x1: left, y1: py(v), x2: left + w, y2: py(v), class: "cw-grid" }),
          h("text", { x: left - 5, y: py(v) + 4, "text-anchor": "end", class: "cw-small" }, yTick(v)),
        ]),
        h("svg", { x: left, y: top, width: w, height: hgt, viewBox: `${left} ${top} ${w} ${hgt}` }, parts.filter((one) => !one.whole)),
        parts.filter((one) => one.whole),
        h("text", { x: left + w, y: top + hgt + 32, "text-anchor": "end" }, xName),
        h("text", { x: 4, y: 13 }, yName),
        over);
    },
  };
  return p;
}

/**
 * Something in a plot that can be dragged: it shows it (a ring, the cursor, a word until it was first
 * touched) and answers the arrow keys by `step`. `move([x, y])` gets where it is wanted.
 */
export function handle(p, ui, { at: [a, b], label, move, step = 0.1, word = "drag", above = false }) {
  const go = (event) => {
    if (event.buttons !== 1) return;
    ui.act.touch();
    move(p.at(event));
  };
  // The word stays inside the drawing.
  const half = 3.7 * word.length;
  const at = Math.max(p.left + half, Math.min(p.left + p.w - half, p.px(a)));
  return h("g.cw-drag", {
    role: "button", tabindex: 0, "aria-label": `${label}. Drag it, or use the arrow keys.`,
    onpointerdown: (event) => { event.currentTarget.setPointerCapture(event.pointerId); go(event); },
    onpointermove: go,
    onkeydown: (event) => {
      const by = { ArrowRight: [step, 0], ArrowLeft: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
      if (!by) return;
      event.preventDefault();
      ui.act.touch();
      move([a + by[0], b + by[1]]);
    },
  }, h("circle.cw-grip", { cx: p.px(a).toFixed(2), cy: p.py(b).toFixed(2), r: 15 }),
  !ui.touched && h("text.cw-halo", { x: at, y: p.py(b) + (above ? -20 : 32), "text-anchor": "middle" }, word));
}

/** The widths of `count` plots beside each other, or one below the other where there is no room. */
export const columns = (width, count = 2, least = 300) =>
  (width / count >= least ? Math.floor(width / count) - 6 : width);
