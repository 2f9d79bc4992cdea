"""Exercise 08, the backward pass: the course's own answers. NumPy alone."""

import numpy as np


def dense_backward(delta, a, W):
    """Return ∂ℒ/∂W = Δᵀ A, ∂ℒ/∂b = column sums of Δ, ∂ℒ/∂A = Δ W."""
    return delta.T @ a, delta.sum(axis=0), delta @ W


def activation_backward(da, z, activation):
    """Return Δ = ∂ℒ/∂A ⊙ g′(Z) for g = tanh, sigmoid or relu."""
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
    """Return Δ = (P − Y)/N for integer labels y, Y their one-hot rows."""
    delta = p.copy()
    delta[np.arange(len(y)), y] -= 1.0
    return delta / len(y)


def network_backward(delta, a, z, W, activation):
    """Return the lists of ∂ℒ/∂W and ∂ℒ/∂b of all layers, first layer first."""
    dW, db = [None] * len(W), [None] * len(W)
    for i in reversed(range(len(W))):
        dW[i], db[i], da = dense_backward(delta, a[i], W[i])
        if i > 0:
            delta = activation_backward(da, z[i - 1], activation)
    return dW, db


def backward_by_hand():
    """Return ∂ℒ/∂W[0, 1], ∂ℒ/∂b[1] and ∂ℒ/∂A[0, 2] of the calculation by hand."""
    delta = np.array([[0.5, -0.25], [-0.5, 0.65]])
    a = np.array([[1.0, 2.0, -1.0], [3.0, -3.0, 0.5]])
    W = np.array([[0.2, -0.4, 0.6], [1.0, 0.5, -0.6]])
    dW, db, da = dense_backward(delta, a, W)
    return float(dW[0, 1]), float(db[1]), float(da[0, 2])
