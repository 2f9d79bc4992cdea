from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE
from course_lib.checks.ex05_two_neurons import two_neurons_forward as forward
from course_lib.checks.ex05_two_neurons.reference import (
    two_neurons_backward,
    two_neurons_forward,
)
from course_lib.checks.ex05_two_neurons.two_neurons_forward import CALLS, Numbers
from course_lib.checks.fixtures import Fixture, signs
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
SECTION = f"{PAGE}#two-neurons-gradients"

OUTPUT = f"{PAGE}#chain-rule-two-links"

START = f"{PAGE}#chain-rule-one-link"


def inputs(rng: Generator, fixture: Fixture) -> Numbers:
    """Draw an example and a network; return x, y, the four cached numbers and w2."""
    x, w1, b1, w2, b2 = forward.inputs(rng, fixture)
    cache = two_neurons_forward(x, w1, b1, w2, b2)
    y_hat, part = cache[3], rng.uniform(0.05, 0.6)
    y = y_hat * part if signs(fixture, 6)[5] > 0 else 1 - (1 - y_hat) * part
    return x, float(y), *(float(value) for value in cache), w2


def _walk(
    start: Callable[[float, float], float] = lambda y_hat, y: 2 * (y_hat - y),
    output: Callable[[float, float], float] = lambda z2, y_hat: y_hat * (1 - y_hat),
    hidden: Callable[[float, float], float] = lambda z1, a1: a1 * (1 - a1),
    back: Callable[[float, float], float] = lambda delta2, w2: delta2 * w2,
) -> Callable[..., Numbers]:
    """Make a backward pass with one of its factors exchanged."""

    def walk(
        x: float, y: float, z1: float, a1: float, z2: float, y_hat: float, w2: float
    ) -> Numbers:
        delta2 = start(y_hat, y) * output(z2, y_hat)
        delta1 = back(delta2, w2) * hidden(z1, a1)
        return delta1 * x, delta1, delta2 * a1, delta2

    return walk


def _edges(
    first: Callable[[float, float], float] | None = None,
    second: Callable[[float, float, float], float] | None = None,
    bias: Callable[[float, float], float] | None = None,
) -> Callable[..., Numbers]:
    """Make a backward pass with right errors and another step to weights or biases."""

    def walk(
        x: float, y: float, z1: float, a1: float, z2: float, y_hat: float, w2: float
    ) -> Numbers:
        dw1, delta1, dw2, delta2 = two_neurons_backward(x, y, z1, a1, z2, y_hat, w2)
        return (
            first(delta1, a1) if first else dw1,
            bias(delta1, x) if bias else delta1,
            second(delta2, a1, w2) if second else dw2,
            bias(delta2, a1) if bias else delta2,
        )

    return walk


def _factors(
    x: float, y: float, z1: float, a1: float, z2: float, y_hat: float, w2: float
) -> dict[str, np.ndarray]:
    with np.errstate(all="ignore"):
        found = {
            "1/σ′(z1)": 1 / (a1 * (1 - a1)),
            "1/σ′(z2)": 1 / (y_hat * (1 - y_hat)),
            "1/w2": 1 / w2,
            "1/x": 1 / x,
            "1/a1": 1 / a1,
            "w2/a1": w2 / a1,
            "σ′(a1)/σ′(z1)": SLOPE["sigmoid"](np.asarray(a1)) / (a1 * (1 - a1)),
        }
    return {name: np.asarray(value) for name, value in found.items()}


