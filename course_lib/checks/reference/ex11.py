"""Exercise 11, the update: the course's own answers. NumPy alone."""

import numpy as np


def sgd_update(theta, gradient, learning_rate, weight_decay):
    """Return θ − η (∇ℒ + λθ)."""
    return theta - learning_rate * (gradient + weight_decay * theta)


def two_layer_step(x, a, p, y, W1, b1, W2, b2, learning_rate):
    """Return the four parameter arrays after one update, all gradients taken at the old ones."""
    delta2 = (p - y) / len(x)
    delta1 = (delta2 @ W2) * (1.0 - a**2)
    return (
        W1 - learning_rate * delta1.T @ x,
        b1 - learning_rate * delta1.sum(axis=0),
        W2 - learning_rate * delta2.T @ a,
        b2 - learning_rate * delta2.sum(axis=0),
    )


def momentum_update(theta, gradient, v, learning_rate, momentum):
    """Return the new θ and v: v ← μv + ∇ℒ, θ ← θ − ηv."""
    v = momentum * v + gradient
    return theta - learning_rate * v, v


def momentum_walk(theta, gradients, learning_rate, momentum):
    """Return θ after each of the gradients, one row per step; v starts at 0."""
    v = np.zeros_like(theta)
    path = []
    for gradient in gradients:
        theta, v = momentum_update(theta, gradient, v, learning_rate, momentum)
        path.append(theta)
    return np.array(path)


def rmsprop_update(theta, gradient, s, learning_rate, decay, epsilon):
    """Return the new θ and s: s ← ρs + (1 − ρ)(∇ℒ)², θ ← θ − η ∇ℒ / (√s + ε)."""
    s = decay * s + (1.0 - decay) * gradient**2
    return theta - learning_rate * gradient / (np.sqrt(s) + epsilon), s


def adam_update(theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon):
    """Return the new θ, m and s of Adam's step number t = 1, 2, …"""
    m = beta1 * m + (1.0 - beta1) * gradient
    s = beta2 * s + (1.0 - beta2) * gradient**2
    m_hat = m / (1.0 - beta1**t)
    s_hat = s / (1.0 - beta2**t)
    return theta - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


def adam_walk(theta, gradients, learning_rate, beta1, beta2, epsilon):
    """Return θ after each of the gradients, one row per step; m and s start at 0, t at 1."""
    m, s = np.zeros_like(theta), np.zeros_like(theta)
    path = []
    for t, gradient in enumerate(gradients, start=1):
        theta, m, s = adam_update(theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon)
        path.append(theta)
    return np.array(path)


def update_by_hand():
    """Return v and θ of momentum and m̂ of Adam, after two steps."""
    path = momentum_walk(np.array([1.0]), np.array([[4.0], [-1.0]]), 0.1, 0.5)
    v = 0.5 * 4.0 - 1.0
    m = 0.5 * (0.5 * 4.0) + 0.5 * -1.0
    return v, float(path[-1, 0]), m / (1.0 - 0.5**2)
