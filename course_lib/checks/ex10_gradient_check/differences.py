"""`numerical_gradient`: central differences for every entry of an array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex10 import FUNCTIONS, gradient_at
from course_lib.checks.worked import Worked

Inputs = tuple[str, np.ndarray, float]


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Choose a function, draw x of shape `widths`, and take a large step or a small one."""
    name, _, kind = fixture.name.partition(", ")
    if kind == "whole numbers":
        x = rng.permutation(np.arange(2, 2 + np.prod(fixture.widths))).reshape(fixture.widths)
        return name, x, 1e-5
    x = rng.uniform(0.2, 1.4, size=fixture.widths) * rng.choice([-1.0, 1.0], size=fixture.widths)
    wanted = -1.0 if kind == "" else 1.0
    if name == "cubes":  # either sign of the function
        x *= wanted * np.sign(FUNCTIONS[name](x))
    if name == "bends":  # either sign of its derivatives
        x *= wanted * np.sign(np.tanh(x).sum())
    return name, x, 1e-5 if kind == "small step" else 0.2


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
    text.line("  entry 0: f([1.1, 2]) − f([0.9, 2]) = 9.331 − 8.729 = 0.602; run 0.2; 3.01")
    text.line("  entry 1: f([1, 2.1]) − f([1, 1.9]) = 10.261 − 7.859 = 2.402; run 0.2; 12.01")
    text.line(
        "The other entry stays where it is. The exact derivatives are 3 and 12; h² = 0.01 is left."
    )
    return str(text)


NUMERICAL = Question(
    name="numerical_gradient",
    signature="numerical_gradient(f, x, h) -> gradient",
    returns=("gradient",),
    parts=(Part("gradient", 3),),
    section=f"{PAGE}#central-differences",
    place="Look at the two points of one entry, and at the values of all other entries meanwhile.",
    inputs=inputs,
    reference=gradient_at,
    entry="gradient_at",
    fixtures=(
        Fixture("cubes", widths=(3, 5), repeat=True),
        Fixture("bends", widths=(7,)),
        Fixture("log-sum", widths=(5, 2)),
        Fixture("bends, small step", widths=(3, 4)),
        Fixture("cubes, whole numbers", widths=(2, 3)),
    ),
    sizes=lambda f, x, h: {"the number of entries": x.size},
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
            "This is the one-sided quotient, to the right only; its error is of the size of h, "
            "not of h². Step to both sides: (f(x + h e) − f(x − h e))/2h.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x)) / h),
            "Is x in the middle of your two points?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-left",
            "This is the one-sided quotient, to the left only; its error is of the size of h, not "
            "of h². Step to both sides: (f(x + h e) − f(x − h e))/2h.",
            _each(lambda f, x, e, h: (f(x) - f(x - h * e)) / h),
            "Is x in the middle of your two points?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-over-2h",
            "The rise goes from x to x + h, one step, and is divided by 2h. Step to both sides: "
            "(f(x + h e) − f(x − h e))/2h.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x)) / (2 * h)),
            "How far apart are your two points?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-left-over-2h",
            "The rise goes from x − h to x, one step, and is divided by 2h. Step to both sides: "
            "(f(x + h e) − f(x − h e))/2h.",
            _each(lambda f, x, e, h: (f(x) - f(x - h * e)) / (2 * h)),
            "How far apart are your two points?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "run-of-h",
            "The rise goes from x − h to x + h, so the run is 2h, not h.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / h),
            "How far apart are your two points?",
        ),
        Mistake(
            "brackets-missing",
            "/ 2 * h divides by 2 and multiplies by h; the run needs brackets: / (2 * h).",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / 2 * h),
            "What does Python do with a / 2 * h, from left to right?",
        ),
        Mistake(
            "rise-only",
            "The rise is not divided by the run.",
            _each(lambda f, x, e, h: f(x + h * e) - f(x - h * e)),
            "Rise over what?",
        ),
        Mistake(
            "sign",
            "The difference is the wrong way round.",
            _each(lambda f, x, e, h: (f(x - h * e) - f(x + h * e)) / (2 * h)),
            "Where f rises with an entry, is your derivative positive?",
        ),
        Mistake(
            "all-at-once",
            "Every entry is moved at once, so every result is the sum of all derivatives. Move "
            "one entry, measure, put it back, then the next.",
            _each(lambda f, x, e, h: (f(x + h) - f(x - h)) / (2 * h)),
            "How many entries of x differ between your two points?",
        ),
        Mistake(
            "not-put-back",
            "An entry stays at x − h after it was measured, so the later ones are measured at "
            "another place. Put it back to what it was.",
            _not_put_back,
            "Which values do the earlier entries have when the last one is measured?",
        ),
        Mistake(
            "C06",
            "x holds whole numbers, and a copy of it stores whole numbers too: x + h is cut down "
            "to x. Begin with a copy of floats: np.array(x, dtype=float).",
            _whole_numbers,
            "One of the calls brings x as whole numbers. What is stored when 2.00001 is written "
            "into such an array?",
            section=f"{PAGE}#check-mistakes",
        ),
        Mistake(
            "C01",
            "The steps are taken in float32, where x + h keeps seven digits. Use float64.",
            _float32,
            "How many digits does your copy of x keep, and how many of them does h change?",
            section=f"{PAGE}#check-float32",
        ),
        Mistake(
            "C02",
            "A step of your own is used; the function is given h.",
            _each(lambda f, x, e, h: _central(f, x, e, 1e-5)),
            "Which of the arguments does your function never use?",
        ),
        Mistake(
            "B35",
            "The array x itself is stepped and not put back, so the caller's x is another one "
            "afterwards. Work on a copy, or put every entry back.",
            _in_place,
            "Whose array do your steps go into?",
        ),
    ),
)
