"""Chapter 8 measured: what its questions and its table of mistakes claim."""

import numpy as np
import pytest

from course_lib.data import worked_network


def loss_after(updates, learning_rate, bias_gradient):
    """Train the worked network by hand; `bias_gradient` makes db of Δ."""
    example = worked_network()
    X, Y = example.x, np.eye(3)[example.y]
    W1, b1, W2, b2 = example.W1, example.b1, example.W2, example.b2
    for _ in range(updates):
        A = np.tanh(X @ W1.T + b1)
        P = np.exp(A @ W2.T + b2)
        P /= P.sum(axis=1, keepdims=True)
        D2 = (P - Y) / len(X)
        D1 = (D2 @ W2) * (1 - A**2)
        W1, b1 = W1 - learning_rate * D1.T @ X, b1 - learning_rate * bias_gradient(D1)
        W2, b2 = W2 - learning_rate * D2.T @ A, b2 - learning_rate * bias_gradient(D2)
    return -np.log(P[Y == 1]).mean()


@pytest.mark.parametrize("learning_rate", [0.1, 0.5, 2.0])
def test_a_bias_per_example_lowers_the_training_loss_further(learning_rate):
    shared = loss_after(50, learning_rate, lambda delta: delta.sum(axis=0))
    own = loss_after(50, learning_rate, lambda delta: delta)
    assert own < shared


def test_z_and_a_in_the_wrong_formula_of_tanh():
    z = np.linspace(-4, 4, 81)
    z = z[np.abs(z) > 1e-9]
    right = 1 - np.tanh(z) ** 2
    assert np.all(1 - z**2 < right)
    assert np.all((1 - z**2 < 0) == (np.abs(z) > 1))
    assert np.all(1 - np.tanh(np.tanh(z)) ** 2 > right)
