"""Figures of chapters 0 to 4: derivatives, one neuron, the forward pass, the loss.

The forward pass is solid; a derivative, or what a solid curve is compared with, is dashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from course_lib.figures.backward import shapes
from course_lib.figures.style import (
    DASHES,
    PALETTE,
    arrow,
    beside,
    box,
    canvas,
    circle,
    link,
    new_axes,
    note,
    title,
    write,
)

SPRING = (np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 7.0]))


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
    axes.plot(x, 0.6 + 0.15 * x + 0.25 * x**2, color=PALETTE["forward"], linewidth=2)
    at, height, run, rate = 1.5, 1.3875, 1.6, 0.9
    axes.plot(x, height + rate * (x - at), color=PALETTE["backward"], dashes=(4, 3))
    end = (at + run, height + rate * run)
    axes.plot([at, end[0], end[0]], [height, height, end[1]], color=PALETTE["ink"])
    axes.plot(at, height, "o", color=PALETTE["ink"])
    note(axes, (at + run / 2, height - 0.28), "run")
    note(axes, (end[0] + 0.12, (height + end[1]) / 2), "rise", side="left")
    axes.set(xticks=[], yticks=[], xlabel="$x$", ylabel="$f(x)$", ylim=(0, 5.2))
    return figure


def matrix_product() -> Figure:
    """Draw the product of chapter 0: (5, 4) times (4, 3) is (5, 3)."""
    return shapes(
        [("A", 5, 4, "5", "4"), ("B", 4, 3, "4", "3"), ("A B", 5, 3, "5", "3")], unit=20.0
    )


def downhill() -> Figure:
    """Draw the loss of one weight, its tangent at 0.5, and one step of gradient descent."""
    figure, (axes,) = new_axes()
    grid = np.linspace(-0.2, 4.3, 200)
    axes.plot(grid, spring_loss(grid), color=PALETTE["forward"], linewidth=2)
    w, rate = 0.5, spring_derivative(0.5)
    near = np.array([w - 0.55, w + 0.75])
    axes.plot(near, spring_loss(w) + rate * (near - w), color=PALETTE["backward"], dashes=(4, 3))
    after = w - 0.05 * rate
    for place, name in ((w, "you are here"), (after, "after one step")):
        axes.plot(place, spring_loss(place), "o", color=PALETTE["ink"])
        note(axes, (place + 0.12, spring_loss(place) + 0.5), name, side="left")
    arrow(axes, (w, -1.4), (after, -1.4), "ink", linewidth=1.5, mutation_scale=13)
    note(axes, ((w + after) / 2, -2.6), "step")
    axes.set(xlabel="weight $w$", ylabel="loss ℒ", ylim=(-3.6, 24))
    return figure


def learning_rates() -> Figure:
    """Draw gradient descent of one weight on `spring_loss`, one panel per learning rate."""
    figure, panels = new_axes(rows=2, columns=2, height=400)
    grid = np.linspace(-0.4, 4.6, 200)
    for axes, rate in zip(panels, (0.02, 0.107, 0.2, 0.222), strict=True):
        axes.plot(grid, spring_loss(grid), color=PALETTE["forward"], linewidth=1.5)
        walk = [0.5]
        for _ in range(6):
            walk.append(walk[-1] - rate * spring_derivative(walk[-1]))
        losses = spring_loss(np.array(walk))
        axes.plot(walk, losses, "o-", color=PALETTE["one"], linewidth=1, markersize=4)
        axes.plot(walk[0], losses[0], "o", color=PALETTE["ink"], markersize=6)
        title(axes, f"η = {rate:g}")
        axes.set(xlim=(-0.4, 4.6), ylim=(0, 31), xticks=[0, 2, 4], yticks=[0, 15, 30])
    for axes in panels[2:]:
        axes.set_xlabel("weight $w$")
    for axes in panels[::2]:
        axes.set_ylabel("loss ℒ")
    return figure


def neuron() -> Figure:
    """Draw one neuron: four weighted features and a bias, their sum, the activation function."""
    figure, axes = canvas(430, 238)
    body = (215.0, 119.0)
    for k in range(1, 5):
        place = (40.0, 264 - 58.0 * k)
        circle(axes, place, f"$x_{k}$", 21)
        link(axes, place, body, (21, 32))
        write(axes, beside(place, body, 0.42, 11), f"$w_{k}$", "forward")
    circle(axes, body, r"$\Sigma$", 32)
    arrow(axes, (215, 29), (215, 86), "forward")
    write(axes, (229, 51), "$b$", "forward", "left")
    arrow(axes, (248, 119), (305, 119), "forward")
    write(axes, (274, 133), "$z$", "ink", size=15)
    box(axes, (306, 92), 54, 54)
    t = np.linspace(-1, 1, 60)
    axes.plot(333 + 22 * t, 119 + 18 * np.tanh(3 * t), color=PALETTE["forward"], linewidth=2)
    write(axes, (333, 159), "$g$", "ink", size=15)
    arrow(axes, (361, 119), (408, 119), "forward")
    write(axes, (419, 119), "$a$", "ink", size=15)
    return figure


def decision_lines() -> Figure:
    """Draw where the neurons AND and OR, both with weights (1, 1), change their minds."""
    figure, panels = new_axes(columns=2, width=400, height=235)
    for axes, name, bias in zip(panels, ("AND", "OR"), (-1.5, -0.5), strict=True):
        x = np.array([-0.6, 1.9])
        axes.fill_between(x, -bias - x, 3, color=PALETTE["fill"])
        axes.plot(x, -bias - x, color=PALETTE["forward"], linewidth=2)
        for corner in product((0, 1), (0, 1)):
            face = PALETTE["ink"] if sum(corner) + bias >= 0 else "none"
            axes.plot(*corner, "o", color=PALETTE["ink"], markersize=9, markerfacecolor=face)
        foot = (0.3 - bias / 2, -0.3 - bias / 2)
        axes.annotate("", (foot[0] + 0.4, foot[1] + 0.4), foot, arrowprops={
            "arrowstyle": "-|>", "color": PALETTE["ink"], "linewidth": 1.8})  # fmt: skip
        note(axes, (foot[0] + 0.4, foot[1] + 0.2), "$w$", side="left")
        title(axes, f"{name}: $b = {bias}$")
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
        axes.plot(z, curve, color=PALETTE["forward"], linewidth=2)
        axes.plot(z, rate, color=PALETTE["backward"], dashes=(4, 3), linewidth=1.8)
        title(axes, name, 13)
        axes.set(ylim=(-1.15, 1.6), xticks=[-4, 0, 4], yticks=[-1, 0, 1], xlabel="$z$")
    return figure


def network() -> Figure:
    """Draw the network 4-2-3, one column of neurons per layer, arrows to the right only."""
    figure, axes = canvas(430, 304)
    layers = (("input layer", "x", 4), ("hidden layer", "a", 2), ("output layer", "z", 3))
    columns = [
        [(65 + 150.0 * layer, 133 + 33 * size - 66.0 * row) for row in range(size)]
        for layer, (_, _, size) in enumerate(layers)
    ]
    for left, right in pairwise(columns):
        for start, end in product(left, right):
            link(axes, start, end, 23)
    for column, (name, symbol, _) in zip(columns, layers, strict=True):
        for row, place in enumerate(column, 1):
            circle(axes, place, f"${symbol}_{row}$", 23)
        write(axes, (column[0][0], 13), name, "quiet", size=13)
    return figure


def cache() -> Figure:
    """Draw the forward pass of the worked network for a batch, and what is put on the shelf."""
    figure, axes = canvas(430, 330)
    box(axes, (262, 30), 150, 280, "quiet", facecolor="none", linestyle=DASHES)
    write(axes, (337, 16), "kept for the backward pass", "quiet", size=11)
    for row, (name, shape, kept, move) in enumerate((
        ("$X$", "(5, 4)", True, r"$W^{[1]},\ b^{[1]}$"),
        ("$Z^{[1]}$", "(5, 2)", False, "tanh"),
        ("$A^{[1]}$", "(5, 2)", True, r"$W^{[2]},\ b^{[2]}$"),
        ("$Z^{[2]}$", "(5, 3)", False, ""),
    )):  # fmt: skip
        y = 284.0 - 82 * row
        box(axes, (40, y - 21), 112, 42)
        write(axes, (72, y), name, "ink")
        write(axes, (118, y), shape, "quiet", size=12)
        if move:
            arrow(axes, (96, y - 21), (96, y - 61), "forward")
            write(axes, (106, y - 41), move, "forward", "left", 13)
        if kept:
            arrow(axes, (153, y), (290, y), "forward")
            box(axes, (291, y - 19), 92, 38, "forward", linewidth=1.6)
            write(axes, (337, y), name, "forward")
    return figure


def surprise() -> Figure:
    """Draw −ln p (solid) and (1 − p)² (dashed), the loss where the right class got p."""
    figure, (axes,) = new_axes()
    p = np.concatenate([np.geomspace(0.008, 0.1, 60), np.linspace(0.1, 1, 120)])
    axes.plot(p, -np.log(p), color=PALETTE["one"], linewidth=2)
    axes.plot(p, (1 - p) ** 2, color=PALETTE["two"], dashes=(4, 3), linewidth=1.8)
    note(axes, (0.16, 2.4), "$-\\ln\\,p_y$", "one", "left")
    note(axes, (0.03, 0.3), "$(1-p_y)^2$", "two", "left")
    axes.set(xlabel="probability $p_y$ of the right class", ylabel="loss")
    axes.set(xlim=(0, 1.02), ylim=(-0.1, 5))
    return figure


def softmax_bars(z: Sequence[float], label: int) -> Figure:
    """Draw logits, their exponentials and their softmax as bars, that of the right class filled.

    Parameters
    ----------
    z : sequence of float
        One logit per class.
    label : int
        The right class, counted from 0.
    """
    powers = np.exp(z)
    figure, panels = new_axes(columns=3, width=430, height=210)
    steps = (
        ("logits $z_j$", np.asarray(z)),
        ("$e^{z_j}$", powers),
        ("softmax $p_j$", powers / powers.sum()),
    )
    names = [str(j + 1) for j in range(len(powers))]
    for axes, (name, values) in zip(panels, steps, strict=True):
        bars = axes.bar(names, values, edgecolor=PALETTE["forward"], linewidth=1.6)
        room = 0.12 * (max(values.max(), 0) - min(values.min(), 0))
        for j, (bar, value) in enumerate(zip(bars, values, strict=True)):
            bar.set_facecolor(PALETTE["forward"] if j == label else PALETTE["fill"])
            at = (j, value + (room if value >= 0 else -room))
            note(axes, at, f"{value:.2f}".replace("-", "−"))
        axes.axhline(0, color=PALETTE["quiet"], linewidth=0.6)
        title(axes, name, 13)
        axes.set(yticks=[], xlabel="class")
        axes.margins(y=0.2)
        axes.spines["left"].set_visible(False)
    return figure


def learning_with(loss: str, z: float, rate: float, steps: int) -> np.ndarray:
    """Return p = σ(z) before every step of gradient descent on z itself, the target being 1.

    The loss is "cross-entropy" or "squared error", with the derivatives of
    eq-sigmoid-cross-entropy and eq-sigmoid-squares; `rate` is the learning rate.

    >>> learning_with("cross-entropy", 0.0, 1.0, 2).round(3)
    array([0.5  , 0.622])
    """
    history = []
    for _ in range(steps):
        p = 1 / (1 + np.exp(-z))
        history.append(p)
        z -= rate * (p - 1 if loss == "cross-entropy" else 2 * (p - 1) * p * (1 - p))
    return np.array(history)


def learning_curves(z: float, rate: float, steps: int) -> Figure:
    """Draw how p approaches the target 1 with either loss, from the same start."""
    figure, (axes,) = new_axes()
    cross_entropy = learning_with("cross-entropy", z, rate, steps)
    squares = learning_with("squared error", z, rate, steps)
    axes.plot(cross_entropy, color=PALETTE["one"], linewidth=2)
    axes.plot(squares, color=PALETTE["two"], dashes=(4, 3), linewidth=1.8)
    note(axes, (0.06 * steps, 0.97), "cross-entropy", "one", "left")
    note(axes, (0.35 * steps, 0.12), "squared error", "two", "left")
    axes.set(xlabel="step", ylabel="$p$ (the target is 1)", ylim=(0, 1.04), xlim=(0, steps))
    return figure
