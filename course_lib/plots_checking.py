"""Figures of the gradient check and of what frameworks record on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from course_lib.gradcheck import central_differences, complex_step, one_sided_differences
from course_lib.plots import PALETTE
from course_lib.plots_foundations import _curves

__all__ = ["error_curve", "tape_drawing"]

_METHODS: tuple[tuple[str, Callable[..., Any], dict[str, Any]], ...] = (
    ("one-sided", one_sided_differences, {"color": PALETTE["third"], "marker": "^"}),
    ("central", central_differences, {"color": PALETTE["forward"], "marker": "s"}),
    ("complex step", complex_step, {"color": PALETTE["backward"], "marker": "o"}),
)


def error_curve(f: Callable[[Any], Any], w: float, slope: float) -> Figure:
    """Draw the relative error of three numerical slopes over the step h, both on powers of ten.

    Parameters
    ----------
    f : function of an array of one entry; it must take complex numbers
    w, slope : float
        The place, and the derivative of f there.
    """
    figure, (axes,) = _curves(width=420, height=280)
    steps = 10.0 ** np.arange(-15, -0.1, 0.5)
    for name, method, look in _METHODS:
        errors = [abs(method(lambda x: f(x)[0], [w], h)[0] - slope) / abs(slope) for h in steps]
        axes.loglog(steps, np.maximum(errors, 1e-17), linewidth=1.4, markersize=4, label=name,
                    **look)  # fmt: skip
    axes.set(xlabel="step $h$", ylabel="relative error", ylim=(3e-18, 3))
    axes.legend(loc="best", fontsize=11, frameon=False, labelcolor=PALETTE["ink"])
    return figure


def tape_drawing() -> Figure:
    """Draw the operations of a forward pass as boxes, and the walk back along them."""
    figure, (axes,) = _curves(width=430, height=150)
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
