# Generated from solutions/01_downhill.md by `course release`: change that file.
"""The course's own answers of exercise 01. NumPy alone."""

import numpy as np


def loss_of_weight(w, x, y):
    """Return the mean squared error of the predictions w * x, one number."""
    return float(np.mean((w * x - y) ** 2))


def numerical_slope(f, w, h):
    """Return the central difference quotient of the function f at w with the step h."""
    return (f(w + h) - f(w - h)) / (2.0 * h)


CURVES = {
    "square": lambda w: w**2,
    "cube": lambda w: w**3,
    "exp": np.exp,
    "sine": np.sin,
}


def slope_at(curve, w, h):
    """Measure the derivative of one of the curves with your function."""
    return numerical_slope(CURVES[curve], w, h)


def slope_of_loss(w, x, y):
    """Return the derivative of loss_of_weight at w, one number."""
    return float(np.mean(2.0 * (w * x - y) * x))


def update_weight(w, slope, learning_rate):
    """Return the new weight after one step."""
    return w - learning_rate * slope


def walk_downhill(w, x, y, learning_rate, steps):
    """Return all weights, the starting weight first."""
    weights = [w]
    for _ in range(steps):
        weights.append(update_weight(weights[-1], slope_of_loss(weights[-1], x, y), learning_rate))
    return np.array(weights)
