"""Figures of the gradient check: the error of a difference over its step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from course_lib.gradcheck import central_differences, complex_step, one_sided_differences
from course_lib.plots import PALETTE
from course_lib.plots_foundations import _curves

__all__ = ["error_curve"]

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
