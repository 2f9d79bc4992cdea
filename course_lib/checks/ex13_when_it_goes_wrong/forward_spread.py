from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import VALUE
from course_lib.checks.ex13_when_it_goes_wrong.reference import forward_spread
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)

VARIANCE, BACK = f"{PAGE}#variance-through-a-layer", f"{PAGE}#variance-backwards"

CALLS = (
    Fixture("tanh", variant="tanh", repeat=True),
    Fixture("relu", widths=(5, 11, 7, 3, 13), n=9, variant="relu"),
    Fixture("sigmoid", widths=(4, 9, 6), n=13, variant="sigmoid"),
    Fixture("square", widths=(5, 5, 5, 5), variant="tanh", marked=False),
)


def weights(rng: Generator, fixture: Fixture) -> list[np.ndarray]:
    sizes = zip(fixture.widths[:-1], fixture.widths[1:], strict=True)
    return [rng.normal(size=(n_out, n_in)) * 1.5 / np.sqrt(n_in) for n_in, n_out in sizes]


def forward_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a batch that is not centred, so that its spread is no standard deviation."""
    x = 1.2 * rng.normal(size=(fixture.n, fixture.widths[0])) + 0.4
    return x, weights(rng, fixture), fixture.variant


def size(a: np.ndarray) -> float:
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
    measure: Callable[[np.ndarray], Any] = size,
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
