# Generated from solutions/10_gradient_check.md by `course release`: change that file.
"""The course's own answers of exercise 10. NumPy alone."""

import numpy as np


FUNCTIONS = {
    "cubes": lambda x: (x * x * x).sum(),
    "bends": lambda x: np.tanh(x).sum() ** 2,
    "log-sum": lambda x: np.log(np.exp(x).sum()),
}


def numerical_gradient(f, x, h):
    """The gradient of f at x by central differences.

    Parameters
    ----------
    f : function
        Takes an array shaped as x, returns a number.
    x : array of any shape
    h : float
        The step.

    Returns
    -------
    gradient : array, shaped as x
    """
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


def gradient_at(name, x, h):
    """Your numerical gradient of one of the three functions."""
    return numerical_gradient(FUNCTIONS[name], x, h)


def complex_gradient(f, x, h):
    """The gradient of f at x by the complex step.

    Parameters
    ----------
    f : function
        Takes a complex array shaped as x, returns a complex number.
    x : array of real numbers, any shape
    h : float
        The length of the imaginary step.

    Returns
    -------
    gradient : array of real numbers, shaped as x
    """
    z = np.array(x, dtype=complex)
    gradient = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        z[i] += 1j * h
        gradient[i] = np.imag(f(z)) / h
        z[i] = z[i].real
    return gradient


def complex_gradient_at(name, x, h):
    """Your complex-step gradient of one of the three functions."""
    return complex_gradient(FUNCTIONS[name], x, h)


def relative_error(values, reference):
    """How far `values` are from `reference`: one number.

    Both are arrays of one shape; the reference is not 0 everywhere.
    """
    return float(np.abs(values - reference).max() / np.abs(reference).max())


def along_direction(f, x, gradient, v, h):
    """The derivative of f at x along v: as the gradient claims it, and as measured.

    Parameters
    ----------
    f : function
    x, gradient, v : arrays of one shape
        The place, the gradient under test, the direction.
    h : float
        The step, in units of v.

    Returns
    -------
    claimed, measured : numbers
    """
    claimed = float((gradient * v).sum())
    return claimed, float((f(x + h * v) - f(x - h * v)) / (2.0 * h))


def along_direction_at(name, x, gradient, v, h):
    """Your function for one of the three functions."""
    return along_direction(FUNCTIONS[name], x, gradient, v, h)


def find_wrong(gradients, witnesses, tolerance):
    """Which array of a backward pass is wrong first, and where.

    Parameters
    ----------
    gradients, witnesses : lists of arrays
        What is under test, and the numerical gradients; W1, b1, W2, b2, ...
    tolerance : float
        The largest relative error that passes.

    Returns
    -------
    errors : array or list, one number per array
    array, place : whole numbers
    """
    errors = np.array([relative_error(*pair) for pair in zip(gradients, witnesses, strict=True)])
    beyond = np.flatnonzero(errors > tolerance)
    if not len(beyond):
        return errors, -1, -1
    array = int(beyond[-1])
    return errors, array, int(np.abs(gradients[array] - witnesses[array]).argmax())


def planted_verdicts():
    """Return six whole numbers, for A, B, C, D, E, F."""
    return -1, 5, -1, 3, -1, 1
