"""Figures of the update: the steepest direction, walks over a ravine, a memory's slow start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from course_lib.plots import PALETTE
from course_lib.plots_foundations import _curves, _words

__all__ = ["ravine_walks", "slow_start", "steepest"]

_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": PALETTE["backward"], "dashes": (4, 2), "marker": "o"},
    {"color": PALETTE["forward"], "marker": "s"},
    {"color": PALETTE["third"], "dashes": (1, 1), "marker": "^"},
    {"color": PALETTE["fourth"], "dashes": (6, 2, 1, 2), "marker": "D"},
)


def steepest(gradient: tuple[float, float] = (0.6, 0.8), radius: float = 0.8) -> Figure:
    """Draw all steps of one length from one place, and the one against the gradient.

    Parameters
    ----------
    gradient : tuple of float
        ∇ℒ at the place; the loss is drawn as if it were straight there.
    radius : float
        The length of all steps.
    """
    figure, (axes,) = _curves(width=330, height=320)
    slope = np.array(gradient)
    grid = np.linspace(-1.35, 1.35, 41)
    height = slope[0] * grid + slope[1] * grid[:, None]
    levels = np.linspace(-1.6, 1.6, 9)
    axes.contour(grid, grid, height, levels, colors=PALETTE["quiet"], linewidths=0.8,
                 linestyles="solid")  # fmt: skip
    axes.add_patch(Circle((0, 0), radius, fill=False, edgecolor=PALETTE["ink"], linewidth=1.2))
    unit = slope / np.linalg.norm(slope)
    for way, colour, name in ((1, "backward", "gradient"), (-1, "forward", "step")):
        end = way * radius * unit
        axes.add_patch(FancyArrowPatch((0, 0), tuple(end), shrinkA=0, shrinkB=0, linewidth=2,
                                       arrowstyle="-|>", mutation_scale=15,
                                       linestyle="--" if way == 1 else "-",
                                       color=PALETTE[colour]))  # fmt: skip
        _words(axes, tuple(end + way * 0.2 * unit), name, colour)
    axes.plot(0, 0, "o", color=PALETTE["ink"])
    axes.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), xticks=[], yticks=[], aspect="equal",
             xlabel=r"$\theta_1$", ylabel=r"$\theta_2$")  # fmt: skip
    return figure


def ravine_walks(walks: Mapping[str, Any], curvature: float) -> Figure:
    """Draw walks down ½(w₁² + c w₂²) over its lines of equal loss.

    Parameters
    ----------
    walks : mapping of str to array, shape (steps + 1, 2)
        The places of each walk, by its name.
    curvature : float
        c.
    """
    figure, (axes,) = _curves(width=400, height=270)
    first, second = np.linspace(-3, 1.2, 85), np.linspace(-2, 2, 81)
    height = (first**2 + curvature * second[:, None] ** 2) / 2
    levels = height.max() * np.array([0.004, 0.03, 0.1, 0.25, 0.5, 0.8])
    axes.contour(first, second, height, levels, colors=PALETTE["quiet"], linewidths=0.8)
    for (name, path), look in zip(walks.items(), _LOOKS, strict=False):
        axes.plot(*np.asarray(path).T, linewidth=1.6, markersize=4, label=name, **look)
    axes.plot(0, 0, "+", color=PALETTE["ink"], markersize=11)
    axes.set(xlim=(-3, 1.2), ylim=(-2, 2), xlabel="$w_1$", ylabel="$w_2$")
    _legend(axes)
    return figure


def slow_start(beta: float = 0.9, steps: int = 30) -> Figure:
    """Draw a running mean of a constant 1 that starts at 0, and the same corrected."""
    figure, (axes,) = _curves(width=400, height=230)
    t = np.arange(1, steps + 1)
    axes.plot(t, 1 - beta**t, linewidth=1.6, markersize=4, label="m", **_LOOKS[0])
    axes.plot(t, np.ones(steps), linewidth=1.6, markersize=4, label="m corrected", **_LOOKS[1])
    axes.set(xlabel="step $t$", ylim=(0, 1.15), yticks=[0, 0.5, 1])
    _legend(axes)
    return figure


def _legend(axes: Any) -> None:
    legend = axes.legend(loc="best", fontsize=11, framealpha=0.0, edgecolor="none")
    for text in legend.get_texts():
        text.set_color(PALETTE["ink"])
