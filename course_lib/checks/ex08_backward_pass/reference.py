# Generated from solutions/08_backward_pass.md by `course release`: change that file.
"""The course's own answers of exercise 08. NumPy alone."""

import numpy as np


def backward_by_hand():
    """Return (dW_01, db_1, da_02), computed by hand."""
    return 0.5 * 2 + (-0.5) * (-3), -0.25 + 0.65, 0.5 * 0.6 + (-0.25) * (-0.6)


def dense_backward(delta, a, W):
    """Gradients of one dense layer for a batch.

    Parameters
    ----------
    delta : array, shape (N, n)
        The error of this layer, ∂ℒ/∂Z.
    a : array, shape (N, n_prev)
        What came into the layer.
    W : array, shape (n, n_prev)
        Its weights.

    Returns
    -------
    dW : array, shape (n, n_prev)
    db : array, shape (n,)
    da : array, shape (N, n_prev)
    """
    return delta.T @ a, delta.sum(axis=0), delta @ W


def activation_backward(da, z, activation):
    """From ∂ℒ/∂A to ∂ℒ/∂Z, entry by entry.

    Parameters
    ----------
    da : array, shape (N, n)
    z : array, shape (N, n)
        The pre-activations that went into the activation.
    activation : str
        "tanh", "sigmoid" or "relu".

    Returns
    -------
    delta : array, shape (N, n)
    """
    if activation == "tanh":
        slope = 1.0 - np.tanh(z) ** 2
    elif activation == "sigmoid":
        a = 1.0 / (1.0 + np.exp(-z))
        slope = a * (1.0 - a)
    elif activation == "relu":
        slope = (z > 0).astype(float)
    else:
        raise ValueError(f"activation is {activation!r}; tanh, sigmoid or relu was expected")
    return da * slope


def softmax_cross_entropy_backward(p, y):
    """The error of the output layer.

    Parameters
    ----------
    p : array, shape (N, n)
        Probabilities; every row adds up to 1.
    y : array of int, shape (N,)
        The number of the right class of every example.

    Returns
    -------
    delta : array, shape (N, n)
    """
    delta = p.copy()
    delta[np.arange(len(y)), y] -= 1.0
    return delta / len(y)


def network_backward(delta, a, z, W, activation):
    """All gradients of a network of dense layers.

    Parameters
    ----------
    delta : array, shape (N, n_L)
        The error of the last layer.
    a, z, W : lists of arrays, one per layer
        What came into each layer, its pre-activations, its weights.
    activation : str
        The activation between the layers: "tanh", "sigmoid" or "relu".

    Returns
    -------
    dW, db : lists of arrays, one per layer, the first layer first
    """
    dW = [None] * len(W)
    db = [None] * len(W)
    for i in reversed(range(len(W))):
        dW[i], db[i], da = dense_backward(delta, a[i], W[i])
        if i > 0:
            delta = activation_backward(da, z[i - 1], activation)
    return dW, db
