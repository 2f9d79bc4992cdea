"""Figures of chapters 11 to 13: the update, the training loop, and when it goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from course_lib.figures.style import (
    DASHES,
    PALETTE,
    arrow,
    box,
    canvas,
    new_axes,
    note,
    title,
    write,
)
from course_lib.layers import Dense, Tanh

# SGD, momentum, RMSprop, Adam: as in the widget that compares them.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": PALETTE["one"], "marker": "o"},
    {"color": PALETTE["two"], "dashes": (4, 2), "marker": "s"},
    {"color": PALETTE["three"], "dashes": (1, 1), "marker": "^"},
    {"color": PALETTE["four"], "dashes": (6, 2, 1, 2), "marker": "D"},
)


def steepest() -> Figure:
    """Draw all steps of one length from one place, and the one against the gradient (0.6, 0.8).

    The loss is drawn as if it were straight there.
    """
    figure, (axes,) = new_axes(width=330, height=320)
    unit, radius = np.array([0.6, 0.8]), 0.8
    grid = np.array([-1.35, 1.35])  # the lines are straight: two places an axis are enough
    height = unit[0] * grid + unit[1] * grid[:, None]
    look: dict[str, Any] = {"colors": PALETTE["quiet"], "linewidths": 0.8, "linestyles": "solid"}
    axes.contour(grid, grid, height, np.linspace(-1.6, 1.6, 9), **look)
    axes.add_patch(Circle((0, 0), radius, fill=False, edgecolor=PALETTE["ink"], linewidth=1.2))
    for sign, colour, name, line in (
        (1, "backward", "gradient", "--"),
        (-1, "update", "step", "-"),
    ):
        x, y = sign * radius * unit
        arrow(axes, (0, 0), (x, y), colour, linewidth=2, mutation_scale=15, linestyle=line)
        note(axes, (x + 0.2 * sign * unit[0], y + 0.2 * sign * unit[1]), name, colour)
    axes.plot(0, 0, "o", color=PALETTE["ink"])
    axes.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), xticks=[], yticks=[], aspect="equal")
    axes.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$")
    return figure


def ravine_walks(walks: Mapping[str, Any], curvature: float) -> Figure:
    """Draw paths of descent on ½(w₁² + c w₂²) over its lines of equal loss.

    Parameters
    ----------
    walks : mapping of str to array, shape (steps + 1, 2)
        The places of each path, by its name.
    curvature : float
        c.
    """
    figure, (axes,) = new_axes(width=400, height=270)
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


def slow_start() -> Figure:
    """Draw a running mean (β = 0.9) of a constant 1 that starts at 0, and the same corrected."""
    figure, (axes,) = new_axes(width=400, height=230)
    t = np.arange(1, 31)
    look: dict[str, Any] = {"color": PALETTE["four"], "linewidth": 1.6, "markersize": 4}
    axes.plot(t, 1 - 0.9**t, label="m", dashes=(6, 2, 1, 2), marker="o", **look)
    axes.plot(t, np.ones(30), label="m corrected", marker="D", **look)
    axes.set(xlabel="step $t$", ylim=(0, 1.15), yticks=[0, 0.5, 1])
    _legend(axes)
    return figure


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
    figure, axes = canvas(left + side * len(orders[0]) + gap * batches, row * len(orders) + 4)
    update = count(1)
    for number, order in enumerate(orders):
        top = row * (len(orders) - number) - 4
        write(axes, (4, top - side / 2), f"epoch {number + 1}", "ink", "left", 13)
        x = left
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            for example in batch:
                box(axes, (x, top - side), side, side, "forward", linewidth=1.5)
                write(axes, (x + side / 2, top - side / 2), str(example + 1), "ink", size=13)
                x += side
            middle = x - side * len(batch) / 2
            arrow(axes, (middle, top - side - 4), (middle, top - side - 26), "forward")
            name = "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(next(update)))
            write(axes, (middle, top - side - 38), f"ℒ → θ{name}", "ink", size=13)
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
    figure, (axes,) = new_axes()
    axes.loglog(sizes, formula, color=PALETTE["one"], linewidth=1.8)
    axes.loglog(sizes, measured, "o", color=PALETTE["two"], markersize=7)
    axes.minorticks_off()
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set(xlabel="examples in the batch, $n$", ylabel="mean squared distance")
    note(axes, (sizes[1] * 1.25, formula[1] * 1.25), "formula", "forward", "left")
    note(axes, (sizes[0] * 1.25, measured[0] * 1.1), "measured", "backward", "left")
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
    >>> {line.get_color() for line in figure.axes[0].lines} == {
    ...     words.get_color() for words in figure.axes[0].texts
    ... }
    True
    """
    figure, (axes,) = new_axes()
    numbers = range(1, len(loss) + 1)
    axes.plot(numbers, loss, color=PALETTE["forward"], linewidth=2)
    axes.plot(numbers, held_out, color=PALETTE["two"], linewidth=2, linestyle=DASHES)
    top = max(*loss, *held_out)
    last = len(loss)
    axes.set(xlabel="epoch", ylabel="loss", xlim=(-last / 40, 1.35 * last), ylim=(0, 1.05 * top))
    axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= last])
    beside = (1.03 * last, max(held_out[-1], loss[-1] + 0.09 * top))
    note(axes, beside, "held out", "two", "left")
    note(axes, (1.03 * last, loss[-1]), "training", "forward", "left")
    if best:
        epoch = int(np.argmin(held_out))
        axes.plot([epoch + 1] * 2, [0, held_out[epoch]], color=PALETTE["ink"], linewidth=0.8)
        axes.plot(epoch + 1, held_out[epoch], "o", color=PALETTE["ink"], markersize=7)
        note(axes, (epoch - last / 50, 0.06 * top), f"best: epoch {epoch + 1}", side="right")
    return figure


