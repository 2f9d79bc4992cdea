"""The worked network's loss and gradients in the book's four forms, each written out by itself.

Every form takes a `WorkedExample` and returns ``(loss, gradients)`` with the mean over the N
examples; `gradients` maps ``"W1", "b1", "W2", "b2"`` to arrays. No form uses another one, nor the
library's layers, so that they can bear witness against each other.
"""

from math import exp, log, tanh

import numpy as np


def scalar_form(e):
    """Every number by its own name, one example after the other, as with pencil and paper."""
    (
        ((w11, w12, w13, w14), (w21, w22, w23, w24)),
        (b1, b2),
        ((v11, v12), (v21, v22), (v31, v32)),
        (c1, c2, c3),
    ) = (e.W1.tolist(), e.b1.tolist(), e.W2.tolist(), e.b2.tolist())
    loss = 0.0
    totals = [0.0] * 19
    for (x1, x2, x3, x4), label in zip(e.x.tolist(), e.y.tolist(), strict=True):
        # forward: pre-activation, activation, logits, probabilities
        z1 = w11 * x1 + w12 * x2 + w13 * x3 + w14 * x4 + b1
        z2 = w21 * x1 + w22 * x2 + w23 * x3 + w24 * x4 + b2
        a1, a2 = tanh(z1), tanh(z2)
        o1 = v11 * a1 + v12 * a2 + c1
        o2 = v21 * a1 + v22 * a2 + c2
        o3 = v31 * a1 + v32 * a2 + c3
        total = exp(o1) + exp(o2) + exp(o3)
        p1, p2, p3 = exp(o1) / total, exp(o2) / total, exp(o3) / total
        loss += -log((p1, p2, p3)[label])
        # backward: p − y at the output, then through the weights and the slope of tanh
        d1 = p1 - (1.0 if label == 0 else 0.0)
        d2 = p2 - (1.0 if label == 1 else 0.0)
        d3 = p3 - (1.0 if label == 2 else 0.0)
        e1 = (v11 * d1 + v21 * d2 + v31 * d3) * (1 - a1 * a1)
        e2 = (v12 * d1 + v22 * d2 + v32 * d3) * (1 - a2 * a2)
        one_example = [
            *(e1 * x1, e1 * x2, e1 * x3, e1 * x4, e2 * x1, e2 * x2, e2 * x3, e2 * x4),
            *(e1, e2),
            *(d1 * a1, d1 * a2, d2 * a1, d2 * a2, d3 * a1, d3 * a2),
            *(d1, d2, d3),
        ]
        totals = [t + g for t, g in zip(totals, one_example, strict=True)]
    mean = np.array(totals) / 5
    return loss / 5, {
        "W1": mean[:8].reshape(2, 4),
        "b1": mean[8:10],
        "W2": mean[10:16].reshape(3, 2),
        "b2": mean[16:],
    }


def index_form(e):
    """Sums over indices: i an example, k an input, j a hidden neuron, m an output."""
    N, n0 = e.x.shape
    n1, n2 = len(e.b1), len(e.b2)
    g = {name: np.zeros_like(getattr(e, name)) for name in ("W1", "b1", "W2", "b2")}
    loss = 0.0
    for i in range(N):
        z1 = [sum(e.W1[j, k] * e.x[i, k] for k in range(n0)) + e.b1[j] for j in range(n1)]
        a1 = [tanh(z1[j]) for j in range(n1)]
        z2 = [sum(e.W2[m, j] * a1[j] for j in range(n1)) + e.b2[m] for m in range(n2)]
        p = [exp(z2[m]) / sum(exp(z2[q]) for q in range(n2)) for m in range(n2)]
        loss -= log(p[e.y[i]]) / N
        delta2 = [p[m] - (m == e.y[i]) for m in range(n2)]
        delta1 = [
            (1 - a1[j] ** 2) * sum(e.W2[m, j] * delta2[m] for m in range(n2)) for j in range(n1)
        ]
        for m in range(n2):
            g["b2"][m] += delta2[m] / N
            for j in range(n1):
                g["W2"][m, j] += delta2[m] * a1[j] / N
        for j in range(n1):
            g["b1"][j] += delta1[j] / N
            for k in range(n0):
                g["W1"][j, k] += delta1[j] * e.x[i, k] / N
    return loss, g


def matrix_form(e):
    """One example at a time as a column: z = W a + b, δ[1] = (Wᵀδ) ⊙ g′(z), ∂ℒ/∂W = δ aᵀ."""
    losses, per_example = [], []
    for row, label in zip(e.x, e.y, strict=True):
        x = row[:, None]
        y = np.zeros((3, 1))
        y[label] = 1
        z1 = e.W1 @ x + e.b1[:, None]
        a1 = np.tanh(z1)
        z2 = e.W2 @ a1 + e.b2[:, None]
        p = np.exp(z2) / np.exp(z2).sum()
        losses.append(-np.log((y * p).sum()))
        delta2 = p - y
        delta1 = (e.W2.T @ delta2) / np.cosh(z1) ** 2
        per_example.append((delta1 @ x.T, delta1[:, 0], delta2 @ a1.T, delta2[:, 0]))
    means = [np.mean(gradients, axis=0) for gradients in zip(*per_example, strict=True)]
    return float(np.mean(losses)), dict(zip(("W1", "b1", "W2", "b2"), means, strict=True))


def batch_form(e):
    """All examples at once, one per row: Z = A Wᵀ + b, Δ = (P − Y)/N, ∂ℒ/∂W = Δᵀ A."""
    Y = np.eye(3)[e.y]
    A1 = np.tanh(e.x @ e.W1.T + e.b1)
    Z2 = A1 @ e.W2.T + e.b2
    P = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(P)) / len(Y)
    Delta2 = (P - Y) / len(Y)
    Delta1 = (Delta2 @ e.W2) * (1 - A1**2)
    return float(loss), {
        "W1": Delta1.T @ e.x,
        "b1": Delta1.sum(axis=0),
        "W2": Delta2.T @ A1,
        "b2": Delta2.sum(axis=0),
    }


def network_form(e):
    """The library."""
    network = e.network()
    loss = network.forward(e.x, e.y)
    network.backward()
    return loss, {name: g.copy() for name, g in network.gradients.items()}


def forward_only(e, W1, b1, W2, b2):
    """Return the mean loss for parameters that may be complex; no derivative anywhere."""
    z2 = np.tanh(e.x @ W1.T + b1) @ W2.T + b2
    return np.mean(np.log(np.exp(z2).sum(axis=1)) - z2[np.arange(len(e.y)), e.y])


def complex_step_form(e, h=1e-30):
    """Im ℒ(θ + ih) / h for each of the nineteen parameters."""
    g = {}
    for name in ("W1", "b1", "W2", "b2"):
        g[name] = np.zeros_like(getattr(e, name))
        for at in np.ndindex(g[name].shape):
            theta = {k: getattr(e, k).astype(complex) for k in ("W1", "b1", "W2", "b2")}
            theta[name][at] += 1j * h
            g[name][at] = forward_only(e, **theta).imag / h
    return float(forward_only(e, e.W1, e.b1, e.W2, e.b2)), g
