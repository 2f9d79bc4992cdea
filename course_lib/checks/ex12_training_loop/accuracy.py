"""`accuracy`: the fraction of examples that are classified correctly."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex04 import softmax
from course_lib.checks.reference.ex12 import accuracy
from course_lib.checks.worked import Worked

ROW, COLUMN = "y of shape (N,)", "y of shape (N, 1)"


def inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities (N, C) of which about two thirds are largest at the label."""
    p = softmax(1.2 * rng.normal(size=(fixture.n, fixture.widths[-1])))
    y = p.argmax(axis=1)
    wrong = rng.permutation(fixture.n)[: fixture.n // 3]
    y[wrong] = (y[wrong] + rng.integers(1, p.shape[1], size=len(wrong))) % p.shape[1]
    return p, y[:, None] if fixture.variant == COLUMN else y


def _right(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    return p.argmax(axis=1) == y.ravel()


def _picked(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    return p[np.arange(len(p)), y.ravel()]


def _counted(p: np.ndarray, y: np.ndarray) -> float:
    right = 0
    for row, label in zip(p.tolist(), y.ravel().tolist(), strict=True):
        right += row.index(max(row)) == label
    return right / len(p)


def _example() -> str:
    p = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.45, 0.45], [0.3, 0.3, 0.4]])
    text = Worked("Four examples, three classes, y = [1, 2, 1, 2]:").array("p", p)
    text.line("The largest entries of the rows are at 1, 0, 1, 2 (of two equal ones, the first).")
    text.line("Compared with y = 1, 2, 1, 2, three of four are right: 3/4 = 0.75.")
    text.line("The third is right although its probability is below one half.")
    return str(text)


ACCURACY = Question(
    name="accuracy",
    signature="accuracy(p, y) -> accuracy",
    returns=("accuracy",),
    parts=(
        Part(f"the accuracy for {ROW}", 2, variant=ROW),
        Part(f"the accuracy for {COLUMN}", 1, variant=COLUMN),
    ),
    section=f"{PAGE}#accuracy-or-loss",
    place="Look at the axis of argmax, and at the shapes on both sides of ==.",
    inputs=inputs,
    reference=accuracy,
    fixtures=(
        Fixture("11 of 5", widths=(5,), n=11, variant=ROW, repeat=True),
        Fixture("19 of 4", widths=(4,), n=19, variant=ROW),
        Fixture("17 of 3", widths=(3,), n=17, variant=ROW),
        Fixture("13 of 5, column", widths=(5,), n=13, variant=COLUMN),
        Fixture("20 of 6, column", widths=(6,), n=20, variant=COLUMN),
        Fixture("16 of 4, column", widths=(4,), n=16, variant=COLUMN),
        Fixture("as many examples as classes", widths=(7,), n=7, variant=ROW, marked=False),
    ),
    sizes=lambda p, y: {"N": p.shape[0], "C": p.shape[1]} if p.ndim == 2 else {},
    example=_example,
    correct={
        "counted one by one": _counted,
        "float32": lambda p, y: np.float32(accuracy(p.astype(np.float32), y)),
        "compared with one-hot rows": lambda p, y: np.mean(
            [row[label] for row, label in zip(p == p.max(axis=1)[:, None], y.ravel(), strict=True)]
        ),
    },
    mistakes=(
        Mistake(
            "E01",
            "argmax is taken along axis 0: it finds an example for every class. The predicted "
            "class of an example is the largest entry of its row: axis 1.",
            lambda p, y: float(np.mean(p.argmax(axis=0) == y)),
            "How many predictions does your argmax make, and how many examples are there?",
        ),
        Mistake(
            "E01-flat",
            "argmax without an axis gives one position in the whole array. Each row has its own: "
            "axis 1.",
            lambda p, y: float(np.mean(p.argmax() == y)),
            "How many predictions does your argmax make, and how many examples are there?",
        ),
        Mistake(
            "E01-labels",
            "argmax is applied to the labels. They are class numbers already; argmax is for "
            "probabilities and one-hot rows.",
            lambda p, y: float(np.mean(p.argmax(axis=1) == y.argmax(axis=-1))),
            "What does argmax return for labels that are class numbers?",
        ),
        Mistake(
            "L01",
            "Labels of shape (N, 1) and N predictions are broadcast to (N, N): each prediction is "
            "compared with every label. Bring y to shape (N,) first.",
            lambda p, y: float(np.mean(p.argmax(axis=1) == y)),
            "Which shape does your comparison have when y has shape (N, 1)?",
        ),
        Mistake(
            "count",
            "This is the number of examples that are right; the accuracy is their fraction.",
            lambda p, y: int(_right(p, y).sum()),
            "By how many examples do you divide?",
        ),
        Mistake(
            "percent",
            "This is in percent; the accuracy is a number between 0 and 1.",
            lambda p, y: 100 * accuracy(p, y),
            "Between which two numbers is an accuracy?",
        ),
        Mistake(
            "error-rate",
            "This is the fraction of examples that are wrong.",
            lambda p, y: 1 - accuracy(p, y),
            "Does your number count the right predictions or the wrong ones?",
        ),
        Mistake(
            "over-classes",
            "The count is divided by the number of classes instead of the number of examples.",
            lambda p, y: float(_right(p, y).sum() / p.shape[1]),
            "By which axis of p do you divide?",
        ),
        Mistake(
            "above-half",
            "An example counts as right only if its class has a probability above one half. With "
            "more than two classes the largest probability may be smaller.",
            lambda p, y: float(np.mean(_picked(p, y) > 0.5)),
            "Can the largest of five probabilities be below one half?",
        ),
        Mistake(
            "mean-probability",
            "This is the mean probability of the right class; the accuracy counts how often it is "
            "the largest.",
            lambda p, y: float(_picked(p, y).mean()),
            "Does the accuracy change if the probability of a right prediction grows a little?",
        ),
    ),
)
