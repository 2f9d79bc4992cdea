"""`softmax` and `cross_entropy`, from scores of any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import sigmoid
from course_lib.checks.ex04_loss.bounded import clipped, fitted, of_the_class
from course_lib.checks.ex04_loss.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex04 import cross_entropy, softmax
from course_lib.checks.worked import Worked

SMALL, LARGE = "moderate scores", "large scores"
SAFE = f"{PAGE}#safe-softmax"
FIXTURES = (
    Fixture("moderate scores", repeat=True, variant=SMALL),
    Fixture("other sizes", widths=(3, 7), n=9, variant=SMALL),
    Fixture("third", widths=(3, 4), n=13, variant=SMALL),
    Fixture("large scores", variant=LARGE),
)
PARTS = (
    Part(SMALL, 2, variant=SMALL),
    Part(LARGE, 1, variant=LARGE, section=SAFE, place="Look at the arguments of exp and log."),
)


def scores(rng: Generator, fixture: Fixture) -> tuple[np.ndarray]:
    """Draw z (N, C); the large ones lie at a different height in every row."""
    z = 1.6 * rng.normal(size=(fixture.n, fixture.widths[-1]))
    if fixture.variant == LARGE:
        z += rng.permutation(np.linspace(-3000, 3000, fixture.n))[:, None]
        z[0, 0] -= 4000.0
        z = np.round(64 * z) / 64  # exact in float32, too
    return (z,)


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


def _exp(z: np.ndarray) -> np.ndarray:
    return np.exp(z)


def _entropy(reduce: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
    """Make a cross-entropy that reduces the examples' losses differently."""

    def loss(z: np.ndarray, y: np.ndarray) -> Any:
        shifted = z - z.max(axis=1, keepdims=True)
        return reduce(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y])

    return loss


def _in_place(z: np.ndarray) -> np.ndarray:
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


def _softmax_example() -> str:
    z = np.array([[1.0, 2.0, 0.0], [101.0, 102.0, 100.0]])
    text = Worked("Two rows of scores; the second is the first plus 100:").array("z", z)
    text.line("Subtract the largest score of each row, then take the exponentials:")
    text.array("shifted", z - z.max(axis=1, keepdims=True))
    text.array("powers", np.exp(z - z.max(axis=1, keepdims=True)))
    text.line(
        "Divide each row by its own sum. Only differences of scores matter, so the rows are equal:"
    )
    text.array("p", softmax(z))
    return str(text)


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


SOFTMAX = Question(
    name="softmax",
    signature="softmax(z) -> p",
    returns=("p",),
    parts=PARTS,
    section=f"{PAGE}#multi-class-output",
    place="Look at the sum: over which axis does it run?",
    inputs=scores,
    reference=softmax,
    fixtures=FIXTURES,
    sizes=lambda z: {"N": z.shape[0], "C": z.shape[1]},
    example=_softmax_example,
    correct={
        "row by row": lambda z: [
            np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in z
        ],
        "transposes": lambda z: (lambda e: e / e.sum(axis=0))(np.exp(z.T - z.max(axis=1))).T,
        "nested lists": lambda z: softmax(z).tolist(),
        "through the logarithm": lambda z: np.exp(
            z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        ),
        "float32": lambda z: softmax(z.astype(np.float32)),
    },
    mistakes=(
        Mistake(
            "L02",
            "The sum is taken over the examples (axis 0). It should be taken over the classes "
            "(axis 1), because the probabilities of one example are a row.",
            lambda z: _exp(z) / _exp(z).sum(axis=0),
            "Which probabilities should add up to 1: those of one example, or those of one class?",
            section=f"{PAGE}#loss-mistakes",
        ),
        Mistake(
            "L03",
            "The sum is taken over the whole array. Every row should be divided by its own sum.",
            lambda z: _exp(z) / _exp(z).sum(),
            "What is the sum of one row of your result?",
            section=f"{PAGE}#loss-mistakes",
        ),
        Mistake(
            "L04",
            "The formula is right, but exp overflows for large scores. Subtract the largest score "
            "of each row first.",
            lambda z: _exp(z) / _exp(z).sum(axis=1, keepdims=True),
            "How large is exp(1000), and which number can you subtract from all scores of a row?",
            section=SAFE,
        ),
        Mistake(
            "shift-by-largest-of-all",
            "The largest score of the whole array is subtracted, so a row with much smaller "
            "scores becomes 0/0. Subtract the largest score of each row.",
            lambda z: _exp(z - z.max()) / _exp(z - z.max()).sum(axis=1, keepdims=True),
            "What happens in a row whose scores are all 2000 below the largest score of the array?",
            section=SAFE,
        ),
        Mistake(
            "keepdims-missing",
            "The sums have shape (N,), so they cannot divide an array of shape (N, C) row by "
            "row. Keep the axis (keepdims=True).",
            lambda z: _exp(z) / _exp(z).sum(axis=1),
            "Which shape must the sums of the rows have, so that each row is divided by its own "
            "sum?",
        ),
        Mistake(
            "shift-forgotten-below",
            "The largest score is subtracted in the numerator only. Subtract it in the "
            "denominator, too.",
            lambda z: _exp(z - z.max(axis=1, keepdims=True)) / _exp(z).sum(axis=1, keepdims=True),
            "Is the same number subtracted in the numerator and in the denominator?",
            section=SAFE,
        ),
        Mistake(
            "no-exponential",
            "The scores themselves are divided by their sum. Softmax uses their exponentials.",
            lambda z: z / z.sum(axis=1, keepdims=True),
            "Can a probability be negative?",
        ),
        Mistake(
            "sigmoid-for-softmax",
            "This is the sigmoid of every score. Softmax divides each exponential by the sum of "
            "its row.",
            lambda z: sigmoid(z),
            "What is the sum of one row of your result?",
        ),
        Mistake(
            "L08",
            "Softmax is applied twice. It should be applied once.",
            lambda z: softmax(softmax(z)),
            "If one score is much larger than the others, does your largest probability come "
            "close to 1?",
            section=f"{PAGE}#loss-mistakes",
        ),
        Mistake(
            "B35",
            "z is changed in place. Make a new array.",
            _in_place,
            "Which line of your function writes into z?",
        ),
    ),
)

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
            "probability-for-surprise",
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
            "whole-columns",
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
