"""Exercise 06, computational graphs: the course's own answers. NumPy alone."""

import numpy as np


def local_two(operation, p, q):
    """Return ∂s/∂p and ∂s/∂q of a node with two inputs."""
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
    """Return ds/dp of a node with one input."""
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
    """Return ∂s/∂r, ∂s/∂q and ∂s/∂p of s = (p q + r) p at p = 3, q = −2, r = 5."""
    return 3.0, 9.0, -7.0


def node_backward(upstream, operation, p, q):
    """Return what a node with two inputs passes back to each: upstream times local."""
    to_p, to_q = local_two(operation, p, q)
    return upstream * to_p, upstream * to_q


def fan_out_backward(upstream, local):
    """Return ∂ℒ/∂p of a number with several uses: Σᵢ ∂ℒ/∂uᵢ · ∂uᵢ/∂p."""
    return float(np.dot(upstream, local))


def graph_backward(p, q, r):
    """Return ℒ, ∂ℒ/∂p, ∂ℒ/∂q, ∂ℒ/∂r of ℒ = tanh(p q + r) p + r²."""
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
    """Return the gradients of a graph's last node, one for each node."""
    gradient = [0.0] * nodes
    gradient[-1] = 1.0
    edges = list(zip(start.tolist(), end.tolist(), local.tolist(), strict=True))
    for one, two, slope in reversed(edges):
        gradient[one] += slope * gradient[two]
    return np.array(gradient)
