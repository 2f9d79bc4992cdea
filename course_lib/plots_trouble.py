"""Figures of chapter 13: what many layers do to a signal, forward and backward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_lib.layers import Dense, ReLU, Sigmoid, Tanh
from course_lib.plots import PALETTE
from course_lib.plots_foundations import _curves, _words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["depth", "signals"]

ACTIVATIONS = {"tanh": Tanh, "relu": ReLU, "sigmoid": Sigmoid}


def signals(
    deviation: float, activation: str = "tanh", n: int = 64, layers: int = 20, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return the spread √(mean of squares) of A and of Δ, layer by layer.

    A hundred examples of standard normal numbers go through `layers` layers of `n` neurons
    without biases; a standard normal ∂ℒ/∂A comes back from the top. eq-variance-forward and
    eq-variance-backward predict what is measured here.

    Parameters
    ----------
    deviation : float
        The standard deviation of every weight.
    activation : {"tanh", "relu", "sigmoid"}
    n, layers, seed : int

    Returns
    -------
    forward, backward : (layers,) arrays, the first layer first

    >>> forward, backward = signals(0.01)
    >>> forward.shape, bool(forward[-1] < 1e-20), bool(backward[0] < 1e-20)
    ((20,), True, True)
    """
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(100, n))
    stack, forward, backward = [], [], []
    for _ in range(layers):
        dense, bend = Dense(n, n), ACTIVATIONS[activation]()
        dense.W[...] = deviation * rng.normal(size=(n, n))
        a = bend.forward(dense.forward(a).copy()).copy()
        stack.append((dense, bend))
        forward.append(float(np.sqrt(np.mean(a**2))))
    delta = rng.normal(size=a.shape)
    for dense, bend in reversed(stack):
        delta = bend.backward(delta).copy()
        backward.append(float(np.sqrt(np.mean(delta**2))))
        delta = dense.backward(delta).copy()
    return np.array(forward), np.array(backward[::-1])


def depth(n: int = 64, layers: int = 20) -> Figure:
    """Draw the spread of A (solid) and of Δ (dashed) for three starts of a tanh network."""
    figure, panels = _curves(rows=2, width=390, height=470)
    starts = (
        ("too small", 0.01, "backward", (10.5, 1e-16), "left"),
        ("too large", 1.0, "third", (10.0, 1e6), "center"),
        ("Xavier", 1 / np.sqrt(n), "forward", (8.5, 1e-3), "center"),
    )
    number = np.arange(1, layers + 1)
    for name, deviation, colour, place, side in starts:
        for axes, spread, dashes in zip(
            panels, signals(deviation, n=n, layers=layers), ("-", (0, (4, 3))), strict=True
        ):
            axes.semilogy(number, spread, color=PALETTE[colour], linestyle=dashes, linewidth=2)
        _words(panels[1], place, name, colour, side)
    for axes, title in zip(panels, ("forward: activations", "backward: errors"), strict=True):
        axes.set(ylabel="spread", ylim=(1e-25, 1e10), xticks=[1, 5, 10, 15, 20])
        axes.set_title(title, fontsize=12, color=PALETTE["ink"])
    panels[1].set_xlabel("layer")
    return figure
