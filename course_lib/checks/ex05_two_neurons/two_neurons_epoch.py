from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex05_two_neurons import two_neurons_forward as forward
from course_lib.checks.ex05_two_neurons.reference import (
    two_neurons_epoch,
    two_neurons_step,
)
from course_lib.checks.ex05_two_neurons.two_neurons_forward import CALLS, Numbers
from course_lib.checks.ex05_two_neurons.two_neurons_step import NAMES, gradients
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
EXAMPLES = f"{PAGE}#two-neurons-examples"


def epoch_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw four examples, four parameters and a learning rate."""
    _, *theta = forward.inputs(rng, fixture)
    x = rng.uniform(0.5, 1.9, size=4) * rng.permutation([-1.0, 1.0, -1.0, 1.0])
    y = rng.permutation([0.04, 0.3, 0.72, 0.95])
    return x, y, *theta, float(rng.uniform(2.0, 4.0))


def step_from(x: float, y: float, theta: Any, learning_rate: float) -> Numbers:
    """Return the parameters after one step from `theta`."""
    w1, b1, w2, b2 = theta
    return two_neurons_step(x, y, w1, b1, w2, b2, learning_rate)


def _epoch(
    theta_of: Callable[[Any, Any, Any, Any], Any],
) -> Callable[..., Numbers]:
    def epoch(
        x: np.ndarray,
        y: np.ndarray,
        w1: float,
        b1: float,
        w2: float,
        b2: float,
        learning_rate: float,
    ) -> Numbers:
        return tuple(float(v) for v in theta_of(x, y, np.array([w1, b1, w2, b2]), learning_rate))

    return epoch


def _all(x: Any, y: Any, theta: Any) -> np.ndarray:
    return np.array([gradients(one, target, theta) for one, target in zip(x, y, strict=True)])


def _carried_epoch(
    call: Callable[..., Any],
    x: np.ndarray,
    y: np.ndarray,
    w1: float,
    b1: float,
    w2: float,
    b2: float,
    learning_rate: float,
) -> Numbers:
    theta: Any = [w1, b1, w2, b2]
    for one, target in zip(x, y, strict=True):
        theta = call("two_neurons_step", float(one), float(target), *theta, learning_rate)
    return tuple(theta)


def _epoch_example() -> str:
    text = Worked("Two examples, parameters θ:")
    text.line("  θ   →  two_neurons_step with x[0], y[0]  →  θ′")
    text.line("  θ′  →  two_neurons_step with x[1], y[1]  →  θ″, which is returned")
    text.line("The second step starts from θ′: its forward pass already uses the new parameters.")
    return str(text)


TWO_NEURONS_EPOCH = Question(
    name="two_neurons_epoch",
    signature="two_neurons_epoch(x, y, w1, b1, w2, b2, learning_rate) -> (w1, b1, w2, b2)",
    returns=tuple(f"new {name}" for name in NAMES),
    parts=(
        Part(
            "one pass over the examples",
            2,
            next_step="Take two examples. What are the parameters after the first one, and with "
            "which parameters does your second step begin?",
        ),
    ),
    section=EXAMPLES,
    place="Look at the parameters with which each example starts.",
    inputs=epoch_inputs,
    reference=two_neurons_epoch,
    sizes=lambda x, *_: {"N": len(x)},
    fixtures=CALLS,
    carried=_carried_epoch,
    example=_epoch_example,
    correct={
        "a list, by index": _epoch(
            lambda x, y, theta, rate: [
                theta := step_from(x[i], y[i], theta, rate) for i in range(len(x))
            ][-1]
        ),
    },
    mistakes=(
        Mistake(
            "batch-sum",
            "All derivatives are taken at the initial parameters and added, as for a batch. Here "
            "the parameters should be updated after each example.",
            _epoch(lambda x, y, theta, rate: theta - rate * _all(x, y, theta).sum(axis=0)),
            "Which parameters does the forward pass of the second example use?",
        ),
        Mistake(
            "batch-mean",
            "All derivatives are taken at the initial parameters and averaged, as for a batch. "
            "Here the parameters should be updated after each example.",
            _epoch(lambda x, y, theta, rate: theta - rate * _all(x, y, theta).mean(axis=0)),
            "Which parameters does the forward pass of the second example use?",
        ),
        Mistake(
            "last-only",
            "Every example starts from the initial parameters, so only the last example has an "
            "effect. Each should start from the parameters that the example before has updated.",
            _epoch(lambda x, y, theta, rate: step_from(x[-1], y[-1], theta, rate)),
            "In which variables does your loop keep the new parameters for the next example?",
        ),
        Mistake(
            "first-only",
            "Only the first example is used, because the `return` is inside the loop.",
            _epoch(lambda x, y, theta, rate: step_from(x[0], y[0], theta, rate)),
            "How often does your loop run before the function returns?",
        ),
    ),
)
