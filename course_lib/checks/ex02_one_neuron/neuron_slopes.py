from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE
from course_lib.checks.ex02_one_neuron.reference import (
    activate,
    activation_slope,
    neuron_slopes,
    weighted_sum,
)
from course_lib.checks.ex02_one_neuron.weighted_sum import SIGNS, sum_inputs
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def slope_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw x, w, b with 0.3 < |z| < 2, and name the activation."""
    if fixture.large:
        x, w = rng.uniform(-1.0, 1.0, size=(2, fixture.n))
        return x, w / abs(w @ x), 0.5, fixture.variant
    while True:
        x, w, b = sum_inputs(rng, fixture)
        w = w / 2
        z = weighted_sum(x, w, b)
        if 0.3 < abs(z) < 2 and z * SIGNS[fixture.n][0] > 0:
            return x, w, b, fixture.variant


def _slopes(factor: Callable[[Any, str], Any]) -> Callable[..., tuple]:
    """Make `neuron_slopes` with another factor for g′(z)."""

    def slopes(x: np.ndarray, w: np.ndarray, b: float, activation: str) -> tuple:
        slope = float(factor(np.array([weighted_sum(x, w, b)]), activation)[0])
        return slope * x, slope, slope * w

    return slopes


def _slopes_example() -> str:
    x, w, b = np.array([2.0, -1.0]), np.array([0.5, 1.0]), 0.5
    dw, db, dx = neuron_slopes(x, w, b, "tanh")
    text = Worked("x = [2, −1], w = [0.5, 1], b = 0.5, tanh:")
    text.line("  z = 0.5·2 + 1·(−1) + 0.5 = 0.5, a = tanh(0.5) = 0.4621")
    text.line(f"  g′(z) = 1 − a² = {db:.4f}: the derivative of a with respect to z")
    text.line("∂z/∂w[k] = x[k], ∂z/∂b = 1 and ∂z/∂x[k] = w[k]; each is multiplied by g′(z):")
    text.array("dw", dw).array("dx", dx)
    return str(text)


def _carried(
    call: Callable[..., Any], x: np.ndarray, w: np.ndarray, b: float, activation: str
) -> tuple:
    z = np.array([call("weighted_sum", x, w, b)])
    call("activate", z, activation)
    slope = float(call("activation_slope", z, activation)[0])
    return slope * x, slope, slope * w


NEURON_SLOPES = Question(
    name="neuron_slopes",
    signature="neuron_slopes(x, w, b, activation) -> (dw, db, dx)",
    returns=("dw", "db", "dx"),
    parts=(
        Part(
            "db",
            1,
            (1,),
            place=("Look at db, which is the derivative of the activation function at z."),
        ),
        Part("dw", 1, (0,), place="Look at dw."),
        Part("dx", 1, (2,), place="Look at dx."),
    ),
    section=f"{PAGE}#neuron-slopes",
    place="Look at the chain rule: the derivative of the activation function times that of z.",
    inputs=slope_inputs,
    reference=neuron_slopes,
    fixtures=(
        Fixture("tanh", n=5, variant="tanh", repeat=True),
        Fixture("sigmoid", n=4, variant="sigmoid"),
        Fixture("relu", n=3, variant="relu"),
        Fixture("relu of a negative z", n=7, variant="relu"),
        Fixture("tanh again", n=6, variant="tanh"),
        Fixture("large", n=300_000, variant="tanh", cpu_seconds=1.5),
    ),
    sizes=lambda x, w, b, activation: {"n": len(x)},
    carried=_carried,
    provided="\n\n".join(
        inspect.getsource(one) for one in (weighted_sum, activate, activation_slope)
    ),
    example=_slopes_example,
    correct={
        "slopes written in a": _slopes(lambda z, name: IN_A[name](VALUE[name](z))),
        "lists": lambda *args: [np.asarray(part).tolist() for part in neuron_slopes(*args)],
    },
    mistakes=(
        Mistake(
            "B12",
            "The derivative of the activation function is missing: x, 1 and w are only the "
            "derivatives of z.",
            _slopes(lambda z, name: np.ones(1)),
            "x is the derivative of z with respect to w. What is the derivative of a with respect "
            "to z?",
        ),
        Mistake(
            "B10",
            "The derivative of the activation function is taken at a. It should be taken at z.",
            _slopes(lambda z, name: SLOPE[name](VALUE[name](z))),
            "At which number is your derivative taken: at z, before the activation function, or "
            "at a, after it?",
            section=f"{PAGE}#slope-of-z-or-of-a",
        ),
        Mistake(
            "B11",
            "The formula of the derivative is written in a = g(z), but your function uses z in its "
            "place.",
            _slopes(lambda z, name: IN_A[name](z)),
            "Can the derivative of this activation function be negative? Is your formula written "
            "in z or in a = g(z)?",
            section=f"{PAGE}#slope-of-z-or-of-a",
        ),
        Mistake(
            "value-for-derivative",
            "Your function uses the value of the activation function. It should use its "
            "derivative.",
            _slopes(lambda z, name: VALUE[name](z)),
            "Does your formula give the value of the activation function, or its derivative?",
        ),
        Mistake(
            "own-factor",
            "dw and dx are swapped: the derivative of w·x with respect to one factor is the "
            "other factor.",
            lambda *args: (lambda dw, db, dx: (dx, db, dw))(*neuron_slopes(*args)),
            "When w grows by 1, by how much does w·x grow?",
        ),
        Mistake(
            "bias-value",
            "db contains the factor b. The derivative of z with respect to b is 1, whatever the "
            "value of b is.",
            lambda x, w, b, name: (
                neuron_slopes(x, w, b, name)[0],
                neuron_slopes(x, w, b, name)[1] * b,
                neuron_slopes(x, w, b, name)[2],
            ),
            "When b grows by 1, by how much does z grow?",
        ),
    ),
)
