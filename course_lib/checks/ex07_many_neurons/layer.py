"""`layer_backward`: the three gradients of one dense layer, for one example, with arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.page import PAGE
from course_lib.checks.question import MARKING, SQUARE, Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex07 import layer_backward
from course_lib.checks.worked import Worked

Arrays = tuple[np.ndarray, ...]
WEIGHTS = f"{PAGE}#many-weights"
BIASES = f"{PAGE}#many-biases"
COLUMN = f"{PAGE}#reads-columns"


def inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw δ (n,), a (n_prev,) and W (n, n_prev) of an inner layer."""
    n_prev, n = fixture.widths[-3:-1]
    return rng.normal(size=n), 1.3 * rng.normal(size=n_prev), rng.normal(size=(n, n_prev))


def _loops(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> list[Any]:
    dW, da = np.zeros(W.shape), [0.0] * len(a)
    for j, error in enumerate(delta.tolist()):
        for k, value in enumerate(a.tolist()):
            dW[j, k] = error * value
            da[k] += W[j, k] * error
    return [dW, delta.tolist(), da]


def _example() -> str:
    delta, a = np.array([2.0, -1.0, 0.5]), np.array([3.0, -4.0])
    W = np.array([[0.5, 1.0], [2.0, -0.5], [4.0, 0.2]])
    dW, db, da = layer_backward(delta, a, W)
    text = Worked("Three neurons, fed by two numbers:")
    text.array("delta", delta).array("a", a).array("W", W)
    text.line("dW is a multiplication table, rows for the errors, columns for what came in:")
    text.array("dW", dW)
    text.line("z grows by as much as the bias, so its gradient is the error:")
    text.array("db", db)
    text.line("a[0] feeds all three neurons, along column 0: 0.5·2 + 2·(−1) + 4·0.5 = 1.")
    text.array("da", da)
    return str(text)


LAYER = Question(
    name="layer_backward",
    signature="layer_backward(delta, a, W) -> (dW, db, da)",
    returns=("dW", "db", "da"),
    parts=(
        Part("dW", 2, (0,), section=WEIGHTS, place="Look at the product that makes dW."),
        Part("db", 1, (1,), section=BIASES, place="Look at db: by how much does z move with b?"),
        Part("da", 2, (2,), section=COLUMN, place="Look at the product that makes da."),
    ),
    section=WEIGHTS,
    place="Look at the three results and their order: dW, db, da.",
    inputs=inputs,
    reference=layer_backward,
    fixtures=(
        MARKING,
        Fixture("output layer", widths=(3, 13, 5, 2)),
        SQUARE,
        Fixture("large", widths=(80_000, 10, 1), cpu_seconds=1.5),
    ),
    sizes=lambda delta, a, W: {"n": W.shape[0], "n_prev": W.shape[1]},
    example=_example,
    correct={
        "einsum": lambda delta, a, W: (
            np.einsum("j,k->jk", delta, a),
            delta,
            np.einsum("jk,j->k", W, delta),
        ),
        "columns and rows": lambda delta, a, W: (
            delta[:, None] @ a[None, :],
            1.0 * delta,
            (delta[None, :] @ W)[0],
        ),
        "contributions, then their sum": lambda delta, a, W: (
            delta[:, None] * a,
            delta.copy(),
            (delta[:, None] * W).sum(axis=0),
        ),
        "loops, and lists": _loops,
        "float32": lambda *args: layer_backward(*(array.astype(np.float32) for array in args)),
    },
    mistakes=(
        Mistake(
            "B01",
            "dW is the outer product the other way round, a δᵀ: its shape is that of Wᵀ. The row "
            "of W is the neuron that is fed, so the errors come first.",
            lambda delta, a, W: (np.outer(a, delta), delta.copy(), W.T @ delta),
            "dW[j, k] belongs to neuron j and input k. Which of the two brings j?",
        ),
        Mistake(
            "B33",
            "delta @ a.T adds products up: .T does nothing to a 1-D array. A table is wanted: "
            "np.outer(delta, a).",
            lambda delta, a, W: (delta @ a.T, delta.copy(), W.T @ delta),
            "What does .T do to an array with one axis?",
        ),
        Mistake(
            "own-factor",
            "dW is error times weight. In a product the derivative for one factor is the other "
            "one, so the weight's gradient has the activation in it.",
            lambda delta, a, W: (delta[:, None] * W, delta.copy(), W.T @ delta),
            "By how much does z[j] move when W[j, k] moves by 1?",
        ),
        Mistake(
            "B02",
            "da is W δ: it reads rows. The error comes back down the columns, along the edges "
            "that leave the activation: Wᵀ δ.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), W @ delta),
            "a[k] appears in every z[j], with weight W[j, k]. Is that a row of W, or a column?",
        ),
        Mistake(
            "B03",
            "da holds the contributions, one row per neuron that is fed; they still have to be "
            "added.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), delta[:, None] * W),
            "How many gradients does one activation have? What happens to its contributions?",
        ),
        Mistake(
            "summed-over-inputs",
            "The contributions are added over the inputs; they belong added over the neurons that "
            "are fed, so that one number per input remains.",
            lambda delta, a, W: (
                np.outer(delta, a),
                delta.copy(),
                (delta[:, None] * W).sum(axis=1),
            ),
            "da has one number per input. Which axis of the contributions has to disappear?",
        ),
        Mistake(
            "input-inverse",
            "da uses the (pseudo-)inverse of W. The backward pass undoes nothing; it weighs with "
            "the same weights: Wᵀ δ.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), np.linalg.pinv(W) @ delta),
            "If all weights were twice as large, would an activation deserve a larger error, or a "
            "smaller one?",
        ),
        Mistake(
            "input-with-derivative-tanh",
            "da is multiplied by 1 − a²: that step belongs to the activation, which comes next.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), (W.T @ delta) * (1 - a**2)),
            "da is ∂ℒ/∂a, on this side of the activation. Which factor came too early?",
            section=f"{PAGE}#many-hadamard",
        ),
        Mistake(
            "B24",
            "db is made from dW (the sums of its rows), so the inputs are in it; a bias is "
            "multiplied by 1: db = delta.",
            lambda delta, a, W: (np.outer(delta, a), delta * a.sum(), W.T @ delta),
            "In z = W a + b, what is b multiplied by?",
        ),
        Mistake(
            "bias-summed",
            "db is the sum of all errors. Each neuron has a bias of its own: db = delta.",
            lambda delta, a, W: (np.outer(delta, a), float(delta.sum()), W.T @ delta),
            "How many biases does the layer have, and how many numbers is your db?",
        ),
        Mistake(
            "B09",
            "All three have the wrong sign: a minus came in that belongs to the update.",
            lambda delta, a, W: (-np.outer(delta, a), -delta, -(W.T @ delta)),
            "The gradient points uphill. Which step of the training turns it round?",
        ),
        Mistake(
            "order-of-results",
            "The results are in the order da, db, dW; the signature says dW, db, da.",
            lambda delta, a, W: (W.T @ delta, delta.copy(), np.outer(delta, a)),
            "In which order does the signature name the three results?",
        ),
    ),
)