def example() -> str:
    x, y, a1, y_hat, w2 = 1.0, 0.0, 0.5, 0.8, 3.0
    dw1, delta1, dw2, delta2 = two_neurons_backward(x, y, 0, a1, 0, y_hat, w2)
    text = Worked(f"x = {x:g}, y = {y:g}, a1 = {a1:g}, ŷ = {y_hat:g}, w2 = {w2:g}:")
    text.line(f"  ∂ℒ/∂ŷ = 2(ŷ − y) = {2 * (y_hat - y):g}")
    text.line(f"  δ2 = {2 * (y_hat - y):g}·ŷ(1 − ŷ) = {2 * (y_hat - y):g}·0.16 = {delta2:g}")
    text.line(f"  ∂ℒ/∂w2 = δ2·a1 = {dw2:g},  ∂ℒ/∂b2 = δ2 = {delta2:g}")
    text.line(f"  ∂ℒ/∂a1 = δ2·w2 = {delta2 * w2:g}")
    text.line(f"  δ1 = {delta2 * w2:g}·a1(1 − a1) = {delta2 * w2:g}·0.25 = {delta1:g}")
    text.line(f"  ∂ℒ/∂w1 = δ1·x = {dw1:g},  ∂ℒ/∂b1 = δ1 = {delta1:g}")
    return str(text)


SECOND = "Look at δ2, and at what it is multiplied by."

FIRST = "Look at the step from δ2 to δ1."

