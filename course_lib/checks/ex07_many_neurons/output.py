"""`softmax_vjp` and `output_error`: back through softmax, and p − y."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.page import PAGE
from course_lib.checks.question import MARKING, Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex07 import output_error, softmax_vjp
from course_lib.checks.worked import Worked

VJP = f"{PAGE}#softmax-vector-jacobian"
TABLE = f"{PAGE}#softmax-jacobian"
START = f"{PAGE}#p-minus-y"
CALLS = (MARKING, Fixture("more classes", widths=(3, 7, 13)), Fixture("three", widths=(7, 5, 3)))


def _probabilities(rng: Generator, classes: int) -> np.ndarray:
    powers = np.exp(1.3 * rng.normal(size=classes))
    return powers / powers.sum()


def vjp_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities (n,) and an upstream gradient (n,) whose mean has either sign."""
    classes = fixture.widths[-1]
    p, p_bar = _probabilities(rng, classes), rng.normal(size=classes)
    wanted = -1.0 if fixture.name == "more classes" else 1.0
    return p, p_bar * wanted * np.sign(p @ p_bar)


def error_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, int]:
    """Draw probabilities (n,) and a label that is neither the first nor the last class."""
    classes = fixture.widths[-1]
    return _probabilities(rng, classes), int(rng.integers(1, classes - 1))


def _one_hot(p: np.ndarray, label: int) -> np.ndarray:
    return np.eye(len(p))[label]


def _table(p: np.ndarray) -> np.ndarray:
    return np.diag(p) - np.outer(p, p)


def _loops(p: np.ndarray, p_bar: np.ndarray) -> list[float]:
    return [
        sum(p_bar[j] * p[j] * ((1.0 if j == k else 0.0) - p[k]) for j in range(len(p)))
        for k in range(len(p))
    ]


def _in_place(p: np.ndarray, label: int) -> np.ndarray:
    p[label] -= 1.0
    return p


def _vjp_example() -> str:
    p, p_bar = np.array([0.5, 0.3, 0.2]), np.array([2.0, 0.0, -1.0])
    text = Worked("Three classes:").array("p", p).array("p_bar", p_bar)
    text.line("  p·p_bar = 0.5·2 + 0.3·0 + 0.2·(−1) = 0.8")
    text.array("p_bar − 0.8", p_bar - 0.8)
    text.line("Entry by entry, times p:").array("delta", softmax_vjp(p, p_bar))
    text.line("The entries add up to 0.")
    return str(text)


def _error_example() -> str:
    p = np.array([0.2, 0.7, 0.1])
    text = Worked("Three classes, the right one is class 2 (counted from 0):").array("p", p)
    text.array("y", _one_hot(p, 2)).array("p − y", output_error(p, 2))
    return str(text)


SOFTMAX_VJP = Question(
    name="softmax_vjp",
    signature="softmax_vjp(p, p_bar) -> delta",
    returns=("delta",),
    parts=(Part("delta", 3),),
    section=VJP,
    place="Look at what is subtracted from p_bar, and at the factor in front.",
    inputs=vjp_inputs,
    reference=softmax_vjp,
    fixtures=CALLS,
    sizes=lambda p, p_bar: {"n": len(p)},
    factors=lambda p, p_bar: {"p": p, "1/p": 1 / p, "1 − p": 1 - p},
    example=_vjp_example,
    correct={
        "the whole table, turned": lambda p, p_bar: _table(p).T @ p_bar,
        "the whole table (it is symmetric)": lambda p, p_bar: _table(p) @ p_bar,
        "multiplied out": lambda p, p_bar: p * p_bar - p * np.sum(p * p_bar),
        "loops": _loops,
        "float32": lambda p, p_bar: softmax_vjp(p.astype(np.float32), p_bar.astype(np.float32)),
    },
    mistakes=(
        Mistake(
            "B26",
            "Only the diagonal of the Jacobian is used: p_bar·p·(1 − p). Every score moves every "
            "probability, so the other derivatives, −p_j p_k, belong in the sum.",
            lambda p, p_bar: p_bar * p * (1 - p),
            "When one score rises, do the other probabilities stay where they are?",
            section=TABLE,
        ),
        Mistake(
            "diagonal-p",
            "p_bar·p is the first half alone: it lacks −p·(p·p_bar), the part that comes from the "
            "sum below the line of softmax.",
            lambda p, p_bar: p * p_bar,
            "Which part of softmax contains every score?",
            section=TABLE,
        ),
        Mistake(
            "plain-sum",
            "The plain sum of p_bar is subtracted; it has to be the sum weighted with p: p·p_bar.",
            lambda p, p_bar: p * (p_bar - p_bar.sum()),
            "In the second line of the derivation, what is each p_bar multiplied by?",
        ),
        Mistake(
            "plain-mean",
            "The plain mean of p_bar is subtracted; it has to be the mean weighted with p: "
            "p·p_bar.",
            lambda p, p_bar: p * (p_bar - p_bar.mean()),
            "Do all classes count alike in the sum that is subtracted?",
        ),
        Mistake(
            "factor-missing",
            "The factor p in front is missing: p ⊙ (p_bar − p·p_bar).",
            lambda p, p_bar: p_bar - p @ p_bar,
            "What did you take out of the bracket?",
        ),
        Mistake(
            "plus",
            "The weighted sum is added; the derivatives −p_j p_k are negative, so it is "
            "subtracted.",
            lambda p, p_bar: p * (p_bar + p @ p_bar),
            "When one class gains probability, what do the others do?",
        ),
        Mistake(
            "B09",
            "The sign is wrong.",
            lambda p, p_bar: -softmax_vjp(p, p_bar),
            "Raising a score raises its own probability. Which sign has the diagonal?",
        ),
    ),
)

