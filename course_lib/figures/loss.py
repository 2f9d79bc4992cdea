"""Figures of chapter 4: softmax as bars, and learning with two losses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from course_lib.figures.style import PALETTE, new_axes, note

__all__ = ["learning_curves", "learning_with", "softmax_bars"]


def softmax_bars(z: Sequence[float], label: int) -> Figure:
    """Draw logits, their exponentials and their softmax as bars, one colour throughout.

    Parameters
    ----------
    z : sequence of float
        One logit per class.
    label : int
        The right class, counted from 0: its bar is filled.
    """
    powers = np.exp(z)
    figure, panels = new_axes(columns=3, width=430, height=210)
    steps = (
        ("logits $z_j$", np.asarray(z)),
        ("$e^{z_j}$", powers),
        ("softmax $p_j$", powers / powers.sum()),
    )
    names = [str(j + 1) for j in range(len(powers))]
    for axes, (title, values) in zip(panels, steps, strict=True):
        bars = axes.bar(names, values, edgecolor=PALETTE["forward"], linewidth=1.6)
        room = 0.12 * (max(values.max(), 0) - min(values.min(), 0))
        for j, (bar, value) in enumerate(zip(bars, values, strict=True)):
            bar.set_facecolor(PALETTE["forward"] if j == label else PALETTE["fill"])
            at = (j, value + (room if value >= 0 else -room))
            note(axes, at, f"{value:.2f}".replace("-", "−"))
        axes.axhline(0, color=PALETTE["quiet"], linewidth=0.6)
        axes.set_title(title, fontsize=13, color=PALETTE["ink"])
        axes.set(yticks=[], xlabel="class")
        axes.margins(y=0.2)
        axes.spines["left"].set_visible(False)
    return figure


def learning_with(loss: str, z: float, rate: float, steps: int) -> np.ndarray:
    """Return p = σ(z) before every step of gradient descent on z itself, the target being 1.

    The derivatives are those of eq-sigmoid-cross-entropy and eq-sigmoid-squares.

    Parameters
    ----------
    loss : {"cross-entropy", "squared error"}
    z : float
        Where z starts.
    rate : float
        The learning rate.
    steps : int

    Examples
    --------
    >>> learning_with("cross-entropy", 0.0, 1.0, 2).round(3)
    array([0.5  , 0.622])
    """
    found = []
    for _ in range(steps):
        p = 1 / (1 + np.exp(-z))
        found.append(p)
        z -= rate * (p - 1 if loss == "cross-entropy" else 2 * (p - 1) * p * (1 - p))
    return np.array(found)


def learning_curves(z: float, rate: float, steps: int) -> Figure:
    """Draw how p approaches the target 1 with either loss, from the same start."""
    figure, (axes,) = new_axes()
    cross_entropy = learning_with("cross-entropy", z, rate, steps)
    squares = learning_with("squared error", z, rate, steps)
    axes.plot(cross_entropy, color=PALETTE["one"], linewidth=2)
    axes.plot(squares, color=PALETTE["two"], dashes=(4, 3), linewidth=1.8)
    note(axes, (0.06 * steps, 0.97), "cross-entropy", colour="one", side="left")
    note(axes, (0.35 * steps, 0.12), "squared error", colour="two", side="left")
    axes.set(xlabel="step", ylabel="$p$ (the target is 1)", ylim=(0, 1.04), xlim=(0, steps))
    return figure
