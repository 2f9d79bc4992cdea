"""`accuracy`: the fraction of examples that are classified correctly."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex04_loss.reference import softmax
from course_lib.checks.ex12_training_loop.reference import accuracy
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)

ROW, COLUMN = "y of shape (N,)", "y of shape (N, 1)"


def inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities (N, C) of which about two thirds are largest at the label.

    The largest of all is in the first row, so that its flat index is a class as well.
    """
    p = softmax(1.2 * rng.normal(size=(fixture.n, fixture.widths[-1])))
    largest = int(p.max(axis=1).argmax())
    p[[0, largest]] = p[[largest, 0]]
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
    text.line("Compared with y = 1, 2, 1, 2, three of the four are right: 3/4 = 0.75.")
    text.line("The third is right although its probability is below one half.")
    return str(text)


ACCURACY = Question(
    name="accuracy",
    signature="accuracy(p, y) -> accuracy",
    returns=("accuracy",),
    parts=(
        Part(
            f"the accuracy for {ROW}",
            2,
            variant=ROW,
            next_step=(
                "Take three examples and three "
                "classes. Which class does "
                "your code predict for each, "
                "and how many are right?"
            ),
        ),
        Part(
            f"the accuracy for {COLUMN}",
            1,
            variant=COLUMN,
            next_step=(
                "Take three examples and "
                "three classes. Which "
                "class does your code "
                "predict for each, which "
                "shape does the "
                "comparison with y have, "
                "and how many are right?"
            ),
        ),
    ),
    section=f"{PAGE}#accuracy-or-loss",
    place="Look at the axis of argmax, at the shapes that you compare, and at the count.",
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
    factors=lambda p, y: {"100": 100.0},
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
            "Your argmax is along axis 0, which gives one example per class. It should be along "
            "axis 1, which gives one class per example.",
            lambda p, y: float(np.mean(p.argmax(axis=0) == y)),
            "How many predictions does your argmax give, and how many examples are there?",
        ),
        Mistake(
            "E01-flat",
            "Your argmax has no axis and gives one position in the whole array. It should be "
            "along axis 1, which gives one class per example.",
            lambda p, y: float(np.mean(p.argmax() == y)),
            "How many predictions does your argmax give, and how many examples are there?",
        ),
        Mistake(
            "E01-labels",
            "Your code applies argmax to the labels. They are indices of classes already; argmax "
            "is for probabilities and one-hot rows.",
            lambda p, y: float(np.mean(p.argmax(axis=1) == y.argmax(axis=-1))),
            "What does argmax return for an array of labels?",
        ),
        Mistake(
            "L01",
            "Your labels of shape (N, 1) and N predictions are broadcast to (N, N), so each "
            "prediction is compared with every label. Reshape y to (N,) first.",
            lambda p, y: float(np.mean(p.argmax(axis=1) == y)),
            "Which shape does your comparison give if y has shape (N, 1)?",
        ),
        Mistake(
            "count",
            "Your number is the count of right predictions. It should be their fraction.",
            lambda p, y: int(_right(p, y).sum()),
            "By what should the number of right predictions be divided?",
        ),
        Mistake(
            "percent",
            "Your accuracy is in percent. It should be a number between 0 and 1.",
            lambda p, y: 100 * accuracy(p, y),
            "Which is the largest value that an accuracy can have?",
        ),
        Mistake(
            "error-rate",
            "Your number is the fraction of wrong predictions. It should be that of the right "
            "ones.",
            lambda p, y: 1 - accuracy(p, y),
            "Does your number count the right predictions, or the wrong ones?",
        ),
        Mistake(
            "over-classes",
            "Your count is divided by the number of classes. It should be divided by the number "
            "of examples.",
            lambda p, y: float(_right(p, y).sum() / p.shape[1]),
            "By which size of p does your code divide?",
        ),
        Mistake(
            "above-half",
            "Your prediction counts as right only if the probability is above one half. It should "
            "count if the probability is the largest of its row.",
            lambda p, y: float(np.mean(_picked(p, y) > 0.5)),
            "Can the largest of five probabilities be below one half?",
        ),
        Mistake(
            "mean-probability",
            "Your number is the mean probability of the right class. It should be the fraction of "
            "examples where this probability is the largest.",
            lambda p, y: float(_picked(p, y).mean()),
            "If the probability of a right prediction grows a little, should the accuracy change?",
        ),
    ),
)
