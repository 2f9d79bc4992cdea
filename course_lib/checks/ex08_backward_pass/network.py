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
    text = Worked("The order of work for three dense layers (W[0], W[1], W[2]):")
    text.line("  delta, a[2], W[2]  → dense_backward      → dW[2], db[2], da")
    text.line("  da, z[1]           → activation_backward → delta (of layer index 1)")
    text.line("  delta, a[1], W[1]  → dense_backward      → dW[1], db[1], da")
    text.line("  da, z[0]           → activation_backward → delta (of layer index 0)")
    text.line("  delta, a[0], W[0]  → dense_backward      → dW[0], db[0]; its da is ∂ℒ/∂x")
    text.line("Each line uses only what the line above it made, and the cache.")
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
    parts=(Part("dW", 4, (0,)), Part("db", 2, (1,))),
    section=f"{PAGE}#whole-network",
    place="Look at what one turn of your loop passes to the next.",
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
            "The derivative of the activation is missing between the layers: da is passed on "
            "where delta = da * g′(z) belongs.",
            _walk(bend=lambda da, i, a, z, activation: da),
            "Between two dense layers there is an activation. Which factor does it bring?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "B10",
            "activation_backward is given a where it expects z, so the derivative is taken at the "
            "activation's output.",
            _walk(bend=lambda da, i, a, z, activation: activation_backward(da, a[i], activation)),
            "Which of the two cached lists does the derivative need: what went into the "
            "activation, or what came out?",
            section=f"{PAGE}#activation-derivative",
        ),
        Mistake(
            "B11",
            "The derivative written in a (1 − a², a·(1 − a)) is fed with z.",
            _walk(
                bend=lambda da, i, a, z, activation: (
                    da * IN_A[activation](z[i - 1])
                    if activation != "relu"
                    else activation_backward(da, z[i - 1], activation)
                )
            ),
            "Can the derivative of the activation be negative? What does your formula expect: z "
            "or a?",
            section=f"{PAGE}#activation-derivative",
        ),
        Mistake(
            "B01",
            "Every dW is a.T @ delta, the transpose of what belongs there: dW = delta.T @ a.",
            _walk(dense=lambda delta, a, W: (a.T @ delta, delta.sum(0), delta @ W)),
            "dW[j, k] belongs to neuron j of this layer and input k. Which factor comes first?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B02",
            "The error goes back through W.T; with examples as rows it goes back through W "
            "itself: da = delta @ W.",
            _walk(dense=lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ W.T)),
            "Input k collects W[j, k] δ_j over all neurons j: which axis of W meets delta?",
            section=f"{PAGE}#transpose",
        ),
        Mistake(
            "B05",
            "delta is divided by N again in every layer: the gradients come out 1/N, 1/N², … "
            "times too small, counted from the output. The 1/N belongs in the start, once.",
            _walk(
                dense=lambda delta, a, W: (
                    delta.T @ a / len(a),
                    delta.mean(0),
                    delta @ W / len(a),
                )
            ),
            "How often does 1/N enter between the output and this layer?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05-once",
            "Every dW and db is divided by N, but delta carries the mean's 1/N already.",
            _walk(dense=lambda delta, a, W: (delta.T @ a / len(a), delta.mean(0), delta @ W)),
            "delta comes from the loss, which is a mean. Is the 1/N already inside?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05-bias",
            "Every db is a mean over the examples; a sum belongs there, since delta carries the "
            "mean's 1/N already.",
            _walk(dense=lambda delta, a, W: (delta.T @ a, delta.mean(0), delta @ W)),
            "delta comes from the loss, which is a mean. Should its rows be averaged again?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B09",
            "All gradients have the wrong sign: the minus of the update was put in here.",
            lambda delta, a, z, W, activation: network_backward(-delta, a, z, W, activation),
            "The gradient points uphill. Which step of the training turns it round?",
        ),
        Mistake(
            "B14",
            "delta is multiplied by g′ at the output. It is ∂ℒ/∂z of the last layer already; the "
            "hidden activation has no place there.",
            _at_the_output,
            "delta arrives as ∂ℒ/∂z of the last layer. Is there an activation left to cross "
            "before its dense layer?",
            section=OUTPUT,
        ),
        Mistake(
            "B16",
            "W is updated inside the backward pass, so the next layer's error goes through the "
            "new weights (and the caller's W has changed). All gradients first, from the old "
            "weights; then the update.",
            _updates,
            "Which line writes into W? Through which weights did the forward pass go?",
        ),
        Mistake(
            "B20",
            "Every db is delta itself, one row per example; add up over the examples.",
            _walk(dense=lambda delta, a, W: (delta.T @ a, delta.copy(), delta @ W)),
            "b has one entry per neuron, and every example uses it. What happens to the N "
            "contributions?",
            section=f"{PAGE}#bias-gradient",
        ),
        Mistake(
            "B24",
            "Every db is made from dW (the sums of its rows), so the inputs are in it; the bias "
            "is multiplied by 1: db = delta.sum(axis=0).",
            _walk(dense=lambda delta, a, W: (delta.T @ a, (delta.T @ a).sum(1), delta @ W)),
            "In z = W a + b, what is b multiplied by? Should a appear in db?",
            section=f"{PAGE}#bias-gradient",
        ),
        Mistake(
            "B35",
            "The cached z is overwritten with the derivatives, so a second backward pass from the "
            "same cache goes wrong. Make a new array.",
            _in_place,
            "Which line writes into the cache? What would a second call find there?",
        ),
        Mistake(
            "cache-off-by-one",
            "The derivative is taken at z[i]; the activation before dense layer i is that of z[i "
            "− 1].",
            _walk(bend=lambda da, i, a, z, activation: activation_backward(da, z[i], activation)),
            "W[i] leads from a[i] to z[i]. Of which z is a[i] the activation?",
        ),
        Mistake(
            "activation-twice",
            "Before the first layer, delta goes through the activation a second time. Each "
            "activation is crossed once, on the way from the layer after it.",
            _activation_twice(lambda i: i == 0),
            "How often does the forward pass apply the activation of z[0]?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "activation-twice-everywhere",
            "In every hidden layer, delta goes through the activation twice. Each activation is "
            "crossed once, on the way from the layer after it.",
            _activation_twice(lambda i: True),
            "How often does the forward pass apply the activation of z[i]?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "reversed-lists",
            "The lists run from the last layer to the first; dW[0] must belong to the first "
            "layer, as W[0] does.",
            _reversed_lists,
            "To which layer does the first entry of your lists belong, and to which W[0]?",
        ),
        Mistake(
            "delta-stays",
            "Every layer gets the output's delta; each layer has to pass its own error on to the "
            "layer before.",
            _same_delta,
            "What changes delta from one turn of your loop to the next?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "stops-early",
            "The loop stops before the first layer: dW[0] and db[0] are never filled. range(L - "
            "1, 0, -1) leaves out 0.",
            _stops_early,
            "Which values does your loop's counter take, and which is missing?",
        ),
        Mistake(
            "stops-early-zeros",
            "The loop stops before the first layer: dW[0] and db[0] stay zero. range(L - 1, 0, "
            "-1) leaves out 0.",
            _zeros_early,
            "Which values does your loop's counter take, and which is missing?",
        ),
    ),
)
