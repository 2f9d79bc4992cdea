"""`softmax_cross_entropy_backward`: where the backward pass of a classifier starts."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex08_backward_pass.reference import softmax_cross_entropy_backward
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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
    text.line(
        "The sum of every row is 0, because the probabilities of a row and its one-hot row "
        "both sum to 1."
    )
    return str(text)


SOFTMAX_CROSS_ENTROPY_BACKWARD = Question(
    name="softmax_cross_entropy_backward",
    signature="softmax_cross_entropy_backward(p, y) -> delta",
    returns=("delta",),
    parts=(Part("delta", 2),),
    section=f"{PAGE}#softmax-cross-entropy",
    place="Look at the difference, and at the number that it is divided by.",
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
            "The factor 1/N is missing. The loss is a mean over the examples, so delta should be "
            "(p − Y)/N.",
            lambda p, y: p - one_hot(p, y),
            "The loss is a mean over the examples. Where does this mean appear in your delta?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "B05",
            "Your delta contains the factor 1/N twice. It should contain it once.",
            lambda p, y: (p - one_hot(p, y)) / len(y) ** 2,
            "The loss is a mean over the examples. How often does your function divide by N?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "divided-by-classes",
            "Your delta is divided by the number of classes. It should be divided by N, the "
            "number of examples.",
            lambda p, y: (p - one_hot(p, y)) / p.shape[1],
            "Is the loss a mean over the examples or over the classes?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "divided-by-all",
            "Your delta is divided by N and by the number of classes. It should be divided by N "
            "only: cross-entropy is a mean over the examples, not over all entries.",
            lambda p, y: (p - one_hot(p, y)) / p.size,
            "Is the loss a mean over all entries or over the examples?",
            section=f"{PAGE}#batch-sum",
        ),
        Mistake(
            "division-first",
            "Your delta is p − Y/N, where only Y is divided by N. It should be (p − Y)/N, with "
            "parentheses.",
            lambda p, y: p - one_hot(p, y) / len(y),
            "Which of the two terms, p or Y, does your code divide by N?",
        ),
        Mistake(
            "B09",
            "Your difference is Y − p. It should be p − Y, otherwise the update would increase "
            "the loss.",
            lambda p, y: (one_hot(p, y) - p) / len(y),
            "If p is too large for a class, should ∂ℒ/∂z of that class be positive or negative?",
        ),
        Mistake(
            "B14",
            "Your delta contains the factor p·(1 − p). It should be (p − Y)/N alone, which "
            "contains the derivative of softmax already.",
            lambda p, y: (p - one_hot(p, y)) * p * (1 - p) / len(y),
            "Is (p − Y)/N the derivative with respect to p, or with respect to z?",
        ),
        Mistake(
            "B26",
            "Your delta uses the diagonal of the Jacobian of softmax only, p·(1 − p) times ∂ℒ/∂p. "
            "With all its entries the result should be (p − Y)/N.",
            lambda p, y: -one_hot(p, y) / p * p * (1 - p) / len(y),
            "When one z grows, do the other probabilities of its row stay the same?",
        ),
        Mistake(
            "gradient-of-p",
            "Your result is ∂ℒ/∂p = −Y/(p·N), the gradient with respect to the probabilities. "
            "delta should be the gradient with respect to z.",
            lambda p, y: -one_hot(p, y) / p / len(y),
            "delta is ∂ℒ/∂z. Which function is between z and p?",
        ),
        Mistake(
            "L07",
            "Your function subtracts the integer labels from the probabilities. It should "
            "subtract their one-hot rows: a label is the index of a class.",
            lambda p, y: (p - y) / len(y),
            "Is a label in y a probability, or the index of a class?",
        ),
        Mistake(
            "L07-column",
            "Your function subtracts the integer labels, as a column, from the probabilities. It "
            "should subtract their one-hot rows: a label is the index of a class.",
            lambda p, y: (p - y[:, None]) / len(y),
            "Is a label in y a probability, or the index of a class?",
        ),
        Mistake(
            "L07-eye",
            "np.eye(N)[y] gives one-hot rows with one column per example. There should be one "
            "column per class: np.eye(p.shape[1])[y].",
            lambda p, y: (p - np.eye(len(y))[y]) / len(y),
            "How many columns does a one-hot row have: one per example, or one per class?",
        ),
        Mistake(
            "L07-columns",
            "p[:, y] selects whole columns, so 1 is subtracted in every row. It should be one "
            "entry per row: p[np.arange(N), y].",
            _whole_columns,
            "From how many entries of each row should 1 be subtracted, and how many does your "
            "index select?",
        ),
        Mistake(
            "L07-rows",
            "p[y] selects whole rows, so 1 is subtracted from all their classes. It should be one "
            "entry per row: p[np.arange(N), y].",
            _whole_rows,
            "Which axis does a single index select from: the examples or the classes?",
        ),
        Mistake(
            "B35",
            "Your function subtracts 1 in p itself, so the caller's probabilities change. Work on "
            "a copy.",
            _in_place,
            "Which line changes p in place, and what still needs the probabilities?",
        ),
    ),
)
