from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex04_loss.bounded import clipped, fitted, of_the_class
from course_lib.checks.ex04_loss.reference import cross_entropy, softmax
from course_lib.checks.ex04_loss.softmax import FIXTURES, LARGE, PARTS, SAFE, scores
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def labelled(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores and labels; with large scores the first label is the hopeless class."""
    (z,) = scores(rng, fixture)
    classes = z.shape[1]
    y = np.concatenate([np.arange(classes), rng.integers(classes, size=len(z) - classes)])
    y = rng.permutation(y)
    if fixture.variant == LARGE:
        y[0] = 0
    return z, y


def _picked(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return softmax(z)[np.arange(len(y)), y]


def _log_softmax(z: np.ndarray, axis: int = 1) -> np.ndarray:
    return z - np.logaddexp.reduce(z, axis=axis, keepdims=True)


def _entropy(reduce: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
    """Make a cross-entropy that reduces the examples' losses differently."""

    def loss(z: np.ndarray, y: np.ndarray) -> Any:
        shifted = z - z.max(axis=1, keepdims=True)
        return reduce(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y])

    return loss


def _entropy_example() -> str:
    z, y = np.array([[1.0, 2.0, 0.0], [3.0, 1.0, 1.0]]), np.array([1, 2])
    text = Worked("Two examples; the right classes are 1 and 2:").array("z", z)
    text.array("p", softmax(z))
    text.line("The right classes have the probabilities 0.6652 and 0.1065. The losses, −ln p:")
    text.array("losses", -np.log(_picked(z, y)))
    text.line(
        f"The loss is their mean, {cross_entropy(z, y):.4f}. For large scores, insert softmax"
    )
    text.line("into the logarithm first and simplify, so that no very small p is computed.")
    return str(text)


CROSS_ENTROPY = Question(
    name="cross_entropy",
    signature="cross_entropy(z, y) -> loss",
    returns=("loss",),
    parts=PARTS,
    section=f"{PAGE}#cross-entropy",
    place="Look at which probability the logarithm is taken of, and at the mean.",
    inputs=labelled,
    reference=cross_entropy,
    fixtures=FIXTURES,
    sizes=lambda z, y: {"N": z.shape[0], "C": z.shape[1]} if z.ndim == 2 else {},
    example=_entropy_example,
    correct={
        "one-hot rows": lambda z, y: (
            -(np.eye(z.shape[1])[y] * (z - np.logaddexp.reduce(z, axis=1, keepdims=True))).sum()
            / len(y)
        ),
        "clipping that changes nothing": lambda z, y: (
            -np.minimum(_log_softmax(z), 0.0)[np.arange(len(y)), y].mean()
        ),
        "take_along_axis": lambda z, y: -np.take_along_axis(_log_softmax(z), y[:, None], 1).mean(),
        "float32": lambda z, y: cross_entropy(z.astype(np.float32), y),
        "one example at a time": lambda z, y: (
            sum(
                np.log(np.exp(row - row.max()).sum()) + row.max() - row[label]
                for row, label in zip(z, y, strict=True)
            )
            / len(y)
        ),
    },
    mistakes=(
        Mistake(
            "L06",
            "The logarithm is taken of a probability. Where the probability rounds to 0, its "
            "logarithm is −inf. Insert softmax into the logarithm and simplify (log-sum-exp).",
            lambda z, y: -np.log(_picked(z, y)).mean(),
            "What does np.log return for a probability that is rounded to 0?",
            section=SAFE,
        ),
        Mistake(
            "L04",
            "exp overflows for large scores: inf/inf is NaN. Subtract the largest score of each "
            "row first (log-sum-exp).",
            lambda z, y: (
                -np.log(
                    (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))[np.arange(len(y)), y]
                ).mean()
            ),
            "How large is exp(1000)?",
            section=SAFE,
        ),
        Mistake(
            "bounded",
            "The probability is clipped at a small ε, or ε is added to it. Then the loss of an "
            "example is never larger than −ln ε, which is wrong (and has the gradient 0) for a "
            "confident wrong prediction. Use log-sum-exp.",
            clipped(of_the_class),
            "How large can the loss of one example become in your function, and should there be "
            "a limit?",
            section=SAFE,
            fit=fitted(of_the_class),
        ),
        Mistake(
            "sum",
            "The losses of the examples are added. The loss of the batch should be their mean.",
            _entropy(np.sum),
            "If there were ten times as many examples, should the loss be ten times as large?",
        ),
        Mistake(
            "mean-over-all",
            "The sum is divided by N times the number of classes. It has one term per example, "
            "so it should be divided by N.",
            lambda z, y: cross_entropy(z, y) / z.shape[1],
            "How many terms do you add, and by which number do you divide?",
        ),
        Mistake(
            "sign",
            "The minus sign is missing: the logarithm of a probability is negative, and the loss "
            "should be positive.",
            _entropy(lambda surprise: -surprise.mean()),
            "Can your loss be positive?",
        ),
        Mistake(
            "base-2",
            "Your logarithm has base 2 (np.log2). This course uses the natural logarithm, np.log.",
            _entropy(lambda losses: losses.mean() / np.log(2)),
            "Which base does your logarithm have?",
        ),
        Mistake(
            "base-10",
            "Your logarithm has base 10 (np.log10). This course uses the natural logarithm, "
            "np.log.",
            _entropy(lambda losses: losses.mean() / np.log(10)),
            "Which base does your logarithm have?",
        ),
        Mistake(
            "probability-for-logarithm",
            "Your function uses 1 − p. It should use −ln p.",
            lambda z, y: (1 - _picked(z, y)).mean(),
            "How large should the loss be where the right class has probability 0?",
            section=f"{PAGE}#cross-entropy-from-probability",
        ),
        Mistake(
            "L08",
            "Softmax is applied twice. z contains scores, so it should be applied once.",
            lambda z, y: cross_entropy(softmax(z), y),
            "How often does your function apply softmax?",
            section=f"{PAGE}#loss-mistakes",
        ),
        Mistake(
            "all-classes",
            "The logarithms of all classes are averaged. Only the logarithm for the right class "
            "should be used.",
            lambda z, y: -_log_softmax(z).mean(),
            "Where does your function use the labels y?",
        ),
        Mistake(
            "columns-for-entries",
            "p[:, y] selects whole columns. It should select one entry per row: p[np.arange(N), "
            "y].",
            lambda z, y: -_log_softmax(z)[:, y].mean(),
            "How many entries does your index select, and how many examples are there?",
        ),
        Mistake(
            "L02",
            "Softmax is taken over the examples (axis 0). It should be taken over the classes of "
            "each example (axis 1).",
            lambda z, y: -_log_softmax(z, axis=0)[np.arange(len(y)), y].mean(),
            "Which probabilities should add up to 1: those of one example, or those of one class?",
            section=f"{PAGE}#loss-mistakes",
        ),
    ),
)
