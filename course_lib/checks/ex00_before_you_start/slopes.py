"""`slope_between`, `slope_of_square`, `partial_slopes`: what the course asks of calculus."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.page import PAGE
from course_lib.checks.fixtures import Fixture, numbered, signs
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex00 import partial_slopes, slope_between, slope_of_square
from course_lib.checks.worked import Worked

CALLS = numbered(4)
CHAIN = f"{PAGE}#chain-rule"
PARTIALS = f"{PAGE}#partial-derivative"


def points(rng: Generator, fixture: Fixture) -> tuple[float, ...]:
    """Draw two points of a line that is not level, left to right or right to left."""
    right, up = signs(fixture, 2)
    x0, y0 = rng.uniform(0.3, 1.0, size=2) * right * up
    run, rise = rng.uniform(1.2, 2.5, size=2)
    return tuple(float(v) for v in (x0, y0, x0 + right * run, y0 + up * rise))


def place(rng: Generator, fixture: Fixture) -> tuple[float]:
    """Draw x away from the bottom of (3x − 1)²."""
    return (float(rng.uniform(0.7, 2.5)) * signs(fixture, 1)[0],)


def three(rng: Generator, fixture: Fixture) -> tuple[float, ...]:
    """Draw w, x and b, none of them 1."""
    return tuple(float(v) for v in rng.uniform(1.3, 4.0, size=3) * signs(fixture, 3))


def _between_example() -> str:
    text = Worked("Through (1, 5) and (3, 4):")
    text.line("  rise 4 − 5 = −1, run 3 − 1 = 2, slope −1/2 = −0.5")
    text.line("When x grows by 2, the line falls by 1.")
    return str(text)


def _square_example() -> str:
    text = Worked("Another function: f(x) = (2x + 1)² at x = 3:")
    text.line("  the bracket is u = 7; the derivative of u² is 2u = 14")
    text.line("  the bracket grows 2 times as fast as x")
    text.line("  together 14·2 = 28")
    return str(text)


def _partial_example() -> str:
    text = Worked("Another function: f = p·q − r at p = 2, q = 5, r = 1:")
    text.line("  only p changes: f changes by q for each 1 of p, so ∂f/∂p = 5")
    text.line("  only q changes: ∂f/∂q = p = 2;  only r changes: ∂f/∂r = −1")
    return str(text)


BETWEEN = Question(
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
            "The two differences are taken in opposite orders: y1 − y0 belongs together with x1 "
            "− x0.",
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

SQUARE_SLOPE = Question(
    name="slope_of_square",
    signature="slope_of_square(x) -> slope",
    returns=("slope",),
    parts=(Part("slope", 1),),
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

PARTIAL = Question(
    name="partial_slopes",
    signature="partial_slopes(w, x, b) -> (df_dw, df_dx, df_db)",
    returns=("df_dw", "df_dx", "df_db"),
    parts=(Part("df_dw", 0.5, (0,)), Part("df_dx", 0.25, (1,)), Part("df_db", 0.25, (2,))),
    section=PARTIALS,
    place="Look at one variable at a time: let it change and hold the others constant.",
    inputs=three,
    reference=partial_slopes,
    fixtures=CALLS,
    shares=("w", "x", "b"),
    example=_partial_example,
    correct={"a list with a whole number": lambda w, x, b: [x, w, 1]},
    mistakes=(
        Mistake(
            "own-factor",
            "The first two results are swapped: the derivative of the product w·x with respect "
            "to one factor is the other factor.",
            lambda w, x, b: (w, x, 1.0),
            "When w grows by 1, by how much does w·x grow?",
        ),
        Mistake(
            "bias-value",
            "∂f/∂b should be 1, not b: when b grows by 1, f grows by 1.",
            lambda w, x, b: (x, w, b),
            "When b grows by 1, by how much does f grow?",
        ),
        Mistake(
            "bias-zero",
            "∂f/∂b should be 1, not 0: here b is the variable and is not held constant.",
            lambda w, x, b: (x, w, 0.0),
            "When b grows by 1, does f stay the same?",
        ),
        Mistake(
            "bias-kept",
            "b is constant when w or x changes, so it adds nothing to their derivatives.",
            lambda w, x, b: (x + b, w + b, 1.0),
            "Does b change when w changes?",
        ),
    ),
)
