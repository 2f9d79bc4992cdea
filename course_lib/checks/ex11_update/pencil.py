"""`update_by_hand`: two steps of momentum and of Adam's first memory, with pencil."""

from __future__ import annotations

from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex11 import update_by_hand
from course_lib.checks.worked import Worked

MOMENTUM = f"{PAGE}#heavy-ball"
ADAM = f"{PAGE}#adam-correction"


def _example() -> str:
    text = Worked("With other numbers: η = 0.1, μ = β₁ = 0.8, gradients 2 and then 3, θ = 5.")
    text.line("  v = 0.8·0 + 2 = 2,      θ = 5 − 0.1·2 = 4.8")
    text.line("  v = 0.8·2 + 3 = 4.6,    θ = 4.8 − 0.1·4.6 = 4.34")
    text.line("  m = 0.8·0 + 0.2·2 = 0.4,  then m = 0.8·0.4 + 0.2·3 = 0.92")
    text.line("  m̂ = 0.92 / (1 − 0.8²) = 0.92 / 0.36 = 2.556")
    return str(text)


UPDATE_BY_HAND = Question(
    name="update_by_hand",
    signature="update_by_hand() -> (v, theta, m_hat)",
    returns=("v", "theta", "m_hat"),
    parts=(
        Part("v", 1, (0,), section=MOMENTUM, place="Look at v after the second gradient."),
        Part("theta", 1, (1,), section=MOMENTUM, place="Look at both steps of θ."),
        Part("m_hat", 1, (2,), section=ADAM, place="Look at m, and at what it is divided by."),
    ),
    section=MOMENTUM,
    place="Look at the three numbers and their order.",
    inputs=lambda rng, fixture: (),
    reference=update_by_hand,
    fixtures=(Fixture("pencil"),),
    tolerance=0.0,
    absolute=0.005,
    example=_example,
    correct={
        "rounded": lambda: (1.0, 0.5, 0.667),
        "a list of numbers": lambda: [1, 0.5, 2 / 3],
    },
    mistakes=(
        Mistake(
            "U03-v",
            "v is the second gradient alone; half of the old v belongs to it.",
            lambda: (-1.0, 0.5, 0.667),
            "What does v still hold of the first gradient?",
        ),
        Mistake(
            "U01-v",
            "μ stands before the gradient; it belongs before the old v.",
            lambda: (1.5, 0.5, 0.667),
            "Which of the two is forgotten little by little: the memory or the new gradient?",
        ),
        Mistake(
            "mu-missing",
            "The old v is kept whole. Half of it is forgotten first: μv; then the gradient comes.",
            lambda: (3.0, 0.5, 0.667),
            "What does μ = 0.5 do with the old v?",
        ),
        Mistake(
            "second-step-only",
            "θ has made the second step only; it starts where the first one ended.",
            lambda: (1.0, 0.9, 0.667),
            "Where was θ when the second gradient came?",
        ),
        Mistake(
            "U03-theta",
            "Both steps of θ use the gradient where v belongs.",
            lambda: (1.0, 0.7, 0.667),
            "Which of the two moves θ: the new gradient, or the memory with it?",
        ),
        Mistake(
            "uphill",
            "Both steps of θ are added; the update subtracts.",
            lambda: (1.0, 1.5, 0.667),
            "Which way does a gradient point, and which way should θ go?",
        ),
        Mistake(
            "U07",
            "This is m itself; m̂ is m divided by 1 − β₁².",
            lambda: (1.0, 0.5, 0.5),
            "To what do the shares of the two gradients in m add up?",
        ),
        Mistake(
            "U08",
            "m is divided by 1 − β₁, which is right in step 1 only. In step 2 it is 1 − β₁².",
            lambda: (1.0, 0.5, 1.0),
            "Which power of β₁ is left of the starting zero after two steps?",
        ),
    ),
)