TWO_NEURONS_BACKWARD = Question(
    name="two_neurons_backward",
    signature="two_neurons_backward(x, y, z1, a1, z2, y_hat, w2) -> (dw1, db1, dw2, db2)",
    returns=("dw1", "db1", "dw2", "db2"),
    parts=(
        Part("db2", 1, (3,), section=OUTPUT, place=SECOND),
        Part("dw2", 1, (2,), place=SECOND),
        Part("db1", 1, (1,), place=FIRST),
        Part("dw1", 1, (0,), place=FIRST),
    ),
    section=SECTION,
    place="Look at the backward pass, from δ2 to δ1, and at what each δ is multiplied by.",
    inputs=inputs,
    reference=two_neurons_backward,
    fixtures=CALLS,
    factors=_factors,
    example=example,
    correct={
        "slopes from z": _walk(
            output=lambda z2, y_hat: float(SLOPE["sigmoid"](np.asarray(z2))),
            hidden=lambda z1, a1: float(SLOPE["sigmoid"](np.asarray(z1))),
        ),
        "an array": lambda *args: np.array(two_neurons_backward(*args)),
        "float32": lambda *args: two_neurons_backward(*(np.float32(value) for value in args)),
    },
    mistakes=(
        Mistake(
            "B12",
            "The derivative of the first neuron's sigmoid, a1(1 − a1), is missing: your δ1 is "
            "δ2·w2.",
            _walk(hidden=lambda z1, a1: 1.0),
            "a1 = σ(z1). Which factor does the chain rule give for this step?",
        ),
        Mistake(
            "B13",
            "The derivative of the output's sigmoid, ŷ(1 − ŷ), is missing in δ2.",
            _walk(output=lambda z2, y_hat: 1.0),
            "2(ŷ − y) is the derivative with respect to ŷ. Which step is between z2 and ŷ?",
            section=OUTPUT,
        ),
        Mistake(
            "B10",
            "The derivative of the sigmoid is taken at a, as σ(a)(1 − σ(a)). It should be σ′(z) "
            "= a(1 − a).",
            _walk(
                output=lambda z2, y_hat: float(SLOPE["sigmoid"](np.asarray(y_hat))),
                hidden=lambda z1, a1: float(SLOPE["sigmoid"](np.asarray(a1))),
            ),
            "How often is the sigmoid applied in your derivative?",
            section=OUTPUT,
        ),
        Mistake(
            "B11",
            "Your function uses z(1 − z). The derivative of the sigmoid is a(1 − a).",
            _walk(
                output=lambda z2, y_hat: float(IN_A["sigmoid"](np.asarray(z2))),
                hidden=lambda z1, a1: float(IN_A["sigmoid"](np.asarray(z1))),
            ),
            "Can the derivative of a sigmoid be negative? Is your formula written in z or in a?",
            section=OUTPUT,
        ),
        Mistake(
            "tanh-derivative",
            "1 − a² is the derivative of tanh. Both neurons use the sigmoid, whose derivative is "
            "a(1 − a).",
            _walk(
                output=lambda z2, y_hat: 1 - y_hat**2,
                hidden=lambda z1, a1: 1 - a1**2,
            ),
            "Which activation function do the two neurons use, and what is its derivative?",
            section=OUTPUT,
        ),
        Mistake(
            "tanh-derivative-hidden",
            "1 − a1² is the derivative of tanh. The first neuron uses the sigmoid, whose "
            "derivative is a1(1 − a1).",
            _walk(hidden=lambda z1, a1: 1 - a1**2),
            "Which activation function does the first neuron use, and what is its derivative?",
        ),
        Mistake(
            "tanh-derivative-output",
            "1 − ŷ² is the derivative of tanh. The second neuron uses the sigmoid, whose "
            "derivative is ŷ(1 − ŷ).",
            _walk(output=lambda z2, y_hat: 1 - y_hat**2),
            "Which activation function does the second neuron use, and what is its derivative?",
            section=OUTPUT,
        ),
        Mistake(
            "B07",
            "The factor 2 from the derivative of the square is missing: ∂ℒ/∂ŷ = 2(ŷ − y).",
            _walk(start=lambda y_hat, y: y_hat - y),
            "What is the derivative of a square?",
            section=START,
        ),
        Mistake(
            "B09",
            "The difference is subtracted in the wrong order. It should be ŷ − y.",
            _walk(start=lambda y_hat, y: 2 * (y - y_hat)),
            "If ŷ is too large, does the loss grow or fall when ŷ grows?",
            section=START,
        ),
        Mistake(
            "loss-for-derivative",
            "Your function uses the loss (ŷ − y)². It should use its derivative, 2(ŷ − y).",
            _walk(start=lambda y_hat, y: (y_hat - y) ** 2),
            "Does the backward pass start with the loss, or with its derivative with respect to ŷ?",
            section=START,
        ),
        Mistake(
            "weight-missing",
            "The factor w2 is missing in δ1: ∂z2/∂a1 = w2.",
            _walk(back=lambda delta2, w2: delta2),
            "z2 = w2·a1 + b2. What is ∂z2/∂a1?",
        ),
        Mistake(
            "weight-divided",
            "The error δ2 is divided by w2. The chain rule multiplies it by ∂z2/∂a1 = w2.",
            _walk(back=lambda delta2, w2: delta2 / w2),
            "When a1 grows by 1, by how much does z2 grow?",
        ),
        Mistake(
            "output-derivative-twice",
            "Your δ1 contains the derivative of the second neuron's sigmoid, ŷ(1 − ŷ). It should "
            "contain that of the first neuron, a1(1 − a1).",
            lambda x, y, z1, a1, z2, y_hat, w2: _walk(hidden=lambda _z, _a: y_hat * (1 - y_hat))(
                x, y, z1, a1, z2, y_hat, w2
            ),
            "The output of which neuron is a1, and which sigmoid does its derivative belong to?",
        ),
        Mistake(
            "own-factor",
            "Your dw2 is δ2·w2. The derivative of w2·a1 with respect to w2 is a1, so dw2 should "
            "be δ2·a1.",
            _edges(second=lambda delta2, a1, w2: delta2 * w2),
            "z2 = w2·a1 + b2. When w2 grows by 1, by how much does z2 grow?",
        ),
        Mistake(
            "wrong-input",
            "Your dw1 is δ1·a1. The input of the first neuron is x, so dw1 should be δ1·x.",
            _edges(first=lambda delta1, a1: delta1 * a1),
            "What does w1 multiply in z1 = w1·x + b1?",
        ),
        Mistake(
            "B24",
            "Your db1 and db2 contain the input of the neuron as a factor. ∂z/∂b is 1, so db "
            "should be δ alone.",
            _edges(bias=lambda delta, came_in: delta * came_in),
            "When b grows by 1, by how much does z grow?",
        ),
        Mistake(
            "order-of-results",
            "The results are returned in the order dw2, db2, dw1, db1. It should be dw1, db1, "
            "dw2, db2.",
            lambda *args: (lambda dw1, db1, dw2, db2: (dw2, db2, dw1, db1))(
                *two_neurons_backward(*args)
            ),
            "In which order should the function return its four results?",
            place="Compare the order of your results with the signature.",
        ),
    ),
)
