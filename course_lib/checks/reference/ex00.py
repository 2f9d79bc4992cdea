"""Exercise 00, before you start: the course's own answers. NumPy alone."""

import numpy as np


def slope_between(x0, y0, x1, y1):
    """Return rise over run."""
    return (y1 - y0) / (x1 - x0)


def slope_of_square(x):
    """Return the slope of (3x − 1)², which is 2(3x − 1)·3."""
    return 6.0 * (3.0 * x - 1.0)


def partial_slopes(w, x, b):
    """Return ∂f/∂w = x, ∂f/∂x = w and ∂f/∂b = 1 of f = w·x + b."""
    return x, w, 1.0


def sum_of_products(u, v):
    """Return Σ_k u_k v_k."""
    return float(np.dot(u, v))


def product_shape(left, right):
    """Return the shape of A @ B from the shapes of A and B."""
    return [left[0], right[1]]


def all_products(u, v):
    """Return the outer product, u_j v_k in row j and column k."""
    return np.outer(u, v)


def add_to_columns(A, c):
    """Return A with c[i] added to every entry of row i."""
    return A + c[:, None]


def mean_of_columns(A):
    """Return the mean of every column."""
    return A.mean(axis=0)
