from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex01_downhill.reference import update_weight
from course_lib.checks.fixtures import Fixture, numbered, signs
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
CALLS = numbered(4)


def step_inputs(rng: Generator, fixture: Fixture) -> tuple[float, ...]:
    """Draw a weight, a derivative and a learning rate."""
    weight, slope = rng.uniform(0.6, 3.0, size=2) * signs(fixture, 2)
    return float(weight), float(slope), float(rng.uniform(0.05, 0.4))


def _step_example() -> str:
    text = Worked("w = 2, derivative −3, learning rate 0.1:")
    text.line("  w − 0.1·(−3) = 2 + 0.3 = 2.3")
    text.line("The derivative is negative: the loss falls as w grows, and w has become larger.")
    return str(text)


UPDATE_WEIGHT = Question(
    name="update_weight",
    signature="update_weight(w, slope, learning_rate) -> w",
    returns=("new w",),
    parts=(Part("new w", 1),),
    section=f"{PAGE}#update-one-weight",
    place="Look at the step, its sign and its factors, and at what is returned.",
    inputs=step_inputs,
    reference=update_weight,
    fixtures=CALLS,
    example=_step_example,
    correct={
        "float32": lambda w, slope, rate: np.float32(w) - np.float32(rate) * np.float32(slope),
    },
    mistakes=(
        Mistake(
            "gradient-ascent",
            "The step increases the loss: the derivative times the learning rate is added. It "
            "should be subtracted.",
            lambda w, slope, rate: w + rate * slope,
            "A positive derivative says that the loss grows with w. Should w become larger or "
            "smaller?",
        ),
        Mistake(
            "rate-missing",
            "The learning rate is missing.",
            lambda w, slope, rate: w - slope,
            "Which argument determines how long the step is?",
        ),
        Mistake(
            "U13",
            "The step is multiplied by the learning rate twice. It should be once.",
            lambda w, slope, rate: w - rate * rate * slope,
            "How often do you multiply by the learning rate?",
        ),
        Mistake(
            "sign-only",
            "Only the sign of the derivative is used. The step should be proportional to the "
            "derivative.",
            lambda w, slope, rate: w - rate * np.sign(slope),
            "Should the step be equally long where the loss is flat and where it is steep?",
        ),
        Mistake(
            "step-for-weight",
            "Your function returns the step. It should return the old weight plus the step.",
            lambda w, slope, rate: -rate * slope,
            "What must be added to the step to get the new weight?",
        ),
        Mistake(
            "U15",
            "Your function returns the old weight. It should return the new one.",
            lambda w, slope, rate: w,
            "Which variable does your `return` line return?",
        ),
    ),
)
