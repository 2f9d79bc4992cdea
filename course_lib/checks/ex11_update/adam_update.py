from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.adam_update_mistakes import STEP_MISTAKES
from course_lib.checks.ex11_update.reference import adam_update
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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


def in_place(
    theta: Any, g: Any, m: Any, s: Any, t: int, rate: float, beta1: float, beta2: float, eps: float
) -> Any:
    m *= beta1
    m += (1 - beta1) * g
    s *= beta2
    s += (1 - beta2) * g * g
    theta -= rate * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + eps)
    return theta, m, s


def one_rate(
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
        "in place": in_place,
        "the corrections in the rate and in ε": one_rate,
        "one number after the other": _one_by_one,
        "float32": lambda theta, g, m, s, *rest: adam_update(
            *(one.astype(np.float32) for one in (theta, g, m, s)), *rest
        ),
    },
    mistakes=STEP_MISTAKES,
)
