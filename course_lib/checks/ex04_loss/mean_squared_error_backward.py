from __future__ import annotations

import numpy as np

from course_lib.checks.ex04_loss.mean_squared_error import (
    FLAT,
    MEAN_SQUARED_ERROR,
    example,
    loss,
    sizes,
)
from course_lib.checks.ex04_loss.reference import mean_squared_error_backward
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page

PAGE = page(__name__)
MEAN_SQUARED_ERROR_BACKWARD = Question(
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
    inputs=MEAN_SQUARED_ERROR.inputs,
    reference=mean_squared_error_backward,
    fixtures=(
        *MEAN_SQUARED_ERROR.fixtures,
        Fixture("large", widths=(3, 7, 500), n=600, variant="arrays of one shape", cpu_seconds=2.0),
        Fixture("a large column", widths=(3, 7, 1), n=250_000, variant=FLAT, cpu_seconds=2.0),
    ),
    sizes=sizes,
    example=example,
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
            loss(lambda e: e / e.size),
            "What is the derivative of a square?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "B04",
            "The factor 1/(N·n) of the mean is missing.",
            loss(lambda e: 2 * e),
            "The loss is a mean. Which factor does that give its derivative?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "mean-over-examples",
            "Your factor is 1/N. The mean is taken over all N·n elements, so it should be 1/(N·n).",
            loss(lambda e: 2 * e / len(e)),
            "Over how many elements is the mean taken?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "half-and-mean-over-examples",
            "This is the derivative of another loss, ½ of the sum divided by N. The loss of this "
            "course is the mean over all elements, without ½.",
            loss(lambda e: e / len(e)),
            "To which loss of the chapter's table does your derivative belong?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "difference-only",
            "This is the derivative of half the sum of squares. The loss of this course is the "
            "mean over all elements.",
            loss(lambda e: e),
            "To which loss of the chapter's table does your derivative belong?",
            section=f"{PAGE}#half-and-means",
        ),
        Mistake(
            "B09",
            "The difference is subtracted in the wrong order. It should be ŷ − y.",
            loss(lambda e: -2 * e / e.size),
            "If ŷ is too large, does the loss grow or fall when ŷ grows?",
        ),
        Mistake(
            "loss-for-derivative",
            "The squared differences are used. The derivative of a square is twice the difference.",
            loss(lambda e: e**2 / e.size),
            "Can your derivative be negative?",
        ),
        Mistake(
            "one-number",
            "The derivatives are averaged. There should be one derivative for every prediction.",
            loss(lambda e: 2 * e.mean()),
            "How many predictions are there, and how many derivatives do you return?",
        ),
    ),
)
