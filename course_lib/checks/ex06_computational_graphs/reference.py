# Generated from solutions/06_computational_graphs.md by `course release`: change that file.
"""The course's own answers of exercise 06. NumPy alone."""

import numpy as np


def local_two(operation, p, q):
    """Return (ds_dp, ds_dq), two numbers."""
    if operation == "sum":
        return 1.0, 1.0
    if operation == "difference":
        return 1.0, -1.0
    if operation == "product":
        return q, p
    if operation == "quotient":
        return 1.0 / q, -p / q**2
    if operation == "maximum":
        return (1.0, 0.0) if p > q else (0.0, 1.0)
    raise ValueError(f"unknown operation: {operation!r}")


def local_one(operation, p):
    """Return ds_dp, a number."""
    if operation == "square":
        return 2.0 * p
    if operation == "reciprocal":
        return -1.0 / p**2
    if operation == "exp":
        return np.exp(p)
    if operation == "log":
        return 1.0 / p
    if operation == "tanh":
        return 1.0 - np.tanh(p) ** 2
    if operation == "sigmoid":
        s = 1.0 / (1.0 + np.exp(-p))
        return s * (1.0 - s)
    if operation == "relu":
        return 1.0 if p > 0 else 0.0
    raise ValueError(f"unknown operation: {operation!r}")


def graph_by_hand():
    """Return (ds_dr, ds_dq, ds_dp), the three numbers from your sheet of paper."""
    # m = -6, v = -1, s = -3; dv = p = 3, and v = -1 goes straight to p
    return 3, 3 * 3, -1 + 3 * (-2)


def node_backward(upstream, operation, p, q):
    """Return (contribution_p, contribution_q), two numbers; upstream is dL/ds."""
    to_p, to_q = local_two(operation, p, q)
    return upstream * to_p, upstream * to_q


def fan_out_backward(upstream, local):
    """Return dp, a number.

    Parameters
    ----------
    upstream : array, shape (m,)
        What arrived at each node that uses p.
    local : array, shape (m,)
        The derivative of each of these nodes with respect to p.
    """
    return float(np.dot(upstream, local))


def graph_backward(p, q, r):
    """Return (loss, dp, dq, dr), four numbers."""
    m = p * q
    z = m + r
    a = np.tanh(z)
    t = a * p
    u = r**2
    loss = t + u
    dt = du = 1.0
    da, dp = dt * p, dt * a
    dz = da * (1.0 - a**2)
    dr = dz + du * 2.0 * r
    dp = dp + dz * q
    return loss, dp, dz * p, dr


def walk_backwards(nodes, start, end, local):
    """Return gradient, shape (nodes,).

    Parameters
    ----------
    nodes : int
        How many nodes there are.
    start, end : arrays of whole numbers, shape (edges,)
        From which node each edge comes, and to which node it leads.
    local : array, shape (edges,)
        The local gradient of each edge.
    """
    gradient = [0.0] * nodes
    gradient[-1] = 1.0
    edges = list(zip(start.tolist(), end.tolist(), local.tolist(), strict=True))
    for one, two, slope in reversed(edges):
        gradient[one] += slope * gradient[two]
    return np.array(gradient)
