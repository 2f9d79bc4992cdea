"""`update_by_hand`: two steps of momentum and of Adam's first running average, on paper."""

from __future__ import annotations

from typing import Any

from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex11 import update_by_hand
from course_lib.checks.worked import Worked

MOMENTUM = f"{PAGE}#heavy-ball"
ADAM = f"{PAGE}#adam-correction"
CONVENTIONS = f"{PAGE}#update-conventions"


def _example() -> str:
    text = Worked("With other numbers: η = 0.1, μ = β₁ = 0.8, gradients 2 and then 3, θ = 5.")
    text.line("  v = 0.8·0 + 2 = 2,      θ = 5 − 0.1·2 = 4.8")
    text.line("  v = 0.8·2 + 3 = 4.6,    θ = 4.8 − 0.1·4.6 = 4.34")
    text.line("  m = 0.8·0 + 0.2·2 = 0.4,  then m = 0.8·0.4 + 0.2·3 = 0.92")
    text.line("  m̂ = 0.92 / (1 − 0.8²) = 0.92 / 0.36 = 2.556")
    return str(text)


def _v(id: str, value: float, name: str, question: str, **more: Any) -> Mistake:
    """Get v wrong and the other two right, so that it is named whatever they are."""
    return Mistake(id, name, lambda: (value, 0.5, 2 / 3), question, **more)


def _theta(id: str, value: float, name: str, question: str, **more: Any) -> Mistake:
    return Mistake(id, name, lambda: (1.0, value, 2 / 3), question, **more)


def _m_hat(id: str, value: float, name: str, question: str, **more: Any) -> Mistake:
    return Mistake(id, name, lambda: (1.0, 0.5, value), question, section=ADAM, **more)


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
    fixtures=(Fixture("by hand"),),
    tolerance=0.0,
    absolute=0.005,
    example=_example,
    correct={
        "rounded": lambda: (1.0, 0.5, 0.667),
        "rounded to two places": lambda: [1.0, 0.5, 0.67],
        "a list of numbers": lambda: [1, 0.5, 2 / 3],
    },
    mistakes=(
        _v(
            "U03-v",
            -1.0,
            "v is the second gradient alone; μ times the old v has to be added to it.",
            "What does v still contain of the first gradient?",
            twins=("sign-in-v",),
        ),
        _v(
            "sign-in-v",
            -1.0,
            "The gradients enter v with a minus sign, v ← μv − ∇ℒ. Here v adds gradients up, and "
            "the minus sign is in θ ← θ − ηv.",
            "With which sign does the first gradient enter v?",
        ),
        _v(
            "U01-v",
            1.5,
            "μ multiplies the gradient; it belongs before the old v.",
            "Which of the two should fade little by little: the old v or the new gradient?",
        ),
        _v(
            "mu-missing",
            3.0,
            "The old v is kept whole. It is multiplied by μ before the gradient is added.",
            "What does μ = 0.5 do to the old v?",
        ),
        _v(
            "mean-form",
            0.5,
            "μv + (1 − μ)∇ℒ is a running average, as in Adam. Momentum adds the whole gradient.",
            "With which coefficient does the gradient enter v?",
        ),
        _v(
            "keras-form",
            -0.1,
            "v ← μv − η∇ℒ and then θ + v is the form of CS231n and Keras. It is another "
            "convention, and right with its own second line; here v contains gradients only: "
            "v ← μv + ∇ℒ, θ ← θ − ηv.",
            "Does η appear in the equation of v that the task names?",
            section=CONVENTIONS,
        ),
        _v(
            "rate-in-v",
            0.1,
            "The learning rate is inside v, v ← μv + η∇ℒ. It is another convention; here v "
            "contains gradients only, and η multiplies v in the step of θ.",
            "Does η appear in the equation of v that the task names?",
            section=CONVENTIONS,
        ),
        _theta(
            "second-step-only",
            0.9,
            "Only the second step was made; it starts where the first one ended.",
            "Where was θ when the second gradient came?",
        ),
        _theta(
            "first-step-only",
            0.6,
            "This is θ after the first step.",
            "How many steps has θ made?",
            twins=("old-v",),
        ),
        _theta(
            "old-v",
            0.6,
            "Each step uses the v of the step before; first v is updated, then θ.",
            "Which v moves θ in the first step: the 0 at the start or the new one?",
        ),
        _theta(
            "U03-theta",
            0.7,
            "Both steps of θ use the gradient where v belongs.",
            "Which of the two moves θ: the new gradient, or v?",
        ),
        _theta(
            "uphill",
            1.5,
            "Both steps are added to θ; the update subtracts ηv, and v adds gradients up.",
            "In which direction does a gradient point, and in which should θ go?",
        ),
        _theta(
            "U01-theta",
            0.65,
            "μ multiplies the gradients; it belongs before the old v.",
            "Which of the two should fade little by little: the old v or the new gradient?",
        ),
        _theta(
            "mu-missing-theta",
            0.3,
            "The old v is kept whole. It is multiplied by μ before the gradient is added.",
            "What does μ = 0.5 do to the old v?",
        ),
        _theta(
            "mean-form-theta",
            0.75,
            "v is taken as a running average, with 1 − μ before the gradient. Momentum adds the "
            "whole gradient.",
            "With which coefficient does the gradient enter v?",
        ),
        _theta(
            "U05",
            0.45,
            "These are Nesterov's steps, ∇ℒ + μv. Plain momentum subtracts ηv.",
            "How often does μ enter between the gradient and the step?",
            section=f"{PAGE}#nesterov",
        ),
        _theta(
            "rate-missing",
            -4.0,
            "The learning rate is missing: each step is ηv long.",
            "What multiplies v in the step of θ?",
        ),
        _m_hat(
            "U07",
            0.5,
            "This is m itself; m̂ is m divided by 1 − β₁².",
            "What is the sum of the coefficients of the two gradients in m?",
        ),
        _m_hat(
            "U08",
            1.0,
            "m is divided by 1 − β₁, which is right in step 1 only. In step 2 it is 1 − β₁².",
            "Which power of β₁ multiplies the initial zero after two steps?",
        ),
        _m_hat(
            "power-outside",
            2.0,
            "m is divided by (1 − β₁)²; the power belongs to β₁ alone, 1 − β₁².",
            "Is the power inside the difference, or outside?",
            twins=("corrected-kept",),
        ),
        _m_hat(
            "corrected-kept",
            2.0,
            "Step 2 starts from the corrected m̂ of step 1. It starts from m itself.",
            "Which m enters step 2: m or m̂?",
        ),
        _m_hat(
            "coefficient-missing",
            4 / 3,
            "The gradients enter m whole, as in momentum; in Adam their coefficient is 1 − β₁.",
            "What do the two coefficients in the equation of m add up to?",
        ),
        _m_hat(
            "U03-m",
            -2 / 3,
            "m contains the second gradient alone; β₁ times the old m has to be added.",
            "What does m still contain of the first gradient?",
        ),
        _m_hat(
            "multiplied",
            0.375,
            "m is multiplied by 1 − β₁²; it is divided by it.",
            "m is too small at first. Does your correction make it larger?",
        ),
        _m_hat(
            "first-step",
            4.0,
            "This is m̂ of step 1.",
            "How many gradients are in your m̂?",
        ),
    ),
)
