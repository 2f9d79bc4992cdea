"""`along_direction`: two numbers for all parameters, from two evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.reference import FUNCTIONS, along_direction_at
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Inputs = tuple[str, np.ndarray, np.ndarray, np.ndarray, float]

SIGNS = {"cubes": (1.0, -1.0), "bends": (-1.0, 1.0), "log-sum": (-1.0, -1.0)}


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Draw x, a gradient that claims something, and a direction v; the step can be seen.

    Both numbers of the answer have either sign.
    """
    name, size = fixture["function"], fixture.widths
    x = rng.uniform(0.2, 1.4, size=size) * rng.choice([-1.0, 1.0], size=size)
    if name == "cubes" and not fixture.large:
        x = -np.abs(x)  # the function is negative at both points
    v = rng.normal(size=size)
    if fixture.large:
        v /= np.sqrt((v**2).sum())
    gradient = rng.normal(size=size)
    if not fixture.large:
        claimed, measured = SIGNS[name]
        v *= measured * np.sign(along_direction_at(name, x, gradient, v, 0.2)[1])
        gradient *= claimed * np.sign((gradient * v).sum())
    return name, x, gradient, v, 0.2


def _measured(rule: Callable[..., Any]) -> Callable[..., tuple[float, float]]:
    """Make an answer whose second number is rule(f, x, gradient, v, h)."""

    def wrong(name: str, x: Any, gradient: Any, v: Any, h: float) -> tuple[float, float]:
        return float((gradient * v).sum()), float(rule(FUNCTIONS[name], x, gradient, v, h))

    return wrong


def _claimed(rule: Callable[..., Any]) -> Callable[..., tuple[Any, float]]:
    """Make an answer whose first number is rule(gradient, v)."""

    def wrong(name: str, x: Any, gradient: Any, v: Any, h: float) -> tuple[Any, float]:
        return rule(gradient, v), along_direction_at(name, x, gradient, v, h)[1]

    return wrong


def _length(v: np.ndarray) -> float:
    return float(np.sqrt((v**2).sum()))


def _example() -> str:
    text = Worked("f(x) = sum of the cubes, x = [1, 2], v = [1, −1], h = 0.1:")
    text.line("  the gradient [3, 12] claims the derivative 3·1 + 12·(−1) = −9")
    text.line("  one point on each side: x + hv = [1.1, 1.9], x − hv = [0.9, 2.1]")
    text.line(
        "  f is 8.19 and 9.99; the difference −1.8 over 2h = 0.2 is the measured derivative, −9"
    )
    text.line("Two evaluations of f test every entry of the gradient.")
    return str(text)


