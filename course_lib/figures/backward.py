"""Figures of chapters 5 to 10 and 14: the backward pass, its cost, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from course_lib.figures.style import PALETTE, Point, arrow, canvas, circle, link, new_axes, write
from course_lib.gradcheck import central_differences, complex_step, one_sided_differences

__all__ = [
    "batch_paths",
    "chain",
    "error_curve",
    "fan_out",
    "next_neurons",
    "passes",
    "row_and_column",
    "shapes",
    "tape_drawing",
    "two_modes",
]

_METHODS: tuple[tuple[str, Callable[..., Any], dict[str, Any]], ...] = (
    ("one-sided", one_sided_differences, {"color": PALETTE["one"], "marker": "o"}),
    ("central", central_differences, {"color": PALETTE["two"], "marker": "s"}),
    ("complex step", complex_step, {"color": PALETTE["three"], "marker": "^"}),
)


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


def next_neurons(sizes: tuple[int, int, int] = (4, 2, 3)) -> Figure:
    r"""Draw a network in which one hidden neuron's forward paths and returning error are bold.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, hidden neurons, outputs.
    """
    figure, axes = canvas(430, 330)
    names = ("x", "a", "z")
    places = [
        [(50.0 + 160 * layer, 165 + (count - 1) * 42 - 84.0 * row) for row in range(count)]
        for layer, count in enumerate(sizes)
    ]
    for left, right in pairwise(places):
        for start in left:
            for end in right:
                axes.plot(*zip(start, end, strict=True), color=PALETTE["quiet"], lw=0.7, zorder=0)
    for name, column in zip(names, places, strict=True):
        for number, place in enumerate(column, 1):
            circle(axes, place, f"${name}_{number}$", radius=22)
    source = places[1][0]
    for j, target in enumerate(places[2], 1):
        link(axes, source, target, 22, 5)
        link(axes, target, source, 22, 5, "backward")
        write(axes, (target[0] + 32, target[1]), rf"$\delta_{j}$", "backward", "left")
    return figure


def fan_out(n: int = 3) -> Figure:
    r"""Draw one activation that feeds `n` next neurons, and the error that returns from each.

    Parameters
    ----------
    n : int
        How many neurons the next layer has.
    """
    figure, axes = canvas(400, 110.0 * n)
    source = (55.0, 55.0 * n)
    targets = [(325.0, 110.0 * (n - row) - 55.0) for row in range(n)]
    circle(axes, source, "$a_k$", radius=27)
    for j, target in enumerate(targets, 1):
        circle(axes, target, f"$z_{j}$", radius=27)
        link(axes, source, target, 27, 6, "forward", f"$W_{{{j}k}}$", 0.7)
        link(axes, target, source, 27, 6, "backward", rf"$W_{{{j}k}}\,\delta_{j}$", 0.42)
        write(axes, (target[0] + 38, target[1]), rf"$\delta_{j}$", "backward", "left")
    write(axes, (source[0] - 4, source[1] - 52),
           r"$\sum_j W_{jk}\,\delta_j$", "backward", "center")  # fmt: skip
    return figure


def row_and_column(rows: int = 3, columns: int = 2, j: int = 2, k: int = 1) -> Figure:
    r"""Draw the table W twice: row j, which is read forward, and column k, read backward.

    Parameters
    ----------
    rows, columns : int
        The shape of W: neurons that are fed, numbers that feed them.
    j, k : int
        Which row and which column are bold, counted from 1.
    """
    unit = 54.0
    figure, axes = canvas(2 * columns * unit + 200, rows * unit + 120)
    top = rows * unit + 50
    for x, way, words in ((50.0, "forward", "forward"), (columns * unit + 150, "backward", "back")):
        for row in range(1, rows + 1):
            for column in range(1, columns + 1):
                chosen = row == j if way == "forward" else column == k
                corner = (x + (column - 1) * unit, top - row * unit)
                axes.add_patch(
                    Rectangle(corner, unit, unit, linewidth=2.4 if chosen else 0.8,
                              facecolor=PALETTE["fill"] if chosen else "none",
                              edgecolor=PALETTE[way if chosen else "quiet"],
                              linestyle="--" if chosen and way == "backward" else "-",
                              zorder=2 if chosen else 1)
                )  # fmt: skip
                middle = (corner[0] + unit / 2, corner[1] + unit / 2)
                ink = way if chosen else "quiet"
                write(axes, middle, f"$W_{{{row}{column}}}$", ink, "center")
        centre = x + columns * unit / 2
        write(axes, (centre, top + 44), words, way, "center", 15)
        if way == "forward":
            y = top - (j - 0.5) * unit
            arrow(axes, (x + columns * unit + 3, y), (x + columns * unit + 32, y), way)
            write(axes, (x + columns * unit + 36, y), f"$z_{j}$", way, "left")
        else:
            below = top - rows * unit
            at = x + (k - 0.5) * unit
            arrow(axes, (at, below - 3), (at, below - 30), way)
            write(axes, (at + 12, below - 24), rf"$\partial$ℒ$/\partial a_{k}$", way, "left")
    return figure


def passes(layers: Sequence[str] = ("g", "softmax")) -> Figure:
    r"""Draw both passes of a two-layer network: forward down (solid), backward up (dashed).

    Every edge carries what happens on it; weights and biases are beside their layer, each
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
    figure, axes = canvas(width, height)
    middle = height / 2 - 4
    x = 40.0
    for index, (name, rows, columns, down, across) in enumerate(factors):
        colour = ("one", "two", "three")[index % 3]
        y = middle - rows * unit / 2
        for row in range(rows):
            for column in range(columns):
                corner = (x + column * unit, y + row * unit)
                axes.add_patch(Rectangle(corner, unit, unit, facecolor=PALETTE["fill"],
                                         edgecolor=PALETTE[colour], linewidth=1.1))  # fmt: skip
        write(axes, (x + columns * unit / 2, y + rows * unit + 32), name, colour, "center", 16)
        write(axes, (x + columns * unit / 2, y + rows * unit + 11), across, "quiet", "center", 13)
        write(axes, (x - 6, middle), down, "quiet", "right", 13)
        x += columns * unit
        if index < len(signs):
            write(axes, (x + gap / 2 - 16, middle), signs[index], "ink", "center", 15)
            x += gap
    return figure


