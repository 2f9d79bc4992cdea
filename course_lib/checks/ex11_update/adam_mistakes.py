"""What goes wrong with Adam: its memories, its corrections, its step number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.question import Mistake
from course_lib.checks.reference.ex11 import adam_update, adam_walk

CORRECTION = f"{PAGE}#adam-correction"
CONVENTIONS = f"{PAGE}#update-conventions"
MEMORY = f"{PAGE}#one-memory-each"


def _mean(old: Any, value: Any, beta: float) -> Any:
    return beta * old + (1 - beta) * value


def _power(memory: Any, beta: float, t: int) -> Any:
    return memory / (1 - beta**t)


def _step(m_hat: Any, s_hat: Any, eps: float) -> Any:
    return m_hat / (np.sqrt(s_hat) + eps)


def update(
    m_of: Callable[..., Any] = _mean,
    s_of: Callable[..., Any] = _mean,
    m_hat: Callable[..., Any] = _power,
    s_hat: Callable[..., Any] = _power,
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


def _none(memory: Any, beta: float, t: int) -> Any:
    return memory


def _first(memory: Any, beta: float, t: int) -> Any:
    return memory / (1 - beta)


def _late(memory: Any, beta: float, t: int) -> Any:
    return memory / (1 - beta ** (t - 1)) if t > 1 else memory * np.nan


def _corrected_kept(theta: Any, g: Any, m: Any, s: Any, t: int, *rest: float) -> Any:
    theta, m, s = adam_update(theta, g, m, s, t, *rest)
    return theta, _power(m, rest[1], t), _power(s, rest[2], t)


def _old_memories(theta: Any, g: Any, m: Any, s: Any, *rest: Any) -> Any:
    return adam_update(theta, g, m, s, *rest)[0], m.copy(), s.copy()


STEP_MISTAKES = (
    Mistake(
        "U07",
        "Neither memory is corrected: m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ).",
        update(m_hat=_none, s_hat=_none),
        "Both memories start at 0. How much of the first m is that 0, and how much the gradient?",
    ),
    Mistake(
        "U07-m",
        "m is not corrected; it is divided by 1 − β₁ᵗ.",
        update(m_hat=_none),
        "Which of the two memories did you correct, and which not?",
    ),
    Mistake(
        "U07-s",
        "s is not corrected; it is divided by 1 − β₂ᵗ.",
        update(s_hat=_none),
        "Which of the two memories did you correct, and which not?",
    ),
    Mistake(
        "U08",
        "The corrections divide by 1 − β, which is right in step 1 only. It is 1 − βᵗ.",
        update(m_hat=_first, s_hat=_first),
        "Your first step is right. How much of the starting 0 is left after t steps?",
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
            m_hat=lambda memory, beta, t: _power(memory, beta, t + 1),
            s_hat=lambda memory, beta, t: _power(memory, beta, t + 1),
        ),
        "Which t does the first step get, and which power do you use in it?",
    ),
    Mistake(
        "times-t",
        "The corrections divide by 1 − βt, a product; it is a power, 1 − βᵗ.",
        update(
            m_hat=lambda memory, beta, t: memory / (1 - beta * t),
            s_hat=lambda memory, beta, t: memory / abs(1 - beta * t),
        ),
        "Is the starting 0 multiplied by β once per step, or t times β in all?",
    ),
    Mistake(
        "multiplied",
        "The memories are multiplied by 1 − βᵗ; they are divided by it.",
        update(
            m_hat=lambda memory, beta, t: memory * (1 - beta**t),
            s_hat=lambda memory, beta, t: memory * (1 - beta**t),
        ),
        "The memories are too small at first. Does your correction make them larger?",
    ),
    Mistake(
        "corrected-kept",
        "The corrected memories are returned, so the next step corrects them again. Return m and "
        "s as they were before the division.",
        _corrected_kept,
        "Which m goes into the next step: the one with the starting 0 in it, or the corrected one?",
        section=MEMORY,
    ),
    Mistake(
        "U03",
        "The memories that are handed in are not used: every step is like the first.",
        update(
            m_of=lambda old, value, beta: (1 - beta) * value,
            s_of=lambda old, value, beta: (1 - beta) * value,
        ),
        "What is left in your new m and s of those before?",
        section=MEMORY,
    ),
    Mistake(
        "memories-not-returned",
        "The old m and s are returned, so the next step remembers nothing of this one.",
        _old_memories,
        "Which m and s will the next step get from you?",
        section=MEMORY,
    ),
    Mistake(
        "square-missing",
        "s is a mean of gradients; it is a mean of their squares.",
        update(square=lambda g: g, step=lambda m, s, eps: m / (abs(s) ** 0.5 + eps)),
        "Can the mean that you take a root of be negative?",
    ),
    Mistake(
        "root-missing",
        "The step divides by ŝ; it divides by its root.",
        update(step=lambda m, s, eps: m / (s + eps)),
        "If every gradient is 10 times as large, how much longer should the step be?",
    ),
    Mistake(
        "gradient-for-m",
        "The step uses the gradient where m̂ belongs: RMSprop with a correction.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: (
            theta - rate * g / (np.sqrt(_power(_mean(s, g * g, b2), b2, t)) + eps),
            _mean(m, g, b1),
            _mean(s, g * g, b2),
        ),
        "Who uses your m?",
    ),
    Mistake(
        "shares-swapped",
        "The shares are exchanged: β belongs to the old memory, 1 − β to what is new.",
        update(
            m_of=lambda old, value, beta: _mean(old, value, 1 - beta),
            s_of=lambda old, value, beta: _mean(old, value, 1 - beta),
        ),
        "With β₁ = 0.9, how much of the old m should be kept?",
    ),
    Mistake(
        "share-missing",
        "The gradient enters m whole, as in momentum; in Adam its share is 1 − β₁, so that m is a "
        "mean.",
        update(m_of=lambda old, value, beta: beta * old + value),
        "Do the two shares in m add up to 1?",
    ),
    Mistake(
        "beta1-twice",
        "β₁ is used for both memories; s has β₂.",
        lambda theta, g, m, s, t, rate, b1, b2, eps: adam_update(
            theta, g, m, s, t, rate, b1, b1, eps
        ),
        "Which argument does your function not use?",
    ),
    Mistake(
        "U11",
        "ε stands inside the root. This course, the paper and PyTorch add it outside: √ŝ + ε.",
        update(step=lambda m, s, eps: m / np.sqrt(s + eps)),
        "Is ε added before the root is taken, or after?",
        section=CONVENTIONS,
    ),
    Mistake(
        "uphill",
        "The step goes uphill.",
        update(step=lambda m, s, eps: -_step(m, s, eps)),
        "Which way does the gradient point, and which way should θ go?",
    ),
    Mistake(
        "U15",
        "The old θ is returned.",
        lambda theta, *rest: (theta.copy(), *adam_update(theta, *rest)[1:]),
        "Which θ does your return line hold: the old one or the new one?",
    ),
)


def walk(
    adam: Callable[..., Any] = adam_update,
    number: Callable[[int], int] = lambda t: t,
    use: Callable[..., Any] = lambda g, total: g,
) -> Callable[..., Any]:
    """Make a walk with another update, another step number or another gradient."""

    def walked(theta: Any, rows: Any, *rest: float) -> np.ndarray:
        state = [np.zeros_like(theta), np.zeros_like(theta)]
        totals = np.cumsum(rows, axis=0)

        def step(t: int, theta: Any, g: Any) -> Any:
            with np.errstate(all="ignore"):
                theta, *state[:] = adam(theta, use(g, totals[t - 1]), *state, number(t), *rest)
            return theta

        return draw.path_of(step, theta, rows)

    return walked


def _anew(theta: Any, g: Any, m: Any, s: Any, t: int, *rest: float) -> Any:
    return adam_update(theta, g, 0 * m, 0 * s, t, *rest)


def _one_array(theta: Any, rows: Any, rate: float, b1: float, b2: float, eps: float) -> np.ndarray:
    """m and s are two names of one array, and the update works in place."""
    m = s = np.zeros_like(theta)
    path = []
    for t, g in enumerate(rows, start=1):
        m *= b1
        m += (1 - b1) * g
        s *= b2
        s += (1 - b2) * g**2
        theta = theta - rate * _power(m, b1, t) / (np.sqrt(np.abs(_power(s, b2, t))) + eps)
        path.append(theta)
    return np.array(path)


WALK_MISTAKES = (
    Mistake(
        "U03",
        "m and s are made anew in every step, but the corrections count the steps. Make them once, "
        "before the loop.",
        walk(_anew),
        "How often does your code set m and s to zero?",
        section=MEMORY,
    ),
    Mistake(
        "U03-t",
        "m and s are made anew and t is 1 in every step: each step is η times the gradient's sign.",
        walk(lambda theta, g, m, s, t, *rest: adam_update(theta, g, 0 * m, 0 * s, 1, *rest)),
        "How long is each of your steps, and what does it remember?",
        section=MEMORY,
    ),
    Mistake(
        "U06",
        "t starts at 0, where the corrections divide 0 by 0. The first step is t = 1.",
        walk(number=lambda t: t - 1),
        "What is 1 − β⁰?",
    ),
    Mistake(
        "U08",
        "t stays 1 (or the corrections have no power), which is right in step 1 only.",
        walk(number=lambda t: 1),
        "Your first step is right. Which t does the second one get?",
    ),
    Mistake(
        "U07",
        "The memories are not corrected: m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ).",
        walk(update(m_hat=_none, s_hat=_none)),
        "Both memories start at 0. Which part of their first values is that 0?",
    ),
    Mistake(
        "corrected-kept",
        "The corrected memories go into the next step and are corrected again.",
        walk(_corrected_kept),
        "Which m goes into the next step: the one with the starting 0 in it, or the corrected one?",
        section=MEMORY,
    ),
    Mistake(
        "U14-memories",
        "m and s are two names for one array (`m = s = np.zeros_like(theta)`), and it is changed "
        "in place. Make two.",
        _one_array,
        "How many arrays does `m = s = np.zeros_like(theta)` make?",
        section=MEMORY,
    ),
    Mistake(
        "U14",
        "All rows are one and the same array, changed in place. Append a copy.",
        lambda *args: draw.same_row_path(adam_walk(*args)),
        "How many arrays does your list hold, if θ is changed in place?",
        section=MEMORY,
    ),
    Mistake(
        "B19",
        "The gradients of all steps so far are added up before they are used. Every step has a "
        "gradient of its own.",
        walk(use=lambda g, total: total),
        "Your first step is right. What else is in the gradient of the second?",
    ),
    Mistake(
        "U15",
        "θ never moves: its new value does not reach the next turn of the loop or the path.",
        lambda theta, rows, *rest: np.repeat(theta[None], len(rows), axis=0),
        "Which names take what adam_update returns?",
    ),
    Mistake(
        "start-included",
        "The path begins with the start; it holds θ after each step, one row per gradient.",
        lambda theta, *rest: np.vstack([theta, adam_walk(theta, *rest)]),
        "How many gradients came, and how many rows does your path have?",
    ),
)