OUTPUT_ERROR = Question(
    name="output_error",
    signature="output_error(p, label) -> delta",
    returns=("delta",),
    parts=(Part("delta", 2),),
    section=START,
    place="Look at what is subtracted from p, and where.",
    inputs=error_inputs,
    reference=output_error,
    fixtures=CALLS,
    sizes=lambda p, label: {"n": len(p)},
    factors=lambda p, label: {"p·(1 − p)": p * (1 - p), "p": p, "1/p": 1 / p},
    example=_error_example,
    correct={
        "a one-hot array": lambda p, label: p - _one_hot(p, label),
        "through softmax's vector–Jacobian product": lambda p, label: softmax_vjp(
            p, -_one_hot(p, label) / p
        ),
        "a list": lambda p, label: [q - (1.0 if j == label else 0.0) for j, q in enumerate(p)],
        "float32": lambda p, label: output_error(p.astype(np.float32), label),
    },
    mistakes=(
        Mistake(
            "B09",
            "The difference is the wrong way round: y − p.",
            lambda p, label: _one_hot(p, label) - p,
            "A wrong class has too much probability. Is the loss's derivative there positive?",
        ),
        Mistake(
            "B14",
            "p·(1 − p) is a factor too many: softmax's derivative is inside p − y already.",
            lambda p, label: (p - _one_hot(p, label)) * p * (1 - p),
            "Where did the derivative of softmax go when p − y came out?",
        ),
        Mistake(
            "B14-whole",
            "p − y was sent through softmax's Jacobian once more; it has come through it already.",
            lambda p, label: softmax_vjp(p, p - _one_hot(p, label)),
            "To which quantity does p − y belong: to the probabilities, or to the scores?",
        ),
        Mistake(
            "B26",
            "Only the diagonal of softmax's Jacobian was used; the wrong classes get nothing.",
            lambda p, label: -_one_hot(p, label) * (1 - p),
            "Does raising the right score leave the other probabilities alone?",
            section=TABLE,
        ),
        Mistake(
            "gradient-of-p",
            "This is −y/p, the gradient of the probabilities; delta is that of the scores.",
            lambda p, label: -_one_hot(p, label) / p,
            "delta belongs to the scores. Which function is between them and p?",
        ),
        Mistake(
            "L07",
            "The label itself is subtracted from every probability. It is the number of a class: "
            "subtract 1 at that class.",
            lambda p, label: p - label,
            "The label counts classes. What should be subtracted from a probability?",
        ),
        Mistake(
            "one-everywhere",
            "1 is subtracted everywhere; y is 1 at the right class only.",
            lambda p, label: p - 1.0,
            "What is y at a wrong class?",
        ),
        Mistake(
            "counted-from-one",
            "1 is subtracted one place too early: labels count from 0, as arrays do.",
            lambda p, label: p - _one_hot(p, label - 1),
            "Which entry of p belongs to class 0?",
        ),
        Mistake(
            "divided-by-classes",
            "The difference is divided by the number of classes. One example, cross-entropy: "
            "nothing is averaged.",
            lambda p, label: output_error(p, label) / len(p),
            "One example's loss is a plain sum over its classes. Which mean brings your divisor?",
        ),
        Mistake(
            "B35",
            "1 is subtracted in p itself, so the caller's probabilities change. Work on a copy.",
            _in_place,
            "Which line writes into p? What else still needs the probabilities?",
        ),
    ),
)
