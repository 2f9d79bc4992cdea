"""`forward_spread` and `backward_spread`: the size of a signal, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex13 import backward_spread, forward_spread
from course_lib.checks.worked import Worked

VARIANCE, BACK = f"{PAGE}#variance-through-a-layer", f"{PAGE}#variance-backwards"
CALLS = (
    Fixture("tanh", variant="tanh", repeat=True),
    Fixture("relu", widths=(5, 11, 7, 3, 13), n=9, variant="relu"),
    Fixture("sigmoid", widths=(4, 9, 6), n=13, variant="sigmoid"),
    Fixture("square", widths=(5, 5, 5, 5), variant="tanh", marked=False),
)


def _weights(rng: Generator, fixture: Fixture) -> list[np.ndarray]:
    sizes = zip(fixture.widths[:-1], fixture.widths[1:], strict=True)
    return [rng.normal(size=(n_out, n_in)) * 1.5 / np.sqrt(n_in) for n_in, n_out in sizes]


def forward_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a batch that is not centred, so that its spread is no standard deviation."""
    x = 1.2 * rng.normal(size=(fixture.n, fixture.widths[0])) + 0.4
    return x, _weights(rng, fixture), fixture.variant


def backward_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw the last error, and pre-activations of both signs on both sides of ±1."""
    W = _weights(rng, fixture)
    z = [1.5 * rng.normal(size=(fixture.n, len(weights))) for weights in W]
    return rng.normal(size=z[-1].shape) + 0.3, z, W, fixture.variant


def _size(a: np.ndarray) -> float:
    return float(np.sqrt(np.mean(a**2)))


MEASURES = (
    (
        "deviation-ddof",
        "Your number is np.std with ddof=1, which subtracts the mean and divides by the number of "
        "entries minus 1. It should be √(mean of the squares), over all entries.",
        lambda a: np.std(a, ddof=1),
        "What does np.std subtract before it squares, and by which number does it divide with "
        "ddof=1?",
    ),
    (
        "one-less",
        "Your sum of the squares is divided by the number of entries minus 1. It should be "
        "divided by the number of entries.",
        lambda a: np.sqrt(np.sum(a**2) / (a.size - 1)),
        "By which number does your code divide the sum of the squares?",
    ),
    (
        "variance",
        "Your number is the variance, np.var. It should be √(mean of the squares), without "
        "subtracting the mean.",
        np.var,
        "Does the formula of the task subtract the mean of the entries?",
    ),
    (
        "largest",
        "Your number is the largest absolute value. It should be √(mean of the squares).",
        lambda a: np.abs(a).max(),
        "How many of the entries determine your number?",
    ),
    (
        "per-example",
        "Your sum of the squares is divided by the number of examples. It should be divided by "
        "the number of entries.",
        lambda a: np.sqrt(np.sum(a**2) / len(a)),
        "How many entries does the array have, and by what do you divide?",
    ),
    (
        "mean-size",
        "Your number is the mean of the absolute values. It should be √(mean of the squares).",
        lambda a: np.abs(a).mean(),
        "Where does your function square the entries?",
    ),
    (
        "norm",
        "Your number is the norm, √(sum of the squares). It should be √(mean of the squares).",
        np.linalg.norm,
        "If there were twice as many examples, should your number grow?",
    ),
)
"""Other measures than the spread: id, name, measure, question."""


def _forward(
    measure: Callable[[np.ndarray], Any] = _size,
    what: str = "a",
    g: Callable[[np.ndarray, str], np.ndarray] = lambda z, name: VALUE[name](z),
    product: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda a, W: a @ W.T,
) -> Callable[..., np.ndarray]:
    """Make a `forward_spread` with another measure, activation or product."""

    def forward(x: np.ndarray, W: list, activation: str) -> np.ndarray:
        a, found = x, []
        for weights in W:
            z = product(a, weights)
            before, a = a, g(z, activation)
            found.append(measure({"a": a, "z": z, "before": before}[what]))
        return np.array(found)

    return forward


def _norms(x: np.ndarray, W: list, activation: str) -> list[float]:
    found = []
    for weights in W:
        x = VALUE[activation](np.einsum("ik,jk->ij", x, weights))
        found.append(float(np.linalg.norm(x) / np.sqrt(x.size)))
    return found


def _forward_example() -> str:
    a = np.array([[1.0, -2.0], [0.5, 0.0]])
    text = Worked("Activations of one layer, two examples and two units:").array("a", a)
    text.line("  squares 1, 4, 0.25, 0; their mean is 5.25/4 = 1.3125; the root is 1.1456")
    text.line("One number for the layer. The input of the next layer is a, not that number.")
    return str(text)


FORWARD_SPREAD = Question(
    name="forward_spread",
    signature="forward_spread(x, W, activation) -> spread",
    returns=("spread",),
    parts=(
        Part(
            "spread",
            2,
            next_step=(
                "Take one example and one layer with the activations 3 "
                "and 4. What should the number of this layer be, and what "
                "does your function return?"
            ),
        ),
    ),
    section=VARIANCE,
    place="Look at the number that you compute for each layer, and at the input of the next layer.",
    inputs=forward_inputs,
    reference=forward_spread,
    fixtures=CALLS,
    sizes=lambda x, W, activation: {"N": len(x), "n_0": x.shape[1]},
    example=_forward_example,
    correct={
        "norms and einsum": _norms,
        "float32": lambda x, W, activation: forward_spread(
            x.astype(np.float32), [weights.astype(np.float32) for weights in W], activation
        ),
    },
    mistakes=(
        Mistake(
            "no-root",
            "Your number is the mean of the squares. It should be its square root.",
            _forward(lambda a: np.mean(a**2)),
            "If all entries were twice as large, would your number be 2 or 4 times as large?",
        ),
        Mistake(
            "deviation",
            "Your number is np.std, which subtracts the mean first. It should be √(mean of the "
            "squares), without subtracting the mean.",
            _forward(np.std),
            "Which number determines the variance of the next z: the mean of a², or the variance "
            "of a?",
        ),
        Mistake(
            "plain-mean",
            "Your number is the mean of a, where positive and negative entries cancel. It should "
            "be √(mean of the squares).",
            _forward(np.mean),
            "What is your number for the two entries −5 and 5?",
        ),
        *(
            Mistake(id, name, _forward(measure), question)
            for id, name, measure, question in MEASURES
        ),
        Mistake(
            "pre-activation",
            "Your number is that of z. It should be that of the activation a = g(z).",
            _forward(what="z"),
            "Which array does your code use for the number: the one before the activation, or "
            "after it?",
        ),
        Mistake(
            "one-layer-late",
            "Your numbers are those of the inputs of the layers, beginning with x. They should be "
            "those of the outputs.",
            _forward(what="before"),
            "Does your first number depend on W[0]?",
        ),
        Mistake(
            "no-activation",
            "The activation is missing: your code computes the products only.",
            _forward(g=lambda z, name: z),
            "Which function is applied between two products?",
        ),
        Mistake(
            "F02",
            "Your code computes a @ W. It should be a @ W.T, because each row of a is one example.",
            _forward(product=lambda a, W: a @ W),
            "Which axis of W counts the inputs of the layer?",
        ),
    ),
)


def _back(
    measure: Callable[[np.ndarray], Any] = _size,
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
    found = [_size(delta)]
    for i in range(len(W) - 1, 0, -1):
        upstream = delta @ W[i]
        found.insert(0, _size(upstream))
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
    place="Look at the step from the error of a layer to the error of the layer before.",
    inputs=backward_inputs,
    reference=backward_spread,
    fixtures=(
        *CALLS,
        Fixture("large", widths=(6, 30_000, 5, 4), n=3, variant="tanh", cpu_seconds=1.5),
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
            "value-for-slope",
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
            "before-the-slope",
            "Your number is that of ∂ℒ/∂A, without the derivative of the activation. It should be "
            "that of Δ = ∂ℒ/∂Z.",
            _before_the_slope,
            "Is your number computed from ∂ℒ/∂A or from ∂ℒ/∂Z?",
        ),
        Mistake(
            "output-slope",
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
