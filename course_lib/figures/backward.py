"""Figures of chapters 5 to 10 and 14: the backward pass, its cost, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from course_lib.figures.style import (
    PALETTE,
    Point,
    arrow,
    box,
    canvas,
    circle,
    link,
    new_axes,
    write,
)
from course_lib.gradcheck import central_differences, complex_step, one_sided_differences

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_METHODS: tuple[tuple[str, Callable[..., Any], str, str], ...] = (
    ("one-sided", one_sided_differences, "one", "o"),
    ("central", central_differences, "two", "s"),
    ("complex step", complex_step, "three", "^"),
)


def chain() -> Figure:
    r"""Draw both passes of two one-neuron layers in a chain, every symbol a number."""
    figure, axes = canvas(425, 740)
    at = two_passes(
        axes,
        ["$x$", "$z_1$", "$a_1$", "$z_2$", r"$\hat y$", "ℒ"],
        [r"$w_1 x + b_1$", r"$\sigma(z_1)$", r"$w_2 a_1 + b_2$", r"$\sigma(z_2)$",
         r"$(\hat y - y)^2$"],
        ["not needed: $x$ is given", r"$\cdot\;\sigma$′$(z_1)$", r"$\cdot\; w_2$",
         r"$\cdot\;\sigma$′$(z_2)$", r"$2(\hat y - y)$"],
    )  # fmt: skip
    _gradients(axes, at[1], "w_1", "b_1", r"\delta_1", "x")
    _gradients(axes, at[3], "w_2", "b_2", r"\delta_2", "a_1")
    return figure


def next_neurons(sizes: tuple[int, int, int] = (4, 2, 3)) -> Figure:
    r"""Draw a network in which one hidden neuron's forward paths and returning error are bold."""
    figure, axes = canvas(430, 330)
    places = [
        [(50.0 + 160 * layer, 165 + (count - 1) * 42 - 84.0 * row) for row in range(count)]
        for layer, count in enumerate(sizes)
    ]
    for left, right in pairwise(places):
        for start, end in product(left, right):
            _faint(axes, start, end)
    for name, column in zip("xaz", places, strict=True):
        for number, place in enumerate(column, 1):
            circle(axes, place, f"${name}_{number}$", 22)
    source = places[1][0]
    for j, target in enumerate(places[2], 1):
        link(axes, source, target, 22, 5)
        link(axes, target, source, 22, 5, "backward")
        write(axes, (target[0] + 32, target[1]), rf"$\delta_{j}$", "backward", "left")
    return figure


def fan_out(n: int = 3) -> Figure:
    r"""Draw one activation that feeds `n` next neurons, and the error that returns from each."""
    figure, axes = canvas(400, 110.0 * n)
    source = (55.0, 55.0 * n)
    circle(axes, source, "$a_k$", 27)
    for j in range(1, n + 1):
        target = (325.0, 110.0 * (n - j) + 55)
        circle(axes, target, f"$z_{j}$", 27)
        link(axes, source, target, 27, 6, "forward", f"$W_{{{j}k}}$", 0.7)
        link(axes, target, source, 27, 6, "backward", rf"$W_{{{j}k}}\,\delta_{j}$", 0.42)
        write(axes, (target[0] + 38, target[1]), rf"$\delta_{j}$", "backward", "left")
    write(axes, (source[0] - 4, source[1] - 52), r"$\sum_j W_{jk}\,\delta_j$", "backward")
    return figure


def row_and_column() -> Figure:
    r"""Draw the table W (3, 2) twice: row 2, which is read forward, and column 1, read backward."""
    unit, top = 54.0, 212.0
    figure, axes = canvas(416, 282)
    for x, way, words in ((50.0, "forward", "forward"), (258.0, "backward", "back")):
        for row, column in product((1, 2, 3), (1, 2)):
            chosen = row == 2 if way == "forward" else column == 1
            ink = way if chosen else "quiet"
            left, low = x + (column - 1) * unit, top - row * unit
            look: dict[str, Any] = {
                "linewidth": 2.4 if chosen else 0.8,
                "linestyle": "--" if ink == "backward" else "-",
                "zorder": 2 if chosen else 1,
            }
            if not chosen:
                look["facecolor"] = "none"
            box(axes, (left, low), unit, unit, ink, **look)
            write(axes, (left + unit / 2, low + unit / 2), f"$W_{{{row}{column}}}$", ink)
        write(axes, (x + unit, top + 44), words, way, size=15)
    arrow(axes, (161, 131), (190, 131), "forward")
    write(axes, (194, 131), "$z_2$", "forward", "left")
    arrow(axes, (285, 47), (285, 20), "backward")
    write(axes, (297, 26), r"$\partial$ℒ$/\partial a_1$", "backward", "left")
    return figure


