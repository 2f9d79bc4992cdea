"""Figures of chapter 12: what a training run leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_lib.plots import PALETTE
from course_lib.plots_foundations import _curves, _words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curves"]


def curves(loss: Sequence[float], held_out: Sequence[float]) -> Figure:
    """Draw the training loss (solid) and the held-out loss (dashed) over the epochs.

    Parameters
    ----------
    loss, held_out : sequences of float, one entry per epoch

    >>> figure = curves([1.0, 0.5], [1.1, 0.7])
    >>> [len(line.get_xdata()) for line in figure.axes[0].lines]
    [2, 2]
    """
    figure, (axes,) = _curves()
    epochs = range(1, len(loss) + 1)
    axes.plot(epochs, loss, color=PALETTE["forward"], linewidth=2)
    axes.plot(epochs, held_out, color=PALETTE["backward"], linewidth=2, linestyle=(0, (4, 3)))
    top = max(*loss, *held_out)
    axes.set(xlabel="epoch", ylabel="loss", ylim=(0, 1.05 * top))
    last = len(loss)
    _words(axes, (last, held_out[-1] + 0.07 * top), "held out", "backward", "right")
    _words(axes, (last, loss[-1] + 0.04 * top), "training", "forward", "right")
    return figure
