# Generated from solutions/11_update.md by `course release`: change that file.
"""The course's own answers of exercise 11. NumPy alone."""

import numpy as np


def sgd_update(theta, gradient, learning_rate, weight_decay):
    """Return the new theta, shape (n,)."""
    return theta - learning_rate * (gradient + weight_decay * theta)


def two_layer_step(x, a, p, y, W1, b1, W2, b2, learning_rate):
    """Return the new (W1, b1, W2, b2).

    Shapes: x (N, n_0), a (N, n_1), p and y (N, n_2); W1 (n_1, n_0), b1 (n_1,),
    W2 (n_2, n_1), b2 (n_2,). The loss is a mean over the N examples.
    """
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ W2) * (1.0 - a**2)
    return (
        W1 - learning_rate * delta1.T @ x, b1 - learning_rate * delta1.sum(axis=0),
        W2 - learning_rate * delta2.T @ a, b2 - learning_rate * delta2.sum(axis=0),
    )


def update_by_hand():
    """Return (v, theta, m_hat), the three numbers."""
    v = 0.5 * 4 - 1
    theta = 1 - 0.1 * 4 - 0.1 * v
    m_hat = (0.5 * (0.5 * 4) + 0.5 * (-1)) / (1 - 0.5**2)
    return v, theta, m_hat


def momentum_update(theta, gradient, v, learning_rate, momentum):
    """Return the new (theta, v), both of shape (n,)."""
    v = momentum * v + gradient
    return theta - learning_rate * v, v


def momentum_walk(theta, gradients, learning_rate, momentum):
    """Return path, shape (T, n), for gradients of shape (T, n)."""
    v = np.zeros_like(theta)
    path = []
    for gradient in gradients:
        theta, v = momentum_update(theta, gradient, v, learning_rate, momentum)
        path.append(theta)
    return np.array(path)


def rmsprop_update(theta, gradient, s, learning_rate, decay, epsilon):
    """Return the new (theta, s), both of shape (n,)."""
    s = decay * s + (1.0 - decay) * gradient**2
    return theta - learning_rate * gradient / (np.sqrt(s) + epsilon), s


def adam_update(theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon):
    """Return the new (theta, m, s) of step number t = 1, 2, ...; all of shape (n,)."""
    m = beta1 * m + (1.0 - beta1) * gradient
    s = beta2 * s + (1.0 - beta2) * gradient**2
    m_hat = m / (1.0 - beta1**t)
    s_hat = s / (1.0 - beta2**t)
    return theta - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


def adam_walk(theta, gradients, learning_rate, beta1, beta2, epsilon):
    """Return path, shape (T, n), for gradients of shape (T, n)."""
    m, s = np.zeros_like(theta), np.zeros_like(theta)
    path = []
    for t, gradient in enumerate(gradients, start=1):
        theta, m, s = adam_update(theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon)
        path.append(theta)
    return np.array(path)
