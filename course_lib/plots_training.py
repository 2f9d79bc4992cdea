"""Figures of chapter 12: epochs and their batches, the noise of a batch, the curves of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Rectangle

from course_lib.plots import PALETTE, _arrow, _canvas, _label
from course_lib.plots_foundations import DASHES, _curves, _words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["boundaries", "curves", "epochs", "noise"]


def epochs(orders: Sequence[Sequence[int]], batch_size: int) -> Figure:
    """Draw one row per epoch: its order of the examples, cut into batches, an update after each.

    Parameters
    ----------
    orders : sequence of permutations of the examples, counted from 0
    batch_size : int

    >>> figure = epochs([[1, 0, 2], [2, 0, 1]], 2)
    >>> [text.get_text() for text in figure.axes[0].texts if "ℒ" in text.get_text()]
    ['ℒ → θ₁', 'ℒ → θ₂', 'ℒ → θ₃', 'ℒ → θ₄']
    """
    side, gap, row = 36, 20, 104
    batches = -(-len(orders[0]) // batch_size)
    left = 78
    figure, axes = _canvas(left + side * len(orders[0]) + gap * batches, row * len(orders) + 4)
    update = 0
    for number, order in enumerate(orders):
        top = row * (len(orders) - number) - 4
        _label(axes, (4, top - side / 2), f"epoch {number + 1}", "ink", "left", 13)
        x = left
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            for example in batch:
                axes.add_patch(Rectangle((x, top - side), side, side, facecolor=PALETTE["fill"],
                                         edgecolor=PALETTE["forward"], linewidth=1.5))  # fmt: skip
                _label(axes, (x + side / 2, top - side / 2), str(example + 1), "ink", "center", 13)
                x += side
            update += 1
            middle = x - side * len(batch) / 2
            _arrow(axes, (middle, top - side - 4), (middle, top - side - 26), "forward")
            name = "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(update))
            _label(axes, (middle, top - side - 38), f"ℒ → θ{name}", "ink", "center", 13)
            x += gap
    return figure


def noise(sizes: Sequence[int], measured: Sequence[float], formula: Sequence[float]) -> Figure:
    """Draw how far the gradients of batches stray: measured (dots) and by eq-batch-variance (line).

    Parameters
    ----------
    sizes : the numbers of examples in a batch
    measured, formula : mean squared distance to the whole gradient, one for each size

    >>> [len(line.get_xdata()) for line in noise([1, 4], [2.0, 0.5], [2.0, 0.5]).axes[0].lines]
    [2, 2]
    """
    figure, (axes,) = _curves()
    axes.loglog(sizes, formula, color=PALETTE["forward"], linewidth=1.8)
    axes.loglog(sizes, measured, "o", color=PALETTE["backward"], markersize=7)
    axes.minorticks_off()
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set(xlabel="examples in the batch, $n$", ylabel="mean squared distance")
    _words(axes, (sizes[1] * 1.25, formula[1] * 1.25), "formula", "forward", "left")
    _words(axes, (sizes[0] * 1.25, measured[0] * 1.1), "measured", "backward", "left")
    return figure


def curves(loss: Sequence[float], held_out: Sequence[float], best: bool = False) -> Figure:
    """Draw the training loss (solid) and the held-out loss (dashed) over the epochs.

    Parameters
    ----------
    loss, held_out : sequences of float, one entry per epoch
    best : bool, default False
        Mark the epoch whose held-out loss is lowest.

    >>> figure = curves([1.0, 0.5], [1.1, 0.7])
    >>> [len(line.get_xdata()) for line in figure.axes[0].lines]
    [2, 2]
    """
    figure, (axes,) = _curves()
    numbers = range(1, len(loss) + 1)
    axes.plot(numbers, loss, color=PALETTE["forward"], linewidth=2)
    axes.plot(numbers, held_out, color=PALETTE["backward"], linewidth=2, linestyle=DASHES)
    top = max(*loss, *held_out)
    last = len(loss)
    axes.set(xlabel="epoch", ylabel="loss", xlim=(-last / 40, 1.35 * last), ylim=(0, 1.05 * top))
    axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= last])
    _words(axes, (1.03 * last, max(held_out[-1], loss[-1] + 0.09 * top)), "held out", "backward",
           "left")  # fmt: skip
    _words(axes, (1.03 * last, loss[-1]), "training", "forward", "left")
    if best:
        epoch = int(np.argmin(held_out))
        axes.plot([epoch + 1] * 2, [0, held_out[epoch]], color=PALETTE["ink"], linewidth=0.8)
        axes.plot(epoch + 1, held_out[epoch], "o", color=PALETTE["ink"], markersize=7)
        _words(axes, (epoch - last / 50, 0.06 * top), f"best: epoch {epoch + 1}", side="right")
    return figure


def boundaries(panels: dict[str, Callable[[Any], Any]], x: Any, y: Any, side: int = 80) -> Figure:
    """Draw which class each of several networks gives to each point of the plane.

    Parameters
    ----------
    panels : title of a panel and ``predict``, from points (m, 2) to probabilities (m, 2)
    x, y : the points that are shown, (N, 2), and their labels, (N,)
    side : points of the grid on each side

    >>> figure = boundaries({"half": lambda at: np.eye(2)[(at[:, 0] > 0) * 1]}, [[0.0, 1.0]], [1])
    >>> len(figure.axes)
    1
    """
    x, y = np.asarray(x), np.asarray(y)
    figure, axes = _curves(columns=len(panels), width=215 * len(panels), height=200)
    low, high = x.min(axis=0) - 0.3, x.max(axis=0) + 0.3
    across, up = np.linspace(low[0], high[0], side), np.linspace(low[1], high[1], side)
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    for one, (title, predict) in zip(axes, panels.items(), strict=True):
        p = np.asarray(predict(plane))[:, 1].reshape(side, side)
        one.contourf(across, up, p, levels=[0.5, 2.0], colors=[PALETTE["fill"]])
        one.contour(across, up, p, levels=[0.5], colors=[PALETTE["ink"]], linewidths=1.5)
        for label, mark, colour in ((0, "^", "backward"), (1, "o", "forward")):
            one.plot(*x[y == label].T, mark, color=PALETTE[colour], markersize=5)
        one.set_title(title, fontsize=12)
        one.title.set_color(PALETTE["ink"])
        one.set(xlabel="$x_1$", xticks=[], yticks=[])
    axes[0].set_ylabel("$x_2$")
    return figure
