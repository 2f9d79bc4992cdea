"""Figures of chapters 0 to 4 and of the map: derivatives, one neuron, the forward pass, the loss.

The forward pass is solid; a derivative, or what a solid curve is compared with, is dashed.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from course_lib.figures.backward import shapes
from course_lib.figures.style import (
    DASHES,
    PALETTE,
    Point,
    arrow,
    canvas,
    circle,
    link,
    new_axes,
    note,
    write,
)

if TYPE_CHECKING:
    pass

__all__ = [
    "activations",
    "cache",
    "course_map",
    "decision_lines",
    "downhill",
    "learning_rates",
    "matrix_product",
    "network",
    "neuron",
    "slope",
    "surprise",
]

SPRING = (np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 7.0]))

PARTS = (
    ("Forward", range(0, 5), "forward"),
    ("Backward", range(5, 11), "backward"),
    ("Update", range(11, 14), "update"),
    ("Beyond", range(14, 15), "quiet"),
)


def spring_loss(w: Any) -> Any:
    """Return the loss of the weight `w` on `SPRING` (eq-loss-one-weight), for each entry of `w`.

    >>> round(float(spring_loss(0.5)), 4)
    12.1667
    """
    x, y = SPRING
    return ((np.multiply.outer(w, x) - y) ** 2).mean(axis=-1)


def spring_derivative(w: float) -> float:
    """Return the derivative of `spring_loss` at `w` (eq-slope-one-weight).

    >>> round(spring_derivative(0.5), 4)
    -14.6667
    """
    x, y = SPRING
    return float((2.0 * (w * x - y) * x).mean())


def slope() -> Figure:
    """Draw a curve, a point on it, and the touching line with its rise and run."""
    figure, (axes,) = new_axes()
    x = np.linspace(0.0, 4.0, 100)
    axes.plot(x, _hill(x), color=PALETTE["forward"], linewidth=2)
    at, run = 1.5, 1.6
    rate = 0.15 + 0.5 * at
    axes.plot(x, _hill(at) + rate * (x - at), color=PALETTE["backward"], dashes=(4, 3))
    end = (at + run, _hill(at) + rate * run)
    axes.plot([at, end[0], end[0]], [_hill(at), _hill(at), end[1]], color=PALETTE["ink"])
    axes.plot(at, _hill(at), "o", color=PALETTE["ink"])
    note(axes, (at + run / 2, _hill(at) - 0.28), "run")
    note(axes, (end[0] + 0.12, (_hill(at) + end[1]) / 2), "rise", side="left")
    axes.set(xticks=[], yticks=[], xlabel="$x$", ylabel="$f(x)$", ylim=(0, 5.2))
    return figure


def matrix_product() -> Figure:
    """Draw the product of chapter 0: (5, 4) times (4, 3) is (5, 3)."""
    return shapes(
        [("A", 5, 4, "5", "4"), ("B", 4, 3, "4", "3"), ("A B", 5, 3, "5", "3")], unit=20.0
    )


def downhill(w: float = 0.5, learning_rate: float = 0.05) -> Figure:
    """Draw the loss of one weight, its tangent at `w`, and one step of gradient descent."""
    figure, (axes,) = new_axes()
    grid = np.linspace(-0.2, 4.3, 200)
    axes.plot(grid, spring_loss(grid), color=PALETTE["forward"], linewidth=2)
    rate = spring_derivative(w)
    near = np.array([w - 0.55, w + 0.75])
    axes.plot(near, spring_loss(w) + rate * (near - w), color=PALETTE["backward"], dashes=(4, 3))
    after = w - learning_rate * rate
    for place, name in ((w, "you are here"), (after, "after one step")):
        axes.plot(place, spring_loss(place), "o", color=PALETTE["ink"])
        note(axes, (place + 0.12, spring_loss(place) + 0.5), name, side="left")
    axes.add_patch(FancyArrowPatch((w, -1.4), (after, -1.4), shrinkA=0, shrinkB=0, linewidth=1.5,
                                   arrowstyle="-|>", mutation_scale=13,
                                   color=PALETTE["ink"]))  # fmt: skip
    note(axes, ((w + after) / 2, -2.6), "step")
    axes.set(xlabel="weight $w$", ylabel="loss ℒ", ylim=(-3.6, 24))
    return figure


def learning_rates(
    rates: tuple[float, ...] = (0.02, 0.107, 0.2, 0.222), start: float = 0.5, steps: int = 6
) -> Figure:
    """Draw gradient descent of one weight on `spring_loss`, one panel per learning rate."""
    figure, panels = new_axes(rows=2, columns=2, height=400)
    grid = np.linspace(-0.4, 4.6, 200)
    for axes, rate in zip(panels, rates, strict=True):
        axes.plot(grid, spring_loss(grid), color=PALETTE["forward"], linewidth=1.5)
        walk = [start]
        for _ in range(steps):
            walk.append(walk[-1] - rate * spring_derivative(walk[-1]))
        axes.plot(walk, spring_loss(np.array(walk)), "o-", color=PALETTE["one"],
                  linewidth=1, markersize=4)  # fmt: skip
        axes.plot(start, spring_loss(start), "o", color=PALETTE["ink"], markersize=6)
        axes.set_title(f"η = {rate:g}", fontsize=12)
        axes.title.set_color(PALETTE["ink"])
        axes.set(xlim=(-0.4, 4.6), ylim=(0, 31), xticks=[0, 2, 4], yticks=[0, 15, 30])
    for axes in panels[2:]:
        axes.set_xlabel("weight $w$")
    for axes in panels[::2]:
        axes.set_ylabel("loss ℒ")
    return figure


def neuron(n: int = 4) -> Figure:
    """Draw one neuron: `n` weighted features and a bias, their sum, the activation function."""
    figure, axes = canvas(430, 58.0 * n + 6)
    middle = 29.0 * n + 3
    features = [(40.0, middle + 58.0 * ((n - 1) / 2 - k)) for k in range(n)]
    body = (215.0, middle)
    for k, place in enumerate(features, 1):
        circle(axes, place, f"$x_{k}$", 21)
        link(axes, place, body, (21, 32))
        write(axes, _on(place, body, 0.42, 11), f"$w_{k}$", "forward", "center")
    circle(axes, body, r"$\Sigma$", 32)
    arrow(axes, (215, middle - 90), (215, middle - 33), "forward")
    write(axes, (229, middle - 68), "$b$", "forward", "left")
    arrow(axes, (248, middle), (305, middle), "forward")
    write(axes, (274, middle + 14), "$z$", "ink", "center", 15)
    axes.add_patch(Rectangle((306, middle - 27), 54, 54, facecolor=PALETTE["fill"],
                             edgecolor=PALETTE["ink"]))  # fmt: skip
    t = np.linspace(-1, 1, 60)
    axes.plot(333 + 22 * t, middle + 18 * np.tanh(3 * t), color=PALETTE["forward"], linewidth=2)
    write(axes, (333, middle + 40), "$g$", "ink", "center", 15)
    arrow(axes, (361, middle), (408, middle), "forward")
    write(axes, (419, middle), "$a$", "ink", "center", 15)
    return figure


def decision_lines() -> Figure:
    """Draw where the neurons AND and OR, both with weights (1, 1), change their minds."""
    figure, panels = new_axes(columns=2, width=400, height=235)
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    for axes, name, bias in zip(panels, ("AND", "OR"), (-1.5, -0.5), strict=True):
        x = np.array([-0.6, 1.9])
        axes.fill_between(x, -bias - x, 3, color=PALETTE["fill"])
        axes.plot(x, -bias - x, color=PALETTE["forward"], linewidth=2)
        yes = corners.sum(axis=1) + bias >= 0
        for corner, one in zip(corners, yes, strict=True):
            axes.plot(*corner, "o", color=PALETTE["ink"], markersize=9,
                      markerfacecolor=PALETTE["ink"] if one else "none")  # fmt: skip
        foot = (0.3 - bias / 2, -0.3 - bias / 2)
        axes.annotate("", (foot[0] + 0.4, foot[1] + 0.4), foot, arrowprops={
            "arrowstyle": "-|>", "color": PALETTE["ink"], "linewidth": 1.8})  # fmt: skip
        note(axes, (foot[0] + 0.4, foot[1] + 0.2), "$w$", colour="ink", side="left")
        axes.set_title(f"{name}: $b = {bias}$", fontsize=12)
        axes.title.set_color(PALETTE["ink"])
        axes.set(xlim=(-0.5, 1.7), ylim=(-0.5, 1.7), xticks=[0, 1], yticks=[0, 1], aspect="equal")
        axes.set_xlabel("$x_1$")
    panels[0].set_ylabel("$x_2$")
    return figure


def activations() -> Figure:
    """Draw sigmoid, tanh and ReLU, each with its derivative (dashed)."""
    z = np.linspace(-5.0, 5.0, 201)
    sigmoid, tanh = 1 / (1 + np.exp(-z)), np.tanh(z)
    curves = (
        ("sigmoid", sigmoid, sigmoid * (1 - sigmoid)),
        ("tanh", tanh, 1 - tanh**2),
        ("ReLU", np.maximum(z, 0), np.where(z > 0, 1.0, np.where(z < 0, 0.0, np.nan))),
    )
    figure, panels = new_axes(columns=3, width=430, height=200)
    for axes, (name, curve, rate) in zip(panels, curves, strict=True):
        axes.axhline(0, color=PALETTE["quiet"], linewidth=0.6)
        axes.plot(z, curve, color=PALETTE["forward"], linewidth=2, label="g(z)")
        axes.plot(z, rate, color=PALETTE["backward"], dashes=(4, 3), linewidth=1.8, label="slope")
        axes.set_title(name, fontsize=13)
        axes.title.set_color(PALETTE["ink"])
        axes.set(ylim=(-1.15, 1.6), xticks=[-4, 0, 4], yticks=[-1, 0, 1], xlabel="$z$")
    return figure


def network(sizes: tuple[int, ...] = (4, 2, 3)) -> Figure:
    """Draw a feed-forward network, one column of neurons per layer, arrows to the right only."""
    names = ["input layer", *["hidden layer"] * (len(sizes) - 2), "output layer"]
    marks = ["$x_{}$", *["$a_{}$"] * (len(sizes) - 2), "$z_{}$"]
    step, radius = 66.0, 23.0
    height = step * max(sizes) + 40
    figure, axes = canvas(150.0 * (len(sizes) - 1) + 130, height)
    columns = [
        [(65 + 150.0 * layer, (height + 28) / 2 + step * ((size - 1) / 2 - row))
         for row in range(size)]
        for layer, size in enumerate(sizes)
    ]  # fmt: skip
    for left, right in pairwise(columns):
        for start in left:
            for end in right:
                link(axes, start, end, radius)
    for column, name, mark in zip(columns, names, marks, strict=True):
        for row, place in enumerate(column, 1):
            circle(axes, place, mark.format(row), radius)
        write(axes, (column[0][0], 13), name, "quiet", "center", 13)
    return figure


def cache() -> Figure:
    """Draw the forward pass of the worked network for a batch, and what is put on the shelf."""
    figure, axes = canvas(430, 330)
    rows = [("$X$", "(5, 4)", True), ("$Z^{[1]}$", "(5, 2)", False), ("$A^{[1]}$", "(5, 2)", True),
            ("$Z^{[2]}$", "(5, 3)", False)]  # fmt: skip
    moves = [r"$W^{[1]},\ b^{[1]}$", "tanh", r"$W^{[2]},\ b^{[2]}$"]
    axes.add_patch(Rectangle((262, 30), 150, 280, facecolor="none", edgecolor=PALETTE["quiet"],
                             linestyle=DASHES))  # fmt: skip
    write(axes, (337, 16), "kept for the backward pass", "quiet", "center", 11)
    for row, (name, shape, kept) in enumerate(rows):
        y = 284.0 - 82 * row
        axes.add_patch(Rectangle((40, y - 21), 112, 42, facecolor=PALETTE["fill"],
                                 edgecolor=PALETTE["ink"]))  # fmt: skip
        write(axes, (72, y), name, "ink", "center", 14)
        write(axes, (118, y), shape, "quiet", "center", 12)
        if row < len(moves):
            arrow(axes, (96, y - 21), (96, y - 61), "forward")
            write(axes, (106, y - 41), moves[row], "forward", "left", 13)
        if kept:
            arrow(axes, (153, y), (290, y), "forward")
            axes.add_patch(Rectangle((291, y - 19), 92, 38, facecolor=PALETTE["fill"],
                                     edgecolor=PALETTE["forward"], linewidth=1.6))  # fmt: skip
            write(axes, (337, y), name, "forward", "center", 14)
    return figure


def surprise() -> Figure:
    """Draw −ln p (solid) and (1 − p)² (dashed), the loss where the right class got p."""
    figure, (axes,) = new_axes()
    p = np.concatenate([np.geomspace(0.008, 0.1, 60), np.linspace(0.1, 1, 120)])
    axes.plot(p, -np.log(p), color=PALETTE["one"], linewidth=2)
    axes.plot(p, (1 - p) ** 2, color=PALETTE["two"], dashes=(4, 3), linewidth=1.8)
    note(axes, (0.16, 2.4), "$-\\ln\\,p_y$", colour="one", side="left")
    note(axes, (0.03, 0.3), "$(1-p_y)^2$", colour="two", side="left")
    axes.set(xlabel="probability $p_y$ of the right class", ylabel="loss", xlim=(0, 1.02),
             ylim=(-0.1, 5))  # fmt: skip
    return figure


def course_map(words: tuple[str, ...]) -> Figure:
    """Draw the chapters as one path down the page, the parts beside it.

    Parameters
    ----------
    words : tuple of str
        One short line per chapter, from chapter 0.

    Raises
    ------
    ValueError
        If there is not one line for each chapter.

    >>> course_map(("before you start", "downhill"))
    Traceback (most recent call last):
    ValueError: 2 lines came; the map has 15 chapters, one line each
    """
    count = PARTS[-1][1][-1] + 1
    if len(words) != count:
        raise ValueError(f"{len(words)} lines came; the map has {count} chapters, one line each")
    step, gap = 36.0, 14.0
    height = step * count + gap * (len(PARTS) - 1) + 16
    figure, axes = canvas(350, height)
    y, places = height - 8 - step / 2, []
    for name, chapters, colour in PARTS:
        top = y + step / 2
        for chapter in chapters:
            places.append((118.0, y))
            write(axes, (142, y), words[chapter], "ink", "left", 14)
            y -= step
        axes.add_patch(Rectangle((4, y + step / 2 + 3), 88, top - y - step / 2 - 6,
                                 facecolor=PALETTE["fill"], edgecolor=PALETTE[colour]))  # fmt: skip
        write(axes, (48, (top + y + step / 2) / 2), name, colour, "center", 14)
        y -= gap
    for start, end in pairwise(places):
        link(axes, start, end, 13)
    for chapter, place in enumerate(places):
        axes.add_patch(Circle(place, 13, facecolor=PALETTE["fill"], edgecolor=PALETTE["ink"]))
        write(axes, place, str(chapter), "ink", "center", 12)
    return figure


def _hill(x: Any) -> Any:
    return 0.6 + 0.15 * x + 0.25 * x**2


def _on(start: Point, end: Point, share: float, aside: float) -> Point:
    """A point beside the line from `start` to `end`."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = float(np.hypot(dx, dy))
    return (
        start[0] + share * dx - aside * dy / length,
        start[1] + share * dy + aside * dx / length,
    )
