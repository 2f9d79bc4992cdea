"""Exercise 05, two neurons in a chain: the course's own answers. NumPy alone."""

import numpy as np


def two_neurons_forward(x, w1, b1, w2, b2):
    """Return z₁ = w₁x + b₁, a₁ = σ(z₁), z₂ = w₂a₁ + b₂, ŷ = σ(z₂)."""
    z1 = w1 * x + b1
    a1 = 1.0 / (1.0 + np.exp(-z1))
    z2 = w2 * a1 + b2
    return z1, a1, z2, 1.0 / (1.0 + np.exp(-z2))


def two_neurons_backward(x, y, z1, a1, z2, y_hat, w2):
    """Return the derivatives of (ŷ − y)² with respect to w₁, b₁, w₂ and b₂."""
    delta2 = 2.0 * (y_hat - y) * y_hat * (1.0 - y_hat)
    delta1 = delta2 * w2 * a1 * (1.0 - a1)
    return delta1 * x, delta1, delta2 * a1, delta2


def two_neurons_step(x, y, w1, b1, w2, b2, learning_rate):
    """Return the four parameters after one update with one example."""
    z1, a1, z2, y_hat = two_neurons_forward(x, w1, b1, w2, b2)
    dw1, db1, dw2, db2 = two_neurons_backward(x, y, z1, a1, z2, y_hat, w2)
    return (
        w1 - learning_rate * dw1,
        b1 - learning_rate * db1,
        w2 - learning_rate * dw2,
        b2 - learning_rate * db2,
    )


def two_neurons_epoch(x, y, w1, b1, w2, b2, learning_rate):
    """Return the four parameters after one update per example, one after the other."""
    for one, target in zip(x, y, strict=True):
        w1, b1, w2, b2 = two_neurons_step(one, target, w1, b1, w2, b2, learning_rate)
    return w1, b1, w2, b2


def two_neurons_by_hand():
    """Return δ₂, ∂ℒ/∂w₂ and ∂ℒ/∂w₁ of the calculation with pencil."""
    dw1, _, dw2, delta2 = two_neurons_backward(2.0, 1.0, 0.0, 0.6, 0.0, 0.7, 1.5)
    return delta2, dw2, dw1
