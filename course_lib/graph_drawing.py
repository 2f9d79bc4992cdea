"""The drawing of a computational graph: SVG text, without a library.

Inputs are on the left, the output of the graph on the right. Each wire has the value above it and
the gradient below it. A value that is used several times has one wire for each use: on it is the
contribution to the gradient that comes back along it, and below the value is their sum. The picture
has a background of its own, so that it can be read on a light page and on a dark one; in the book
its colours are the page's.

Importing this module also gives values a method `draw`, and lets a notebook show a value as its
graph.
"""

from __future__ import annotations

from html import escape

from course_lib._graph_layout import ARROW, TEXT, Layout, Point
from course_lib.colours import variable
from course_lib.graph import Value

MOST_VALUES = 120

PAPER, LINE, INK = variable("paper"), variable("quiet"), variable("ink")
FORWARD, BACKWARD = variable("forward"), variable("backward")

CHARACTER = 7.3  # width of a character at the size used, rounded up
SYMBOLS = {"*": "×", "/": "÷", "-": "−", "neg": "−", "dot": "Σ w·x", "sigmoid": "σ"}
FIXED = {"-", "/", "**"}  # the order of their inputs matters: the first one arrives on top


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
    """The marks that show the values of one graph, where its layout puts them."""

    def __init__(self, values: list[Value]) -> None:
        self.values = values
        self.number = {value: i for i, value in enumerate(values)}
        self.has_gradients = values[-1].grad != 0.0  # 1 at the end of a backward pass
        texts = [_number(x) for v in values for x in (v.data, v.grad, *self._contributions(v))]
        self.label = CHARACTER * max(map(len, texts)) + 24
        inputs = [[self.number[v] for v, _ in value.inputs()] for value in values]
        half = [CHARACTER * max(2, len(self._name(v))) / 2 + 8 for v in values]
        self.layout = Layout(inputs, [v.operation in FIXED for v in values], half, self.label)

    def _contributions(self, value: Value) -> list[float]:
        return [slope * value.grad for _, slope in value.inputs()]

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
        layout = self.layout
        legend = 300 if self.has_gradients else 130
        w, h = round(max(layout.width, legend)), round(layout.height)
        least = -(-w * 8 // 13)  # where the letters of 13 pixels are 8 high
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{w}" height="{h}" '
            f'viewBox="0 0 {w} {h}" style="max-width:100%;min-width:{least}px;height:auto" '
            f'aria-label="{_clean(title)}" font-family="system-ui, sans-serif" font-size="13">',
            f"<title>{_clean(title)}</title>",
            f"<desc>{_clean(self._description())}</desc>",
            f'<rect width="{w}" height="{h}" rx="8" fill="{PAPER}"/>',
        ]
        for wire in layout.wires:
            parts += _arrow(layout.curve(wire), layout.end(wire))
        last = len(self.values) - 1
        x, y = layout.x[last] + layout.half[last], layout.y[last]
        tip = x + self.label + ARROW
        parts += _arrow(f"M{x:.1f},{y:.1f} H{tip:.1f}", (tip, y))
        for i, value in enumerate(self.values):
            parts += [self._box(i), *self._labels(i, value)]
        for wire in layout.labelled:
            x, y = layout.numbers(wire)
            gradient = self._contributions(self.values[wire.result])[wire.rank]
            parts += self._pair((x, y), self.values[wire.source].data, gradient, "middle")
        parts.append(_text((16, h - 12), "▸ value, forward", FORWARD))
        if self.has_gradients:
            parts.append(_text((150, h - 12), "◂ gradient, backward", BACKWARD))
        return "\n".join([*parts, "</svg>"])

    def _box(self, i: int) -> str:
        layout = self.layout
        x, y, half, tall = layout.x[i], layout.y[i], layout.half[i], layout.tall[i]
        round_corner = 14 if self.values[i].operation else 3
        name = _text((x, y + 4.5), self._name(self.values[i]), INK, "middle")
        return (
            f'<rect x="{x - half:.1f}" y="{y - tall / 2:.1f}" width="{2 * half:.1f}" '
            f'height="{tall:.1f}" rx="{round_corner}" fill="{PAPER}" stroke="{INK}" '
            f'stroke-width="1.5"/>{name}'
        )

    def _labels(self, i: int, value: Value) -> list[str]:
        """Write a value's numbers on its wire, or, if it has several, the sum below its box."""
        x, y = self.layout.x[i], self.layout.y[i]
        if self.layout.uses[i] < 2:
            return self._pair((x + self.layout.half[i] + 6, y), value.data, value.grad, "start")
        if not self.has_gradients:
            return []
        below = y + self.layout.tall[i] / 2 + TEXT
        return [_text((x, below), f"◂ {_number(value.grad)}", BACKWARD, "middle")]

    def _pair(self, at: Point, data: float, gradient: float, anchor: str) -> list[str]:
        """Write a value above a wire and a gradient below it."""
        x, y = at
        labels = [_text((x, y - 5), f"▸ {_number(data)}", FORWARD, anchor)]
        if self.has_gradients:
            labels.append(_text((x, y + 15), f"◂ {_number(gradient)}", BACKWARD, anchor))
        return labels


def _arrow(d: str, end: Point) -> list[str]:
    """Draw a wire with an arrowhead at its end; nothing in it has a name, so pictures can meet."""
    x, y = end
    head = f"M{x:.1f},{y:.1f} l-8,-4 v8 z"
    return [
        f'<path d="{d}" fill="none" stroke="{LINE}" stroke-width="1.5"/>',
        f'<path d="{head}" fill="{LINE}"/>',
    ]


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
