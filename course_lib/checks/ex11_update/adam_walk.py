from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.adam_update import CORRECTION, in_place, one_rate
from course_lib.checks.ex11_update.adam_walk_mistakes import WALK_MISTAKES, walk
from course_lib.checks.ex11_update.reference import adam_walk
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def walk_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, one gradient per step, η, β₁, β₂, ε; in one call a parameter's gradients are 0."""
    theta, rows = draw.parameters(rng, fixture), draw.gradients(rng, fixture)
    if fixture.n == 9:
        rows[:, 1] = 0.0  # nothing but ε keeps the divisor away from 0
    beta1, beta2 = float(rng.uniform(0.7, 0.9)), float(rng.uniform(0.93, 0.99))
    return theta, rows, float(rng.uniform(0.02, 0.3)), beta1, beta2, draw.EPSILON


def _carried(call: Callable[..., Any], theta: Any, rows: Any, *rest: float) -> Any:
    return walk(partial(call, "adam_update"))(theta, rows, *rest)


def _all_at_once(
    theta: Any, rows: Any, rate: float, beta1: float, beta2: float, eps: float
) -> np.ndarray:
    """Both averages of every step as weighted sums of the gradients."""
    t = np.arange(1, len(rows) + 1)
    age = t[:, None] - t

    def mean(beta: float, values: Any) -> Any:
        weights = np.where(age >= 0, (1 - beta) * beta ** np.maximum(age, 0), 0.0)
        return (weights / weights.sum(axis=1, keepdims=True)) @ values

    return theta - rate * np.cumsum(mean(beta1, rows) / (np.sqrt(mean(beta2, rows**2)) + eps), 0)


def _walk_example() -> str:
    text = Worked("Three gradients, step by step:")
    text.line("  m = 0, s = 0                                created once, two different arrays")
    text.line("  θ, m, s from adam_update(θ, gradients[0], m, s, 1, …)   → row 0 of the path")
    text.line("  θ, m, s from adam_update(θ, gradients[1], m, s, 2, …)   → row 1")
    text.line("  θ, m, s from adam_update(θ, gradients[2], m, s, 3, …)   → row 2")
    text.line("The step number starts at 1; with 0 the corrections would divide by 1 − 1 = 0.")
    return str(text)


ADAM_WALK = Question(
    name="adam_walk",
    signature="adam_walk(theta, gradients, learning_rate, beta1, beta2, epsilon) -> path",
    returns=("path",),
    parts=(
        Part(
            "path",
            3,
            next_step=(
                "Take one parameter and two gradients, and compute m, s and "
                "θ by hand for t = 1 and t = 2. Which number does your "
                "function compute differently first?"
            ),
        ),
    ),
    section=CORRECTION,
    place="Look at the formulas of a step, at what one iteration passes to the next, and at t.",
    inputs=walk_inputs,
    reference=adam_walk,
    fixtures=draw.WALKS,
    in_place=("theta",),
    example=_walk_example,
    carried=_carried,
    correct={
        "in place, with copies in the path": walk(
            lambda theta, *rest: in_place(theta.copy(), *rest)
        ),
        "a list of arrays": lambda *args: list(adam_walk(*args)),
        "weighted averages, no loop": _all_at_once,
        "the corrections in the rate": walk(one_rate),
        "float32": lambda theta, rows, *rest: adam_walk(
            theta.astype(np.float32), rows.astype(np.float32), *rest
        ),
    },
    mistakes=WALK_MISTAKES,
)
