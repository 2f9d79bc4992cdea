"""`along_direction`: two numbers for all parameters, from two evaluations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex10 import FUNCTIONS, along_direction_at
from course_lib.checks.worked import Worked

Inputs = tuple[str, np.ndarray, np.ndarray, np.ndarray, float]

SIGNS = {"cubes": (1.0, -1.0), "bends": (-1.0, 1.0), "log-sum": (-1.0, -1.0)}


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Draw x, a gradient that claims something, and a direction v; the step can be seen.

    Both numbers of the answer have either sign.
    """
    name, size = fixture.name.partition(", ")[0], fixture.widths
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
    text.line("  a gradient of [3, 12] claims the derivative 3·1 + 12·(−1) = −9")
    text.line("  one point on each side: x + hv = [1.1, 1.9], x − hv = [0.9, 2.1]")
    text.line("  f is 8.19 and 9.99; rise −1.8, run 0.2, measured −9")
    text.line("Two evaluations, and every entry of the gradient took part.")
    return str(text)


DIRECTION = Question(
    name="along_direction",
    signature="along_direction(f, x, gradient, v, h) -> (claimed, measured)",
    returns=("claimed", "measured"),
    parts=(
        Part(
            "claimed", 1, (0,), place="Look at how the gradient and the direction become a number."
        ),
        Part("measured", 1, (1,), place="Look at the two points: how far, and along what?"),
    ),
    section=f"{PAGE}#random-direction",
    place="Look at what your function returns, and in which order.",
    inputs=inputs,
    reference=along_direction_at,
    entry="along_direction_at",
    fixtures=(
        Fixture("cubes", widths=(3, 5), repeat=True),
        Fixture("bends", widths=(7,)),
        Fixture("log-sum", widths=(5, 2)),
        Fixture("cubes, 300 000 entries", widths=(500, 600), cpu_seconds=1.0),
    ),
    sizes=lambda f, x, gradient, v, h: {"the number of entries": x.size},
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
            "The derivative is measured to one side only. Step along +v and along −v.",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x)) / h),
            "Is x in the middle of your two points?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-left",
            "The derivative is measured to one side only. Step along +v and along −v.",
            _measured(lambda f, x, g, v, h: (f(x) - f(x - h * v)) / h),
            "Is x in the middle of your two points?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "C03-over-2h",
            "The rise goes from x to x + hv, one step, and is divided by 2h. Step along +v and "
            "along −v.",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x)) / (2 * h)),
            "How far apart are your two points?",
            section=f"{PAGE}#one-sided-differences",
        ),
        Mistake(
            "direction-normalised",
            "v is divided by its length first. Both numbers belong to v as it is given.",
            lambda name, x, g, v, h: along_direction_at(name, x, g, v / _length(v), h),
            "If v is twice as long, how does the sum of gradient·v change?",
        ),
        Mistake(
            "direction-normalised-claimed",
            "The claimed number uses v divided by its length; it belongs to v as it is given.",
            _claimed(lambda g, v: float((g * v).sum()) / _length(v)),
            "If v is twice as long, how does the sum of gradient·v change?",
        ),
        Mistake(
            "direction-normalised-measured",
            "The step goes along v divided by its length; step along v as it is given.",
            _measured(
                lambda f, x, g, v, h: (
                    (f(x + h * v / _length(v)) - f(x - h * v / _length(v))) / (2 * h)
                )
            ),
            "How far does each entry move in your step, and how far in h·v?",
        ),
        Mistake(
            "sign",
            "The difference is the wrong way round: f(x + hv) − f(x − hv) belongs there.",
            _measured(lambda f, x, g, v, h: (f(x - h * v) - f(x + h * v)) / (2 * h)),
            "Where f rises along v, is your number positive?",
        ),
        Mistake(
            "run-of-h",
            "The run is 2h: from x − hv to x + hv.",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x - h * v)) / h),
            "How many steps of h lie between your two points?",
        ),
        Mistake(
            "run-of-length",
            "The rise is divided by the length of 2hv. The derivative belongs to a step of h in "
            "units of v, as the claim ∇f · v does: divide by 2h.",
            _measured(lambda f, x, g, v, h: (f(x + h * v) - f(x - h * v)) / (2 * h * _length(v))),
            "The claim grows with the length of v. Does what you measure?",
        ),
        Mistake(
            "direction-forgotten",
            "Every entry is moved by the same h; the step is h times v.",
            _measured(lambda f, x, g, v, h: (f(x + h) - f(x - h)) / (2 * h)),
            "Which of the arguments says how far each entry moves?",
        ),
        Mistake(
            "along-the-gradient",
            "The step goes along the gradient; it should go along v.",
            _measured(lambda f, x, g, v, h: (f(x + h * g) - f(x - h * g)) / (2 * h)),
            "Along which of the two arrays does your step go?",
        ),
        Mistake(
            "measured-copied",
            "The measured derivative is the claim again. A witness must not know what it is a "
            "witness of: measure with f.",
            _measured(lambda f, x, g, v, h: (g * v).sum()),
            "Which of your two numbers would change if the gradient were wrong?",
        ),
        Mistake(
            "not-summed",
            "The products gradient·v are returned entry by entry; their sum is the derivative.",
            _claimed(lambda g, v: g * v),
            "How many derivatives has a function along one direction?",
        ),
        Mistake(
            "averaged",
            "The products are averaged; by the chain rule they add up.",
            _claimed(lambda g, v: float((g * v).mean())),
            "Every entry contributes to the rise. Do contributions add up or average out?",
        ),
        Mistake(
            "length-of-gradient",
            "This is the length of the gradient, the derivative along the gradient itself. Along "
            "v it is the sum of gradient·v.",
            _claimed(lambda g, v: _length(g)),
            "Which of the arguments does your claim never use?",
        ),
    ),
)
