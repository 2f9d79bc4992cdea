"""`dense_backward`: the gradients of one dense layer, for a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex08_backward_pass.reference import dense_backward
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Arrays = tuple[np.ndarray, ...]


def dense_inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw Δ (N, n), A of the layer before (N, n_prev) and W (n, n_prev) of an inner layer."""
    n_prev, n = fixture.widths[-3:-1]
    delta = rng.normal(size=(fixture.n, n))
    a = 1.3 * rng.normal(size=(fixture.n, n_prev))
    return delta, a, rng.normal(size=(n, n_prev))


def _dense_sizes(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> dict[str, int]:
    return {"N": len(delta), "n": W.shape[0], "n_prev": W.shape[1]}


def _dense_factors(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> dict[str, np.ndarray]:
    return {"a·(1 − a)": a * (1 - a), "1 − a²": 1 - a * a, "a": a}


def _mean_in_place(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> Arrays:
    da = delta @ W
    delta /= len(delta)
    return delta.T @ a, delta.sum(axis=0), da


def _dense_loops(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> list[Any]:
    dW, db, da = np.zeros(W.shape), [0.0] * len(W), np.zeros(a.shape)
    for i in range(len(delta)):
        for j in range(len(W)):
            db[j] += delta[i, j]
            for k in range(W.shape[1]):
                dW[j, k] += delta[i, j] * a[i, k]
                da[i, k] += W[j, k] * delta[i, j]
    return [dW, db, da]


def _dense_float32(delta: np.ndarray, a: np.ndarray, W: np.ndarray) -> Arrays:
    return dense_backward(*(array.astype(np.float32) for array in (delta, a, W)))


def _example() -> str:
    delta = np.array([[1.0, -2.0], [3.0, 0.5]])
    a = np.array([[2.0, 0.0, -1.0], [1.0, 4.0, 0.5]])
    W = np.array([[0.1, -0.3, 0.2], [0.5, 0.4, -0.6]])
    dW, db, da = dense_backward(delta, a, W)
    text = Worked("Two examples (N = 2), three inputs, two neurons:")
    text.array("delta", delta).array("a", a).array("W", W)
    text.line(
        "W[0, 1] leads from input 1 to neuron 0. Example 0 contributes delta[0, 0]·a[0, 1] = "
        f"{delta[0, 0]:g}·{a[0, 1]:g}, example 1 contributes {delta[1, 0]:g}·{a[1, 1]:g}; "
        f"together {dW[0, 1]:g}. The same for every entry:"
    )
    text.array("dW", dW)
    text.line("b[0] is used in every example, so its gradient is the sum of column 0 of delta:")
    text.array("db", db)
    text.line(
        "Input 1 of example 0 feeds both neurons: "
        f"{delta[0, 0]:g}·({W[0, 1]:g}) + ({delta[0, 1]:g})·{W[1, 1]:g} = {da[0, 1]:g}."
    )
    text.array("da", da)
    return str(text)


DENSE_BACKWARD = Question(
    name="dense_backward",
    signature="dense_backward(delta, a, W) -> (dW, db, da)",
    returns=("dW", "db", "da"),
    parts=(
        Part(
            "dW",
            2,
            (0,),
            section=f"{PAGE}#weight-gradient",
            place="Look at the product that gives dW: its factors and their order.",
        ),
        Part(
            "db",
            1,
            (1,),
            section=f"{PAGE}#bias-gradient",
            place="Look at the sum that gives db: what is summed, over which axis, and which axis "
            "remains.",
        ),
        Part(
            "da",
            2,
            (2,),
            section=f"{PAGE}#input-gradient",
            place="Look at the product that gives da: its factors, their order, and whether W is "
            "transposed.",
        ),
    ),
    section=f"{PAGE}#weight-gradient",
    place="Look at the formulas of dW, db and da.",
    inputs=dense_inputs,
    reference=dense_backward,
    fixtures=(
        MARKING,
        Fixture("output layer", widths=(3, 13, 5, 2), n=7),
        SQUARE,
        Fixture("large", widths=(60_000, 6, 1), n=2, cpu_seconds=1.3),
    ),
    sizes=_dense_sizes,
    example=_example,
    factors=_dense_factors,
    correct={
        "einsum": lambda delta, a, W: (
            np.einsum("ij,ik->jk", delta, a),
            np.einsum("ij->j", delta),
            np.einsum("ij,jk->ik", delta, W),
        ),
        "outer products, one example at a time": lambda delta, a, W: (
            sum(np.outer(row, inputs) for row, inputs in zip(delta, a, strict=True)),
            sum(delta),
            np.array([W.T @ row for row in delta]),
        ),
        "loops, and a list for a tuple": _dense_loops,
        "float32": _dense_float32,
        "transposes of transposes": lambda delta, a, W: (
            (a.T @ delta).T,
            np.ones(len(delta)) @ delta,
            (W.T @ delta.T).T,
        ),
    },
    mistakes=(
        Mistake(
            "B01",
            "Your dW is a.T @ delta, the transpose of the gradient. It should be delta.T @ a: the "
            "rows of W are the neurons of the layer, and so are those of delta.T.",
            lambda delta, a, W: (a.T @ delta, delta.sum(0), delta @ W),
            "In dW[j, k], j counts the neurons of this layer and k the inputs. Which of the two "
            "factors is indexed by j?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B02",
            "Your da is delta @ W.T. It should be delta @ W, without the transpose, because each "
            "row of delta is one example.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ W.T),
            "da[i, k] is the sum over j of delta[i, j]·W[j, k]. Which axis of W does this sum run "
            "over?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B03",
            "Your da is delta * W, a product entry by entry. It should be delta @ W, which sums "
            "over the neurons of the layer.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), delta * W),
            "Input k is an input of every neuron j of the layer. Which kind of product sums over "
            "j?",
        ),
        Mistake(
            "B05",
            "Your dW and db are divided by N. They should be sums over the batch, because delta "
            "contains the factor 1/N of the loss.",
            lambda delta, a, W: (delta.T @ a / len(a), delta.mean(0), delta @ W),
            "How many times should the factor 1/N enter between the loss and these gradients, and "
            "where?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05-weights",
            "Your dW is divided by N. It should be a sum over the batch, because delta contains "
            "the factor 1/N of the loss.",
            lambda delta, a, W: (delta.T @ a / len(a), delta.sum(0), delta @ W),
            "How many times should the factor 1/N enter between the loss and these gradients, and "
            "where?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05-bias",
            "Your db is the mean over the examples. It should be the sum, because delta contains "
            "the factor 1/N of the loss.",
            lambda delta, a, W: (delta.T @ a, delta.mean(0), delta @ W),
            "How many times should the factor 1/N enter between the loss and db, and where?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B09",
            "Your dW, db and da have the wrong sign: they contain the minus sign of the update θ "
            "← θ − η ∂ℒ/∂θ, which is not part of a gradient.",
            lambda delta, a, W: (-delta.T @ a, -delta.sum(0), -delta @ W),
            "In which step of the training is the gradient subtracted: in the backward pass or in "
            "the update?",
        ),
        Mistake(
            "B20",
            "Your db is delta, with one row per example. It should be the sum over the examples, "
            "delta.sum(axis=0), because all examples share one bias per neuron.",
            lambda delta, a, W: (delta.T @ a, delta.copy(), delta @ W),
            "b has one entry per neuron, and every example uses it. How are the N contributions "
            "combined?",
        ),
        Mistake(
            "B21",
            "Your db is the sum over the neurons (axis 1). It should be the sum over the examples "
            "(axis 0).",
            lambda delta, a, W: (delta.T @ a, delta.sum(1), delta @ W),
            "b has one entry per neuron. Which axis of delta counts the neurons, and which axis "
            "should be summed over?",
        ),
        Mistake(
            "B21-all",
            "Your db is the sum of all entries of delta. It should be the sum over the examples "
            "(axis 0) only.",
            lambda delta, a, W: (delta.T @ a, delta.sum(), delta @ W),
            "b has one entry per neuron. Over which axis of delta should the sum run, and which "
            "should remain?",
        ),
        Mistake(
            "B24",
            "Your db is the sum of each row of dW, so it contains the inputs a. It should be "
            "delta.sum(axis=0): the derivative of z with respect to b is 1.",
            lambda delta, a, W: (delta.T @ a, (delta.T @ a).sum(1), delta @ W),
            "In z = W a + b, what is the derivative of z with respect to b, and does it contain a?",
        ),
        Mistake(
            "bias-keepdims",
            "Your db has an additional axis of length 1 (keepdims=True). It should have the shape "
            "of b, (n,).",
            lambda delta, a, W: (delta.T @ a, delta.sum(0, keepdims=True), delta @ W),
            "b has one axis. How many axes does your db have?",
        ),
        Mistake(
            "weights-per-example",
            "Your dW contains one outer product per example. It should be their sum over the "
            "batch, which delta.T @ a computes in one product.",
            lambda delta, a, W: (delta[:, :, None] * a[:, None, :], delta.sum(0), delta @ W),
            "Every example contributes one outer product to the same W. How are the N "
            "contributions combined?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "input-with-derivative-sigmoid",
            "Your da contains the factor a·(1 − a), the derivative of the sigmoid. It should be "
            "delta @ W: the derivative is multiplied in the backward step of the activation.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), (delta @ W) * a * (1 - a)),
            "da is ∂ℒ/∂a. Which factor appears only in the step from ∂ℒ/∂a to ∂ℒ/∂z?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "input-with-derivative-tanh",
            "Your da contains the factor 1 − a², the derivative of tanh. It should be delta @ W: "
            "the derivative is multiplied in the backward step of the activation.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), (delta @ W) * (1 - a**2)),
            "da is ∂ℒ/∂a. Which factor appears only in the step from ∂ℒ/∂a to ∂ℒ/∂z?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "input-inverse",
            "Your da uses the (pseudo-)inverse of W. It should be delta @ W: the backward pass "
            "multiplies by derivatives, it does not invert the forward pass.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ np.linalg.pinv(W).T),
            "Does the backward pass invert the product of the forward pass, or does it multiply "
            "by a derivative?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "order-of-results",
            "Your function returns da, dW, db. The order should be dW, db, da.",
            lambda delta, a, W: (delta @ W, delta.T @ a, delta.sum(0)),
            "In which order does the signature list the three results?",
            place="Compare the order of your results with the signature.",
        ),
        Mistake(
            "B35",
            "Your function divides delta by N in place (delta /= N), so dW and db are N times too "
            "small and the caller's delta is changed. Leave the division out: delta contains the "
            "factor 1/N already.",
            _mean_in_place,
            "Which line changes delta in place, and what still needs its old values?",
        ),
    ),
)