ALONG_DIRECTION = Question(
    name="along_direction",
    signature="along_direction(f, x, gradient, v, h) -> (claimed, measured)",
    returns=("claimed", "measured"),
    parts=(
        Part(
            "claimed",
            1,
            (0,),
            place="Look at how your code computes one number from the "
            "gradient and the direction v.",
            next_step=(
                "Take the gradient [3, 12] and v = [1, −1]. Which number should the claimed "
                "derivative be?"
            ),
        ),
        Part(
            "measured",
            1,
            (1,),
            place=("Look at your two points: how far are they from x, and in which direction?"),
            next_step=(
                "Take f(x) = x² with x = "
                "[3], v = [2] and h = 0.1. "
                "What are your two points, "
                "their difference, and the "
                "number that you divide "
                "by?"
            ),
        ),
    ),
    section=f"{PAGE}#random-direction",
    place="Look at how each of the results is computed.",
    inputs=inputs,
    reference=along_direction_at,
    entry="along_direction_at",
    fixtures=(
        Fixture("cubes", widths=(3, 5), repeat=True, settings={"function": "cubes"}),
        Fixture("bends", widths=(7,), settings={"function": "bends"}),
        Fixture("log-sum", widths=(5, 2), settings={"function": "log-sum"}),
        Fixture(
            "cubes, 300 000 entries",
            widths=(500, 600),
            cpu_seconds=1.0,
            settings={"function": "cubes"},
        ),
    ),
    sizes=lambda f, x, gradient, v, h: {"x.size": x.size},
    example=_example,
    correct={
        "vdot": lambda f, x, gradient, v, h: (
            np.vdot(gradient, v),
            along_direction_at(f, x, gradient, v, h)[1],
        ),
        "flat vectors and a list": lambda f, x, gradient, v, h: [
            gradient.ravel() @ v.ravel(),
            along_direction_at(f, x, gradient, v, h)[1],
        ],
    },
    mistakes=(
        Mistake(
            "C03",
            "Your measured derivative is a one-sided difference. It should be the central one, "
            "with f at x + hv and at x − hv.",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x)) / h),
            "Where is x: in the middle of your two points, or at one of them?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-left",
            "Your measured derivative is a one-sided difference. It should be the central one, "
            "with f at x + hv and at x − hv.",
            _measured(lambda f, x, g, v, h: (f(x) - f(x - h * v)) / h),
            "Where is x: in the middle of your two points, or at one of them?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-over-2h",
            "Your difference is f(x + hv) − f(x), one step of h, and it is divided by 2h. It "
            "should be f(x + hv) − f(x − hv).",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x)) / (2 * h)),
            "What is the distance between your two points, and by what do you divide?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "direction-normalised",
            "Your function divides v by its length first. Both numbers should be the derivative "
            "along v as it is given.",
            lambda name, x, g, v, h: along_direction_at(name, x, g, v / _length(v), h),
            "If v is twice as long, how should the derivative along v change?",
        ),
        Mistake(
            "direction-normalised-claimed",
            "Your claimed number uses v divided by its length. It should use v as it is given.",
            _claimed(lambda g, v: float((g * v).sum()) / _length(v)),
            "If v is twice as long, how should the derivative along v change?",
        ),
        Mistake(
            "direction-normalised-measured",
            "Your step uses v divided by its length. It should use v as it is given.",
            _measured(
                lambda f, x, g, v, h: (
                    (f(x + h * v / _length(v)) - f(x - h * v / _length(v))) / (2 * h)
                )
            ),
            "By how much does each entry of x change in your step, and by how much in h·v?",
        ),
        Mistake(
            "sign",
            "Your difference is f(x − hv) − f(x + hv). It should be f(x + hv) − f(x − hv).",
            _measured(lambda f, x, g, v, h: (f(x - h * v) - f(x + h * v)) / (2 * h)),
            "Where f grows along v, is your number positive?",
        ),
        Mistake(
            "run-of-h",
            "Your difference is divided by h. It should be divided by 2h: the step from x − hv to "
            "x + hv is 2h in units of v.",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x - h * v)) / h),
            "What is the distance between x − hv and x + hv, in units of v?",
        ),
        Mistake(
            "run-of-length",
            "Your difference is divided by the length of 2hv. It should be divided by 2h, because "
            "the claim ∇f · v is proportional to the length of v as well.",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x - h * v)) / (2 * h * _length(v))),
            "If v is twice as long, is your measured number twice as large?",
        ),
        Mistake(
            "direction-forgotten",
            "Your step adds the same h to every entry. It should add h times v.",
            _measured(lambda f, x, g, v, h: (f(x + h) - f(x - h)) / (2 * h)),
            "Which argument says how much each entry should change?",
        ),
        Mistake(
            "along-the-gradient",
            "Your step is along the gradient. It should be along v.",
            _measured(lambda f, x, g, v, h: (f(x + h * g) - f(x - h * g)) / (2 * h)),
            "Which of the two arrays does your step use?",
        ),
        Mistake(
            "measured-copied",
            "Your measured derivative is computed from the gradient. It should not use the "
            "gradient: compute it from two values of f.",
            _measured(lambda f, x, g, v, h: (g * v).sum()),
            "Which of your two numbers should change if the gradient is wrong, and which should "
            "not?",
        ),
        Mistake(
            "not-summed",
            "Your claimed number is the product gradient·v entry by entry. It should be the sum "
            "of these products.",
            _claimed(lambda g, v: g * v),
            "How many numbers is the derivative along one direction?",
        ),
        Mistake(
            "averaged",
            "Your claimed number is the mean of the products. It should be their sum.",
            _claimed(lambda g, v: float((g * v).mean())),
            "Every entry contributes to the change of f. Does the chain rule add the "
            "contributions, or average them?",
        ),
        Mistake(
            "length-of-gradient",
            "Your claimed number is the length of the gradient. It should be the sum of "
            "gradient·v, the derivative along v.",
            _claimed(lambda g, v: _length(g)),
            "Which argument does your claimed number not use?",
        ),
    ),
)
