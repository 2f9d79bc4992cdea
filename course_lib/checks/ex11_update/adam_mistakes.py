"""What goes wrong with Adam: its running averages, their corrections, its step number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.question import Mistake
from course_lib.checks.reference.ex11 import adam_update

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
        "Neither m nor s is corrected: m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ).",
        update(m_hat=none, s_hat=none),
        "m and s start at 0. How large is m after one step, compared with the gradient?",
    ),
    Mistake(
        "U07-m",
        "m is not corrected; it is divided by 1 − β₁ᵗ.",
        update(m_hat=none),
        "Which of m and s did you correct, and which not?",
    ),
    Mistake(
        "U07-s",
        "s is not corrected; it is divided by 1 − β₂ᵗ.",
        update(s_hat=none),
        "Which of m and s did you correct, and which not?",
    ),
    Mistake(
        "U08",
        "The corrections divide by 1 − β, which is right in step 1 only. It is 1 − βᵗ.",
        update(m_hat=_first, s_hat=_first),
        "Your first step is right. Which coefficient does the initial 0 have after t steps?",
    ),
    Mistake(
        "U06",
        "The power is t − 1: t counts from 1, and in step 1 the correction is 1 − β¹.",
        update(m_hat=_late, s_hat=_late),
        "What is 1 − β⁰, and in which step do you divide by it?",
    ),
    Mistake(
        "t-plus-one",
        "The power is t + 1, but t counts from 1 already.",
        update(
            m_hat=lambda average, beta, t: power(average, beta, t + 1),
            s_hat=lambda average, beta, t: power(average, beta, t + 1),
        ),
        "Which t does the first step get, and which power do you use in it?",
    ),
    Mistake(
        "power-outside",
        "The corrections divide by (1 − β)ᵗ; the power belongs to β alone, 1 − βᵗ.",
        update(
            m_hat=lambda average, beta, t: average / (1 - beta) ** t,
            s_hat=lambda average, beta, t: average / (1 - beta) ** t,
        ),
        "Is the power inside the difference, or outside?",
    ),
    Mistake(
        "folded",
        "The corrections are folded into the learning rate, η√(1 − β₂ᵗ)/(1 − β₁ᵗ), and ε is added "
        "to √s. It is another convention (section 2 of the paper has it, with ε̂ for ε); here ε is "
        "added to √ŝ.",
        _folded(lambda b1, b2, t: np.sqrt(1 - b2**t) / (1 - b1**t)),
        "To which root is ε added in the formula of the task: that of s, or that of ŝ?",
        section=CONVENTIONS,
    ),
    Mistake(
        "folded-no-root",
        "The corrections are folded into the learning rate without the root: it is "
        "√(1 − β₂ᵗ)/(1 − β₁ᵗ), because the step divides by √ŝ.",
        _folded(lambda b1, b2, t: (1 - b2**t) / (1 - b1**t)),
        "Under the root, what does dividing s by 1 − β₂ᵗ become?",
    ),
    Mistake(
        "folded-upside-down",
        "The correction of the learning rate is upside down: it is √(1 − β₂ᵗ)/(1 − β₁ᵗ).",
        _folded(lambda b1, b2, t: (1 - b1**t) / np.sqrt(1 - b2**t)),
        "m is too small at first. Does your learning rate make up for that?",
    ),
    Mistake(
        "betas-exchanged",
        "β₁ and β₂ are exchanged: β₁ belongs to m, β₂ to s.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: adam_update(
            theta, g, m, s, t, rate, b2, b1, eps
        ),
        "Which of the two averages should have the longer memory, and which β is larger?",
    ),
    Mistake(
        "old-averages",
        "The step uses the old m and s; they are updated first, then θ.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: (
            theta - rate * _step(power(m, b1, t), power(s, b2, t), eps),
            *adam_update(theta, g, m, s, t, rate, b1, b2, eps)[1:],
        ),
        "Which m moves θ: the argument, or the one that you have just computed?",
    ),
    Mistake(
        "rate-missing",
        "The learning rate is missing.",
        lambda theta, g, m, s, t, rate, *rest: adam_update(theta, g, m, s, t, 1.0, *rest),
        "Which argument does your function not use?",
    ),
    Mistake(
        "epsilon-missing",
        "ε is missing: a parameter whose gradients have all been 0 is divided by 0.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: adam_update(
            theta, g, m, s, t, rate, b1, b2, 0.0
        ),
        "What does your function return for a parameter whose s is 0?",
        section=CONVENTIONS,
    ),
    Mistake(
        "swapped",
        "m and s are returned in the wrong order: θ, m, s.",
        lambda *args: tuple(adam_update(*args)[i] for i in (0, 2, 1)),
        "In which order does the task name the results?",
    ),
    Mistake(
        "times-t",
        "The corrections divide by 1 − βt, a product; it is a power, 1 − βᵗ.",
        update(
            m_hat=lambda average, beta, t: average / (1 - beta * t),
            s_hat=lambda average, beta, t: average / abs(1 - beta * t),
        ),
        "After t steps, is the initial 0 multiplied by β·t, or by β·β·…·β?",
    ),
    Mistake(
        "multiplied",
        "m and s are multiplied by 1 − βᵗ; they are divided by it.",
        update(
            m_hat=lambda average, beta, t: average * (1 - beta**t),
            s_hat=lambda average, beta, t: average * (1 - beta**t),
        ),
        "m and s are too small at first. Does your correction make them larger?",
    ),
    Mistake(
        "corrected-kept",
        "The corrected m̂ and ŝ are returned, so the next step corrects them again. Return m and "
        "s as they were before the division.",
        corrected_kept,
        "Which m does the next step start from: m, or the corrected m̂?",
        section=MEMORY,
    ),
    Mistake(
        "U03",
        "The old m and s are not used: every step is like the first.",
        update(
            m_of=lambda old, value, beta: (1 - beta) * value,
            s_of=lambda old, value, beta: (1 - beta) * value,
        ),
        "What is left in your new m and s of those before?",
        section=MEMORY,
    ),
    Mistake(
        "averages-not-returned",
        "The old m and s are returned, so the next step does not know this one.",
        _old_averages,
        "Which m and s will the next step get from you?",
        section=MEMORY,
    ),
    Mistake(
        "square-missing",
        "s averages the gradients; it averages their squares.",
        update(square=lambda g: g, step=lambda m, s, eps: m / (abs(s) ** 0.5 + eps)),
        "Can the average that you take the root of be negative?",
    ),
    Mistake(
        "root-missing",
        "The step divides by ŝ; it divides by its root.",
        update(step=lambda m, s, eps: m / (s + eps)),
        "If every gradient is 10 times as large, how much longer should the step be?",
    ),
    Mistake(
        "gradient-for-m",
        "The step uses the gradient where m̂ belongs: that is RMSprop with a correction.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: (
            theta - rate * g / (np.sqrt(power(_mean(s, g * g, b2), b2, t)) + eps),
            _mean(m, g, b1),
            _mean(s, g * g, b2),
        ),
        "Where does your step use m?",
    ),
    Mistake(
        "coefficients-swapped",
        "The coefficients are exchanged: β multiplies the old m or s, 1 − β what is new.",
        update(
            m_of=lambda old, value, beta: _mean(old, value, 1 - beta),
            s_of=lambda old, value, beta: _mean(old, value, 1 - beta),
        ),
        "With β₁ = 0.9, how much of the old m should be kept?",
    ),
    Mistake(
        "coefficient-missing",
        "The gradient enters m whole, as in momentum; in Adam its coefficient is 1 − β₁, which "
        "makes m an average.",
        update(m_of=lambda old, value, beta: beta * old + value),
        "Do the two coefficients in your m add up to 1?",
    ),
    Mistake(
        "beta1-twice",
        "β₁ is used for both averages; s has β₂.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: adam_update(
            theta, g, m, s, t, rate, b1, b1, eps
        ),
        "Which argument does your function not use?",
    ),
    Mistake(
        "U11",
        "ε is inside the root. This course, the paper and PyTorch add it outside: √ŝ + ε.",
        update(step=lambda m, s, eps: m / np.sqrt(s + eps)),
        "Is ε added before the root is taken, or after?",
        section=CONVENTIONS,
    ),
    Mistake(
        "uphill",
        "The step is added to θ; it is subtracted.",
        update(step=lambda m, s, eps: -_step(m, s, eps)),
        "Does the loss grow or shrink in the direction of the gradient?",
    ),
    Mistake(
        "U15",
        "The old θ is returned.",
        lambda theta, *rest: (theta.copy(), *adam_update(theta, *rest)[1:]),
        "Which θ does your return line contain: the old one or the new one?",
    ),
)