def passes(layers: Sequence[str] = ("g", "softmax")) -> Figure:
    r"""Draw both passes of a two-layer network: forward down (solid), backward up (dashed).

    Every edge carries what happens on it; weights and biases are beside their layer, each
    with the gradient that the backward pass leaves there. `layers` are the names of the hidden
    and the output activation.
    """
    hidden, output = layers
    figure, axes = canvas(425, 610)
    at = two_passes(
        axes,
        ["$x$", "$z^{[1]}$", "$a^{[1]}$", "$z^{[2]}$", "ℒ"],
        [
            r"$W^{[1]} a^{[0]} + b^{[1]}$",
            rf"${hidden}(z^{{[1]}})$",
            r"$W^{[2]} a^{[1]} + b^{[2]}$",
            f"{output}, cross-entropy",
        ],
        [
            r"not needed: $x$ is given",
            r"$\odot\; g$′$(z^{[1]})$",
            r"$W^{[2]T} \delta^{[2]}$",
            r"$\delta^{[2]} = p - y$",
        ],
    )
    _gradients(axes, at[1], "W^{[1]}", "b^{[1]}", r"\delta^{[1]}", "x^T")
    _gradients(axes, at[3], "W^{[2]}", "b^{[2]}", r"\delta^{[2]}", "a^{[1]T}")
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
    width = sum(columns for _, _, columns, _, _ in factors) * unit + gap * len(signs) + 70
    height = max(rows for _, rows, *_ in factors) * unit + 100
    figure, axes = canvas(width, height)
    middle = height / 2 - 4
    x = 40.0
    for index, (name, rows, columns, down, across) in enumerate(factors):
        colour = ("one", "two", "three")[index % 3]
        y = middle - rows * unit / 2
        for row, column in product(range(rows), range(columns)):
            corner = (x + column * unit, y + row * unit)
            box(axes, corner, unit, unit, colour, linewidth=1.1)
        write(axes, (x + columns * unit / 2, y + rows * unit + 32), name, colour, size=16)
        write(axes, (x + columns * unit / 2, y + rows * unit + 11), across, "quiet", size=13)
        write(axes, (x - 6, middle), down, "quiet", "right", 13)
        x += columns * unit
        if index < len(signs):
            write(axes, (x + gap / 2 - 16, middle), signs[index], "ink", size=15)
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
    figure, axes = canvas(470, step * len(parts) + 100)
    left, near, far, right = 42.0, 136.0, 196.0, 330.0
    end = (436.0, 86 + step * (len(parts) - 1) / 2)
    box(axes, (near, 56), far - near, step * len(parts))
    write(axes, ((near + far) / 2, end[1]), "$W$", "ink", size=18)
    circle(axes, end, "ℒ", 24)
    for i, part in enumerate(parts, 1):
        y = 86 + step * (len(parts) - i)
        circle(axes, (left, y), f"$a^{{({i})}}$", radius)
        circle(axes, (right, y), f"$z^{{({i})}}$", radius)
        arrow(axes, (left + radius, y), (near, y), "forward")
        arrow(axes, (far, y + 7), (right - radius, y + 7), "forward")
        arrow(axes, (right - radius, y - 7), (far, y - 7), "backward")
        write(axes, ((far + right - radius) / 2, y - 20), _signed(part), "backward", size=13)
        link(axes, (right, y), end, (radius, 24))
    write(axes, (end[0], end[1] + 40), "mean", "quiet", size=13)
    words = rf"$\partial$ℒ$/\partial W_{{12}}$ = sum of the five = {_signed(sum(parts))}"
    write(axes, ((near + far) / 2, 30), words, "backward")
    return figure


