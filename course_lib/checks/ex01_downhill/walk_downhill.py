from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex01_downhill.loss_of_weight import data
from course_lib.checks.ex01_downhill.reference import slope_of_loss, walk_downhill
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def walk_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw data, a learning rate below 1/curvature, and the number of steps."""
    w, x, y = data(rng, fixture)
    return w, x, y, float(0.6 / (2 * np.mean(x * x))), fixture.widths[0]


def _walk_example() -> str:
    text = Worked(
        "Start at w = 4 on a loss whose derivative is 2w, with learning rate 0.25, two steps:"
    )
    text.line("  derivative at 4 is 8, new w = 4 − 0.25·8 = 2")
    text.line("  derivative at 2 is 4, new w = 2 − 0.25·4 = 1")
    text.line("The function returns the three weights 4, 2, 1: the start, and one for each step.")
    return str(text)


def _walk(step: Callable[..., float], length: int = 0, start: bool = True) -> Callable[..., Any]:
    """Make a descent with another step, another number of steps, or without its start."""

    def walk(w: float, x: np.ndarray, y: np.ndarray, learning_rate: float, steps: int) -> Any:
        weights = [w]
        for _ in range(steps + length):
            weights.append(step(weights[-1], x, y, learning_rate, w))
        return np.array(weights if start else weights[1:])

    return walk


def _right(w: float, x: np.ndarray, y: np.ndarray, rate: float, _first: float) -> float:
    return w - rate * slope_of_loss(w, x, y)


def _carried(
    call: Callable[..., Any],
    w: float,
    x: np.ndarray,
    y: np.ndarray,
    learning_rate: float,
    steps: int,
) -> Any:
    weights = [w]
    for _ in range(steps):
        slope = call("slope_of_loss", weights[-1], x, y)
        weights.append(call("update_weight", weights[-1], slope, learning_rate))
    return np.array(weights)


WALK_DOWNHILL = Question(
    name="walk_downhill",
    signature="walk_downhill(w, x, y, learning_rate, steps) -> weights",
    returns=("weights",),
    parts=(
        Part(
            "weights",
            2,
            next_step="Take one example (N = 1) and two steps. What are the three weights, and "
            "which of them does your function compute differently first?",
        ),
    ),
    section=f"{PAGE}#training-cycle",
    place=(
        "Look at each step, its sign and the weight from which it starts, and at how many weights "
        "your list contains."
    ),
    inputs=walk_inputs,
    reference=walk_downhill,
    sizes=lambda w, x, y, learning_rate, steps: {"N": len(x)},
    fixtures=(
        Fixture("four steps", widths=(4,), n=7, repeat=True),
        Fixture("six steps", widths=(6,), n=5),
        Fixture("three steps", widths=(3,), n=11),
    ),
    carried=_carried,
    example=_walk_example,
    correct={
        "a list": lambda *args: walk_downhill(*args).tolist(),
        "recursion": lambda w, x, y, rate, steps: _recursive(w, x, y, rate, steps),
        "filled in": lambda w, x, y, rate, steps: _filled(w, x, y, rate, steps),
    },
    mistakes=(
        Mistake(
            "one-too-few",
            "The last weight is missing: after `steps` steps there are steps + 1 weights.",
            _walk(_right, length=-1),
            "How many weights are there after 0 steps, and after 1 step?",
        ),
        Mistake(
            "start-missing",
            "The starting weight is missing. It should be the first entry.",
            _walk(_right, start=False),
            "Which weight comes first, before any step?",
        ),
        Mistake(
            "one-too-many",
            "Your loop makes one step too many.",
            _walk(_right, length=1),
            "How many weights are there after 0 steps, and after 1 step?",
        ),
        Mistake(
            "derivative-at-the-start",
            "Every step uses the derivative at the starting weight. It should use the derivative "
            "at the current weight.",
            _walk(lambda w, x, y, rate, first: w - rate * slope_of_loss(first, x, y)),
            "At which weight is the derivative of the second step taken?",
        ),
        Mistake(
            "always-from-the-start",
            "Every step starts from the first weight, so all later weights are equal. Each step "
            "should start from the weight before it.",
            _walk(lambda w, x, y, rate, first: first - rate * slope_of_loss(first, x, y)),
            "In which variable does your loop keep the new weight for the next step?",
        ),
        Mistake(
            "gradient-ascent",
            "The steps increase the loss. Either the derivative has the wrong sign, or the step "
            "is added where it should be subtracted.",
            _walk(lambda w, x, y, rate, first: w + rate * slope_of_loss(w, x, y)),
            "Does the loss become smaller from step to step?",
        ),
        Mistake(
            "U14",
            "All entries are equal to the last weight: your loop changes one array in place and "
            "appends it again and again, so the list contains the same array many times. Append "
            "a number, or a copy.",
            lambda w, x, y, rate, steps: np.full(
                steps + 1, walk_downhill(w, x, y, rate, steps)[-1]
            ),
            "Does your loop append a new number in every step, or the same array again?",
        ),
        Mistake(
            "last-only",
            "Your function returns only the last weight. It should return all of them.",
            lambda w, x, y, rate, steps: float(walk_downhill(w, x, y, rate, steps)[-1]),
            "How many weights are there after `steps` steps?",
        ),
    ),
)


def _filled(w: float, x: np.ndarray, y: np.ndarray, rate: float, steps: int) -> np.ndarray:
    weights = np.full(steps + 1, w)
    for step in range(steps):
        weights[step + 1] = weights[step] - rate * slope_of_loss(weights[step], x, y)
    return weights


def _recursive(w: float, x: np.ndarray, y: np.ndarray, rate: float, steps: int) -> list[float]:
    if steps == 0:
        return [w]
    return [w, *_recursive(w - rate * slope_of_loss(w, x, y), x, y, rate, steps - 1)]
