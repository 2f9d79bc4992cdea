from __future__ import annotations

from collections.abc import Callable

from numpy.random import Generator

from course_lib.checks.ex01_downhill.reference import (
    CURVES,
    slope_at,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
ABOVE, BELOW = (0.4, 1.2), (-1.2, -0.4)


def _call(name: str, curve: str, place: tuple[float, float] = ABOVE, h: float = 0.2) -> Fixture:
    return Fixture(name, settings={"curve": curve, "place": place, "h": h})


def curve_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Choose a curve, a place and a step large enough to tell the quotients apart.

    Some curves fall at their place, and one of them lies below 0.
    """
    return fixture["curve"], float(rng.uniform(*fixture["place"])), fixture["h"]


def _quotient(rule: Callable[..., float]) -> Callable[..., float]:
    return lambda f, w, h: float(rule(CURVES[f], w, h))


def _slope_example() -> str:
    text = Worked("f(w) = w³ at w = 1 with h = 0.1:")
    text.line("  to the right: f(1.1) = 1.331, to the left: f(0.9) = 0.729")
    text.line("  rise 1.331 − 0.729 = 0.602, run 0.2, quotient 3.01")
    text.line("The exact derivative is 3; from 1 to 1.1 alone it would have been 3.31.")
    return str(text)


NUMERICAL_SLOPE = Question(
    name="numerical_slope",
    signature="numerical_slope(f, w, h) -> derivative",
    returns=("derivative",),
    parts=(Part("derivative", 2),),
    section=f"{PAGE}#numerical-slope",
    place="Look at the rise and at the run.",
    inputs=curve_inputs,
    reference=slope_at,
    entry="slope_at",
    fixtures=(
        _call("cube", "cube", BELOW),
        _call("exp", "exp"),
        _call("sine", "sine", (1.9, 2.7)),
        _call("cube, small step", "cube", h=1e-5),
        _call("square", "square", BELOW),
    ),
    example=_slope_example,
    correct={
        "two halves": _quotient(
            lambda f, w, h: ((f(w + h) - f(w)) / h + (f(w) - f(w - h)) / h) / 2
        ),
    },
    mistakes=(
        Mistake(
            "C03",
            "This is the one-sided quotient, to the right only. Step as far to the left as to the "
            "right: (f(w + h) − f(w − h))/2h.",
            _quotient(lambda f, w, h: (f(w + h) - f(w)) / h),
            "Is w in the middle of your two points?",
            section=f"{PAGE}#why-central",
        ),
        Mistake(
            "C03-left",
            "This is the one-sided quotient, to the left only. Step as far to the right as to the "
            "left: (f(w + h) − f(w − h))/2h.",
            _quotient(lambda f, w, h: (f(w) - f(w - h)) / h),
            "Is w in the middle of your two points?",
            section=f"{PAGE}#why-central",
        ),
        Mistake(
            "one-sided-over-2h",
            "The difference f(w + h) − f(w) belongs to a step of h, but it is divided by 2h. Use "
            "a step to both sides: (f(w + h) − f(w − h))/2h.",
            _quotient(lambda f, w, h: (f(w + h) - f(w)) / (2 * h)),
            "How far apart are the two points of your difference?",
            section=f"{PAGE}#why-central",
        ),
        Mistake(
            "one-sided-over-2h-left",
            "The difference f(w) − f(w − h) belongs to a step of h, but it is divided by 2h. Use "
            "a step to both sides: (f(w + h) − f(w − h))/2h.",
            _quotient(lambda f, w, h: (f(w) - f(w - h)) / (2 * h)),
            "How far apart are the two points of your difference?",
            section=f"{PAGE}#why-central",
        ),
        Mistake(
            "run-of-h",
            "The rise goes from w − h to w + h, so the run is 2h, not h.",
            _quotient(lambda f, w, h: (f(w + h) - f(w - h)) / h),
            "How far apart are your two points?",
        ),
        Mistake(
            "brackets-missing",
            "/ 2 * h divides by 2 and then multiplies by h. The run needs brackets: / (2 * h).",
            _quotient(lambda f, w, h: (f(w + h) - f(w - h)) / 2 * h),
            "In which order does Python compute a / 2 * h?",
        ),
        Mistake(
            "rise-only",
            "The rise is not divided by the run.",
            _quotient(lambda f, w, h: f(w + h) - f(w - h)),
            "By what should the rise be divided?",
        ),
        Mistake(
            "sign",
            "The two values are subtracted in the wrong order. It should be f(w + h) − f(w − h).",
            _quotient(lambda f, w, h: (f(w - h) - f(w + h)) / (2 * h)),
            "Where the curve rises to the right, is your result positive?",
        ),
        Mistake(
            "h-ignored",
            "Your function uses a step of its own. It should use its argument h.",
            _quotient(lambda f, w, h: (f(w + 1e-5) - f(w - 1e-5)) / 2e-5),
            "Which of the arguments does your function never use?",
        ),
    ),
)
