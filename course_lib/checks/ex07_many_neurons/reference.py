# Generated from solutions/07_many_neurons.md by `course release`: change that file.
"""The course's own answers of exercise 07. NumPy alone."""

import numpy as np


def many_by_hand():
    """Return (dW_21, da_0, delta_0), the three numbers from your sheet of paper."""
    dW_21 = 0.3 * (-0.5)
    da_0 = 0.5 * 0.2 + 2 * (-0.5) + (-0.6) * 0.3
    return dW_21, da_0, da_0 * (1 - 0.8**2)


def hidden_error_entry(k, delta, W, a):
    """The error of hidden neuron k, a number.

    Parameters
    ----------
    k : int
        Which hidden neuron, counted from 0.
    delta : array, shape (n,)
        The errors of the next layer.
    W : array, shape (n, n_prev)
        The weights between.
    a : array, shape (n_prev,)
        The hidden activations, tanh of their pre-activations.
    """
    total = 0.0
    for j in range(len(delta)):
        total += W[j, k] * delta[j]
    return (1.0 - a[k] ** 2) * total


def layer_backward(delta, a, W):
    """Return (dW, db, da), the gradients of one dense layer for one example."""
    return np.outer(delta, a), delta.copy(), W.T @ delta


def softmax_vjp(p, p_bar):
    """Return delta, the gradient at the scores; all three have shape (n,)."""
    return p * (p_bar - p @ p_bar)


def output_error(p, label):
    """Return delta = p - y, where y is 1 at `label` and 0 elsewhere."""
    delta = p.copy()
    delta[label] -= 1.0
    return delta


def one_example_backward(x, a, p, label, W2):
    """Return (dW1, db1, dW2, db2) for one example.

    Shapes: x (n_0,), a (n_1,), p (n_2,), W2 (n_2, n_1); label is a whole number.
    """
    dW2, db2, da = layer_backward(output_error(p, label), a, W2)
    delta1 = da * (1.0 - a**2)
    return np.outer(delta1, x), delta1, dW2, db2
