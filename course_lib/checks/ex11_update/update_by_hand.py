"""`update_by_hand`: two steps of momentum and of Adam's first running average, on paper."""

from __future__ import annotations

from typing import Any

from course_lib.checks.ex11_update.reference import update_by_hand
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.sheets import Numbers, Sheet
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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


def _answer(n: Numbers) -> tuple[float, ...]:
    v = n["mu"] * n["g1"] + n["g2"]
    m = n["beta"] * (1 - n["beta"]) * n["g1"] + (1 - n["beta"]) * n["g2"]
    theta = n["theta"] - n["eta"] * (n["g1"] + v)
    return v, theta, m / (1 - n["beta"] ** 2)


def _question(n: Numbers) -> Question:
    start, eta, mu, beta, g1, g2 = (n[one] for one in ("theta", "eta", "mu", "beta", "g1", "g2"))
    v, theta, m_hat = _answer(n)
    m = m_hat * (1 - beta**2)

    def _v(id: str, value: float, name: str, question: str, **more: Any) -> Mistake:
        """Get v wrong and the other two right, so that it is named whatever they are."""
        return Mistake(id, name, lambda: (value, theta, m_hat), question, **more)

    def _theta(id: str, both: float, name: str, question: str, **more: Any) -> Mistake:
        """Get θ wrong: the two steps together subtract η times `both`."""
        wrong = start - eta * both
        return Mistake(id, name, lambda: (v, wrong, m_hat), question, **more)

    def _m_hat(id: str, value: float, name: str, question: str, **more: Any) -> Mistake:
        return Mistake(id, name, lambda: (v, theta, value), question, section=ADAM, **more)

    def follows(v: float, theta: float, m_hat: float) -> tuple[tuple[float, ...], ...]:
        """Take both steps with v: the first one is g1, or what the same mistake makes of it."""
        firsts = {mu * (g1 + g2): mu * g1, (1 - mu) * (mu * g1 + g2): (1 - mu) * g1}
        firsts |= {-(mu * g1 + g2): -g1}
        more = [first for value, first in firsts.items() if abs(value - v) < 0.005]
        return (), tuple(start - eta * (first + v) for first in (g1, *(more or [g1]))), ()

    return Question(
        name="update_by_hand",
        signature="update_by_hand() -> (v, theta, m_hat)",
        returns=("v", "theta", "m_hat"),
        parts=(
            Part(
                "v",
                1,
                (0,),
                section=MOMENTUM,
                place=("Look at the two terms of v after the second gradient."),
                next_step=(
                    "Start with v = 0. What is v after the first gradient, and after the second?"
                ),
            ),
            Part(
                "theta",
                1,
                (1,),
                section=MOMENTUM,
                place=("Look at the two steps of θ, one after the other."),
                next_step=("What is θ after the first step, and which v does the second step use?"),
            ),
            Part(
                "m_hat",
                1,
                (2,),
                section=ADAM,
                place=(
                    "Look at m after the second gradient, and at the number that it is divided by."
                ),
                next_step=(
                    "Start with m = 0. What is m after each of the two gradients, "
                    "and by what is it divided after two steps?"
                ),
            ),
        ),
        section=MOMENTUM,
        place="Look at the three numbers that you return, and at their order.",
        inputs=lambda rng, fixture: (),
        reference=update_by_hand,
        fixtures=(Fixture("by hand"),),
        tolerance=1e-9,
        absolute=0.005,
        follows=follows,
        example=_example,
        correct={
            "rounded": lambda: (1.0, 0.5, 0.667),
            "rounded to two places": lambda: [1.0, 0.5, 0.67],
            "a list of numbers": lambda: [1, 0.5, 2 / 3],
        },
        mistakes=(
            _v(
                "U03-v",
                g2,
                "Your v is the second gradient alone. It should also contain μ times the old v.",
                "Which term of your v contains the first gradient?",
                twins=("sign-in-v",),
            ),
            _v(
                "sign-in-v",
                -v,
                "Your gradients enter v with a minus sign, v ← μv − ∇ℒ. Here it should be v ← μv + "
                "∇ℒ; the minus sign is in θ ← θ − ηv.",
                "With which sign do the gradients enter your v?",
            ),
            _v(
                "U01-v",
                mu * (g1 + g2),
                "Your μ multiplies the gradient. It should multiply the old v.",
                "Which of the two should be multiplied by μ: the old v or the new gradient?",
            ),
            _v(
                "mu-missing",
                g1 + g2,
                "Your old v is not multiplied by μ. It should be v ← μv + ∇ℒ.",
                f"What should μ = {mu:g} do to the old v?",
            ),
            _v(
                "mean-form",
                (1 - mu) * v,
                "Your v is the moving average μv + (1 − μ)∇ℒ, as in Adam. It should be μv + ∇ℒ.",
                "By which coefficient is the gradient multiplied in your v, and by which in the "
                "equation of the task?",
            ),
            _v(
                "keras-form",
                -eta * v,
                "Your v is μv − η∇ℒ, with θ + v, as in CS231n and Keras. That is another "
                "convention; here it should be v ← μv + ∇ℒ, θ ← θ − ηv.",
                "Does η appear in the equation of v in the task?",
                section=CONVENTIONS,
            ),
            _v(
                "rate-in-v",
                eta * v,
                "Your v contains the learning rate, v ← μv + η∇ℒ. That is another convention; here "
                "it should be v ← μv + ∇ℒ, θ ← θ − ηv.",
                "Does η appear in the equation of v in the task?",
                section=CONVENTIONS,
            ),
            _theta(
                "second-step-only",
                v,
                "Your θ contains the second step only. The second step should start from the θ "
                "after the first.",
                "From which θ does the second step start?",
            ),
            _theta(
                "first-step-only",
                g1,
                "Your θ is that after the first step. It should be that after the second.",
                "How many steps does your θ contain?",
                twins=("old-v",),
            ),
            _theta(
                "old-v",
                g1,
                "Your steps use the v of the step before. First v should be updated, then θ with "
                "the new v.",
                "Which v does your first step use: the initial 0 or the new one?",
            ),
            _theta(
                "U03-theta",
                g1 + g2,
                "Both your steps use the gradient. They should use v.",
                "Which of the two does your step subtract: the new gradient, or v?",
            ),
            _theta(
                "gradient-ascent",
                -(g1 + v),
                "Both your steps are added to θ. They should be subtracted, θ ← θ − ηv.",
                "Does the loss grow or fall in the direction of a gradient, and in which direction "
                "should θ change?",
            ),
            _theta(
                "U01-theta",
                mu * g1 + mu * (g1 + g2),
                "Your μ multiplies the gradients. It should multiply the old v.",
                "Which of the two should be multiplied by μ: the old v or the new gradient?",
            ),
            _theta(
                "mu-missing-theta",
                g1 + g1 + g2,
                "Your old v is not multiplied by μ. It should be v ← μv + ∇ℒ.",
                f"What should μ = {mu:g} do to the old v?",
            ),
            _theta(
                "mean-form-theta",
                (1 - mu) * (g1 + v),
                "Your v is the moving average μv + (1 − μ)∇ℒ, as in Adam. It should be μv + ∇ℒ.",
                "By which coefficient is the gradient multiplied in your v, and by which in the "
                "equation of the task?",
            ),
            _theta(
                "U05",
                g1 + mu * g1 + g2 + mu * v,
                "Your steps are Nesterov's, with ∇ℒ + μv. They should be those of plain momentum, "
                "θ ← θ − ηv.",
                "How many times does your code multiply by μ between the gradient and the step?",
                section=f"{PAGE}#nesterov",
            ),
            _theta(
                "rate-missing",
                (g1 + v) / eta,
                "The learning rate is missing in your steps. They should be θ ← θ − ηv.",
                "By what is v multiplied when θ is updated?",
            ),
            _m_hat(
                "U07",
                m,
                "Your m̂ is m itself. It should be m divided by 1 − β₁².",
                "What is the sum of the coefficients of the two gradients in m, and is it 1?",
            ),
            _m_hat(
                "U08",
                m / (1 - beta),
                "Your m is divided by 1 − β₁, which is right in step 1 only. In step 2 it should "
                "be divided by 1 − β₁².",
                "By which power of β₁ is the initial 0 multiplied after two steps?",
            ),
            _m_hat(
                "power-outside",
                m / (1 - beta) ** 2,
                "Your m is divided by (1 − β₁)². It should be divided by 1 − β₁², where β₁ alone "
                "is squared.",
                "Which number is raised to a power in the correction: β, or 1 − β?",
                twins=("corrected-reused",),
            ),
            _m_hat(
                "corrected-reused",
                (beta * g1 + (1 - beta) * g2) / (1 - beta**2),
                "Your step 2 starts from the corrected m̂ of step 1. It should start from m.",
                "From which number does your step 2 start: from m or from m̂?",
            ),
            _m_hat(
                "coefficient-missing",
                m / (1 - beta) / (1 - beta**2),
                "Your gradients enter m with the coefficient 1, as in momentum. In Adam it should "
                "be 1 − β₁.",
                "What is the sum of the two coefficients in the equation of m?",
            ),
            _m_hat(
                "U03-m",
                (1 - beta) * g2 / (1 - beta**2),
                "Your m contains the second gradient alone. It should also contain β₁ times the "
                "old m.",
                "Which term of your m contains the first gradient?",
            ),
            _m_hat(
                "multiplied",
                m * (1 - beta**2),
                "Your m is multiplied by 1 − β₁². It should be divided by it.",
                "m is too small in the first steps. Does your correction make it larger?",
            ),
            _m_hat(
                "first-step",
                g1,
                "Your m̂ is that of step 1. It should be that of step 2.",
                "How many gradients does your m̂ contain?",
            ),
        ),
    )


SHEET = Sheet(
    numbers={"theta": 1, "g1": 4, "g2": -1, "eta": 0.1, "mu": 0.5, "beta": 0.5},
    choices={
        "theta": (-3, -2, -1, 1, 2, 3),
        "g1": (-6, -5, -4, -3, -2, 2, 3, 4, 5, 6),
        "g2": (-4, -3, -2, -1, 1, 2, 3, 4),
        "eta": (0.05, 0.1, 0.2, 0.5),
        "mu": (0.2, 0.25, 0.4, 0.5, 0.6, 0.75),
        "beta": (0.2, 0.25, 0.4, 0.5, 0.6, 0.75),
    },
    answer=_answer,
    question=_question,
    text=(
        r"One parameter, $\theta = <theta>$, and two steps: the first gradient is $<g1>$, the "
        r"second "
        r"$<g2>$. Take",
        r"$\eta = <eta>$; $v$ and $m$ start at 0.",
        r"with $\mu = <mu>$ (`eq-momentum`)",
        r"with $\beta_1 = <beta>$ (`eq-adam-correction`)",
    ),
    decimals=(2, 3, 9),
)
UPDATE_BY_HAND = SHEET.original(update_by_hand)
