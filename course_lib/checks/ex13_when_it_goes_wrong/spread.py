"""`forward_spread` and `backward_spread`: the size of a signal, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
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
        "np.std with ddof=1 subtracts the mean and divides by one entry less. The spread is "
        "√(mean of the squares), over all entries.",
        lambda a: np.std(a, ddof=1),
        "What does np.std do before it squares, and by which number does it divide with ddof=1?",
    ),
    (
        "one-less",
        "The sum of the squares is divided by the number of entries minus 1; a mean divides by "
        "the number of entries.",
        lambda a: np.sqrt(np.sum(a**2) / (a.size - 1)),
        "By which number does a mean divide?",
    ),
    (
        "variance",
        "This is the variance, np.var. The spread subtracts no mean, and takes the root.",
        np.var,
        "Is the mean of the entries subtracted in the formula of the task?",
    ),
    (
        "largest",
        "The largest |entry| is returned; the spread is the root of the mean square.",
        lambda a: np.abs(a).max(),
        "How many entries does your number depend on?",
    ),
    (
        "per-example",
        "The sum of the squares is divided by the number of examples; the mean is over all "
        "entries.",
        lambda a: np.sqrt(np.sum(a**2) / len(a)),
        "How many entries does the array have?",
    ),
    (
        "mean-size",
        "The mean of the absolute values is returned; square, average, root.",
        lambda a: np.abs(a).mean(),
        "Where does your function square the entries?",
    ),
    (
        "norm",
        "The norm, the root of the sum of squares, is returned: it grows with the number of "
        "entries. Divide by that number before taking the root.",
        np.linalg.norm,
        "Would your number stay the same for twice as many examples?",
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
    parts=(Part("spread", 2),),
    section=VARIANCE,
    place="Look at what is measured in every layer, and at the input of the next one.",
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
            "The mean of the squares is returned; the spread is its root.",
            _forward(lambda a: np.mean(a**2)),
            "Which unit has your number: that of a, or that of its square?",
        ),
        Mistake(
            "deviation",
            "np.std subtracts the mean first. The next weighted sum contains a itself, with its "
            "mean: square, average, root.",
            _forward(np.std),
            "Does the variance of the next z contain the mean of a², or the variance of a?",
        ),
        Mistake(
            "plain-mean",
            "The mean of a is returned, in which positive and negative entries cancel.",
            _forward(np.mean),
            "What is the mean of −5 and 5, and how large are these numbers?",
        ),
        *(
            Mistake(id, name, _forward(measure), question)
            for id, name, measure, question in MEASURES
        ),
        Mistake(
            "pre-activation",
            "z is measured; the activation a = g(z) is asked for.",
            _forward(what="z"),
            "Is that measured before the activation, or after it?",
        ),
        Mistake(
            "one-layer-late",
            "The input of every layer is measured: x first, and the last layer never.",
            _forward(what="before"),
            "Does your first number depend on W[0]?",
        ),
        Mistake(
            "no-activation",
            "The activation is missing: only the products are formed.",
            _forward(g=lambda z, name: z),
            "What is applied between two products?",
        ),
        Mistake(
            "F02",
            "a @ W is formed; with one example per row it is a @ W.T.",
            _forward(product=lambda a, W: a @ W),
            "Which axis of W are the inputs of the layer?",
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
    parts=(Part("spread", 3),),
    section=BACK,
    place="Look at one step from a layer's error to that of the layer before.",
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
            "The derivative of the activation is missing in the backward pass.",
            _back(slope=lambda z, i, name: 1.0),
            "Which factor does the activation between two layers contribute to Δ?",
        ),
        Mistake(
            "B10",
            "The derivative is taken at a = g(z); it is taken at z.",
            _back(slope=lambda z, i, name: SLOPE[name](VALUE[name](z[i - 1]))),
            "At which number is your derivative taken: before the activation, or after it?",
        ),
        Mistake(
            "value-for-slope",
            "The value of the activation is used where its derivative belongs.",
            _back(slope=lambda z, i, name: VALUE[name](z[i - 1])),
            "Is that the value of the activation, or its derivative?",
        ),
        Mistake(
            "B02",
            "The error is multiplied by W.T; with examples as rows it is delta @ W.",
            _back(product=lambda delta, W: delta @ W.T),
            "Input k receives W[j, k] δ_j from every neuron j: which axis of W is summed over?",
        ),
        Mistake(
            "cache-off-by-one",
            "The derivative is taken at z[i]; the input of W[i] is the activation of z[i − 1].",
            _back(slope=lambda z, i, name: SLOPE[name](z[i])),
            "delta @ W[i] is ∂ℒ/∂a for the input of layer i. From which z was that a computed?",
        ),
        Mistake(
            "reversed-lists",
            "The last layer comes first; layer 0 is asked for first.",
            lambda *args: backward_spread(*args)[::-1],
            "Which layer's number should come first, and which did you compute first?",
        ),
        Mistake(
            "before-the-slope",
            "∂ℒ/∂A is measured, before the derivative is multiplied in; Δ = ∂ℒ/∂Z is asked for.",
            _before_the_slope,
            "Is that ∂ℒ/∂A or ∂ℒ/∂Z?",
        ),
        Mistake(
            "output-slope",
            "delta is multiplied by a derivative at the output; it is ∂ℒ/∂Z of the last layer "
            "already.",
            _all_slopes,
            "delta is ∂ℒ/∂Z of the last layer. Is another derivative needed there?",
        ),
        Mistake(
            "no-root",
            "The mean of the squares is returned; the spread is its root.",
            lambda *args: backward_spread(*args) ** 2,
            "Which unit has your number: that of delta, or that of its square?",
        ),
        Mistake(
            "deviation",
            "np.std subtracts the mean first; square, average, root.",
            _back(np.std),
            "What does np.std do to the numbers before it squares them?",
        ),
        *(Mistake(id, name, _back(measure), question) for id, name, measure, question in MEASURES),
        Mistake(
            "formula-of-z",
            "The derivative written in a is used with z: 1 − z² or z(1 − z).",
            _back(slope=lambda z, i, name: IN_A[name](z[i - 1])),
            "Is your formula of the derivative one in z, or one in a?",
        ),
    ),
)
