# Generated from solutions/02_one_neuron.md by `course release`: change that file.
"""The course's own answers of exercise 02. NumPy alone."""

import numpy as np


def weighted_sum(x, w, b):
    """Return the pre-activation z of one neuron for one example."""
    return float(np.dot(w, x) + b)


def activate(z, activation):
    """Return g(z), entry by entry, for "tanh", "sigmoid" or "relu"."""
    if activation == "tanh":
        return np.tanh(z)
    if activation == "sigmoid":
        small = np.exp(-np.abs(z))
        return np.where(z >= 0, 1.0, small) / (1.0 + small)
    if activation == "relu":
        return np.maximum(z, 0.0)
    raise ValueError(f"activation is {activation!r}; tanh, sigmoid or relu was expected")


def activation_slope(z, activation):
    """Return the derivative g'(z), entry by entry, for "tanh", "sigmoid" or "relu"."""
    a = activate(z, activation)
    if activation == "tanh":
        return 1.0 - a**2
    if activation == "sigmoid":
        return a * (1.0 - a)
    return (z > 0).astype(float)


def neuron_slopes(x, w, b, activation):
    """Return (dw, db, dx), the derivatives of a = g(w . x + b)."""
    slope = float(activation_slope(np.array([weighted_sum(x, w, b)]), activation)[0])
    return slope * x, slope, slope * w
