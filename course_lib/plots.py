"""Figures of the book, drawn with matplotlib and set into pages as SVG with text as text.

A figure's colours come from `PALETTE`, which is told apart without colour vision too (forward is
solid, backward dashed). `svg` turns each of them into a CSS variable of the book, so that a
figure follows the page's theme; in a notebook the colours themselves are used.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from course_lib import graph_drawing
from course_lib.graph import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "PALETTE",
    "chain",
    "fan_out",
    "passes",
    "shapes",
    "svg",
    "two_axes",
]

#: Name of a CSS variable (``--fbu-NAME``) and the colour where there is none.
PALETTE = {
    "ink": "#1f2933",
    "quiet": "#5a6673",
    "fill": "#e7eef5",
    "forward": "#0b5394",
    "backward": "#b3400f",
    "third": "#00695c",
    "fourth": "#7b2d8b",
}

_POINTS = 72.0  # to the inch: one unit of a drawing is one pixel of the page
_STYLE = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
}

Point = tuple[float, float]


def svg(figure: Figure | Value | Path, alt: str, salt: str = "figure") -> str:
    """Return `figure` as an SVG element to set into a page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure, course_lib.graph.Value or pathlib.Path
        A value is drawn as the graph that ends in it; a path leads to what `svg` returned before.
    alt : str
        What the picture shows, for a reader who cannot see it.
    salt : str
        Makes ids differ between the figures of one page; the same salt gives the same text.

    Raises
    ------
    ValueError
        If `alt` is empty.

    >>> markup = svg(fan_out(3), "One neuron feeds three.", "a")
    >>> markup.startswith('<svg role="img" aria-label="One neuron feeds three."')
    True
    >>> "var(--fbu-backward, #b3400f)" in markup
    True
    """
    if not alt.strip():
        raise ValueError("alt is empty; say what the picture shows")
    if isinstance(figure, Value):
        return graph_drawing.svg(figure, alt)
    if isinstance(figure, Path):
        label = f'aria-label="{escape(alt, quote=True)}"'
        body = re.sub(r'aria-label="[^"]*"', lambda _: label, figure.read_text("utf-8"), count=1)
        return body.replace("max-width: 100%", "min-width: 620px", 1)  # scrolls on a phone
    file = io.StringIO()
    settings: Any = {**_STYLE, "svg.hashsalt": salt}
    with rc_context(settings):
        FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None})
    body = file.getvalue()
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', body)
    assert box is not None  # matplotlib always writes one
    body = body[body.index(">", box.end()) + 1 : body.rindex("</svg>")]
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, count=1, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: m.group(0) if m.group(1) in used else "", body)
    for name in sorted(used, key=len, reverse=True):
        body = body.replace(f"#{name}", f"#{salt}-{name}").replace(
            f'id="{name}"', f'id="{salt}-{name}"'
        )
    for name, colour in PALETTE.items():
        body = body.replace(colour, f"var(--fbu-{name}, {colour})")
    body = body.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    body = re.sub(r"\n\s*", "\n", body)
    head = (
        f'<svg role="img" aria-label="{escape(alt, quote=True)}" '
        f'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {box.group(1)} {box.group(2)}" width="{box.group(1)}" '
        f'style="stroke-linejoin: round; stroke-linecap: butt; max-width: 100%; height: auto">'
    )
    return head + body + "</svg>"


def passes(layers: Sequence[str] = ("g", "softmax")) -> Figure:
    r"""Draw both passes of a two-layer network: forward down (solid), backward up (dashed).

    Every edge carries what happens on it; weights and biases stand beside their layer, each
    with the gradient that the backward pass leaves there.

    Parameters
    ----------
    layers : two str
        How the hidden and the output activation are called on the drawing.
    """
    hidden, output = layers
    rows = ["$x$", "$z^{[1]}$", "$a^{[1]}$", "$z^{[2]}$", "ℒ"]
    forward = [
        r"$W^{[1]} a^{[0]} + b^{[1]}$",
        rf"${hidden}(z^{{[1]}})$",
        r"$W^{[2]} a^{[1]} + b^{[2]}$",
        f"{output}, cross-entropy",
    ]
    backward = [
        r"not needed: $x$ is given",
        r"$\odot\; g$′$(z^{[1]})$",
        r"$W^{[2]T} \delta^{[2]}$",
        r"$\delta^{[2]} = p - y$",
    ]
    gradients = {
        1: (r"$\partial$ℒ$/\partial W^{[1]} = \delta^{[1]} x^T$",
            r"$\partial$ℒ$/\partial b^{[1]} = \delta^{[1]}$", r"$\delta^{[1]}$"),
        3: (r"$\partial$ℒ$/\partial W^{[2]} = \delta^{[2]} a^{[1]T}$",
            r"$\partial$ℒ$/\partial b^{[2]} = \delta^{[2]}$", r"$\delta^{[2]}$"),
    }  # fmt: skip
    return _column(rows, forward, backward, gradients)


def chain() -> Figure:
    r"""Draw both passes of two one-neuron layers in a chain, every symbol a number."""
    return _column(
        ["$x$", "$z_1$", "$a_1$", "$z_2$", r"$\hat y$", "ℒ"],
        [r"$w_1 x + b_1$", r"$\sigma(z_1)$", r"$w_2 a_1 + b_2$", r"$\sigma(z_2)$",
         r"$(\hat y - y)^2$"],
        ["not needed: $x$ is given", r"$\cdot\;\sigma$′$(z_1)$", r"$\cdot\; w_2$",
         r"$\cdot\;\sigma$′$(z_2)$", r"$2(\hat y - y)$"],
        {1: (r"$\partial$ℒ$/\partial w_1 = \delta_1 x$", r"$\partial$ℒ$/\partial b_1 = \delta_1$",
             r"$\delta_1$"),
         3: (r"$\partial$ℒ$/\partial w_2 = \delta_2 a_1$", r"$\partial$ℒ$/\partial b_2 = \delta_2$",
             r"$\delta_2$")},
    )  # fmt: skip


def fan_out(n: int = 3) -> Figure:
    r"""Draw one activation that feeds `n` next neurons, and the blame that returns from each.

    Parameters
    ----------
    n : int
        How many neurons the next layer has.
    """
    figure, axes = _canvas(400, 110.0 * n)
    source = (55.0, 55.0 * n)
    targets = [(325.0, 110.0 * (n - row) - 55.0) for row in range(n)]
    _neuron(axes, source, "$a_k$", radius=27)
    for j, target in enumerate(targets, 1):
        _neuron(axes, target, f"$z_{j}$", radius=27)
        _link(axes, source, target, 27, 6, "forward", f"$W_{{{j}k}}$", 0.7)
        _link(axes, target, source, 27, 6, "backward", rf"$W_{{{j}k}}\,\delta_{j}$", 0.42)
        _label(axes, (target[0] + 38, target[1]), rf"$\delta_{j}$", "backward", "left")
    _label(axes, (source[0] - 4, source[1] - 52),
           r"$\sum_j W_{jk}\,\delta_j$", "backward", "center")  # fmt: skip
    return figure


def shapes(factors: Sequence[tuple[str, int, int, str, str]], unit: float = 26.0) -> Figure:
    """Draw a product of arrays as blocks with their shapes: the equal inner sides vanish.

    Parameters
    ----------
    factors : sequence of (name, rows, columns, rows' name, columns' name)
        The factors from left to right and, last, their product.
    unit : float
        Pixels per row or column.
    """
    signs = ["@"] * (len(factors) - 2) + ["="]
    gap = 92.0
    widths = [columns * unit for _, _, columns, _, _ in factors]
    width = sum(widths) + gap * len(signs) + 70
    height = max(rows for _, rows, *_ in factors) * unit + 100
    figure, axes = _canvas(width, height)
    middle = height / 2 - 4
    x = 40.0
    for index, (name, rows, columns, down, across) in enumerate(factors):
        colour = ("forward", "backward", "third")[index % 3]
        y = middle - rows * unit / 2
        for row in range(rows):
            for column in range(columns):
                corner = (x + column * unit, y + row * unit)
                axes.add_patch(Rectangle(corner, unit, unit, facecolor=PALETTE["fill"],
                                         edgecolor=PALETTE[colour], linewidth=1.1))  # fmt: skip
        _label(axes, (x + columns * unit / 2, y + rows * unit + 32), name, colour, "center", 16)
        _label(axes, (x + columns * unit / 2, y + rows * unit + 11), across, "quiet", "center", 13)
        _label(axes, (x - 6, middle), down, "quiet", "right", 13)
        x += columns * unit
        if index < len(signs):
            _label(axes, (x + gap / 2 - 16, middle), signs[index], "ink", "center", 15)
            x += gap
    return figure


def two_axes() -> tuple[Figure, Any]:
    """Return a figure with one pair of axes in the course's colours, for curves.

    >>> figure, axes = two_axes()
    >>> _ = axes.plot([0, 1], [0, 1], color=PALETTE["forward"])
    """
    figure = Figure(figsize=(520 / _POINTS, 340 / _POINTS), facecolor="none", layout="tight")
    axes = figure.add_subplot(facecolor="none")
    axes.tick_params(colors=PALETTE["ink"])
    for side, spine in axes.spines.items():
        spine.set_color(PALETTE["quiet"])
        spine.set_visible(side in ("left", "bottom"))
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(PALETTE["ink"])
    return figure, axes


def _column(
    rows: Sequence[str],
    forward: Sequence[str],
    backward: Sequence[str],
    gradients: dict[int, tuple[str, str, str]],
) -> Figure:
    """Both passes as a column: forward down on the left, backward up on the right.

    `gradients` maps a row to its weights' gradient, its biases' and its error.
    """
    figure, axes = _canvas(425, 90 + 130 * (len(rows) - 1))
    step, top, middle = 130.0, 40.0 + 130 * (len(rows) - 1), 182.0
    at = [(middle, top - step * row) for row in range(len(rows))]
    for name, place in zip(rows, at, strict=True):
        _neuron(axes, place, name, radius=25)
    for index, (words, back) in enumerate(zip(forward, backward, strict=True)):
        (x, y), (_, below) = at[index], at[index + 1]
        _arrow(axes, (x - 11, y - 25), (x - 11, below + 25), "forward")
        _label(axes, (x - 22, (y + below) / 2), words, "forward", "right")
        if index:
            _arrow(axes, (x + 11, below + 25), (x + 11, y - 25), "backward")
        _label(axes, (x + 24, (y + below) / 2), back, "backward" if index else "quiet", "left")
    _label(axes, (middle + 38, at[-1][1]), r"$\partial$ℒ$/\partial$ℒ $= 1$", "backward", "left")
    for row, (weights, biases, error) in gradients.items():
        x, y = at[row]
        _arrow(axes, (x + 27, y), (x + 78, y), "backward")
        _label(axes, (x + 50, y + 16), error, "backward", "center")
        _label(axes, (x + 88, y + 13), weights, "backward", "left")
        _label(axes, (x + 88, y - 15), biases, "backward", "left")
    return figure


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """A drawing whose coordinates are pixels, counted from the lower left corner."""
    figure = Figure(figsize=(width / _POINTS, height / _POINTS), facecolor="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def _label(
    axes: Axes, at: Point, words: str, colour: str, side: str, size: float = 14, **more: Any
) -> None:
    axes.text(*at, words, color=PALETTE[colour], ha=side, va="center", fontsize=size, **more)


def _neuron(axes: Axes, at: Point, name: str, radius: float) -> None:
    axes.add_patch(Circle(at, radius, facecolor=PALETTE["fill"], edgecolor=PALETTE["ink"]))
    _label(axes, at, name, "ink", "center", 15)


def _arrow(axes: Axes, start: Point, end: Point, way: str) -> None:
    """One edge: forward is solid, backward dashed, so that colour is not needed."""
    dashes = (0, (4, 3)) if way == "backward" else "solid"
    axes.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, shrinkA=0, shrinkB=0,
                        linestyle=dashes, linewidth=1.7, color=PALETTE[way])
    )  # fmt: skip


def _link(
    axes: Axes, start: Point, end: Point, radius: float, aside: float, way: str, words: str,
    label_at: float,
) -> None:  # fmt: skip
    """An edge between two neurons, moved to its own left, with its label on it."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length, dy / length
    side = (-uy * aside, ux * aside)
    first = (start[0] + ux * radius + side[0], start[1] + uy * radius + side[1])
    last = (end[0] - ux * radius + side[0], end[1] - uy * radius + side[1])
    _arrow(axes, first, last, way)
    gap = 13 + 16 * abs(uy)  # words are wider than high: a slanting line would cross them
    x = first[0] + (last[0] - first[0]) * label_at - uy * gap
    y = first[1] + (last[1] - first[1]) * label_at + ux * gap
    _label(axes, (x, y), words, way, "center")
