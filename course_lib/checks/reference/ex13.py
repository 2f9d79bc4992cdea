"""Exercise 13, when it goes wrong: the course's own answers. NumPy alone."""

import numpy as np


def _value(z, activation):
    if activation == "tanh":
        return np.tanh(z)
    if activation == "sigmoid":
        return 1.0 / (1.0 + np.exp(-z))
    if activation == "relu":
        return np.maximum(z, 0.0)
    raise ValueError(f"activation is {activation!r}; tanh, sigmoid or relu was expected")


def _slope(z, activation):
    a = _value(z, activation)
    if activation == "tanh":
        return 1.0 - a**2
    if activation == "sigmoid":
        return a * (1.0 - a)
    return (z > 0).astype(float)


def weight_scale(n_in, n_out, scheme):
    """Return σ: √(2/(n_in + n_out)) for "xavier", √(2/n_in) for "he"."""
    if scheme == "xavier":
        return float(np.sqrt(2.0 / (n_in + n_out)))
    if scheme == "he":
        return float(np.sqrt(2.0 / n_in))
    raise ValueError(f"scheme is {scheme!r}; xavier or he was expected")


def initial_weights(draws, scheme, distribution):
    """Scale standard normal draws by σ, or map draws from [0, 1) to [−√3 σ, √3 σ)."""
    n_out, n_in = draws.shape
    sigma = weight_scale(n_in, n_out, scheme)
    if distribution == "normal":
        return sigma * draws
    return np.sqrt(3.0) * sigma * (2.0 * draws - 1.0)


def forward_spread(x, W, activation):
    """Return √(mean of a²) of every layer, the first layer first (no biases)."""
    a, spread = x, []
    for weights in W:
        a = _value(a @ weights.T, activation)
        spread.append(np.sqrt(np.mean(a**2)))
    return np.array(spread)


def backward_spread(delta, z, W, activation):
    """Return √(mean of Δ²) of every layer, the first layer first, from Δ of the last."""
    spread = [np.sqrt(np.mean(delta**2))]
    for i in range(len(W) - 1, 0, -1):
        delta = (delta @ W[i]) * _slope(z[i - 1], activation)
        spread.insert(0, np.sqrt(np.mean(delta**2)))
    return np.array(spread)


def gradient_factor(z, w, activation):
    """Return δ of the first neuron over δ of the last: the product of w[i + 1]·g′(z[i])."""
    return float(np.prod(w[1:] * _slope(z[:-1], activation)))


def dead_units(z):
    """Return how many units of a ReLU layer are 0 for every example."""
    return int((z <= 0).all(axis=0).sum())


def flat_share(z, activation, below):
    """Return the fraction of entries whose derivative g′(z) is smaller than `below`."""
    return float((_slope(z, activation) < below).mean())


def different_units(W):
    """Return how many different rows W has: units that do not compute the same."""
    return len(np.unique(W, axis=0))


def _off(gradient, check):
    return bool(np.abs(gradient - check).max() > 1e-6 * np.abs(check).max())


def first_wrong(dW, db, dW_check, db_check):
    """Return the first wrong layer from the output (−1: none), and which of its arrays."""
    for i in range(len(dW) - 1, -1, -1):
        weights, biases = _off(dW[i], dW_check[i]), _off(db[i], db_check[i])
        if weights or biases:
            return i, weights, biases
    return -1, False, False


def wrong_layers():
    """Return the first wrong layer of the machines A to E (−1: none)."""
    return 3, 2, 1, 3, -1


def wrong_lines():
    """Return the number of the mistake of the machines A to E."""
    return 2, 5, 6, 7, 9


def mended_backward(x, y, W, b):
    """Return ∂ℒ/∂W and ∂ℒ/∂b for sigmoid layers and the mean of squares over all elements."""
    a = [x]
    for weights, biases in zip(W, b, strict=True):
        a.append(_value(a[-1] @ weights.T + biases, "sigmoid"))
    upstream = 2.0 * (a[-1] - y) / y.size
    dW, db = [None] * len(W), [None] * len(W)
    for i in range(len(W) - 1, -1, -1):
        delta = upstream * a[i + 1] * (1.0 - a[i + 1])
        dW[i], db[i] = delta.T @ a[i], delta.sum(axis=0)
        upstream = delta @ W[i]
    return dW, db
