"""`complex_gradient`: the derivative from an imaginary step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.reference import FUNCTIONS, complex_gradient_at
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def inputs(rng: Generator, fixture: Fixture) -> tuple[str, np.ndarray, float]:
    """Choose a function, draw x of shape `widths`; a step of 1e-30, or one that can be seen."""
    name = fixture["function"]
    x = rng.uniform(0.2, 1.4, size=fixture.widths) * rng.choice([-1.0, 1.0], size=fixture.widths)
    if name == "bends":  # its derivatives are negative, those of the others positive
        x *= -np.sign(np.tanh(x).sum())
    return name, x, fixture["h"]


def _each(rule: Callable[..., Any]) -> Callable[..., np.ndarray]:
    """Make a gradient of rule(f, x, e, h), where e is 1 at one entry."""

    def gradient(name: str, x: np.ndarray, h: float) -> np.ndarray:
        found = np.zeros(x.shape)
        for i in np.ndindex(x.shape):
            e = np.zeros(x.shape)
            e[i] = 1.0
            found[i] = rule(FUNCTIONS[name], x, e, h)
        return found

    return gradient


def _float_copy(name: str, x: np.ndarray, h: float) -> np.ndarray:
    moved = x.copy()
    for i in np.ndindex(x.shape):
        moved[i] += 1j * h
    return moved


def _not_put_back(name: str, x: np.ndarray, h: float) -> np.ndarray:
    z, found = x.astype(complex), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        z[i] += 1j * h
        found[i] = FUNCTIONS[name](z).imag / h
    return found


def _example() -> str:
    text = Worked("f(x) = sum of the cubes, x = [1, 2], h = 0.1, entry 1:")
    text.line("  the point: [1, 2 + 0.1i]")
    text.line("  (2 + 0.1i)³ = 8 + 3·4·0.1i + 3·2·(0.1i)² + (0.1i)³ = 7.94 + 1.199i")
    text.line("  f = 1 + 7.94 + 1.199i; its imaginary part over h is 11.99")
    text.line(
        "The exact derivative is 12; the error is −h². With h = 1e-30 it is far below rounding."
    )
    return str(text)


COMPLEX_GRADIENT = Question(
    name="complex_gradient",
    signature="complex_gradient(f, x, h) -> gradient",
    returns=("gradient",),
    parts=(
        Part(
            "gradient",
            2,
            next_step=(
                "Take f(x) = x² with x = [3] and h = 0.1. What is your "
                "point, what is f there, and which part of it do you "
                "divide by h?"
            ),
        ),
    ),
    section=f"{PAGE}#complex-step",
    place="Look at the type of the array that you add the step to, and at the part of f that you "
    "use.",
    inputs=inputs,
    reference=complex_gradient_at,
    entry="complex_gradient_at",
    fixtures=(
        Fixture("cubes", widths=(3, 5), repeat=True, settings={"function": "cubes", "h": 1e-30}),
        Fixture("bends", widths=(7,), settings={"function": "bends", "h": 1e-30}),
        Fixture("log-sum", widths=(5, 2), settings={"function": "log-sum", "h": 1e-30}),
        Fixture("cubes, large step", widths=(2, 3), settings={"function": "cubes", "h": 0.2}),
        Fixture("log-sum, large step", widths=(4,), settings={"function": "log-sum", "h": 0.2}),
    ),
    sizes=lambda f, x, h: {"x.size": x.size},
    example=_example,
    correct={
        "imag of a vector step": _each(lambda f, x, e, h: np.imag(f(x + 1j * h * e)) / h),
        "a complex quotient": _each(
            lambda f, x, e, h: ((f(x + 1j * h * e) - f(x)) / (1j * h)).real
        ),
        "a nested list": lambda f, x, h: complex_gradient_at(f, x, h).tolist(),
    },
    mistakes=(
        Mistake(
            "real-part",
            "Your function uses the real part, which is f itself. It should use the imaginary "
            "part: np.imag(f(z)) / h.",
            _each(lambda f, x, e, h: np.real(f(x + 1j * h * e)) / h),
            "Which part of f(x + ih) is close to f(x), and which is close to h times the "
            "derivative?",
        ),
        Mistake(
            "magnitude",
            "Your function uses the absolute value, which is nearly f itself. It should use the "
            "imaginary part: np.imag(f(z)) / h.",
            _each(lambda f, x, e, h: np.abs(f(x + 1j * h * e)) / h),
            "Which part of f(x + ih) is close to f(x), and which is close to h times the "
            "derivative?",
        ),
        Mistake(
            "not-divided",
            "Your result is the imaginary part, h times the derivative. It should be divided by h.",
            _each(lambda f, x, e, h: np.imag(f(x + 1j * h * e))),
            "How long is your step, and how does the imaginary part of f depend on it?",
        ),
        Mistake(
            "run-of-2h",
            "Your imaginary part is divided by 2h. It should be divided by h, because there is a "
            "single step of length h.",
            _each(lambda f, x, e, h: np.imag(f(x + 1j * h * e)) / (2 * h)),
            "At how many points does this method evaluate f, and how long is its step?",
        ),
        Mistake(
            "C02-real",
            "Your step is real, and a real step of 1e-30 is lost in rounding. It should be "
            "imaginary: x + 1j·h at one entry.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x)) / h),
            "What is x + h in float64 for x = 1 and h = 1e-30?",
            section=f"{PAGE}#error-curve",
        ),
        Mistake(
            "C02-real-central",
            "Your steps to both sides are real, and real steps of 1e-30 are lost in rounding. The "
            "step should be imaginary: x + 1j·h at one entry.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / (2 * h)),
            "What is x + h in float64 for x = 1 and h = 1e-30?",
            section=f"{PAGE}#error-curve",
        ),
        Mistake(
            "C02",
            "Your function uses a step size of its own. It should use the argument h.",
            _each(lambda f, x, e, h: np.imag(f(x + 1e-20j * e)) / 1e-20),
            "Which argument does your function not use?",
        ),
        Mistake(
            "float-copy",
            "Your copy is an array of real numbers, which cannot store an imaginary step. Begin "
            "with x.astype(complex).",
            _float_copy,
            "Which type of array can store 1 + 2i?",
        ),
        Mistake(
            "all-at-once",
            "Your function changes all entries at once, so every result is the sum of all "
            "derivatives. It should change one entry at a time, and restore it before the next.",
            _each(lambda f, x, e, h: np.imag(f(x + 1j * h)) / h),
            "When you call f, how many entries of your array have an imaginary part?",
        ),
        Mistake(
            "not-put-back",
            "The imaginary part of each entry remains, so each result contains the earlier "
            "derivatives as well. Restore each entry before the next.",
            _not_put_back,
            "When you compute the last derivative, how many entries of your array have an "
            "imaginary part?",
        ),
    ),
)
