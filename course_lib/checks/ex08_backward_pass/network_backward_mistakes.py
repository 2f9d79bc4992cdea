"""Known mistakes of `network_backward`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.activations import IN_A, SLOPE
from course_lib.checks.ex08_backward_pass.reference import (
    activation_backward,
    dense_backward,
    network_backward,
)
from course_lib.checks.question import Mistake, page

PAGE = page(__name__)
Lists = tuple[list[Any], list[Any]]
OUTPUT = f"{PAGE}#output-error"


def walk(
    dense: Callable[..., Any] = dense_backward,
    bend: Callable[[np.ndarray, int, list, list, str], np.ndarray] | None = None,
) -> Callable[..., Lists]:
    """Make a `network_backward` with another dense step or another activation step."""

    def passes(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
        dW: list[Any] = [None] * len(W)
        db: list[Any] = [None] * len(W)
        for i in reversed(range(len(W))):
            dW[i], db[i], da = dense(delta, a[i], W[i])
            if i > 0:
                delta = (
                    bend(da, i, a, z, activation)
                    if bend
                    else activation_backward(da, z[i - 1], activation)
                )
        return dW, db

    return passes


def _at_the_output(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    return network_backward(activation_backward(delta, z[-1], activation), a, z, W, activation)


def _reversed_lists(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    dW, db = network_backward(delta, a, z, W, activation)
    return dW[::-1], db[::-1]


def _same_delta(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    results = [dense_backward(delta, a[i], W[i]) for i in range(len(W))]
    return [dW for dW, _, _ in results], [db for _, db, _ in results]


def _stops_early(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    dW, db = network_backward(delta, a, z, W, activation)
    dW[0] = db[0] = None
    return dW, db


def _zeros_early(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    dW, db = network_backward(delta, a, z, W, activation)
    return [0 * dW[0], *dW[1:]], [0 * db[0], *db[1:]]


def _updates(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    dW: list[Any] = [None] * len(W)
    db: list[Any] = [None] * len(W)
    for i in reversed(range(len(W))):
        dW[i], db[i], _ = dense_backward(delta, a[i], W[i])
        W[i] -= 0.1 * dW[i]
        if i > 0:
            delta = activation_backward(delta @ W[i], z[i - 1], activation)
    return dW, db


def _activation_twice(where: Callable[[int], bool]) -> Callable[..., Lists]:
    """Cross the activation of z[i] once more before some of the hidden layers."""

    def backward(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
        dW: list[Any] = [None] * len(W)
        db: list[Any] = [None] * len(W)
        for i in reversed(range(len(W))):
            if i < len(W) - 1 and where(i):
                delta = activation_backward(delta, z[i], activation)
            dW[i], db[i], da = dense_backward(delta, a[i], W[i])
            if i > 0:
                delta = activation_backward(da, z[i - 1], activation)
        return dW, db

    return backward


def _in_place(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    def bend(da: np.ndarray, i: int, a: list, z: list, activation: str) -> np.ndarray:
        z[i - 1][...] = SLOPE[activation](z[i - 1])
        return da * z[i - 1]

    return walk(bend=bend)(delta, a, z, W, activation)


MISTAKES = (
    Mistake(
        "B12",
        "The derivative of the activation is missing between the layers: your function passes "
        "on da. It should pass on delta = da * g′(z).",
        walk(bend=lambda da, i, a, z, activation: da),
        "Between two dense layers there is an activation. Which factor does it contribute to "
        "delta?",
        section=f"{PAGE}#hidden-error",
    ),
    Mistake(
        "B10",
        "Your derivative is taken at a, for example because activation_backward gets a "
        "instead of z. It should be taken at z.",
        walk(bend=lambda da, i, a, z, activation: activation_backward(da, a[i], activation)),
        "Which of the two cached lists does the derivative need: the inputs of the "
        "activations, or their outputs?",
        section=f"{PAGE}#activation-derivative",
    ),
    Mistake(
        "B11",
        "Your derivative is the formula in a (1 − a², a·(1 − a)), computed at z. It should be "
        "computed at a = g(z).",
        walk(
            bend=lambda da, i, a, z, activation: (
                da * IN_A[activation](z[i - 1])
                if activation != "relu"
                else activation_backward(da, z[i - 1], activation)
            )
        ),
        "Can the derivative of the activation be negative? Is your formula one in z or one in a?",
        section=f"{PAGE}#activation-derivative",
    ),
    Mistake(
        "B01",
        "Each dW is a.T @ delta, the transpose of the gradient. It should be delta.T @ a.",
        walk(dense=lambda delta, a, W: (a.T @ delta, delta.sum(0), delta @ W)),
        "In dW[j, k], j counts the neurons of this layer and k the inputs. Which of the two "
        "factors is indexed by j?",
        section=f"{PAGE}#transpose",
    ),
    Mistake(
        "B02",
        "Your da is delta @ W.T. It should be delta @ W, because each row of delta is one example.",
        walk(dense=lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ W.T)),
        "da[i, k] is the sum over j of delta[i, j]·W[j, k]. Which axis of W does this sum run "
        "over?",
        section=f"{PAGE}#transpose",
    ),
    Mistake(
        "B05",
        "Your delta is divided by N in every layer, so the gradients are too small by 1/N, "
        "1/N², … from the output on. Nothing should be divided here: delta contains the "
        "factor 1/N already.",
        walk(
            dense=lambda delta, a, W: (
                delta.T @ a / len(a),
                delta.mean(0),
                delta @ W / len(a),
            )
        ),
        "How often does 1/N enter between the loss and the gradient of this layer, and how "
        "often should it?",
        section=f"{PAGE}#batch-sum",
    ),
    Mistake(
        "B05-once",
        "Each dW and db is divided by N. They should be sums over the batch, because delta "
        "contains the factor 1/N of the loss.",
        walk(dense=lambda delta, a, W: (delta.T @ a / len(a), delta.mean(0), delta @ W)),
        "How many times should the factor 1/N enter between the loss and these gradients, and "
        "where?",
        section=f"{PAGE}#batch-sum",
    ),
    Mistake(
        "B05-bias",
        "Each db is a mean over the examples. It should be the sum, because delta contains "
        "the factor 1/N of the loss.",
        walk(dense=lambda delta, a, W: (delta.T @ a, delta.mean(0), delta @ W)),
        "How many times should the factor 1/N enter between the loss and db, and where?",
        section=f"{PAGE}#batch-sum",
    ),
    Mistake(
        "B09",
        "All gradients have the wrong sign: they contain the minus sign of the update, which "
        "is not part of a gradient.",
        lambda delta, a, z, W, activation: network_backward(-delta, a, z, W, activation),
        "In which step of the training is the gradient subtracted: in the backward pass or in "
        "the update?",
    ),
    Mistake(
        "B14",
        "Your function multiplies the given delta by g′. It should not: delta is ∂ℒ/∂z of the "
        "last layer already.",
        _at_the_output,
        "The given delta is ∂ℒ/∂z of the last layer. Which activation is between that z and "
        "the last dense layer, if any?",
        section=OUTPUT,
    ),
    Mistake(
        "B16",
        "Your function updates W inside the backward pass, so the next layer's error is "
        "computed with the new weights, and the caller's W is changed. Compute all gradients "
        "first, with the old weights.",
        _updates,
        "Which line changes W, and which weights did the forward pass use?",
    ),
    Mistake(
        "B20",
        "Each db is delta, with one row per example. It should be the sum over the examples.",
        walk(dense=lambda delta, a, W: (delta.T @ a, delta.copy(), delta @ W)),
        "b has one entry per neuron, and every example uses it. How are the N contributions "
        "combined?",
        section=f"{PAGE}#bias-gradient",
    ),
    Mistake(
        "B24",
        "Your db is the sum of each row of dW, so it contains the inputs. It should be "
        "delta.sum(axis=0): the derivative of z with respect to b is 1.",
        walk(dense=lambda delta, a, W: (delta.T @ a, (delta.T @ a).sum(1), delta @ W)),
        "In z = W a + b, what is the derivative of z with respect to b, and does it contain a?",
        section=f"{PAGE}#bias-gradient",
    ),
    Mistake(
        "B35",
        "Your function overwrites the cached z with the derivatives, so a second backward "
        "pass with the same cache is wrong. Create a new array.",
        _in_place,
        "Which line changes the cache, and what would a second call find there?",
    ),
    Mistake(
        "cache-off-by-one",
        "Your derivative is taken at z[i]. It should be taken at z[i − 1], whose activation "
        "is the input of dense layer i.",
        walk(bend=lambda da, i, a, z, activation: activation_backward(da, z[i], activation)),
        "W[i] leads from a[i] to z[i]. From which z was a[i] computed?",
    ),
    Mistake(
        "activation-twice",
        "Before the first layer, delta is multiplied by the derivative of the activation "
        "twice. Each activation should be passed once.",
        _activation_twice(lambda i: i == 0),
        "How often does the forward pass apply the activation to z[0], and how often does "
        "your backward pass multiply by its derivative?",
        section=f"{PAGE}#hidden-error",
    ),
    Mistake(
        "activation-twice-everywhere",
        "In every hidden layer, delta is multiplied by the derivative of the activation "
        "twice. Each activation should be passed once.",
        _activation_twice(lambda i: True),
        "How often does the forward pass apply the activation to z[i], and how often does "
        "your backward pass multiply by its derivative?",
        section=f"{PAGE}#hidden-error",
    ),
    Mistake(
        "reversed-lists",
        "Your lists begin with the last layer. They should begin with the first layer, as W does.",
        _reversed_lists,
        "Which layer does the first entry of your lists belong to, and which layer does W[0] "
        "belong to?",
        place="Look at the order in which you fill the two lists.",
    ),
    Mistake(
        "delta-stays",
        "Every layer uses the delta of the output. Each layer should pass its own error on to "
        "the layer before.",
        _same_delta,
        "Which line gives delta a new value in each iteration of your loop?",
        section=f"{PAGE}#hidden-error",
    ),
    Mistake(
        "stops-early",
        "Your loop stops before the first layer, so dW[0] and db[0] are never computed: "
        "range(L - 1, 0, -1) does not contain 0.",
        _stops_early,
        "Which values does the counter of your loop take, and which layer is missing?",
        place="Look at the first and the last value of your loop's counter.",
    ),
    Mistake(
        "stops-early-zeros",
        "Your loop stops before the first layer, so dW[0] and db[0] remain zero: range(L - 1, "
        "0, -1) does not contain 0.",
        _zeros_early,
        "Which values does the counter of your loop take, and which layer is missing?",
        place="Look at the first and the last value of your loop's counter.",
    ),
)
