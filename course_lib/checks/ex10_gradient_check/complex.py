"""`complex_gradient`: the derivative from an imaginary step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex10 import FUNCTIONS, complex_gradient_at
from course_lib.checks.worked import Worked


def inputs(rng: Generator, fixture: Fixture) -> tuple[str, np.ndarray, float]:
    """Choose a function, draw x of shape `widths`; a step of 1e-30, or one that can be seen."""
    name, _, large = fixture.name.partition(", ")
    x = rng.uniform(0.2, 1.4, size=fixture.widths) * rng.choice([-1.0, 1.0], size=fixture.widths)
    if name == "bends":  # its derivatives are negative, those of the others positive
        x *= -np.sign(np.tanh(x).sum())
    return name, x, 0.2 if large else 1e-30


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
    text.line("The exact derivative is 12; −h² is left, and with h = 1e-30 nothing you could see.")
    return str(text)


COMPLEX = Question(
    name="complex_gradient",
    signature="complex_gradient(f, x, h) -> gradient",
    returns=("gradient",),
    parts=(Part("gradient", 2),),
    section=f"{PAGE}#complex-step",
    place="Look at the type of the array that you step in, and at which part you take.",
    inputs=inputs,
    reference=complex_gradient_at,
    entry="complex_gradient_at",
    fixtures=(
        Fixture("cubes", widths=(3, 5), repeat=True),
        Fixture("bends", widths=(7,)),
        Fixture("log-sum", widths=(5, 2)),
        Fixture("cubes, large step", widths=(2, 3)),
        Fixture("log-sum, large step", widths=(4,)),
    ),
    sizes=lambda f, x, h: {"the number of entries": x.size},
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
            "The real part is taken: it holds f itself. The derivative sits in the imaginary "
            "part: np.imag(f(z)) / h.",
            _each(lambda f, x, e, h: np.real(f(x + 1j * h * e)) / h),
            "Which part of f(x + ih) holds f, and which h times the derivative?",
        ),
        Mistake(
            "magnitude",
            "The magnitude is taken: it is nearly f itself. The derivative sits in the imaginary "
            "part: np.imag(f(z)) / h.",
            _each(lambda f, x, e, h: np.abs(f(x + 1j * h * e)) / h),
            "Which part of f(x + ih) holds f, and which h times the derivative?",
        ),
        Mistake(
            "not-divided",
            "The imaginary part is h times the derivative; it is not divided by h.",
            _each(lambda f, x, e, h: np.imag(f(x + 1j * h * e))),
            "By how much did you step, and what has the imaginary part to do with it?",
        ),
        Mistake(
            "run-of-2h",
            "The imaginary part is divided by 2h; there is one step here, of length h.",
            _each(lambda f, x, e, h: np.imag(f(x + 1j * h * e)) / (2 * h)),
            "How many points does this method use, and how long is its step?",
        ),
        Mistake(
            "C02-real",
            "The step is real. A real step this small vanishes beside x; let it be imaginary: x + "
            "1j·h at one entry.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x)) / h),
            "What is x + h for x = 1 and h = 1e-30, on a computer?",
            section=f"{PAGE}#error-curve",
        ),
        Mistake(
            "C02-real-central",
            "The step is real, to both sides. A real step this small vanishes beside x; let it be "
            "imaginary: x + 1j·h at one entry.",
            _each(lambda f, x, e, h: (f(x + h * e) - f(x - h * e)) / (2 * h)),
            "What is x + h for x = 1 and h = 1e-30, on a computer?",
            section=f"{PAGE}#error-curve",
        ),
        Mistake(
            "C02",
            "A step of your own is used; the function is given h.",
            _each(lambda f, x, e, h: np.imag(f(x + 1e-20j * e)) / 1e-20),
            "Which of the arguments does your function never use?",
        ),
        Mistake(
            "float-copy",
            "The copy holds real numbers and cannot take an imaginary step: begin with "
            "x.astype(complex).",
            _float_copy,
            "Which type of array can hold 1 + 2i?",
        ),
        Mistake(
            "all-at-once",
            "Every entry is stepped at once, so every result is the sum of all derivatives. Step "
            "one entry, measure, put it back, then the next.",
            _each(lambda f, x, e, h: np.imag(f(x + 1j * h)) / h),
            "How many entries of x have an imaginary part when you call f?",
        ),
        Mistake(
            "not-put-back",
            "The imaginary step of an entry stays in when the next is taken, so each result holds "
            "the earlier derivatives as well. Put the entry back.",
            _not_put_back,
            "How many entries of x have an imaginary part when you measure the last one?",
        ),
    ),
)
