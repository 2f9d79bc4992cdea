"""`backward_by_hand`: three entries of a dense layer's gradients, computed by hand."""

from __future__ import annotations

from course_lib.checks.ex08_backward_pass.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex08 import backward_by_hand
from course_lib.checks.worked import Worked


def _example() -> str:
    text = Worked("With other numbers: delta = [[2, -1], [1, 3]], a = [[1, 0, 2], [-1, 4, 1]],")
    text.line("W = [[0.5, 1, -2], [0, 2, 0.5]]:")
    text.line("  dW[0, 1] = delta[0, 0]·a[0, 1] + delta[1, 0]·a[1, 1] = 2·0 + 1·4 = 4")
    text.line("  db[1]    = delta[0, 1] + delta[1, 1] = −1 + 3 = 2")
    text.line("  da[0, 2] = delta[0, 0]·W[0, 2] + delta[0, 1]·W[1, 2] = 2·(−2) + (−1)·0.5 = −4.5")
    return str(text)


BACKWARD_BY_HAND = Question(
    name="backward_by_hand",
    signature="backward_by_hand() -> (dW_01, db_1, da_02)",
    returns=("dW[0, 1]", "db[1]", "da[0, 2]"),
    parts=(
        Part("dW[0, 1]", 1, (0,), section=f"{PAGE}#weight-gradient", place="Look at dW[0, 1]."),
        Part("db[1]", 1, (1,), section=f"{PAGE}#bias-gradient", place="Look at db[1]."),
        Part("da[0, 2]", 1, (2,), section=f"{PAGE}#input-gradient", place="Look at da[0, 2]."),
    ),
    section=f"{PAGE}#weight-gradient",
    place="Look at the three numbers and their order.",
    inputs=lambda rng, fixture: (),
    reference=backward_by_hand,
    fixtures=(Fixture("by hand"),),
    tolerance=0.0,
    absolute=0.005,
    example=_example,
    correct={
        "rounded": lambda: (2.5, 0.4, 0.45),
        "a list of numbers": lambda: [2.5, 0.4, 0.45],
    },
    mistakes=(
        Mistake(
            "one-example",
            "dW[0, 1] holds the first example's contribution only; both examples share the "
            "weight, so their contributions add up.",
            lambda: (1.0, 0.4, 0.45),
            "How many examples use this weight?",
        ),
        Mistake(
            "B05-weights",
            "dW[0, 1] is the mean of the two contributions; they add up (delta carries the 1/N).",
            lambda: (1.25, 0.4, 0.45),
            "Is the mean's 1/N already in delta?",
        ),
        Mistake(
            "B01",
            "This is (Aᵀ Δ)[0, 1], the entry of the transposed product: neuron and input are "
            "exchanged.",
            lambda: (1.7, 0.4, 0.45),
            "In W[0, 1], which index is the neuron and which the input?",
        ),
        Mistake(
            "B05-bias",
            "db[1] is the mean of column 1; a sum belongs there.",
            lambda: (2.5, 0.2, 0.45),
            "Is the mean's 1/N already in delta?",
        ),
        Mistake(
            "B21",
            "db[1] is the sum of row 1 of delta; the sum runs over the examples, down column 1.",
            lambda: (2.5, 0.15, 0.45),
            "Which index of delta counts the examples?",
        ),
        Mistake(
            "one-neuron",
            "da[0, 2] holds the path through neuron 0 only; input 2 feeds both neurons, and both "
            "send the error back.",
            lambda: (2.5, 0.4, 0.3),
            "How many neurons does this input feed?",
        ),
    ),
)
