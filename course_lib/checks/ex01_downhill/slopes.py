"""`loss_of_weight`, `numerical_slope` and `slope_of_loss`: a loss and its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex01_downhill.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex01 import CURVES, loss_of_weight, slope_at, slope_of_loss
from course_lib.checks.worked import Worked

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


def _sizes(w: float, x: np.ndarray, y: np.ndarray) -> dict[str, int]:
    return {"N": len(x)}


def _of_residual(reduce: Callable[[np.ndarray, np.ndarray], Any]) -> Callable[..., Any]:
    """Make a function of the residuals w·x − y and of x."""
    return lambda w, x, y: reduce(w * x - y, x)


def _example() -> str:
    text = Worked("Two examples, x = [1, 2], y = [3, 1], at w = 2:")
    text.line("  predictions w·x: 2, 4; residuals w·x − y: −1, 3")
    text.line("  loss = (1 + 9)/2 = 5")
    text.line("  derivative = (2·(−1)·1 + 2·3·2)/2 = (−2 + 12)/2 = 5")
    text.line("The derivative is positive: the loss grows with w, so w should become smaller.")
    return str(text)


LOSS = Question(
    name="loss_of_weight",
    signature="loss_of_weight(w, x, y) -> loss",
    returns=("loss",),
    parts=(Part("loss", 1),),
    section=f"{PAGE}#a-loss-of-one-weight",
    place="Look at the residuals, and at what is done with them.",
    inputs=data,
    reference=loss_of_weight,
    fixtures=SIZES,
    sizes=_sizes,
    example=_example,
    correct={
        "a loop": lambda w, x, y: sum((w * a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x),
        "a norm": lambda w, x, y: np.linalg.norm(w * x - y) ** 2 / len(x),
        "float32": lambda w, x, y: loss_of_weight(w, x.astype(np.float32), y.astype(np.float32)),
    },
    mistakes=(
        Mistake(
            "sum",
            "The squares are added, but not averaged.",
            _of_residual(lambda e, x: (e**2).sum()),
            "If there were ten times as many examples, should the loss be ten times as large?",
        ),
        Mistake(
            "half",
            "Your loss has a factor ½. The loss of this chapter has none.",
            _of_residual(lambda e, x: (e**2).mean() / 2),
            "Does the formula of the chapter have a factor ½?",
        ),
        Mistake(
            "absolute",
            "The absolute values of the residuals are averaged, not their squares.",
            _of_residual(lambda e, x: np.abs(e).mean()),
            "What should happen to a residual before the mean is taken?",
        ),
        Mistake(
            "not-squared",
            "The residuals themselves are averaged, so residuals of opposite sign cancel. They "
            "should be squared first.",
            _of_residual(lambda e, x: e.mean()),
            "If one prediction is 5 too high and another is 5 too low, should the loss be 0?",
        ),
        Mistake(
            "square-of-mean",
            "The mean is squared. The squares should come first, then the mean.",
            _of_residual(lambda e, x: e.mean() ** 2),
            "Can residuals of opposite sign cancel in your loss?",
        ),
        Mistake(
            "per-example",
            "Your function returns one number per example. The loss should be one number, their "
            "mean.",
            _of_residual(lambda e, x: e**2),
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


PLACES = {"cube": (-1.2, -0.4), "sine": (1.9, 2.7), "square": (-1.2, -0.4)}


def curve_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Choose a curve, a place and a step large enough to tell the quotients apart.

    Some curves fall at their place, and one of them lies below 0.
    """
    curve, _, small = fixture.name.partition(", ")
    low, high = PLACES.get(fixture.name, (0.4, 1.2))
    return curve, float(rng.uniform(low, high)), 1e-5 if small else 0.2


def _quotient(rule: Callable[..., float]) -> Callable[..., float]:
    return lambda f, w, h: float(rule(CURVES[f], w, h))


def _slope_example() -> str:
    text = Worked("f(w) = w³ at w = 1 with h = 0.1:")
    text.line("  to the right: f(1.1) = 1.331, to the left: f(0.9) = 0.729")
    text.line("  rise 1.331 − 0.729 = 0.602, run 0.2, slope 3.01")
    text.line("The exact slope is 3; from 1 to 1.1 alone it would have been 3.31.")
    return str(text)


MEASURED = Question(
    name="numerical_slope",
    signature="numerical_slope(f, w, h) -> slope",
    returns=("slope",),
    parts=(Part("slope", 2),),
    section=f"{PAGE}#numerical-slope",
    place="Look at the rise and at the run.",
    inputs=curve_inputs,
    reference=slope_at,
    entry="slope_at",
    fixtures=(
        Fixture("cube"),
        Fixture("exp"),
        Fixture("sine"),
        Fixture("cube, small step"),
        Fixture("square"),
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

DERIVED = Question(
    name="slope_of_loss",
    signature="slope_of_loss(w, x, y) -> slope",
    returns=("slope",),
    parts=(Part("slope", 2),),
    section=f"{PAGE}#slope-one-weight",
    place="Look at the derivative of one example's square: the outer derivative, and that of w·x.",
    inputs=data,
    reference=slope_of_loss,
    fixtures=SIZES,
    sizes=_sizes,
    example=_example,
    correct={
        "a loop": lambda w, x, y: (
            sum(2 * (w * a - b) * a for a, b in zip(x, y, strict=True)) / len(x)
        ),
        "einsum": lambda w, x, y: 2 / len(x) * np.einsum("i,i->", w * x - y, x),
        "inner products": lambda w, x, y: 2 * (w * (x @ x) - x @ y) / len(x),
        "central differences": lambda w, x, y: (
            (loss_of_weight(w + 1e-4, x, y) - loss_of_weight(w - 1e-4, x, y)) / 2e-4
        ),
    },
    mistakes=(
        Mistake(
            "B07",
            "The factor 2 from the derivative of the square is missing.",
            _of_residual(lambda e, x: (e * x).mean()),
            "What is the derivative of a square?",
        ),
        Mistake(
            "input-missing",
            "The factor x is missing: when w changes by a little, w·x changes x times as much.",
            _of_residual(lambda e, x: (2 * e).mean()),
            "When w grows by 1, by how much does the residual of one example grow?",
        ),
        Mistake(
            "B04",
            "The derivatives of the examples are added, but not averaged.",
            _of_residual(lambda e, x: (2 * e * x).sum()),
            "The loss is a mean. What is the derivative of a mean?",
        ),
        Mistake(
            "B09",
            "The residual is subtracted in the wrong order. It should be w·x − y.",
            _of_residual(lambda e, x: (-2 * e * x).mean()),
            "If all predictions are too large and x is positive, should the derivative be "
            "positive?",
        ),
        Mistake(
            "product-of-means",
            "The mean of the residuals is multiplied by the mean of x. Each residual should be "
            "multiplied by its own x before the mean is taken.",
            _of_residual(lambda e, x: 2 * e.mean() * x.mean()),
            "By which x should each residual be multiplied?",
        ),
        Mistake(
            "loss-for-slope",
            "The squared residuals are used. The derivative of a square is twice the residual.",
            _of_residual(lambda e, x: (e**2 * x).mean()),
            "Does the task ask for the loss, or for its derivative?",
        ),
        Mistake(
            "per-example",
            "Your function returns one derivative per example. The loss is one number, so its "
            "derivative with respect to w should be one number.",
            _of_residual(lambda e, x: 2 * e * x),
            "With respect to how many weights is the derivative taken?",
        ),
    ),
)
