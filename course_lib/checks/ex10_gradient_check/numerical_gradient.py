"""`numerical_gradient`: central differences for every entry of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.reference import FUNCTIONS, gradient_at
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Inputs = tuple[str, np.ndarray, float]


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Choose a function, draw x of shape `widths`, and take a large step or a small one."""
    name, h, wanted = fixture["function"], fixture["h"], fixture["sign"]
    if fixture["whole"]:
        x = rng.permutation(np.arange(2, 2 + np.prod(fixture.widths))).reshape(fixture.widths)
        return name, x, h
    x = rng.uniform(0.2, 1.4, size=fixture.widths) * rng.choice([-1.0, 1.0], size=fixture.widths)
    if name == "cubes":  # either sign of the function
        x *= wanted * np.sign(FUNCTIONS[name](x))
    if name == "bends":  # either sign of its derivatives
        x *= wanted * np.sign(np.tanh(x).sum())
    return name, x, h


def _call(
    name: str,
    function: str,
    widths: tuple[int, ...],
    *,
    h: float = 0.2,
    sign: float = -1.0,
    whole: bool = False,
    repeat: bool = False,
) -> Fixture:
    settings = {"function": function, "h": h, "sign": sign, "whole": whole}
    return Fixture(name, widths=widths, repeat=repeat, settings=settings)


def _each(rule: Callable[..., float]) -> Callable[..., np.ndarray]:
    """Make a wrong gradient of rule(f, x, e, h), where e is 1 at one entry."""

    def wrong(name: str, x: np.ndarray, h: float) -> np.ndarray:
        gradient = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            e = np.zeros(x.shape)
            e[i] = 1.0
            gradient[i] = rule(FUNCTIONS[name], x, e, h)
        return gradient

    return wrong


def _central(f: Callable[..., Any], x: np.ndarray, e: np.ndarray, h: float) -> float:
    return (f(x + h * e) - f(x - h * e)) / (2 * h)


def _stacked(name: str, x: np.ndarray, h: float) -> np.ndarray:
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    f = FUNCTIONS[name]
    return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in steps]).reshape(x.shape)


def _whole_numbers(name: str, x: np.ndarray, h: float) -> np.ndarray:
    """Step inside a copy that keeps the type of x."""
    f, gradient, moved = FUNCTIONS[name], np.zeros(x.shape), x.copy()
    for i in np.ndindex(x.shape):
        moved[i] = x[i] + h
        up = f(moved)
        moved[i] = x[i] - h
        gradient[i] = (up - f(moved)) / (2 * h)
        moved[i] = x[i]
    return gradient


def _not_put_back(name: str, x: np.ndarray, h: float) -> np.ndarray:
    """Step to the right, then to the left, and stay there."""
    f, gradient, moved = FUNCTIONS[name], np.zeros(x.shape), x.astype(float)
    for i in np.ndindex(x.shape):
        moved[i] += h
        up = f(moved)
        moved[i] -= 2 * h
        gradient[i] = (up - f(moved)) / (2 * h)
    return gradient


def _in_place(name: str, x: np.ndarray, h: float) -> np.ndarray:
    right = gradient_at(name, x, h)
    x -= np.asarray(h).astype(x.dtype)
    x[...] = x + (1 if x.dtype.kind == "i" else 0)
    return right


def _float32(name: str, x: np.ndarray, h: float) -> np.ndarray:
    f, gradient = FUNCTIONS[name], np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up, down = x.astype(np.float32), x.astype(np.float32)
        up[i] += np.float32(h)
        down[i] -= np.float32(h)
        gradient[i] = (f(up) - f(down)) / np.float32(2 * h)
    return gradient


def _example() -> str:
    text = Worked("f(x) = sum of the cubes, x = [1, 2], h = 0.1:")
    text.line("  entry 0: f([1.1, 2]) − f([0.9, 2]) = 9.331 − 8.729 = 0.602; divided by 0.2: 3.01")
    text.line(
        "  entry 1: f([1, 2.1]) − f([1, 1.9]) = 10.261 − 7.859 = 2.402; divided by 0.2: 12.01"
    )
    text.line(
        "The other entry does not change. The exact derivatives are 3 and 12; the error is h² = "
        "0.01."
    )
    return str(text)


