"""Exercise 07, from one neuron to many: the course's own answers. NumPy alone."""

import numpy as np


def hidden_error_entry(k, delta, W, a):
    """Return δ_k = (1 − a_k²) Σ_j W_jk δ_j, the error of one hidden neuron with tanh."""
    total = 0.0
    for j in range(len(delta)):
        total += W[j, k] * delta[j]
    return (1.0 - a[k] ** 2) * total


def layer_backward(delta, a, W):
    """Return ∂ℒ/∂W = δ aᵀ, ∂ℒ/∂b = δ and ∂ℒ/∂a = Wᵀ δ for one example."""
    return np.outer(delta, a), delta.copy(), W.T @ delta


def softmax_vjp(p, p_bar):
    """Return δ = p ⊙ (p̄ − p·p̄), the gradient at the scores."""
    return p * (p_bar - p @ p_bar)


def output_error(p, label):
    """Return δ = p − y for the one-hot y of `label`."""
    delta = p.copy()
    delta[label] -= 1.0
    return delta


def one_example_backward(x, a, p, label, W2):
    """Return ∂ℒ/∂W1, ∂ℒ/∂b1, ∂ℒ/∂W2 and ∂ℒ/∂b2 of a network with one tanh layer."""
    dW2, db2, da = layer_backward(output_error(p, label), a, W2)
    delta1 = da * (1.0 - a**2)
    return np.outer(delta1, x), delta1, dW2, db2


def many_by_hand():
    """Return ∂ℒ/∂W[2, 1], ∂ℒ/∂a[0] and the error of hidden neuron 0."""
    delta, a = np.array([0.2, -0.5, 0.3]), np.array([0.8, -0.5])
    W = np.array([[0.5, -1.0], [2.0, 0.4], [-0.6, 1.5]])
    dW, _, da = layer_backward(delta, a, W)
    return float(dW[2, 1]), float(da[0]), float(hidden_error_entry(0, delta, W, a))
