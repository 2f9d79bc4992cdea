"""`softmax_cross_entropy_backward`: where the backward pass of a classifier starts."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex08_backward_pass.page import PAGE
from course_lib.checks.question import MARKING, SQUARE, Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex08 import softmax_cross_entropy_backward
from course_lib.checks.worked import Worked

Inputs = tuple[np.ndarray, np.ndarray]


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Draw probabilities P (N, C) and integer labels (N,); every class occurs."""
    classes = fixture.widths[-1]
    z = 1.5 * rng.normal(size=(fixture.n, classes))
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    y = np.concatenate([np.arange(classes), rng.integers(classes, size=fixture.n - classes)])
    return exponentials / exponentials.sum(axis=1, keepdims=True), rng.permutation(y)


def one_hot(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Y, with a 1 in column y[i] of row i."""
    return np.eye(p.shape[1])[y]


def _sizes(p: np.ndarray, y: np.ndarray) -> dict[str, int]:
    return {"N": p.shape[0], "n": p.shape[1]}


def _factors(p: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    return {"p·(1 − p)": p * (1 - p), "p": p, "1/p": 1 / p}


def _in_place(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


def _whole_columns(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    delta = p.copy()
    delta[:, y] -= 1
    return delta / len(y)


def _whole_rows(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    delta = p.copy()
    delta[y] -= 1
    return delta / len(y)


def _loops(p: np.ndarray, y: np.ndarray) -> list[list[float]]:
    return [
        [(p[i, j] - (1.0 if j == y[i] else 0.0)) / len(y) for j in range(p.shape[1])]
        for i in range(len(y))
    ]


def _jacobian(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    da = -one_hot(p, y) / p / len(y)
    return p * (da - (p * da).sum(axis=1, keepdims=True))


def _example() -> str:
    p = np.array([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]])
    y = np.array([2, 0])
    text = Worked("Two examples (N = 2), three classes; the labels are 2 and 0:")
    text.array("p", p).array("one-hot rows of y", one_hot(p, y))
    text.line("Subtract, then divide by N, because the loss is a mean over the examples:")
    text.array("delta", softmax_cross_entropy_backward(p, y))
    text.line("Every row adds up to 0: what one class gains, the others lose.")
    return str(text)


SOFTMAX_CROSS_ENTROPY_BACKWARD = Question(
    name="softmax_cross_entropy_backward",
    signature="softmax_cross_entropy_backward(p, y) -> delta",
    returns=("delta",),
    parts=(Part("delta", 2),),
    section=f"{PAGE}#softmax-cross-entropy",
    place="Look at the difference, and at what it is divided by.",
    inputs=inputs,
    reference=softmax_cross_entropy_backward,
    fixtures=(
        MARKING,
        Fixture("two hidden sizes less", widths=(4, 7), n=17),
        SQUARE,
        Fixture("large", widths=(4, 50), n=4000, cpu_seconds=1.5),
    ),
    sizes=_sizes,
    factors=_factors,
    example=_example,
    correct={
        "one-hot rows": lambda p, y: (p - one_hot(p, y)) / len(y),
        "comparison with arange": lambda p, y: (p - (np.arange(p.shape[1]) == y[:, None])) / len(y),
        "loops": _loops,
        "through the Jacobian of softmax": _jacobian,
        "float32": lambda p, y: softmax_cross_entropy_backward(p.astype(np.float32), y),
    },
    mistakes=(
        Mistake(
            "B04",
            "The 1/N is missing: the loss is a mean over the examples, so delta = (p − Y)/N.",
            lambda p, y: p - one_hot(p, y),
            "The loss is a mean over the examples. Which factor does a mean bring?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05",
            "1/N appears twice; the mean brings it once.",
            lambda p, y: (p - one_hot(p, y)) / len(y) ** 2,
            "The loss is a mean over the examples. How often does that bring 1/N?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "divided-by-classes",
            "delta is divided by the number of classes; the mean runs over the examples, N.",
            lambda p, y: (p - one_hot(p, y)) / p.shape[1],
            "Over what does the loss take its mean: examples or classes?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "divided-by-all",
            "delta is divided by N and by the number of classes, as for a mean over all entries; "
            "cross-entropy is a mean over the examples only.",
            lambda p, y: (p - one_hot(p, y)) / p.size,
            "Over what does the loss take its mean: all entries, or the examples?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "division-first",
            "Only the one-hot rows are divided by N (p − Y/N); brackets are missing: (p − Y)/N.",
            lambda p, y: p - one_hot(p, y) / len(y),
            "Which of the two terms does your division reach?",
        ),
        Mistake(
            "B09",
            "The difference is the wrong way round (Y − p): this delta points downhill, and the "
            "update then subtracts it.",
            lambda p, y: (one_hot(p, y) - p) / len(y),
            "If p is too large, should the derivative by z be positive or negative?",
        ),
        Mistake(
            "B14",
            "p·(1 − p) is a factor too many: softmax's derivative is already inside p − Y.",
            lambda p, y: (p - one_hot(p, y)) * p * (1 - p) / len(y),
            "p − Y comes out after softmax's derivative met that of the logarithm. Is there "
            "another one to multiply by?",
        ),
        Mistake(
            "B26",
            "Only the diagonal of softmax's Jacobian was used: p·(1 − p) times ∂ℒ/∂p. Every z "
            "moves every p of its row; with the other entries the sum gives (p − Y)/N.",
            lambda p, y: -one_hot(p, y) / p * p * (1 - p) / len(y),
            "Does raising one z leave the other probabilities of the row alone?",
        ),
        Mistake(
            "gradient-of-p",
            "This is ∂ℒ/∂p = −Y/(p·N), the gradient of the probabilities; delta is that of z, on "
            "the other side of softmax.",
            lambda p, y: -one_hot(p, y) / p / len(y),
            "delta belongs to z. Which function is between z and p?",
        ),
        Mistake(
            "L07",
            "The integer labels are subtracted from the probabilities. They count classes; "
            "subtract their one-hot rows.",
            lambda p, y: (p - y) / len(y),
            "y holds the number of a class. What should be subtracted from a probability?",
        ),
        Mistake(
            "L07-column",
            "The integer labels, as a column, are subtracted from the probabilities. They count "
            "classes; subtract their one-hot rows.",
            lambda p, y: (p - y[:, None]) / len(y),
            "y holds the number of a class. What should be subtracted from a probability?",
        ),
        Mistake(
            "L07-eye",
            "np.eye(N)[y] makes one-hot rows with one column per example; there is one column per "
            "class: np.eye(p.shape[1])[y].",
            lambda p, y: (p - np.eye(len(y))[y]) / len(y),
            "How many columns does a one-hot row have: one per example, or one per class?",
        ),
        Mistake(
            "L07-columns",
            "p[:, y] chooses whole columns, so 1 is subtracted in every row. One entry per row: "
            "p[np.arange(N), y].",
            _whole_columns,
            "How many entries of each row should lose 1, and how many does your index choose?",
        ),
        Mistake(
            "L07-rows",
            "p[y] chooses whole rows, so 1 is subtracted from all their classes. One entry per "
            "row: p[np.arange(N), y].",
            _whole_rows,
            "Which axis does a single index choose from: examples or classes?",
        ),
        Mistake(
            "B35",
            "1 is subtracted in p itself, so the caller's probabilities change. Work on a copy.",
            _in_place,
            "Which line writes into p? What else still needs the probabilities?",
        ),
    ),
)
