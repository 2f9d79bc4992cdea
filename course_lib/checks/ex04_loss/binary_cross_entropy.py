"""`binary_cross_entropy`: a loss for one score per example, safe for any score."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import sigmoid
from course_lib.checks.ex04_loss.bounded import clipped, fitted, of_the_target
from course_lib.checks.ex04_loss.reference import binary_cross_entropy
from course_lib.checks.ex04_loss.softmax import FIXTURES, LARGE, PARTS, SAFE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def binary(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores and targets 0.0 or 1.0, both of shape (N,)."""
    z = 1.6 * rng.normal(size=fixture.n)
    if fixture.variant == LARGE:
        z = rng.uniform(800, 2000, size=fixture.n) * rng.choice([-1.0, 1.0], size=fixture.n)
    y = np.arange(fixture.n) % 2.0
    return z, rng.permutation(y)


def _losses(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0.0) - y * z + np.log1p(np.exp(-np.abs(z)))


def _binary_example() -> str:
    text = Worked("Two examples, z = [2, −1], y = [1, 1]:")
    text.line("  σ(2) = 0.8808, loss −ln 0.8808 = 0.1269")
    text.line("  σ(−1) = 0.2689, loss −ln 0.2689 = 1.3133")
    text.line("  mean (0.1269 + 1.3133)/2 = 0.7201")
    text.line("If the second target were y = 0, its loss would be −ln(1 − 0.2689) = 0.3133.")
    return str(text)


BINARY_CROSS_ENTROPY = Question(
    name="binary_cross_entropy",
    signature="binary_cross_entropy(z, y) -> loss",
    returns=("loss",),
    parts=PARTS,
    section=f"{PAGE}#cross-entropy-from-probability",
    place="Look at the two terms: which one is for y = 1, and which one is for y = 0?",
    inputs=binary,
    reference=binary_cross_entropy,
    fixtures=FIXTURES,
    sizes=lambda z, y: {"N": len(z)},
    example=_binary_example,
    correct={
        "logaddexp": lambda z, y: (np.logaddexp(0, z) - y * z).mean(),
        "clipping that changes nothing": lambda z, y: np.clip(_losses(z, y), 0, None).mean(),
        "float32": lambda z, y: binary_cross_entropy(z.astype(np.float32), y),
        "signed scores": lambda z, y: np.logaddexp(0, -np.where(y == 1, z, -z)).mean(),
        "one example at a time": lambda z, y: (
            sum(max(s, 0) - t * s + np.log1p(np.exp(-abs(s))) for s, t in zip(z, y, strict=True))
            / len(z)
        ),
    },
    mistakes=(
        Mistake(
            "L06",
            "The logarithm is taken of a probability. Where the probability rounds to 0, the "
            "result is −inf, or NaN from 0·inf. Use max(z, 0) − y·z + ln(1 + exp(−|z|)).",
            lambda z, y: -(y * np.log(sigmoid(z)) + (1 - y) * np.log(1 - sigmoid(z))).mean(),
            "What does np.log return for a probability that is rounded to 0?",
            section=SAFE,
        ),
        Mistake(
            "bounded",
            "The probabilities are clipped at a small ε, or ε is added to them. Then the loss of "
            "an example is never larger than −ln ε, which is wrong (and has the gradient 0) for "
            "a confident wrong prediction. Use max(z, 0) − y·z + ln(1 + exp(−|z|)).",
            clipped(of_the_target),
            "How large can the loss of one example become in your function, and should there be "
            "a limit?",
            section=SAFE,
            fit=fitted(of_the_target),
        ),
        Mistake(
            "safe-on-one-side",
            "ln(1 + exp(−z)) + (1 − y)·z is safe for positive scores only: for large negative "
            "scores, exp(−z) overflows. Use −|z| in the exponent.",
            lambda z, y: (np.log(1 + np.exp(-z)) + (1 - y) * z).mean(),
            "For which sign of z does your exponential overflow?",
            section=SAFE,
        ),
        Mistake(
            "sum",
            "The losses of the examples are added. The loss of the batch should be their mean.",
            lambda z, y: _losses(z, y).sum(),
            "If there were ten times as many examples, should the loss be ten times as large?",
        ),
        Mistake(
            "sign",
            "The minus sign is missing: the logarithm of a probability is negative, and the loss "
            "should be positive.",
            lambda z, y: -_losses(z, y).mean(),
            "Can your loss be positive?",
        ),
        Mistake(
            "base-2",
            "Your logarithm has base 2 (np.log2). This course uses the natural logarithm, np.log.",
            lambda z, y: _losses(z, y).mean() / np.log(2),
            "Which base does your logarithm have?",
        ),
        Mistake(
            "base-10",
            "Your logarithm has base 10 (np.log10). This course uses the natural logarithm, "
            "np.log.",
            lambda z, y: _losses(z, y).mean() / np.log(10),
            "Which base does your logarithm have?",
        ),
        Mistake(
            "targets-swapped",
            "The two terms are swapped: y should be multiplied by ln p, and 1 − y by ln(1 − p).",
            lambda z, y: _losses(z, 1 - y).mean(),
            "If y = 1 and p is close to 1, is your loss small?",
        ),
        Mistake(
            "first-term-only",
            "The term for the examples with y = 0 is missing.",
            lambda z, y: (y * _losses(z, y)).mean(),
            "What is your loss for an example with y = 0?",
        ),
        Mistake(
            "sigmoid-missing",
            "z is used as a probability. It is a score, and the probability is its sigmoid.",
            lambda z, y: -(y * np.log(z) + (1 - y) * np.log(1 - z)).mean(),
            "Between which numbers is a probability, and is z between them, too?",
        ),
        Mistake(
            "squares",
            "This is the mean squared error of the probabilities. The loss should use their "
            "logarithms.",
            lambda z, y: ((sigmoid(z) - y) ** 2).mean(),
            "How large should the loss be where the right class has probability 0?",
            section=f"{PAGE}#why-not-squares-for-classes",
        ),
    ),
)
