"""`adam_update` and `adam_walk`: one step of Adam and then several."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.adam_mistakes import STEP_MISTAKES
from course_lib.checks.ex11_update.adam_walk_mistakes import WALK_MISTAKES, walk
from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question
from course_lib.checks.reference.ex11 import adam_update, adam_walk
from course_lib.checks.worked import Worked

CORRECTION = f"{PAGE}#adam-correction"


def step_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, ∇ℒ, m and s (0 in step 1), t, η, β₁, β₂, ε."""
    theta, gradient = draw.parameters(rng, fixture), draw.gradient(rng, fixture)
    beta1, beta2 = float(rng.uniform(0.7, 0.9)), float(rng.uniform(0.93, 0.99))
    m, s, t = np.zeros_like(theta), np.zeros_like(theta), 1
    if fixture.variant != "t = 1":
        t = int(rng.integers(3, 7))
        m = draw.signed(rng, 0.1, 0.5, theta.shape) * abs(gradient)
        s = rng.uniform(0.02, 0.2, theta.shape) * gradient**2
        s[0] = float(rng.uniform(1.5, 3.0)) * gradient[0] ** 2  # this gradient was larger before
    epsilon = float(rng.uniform(0.1, 0.3)) if fixture.variant == "a large ε" else draw.EPSILON
    return theta, gradient, m, s, t, float(rng.uniform(0.02, 0.3)), beta1, beta2, epsilon


def walk_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, one gradient per step, η, β₁, β₂, ε; in one call a parameter's gradients are 0."""
    theta, rows = draw.parameters(rng, fixture), draw.gradients(rng, fixture)
    if fixture.n == 9:
        rows[:, 1] = 0.0  # nothing but ε keeps the divisor away from 0
    beta1, beta2 = float(rng.uniform(0.7, 0.9)), float(rng.uniform(0.93, 0.99))
    return theta, rows, float(rng.uniform(0.02, 0.3)), beta1, beta2, draw.EPSILON


def _in_place(
    theta: Any, g: Any, m: Any, s: Any, t: int, rate: float, beta1: float, beta2: float, eps: float
) -> Any:
    m *= beta1
    m += (1 - beta1) * g
    s *= beta2
    s += (1 - beta2) * g * g
    theta -= rate * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + eps)
    return theta, m, s


def _one_rate(
    theta: Any, g: Any, m: Any, s: Any, t: int, rate: float, beta1: float, beta2: float, eps: float
) -> Any:
    """Both corrections in the rate and in ε, as the paper's section 2 has them."""
    m = m + (1 - beta1) * (g - m)
    s = s + (1 - beta2) * (g * g - s)
    root = np.sqrt(1 - beta2**t)
    return theta - rate * root / (1 - beta1**t) * m / (np.sqrt(s) + eps * root), m, s


def _one_by_one(
    theta: Any, g: Any, m: Any, s: Any, t: int, rate: float, beta1: float, beta2: float, eps: float
) -> Any:
    found: list[list[float]] = [[], [], []]
    for w, slope, mean, square in zip(theta, g, m, s, strict=True):
        mean = beta1 * mean + (1 - beta1) * slope
        square = beta2 * square + (1 - beta2) * slope * slope
        step = mean / (1 - beta1**t) / ((square / (1 - beta2**t)) ** 0.5 + eps)
        for column, value in zip(found, (w - rate * step, mean, square), strict=True):
            column.append(float(value))
    return found


def _step_example() -> str:
    text = Worked("Step t = 2, one parameter θ = 1, η = 0.1, β₁ = 0.5, β₂ = 0.75; m = 1, s = 1;")
    text.line("the gradient is 2:")
    text.line("  m = 0.5·1 + 0.5·2 = 1.5          m̂ = 1.5 / (1 − 0.5²) = 1.5 / 0.75 = 2")
    text.line("  s = 0.75·1 + 0.25·2² = 1.75      ŝ = 1.75 / (1 − 0.75²) = 1.75 / 0.4375 = 4")
    text.line("  θ = 1 − 0.1·2 / (√4 + ε) = 0.9")
    text.line("The result is θ = 0.9, m = 1.5 and s = 1.75: m and s without their corrections.")
    return str(text)


ADAM_UPDATE = Question(
    name="adam_update",
    signature=(
        "adam_update(theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon)"
        " -> (theta, m, s)"
    ),
    returns=("new theta", "new m", "new s"),
    parts=(
        Part("new m", 1, (1,), section=f"{PAGE}#adam", place="Look at the two terms of the new m."),
        Part("new s", 1, (2,), section=f"{PAGE}#adam", place="Look at the two terms of the new s."),
        Part(
            "new theta in step 1",
            1,
            (0,),
            variant="t = 1",
            place="Look at the two corrections, of m and of s.",
        ),
        Part(
            "new theta in later steps",
            2,
            (0,),
            variant="t > 1",
            place="Look at the new θ: at the two corrections, and at how they enter the step.",
        ),
        Part(
            "new theta with a large ε",
            1,
            (0,),
            variant="a large ε",
            section=f"{PAGE}#update-conventions",
            place="Look at where ε is added.",
        ),
    ),
    section=CORRECTION,
    place="Look at m and s first, then at their corrections, and then at the step of θ.",
    inputs=step_inputs,
    reference=adam_update,
    fixtures=(
        Fixture("step 1", widths=(7,), variant="t = 1", repeat=True),
        Fixture("later", widths=(7,), variant="t > 1", repeat=True),
        Fixture("later again", widths=(5,), variant="t > 1"),
        Fixture("with ε", widths=(6,), variant="a large ε"),
    ),
    in_place=("theta", "m", "s"),
    example=_step_example,
    correct={
        "in place": _in_place,
        "the corrections in the rate and in ε": _one_rate,
        "one number after the other": _one_by_one,
        "float32": lambda theta, g, m, s, *rest: adam_update(
            *(one.astype(np.float32) for one in (theta, g, m, s)), *rest
        ),
    },
    mistakes=STEP_MISTAKES,
)


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
    place="Look at what one iteration of your loop passes to the next, and at the step number t.",
    inputs=walk_inputs,
    reference=adam_walk,
    fixtures=draw.WALKS,
    in_place=("theta",),
    example=_walk_example,
    carried=_carried,
    correct={
        "in place, with copies in the path": walk(
            lambda theta, *rest: _in_place(theta.copy(), *rest)
        ),
        "a list of arrays": lambda *args: list(adam_walk(*args)),
        "weighted averages, no loop": _all_at_once,
        "the corrections in the rate": walk(_one_rate),
        "float32": lambda theta, rows, *rest: adam_walk(
            theta.astype(np.float32), rows.astype(np.float32), *rest
        ),
    },
    mistakes=WALK_MISTAKES,
)
