from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import sigmoid
from course_lib.checks.ex04_loss.reference import softmax
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)

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


def _exp(z: np.ndarray) -> np.ndarray:
    return np.exp(z)


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


SOFTMAX = Question(
    name="softmax",
    signature="softmax(z) -> p",
    returns=("p",),
    parts=PARTS,
    section=f"{PAGE}#multi-class-output",
    place="Look at the exponentials, and at the axis of the sum that divides them.",
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