def batch_paths(parts: Sequence[float]) -> Figure:
    r"""Draw a batch as paths through one W, and what each example contributes to one gradient.

    Parameters
    ----------
    parts : sequence of float
        Example i's contribution to the gradient of one weight, 1/N included.
    """
    step, radius = 62.0, 22.0
    height = step * len(parts) + 100
    figure, axes = canvas(470, height)
    left, box, right, end = 42.0, (136.0, 196.0), 330.0, 436.0
    middle = 72 + step * (len(parts) - 1) / 2 + 14
    axes.add_patch(Rectangle((box[0], 56), box[1] - box[0], step * len(parts),
                             facecolor=PALETTE["fill"], edgecolor=PALETTE["ink"]))  # fmt: skip
    write(axes, (sum(box) / 2, middle), "$W$", "ink", "center", 18)
    circle(axes, (end, middle), "ℒ", 24)
    for i, part in enumerate(parts, 1):
        y = 86 + step * (len(parts) - i)
        circle(axes, (left, y), f"$a^{{({i})}}$", radius)
        circle(axes, (right, y), f"$z^{{({i})}}$", radius)
        arrow(axes, (left + radius, y), (box[0], y), "forward")
        arrow(axes, (box[1], y + 7), (right - radius, y + 7), "forward")
        arrow(axes, (right - radius, y - 7), (box[1], y - 7), "backward")
        value = f"{part:+.3f}".replace("-", "−")
        write(axes, ((box[1] + right - radius) / 2, y - 20), value, "backward", "center", 13)
        way = (end - right, middle - y)
        length = (way[0] ** 2 + way[1] ** 2) ** 0.5
        ux, uy = way[0] / length, way[1] / length
        arrow(axes, (right + radius * ux, y + radius * uy), (end - 24 * ux, middle - 24 * uy),
              "forward")  # fmt: skip
    write(axes, (end, middle + 40), "mean", "quiet", "center", 13)
    total = f"{sum(parts):+.3f}".replace("-", "−")
    write(axes, (sum(box) / 2, 30), rf"$\partial$ℒ$/\partial W_{{12}}$ = sum of the five = {total}",
          "backward", "center")  # fmt: skip
    return figure


def two_modes() -> Figure:
    """Draw forward mode from one input above, reverse mode from one output below."""
    figure, axes = canvas(430, 400)
    for low, way, words in (
        (215.0, "forward", "forward mode: one input, all that it moves"),
        (10.0, "backward", "reverse mode: one output, all that move it"),
    ):
        inputs: list[Point] = [(60.0, low + 25 + 58 * row) for row in range(3)]
        between: list[Point] = [(210.0, low + 54 + 58 * row) for row in range(2)]
        end: Point = (360.0, low + 83)
        edges = [(one, two) for one in inputs for two in between] + [(two, end) for two in between]
        for one, two in edges:
            reached = one in (inputs[2], *between)
            if way == "forward" and reached:
                link(axes, one, two, 17, way=way)
            elif way == "backward":
                link(axes, two, one, 17, way=way)
            else:
                axes.plot(*zip(one, two, strict=True), color=PALETTE["quiet"], lw=0.7, zorder=0)
        start = inputs[2] if way == "forward" else end
        for place in [*inputs, *between, end]:
            colour = PALETTE[way] if place == start else PALETTE["fill"]
            axes.add_patch(Circle(place, 17, facecolor=colour, edgecolor=PALETTE["ink"]))
        write(axes, (215, low + 172), words, way, "center", 13)
    return figure


