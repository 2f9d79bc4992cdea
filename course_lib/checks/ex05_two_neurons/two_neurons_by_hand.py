from __future__ import annotations

from collections.abc import Callable

from course_lib.checks.ex05_two_neurons.reference import (
    two_neurons_by_hand,
)
from course_lib.checks.ex05_two_neurons.two_neurons_backward import OUTPUT, SECTION, START, example
from course_lib.checks.ex05_two_neurons.two_neurons_forward import Numbers
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page

PAGE = page(__name__)


def _hand(
    delta2: float = -0.126, dw2: float = -0.0756, dw1: float = -0.09072
) -> Callable[[], Numbers]:
    return lambda: (delta2, dw2, dw1)


TWO_NEURONS_BY_HAND = Question(
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
    tolerance=0.0,
    absolute=0.0011,
    follows=lambda delta2, dw2, dw1: ((), (0.6 * delta2,), (1.5 * 0.6 * 0.4 * 2 * delta2,)),
    example=example,
    correct={"rounded": _hand(-0.126, -0.076, -0.091)},
    mistakes=(
        Mistake(
            "B07",
            "The factor 2 from the derivative of the square is missing: ∂ℒ/∂ŷ = 2(ŷ − y).",
            _hand(-0.063, -0.0378, -0.04536),
            "What is the derivative of a square?",
            section=START,
        ),
        Mistake(
            "B09",
            "The difference is subtracted in the wrong order. It should be ŷ − y.",
            _hand(0.126, 0.0756, 0.09072),
            "Here ŷ is smaller than y. Does the loss grow or fall when ŷ grows?",
            section=START,
        ),
        Mistake(
            "B13",
            "The derivative of the output's sigmoid, ŷ(1 − ŷ), is missing.",
            _hand(-0.6, -0.36, -0.432),
            "2(ŷ − y) is the derivative with respect to ŷ. Which step is between z2 and ŷ?",
        ),
        Mistake(
            "B12",
            "The derivative of the first neuron's sigmoid, a1(1 − a1), is missing in dw1.",
            _hand(dw1=-0.378),
            "a1 = σ(z1). Which factor does the chain rule give for this step?",
        ),
        Mistake(
            "weight-missing",
            "The factor w2 is missing in dw1.",
            _hand(dw1=-0.06048),
            "z2 = w2·a1 + b2. What is ∂z2/∂a1?",
        ),
        Mistake(
            "delta-for-weight",
            "This is δ1. The derivative with respect to the weight w1 is δ1 times its input, x.",
            _hand(dw1=-0.04536),
            "What does w1 multiply in z1 = w1·x + b1?",
        ),
        Mistake(
            "own-factor",
            "Your dw2 is δ2·w2. The derivative of w2·a1 with respect to w2 is a1, so dw2 should "
            "be δ2·a1.",
            _hand(dw2=-0.189),
            "z2 = w2·a1 + b2. When w2 grows by 1, by how much does z2 grow?",
        ),
    ),
)
