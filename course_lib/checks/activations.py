"""The activations by name, with their derivatives and the ways people get these wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Elementwise = Callable[[np.ndarray], np.ndarray]


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return σ(z) = 1/(1 + exp(−z))."""
    return 1.0 / (1.0 + np.exp(-z))


def relu(z: np.ndarray) -> np.ndarray:
    """Return max(0, z), entry by entry."""
    return np.maximum(z, 0.0)


VALUE: dict[str, Elementwise] = {"tanh": np.tanh, "sigmoid": sigmoid, "relu": relu}
"""g(z)."""

SLOPE: dict[str, Elementwise] = {
    "tanh": lambda z: 1.0 - np.tanh(z) ** 2,
    "sigmoid": lambda z: sigmoid(z) * (1.0 - sigmoid(z)),
    "relu": lambda z: (z > 0).astype(float),
}
"""g′(z)."""

IN_A: dict[str, Elementwise] = {
    "tanh": lambda a: 1.0 - a**2,
    "sigmoid": lambda a: a * (1.0 - a),
    "relu": lambda a: (a > 0).astype(float),
}
"""g′ written in a = g(z)."""


Z_FOR_A = {"tanh": "(1 − z²)", "sigmoid": "z·(1 − z)", "relu": "(z > 0)"}
"""g′ written in a, with z inserted."""


def spelled(name: str) -> str:
    """Write the name of an operation as a sentence has it.

    >>> spelled("relu"), spelled("sigmoid"), spelled("tanh")
    ('ReLU', 'the sigmoid', 'tanh')
    """
    return {"relu": "ReLU", "sigmoid": "the sigmoid"}.get(name, name)


def slope_factors(z: np.ndarray, activation: str) -> dict[str, np.ndarray]:
    """Return entry-wise factors that a wrong derivative leaves, by name."""
    a = VALUE[activation](z)
    slope, again, fed_z = SLOPE[activation](z), SLOPE[activation](a), IN_A[activation](z)
    with np.errstate(all="ignore"):
        return {
            "1/g′(z)": 1.0 / slope,
            "g′(a)/g′(z)": again / slope,
            f"{Z_FOR_A[activation]}/g′(z)": fed_z / slope,
            "g′(z)": slope,
            "g(z)/g′(z)": a / slope,
        }
