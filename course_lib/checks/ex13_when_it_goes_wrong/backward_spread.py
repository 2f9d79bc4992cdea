from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.forward_spread import (
    BACK,
    CALLS,
    MEASURES,
    size,
    weights,
)
from course_lib.checks.ex13_when_it_goes_wrong.reference import backward_spread
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def backward_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw the last error, and pre-activations of both signs on both sides of ±1."""
    W = weights(rng, fixture)
    z = [1.5 * rng.normal(size=(fixture.n, len(weights))) for weights in W]
    return rng.normal(size=z[-1].shape) + 0.3, z, W, fixture.variant


def _back(
    measure: Callable[[np.ndarray], Any] = size,
    slope: Callable[[list, int, str], Any] = lambda z, i, name: SLOPE[name](z[i - 1]),
    product: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda delta, W: delta @ W,
) -> Callable[..., np.ndarray]:
    """Make a `backward_spread` with another measure, derivative or product."""

    def backward(delta: np.ndarray, z: list, W: list, activation: str) -> np.ndarray:
        found = [measure(delta)]
        for i in range(len(W) - 1, 0, -1):
            delta = product(delta, W[i]) * slope(z, i, activation)
            found.insert(0, measure(delta))
        return np.array(found)

    return backward


def _before_the_slope(delta: np.ndarray, z: list, W: list, activation: str) -> np.ndarray:
    found = [size(delta)]
    for i in range(len(W) - 1, 0, -1):
        upstream = delta @ W[i]
        found.insert(0, size(upstream))
        delta = upstream * SLOPE[activation](z[i - 1])
    return np.array(found)


def _all_slopes(delta: np.ndarray, z: list, W: list, activation: str) -> np.ndarray:
    return backward_spread(delta * SLOPE[activation](z[-1]), z, W, activation)


def _back_recursive(delta: np.ndarray, z: list, W: list, activation: str) -> list[float]:
    here = [float(np.linalg.norm(delta) / np.sqrt(delta.size))]
    if len(W) == 1:
        return here
    before = np.einsum("ij,jk->ik", delta, W[-1]) * SLOPE[activation](z[-2])
    return _back_recursive(before, z[:-1], W[:-1], activation) + here


def _back_example() -> str:
    text = Worked("Two layers, one example. W[1] has one row, because there is one output.")
    text.line("  delta = [[0.5]], W[1] = [[2, −1]], derivatives g′(z[0]) = [[0.5, 1]]")
    text.line("  delta @ W[1] = [[1, −0.5]], times the derivatives: [[0.5, −0.5]]")
    text.line("  spread of layer 1: 0.5; of layer 0: √((0.25 + 0.25)/2) = 0.5")
    text.line("The first layer comes first: [0.5, 0.5].")
    return str(text)


BACKWARD_SPREAD = Question(
    name="backward_spread",
    signature="backward_spread(delta, z, W, activation) -> spread",
    returns=("spread",),
    parts=(
        Part(
            "spread",
            3,
            next_step=(
                "Take two layers of one unit each and one example. What "
                "are the errors of layer 1 and of layer 0, and which "
                "numbers does your function return?"
            ),
        ),
    ),
    section=BACK,
    place="Look at the number of each layer, and at the step to the error of the layer before.",
    inputs=backward_inputs,
    reference=backward_spread,
    fixtures=(
        *CALLS,
        Fixture("large", widths=(6, 45_000, 5, 4), n=3, variant="tanh", cpu_seconds=1.5),
    ),
    sizes=lambda delta, z, W, activation: {"N": len(delta), "n_L": delta.shape[1]},
    example=_back_example,
    correct={
        "recursion, norms": _back_recursive,
        "relu'(0) = 1": _back(
            slope=lambda z, i, name: (z[i - 1] >= 0) if name == "relu" else SLOPE[name](z[i - 1])
        ),
    },
    mistakes=(
        Mistake(
            "B12",
            "The derivative of the activation is missing in your backward pass.",
            _back(slope=lambda z, i, name: 1.0),
            "Which factor does the activation between two layers contribute to Δ?",
        ),
        Mistake(
            "B10",
            "Your derivative is taken at a = g(z). It should be taken at z.",
            _back(slope=lambda z, i, name: SLOPE[name](VALUE[name](z[i - 1]))),
            "At which number is your derivative taken: at the input of the activation, or at its "
            "output?",
        ),
        Mistake(
            "value-for-derivative",
            "Your factor is the value of the activation. It should be its derivative.",
            _back(slope=lambda z, i, name: VALUE[name](z[i - 1])),
            "Is your factor the value of the activation, or its derivative?",
        ),
        Mistake(
            "B02",
            "Your code computes delta @ W.T. It should be delta @ W, because each row of delta is "
            "one example.",
            _back(product=lambda delta, W: delta @ W.T),
            "∂ℒ/∂a of input k is the sum of δ_j W[j, k] over j. Which axis of W does this sum run "
            "over?",
        ),
        Mistake(
            "cache-off-by-one",
            "Your derivative is taken at z[i]. It should be taken at z[i − 1], whose activation "
            "is the input of layer i.",
            _back(slope=lambda z, i, name: SLOPE[name](z[i])),
            "delta @ W[i] is ∂ℒ/∂a for the input of layer i. From which z was this a computed?",
        ),
        Mistake(
            "reversed-lists",
            "Your numbers begin with the last layer. They should begin with layer 0.",
            lambda *args: backward_spread(*args)[::-1],
            "Which layer does your first number belong to?",
        ),
        Mistake(
            "before-the-derivative",
            "Your number is that of ∂ℒ/∂A, without the derivative of the activation. It should be "
            "that of Δ = ∂ℒ/∂Z.",
            _before_the_slope,
            "Is your number computed from ∂ℒ/∂A or from ∂ℒ/∂Z?",
        ),
        Mistake(
            "output-derivative",
            "Your delta is multiplied by a derivative at the output. It should not be: delta is "
            "∂ℒ/∂Z of the last layer already.",
            _all_slopes,
            "delta is ∂ℒ/∂Z of the last layer. Which activation is between that Z and the last "
            "layer, if any?",
        ),
        Mistake(
            "no-root",
            "Your number is the mean of the squares. It should be its square root.",
            lambda *args: backward_spread(*args) ** 2,
            "If all entries were twice as large, would your number be 2 or 4 times as large?",
        ),
        Mistake(
            "deviation",
            "Your number is np.std, which subtracts the mean first. It should be √(mean of the "
            "squares), without subtracting the mean.",
            _back(np.std),
            "What does np.std subtract from the numbers before it squares them?",
        ),
        *(Mistake(id, name, _back(measure), question) for id, name, measure, question in MEASURES),
        Mistake(
            "formula-of-z",
            "Your derivative is the formula in a, computed at z: 1 − z² or z(1 − z). It should be "
            "computed at a = g(z).",
            _back(slope=lambda z, i, name: IN_A[name](z[i - 1])),
            "Is your formula of the derivative one in z or one in a?",
        ),
    ),
)
