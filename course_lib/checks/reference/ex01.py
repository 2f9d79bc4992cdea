"""Exercise 01, downhill: the course's own answers. NumPy alone."""

from typing import Any

import numpy as np

CURVES: dict[str, Any] = {
    "square": lambda w: w**2,
    "cube": lambda w: w**3,
    "exp": np.exp,
    "sine": np.sin,
}


def loss_of_weight(w, x, y):
    """Return the mean of (w·x − y)²."""
    return float(np.mean((w * x - y) ** 2))


def numerical_slope(f, w, h):
    """Return (f(w + h) − f(w − h))/2h."""
    return (f(w + h) - f(w - h)) / (2.0 * h)


def slope_at(f, w, h):
    """Return the numerical slope of the curve called `f`, a number."""
    return float(numerical_slope(CURVES[f], w, h))


def slope_of_loss(w, x, y):
    """Return the mean of 2(w·x − y)·x."""
    return float(np.mean(2.0 * (w * x - y) * x))


def update_weight(w, slope, learning_rate):
    """Return w − η·slope."""
    return w - learning_rate * slope


def walk_downhill(w, x, y, learning_rate, steps):
    """Return the weights of the walk, the starting one first: steps + 1 numbers."""
    weights = [w]
    for _ in range(steps):
        weights.append(update_weight(weights[-1], slope_of_loss(weights[-1], x, y), learning_rate))
    return np.array(weights)
