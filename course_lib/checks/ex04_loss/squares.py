"""`mean_squared_error` and its derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex04_loss.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex04 import mean_squared_error, mean_squared_error_backward
from course_lib.checks.worked import Worked

Arrays = tuple[np.ndarray, np.ndarray]
FLAT = "a column and a flat y"


def inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw ŷ (N, n) and y of the same shape, or of shape (N,) where n = 1."""
    shape = (fixture.n, fixture.widths[-1])
    y_hat, y = rng.normal(size=shape), rng.normal(size=shape) + 0.7
    return y_hat, (y[:, 0] if fixture.variant == FLAT else y)


def _same(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    return y_hat - y.reshape(y_hat.shape)


def _sizes(y_hat: np.ndarray, y: np.ndarray) -> dict[str, int]:
    return {"N": y_hat.shape[0], "n": y_hat.shape[1]}


def _loss(reduce: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
    return lambda y_hat, y: reduce(_same(y_hat, y))


def _loops(y_hat: np.ndarray, y: np.ndarray) -> float:
    flat, total = y.ravel(), 0.0
    for index, value in enumerate(y_hat.ravel()):
        total += (value - flat[index]) ** 2
    return float(total / y_hat.size)


def _example() -> str:
    text = Worked("Two examples, two outputs (N·n = 4 elements):")
    text.array("ŷ", np.array([[1.0, 2.0], [0.0, 1.0]])).array("y", np.array([[0.0, 2.0], [3.0, 0]]))
    text.line("The differences are 1, 0, −3, 1; their squares 1, 0, 9, 1, together 11.")
    text.line("  loss  = 11/4 = 2.75")
    text.line("  derivative = 2·difference/4, entry by entry: 0.5, 0, −1.5, 0.5")
    return str(text)


ERROR = Question(
    name="mean_squared_error",
    signature="mean_squared_error(y_hat, y) -> loss",
    returns=("loss",),
    parts=(
        Part("arrays of one shape", 1, variant="arrays of one shape"),
        Part(
            "y flat",
            1,
            variant=FLAT,
            section=f"{PAGE}#loss-mistakes",
            place="Look at the shape of the difference.",
        ),
    ),
    section=f"{PAGE}#mean-squared-error",
    place="Look at the mean: over what is it taken?",
    inputs=inputs,
    reference=mean_squared_error,
    fixtures=(
        Fixture("several outputs", repeat=True, variant="arrays of one shape"),
        Fixture("other sizes", widths=(3, 7, 3), n=8, variant="arrays of one shape"),
        Fixture("many examples", widths=(3, 7, 2), n=23, variant="arrays of one shape"),
        Fixture("a column", widths=(3, 7, 1), n=11, variant=FLAT),
    ),
    sizes=_sizes,
    example=_example,
    correct={
        "loops": _loops,
        "a norm": _loss(lambda e: np.linalg.norm(e) ** 2 / e.size),
        "the mean of the rows' means": _loss(lambda e: (e**2).mean(axis=1).mean()),
        "sum over size": _loss(lambda e: (e * e).sum() / e.size),
        "float32": lambda y_hat, y: mean_squared_error(y_hat.astype(np.float32), y),
    },
    mistakes=(
        Mistake(
            "L01",
            "ŷ of shape (N, 1) minus y of shape (N,) is broadcast to (N, N), so every prediction "
            "is compared with every target. Reshape y to the shape of ŷ first.",
            lambda y_hat, y: ((y_hat - y) ** 2).mean(),
            "Which shape does y_hat − y have when one is (11, 1) and the other (11,)?",
            section=f"{PAGE}#loss-mistakes",
        ),
        Mistake(
            "sum",
            "The squares are added, but not averaged.",
            _loss(lambda e: (e**2).sum()),
            "If there were ten times as many examples, should the loss be ten times as large?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "mean-over-examples",
            "The sum is divided by N only. The mean squared error of this course is the mean "
            "over all N·n elements.",
            _loss(lambda e: (e**2).sum() / len(e)),
            "How many squares do you add, and by which number do you divide?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "half",
            "Your loss has a factor ½. The mean squared error of this course has none.",
            _loss(lambda e: (e**2).mean() / 2),
            "Does the formula of the chapter have a factor ½?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "half-per-example",
            "This is ‖ŷ − y‖²/(2N), half of the sum of squares divided by N. The mean squared "
            "error of this course is the mean over all N·n elements, without ½.",
            _loss(lambda e: (e**2).sum() / (2 * len(e))),
            "How many squares do you add, and by which number do you divide?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "absolute",
            "The absolute values of the differences are averaged, not their squares.",
            _loss(lambda e: np.abs(e).mean()),
            "What should happen to the differences before the mean is taken?",
        ),
        Mistake(
            "root",
            "Your function takes the square root, which gives the root mean squared error. The "
            "loss has no root.",
            _loss(lambda e: np.sqrt((e**2).mean())),
            "Does the formula of the chapter end with the mean?",
        ),
        Mistake(
            "square-of-mean",
            "The mean is squared. The squares should come first, then the mean.",
            _loss(lambda e: e.mean() ** 2),
            "Can residuals of opposite sign cancel in your loss?",
        ),
        Mistake(
            "per-example",
            "Your function returns one number per example. The loss should be one number, their "
            "mean.",
            _loss(lambda e: (e**2).mean(axis=1)),
            "Over how many axes is your mean taken?",
        ),
    ),
)

ERROR_BACKWARD = Question(
    name="mean_squared_error_backward",
    signature="mean_squared_error_backward(y_hat, y) -> dy_hat",
    returns=("dy_hat",),
    parts=(
        Part("arrays of one shape", 1, variant="arrays of one shape"),
        Part(
            "y flat",
            1,
            variant=FLAT,
            section=f"{PAGE}#loss-mistakes",
            place="Look at the shape of the difference.",
        ),
    ),
    section=f"{PAGE}#mean-squared-error",
    place="Look at the factors in front of the difference.",
    inputs=ERROR.inputs,
    reference=mean_squared_error_backward,
    fixtures=(
        *ERROR.fixtures,
        Fixture("large", widths=(3, 7, 500), n=600, variant="arrays of one shape", cpu_seconds=1.5),
        Fixture("a large column", widths=(3, 7, 1), n=300_000, variant=FLAT, cpu_seconds=1.5),
    ),
    sizes=_sizes,
    example=_example,
    correct={
        "entry by entry": lambda y_hat, y: [
            [2 * (value - target) / y_hat.size for value, target in zip(row, targets, strict=True)]
            for row, targets in zip(y_hat, y.reshape(y_hat.shape), strict=True)
        ],
        "float32": lambda y_hat, y: mean_squared_error_backward(y_hat.astype(np.float32), y),
    },
    mistakes=(
        Mistake(
            "L01",
            "ŷ of shape (N, 1) minus y of shape (N,) is broadcast to (N, N). Reshape y to the "
            "shape of ŷ first.",
            lambda y_hat, y: 2 * (y_hat - y) / y_hat.size,
            "Which shape does y_hat − y have when one is (11, 1) and the other (11,)?",
            section=f"{PAGE}#loss-mistakes",
        ),
        Mistake(
            "B07",
            "The factor 2 from the derivative of the square is missing.",
            _loss(lambda e: e / e.size),
            "What is the derivative of a square?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "B04",
            "The factor 1/(N·n) of the mean is missing.",
            _loss(lambda e: 2 * e),
            "The loss is a mean. Which factor does that give its derivative?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "mean-over-examples",
            "Your factor is 1/N. The mean is taken over all N·n elements, so it should be 1/(N·n).",
            _loss(lambda e: 2 * e / len(e)),
            "Over how many elements is the mean taken?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "half-and-mean-over-examples",
            "This is the derivative of another loss, ½ of the sum divided by N. The loss of this "
            "course is the mean over all elements, without ½.",
            _loss(lambda e: e / len(e)),
            "To which loss of the chapter's table does your derivative belong?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "difference-only",
            "This is the derivative of half the sum of squares. The loss of this course is the "
            "mean over all elements.",
            _loss(lambda e: e),
            "To which loss of the chapter's table does your derivative belong?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "B09",
            "The difference is subtracted in the wrong order. It should be ŷ − y.",
            _loss(lambda e: -2 * e / e.size),
            "If ŷ is too large, does the loss grow or fall when ŷ grows?",
        ),
        Mistake(
            "loss-for-slope",
            "The squared differences are used. The derivative of a square is twice the difference.",
            _loss(lambda e: e**2 / e.size),
            "Can your derivative be negative?",
        ),
        Mistake(
            "one-number",
            "The derivatives are averaged. There should be one derivative for every prediction.",
            _loss(lambda e: 2 * e.mean()),
            "How many predictions are there, and how many derivatives do you return?",
        ),
    ),
)
