from __future__ import annotations

from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.reference import (
    partial_slopes,
)
from course_lib.checks.ex00_before_you_start.slope_between import CALLS
from course_lib.checks.fixtures import Fixture, signs
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
PARTIALS = f"{PAGE}#partial-derivative"


def three(rng: Generator, fixture: Fixture) -> tuple[float, ...]:
    """Draw w, x and b, none of them 1."""
    return tuple(float(v) for v in rng.uniform(1.3, 4.0, size=3) * signs(fixture, 3))


def _partial_example() -> str:
    text = Worked("Another function: f = p·q − r at p = 2, q = 5, r = 1:")
    text.line("  only p changes: f changes by q for each 1 of p, so ∂f/∂p = 5")
    text.line("  only q changes: ∂f/∂q = p = 2;  only r changes: ∂f/∂r = −1")
    return str(text)


PARTIAL_SLOPES = Question(
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
            "bias-added",
            "b is constant when w or x changes, so it adds nothing to their derivatives.",
            lambda w, x, b: (x + b, w + b, 1.0),
            "Does b change when w changes?",
        ),
    ),
)
