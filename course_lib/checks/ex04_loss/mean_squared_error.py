from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex04_loss.reference import mean_squared_error
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Arrays = tuple[np.ndarray, np.ndarray]

FLAT = "a column and a flat y"


def inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw ŷ (N, n) and y of the same shape, or of shape (N,) where n = 1."""
    shape = (fixture.n, fixture.widths[-1])
    y_hat, y = rng.normal(size=shape), rng.normal(size=shape) + 0.7
    return y_hat, (y[:, 0] if fixture.variant == FLAT else y)


def _same(y_hat: np.ndarray, y: np.ndarray) -> np.ndarray:
    return y_hat - y.reshape(y_hat.shape)


def sizes(y_hat: np.ndarray, y: np.ndarray) -> dict[str, int]:
    return {"N": y_hat.shape[0], "n": y_hat.shape[1]}


def loss(reduce: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
    return lambda y_hat, y: reduce(_same(y_hat, y))


def _loops(y_hat: np.ndarray, y: np.ndarray) -> float:
    flat, total = y.ravel(), 0.0
    for index, value in enumerate(y_hat.ravel()):
        total += (value - flat[index]) ** 2
    return float(total / y_hat.size)


def example() -> str:
    text = Worked("Two examples, two outputs (N·n = 4 elements):")
    text.array("ŷ", np.array([[1.0, 2.0], [0.0, 1.0]])).array("y", np.array([[0.0, 2.0], [3.0, 0]]))
    text.line("The differences are 1, 0, −3, 1; their squares 1, 0, 9, 1, together 11.")
    text.line("  loss  = 11/4 = 2.75")
    text.line("  derivative = 2·difference/4, entry by entry: 0.5, 0, −1.5, 0.5")
    return str(text)


MEAN_SQUARED_ERROR = Question(
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
    place="Look at what is averaged, and over what the mean is taken.",
    inputs=inputs,
    reference=mean_squared_error,
    fixtures=(
        Fixture("several outputs", repeat=True, variant="arrays of one shape"),
        Fixture("other sizes", widths=(3, 7, 3), n=8, variant="arrays of one shape"),
        Fixture("many examples", widths=(3, 7, 2), n=23, variant="arrays of one shape"),
        Fixture("a column", widths=(3, 7, 1), n=11, variant=FLAT),
    ),
    sizes=sizes,
    example=example,
    correct={
        "loops": _loops,
        "a norm": loss(lambda e: np.linalg.norm(e) ** 2 / e.size),
        "the mean of the rows' means": loss(lambda e: (e**2).mean(axis=1).mean()),
        "sum over size": loss(lambda e: (e * e).sum() / e.size),
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
            loss(lambda e: (e**2).sum()),
            "If there were ten times as many examples, should the loss be ten times as large?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "mean-over-examples",
            "The sum is divided by N only. The mean squared error of this course is the mean "
            "over all N·n elements.",
            loss(lambda e: (e**2).sum() / len(e)),
            "How many squares do you add, and by which number do you divide?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "half",
            "Your loss has a factor ½. The mean squared error of this course has none.",
            loss(lambda e: (e**2).mean() / 2),
            "Does the formula of the chapter have a factor ½?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "half-per-example",
            "This is ‖ŷ − y‖²/(2N), half of the sum of squares divided by N. The mean squared "
            "error of this course is the mean over all N·n elements, without ½.",
            loss(lambda e: (e**2).sum() / (2 * len(e))),
            "How many squares do you add, and by which number do you divide?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "absolute",
            "The absolute values of the differences are averaged, not their squares.",
            loss(lambda e: np.abs(e).mean()),
            "What should happen to the differences before the mean is taken?",
        ),
        Mistake(
            "root",
            "Your function takes the square root, which gives the root mean squared error. The "
            "loss has no root.",
            loss(lambda e: np.sqrt((e**2).mean())),
            "Does the formula of the chapter end with the mean?",
        ),
        Mistake(
            "square-of-mean",
            "The mean is squared. The squares should come first, then the mean.",
            loss(lambda e: e.mean() ** 2),
            "Can residuals of opposite sign cancel in your loss?",
        ),
        Mistake(
            "per-example",
            "Your function returns one number per example. The loss should be one number, their "
            "mean.",
            loss(lambda e: (e**2).mean(axis=1)),
            "Over how many axes is your mean taken?",
        ),
    ),
)
