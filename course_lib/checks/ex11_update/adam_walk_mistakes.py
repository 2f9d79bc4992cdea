"""What goes wrong with several steps of Adam: lost averages, a wrong step number, a wrong path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.adam_mistakes import (
    MEMORY,
    STEP_MISTAKES,
    corrected_kept,
    none,
    power,
    update,
)
from course_lib.checks.inside import inside
from course_lib.checks.question import Mistake
from course_lib.checks.reference.ex11 import adam_update, adam_walk


def walk(adam: Callable[..., Any] = adam_update) -> Callable[..., Any]:
    """Make several steps with another update."""

    def walked(theta: Any, rows: Any, *rest: float) -> np.ndarray:
        m, s = np.zeros_like(theta), np.zeros_like(theta)
        path = []
        for t, gradient in enumerate(rows, start=1):
            theta, m, s = adam(theta, gradient, m, s, t, *rest)
            path.append(np.array(theta, dtype=float))
        return np.array(path)

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
        theta = theta - rate * power(m, b1, t) / (np.sqrt(np.abs(power(s, b2, t))) + eps)
        path.append(theta)
    return np.array(path)


WALK_MISTAKES = (
    Mistake(
        "U03",
        "m and s are set to zero in every step, while t counts the steps. Create them once, before "
        "the loop.",
        walk(_anew),
        "How often does your code set m and s to zero?",
        section=MEMORY,
    ),
    Mistake(
        "U03-t",
        "m and s are set to zero and t is 1 in every step: each step is η times the gradient's "
        "sign.",
        walk(lambda theta, g, m, s, t, *rest: adam_update(theta, g, 0 * m, 0 * s, 1, *rest)),
        "How long is each of your steps, and which gradients does it depend on?",
        section=MEMORY,
    ),
    Mistake(
        "U06",
        "t starts at 0, where the corrections divide 0 by 0. The first step is t = 1.",
        walk(lambda theta, g, m, s, t, *rest: adam_update(theta, g, m, s, t - 1, *rest)),
        "What is 1 − β⁰?",
    ),
    Mistake(
        "U08",
        "t stays 1 (or the corrections have no power), which is right in step 1 only.",
        walk(lambda theta, g, m, s, t, *rest: adam_update(theta, g, m, s, 1, *rest)),
        "Your first step is right. Which t does the second one get?",
    ),
    Mistake(
        "U07",
        "m and s are not corrected: m̂ = m / (1 − β₁ᵗ), ŝ = s / (1 − β₂ᵗ).",
        walk(update(m_hat=none, s_hat=none)),
        "m and s start at 0. How large is m after one step, compared with the gradient?",
    ),
    Mistake(
        "corrected-kept",
        "The next step starts from the corrected m̂ and ŝ and corrects them again.",
        walk(corrected_kept),
        "Which m does the next step start from: m, or the corrected m̂?",
        section=MEMORY,
    ),
    *inside(
        STEP_MISTAKES,
        walk,
        # From m = s = 0 on, with a tiny ε, these are the right path, or have an entry here.
        without=(
            "U03",
            "U06",
            "U07",
            "U08",
            "U15",
            "corrected-kept",
            "averages-not-returned",
            "U11",
            "epsilon-missing",
            "folded",
            "swapped",
        ),
        twins={"multiplied": ("folded-upside-down",)},
    ),
    Mistake(
        "before-the-step",
        "Each row is θ before its step: the path begins with the start and lacks the end.",
        lambda theta, *args: np.vstack([theta, adam_walk(theta, *args)[:-1]]),
        "Do you append θ before the update, or after it?",
    ),
    Mistake(
        "last-only",
        "Only the last θ is returned; the path has one row per step.",
        lambda *args: adam_walk(*args)[-1],
        "What does your loop do with the θ of the steps between?",
    ),
    Mistake(
        "from-the-start",
        "Every step starts from the first θ instead of from the θ of the step before.",
        lambda theta, *args: theta + np.diff(adam_walk(theta, *args), axis=0, prepend=theta[None]),
        "Where does your loop keep the new θ for the next step?",
    ),
    Mistake(
        "U14-averages",
        "m and s are two names for one array (`m = s = np.zeros_like(theta)`), and it is changed "
        "in place. Create two.",
        _one_array,
        "How many arrays does `m = s = np.zeros_like(theta)` create?",
        section=MEMORY,
    ),
    Mistake(
        "U14",
        "All rows are one and the same array, changed in place. Append a copy.",
        lambda *args: draw.same_row_path(adam_walk(*args)),
        "How many arrays does your list contain, if θ is changed in place?",
        section=MEMORY,
    ),
    Mistake(
        "B19",
        "The gradients of all steps so far are added up before they are used. Every step has a "
        "gradient of its own.",
        lambda theta, rows, *rest: adam_walk(theta, np.cumsum(rows, axis=0), *rest),
        "Your first step is right. What else is in the gradient of the second?",
    ),
    Mistake(
        "U15",
        "θ never moves: its new value does not reach the next step or the path.",
        lambda theta, rows, *rest: np.repeat(theta[None], len(rows), axis=0),
        "Which names do you assign the results of adam_update to?",
    ),
    Mistake(
        "start-included",
        "The path begins with the start; it contains θ after each step, one row per gradient.",
        lambda theta, *rest: np.vstack([theta, adam_walk(theta, *rest)]),
        "How many gradients are there, and how many rows does your path have?",
    ),
)
