"""`layer_backward`: the three gradients of one dense layer, for one example, with arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.reference import layer_backward
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Arrays = tuple[np.ndarray, ...]
WEIGHTS = f"{PAGE}#many-weights"
BIASES = f"{PAGE}#many-biases"
COLUMN = f"{PAGE}#reads-columns"


def inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw δ (n,), a (n_prev,) with a positive sum, and W (n, n_prev) of an inner layer."""
    n_prev, n = fixture.widths[-3:-1]
    delta, a = rng.normal(size=n), 1.3 * rng.normal(size=n_prev)
    return delta, a * np.sign(a.sum()), rng.normal(size=(n, n_prev))


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
    text = Worked("Three neurons with two inputs:")
    text.array("delta", delta).array("a", a).array("W", W)
    text.line("dW is an outer product, one row for each error and one column for each input:")
    text.array("dW", dW)
    text.line(
        "The derivative of z with respect to b is 1, so the gradient of the bias is the error:"
    )
    text.array("db", db)
    text.line("a[0] is an input of all three neurons, along column 0: 0.5·2 + 2·(−1) + 4·0.5 = 1.")
    text.array("da", da)
    return str(text)


LAYER_BACKWARD = Question(
    name="layer_backward",
    signature="layer_backward(delta, a, W) -> (dW, db, da)",
    returns=("dW", "db", "da"),
    parts=(
        Part("dW", 2, (0,), section=WEIGHTS, place="Look at the product that gives dW."),
        Part(
            "db",
            1,
            (1,),
            section=BIASES,
            place="Look at db: what is the derivative of z with respect to b?",
        ),
        Part("da", 2, (2,), section=COLUMN, place="Look at the product that gives da."),
    ),
    section=WEIGHTS,
    place="Look at the formulas of dW, db and da.",
    inputs=inputs,
    reference=layer_backward,
    fixtures=(
        MARKING,
        Fixture("output layer", widths=(3, 13, 5, 2)),
        SQUARE,
        Fixture("large", widths=(80_000, 10, 1), cpu_seconds=3.0),
    ),
    sizes=lambda delta, a, W: {"n": W.shape[0], "n_prev": W.shape[1]},
    factors=lambda delta, a, W: {"sum(a)": a.sum()},
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
            "Your dW is a δᵀ, which has the shape of Wᵀ. It should be δ aᵀ: the row of W is the "
            "neuron that the edge leads to, so δ is the first factor.",
            lambda delta, a, W: (np.outer(a, delta), delta.copy(), W.T @ delta),
            "In dW[j, k], j counts the neurons and k the inputs. Which of your two factors has "
            "the index j?",
        ),
        Mistake(
            "B33",
            "Your dW is delta @ a.T. For an array with one axis .T does nothing, so this is a sum "
            "of products. It should be the outer product, np.outer(delta, a).",
            lambda delta, a, W: (delta @ a.T, delta.copy(), W.T @ delta),
            "What does .T do to an array with one axis?",
        ),
        Mistake(
            "own-factor",
            "Your dW is the error times the weight. It should be the error times the activation, "
            "because the derivative of W[j, k]·a[k] with respect to W[j, k] is a[k].",
            lambda delta, a, W: (delta[:, None] * W, delta.copy(), W.T @ delta),
            "By how much does z[j] change when W[j, k] changes by 1?",
        ),
        Mistake(
            "B02",
            "Your da is W δ, which sums along the rows of W. It should be Wᵀ δ: a[k] contributes "
            "to the loss along the edges of column k.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), W @ delta),
            "a[k] appears in every z[j], with weight W[j, k]. Are these weights a row of W, or a "
            "column?",
        ),
        Mistake(
            "B03",
            "Your da contains the contributions of all neurons, one per row. It should be their "
            "sum.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), delta[:, None] * W),
            "How many numbers should da have, and how do the contributions of the neurons become "
            "one number?",
        ),
        Mistake(
            "summed-over-inputs",
            "Your da sums the contributions over the inputs. It should sum them over the neurons, "
            "so that one number per input remains.",
            lambda delta, a, W: (
                np.outer(delta, a),
                delta.copy(),
                (delta[:, None] * W).sum(axis=1),
            ),
            "da has one number per input. Over which axis should the contributions be summed?",
        ),
        Mistake(
            "input-inverse",
            "Your da uses the (pseudo-)inverse of W. It should be Wᵀ δ: the backward pass "
            "multiplies by derivatives, it does not invert the forward pass.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), np.linalg.pinv(W) @ delta),
            "If all weights were twice as large, would ∂ℒ/∂a be larger or smaller?",
        ),
        Mistake(
            "input-with-derivative-tanh",
            "Your da contains the factor 1 − a². It should be ∂ℒ/∂a; the derivative of the "
            "activation is multiplied in the next step, from a to z.",
            lambda delta, a, W: (np.outer(delta, a), delta.copy(), (W.T @ delta) * (1 - a**2)),
            "da is ∂ℒ/∂a. Which factor appears only on the way from ∂ℒ/∂a to ∂ℒ/∂z?",
            section=f"{PAGE}#many-hadamard",
        ),
        Mistake(
            "B24",
            "Your db is the sum of each row of dW, so it contains the inputs. It should be delta: "
            "the derivative of z with respect to b is 1.",
            lambda delta, a, W: (np.outer(delta, a), delta * a.sum(), W.T @ delta),
            "In z = W a + b, what is the derivative of z with respect to b?",
        ),
        Mistake(
            "bias-summed",
            "Your db is the sum of all errors. It should be delta, because each neuron has its "
            "own bias.",
            lambda delta, a, W: (np.outer(delta, a), float(delta.sum()), W.T @ delta),
            "How many biases does the layer have, and how many numbers does your db have?",
        ),
        Mistake(
            "B09",
            "Your dW, db and da have the wrong sign: they contain the minus sign of the update, "
            "which is not part of a gradient.",
            lambda delta, a, W: (-np.outer(delta, a), -delta, -(W.T @ delta)),
            "In which step of the training is the gradient subtracted: in the backward pass or in "
            "the update?",
        ),
        Mistake(
            "order-of-results",
            "Your function returns da, db, dW. The order should be dW, db, da.",
            lambda delta, a, W: (W.T @ delta, delta.copy(), np.outer(delta, a)),
            "In which order does the signature list the three results?",
            place="Compare the order of your results with the signature.",
        ),
    ),
)
