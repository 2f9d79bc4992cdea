"""Exercise 03, the forward pass: the course's own answers. NumPy alone."""

import numpy as np


def dense_forward_one(a, W, b):
    """Return z = W a + b for one example, shape (n,)."""
    return W @ a + b


def dense_forward(a, W, b):
    """Return Z = A Wᵀ + b for a batch, shape (N, n)."""
    return a @ W.T + b


def network_forward(x, W, b, activation):
    """Return the lists a and z: what came into each layer, and its pre-activations."""
    a, z = [x], []
    for weights, biases in zip(W, b, strict=True):
        z.append(dense_forward(a[-1], weights, biases))
        if activation == "tanh":
            a.append(np.tanh(z[-1]))
        elif activation == "sigmoid":
            a.append(1.0 / (1.0 + np.exp(-z[-1])))
        else:
            a.append(np.maximum(z[-1], 0.0))
    return a[:-1], z
