from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.reference import (
    slope_between,
)
from course_lib.checks.fixtures import Fixture, numbered, signs
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
CALLS = numbered(4)


def points(rng: Generator, fixture: Fixture) -> tuple[float, ...]:
    """Draw two points of a line that is not level, left to right or right to left."""
    right, up = signs(fixture, 2)
    x0, y0 = rng.uniform(0.3, 1.0, size=2) * right * up
    run, rise = rng.uniform(1.2, 2.5, size=2)
    return tuple(float(v) for v in (x0, y0, x0 + right * run, y0 + up * rise))


def _between_example() -> str:
    text = Worked("Through (1, 5) and (3, 4):")
    text.line("  rise 4 − 5 = −1, run 3 − 1 = 2, slope −1/2 = −0.5")
    text.line("When x grows by 2, the line falls by 1.")
    return str(text)


SLOPE_BETWEEN = Question(
    name="slope_between",
    signature="slope_between(x0, y0, x1, y1) -> slope",
    returns=("slope",),
    parts=(Part("slope", 1),),
    section=f"{PAGE}#slope",
    place="Look at the numerator and at the denominator.",
    inputs=points,
    reference=slope_between,
    fixtures=CALLS,
    example=_between_example,
    correct={
        "from the second point to the first": lambda x0, y0, x1, y1: (y0 - y1) / (x0 - x1),
        "a fitted line": lambda x0, y0, x1, y1: np.polyfit([x0, x1], [y0, y1], 1)[0],
    },
    mistakes=(
        Mistake(
            "run-over-rise",
            "Your function divides the run by the rise. A slope is the rise divided by the run.",
            lambda x0, y0, x1, y1: (x1 - x0) / (y1 - y0),
            "If a line rises a lot over a short run, is your number large?",
        ),
        Mistake(
            "sign",
            "The two differences are taken in opposite orders. If the numerator is y1 − y0, the "
            "denominator should be x1 − x0.",
            lambda x0, y0, x1, y1: (y1 - y0) / (x0 - x1),
            "Do the numerator and the denominator subtract the two points in the same order?",
        ),
        Mistake(
            "rise-only",
            "The rise is not divided by the run.",
            lambda x0, y0, x1, y1: y1 - y0,
            "By what should the rise be divided?",
        ),
        Mistake(
            "point-for-difference",
            "y1/x1 is the slope of a line from the origin. Use the differences between the two "
            "points.",
            lambda x0, y0, x1, y1: y1 / x1,
            "Which of the four numbers does your function never use?",
        ),
    ),
)
