from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex01_downhill.reference import (
    loss_of_weight,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
SIZES = (
    Fixture("seven examples", n=7, repeat=True),
    Fixture("five examples", n=5),
    Fixture("eleven examples", n=11),
)

WEIGHTS = {7: (-1.5, -0.4), 5: (0.3, 0.9), 11: (2.6, 3.5)}

BEST = {7: 1.7, 5: -1.7, 11: 1.7}


def data(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a weight, loads x and stretches y of shape (N,).

    The loss is smallest near `BEST`, so its derivative has both signs among the calls.
    """
    x = rng.uniform(0.4, 3.0, size=fixture.n) * rng.choice([-1.0, 1.0], size=fixture.n)
    y = BEST[fixture.n] * x + rng.normal(size=fixture.n)
    return float(rng.uniform(*WEIGHTS[fixture.n])), x, y


def sizes(w: float, x: np.ndarray, y: np.ndarray) -> dict[str, int]:
    return {"N": len(x)}


def of_residual(reduce: Callable[[np.ndarray, np.ndarray], Any]) -> Callable[..., Any]:
    """Make a function of the residuals w·x − y and of x."""
    return lambda w, x, y: reduce(w * x - y, x)


def example() -> str:
    text = Worked("Two examples, x = [1, 2], y = [3, 1], at w = 2:")
    text.line("  predictions w·x: 2, 4; residuals w·x − y: −1, 3")
    text.line("  loss = (1 + 9)/2 = 5")
    text.line("  derivative = (2·(−1)·1 + 2·3·2)/2 = (−2 + 12)/2 = 5")
    text.line("The derivative is positive: the loss grows with w, so w should become smaller.")
    return str(text)


LOSS_OF_WEIGHT = Question(
    name="loss_of_weight",
    signature="loss_of_weight(w, x, y) -> loss",
    returns=("loss",),
    parts=(Part("loss", 1),),
    section=f"{PAGE}#a-loss-of-one-weight",
    place="Look at the residuals, and at what is done with them.",
    inputs=data,
    reference=loss_of_weight,
    fixtures=SIZES,
    sizes=sizes,
    example=example,
    correct={
        "a loop": lambda w, x, y: sum((w * a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x),
        "a norm": lambda w, x, y: np.linalg.norm(w * x - y) ** 2 / len(x),
        "float32": lambda w, x, y: loss_of_weight(w, x.astype(np.float32), y.astype(np.float32)),
    },
    mistakes=(
        Mistake(
            "sum",
            "The squares are added, but not averaged.",
            of_residual(lambda e, x: (e**2).sum()),
            "If there were ten times as many examples, should the loss be ten times as large?",
        ),
        Mistake(
            "half",
            "Your loss has a factor ½. The loss of this chapter has none.",
            of_residual(lambda e, x: (e**2).mean() / 2),
            "Does the formula of the chapter have a factor ½?",
        ),
        Mistake(
            "absolute",
            "The absolute values of the residuals are averaged, not their squares.",
            of_residual(lambda e, x: np.abs(e).mean()),
            "What should happen to a residual before the mean is taken?",
        ),
        Mistake(
            "not-squared",
            "The residuals themselves are averaged, so residuals of opposite sign cancel. They "
            "should be squared first.",
            of_residual(lambda e, x: e.mean()),
            "If one prediction is 5 too high and another is 5 too low, should the loss be 0?",
        ),
        Mistake(
            "square-of-mean",
            "The mean is squared. The squares should come first, then the mean.",
            of_residual(lambda e, x: e.mean() ** 2),
            "Can residuals of opposite sign cancel in your loss?",
        ),
        Mistake(
            "per-example",
            "Your function returns one number per example. The loss should be one number, their "
            "mean.",
            of_residual(lambda e, x: e**2),
            "How many numbers should the loss of a batch be?",
        ),
        Mistake(
            "weight-missing",
            "x is compared with y. The prediction w·x should be compared with y.",
            lambda w, x, y: ((x - y) ** 2).mean(),
            "Which of the arguments does your function never use?",
        ),
    ),
)
