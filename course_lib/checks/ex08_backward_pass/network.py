"""`network_backward`: from the output's error to every gradient of a whole network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE, slope_factors
from course_lib.checks.ex08_backward_pass.page import PAGE
from course_lib.checks.ex08_backward_pass.softmax import inputs as softmax_inputs
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex08 import (
    activation_backward,
    dense_backward,
    network_backward,
    softmax_cross_entropy_backward,
)
from course_lib.checks.worked import Worked

Lists = tuple[list[Any], list[Any]]


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Run a forward pass with random weights; return Δ of the output and the cache."""
    activation = fixture.variant
    a, z, W = [1.3 * rng.normal(size=(fixture.n, fixture.widths[0]))], [], []
    last = len(fixture.widths) - 2
    for layer, (n_in, n_out) in enumerate(
        zip(fixture.widths[:-1], fixture.widths[1:], strict=True)
    ):
        W.append(rng.normal(size=(n_out, n_in)) * 1.4 / np.sqrt(n_in))
        z.append(a[-1] @ W[-1].T + rng.normal(size=n_out))
        if layer < last:
            a.append(VALUE[activation](z[-1]))
    exponentials = np.exp(z[-1] - z[-1].max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    y = softmax_inputs(rng, fixture)[1] if fixture.n >= fixture.widths[-1] else np.zeros(2, int)
    return softmax_cross_entropy_backward(p, y), a, z, W, activation


def _sizes(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> dict[str, int]:
    return {"N": len(delta)} | {f"n_{layer}": len(w) for layer, w in enumerate(W, start=1)}


def _walk(
    dense: Callable[..., Any] = dense_backward,
    bend: Callable[[np.ndarray, int, list, list, str], np.ndarray] | None = None,
) -> Callable[..., Lists]:
    """Make a `network_backward` with another dense step or another activation step."""

    def walk(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
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

    return walk


def _carried(
    call: Callable[..., Any], delta: np.ndarray, a: list, z: list, W: list, activation: str
) -> Lists:
    def bend(da: np.ndarray, i: int, _a: list, z: list, activation: str) -> np.ndarray:
        return call("activation_backward", da, z[i - 1], activation)

    return _walk(partial(call, "dense_backward"), bend)(delta, a, z, W, activation)


def _recursive(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Lists:
    dW, db, da = dense_backward(delta, a[-1], W[-1])
    if len(W) == 1:
        return [dW], [db]
    before = activation_backward(da, z[-2], activation)
    earlier, biases = _recursive(before, a[:-1], z[:-1], W[:-1], activation)
    return [*earlier, dW], [*biases, db]


def _formulas(delta: np.ndarray, a: list, z: list, W: list, activation: str) -> Any:
    errors = [delta]
    for i in range(len(W) - 1, 0, -1):
        errors.insert(0, (errors[0] @ W[i]) * IN_A[activation](a[i]))
    return (
        tuple(np.einsum("ij,ik->jk", error, inputs) for error, inputs in zip(errors, a)),  # noqa: B905
        tuple(error.sum(0) for error in errors),
    )


def _single(arrays: list) -> list:
    return [array.astype(np.float32) for array in arrays]


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

    return _walk(bend=bend)(delta, a, z, W, activation)


def _example() -> str:
    text = Worked("The order of the steps for three dense layers (W[0], W[1], W[2]):")
    text.line("  delta, a[2], W[2]  → dense_backward      → dW[2], db[2], da")
    text.line("da, z[1]           → activation_backward → delta of layer 1")
    text.line("  delta, a[1], W[1]  → dense_backward      → dW[1], db[1], da")
    text.line("da, z[0]           → activation_backward → delta of layer 0")
    text.line("  delta, a[0], W[0]  → dense_backward      → dW[0], db[0]; its da is ∂ℒ/∂x")
    text.line("Each line uses only the results of the line above it, and the cache.")
    return str(text)


def _factors(
    delta: np.ndarray, a: list, z: list, W: list, activation: str
) -> dict[str, np.ndarray]:
    return slope_factors(z[0], activation) if len(W) > 1 else {}


OUTPUT = f"{PAGE}#output-error"
NETWORK_BACKWARD = Question(
    name="network_backward",
    signature="network_backward(delta, a, z, W, activation) -> (dW, db)",
    returns=("dW", "db"),
    parts=(
        Part(
            "dW",
            4,
            (0,),
            place=(
                "Look at each step of your loop: dW and db of a layer, and the error that it "
                "passes on."
            ),
        ),
        Part("db", 2, (1,), place="Look at the sum that gives db."),
    ),
    section=f"{PAGE}#whole-network",
    place="Look at what one iteration of your loop passes to the next.",
    inputs=inputs,
    reference=network_backward,
    fixtures=(
        Fixture("three layers", variant="tanh", repeat=True),
        Fixture("four layers", widths=(4, 6, 9, 3, 2), n=7, variant="sigmoid"),
        Fixture("two layers", widths=(5, 8, 3), n=13, variant="relu"),
        Fixture("square", widths=(5, 5, 5, 5), variant="tanh", marked=False),
        Fixture("large", widths=(6, 36_000, 6, 2), n=2, variant="tanh", cpu_seconds=1.5),
    ),
    sizes=_sizes,
    example=_example,
    carried=_carried,
    correct={
        "recursion": _recursive,
        "all errors first, einsum, derivatives in a": _formulas,
        "float32": lambda delta, a, z, W, activation: network_backward(
            delta.astype(np.float32), _single(a), _single(z), _single(W), activation
        ),
    },
    mistakes=(
        Mistake(
            "B12",
            "The derivative of the activation is missing between the layers: your function passes "
            "on da. It should pass on delta = da * g′(z).",
            _walk(bend=lambda da, i, a, z, activation: da),
            "Between two dense layers there is an activation. Which factor does it contribute to "
            "delta?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "B10",
            "Your derivative is taken at a, for example because activation_backward gets a "
            "instead of z. It should be taken at z.",
            _walk(bend=lambda da, i, a, z, activation: activation_backward(da, a[i], activation)),
            "Which of the two cached lists does the derivative need: the inputs of the "
            "activations, or their outputs?",
            section=f"{PAGE}#activation-derivative",
        ),
        Mistake(
            "B11",
            "Your derivative is the formula in a (1 − a², a·(1 − a)), computed at z. It should be "
            "computed at a = g(z).",
            _walk(
                bend=lambda da, i, a, z, activation: (
                    da * IN_A[activation](z[i - 1])
                    if activation != "relu"
                    else activation_backward(da, z[i - 1], activation)
                )
            ),
            "Can the derivative of the activation be negative? Is your formula one in z or one in "
            "a?",
            section=f"{PAGE}#activation-derivative",
        ),
        Mistake(
            "B01",
            "Each dW is a.T @ delta, the transpose of the gradient. It should be delta.T @ a.",
            _walk(dense=lambda delta, a, W: (a.T @ delta, delta.sum(0), delta @ W)),
            "In dW[j, k], j counts the neurons of this layer and k the inputs. Which of the two "
            "factors is indexed by j?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B02",
            "Your da is delta @ W.T. It should be delta @ W, because each row of delta is one "
            "example.",
            _walk(dense=lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ W.T)),
            "da[i, k] is the sum over j of delta[i, j]·W[j, k]. Which axis of W does this sum run "
            "over?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B05",
            "Your delta is divided by N in every layer, so the gradients are too small by 1/N, "
            "1/N², … from the output on. Nothing should be divided here: delta contains the "
            "factor 1/N already.",
            _walk(
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
            _walk(dense=lambda delta, a, W: (delta.T @ a / len(a), delta.mean(0), delta @ W)),
            "How often should the factor 1/N enter between the loss and these gradients, and "
            "where?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05-bias",
            "Each db is a mean over the examples. It should be the sum, because delta contains "
            "the factor 1/N of the loss.",
            _walk(dense=lambda delta, a, W: (delta.T @ a, delta.mean(0), delta @ W)),
            "How often should the factor 1/N enter between the loss and db, and where?",
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
            _walk(dense=lambda delta, a, W: (delta.T @ a, delta.copy(), delta @ W)),
            "b has one entry per neuron, and every example uses it. How are the N contributions "
            "combined?",
            section=f"{PAGE}#bias-gradient",
        ),
        Mistake(
            "B24",
            "Your db is the sum of each row of dW, so it contains the inputs. It should be "
            "delta.sum(axis=0): the derivative of z with respect to b is 1.",
            _walk(dense=lambda delta, a, W: (delta.T @ a, (delta.T @ a).sum(1), delta @ W)),
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
            _walk(bend=lambda da, i, a, z, activation: activation_backward(da, z[i], activation)),
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
            "Your lists begin with the last layer. They should begin with the first layer, as W "
            "does.",
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
    ),
)