def two_modes() -> Figure:
    """Draw forward mode from one input above, reverse mode from one output below."""
    figure, axes = canvas(430, 400)
    for low, way, words in (
        (215.0, "forward", "forward mode: one input, all that it moves"),
        (10.0, "backward", "reverse mode: one output, all that move it"),
    ):
        inputs = [(60.0, low + 25 + 58 * row) for row in range(3)]
        between = [(210.0, low + 54 + 58 * row) for row in range(2)]
        end = (360.0, low + 83)
        for source, target in [*product(inputs, between), *product(between, [end])]:
            if way == "backward":
                link(axes, target, source, 17, way=way)
            elif source in (inputs[2], *between):
                link(axes, source, target, 17, way=way)
            else:
                _faint(axes, source, target)
        start = inputs[2] if way == "forward" else end
        for place in [*inputs, *between, end]:
            circle(axes, place, "", 17, fill=way if place == start else "fill")
        write(axes, (215, low + 172), words, way, size=13)
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
    for name, method, colour, marker in _METHODS:
        errors = [abs(method(lambda x: f(x)[0], [w], h)[0] - exact) / abs(exact) for h in steps]
        look = {"color": PALETTE[colour], "marker": marker, "linewidth": 1.4, "markersize": 4}
        axes.loglog(steps, np.maximum(errors, 1e-17), label=name, **look)
    axes.set(xlabel="step $h$", ylabel="relative error", ylim=(3e-18, 3))
    axes.legend(loc="best", fontsize=11, frameon=False, labelcolor=PALETTE["ink"])
    return figure


def tape_drawing() -> Figure:
    """Draw the operations of a forward pass as boxes, and the backward pass along them."""
    figure, (axes,) = new_axes(width=430, height=150)
    text: dict[str, Any] = {"ha": "center", "fontsize": 11}
    frame = {"boxstyle": "round,pad=0.45", "facecolor": "none", "edgecolor": PALETTE["ink"]}
    look = {"mutation_scale": 12, "linewidth": 1.6}
    for i, word in enumerate(("$x W^{\\mathsf{T}}$", "$+\\,b$", "tanh", "layer 2", "loss")):
        axes.text(2 * i, 0, word, va="center", color=PALETTE["ink"], bbox=frame, **text)
        if i:
            arrow(axes, (2 * i - 1.35, 0), (2 * i - 0.65, 0), "forward", **look)
            arrow(axes, (2 * i - 0.1, -0.75), (2 * i - 1.9, -0.75), "backward",
                  linestyle="--", **look)  # fmt: skip
    axes.text(4, 0.8, "forward, recorded", color=PALETTE["forward"], **text)
    axes.text(4, -1.35, "backward, read in reverse", color=PALETTE["backward"], **text)
    axes.set(xlim=(-0.9, 8.9), ylim=(-1.6, 1.2))
    axes.axis("off")
    return figure


def two_passes(
    axes: Axes, rows: Sequence[str], forward: Sequence[str], backward: Sequence[str],
    middle: float = 182, step: float = 130, radius: float = 25,
) -> list[Point]:  # fmt: skip
    """Draw a column of `rows`, forward down on the left, backward up on the right.

    The result is where each row is.
    """
    at = [(middle, 40 + step * (len(rows) - 1 - row)) for row in range(len(rows))]
    for name, place in zip(rows, at, strict=True):
        circle(axes, place, name, radius)
    for index, (words, back) in enumerate(zip(forward, backward, strict=True)):
        (x, y), (_, below) = at[index], at[index + 1]
        arrow(axes, (x - 11, y - radius), (x - 11, below + radius), "forward")
        write(axes, (x - 22, (y + below) / 2), words, "forward", "right")
        if index:
            arrow(axes, (x + 11, below + radius), (x + 11, y - radius), "backward")
        write(axes, (x + 24, (y + below) / 2), back, "backward" if index else "quiet", "left")
    end = (middle + radius + 13, at[-1][1])
    write(axes, end, r"$\partial$ℒ$/\partial$ℒ $= 1$", "backward", "left")
    return at


def _gradients(axes: Axes, at: Point, weights: str, biases: str, error: str, entering: str) -> None:
    """Draw what the backward pass leaves beside a layer."""
    x, y = at
    arrow(axes, (x + 27, y), (x + 78, y), "backward")
    write(axes, (x + 50, y + 16), f"${error}$", "backward")
    for words, height in ((f"{weights} = {error} {entering}", 13), (f"{biases} = {error}", -15)):
        text = rf"$\partial$ℒ$/\partial {words}$"
        write(axes, (x + 88, y + height), text, "backward", "left")


def _faint(axes: Axes, start: Point, end: Point) -> None:
    """Draw an edge that is not spoken of."""
    axes.plot(*zip(start, end, strict=True), color=PALETTE["quiet"], lw=0.7, zorder=0)


def _signed(number: float) -> str:
    return f"{number:+.3f}".replace("-", "−")
