# Generated from solutions/04_loss.md by `course release`: change that file.
"""The course's own answers of exercise 04. NumPy alone."""

import numpy as np


def mean_squared_error(y_hat, y):
    """Return the mean squared error, one number."""
    return float(np.mean((y_hat - np.reshape(y, y_hat.shape)) ** 2))


def mean_squared_error_backward(y_hat, y):
    """Return the derivative of the mean squared error for every prediction."""
    return 2.0 * (y_hat - np.reshape(y, y_hat.shape)) / y_hat.size


def softmax(z):
    """Return the probabilities, shape (N, C); every row adds up to 1."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cross_entropy(z, y):
    """Return the mean cross-entropy of softmax(z) against the labels y, one number."""
    shifted = z - z.max(axis=1, keepdims=True)
    surprise = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]
    return float(surprise.mean())


def binary_cross_entropy(z, y):
    """Return the mean binary cross-entropy of sigmoid(z) against y, one number."""
    return float(np.mean(np.maximum(z, 0.0) - y * z + np.log1p(np.exp(-np.abs(z)))))