def error_curve(f: Callable[[Any], Any], w: float, exact: float) -> Figure:
    """Draw the relative error of three numerical derivatives over the step h, both logarithmic.

    Parameters
    ----------
    f : function of an array of one entry; it must take complex numbers
    w, exact : float
        The place, and the derivative of f there.
    """
    figure, (axes,) = new_axes(width=420, height=280)
    steps = 10.0 ** np.arange(-15, -0.1, 0.5)
    for name, method, look in _METHODS:
        errors = [abs(method(lambda x: f(x)[0], [w], h)[0] - exact) / abs(exact) for h in steps]
        axes.loglog(steps, np.maximum(errors, 1e-17), linewidth=1.4, markersize=4, label=name,
                    **look)  # fmt: skip
    axes.set(xlabel="step $h$", ylabel="relative error", ylim=(3e-18, 3))
    axes.legend(loc="best", fontsize=11, frameon=False, labelcolor=PALETTE["ink"])
    return figure


def tape_drawing() -> Figure:
    """Draw the operations of a forward pass as boxes, and the backward pass along them."""
    figure, (axes,) = new_axes(width=430, height=150)
    words = ("$x W^{\\mathsf{T}}$", "$+\\,b$", "tanh", "layer 2", "loss")
    for i, word in enumerate(words):
        box = {"boxstyle": "round,pad=0.45", "facecolor": "none", "edgecolor": PALETTE["ink"]}
        axes.text(2 * i, 0, word, ha="center", va="center", color=PALETTE["ink"], fontsize=11,
                  bbox=box)  # fmt: skip
        if i:
            start = 2 * i - 2
            axes.add_patch(FancyArrowPatch((start + 0.65, 0), (start + 1.35, 0), shrinkA=0,
                                           shrinkB=0, arrowstyle="-|>", mutation_scale=12,
                                           linewidth=1.6, color=PALETTE["forward"]))  # fmt: skip
            axes.add_patch(FancyArrowPatch((start + 1.9, -0.75), (start + 0.1, -0.75), shrinkA=0,
                                           shrinkB=0, arrowstyle="-|>", mutation_scale=12,
                                           linewidth=1.6, linestyle="--",
                                           color=PALETTE["backward"]))  # fmt: skip
    axes.text(4, 0.8, "forward, recorded", ha="center", color=PALETTE["forward"], fontsize=11)
    axes.text(4, -1.35, "backward, read in reverse", ha="center", color=PALETTE["backward"],
              fontsize=11)  # fmt: skip
    axes.set(xlim=(-0.9, 8.9), ylim=(-1.6, 1.2))
    axes.axis("off")
    return figure


def _column(
    rows: Sequence[str],
    forward: Sequence[str],
    backward: Sequence[str],
    gradients: dict[int, tuple[str, str, str]],
) -> Figure:
    """Both passes as a column: forward down on the left, backward up on the right.

    `gradients` maps a row to its weights' gradient, its biases' and its error.
    """
    figure, axes = canvas(425, 90 + 130 * (len(rows) - 1))
    step, top, middle = 130.0, 40.0 + 130 * (len(rows) - 1), 182.0
    at = [(middle, top - step * row) for row in range(len(rows))]
    for name, place in zip(rows, at, strict=True):
        circle(axes, place, name, radius=25)
    for index, (words, back) in enumerate(zip(forward, backward, strict=True)):
        (x, y), (_, below) = at[index], at[index + 1]
        arrow(axes, (x - 11, y - 25), (x - 11, below + 25), "forward")
        write(axes, (x - 22, (y + below) / 2), words, "forward", "right")
        if index:
            arrow(axes, (x + 11, below + 25), (x + 11, y - 25), "backward")
        write(axes, (x + 24, (y + below) / 2), back, "backward" if index else "quiet", "left")
    write(axes, (middle + 38, at[-1][1]), r"$\partial$ℒ$/\partial$ℒ $= 1$", "backward", "left")
    for row, (weights, biases, error) in gradients.items():
        x, y = at[row]
        arrow(axes, (x + 27, y), (x + 78, y), "backward")
        write(axes, (x + 50, y + 16), error, "backward", "center")
        write(axes, (x + 88, y + 13), weights, "backward", "left")
        write(axes, (x + 88, y - 15), biases, "backward", "left")
    return figure
