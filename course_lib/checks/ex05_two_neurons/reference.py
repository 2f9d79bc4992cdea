# Generated from solutions/05_two_neurons.md by `course release`: change that file.
"""The course's own answers of exercise 05. NumPy alone."""

import numpy as np


def two_neurons_forward(x, w1, b1, w2, b2):
    """Return (z1, a1, z2, y_hat), all single numbers."""
    z1 = w1 * x + b1
    a1 = 1.0 / (1.0 + np.exp(-z1))
    z2 = w2 * a1 + b2
    return z1, a1, z2, 1.0 / (1.0 + np.exp(-z2))


def two_neurons_by_hand():
    """Return (delta2, dw2, dw1), the three numbers from your sheet of paper."""
    return -0.126, -0.0756, -0.09072


def two_neurons_backward(x, y, z1, a1, z2, y_hat, w2):
    """Return (dw1, db1, dw2, db2), the derivatives of (y_hat - y)**2."""
    delta2 = 2.0 * (y_hat - y) * y_hat * (1.0 - y_hat)
    delta1 = delta2 * w2 * a1 * (1.0 - a1)
    return delta1 * x, delta1, delta2 * a1, delta2


def two_neurons_step(x, y, w1, b1, w2, b2, learning_rate):
    """Return the new (w1, b1, w2, b2) after one update with one example."""
    z1, a1, z2, y_hat = two_neurons_forward(x, w1, b1, w2, b2)
    dw1, db1, dw2, db2 = two_neurons_backward(x, y, z1, a1, z2, y_hat, w2)
    return (
        w1 - learning_rate * dw1,
        b1 - learning_rate * db1,
        w2 - learning_rate * dw2,
        b2 - learning_rate * db2,
    )


def two_neurons_epoch(x, y, w1, b1, w2, b2, learning_rate):
    """Return (w1, b1, w2, b2) after one update per example.

    x and y are arrays of the same length, one example per entry.
    """
    for one, target in zip(x, y, strict=True):
        w1, b1, w2, b2 = two_neurons_step(one, target, w1, b1, w2, b2, learning_rate)
    return w1, b1, w2, b2
