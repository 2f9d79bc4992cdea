"""`gradient_factor`: the product that makes gradients vanish or explode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex13 import gradient_factor
from course_lib.checks.worked import Worked

PRODUCT = f"{PAGE}#product-of-slopes"


def factor_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a chain of n neurons: pre-activations of both signs, and the weight into each.

    The factor is negative for four and five neurons and positive for more, so that neither a lost
    nor an additional sign can be hidden.
    """
    z = rng.uniform(0.2, 1.8, size=fixture.n) * rng.choice([-1.0, 1.0], size=fixture.n)
    z[:2] = rng.permutation([abs(z[0]), -abs(z[1])])
    w = rng.uniform(0.6, 2.5, size=fixture.n) * rng.choice([-1.0, 1.0], size=fixture.n)
    if (np.prod(w[1:]) > 0) != (fixture.n > 5):
        w[-1] = -w[-1]
    return z, w, fixture.variant


def _factor(terms: Callable[[np.ndarray, np.ndarray, str], Any]) -> Callable[..., float]:
    return lambda z, w, activation: float(np.prod(terms(z, w, activation)))


def _chain_loop(z: np.ndarray, w: np.ndarray, activation: str) -> float:
    error = 1.0
    for i in range(len(z) - 1, 0, -1):
        a = float(VALUE[activation](z[i - 1]))
        error *= float(w[i]) * (a * (1 - a) if activation == "sigmoid" else 1 - a * a)
    return error


def _factor_example() -> str:
    text = Worked("Three sigmoid neurons: z = [0, 2, 1], w = [5, 3, −2].")
    text.line("  from neuron 2 to neuron 1: w[2]·σ′(z[1]) = −2·0.1050 = −0.2100")
    text.line("  from neuron 1 to neuron 0: w[1]·σ′(z[0]) = 3·0.25 = 0.75")
    text.line("  product: −0.1575")
    text.line("w[0] comes from the input, and σ′(z[2]) is in δ of neuron 2: neither is a factor.")
    return str(text)


GRADIENT_FACTOR = Question(
    name="gradient_factor",
    signature="gradient_factor(z, w, activation) -> factor",
    returns=("factor",),
    parts=(Part("factor", 2),),
    section=PRODUCT,
    place="Look at which weights and which derivatives are between the last neuron and the first.",
    inputs=factor_inputs,
    reference=gradient_factor,
    fixtures=(
        Fixture("five sigmoids", n=5, variant="sigmoid"),
        Fixture("four tanhs", n=4, variant="tanh"),
        Fixture("six sigmoids", n=6, variant="sigmoid"),
        Fixture("seven tanhs", n=7, variant="tanh"),
    ),
    example=_factor_example,
    correct={
        "a loop from the output": _chain_loop,
        "float32": lambda z, w, activation: float(
            gradient_factor(z.astype(np.float32), w.astype(np.float32), activation)
        ),
    },
    mistakes=(
        Mistake(
            "output-slope",
            "The derivative at the last neuron is in the product; δ of the last neuron contains it "
            "already.",
            _factor(lambda z, w, name: np.append(w[1:], 1.0) * SLOPE[name](z)),
            "δ of the last neuron is ∂ℒ/∂z. Which derivatives are still to be multiplied?",
        ),
        Mistake(
            "input-weight",
            "w[0] is in the product; it connects the input with the first neuron, and δ of that "
            "neuron does not contain it.",
            _factor(lambda z, w, name: w * np.append(SLOPE[name](z[:-1]), 1.0)),
            "How many weights are between the first neuron and the last?",
        ),
        Mistake(
            "one-too-many",
            "Every weight and every derivative is in the product; one of each is too many: w[0] "
            "and the derivative at the last z.",
            _factor(lambda z, w, name: w * SLOPE[name](z)),
            "How many weights connect five neurons in a chain?",
        ),
        Mistake(
            "shifted",
            "The derivatives of the later neurons are used, w[i]·g′(z[i]). The input of w[i] is "
            "neuron i − 1, so the derivative is that at z[i − 1].",
            _factor(lambda z, w, name: w[1:] * SLOPE[name](z[1:])),
            "Which neuron is the input of w[i], and at which z is its derivative taken?",
        ),
        Mistake(
            "B12",
            "The derivatives are missing: this is the product of the weights alone.",
            _factor(lambda z, w, name: w[1:]),
            "By what does each activation multiply the error?",
        ),
        Mistake(
            "weights-missing",
            "The weights are missing: this is the product of the derivatives alone.",
            _factor(lambda z, w, name: SLOPE[name](z[:-1])),
            "By what does the connection of two neurons multiply the error?",
        ),
        Mistake(
            "B10",
            "The derivative is taken at a = g(z); it is taken at z.",
            _factor(lambda z, w, name: w[1:] * SLOPE[name](VALUE[name](z[:-1]))),
            "At which number is your derivative taken: before the activation, or after it?",
        ),
        Mistake(
            "formula-of-z",
            "The derivative written in a is used with z: 1 − z² or z(1 − z).",
            _factor(lambda z, w, name: w[1:] * IN_A[name](z[:-1])),
            "Is your formula of the derivative one in z, or one in a?",
        ),
        Mistake(
            "inverse",
            "This is δ of the last neuron divided by δ of neuron 0; the other ratio is asked for.",
            lambda *args: 1 / gradient_factor(*args),
            "Which of the two errors is divided by the other?",
        ),
        Mistake(
            "weights-shifted",
            "w[i] is used for the step from neuron i + 1 to neuron i; it leads into neuron i, so "
            "the weight of that step is w[i + 1].",
            _factor(lambda z, w, name: w[:-1] * SLOPE[name](z[:-1])),
            "Which weight connects neuron 0 with neuron 1?",
        ),
        Mistake(
            "sum",
            "The factors are added; along one path they are multiplied.",
            lambda z, w, name: float(np.sum(w[1:] * SLOPE[name](z[:-1]))),
            "Along one path, are derivatives added or multiplied?",
        ),
        Mistake(
            "sign-lost",
            "The sign is lost: a negative weight changes the sign of the error.",
            lambda *args: abs(gradient_factor(*args)),
            "What does a negative weight do to the sign of the error?",
        ),
    ),
)
