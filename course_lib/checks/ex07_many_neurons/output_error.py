from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex07_many_neurons.reference import output_error, softmax_vjp
from course_lib.checks.ex07_many_neurons.softmax_vjp import CALLS, TABLE, probabilities
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
START = f"{PAGE}#p-minus-y"


def error_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, int]:
    """Draw probabilities (n,) and a label that is neither the first nor the last class."""
    classes = fixture.widths[-1]
    return probabilities(rng, classes), int(rng.integers(1, classes - 1))


def _one_hot(p: np.ndarray, label: int) -> np.ndarray:
    return np.eye(len(p))[label]


def _in_place(p: np.ndarray, label: int) -> np.ndarray:
    p[label] -= 1.0
    return p


def _error_example() -> str:
    p = np.array([0.2, 0.7, 0.1])
    text = Worked("Three classes, the right one is class 2 (counted from 0):").array("p", p)
    text.array("y", _one_hot(p, 2)).array("p − y", output_error(p, 2))
    return str(text)


OUTPUT_ERROR = Question(
    name="output_error",
    signature="output_error(p, label) -> delta",
    returns=("delta",),
    parts=(Part("delta", 2),),
    section=START,
    place="Look at what is subtracted from p, at which entries, and at any other factor.",
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
            "Your difference is y − p. It should be p − y.",
            lambda p, label: _one_hot(p, label) - p,
            "When the logit (score) of a wrong class grows, does the loss grow or fall, and which "
            "sign does your delta have there?",
        ),
        Mistake(
            "B14",
            "Your delta contains the factor p·(1 − p). It should be p − y alone, which contains "
            "the derivative of softmax already.",
            lambda p, label: (p - _one_hot(p, label)) * p * (1 - p),
            "p − y is the derivative of the loss with respect to which quantity?",
        ),
        Mistake(
            "B14-whole",
            "Your delta is p − y multiplied by the Jacobian of softmax. It should be p − y, which "
            "contains the derivative of softmax already.",
            lambda p, label: softmax_vjp(p, p - _one_hot(p, label)),
            "Is p − y the derivative with respect to the probabilities, or with respect to the "
            "logits (scores)?",
        ),
        Mistake(
            "B26",
            "Your delta uses the diagonal of the Jacobian of softmax only, so it is 0 for the "
            "wrong classes. It should be p − y.",
            lambda p, label: -_one_hot(p, label) * (1 - p),
            "When the logit (score) of the right class grows, do the other probabilities stay the "
            "same?",
            section=TABLE,
        ),
        Mistake(
            "gradient-of-p",
            "Your result is −y/p, the gradient with respect to the probabilities. delta should be "
            "the gradient with respect to the logits (scores).",
            lambda p, label: -_one_hot(p, label) / p,
            "delta is the derivative with respect to the logits (scores). Which function is "
            "between them and p?",
        ),
        Mistake(
            "L07",
            "Your function subtracts the label from every probability. The label is the index of "
            "a class: subtract 1 at that class.",
            lambda p, label: p - label,
            "Is the label a probability, or the index of a class?",
        ),
        Mistake(
            "one-everywhere",
            "Your function subtracts 1 from every entry. It should subtract 1 at the right class "
            "only.",
            lambda p, label: p - 1.0,
            "What is the entry of the one-hot vector y at a wrong class?",
        ),
        Mistake(
            "counted-from-one",
            "Your function subtracts 1 at the class before the right one. Labels count from 0, as "
            "indices of arrays do.",
            lambda p, label: p - _one_hot(p, label - 1),
            "Which index does class 0 have in p?",
        ),
        Mistake(
            "divided-by-classes",
            "Your difference is divided by the number of classes. For one example cross-entropy "
            "is not a mean, so nothing should divide it.",
            lambda p, label: output_error(p, label) / len(p),
            "Is the cross-entropy of one example a sum over the classes, or a mean?",
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
