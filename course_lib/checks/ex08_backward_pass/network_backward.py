"""`network_backward`: from the output's error to every gradient of a whole network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, VALUE, slope_factors
from course_lib.checks.ex08_backward_pass.network_backward_mistakes import MISTAKES, Lists, walk
from course_lib.checks.ex08_backward_pass.reference import (
    activation_backward,
    dense_backward,
    network_backward,
    softmax_cross_entropy_backward,
)
from course_lib.checks.ex08_backward_pass.softmax_cross_entropy_backward import (
    inputs as softmax_inputs,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


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


def _carried(
    call: Callable[..., Any], delta: np.ndarray, a: list, z: list, W: list, activation: str
) -> Lists:
    def bend(da: np.ndarray, i: int, _a: list, z: list, activation: str) -> np.ndarray:
        return call("activation_backward", da, z[i - 1], activation)

    return walk(partial(call, "dense_backward"), bend)(delta, a, z, W, activation)


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


def _example() -> str:
    text = Worked("The order of the steps for three dense layers (W[0], W[1], W[2]):")
    text.line("  delta, a[2], W[2]  → dense_backward      → dW[2], db[2], da")
    text.line("  da, z[1]           → activation_backward → delta of layer 1")
    text.line("  delta, a[1], W[1]  → dense_backward      → dW[1], db[1], da")
    text.line("  da, z[0]           → activation_backward → delta of layer 0")
    text.line("  delta, a[0], W[0]  → dense_backward      → dW[0], db[0]; its da is ∂ℒ/∂x")
    text.line("Each line uses only the results of the line above it, and the cache.")
    return str(text)


def _factors(
    delta: np.ndarray, a: list, z: list, W: list, activation: str
) -> dict[str, np.ndarray]:
    return slope_factors(z[0], activation) if len(W) > 1 else {}


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
    mistakes=MISTAKES,
)
