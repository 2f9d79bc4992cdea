"""The drawing of a computational graph: SVG text, without a library.

Inputs stand on the left, the end of the graph on the right. Each wire carries the value above it
and the gradient below it. Where a value is used more than once, each of its wires shows the share
that came back along it, and the sum stands at the value. The picture brings its own background,
so that it can be read on a light page and on a dark one; in the book its colours are the page's.

Importing this module also gives values a method `draw`, and lets a notebook show a value as its
graph.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from course_lib.colours import variable
from course_lib.graph import Value

__all__ = ["svg"]

MOST_VALUES = 120

PAPER, LINE, INK = variable("paper"), variable("quiet"), variable("ink")
FORWARD, BACKWARD = variable("forward"), variable("backward")

ROW = 56.0  # room for a value, its number above and its gradient below
PORT = 17.0  # between two wires that arrive at one result
CURVE = 40.0  # from the straight end of one column's wires to the next column's
CHARACTER = 7.3  # width of a character at the size used, rounded up
SYMBOLS = {"*": "×", "/": "÷", "-": "−", "neg": "−", "dot": "Σ w·x", "sigmoid": "σ"}

Point = tuple[float, float]


def svg(end: Value, title: str = "") -> str:
    """Return the graph that ends in `end` as SVG text.

    Parameters
    ----------
    end : Value
        The last value of the graph.
    title : str
        The accessible name of the picture.

    Raises
    ------
    ValueError
        If the graph has more values than can be read in one picture.

    Examples
    --------
    >>> text = svg(Value(1.5, "x").tanh(), title="One neuron")
    >>> "<title>One neuron</title>" in text
    True
    """
    values = _in_order(end)
    if len(values) > MOST_VALUES:
        raise ValueError(
            f"the graph has {len(values)} values; a drawing stays readable up to {MOST_VALUES}. "
            "Draw a value nearer to the inputs"
        )
    return _Drawing(values).text(title or "A computational graph")


def _in_order(end: Value) -> list[Value]:
    """List the values of the graph, inputs before results, left before right."""
    order: dict[Value, None] = {}
    stack = [(end, False)]
    while stack:
        value, ready = stack.pop()
        if ready:
            order.setdefault(value)
        elif value not in order:
            stack.append((value, True))
            stack += [(v, False) for v, _ in reversed(value.inputs()) if v not in order]
    return list(order)


def _number(x: float) -> str:
    return f"{x:.4g}".replace("-", "−")


def _clean(text: str) -> str:
    """Escape for XML, which also has no place for control characters."""
    return escape("".join(c if c.isprintable() else "�" for c in text))


class _Drawing:
    """Places for the values of one graph, and the marks that show them."""

    def __init__(self, values: list[Value]) -> None:
        self.values = values
        self.number = {value: i for i, value in enumerate(values)}
        self.has_gradients = values[-1].grad != 0.0  # 1 at the end of a backward pass
        # A wire is (input, result, slope); a value used twice by one result has two wires.
        self.wires = [
            (self.number[v], i, slope)
            for i, value in enumerate(values)
            for v, slope in value.inputs()
        ]
        self.uses = [0] * len(values)
        for source, _, _ in self.wires:
            self.uses[source] += 1
        self._layer()
        self._route()
        self._order()
        self._place()

    # Layout: columns, order within a column, coordinates.

    def _layer(self) -> None:
        """Put each result one column right of its last input, each input close to its use."""
        column = [0] * len(self.values)
        for source, result, _ in self.wires:
            column[result] = max(column[result], column[source] + 1)
        for i, value in enumerate(self.values):
            if not value.inputs() and self.uses[i]:
                column[i] = min(column[r] for s, r, _ in self.wires if s == i) - 1
        self.column = column

    def _route(self) -> None:
        """Give a wire that passes columns a point in each of them."""
        self.paths: list[list[int]] = []
        for source, result, _ in self.wires:
            path = [source]
            for passed in range(self.column[source] + 1, self.column[result]):
                path.append(len(self.column))
                self.column.append(passed)
            self.paths.append([*path, result])
        self.columns: list[list[int]] = [[] for _ in range(max(self.column) + 1)]
        for point, column in enumerate(self.column):
            self.columns[column].append(point)
        self.before: list[list[int]] = [[] for _ in self.column]
        self.after: list[list[int]] = [[] for _ in self.column]
        for path in self.paths:
            for a, b in pairwise(path):
                self.after[a].append(b)
                self.before[b].append(a)

    def _order(self) -> None:
        """Sort columns by their neighbours' mean place, to and fro; keep the fewest crossings."""
        best, fewest = [list(c) for c in self.columns], self._crossings()
        for sweep in range(8):
            rightwards = sweep % 2 == 0
            near = self.before if rightwards else self.after
            for points in self.columns if rightwards else reversed(self.columns):
                place = {p: i for column in self.columns for i, p in enumerate(column)}
                points.sort(
                    key=lambda p: (
                        sum(place[q] for q in near[p]) / len(near[p]) if near[p] else place[p]
                    )
                )
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(c) for c in self.columns], crossings
        self.columns = best

    def _crossings(self) -> int:
        place = {p: i for column in self.columns for i, p in enumerate(column)}
        count = 0
        for column in self.columns:
            steps = [(place[a], place[b]) for a in column for b in self.after[a]]
            count += sum((a - c) * (b - d) < 0 for a, b in steps for c, d in steps) // 2
        return count

    def _place(self) -> None:
        """Choose y close to the neighbours without overlaps, and x from the labels' widths."""
        inputs = [len(value.inputs()) for value in self.values]
        passing = [0.0] * (len(self.column) - len(self.values))
        self.tall = [max(28.0, PORT * (k - 1) + 18) for k in inputs] + passing
        y = [0.0] * len(self.column)
        for sweep in range(7):
            rightwards = sweep % 2 == 0
            near = self.before if rightwards else self.after
            for points in self.columns if rightwards else reversed(self.columns):
                wanted = [sum(y[q] for q in near[p]) / len(near[p]) if near[p] else y[p]
                          for p in points]  # fmt: skip
                apart = [ROW / 2 + (self.tall[p] + self.tall[q]) / 2 for p, q in pairwise(points)]
                for p, at in zip(points, _spread(wanted, apart), strict=True):
                    y[p] = at
        top = min(at - tall / 2 for at, tall in zip(y, self.tall, strict=True))
        self.y = [at - top + ROW / 2 for at in y]
        self.height = max(at + tall / 2 for at, tall in zip(self.y, self.tall, strict=True)) + 58

        self.half = [CHARACTER * max(2, len(self._name(v))) / 2 + 8 for v in self.values]
        self.label = CHARACTER * max(len(t) for v in self.values for t in _numbers(v)) + 24
        shares = self.has_gradients and max(self.uses) > 1
        self.share = self.label if shares else 10.0
        self.x, self.left, self.right = [0.0] * len(self.column), [], []
        x = 16.0
        for points in self.columns:
            widest = 2 * max((self.half[p] for p in points if p < len(self.values)), default=0.0)
            self.left.append(x)
            self.right.append(x + widest)
            for p in points:
                self.x[p] = x + widest / 2
            x += widest + self.label + CURVE + self.share
        self.width = self.right[-1] + self.label + 12

    # What is written.

    def _name(self, value: Value) -> str:
        symbol = value.operation
        if not symbol:
            return value.label or _number(value.data)
        symbol = SYMBOLS.get(symbol, symbol)
        return f"{value.label} = {symbol}" if value.label else symbol

    def _description(self) -> str:
        names = [v.label or f"value {i + 1}" for i, v in enumerate(self.values)]
        parts = []
        for name, value in zip(names, self.values, strict=True):
            made = ""
            if value.operation:
                of = ", ".join(names[self.number[v]] for v, _ in value.inputs())
                made = f", {value.operation} of {of}"
            gradient = f", gradient {_number(value.grad)}" if self.has_gradients else ""
            parts.append(f"{name}{made}: {_number(value.data)}{gradient}.")
        return " ".join(parts)

    def text(self, title: str) -> str:
        """Return the picture."""
        w, h = round(self.width), round(self.height)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{w}" height="{h}" '
            f'viewBox="0 0 {w} {h}" style="max-width:100%;min-width:{w * 13 // 20}px;height:auto" '
            f'aria-label="{_clean(title)}" font-family="system-ui, sans-serif" font-size="13">',
            f"<title>{_clean(title)}</title>",
            f"<desc>{_clean(self._description())}</desc>",
            f'<rect width="{w}" height="{h}" rx="8" fill="{PAPER}"/>',
        ]
        ends = self._ends()
        parts += [self._wire(path, end) for path, end in zip(self.paths, ends, strict=True)]
        last = len(self.values) - 1
        parts.append(_stroke(f"M{self.x[last] + self.half[last]:.1f},{self.y[last]:.1f}"
                             f" h{self.label:.1f}"))  # fmt: skip
        for i, value in enumerate(self.values):
            parts += [self._box(i), *self._labels(i, value)]
        for (x, y), (source, result, slope) in zip(ends, self.wires, strict=True):
            if self.has_gradients and self.uses[source] > 1:
                share = f"◂ {_number(slope * self.values[result].grad)}"
                parts.append(_text((x - 5, y - 4), share, BACKWARD, "end"))
        parts.append(_text((16, h - 12), "▸ value, forward", FORWARD))
        if self.has_gradients:
            parts.append(_text((150, h - 12), "◂ gradient, backward", BACKWARD))
        return "\n".join([*parts, "</svg>"])

    def _ends(self) -> list[Point]:
        """Where each wire arrives: those into one result one below the other."""
        ends, arrived = [], [0] * len(self.values)
        for _, result, _ in self.wires:
            count = len(self.values[result].inputs())
            port = PORT * (arrived[result] - (count - 1) / 2)
            arrived[result] += 1
            ends.append((self.x[result] - self.half[result], self.y[result] + port))
        return ends

    def _wire(self, path: list[int], end: Point) -> str:
        """Draw straight pieces, where numbers stand, and a curve between two columns."""
        source = path[0]
        d = f"M{self.x[source] + self.half[source]:.1f},{self.y[source]:.1f}"
        for a, b in pairwise(path):
            height = end[1] if b == path[-1] else self.y[b]
            x0 = self.right[self.column[a]] + self.label
            x1 = self.left[self.column[b]] - self.share
            middle = (x0 + x1) / 2
            d += (
                f" H{x0:.1f} C{middle:.1f},{self.y[a]:.1f} {middle:.1f},{height:.1f}"
                f" {x1:.1f},{height:.1f}"
            )
        return _stroke(f"{d} H{end[0]:.1f}")

    def _box(self, i: int) -> str:
        x, y, half, tall = self.x[i], self.y[i], self.half[i], self.tall[i]
        round_corner = 14 if self.values[i].operation else 3
        name = _text((x, y + 4.5), self._name(self.values[i]), INK, "middle")
        return (
            f'<rect x="{x - half:.1f}" y="{y - tall / 2:.1f}" width="{2 * half:.1f}" '
            f'height="{tall:.1f}" rx="{round_corner}" fill="{PAPER}" stroke="{INK}" '
            f'stroke-width="1.5"/>{name}'
        )

    def _labels(self, i: int, value: Value) -> list[str]:
        x, y = self.x[i] + self.half[i] + 6, self.y[i]
        forward, backward = _numbers(value)
        labels = [_text((x, y - 5), f"▸ {forward}", FORWARD)]
        if self.has_gradients:
            labels.append(_text((x, y + 15), f"◂ {backward}", BACKWARD))
        return labels


def _spread(wanted: list[float], apart: list[float]) -> list[float]:
    """Move places as little as needed until neighbours are as far apart as asked."""
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    blocks: list[tuple[float, int]] = []  # mean of (wanted − offset), number of places
    for place, offset in zip(wanted, offsets, strict=True):
        mean, size = place - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, count = blocks.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _numbers(value: Value) -> list[str]:
    return [_number(value.data), _number(value.grad)]


def _stroke(d: str) -> str:
    return f'<path d="{d}" fill="none" stroke="{LINE}" stroke-width="1.5"/>'


def _text(at: Point, text: str, colour: str, anchor: str = "start") -> str:
    """Write text with a rim of paper, so that a wire behind it does not cross it out."""
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" fill="{colour}" text-anchor="{anchor}" '
        f'stroke="{PAPER}" stroke-width="3" paint-order="stroke">{_clean(text)}</text>'
    )


def _repr_svg(value: Value) -> str | None:
    """Show the graph in a notebook; a graph too large to be read is shown as text."""
    try:
        return svg(value)
    except ValueError:
        return None


setattr(Value, "draw", svg)  # noqa: B010 (graph.py does not know about drawing)
setattr(Value, "_repr_svg_", _repr_svg)  # noqa: B010
