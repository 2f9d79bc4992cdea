from __future__ import annotations

from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.reference import (
    slope_of_square,
)
from course_lib.checks.ex00_before_you_start.slope_between import CALLS
from course_lib.checks.fixtures import Fixture, signs
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
CHAIN = f"{PAGE}#chain-rule"


def place(rng: Generator, fixture: Fixture) -> tuple[float]:
    """Draw x away from the bottom of (3x − 1)²."""
    return (float(rng.uniform(0.7, 2.5)) * signs(fixture, 1)[0],)


def _square_example() -> str:
    text = Worked("Another function: f(x) = (2x + 1)² at x = 3:")
    text.line("  the bracket is u = 7; the derivative of u² is 2u = 14")
    text.line("  the bracket grows 2 times as fast as x")
    text.line("  together 14·2 = 28")
    return str(text)


SLOPE_OF_SQUARE = Question(
    name="slope_of_square",
    signature="slope_of_square(x) -> derivative",
    returns=("derivative",),
    parts=(Part("derivative", 1),),
    section=CHAIN,
    place="Look at the two factors: the outer derivative, and the inner one.",
    inputs=place,
    reference=slope_of_square,
    fixtures=CALLS,
    example=_square_example,
    correct={
        "multiplied out": lambda x: 18 * x - 6,
        "central differences": lambda x: (
            ((3 * (x + 1e-4) - 1) ** 2 - (3 * (x - 1e-4) - 1) ** 2) / 2e-4
        ),
    },
    mistakes=(
        Mistake(
            "inner-missing",
            "The inner derivative 3 is missing: the bracket grows three times as fast as x.",
            lambda x: 2 * (3 * x - 1),
            "When x grows by 1, by how much does the bracket grow?",
        ),
        Mistake(
            "two-missing",
            "The factor 2 from the derivative of the square is missing.",
            lambda x: 3 * (3 * x - 1),
            "What is the derivative of u²?",
        ),
        Mistake(
            "value",
            "Your function returns the value of f, not its derivative.",
            lambda x: (3 * x - 1) ** 2,
            "Does the task ask for the value of the function, or for its derivative?",
            section=f"{PAGE}#slope",
        ),
        Mistake(
            "outer-at-x",
            "The outer derivative 2u is taken at x. It should be taken at the value of the "
            "bracket, u = 3x − 1.",
            lambda x: 6 * x,
            "At which number is the derivative of the square taken?",
        ),
        Mistake(
            "inner-squared",
            "The inner derivative 3 appears twice. It should appear once.",
            lambda x: 18 * (3 * x - 1),
            "How often do you multiply by the inner derivative?",
        ),
    ),
)