NUMERICAL_GRADIENT = Question(
    name="numerical_gradient",
    signature="numerical_gradient(f, x, h) -> gradient",
    returns=("gradient",),
    parts=(
        Part(
            "gradient",
            3,
            next_step=(
                "Take f(x) = x² with x = [3] and h = 0.1. What are your two points, their "
                "difference, and the number that you divide by?"
            ),
        ),
    ),
    section=f"{PAGE}#central-differences",
    place="Look at the two points for one entry, and at the values of all other entries at these "
    "points.",
    inputs=inputs,
    reference=gradient_at,
    entry="gradient_at",
    fixtures=(
        _call("cubes", "cubes", (3, 5), repeat=True),
        _call("bends", "bends", (7,)),
        _call("log-sum", "log-sum", (5, 2)),
        _call("bends, small step", "bends", (3, 4), h=1e-5, sign=1.0),
        _call("cubes, whole numbers", "cubes", (2, 3), h=1e-5, whole=True),
    ),
    sizes=lambda f, x, h: {"x.size": x.size},
    example=_example,
    correct={
        "a stack of steps": _stacked,
        "one vector of steps": _each(_central),
        "mean of both sides": _each(
            lambda f, x, e, h: ((f(x + h * e) - f(x)) / h + (f(x) - f(x - h * e)) / h) / 2
        ),
        "a nested list": lambda f, x, h: gradient_at(f, x, h).tolist(),
    },
    mistakes=(
        Mistake(
            "C03",
            "Your quotient is one-sided, from x to x + h, with an error of the order of h. It "
            "should be the central difference (f(x + h e) − f(x − h e))/(2h), with an error of "
            "the order of h².",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x)) / h),
            "Where is x: in the middle of your two points, or at one of them?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-left",
            "Your quotient is one-sided, from x − h to x, with an error of the order of h. It "
            "should be the central difference (f(x + h e) − f(x − h e))/(2h), with an error of "
            "the order of h².",
            _each(lambda f, x, e, h: (f(x) - f(x - h * e)) / h),
            "Where is x: in the middle of your two points, or at one of them?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-over-2h",
            "Your difference is f(x + h e) − f(x), one step of h, and it is divided by 2h. It "
            "should be f(x + h e) − f(x − h e).",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x)) / (2 * h)),
            "What is the distance between your two points, and by what do you divide?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-left-over-2h",
            "Your difference is f(x) − f(x − h e), one step of h, and it is divided by 2h. It "
            "should be f(x + h e) − f(x − h e).",
            _each(lambda f, x, e, h: (f(x) - f(x - h * e)) / (2 * h)),
            "What is the distance between your two points, and by what do you divide?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "run-of-h",
            "Your difference f(x + h e) − f(x − h e) is divided by h. It should be divided by 2h, "
            "the distance between the two points.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / h),
            "What is the distance between your two points, and by what do you divide?",
        ),
        Mistake(
            "brackets-missing",
            "Your code divides by 2 and then multiplies by h. Parentheses are missing: / (2 * h).",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / 2 * h),
            "In which order does Python compute a / 2 * h?",
        ),
        Mistake(
            "rise-only",
            "Your difference is not divided by 2h, the distance between the two points.",
            _each(lambda f, x, e, h: f(x + h * e) - f(x - h * e)),
            "By which distance should the difference be divided?",
        ),
        Mistake(
            "sign",
            "Your difference is f(x − h e) − f(x + h e). It should be f(x + h e) − f(x − h e).",
            _each(lambda f, x, e, h: (f(x - h * e) - f(x + h * e)) / (2 * h)),
            "Where f grows with an entry, is your derivative positive?",
        ),
        Mistake(
            "all-at-once",
            "Your function changes all entries at once, so every result is the sum of all "
            "derivatives. It should change one entry at a time, and restore it before the next.",
            _each(lambda f, x, e, h: (f(x + h) - f(x - h)) / (2 * h)),
            "In how many entries do your two points differ?",
        ),
        Mistake(
            "not-put-back",
            "Each entry remains at x − h, so the later derivatives are taken at another point. "
            "Restore each entry before the next.",
            _not_put_back,
            "When the last entry is changed, which values do the earlier entries have?",
        ),
        Mistake(
            "C06",
            "A copy of an integer array is an integer array, where x + h is cut off to x. Begin "
            "with a copy of floats: np.array(x, dtype=float).",
            _whole_numbers,
            "In one of the calls x is an array of integers. What does such an array store for "
            "2.00001?",
            section=f"{PAGE}#check-mistakes",
        ),
        Mistake(
            "C01",
            "Your array is float32, which stores seven digits of x + h. It should be float64.",
            _float32,
            "How many digits does your copy of x store, and which of them does h change?",
            section=f"{PAGE}#check-float32",
        ),
        Mistake(
            "C02",
            "Your function uses a step size of its own. It should use the argument h.",
            _each(lambda f, x, e, h: _central(f, x, e, 1e-5)),
            "Which argument does your function not use?",
        ),
        Mistake(
            "B35",
            "Your function changes x itself and does not restore it, so the caller's x is "
            "changed. Work on a copy, or restore every entry.",
            _in_place,
            "Which array does your code change: x itself, or a copy of it?",
        ),
    ),
)
