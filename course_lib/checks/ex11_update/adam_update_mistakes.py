"""What goes wrong with Adam: its running averages, their corrections, its step number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.ex11_update.reference import adam_update
from course_lib.checks.question import Mistake, page

PAGE = page(__name__)
CORRECTION = f"{PAGE}#adam-correction"
CONVENTIONS = f"{PAGE}#update-conventions"
MEMORY = f"{PAGE}#one-memory-each"


def _mean(old: Any, value: Any, beta: float) -> Any:
    return beta * old + (1 - beta) * value


def power(average: Any, beta: float, t: int) -> Any:
    """Return the corrected average, as it should be."""
    return average / (1 - beta**t)


def _step(m_hat: Any, s_hat: Any, eps: float) -> Any:
    return m_hat / (np.sqrt(s_hat) + eps)


def update(
    m_of: Callable[..., Any] = _mean,
    s_of: Callable[..., Any] = _mean,
    m_hat: Callable[..., Any] = power,
    s_hat: Callable[..., Any] = power,
    step: Callable[..., Any] = _step,
    square: Callable[..., Any] = np.square,
) -> Callable[..., Any]:
    """Make an Adam step with one of its pieces exchanged."""

    def adam(
        theta: Any, g: Any, m: Any, s: Any, t: int, rate: float, b1: float, b2: float, eps: float
    ) -> Any:
        m, s = m_of(m, g, b1), s_of(s, square(g), b2)
        return theta - rate * step(m_hat(m, b1, t), s_hat(s, b2, t), eps), m, s

    return adam


def none(average: Any, beta: float, t: int) -> Any:
    """Return the average without its correction."""
    return average


def _first(average: Any, beta: float, t: int) -> Any:
    return average / (1 - beta)


def _late(average: Any, beta: float, t: int) -> Any:
    return average / (1 - beta ** (t - 1)) if t > 1 else average * np.nan


def corrected_kept(theta: Any, g: Any, m: Any, s: Any, t: int, *rest: float) -> Any:
    """Return the corrected averages in the place of m and s."""
    theta, m, s = adam_update(theta, g, m, s, t, *rest)
    return theta, power(m, rest[1], t), power(s, rest[2], t)


def _folded(factor: Callable[[float, float, int], Any]) -> Callable[..., Any]:
    """Make a step that corrects the learning rate instead of m and s."""

    def adam(
        theta: Any, g: Any, m: Any, s: Any, t: int, rate: float, b1: float, b2: float, eps: float
    ) -> Any:
        m, s = _mean(m, g, b1), _mean(s, np.square(g), b2)
        return theta - rate * factor(b1, b2, t) * m / (np.sqrt(s) + eps), m, s

    return adam


def _old_averages(theta: Any, g: Any, m: Any, s: Any, *rest: Any) -> Any:
    return adam_update(theta, g, m, s, *rest)[0], m.copy(), s.copy()


STEP_MISTAKES = (
    Mistake(
        "U07",
        "Your m and s are not corrected. The step should use m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − "
        "β₂ᵗ).",
        update(m_hat=none, s_hat=none),
        "m and s start at 0. After one step, how large is m compared with the gradient?",
    ),
    Mistake(
        "U07-m",
        "Your m is not corrected. It should be divided by 1 − β₁ᵗ.",
        update(m_hat=none),
        "Which of m and s does your code correct?",
    ),
    Mistake(
        "U07-s",
        "Your s is not corrected. It should be divided by 1 − β₂ᵗ.",
        update(s_hat=none),
        "Which of m and s does your code correct?",
    ),
    Mistake(
        "U08",
        "Your corrections divide by 1 − β, which is right in step 1 only. They should divide by 1 "
        "− βᵗ.",
        update(m_hat=_first, s_hat=_first),
        "Your first step is right. If m started at m₀ instead of 0, which factor would m₀ have "
        "after t steps?",
    ),
    Mistake(
        "U06",
        "Your power is t − 1, which divides by 0 in step 1. It should be t.",
        update(m_hat=_late, s_hat=_late),
        "Which power of β does your code use in step 1, and what is 1 minus that power?",
    ),
    Mistake(
        "t-plus-one",
        "Your power is t + 1. It should be t, which is 1 in the first step.",
        update(
            m_hat=lambda average, beta, t: power(average, beta, t + 1),
            s_hat=lambda average, beta, t: power(average, beta, t + 1),
        ),
        "Which power of β does your code use in step 1?",
    ),
    Mistake(
        "power-outside",
        "Your corrections divide by (1 − β)ᵗ. They should divide by 1 − βᵗ, where β alone is "
        "raised to the power.",
        update(
            m_hat=lambda average, beta, t: average / (1 - beta) ** t,
            s_hat=lambda average, beta, t: average / (1 - beta) ** t,
        ),
        "Which number is raised to a power in the correction: β, or 1 − β?",
    ),
    Mistake(
        "folded",
        "Your corrections are in the learning rate, η√(1 − β₂ᵗ)/(1 − β₁ᵗ), and ε is added to √s. "
        "That is the paper's section 2, another convention; here ε should be added to √ŝ.",
        _folded(lambda b1, b2, t: np.sqrt(1 - b2**t) / (1 - b1**t)),
        "To which square root is ε added in the formula of the task: √s, or √ŝ?",
        section=CONVENTIONS,
    ),
    Mistake(
        "folded-no-root",
        "Your learning rate contains the correction of s without a square root. It should be η√(1 "
        "− β₂ᵗ)/(1 − β₁ᵗ), because the step divides by √ŝ.",
        _folded(lambda b1, b2, t: (1 - b2**t) / (1 - b1**t)),
        "If s is divided by a number, by what is √s divided?",
    ),
    Mistake(
        "folded-inverted",
        "Your correction of the learning rate is inverted. It should be √(1 − β₂ᵗ)/(1 − β₁ᵗ).",
        _folded(lambda b1, b2, t: (1 - b1**t) / np.sqrt(1 - b2**t)),
        "The step is proportional to m̂ / √ŝ. Are 1 − β₁ᵗ and √(1 − β₂ᵗ) above or below its "
        "fraction line?",
    ),
    Mistake(
        "betas-swapped",
        "Your β₁ and β₂ are swapped. m should use β₁, and s should use β₂.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: adam_update(
            theta, g, m, s, t, rate, b2, b1, eps
        ),
        "Which β does your m use, and which does your s use?",
    ),
    Mistake(
        "old-averages",
        "Your step of θ uses the old m and s. They should be updated first, and then θ with the "
        "new ones.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: (
            theta - rate * _step(power(m, b1, t), power(s, b2, t), eps),
            *adam_update(theta, g, m, s, t, rate, b1, b2, eps)[1:],
        ),
        "Which m and s does your step of θ use: the arguments, or the new ones?",
    ),
    Mistake(
        "rate-missing",
        "The learning rate is missing in your step.",
        lambda theta, g, m, s, t, rate, *rest: adam_update(theta, g, m, s, t, 1.0, *rest),
        "Which argument does your function not use?",
    ),
    Mistake(
        "epsilon-missing",
        "ε is missing in your step, so it divides by 0 where all gradients so far are 0.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: adam_update(
            theta, g, m, s, t, rate, b1, b2, 0.0
        ),
        "What does your function return for a parameter whose s is 0?",
        section=CONVENTIONS,
    ),
    Mistake(
        "order-of-results",
        "Your m and s are in another order. It should be θ, m, s.",
        lambda *args: tuple(adam_update(*args)[i] for i in (0, 2, 1)),
        "In which order does the task list the results?",
        place="Compare the order of your results with the signature.",
    ),
    Mistake(
        "times-t",
        "Your corrections divide by 1 − β·t, with a product. They should divide by 1 − βᵗ, with a "
        "power.",
        update(
            m_hat=lambda average, beta, t: average / (1 - beta * t),
            s_hat=lambda average, beta, t: average / abs(1 - beta * t),
        ),
        "After t steps, by which number is the initial 0 multiplied: β·t, or β·β·…·β?",
    ),
    Mistake(
        "multiplied",
        "Your m and s are multiplied by 1 − βᵗ. They should be divided by it.",
        update(
            m_hat=lambda average, beta, t: average * (1 - beta**t),
            s_hat=lambda average, beta, t: average * (1 - beta**t),
        ),
        "m and s are too small in the first steps. Does your correction make them larger?",
    ),
    Mistake(
        "corrected-reused",
        "Your function returns the corrected m̂ and ŝ, so the next step corrects them again. It "
        "should return m and s.",
        corrected_kept,
        "From which m should the next step start: from m, or from the corrected m̂?",
        section=MEMORY,
    ),
    Mistake(
        "U03",
        "Your new m and s do not contain the old ones. They should contain β₁ times the old m and "
        "β₂ times the old s.",
        update(
            m_of=lambda old, value, beta: (1 - beta) * value,
            s_of=lambda old, value, beta: (1 - beta) * value,
        ),
        "Which terms of your new m and s contain the old ones?",
        section=MEMORY,
    ),
    Mistake(
        "averages-not-returned",
        "Your function returns the old m and s. It should return the new ones, which the next "
        "step needs.",
        _old_averages,
        "Which m and s does your function return: the old ones or the new ones?",
        section=MEMORY,
        place="Look at the `return` line of your function.",
    ),
    Mistake(
        "square-missing",
        "Your s averages the gradients. It should average their squares.",
        update(square=lambda g: g, step=lambda m, s, eps: m / (abs(s) ** 0.5 + eps)),
        "Can your s be negative, and what is its square root then?",
    ),
    Mistake(
        "root-missing",
        "Your step divides by ŝ. It should divide by √ŝ.",
        update(step=lambda m, s, eps: m / (s + eps)),
        "If every gradient is 10 times as large, how much longer is your step, and how much "
        "longer should it be?",
    ),
    Mistake(
        "gradient-for-m",
        "Your step uses the gradient, as RMSprop does. It should use m̂.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: (
            theta - rate * g / (np.sqrt(power(_mean(s, g * g, b2), b2, t)) + eps),
            _mean(m, g, b1),
            _mean(s, g * g, b2),
        ),
        "Where does your step of θ use m?",
    ),
    Mistake(
        "coefficients-swapped",
        "Your coefficients are swapped. β should multiply the old m or s, and 1 − β the new "
        "gradient or square.",
        update(
            m_of=lambda old, value, beta: _mean(old, value, 1 - beta),
            s_of=lambda old, value, beta: _mean(old, value, 1 - beta),
        ),
        "With β₁ = 0.9, what should be the coefficient of the old m?",
    ),
    Mistake(
        "coefficient-missing",
        "Your gradient enters m with the coefficient 1, as in momentum. In Adam it should be 1 − "
        "β₁.",
        update(m_of=lambda old, value, beta: beta * old + value),
        "What is the sum of the two coefficients in your m?",
    ),
    Mistake(
        "beta1-twice",
        "Your code uses β₁ for both averages. s should use β₂.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: adam_update(
            theta, g, m, s, t, rate, b1, b1, eps
        ),
        "Which argument does your function not use?",
    ),
    Mistake(
        "U11",
        "Your ε is inside the square root. It should be outside, √ŝ + ε, as in the paper and in "
        "PyTorch.",
        update(step=lambda m, s, eps: m / np.sqrt(s + eps)),
        "Is ε added before the square root is taken, or after it?",
        section=CONVENTIONS,
    ),
    Mistake(
        "gradient-ascent",
        "Your step is added to θ. It should be subtracted.",
        update(step=lambda m, s, eps: -_step(m, s, eps)),
        "Does the loss grow or fall in the direction of the gradient?",
    ),
    Mistake(
        "U15",
        "Your function returns the old θ. It should return the new one.",
        lambda theta, *rest: (theta.copy(), *adam_update(theta, *rest)[1:]),
        "Which θ does your function return: the old one or the new one?",
        place="Look at where the new θ is assigned and returned.",
    ),
)
