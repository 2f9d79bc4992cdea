"""Exercise 10, checking a gradient: the course's own answers. NumPy alone."""

from typing import Any

import numpy as np

FUNCTIONS: dict[str, Any] = {
    "cubes": lambda x: (x * x * x).sum(),  # x**3 is many times slower
    "bends": lambda x: np.tanh(x).sum() ** 2,
    "log-sum": lambda x: np.log(np.exp(x).sum()),
}


def numerical_gradient(f, x, h):
    """Return (f(x + h e) − f(x − h e))/2h for every entry of x."""
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        here = x[i]
        x[i] = here + h
        up = f(x)
        x[i] = here - h
        down = f(x)
        x[i] = here
        gradient[i] = (up - down) / (2.0 * h)
    return gradient


def gradient_at(f, x, h):
    """Return the numerical gradient of the function called `f`."""
    return numerical_gradient(FUNCTIONS[f], x, h)


def complex_gradient(f, x, h):
    """Return Im f(x + ih e)/h for every entry of x."""
    z = np.array(x, dtype=complex)
    gradient = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        z[i] += 1j * h
        gradient[i] = np.imag(f(z)) / h
        z[i] = z[i].real
    return gradient


def complex_gradient_at(f, x, h):
    """Return the complex-step gradient of the function called `f`."""
    return complex_gradient(FUNCTIONS[f], x, h)


def relative_error(values, reference):
    """Return max|values − reference| / max|reference|."""
    return float(np.abs(values - reference).max() / np.abs(reference).max())


def along_direction(f, x, gradient, v, h):
    """Return ∇f · v and (f(x + hv) − f(x − hv))/2h."""
    claimed = float((gradient * v).sum())
    return claimed, float((f(x + h * v) - f(x - h * v)) / (2.0 * h))


def along_direction_at(f, x, gradient, v, h):
    """Do the same for the function called `f`."""
    return along_direction(FUNCTIONS[f], x, gradient, v, h)


def find_wrong(gradients, witnesses, tolerance):
    """Return the relative errors, the last array beyond the tolerance, its worst position."""
    errors = np.array([relative_error(*pair) for pair in zip(gradients, witnesses, strict=True)])
    beyond = np.flatnonzero(errors > tolerance)
    if not len(beyond):
        return errors, -1, -1
    array = int(beyond[-1])
    return errors, array, int(np.abs(gradients[array] - witnesses[array]).argmax())


PLACE = np.array([[0.9, -0.7, 0.000004], [-1.1, 0.3, 2.4]])
TARGETS = np.array([[1.5, 2.0, 0.5], [-1.0, 1.0, 0.5]])


def sigmoid(x):
    """Return σ(x)."""
    return 1 / (1 + np.exp(-x))


def gelu(x):
    """Return the tanh form of GELU."""
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


PLANTED: dict[str, Any] = {
    "A": (lambda x: np.log(np.exp(x).sum()), lambda x: np.exp(x) / np.exp(x).sum()),
    "B": (lambda x: sigmoid(x).sum(), lambda x: x * (1 - x)),
    "C": (
        lambda x: (TARGETS * np.where(np.real(x) > 0, x, 0)).sum(),
        lambda x: TARGETS * (x > 0),
    ),
    "D": (
        lambda x: gelu(x).sum(),
        lambda x: sigmoid(1.702 * x) * (1 + 1.702 * x * (1 - sigmoid(1.702 * x))),
    ),
    "E": (lambda x: np.tanh(x).sum(), lambda x: 1 - np.tanh(x) ** 2),
    "F": (
        lambda x: ((x - TARGETS) ** 2).mean(),
        lambda x: 2 * (x - TARGETS) / len(x),
    ),
}


def planted_verdicts():
    """Return −1 for each right gradient, else the position of its largest difference."""
    found = []
    for f, gradient in PLANTED.values():
        given, witness = gradient(PLACE), complex_gradient(f, PLACE, 1e-30)
        right = relative_error(given, witness) <= 1e-6
        found.append(-1 if right else int(np.abs(given - witness).argmax()))
    return tuple(found)
