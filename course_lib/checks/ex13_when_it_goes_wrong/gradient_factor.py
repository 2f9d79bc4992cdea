"""`gradient_factor`: the product that makes gradients vanish or explode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.reference import gradient_factor
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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
    text.line("  the product of both: −0.1575")
    text.line("w[0] comes from the input, and σ′(z[2]) is in δ of neuron 2: neither is a factor.")
    return str(text)


GRADIENT_FACTOR = Question(
    name="gradient_factor",
    signature="gradient_factor(z, w, activation) -> factor",
    returns=("factor",),
    parts=(
        Part(
            "factor",
            2,
            next_step=(
                "Take two neurons with z = [0, 1] and w = [2, 3]. Which "
                "weight and which derivative are on the path between "
                "them, and what is the factor?"
            ),
        ),
    ),
    section=PRODUCT,
    place="Look at the weights and derivatives between the two neurons, and how they combine.",
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
            "output-derivative",
            "Your product contains the derivative at the last neuron. It should not: δ of the "
            "last neuron contains it already.",
            _factor(lambda z, w, name: np.append(w[1:], 1.0) * SLOPE[name](z)),
            "δ of the last neuron is ∂ℒ/∂z. Which activations are between that z and the z of "
            "neuron 0?",
        ),
        Mistake(
            "input-weight",
            "Your product contains w[0], the weight of the input. It should contain only the "
            "weights between neurons.",
            _factor(lambda z, w, name: w * np.append(SLOPE[name](z[:-1]), 1.0)),
            "How many weights are on the path from the last neuron to the first?",
        ),
        Mistake(
            "one-too-many",
            "Your product contains all weights and all derivatives. It should not contain w[0] "
            "and the derivative at the last z.",
            _factor(lambda z, w, name: w * SLOPE[name](z)),
            "How many weights connect five neurons in a chain?",
        ),
        Mistake(
            "shifted",
            "Your factors are w[i]·g′(z[i]). They should be w[i]·g′(z[i − 1]), because the input "
            "of w[i] is neuron i − 1.",
            _factor(lambda z, w, name: w[1:] * SLOPE[name](z[1:])),
            "Which neuron is the input of w[i], and at which z is its derivative taken?",
        ),
        Mistake(
            "B12",
            "Your factor is the product of the weights alone. It should contain the derivatives "
            "as well.",
            _factor(lambda z, w, name: w[1:]),
            "By what does each activation multiply the error?",
        ),
        Mistake(
            "weights-missing",
            "Your factor is the product of the derivatives alone. It should contain the weights "
            "as well.",
            _factor(lambda z, w, name: SLOPE[name](z[:-1])),
            "By what does the weight between two neurons multiply the error?",
        ),
        Mistake(
            "B10",
            "Your derivative is taken at a = g(z). It should be taken at z.",
            _factor(lambda z, w, name: w[1:] * SLOPE[name](VALUE[name](z[:-1]))),
            "At which number is your derivative taken: at the input of the activation, or at its "
            "output?",
        ),
        Mistake(
            "formula-of-z",
            "Your derivative is the formula in a, computed at z: 1 − z² or z(1 − z). It should be "
            "computed at a = g(z).",
            _factor(lambda z, w, name: w[1:] * IN_A[name](z[:-1])),
            "Is your formula of the derivative one in z or one in a?",
        ),
        Mistake(
            "inverse",
            "Your factor is δ of the last neuron divided by δ of neuron 0. It should be δ of "
            "neuron 0 divided by δ of the last neuron.",
            lambda *args: 1 / gradient_factor(*args),
            "Which of the two errors should be divided by the other?",
        ),
        Mistake(
            "weights-shifted",
            "Your step from neuron i + 1 to neuron i uses w[i], which leads into neuron i. It "
            "should use w[i + 1].",
            _factor(lambda z, w, name: w[:-1] * SLOPE[name](z[:-1])),
            "Which weight connects neuron 0 with neuron 1?",
        ),
        Mistake(
            "sum",
            "Your function adds the factors. It should multiply them, because they are on one "
            "path.",
            lambda z, w, name: float(np.sum(w[1:] * SLOPE[name](z[:-1]))),
            "Along one path, does the chain rule add the derivatives or multiply them?",
        ),
        Mistake(
            "sign-missing",
            "Your factor is never negative. It should be if an odd number of the weights is "
            "negative.",
            lambda *args: abs(gradient_factor(*args)),
            "How does a negative weight change the sign of the error?",
        ),
    ),
)
