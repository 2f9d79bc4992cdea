from __future__ import annotations

import math

from course_lib.checks.ex05_two_neurons.reference import (
    two_neurons_by_hand,
)
from course_lib.checks.ex05_two_neurons.two_neurons_backward import OUTPUT, SECTION, START, example
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Call, Mistake, Part, Question, page
from course_lib.checks.sheets import Numbers, Sheet

PAGE = page(__name__)


def _answer(n: Numbers) -> tuple[float, ...]:
    delta2 = 2 * (n["y_hat"] - n["y"]) * n["y_hat"] * (1 - n["y_hat"])
    return delta2, delta2 * n["a1"], delta2 * n["w2"] * n["a1"] * (1 - n["a1"]) * n["x"]


def _question(n: Numbers) -> Question:
    a1, y_hat, x, w2 = n["a1"], n["y_hat"], n["x"], n["w2"]
    right = _answer(n)
    delta2, dw2, dw1 = right

    def times(factor: float) -> Call:
        return lambda: tuple(factor * one for one in right)

    def only(dw2: float = dw2, dw1: float = dw1) -> Call:
        return lambda: (delta2, dw2, dw1)

    return Question(
        name="two_neurons_by_hand",
        signature="two_neurons_by_hand() -> (delta2, dw2, dw1)",
        returns=("delta2", "dw2", "dw1"),
        parts=(
            Part("delta2", 1, (0,), section=OUTPUT, place="Look at delta2."),
            Part("dw2", 1, (1,), place="Look at dw2."),
            Part("dw1", 1, (2,), place="Look at dw1."),
        ),
        section=SECTION,
        place="Look at the chain rule, from the loss back to the first neuron.",
        inputs=lambda rng, fixture: (),
        reference=two_neurons_by_hand,
        fixtures=(Fixture("pencil"),),
        tolerance=1e-9,
        absolute=0.0011,
        follows=lambda delta2, dw2, dw1: (
            (),
            (a1 * delta2,),
            (w2 * a1 * (1 - a1) * x * delta2,),
        ),
        example=example,
        correct={"rounded": lambda: (-0.126, -0.076, -0.091)},
        mistakes=(
            Mistake(
                "B07",
                "The factor 2 from the derivative of the square is missing: ∂ℒ/∂ŷ = 2(ŷ − y).",
                times(0.5),
                "What is the derivative of a square?",
                section=START,
            ),
            Mistake(
                "B09",
                "The difference is subtracted in the wrong order. It should be ŷ − y.",
                times(-1),
                f"Here ŷ is {'smaller' if y_hat < n['y'] else 'larger'} than y. Does the loss grow "
                "or fall when ŷ grows?",
                section=START,
            ),
            Mistake(
                "B13",
                "The derivative of the output's sigmoid, ŷ(1 − ŷ), is missing.",
                times(1 / (y_hat * (1 - y_hat))),
                "2(ŷ − y) is the derivative with respect to ŷ. Which step is between z2 and ŷ?",
            ),
            Mistake(
                "B12",
                "The derivative of the first neuron's sigmoid, a1(1 − a1), is missing in dw1.",
                only(dw1=delta2 * w2 * x),
                "a1 = σ(z1). Which factor does the chain rule give for this step?",
            ),
            Mistake(
                "weight-missing",
                "The factor w2 is missing in dw1.",
                only(dw1=dw1 / w2),
                "z2 = w2·a1 + b2. What is ∂z2/∂a1?",
            ),
            Mistake(
                "delta-for-weight",
                "This is δ1. The derivative with respect to the weight w1 is δ1 times its input, "
                "x.",
                only(dw1=dw1 / x),
                "What does w1 multiply in z1 = w1·x + b1?",
            ),
            Mistake(
                "own-factor",
                "Your dw2 is δ2·w2. The derivative of w2·a1 with respect to w2 is a1, so dw2 "
                "should be δ2·a1.",
                only(dw2=delta2 * w2),
                "z2 = w2·a1 + b2. When w2 grows by 1, by how much does z2 grow?",
            ),
        ),
    )


ACTIVATIONS = (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)
SHEET = Sheet(
    numbers={"a1": 0.6, "y_hat": 0.7, "x": 2, "y": 1, "w2": 1.5},
    choices={
        "a1": ACTIVATIONS,
        "y_hat": ACTIVATIONS,
        "x": (-5, -4, -3, -2, 2, 3, 4, 5),
        "y": (0, 1),
        "w2": (-4, -3, -2.5, -2, -1.5, -0.5, 0.5, 1.5, 2, 2.5, 3, 4),
    },
    answer=_answer,
    question=_question,
    text=(
        "$a_1 = <a1>$ and $\\hat y = <y_hat>$; the input was $x = <x>$, the target is $y = <y>$, "
        "and $w_2 = <w2>$.",
        "those that belong to <a1> and <y_hat>)",
        "(two_neurons_backward, <x.>, <y.>, <z1.>, <a1.>, <z2.>, <y_hat.>, <w2.>)",
    ),
    decimals=(3, 4, 5),
    derived=lambda n: {
        "z1": round(math.log(n["a1"] / (1 - n["a1"])), 6),
        "z2": round(math.log(n["y_hat"] / (1 - n["y_hat"])), 6),
    },
)
TWO_NEURONS_BY_HAND = SHEET.original(two_neurons_by_hand)