def boundaries(panels: dict[str, Callable[[Any], Any]], x: Any, y: Any) -> Figure:
    """Draw which class each of several networks gives to each point of the plane.

    Parameters
    ----------
    panels : title of a panel and ``predict``, from points (m, 2) to probabilities (m, 2)
    x, y : the points that are shown, (N, 2), and their labels, (N,)

    >>> figure = boundaries({"half": lambda at: np.eye(2)[(at[:, 0] > 0) * 1]}, [[0.0, 1.0]], [1])
    >>> len(figure.axes)
    1
    """
    x, y = np.asarray(x), np.asarray(y)
    figure, axes = new_axes(columns=len(panels), width=215 * len(panels), height=200)
    low, high = x.min(axis=0) - 0.3, x.max(axis=0) + 0.3
    across, up = np.linspace(low, high, 80).T
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    for panel, (name, predict) in zip(axes, panels.items(), strict=True):
        p = np.asarray(predict(plane))[:, 1].reshape(80, 80)
        panel.contourf(across, up, p, levels=[0.5, 2.0], colors=[PALETTE["fill"]])
        panel.contour(across, up, p, levels=[0.5], colors=[PALETTE["ink"]], linewidths=1.5)
        for label, mark, colour in ((0, "^", "two"), (1, "o", "one")):
            panel.plot(*x[y == label].T, mark, color=PALETTE[colour], markersize=5)
        title(panel, name)
        panel.set(xlabel="$x_1$", xticks=[], yticks=[])
    axes[0].set_ylabel("$x_2$")
    return figure


def signals(deviation: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the spread √(mean of squares) of A and of Δ, layer by layer, the first layer first.

    A hundred examples of standard normal numbers go through 20 tanh layers of 64 neurons without
    biases, every weight with this standard deviation; a standard normal ∂ℒ/∂A comes back from the
    top. eq-variance-forward and eq-variance-backward predict what is measured here.

    >>> forward, backward = signals(0.01)
    >>> forward.shape, bool(forward[-1] < 1e-20), bool(backward[0] < 1e-20)
    ((20,), True, True)
    """
    rng = np.random.default_rng(0)
    a = rng.normal(size=(100, 64))
    stack, forward, backward = [], [], []
    for _ in range(20):
        dense, tanh = Dense(64, 64), Tanh()
        dense.W = deviation * rng.normal(size=(64, 64))
        a = tanh.forward(dense.forward(a))
        stack.append((dense, tanh))
        forward.append(np.sqrt(np.mean(a**2)))
    delta = rng.normal(size=a.shape)
    for dense, tanh in reversed(stack):
        delta = tanh.backward(delta)
        backward.append(np.sqrt(np.mean(delta**2)))
        delta = dense.backward(delta)
    return np.array(forward), np.array(backward[::-1])


def depth() -> Figure:
    """Draw the spread of A (solid) and of Δ (dashed) for three starts of a tanh network."""
    figure, panels = new_axes(rows=2, width=390, height=470)
    for name, deviation, colour, place, side in (
        ("too small", 0.01, "one", (10.5, 1e-16), "left"),
        ("too large", 1.0, "two", (10.0, 1e6), "center"),
        ("Xavier", 1 / 8, "three", (8.5, 1e-3), "center"),
    ):
        for axes, spread, line in zip(panels, signals(deviation), ("-", DASHES), strict=True):
            look: dict[str, Any] = {"color": PALETTE[colour], "linestyle": line, "linewidth": 2}
            axes.semilogy(range(1, len(spread) + 1), spread, **look)
        note(panels[1], place, name, colour, side)
    for axes, name in zip(panels, ("forward: activations", "backward: errors"), strict=True):
        axes.set(ylabel="spread", ylim=(1e-25, 1e10), xticks=[1, 5, 10, 15, 20])
        title(axes, name)
    panels[1].set_xlabel("layer")
    return figure


def _legend(axes: Any) -> None:
    axes.legend(
        loc="best", fontsize=11, framealpha=0.0, edgecolor="none", labelcolor=PALETTE["ink"]
    )
