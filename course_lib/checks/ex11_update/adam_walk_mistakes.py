"""What goes wrong with several steps of Adam: lost averages, a wrong step number, a wrong path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.adam_update_mistakes import (
    MEMORY,
    STEP_MISTAKES,
    corrected_kept,
    none,
    power,
    update,
)
from course_lib.checks.ex11_update.reference import adam_update, adam_walk
from course_lib.checks.question import Mistake, inside


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
        "Your m and s are lost between the steps: they are set to zero in every iteration, their "
        "new values are not kept, or adam_update does not use the old ones. Create them once, "
        "before the loop, and keep the new ones.",
        walk(_anew),
        "From which m and s does your second step start?",
        section=MEMORY,
    ),
    Mistake(
        "U03-t",
        "In every iteration your m and s are set to zero and t is 1, so each step is η times the "
        "sign of the gradient. Create m and s once, before the loop, and let t count the steps.",
        walk(lambda theta, g, m, s, t, *rest: adam_update(theta, g, 0 * m, 0 * s, 1, *rest)),
        "From which m and s does your second step start, and which t does it use?",
        section=MEMORY,
    ),
    Mistake(
        "U06",
        "In your first step 1 − βᵗ is 0, so the corrections divide 0 by 0: your t starts at 0, or "
        "adam_update uses the power t − 1. t should start at 1, and the power should be t.",
        walk(lambda theta, g, m, s, t, *rest: adam_update(theta, g, m, s, t - 1, *rest)),
        "Which power of β does your first step use, and what is 1 minus that power?",
    ),
    Mistake(
        "U08",
        "Your t is 1 in every step, or the corrections have no power. They should divide by 1 − "
        "βᵗ, where t counts the steps.",
        walk(lambda theta, g, m, s, t, *rest: adam_update(theta, g, m, s, 1, *rest)),
        "Your first step is right. Which power of β does the second step use?",
    ),
    Mistake(
        "U07",
        "Your m and s are not corrected. The step should use m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − "
        "β₂ᵗ).",
        walk(update(m_hat=none, s_hat=none)),
        "m and s start at 0. After one step, how large is m compared with the gradient?",
    ),
    Mistake(
        "corrected-reused",
        "Your next step starts from the corrected m̂ and ŝ and corrects them again. It should "
        "start from m and s.",
        walk(corrected_kept),
        "From which m should the next step start: from m, or from the corrected m̂?",
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
            "corrected-reused",
            "averages-not-returned",
            "U11",
            "folded",
            "order-of-results",
        ),
        twins={"multiplied": ("folded-inverted",)},
    ),
    Mistake(
        "before-the-step",
        "Your rows are θ before each step. They should be θ after it.",
        lambda theta, *args: np.vstack([theta, adam_walk(theta, *args)[:-1]]),
        "Does your code append θ before the update, or after it?",
    ),
    Mistake(
        "last-only",
        "Your function returns the last θ only. The path should have one row per step.",
        lambda *args: adam_walk(*args)[-1],
        "What does your loop do with the θ of the earlier steps?",
    ),
    Mistake(
        "from-the-start",
        "All your steps start from the initial θ. Each should start from the θ of the step before.",
        lambda theta, *args: theta + np.diff(adam_walk(theta, *args), axis=0, prepend=theta[None]),
        "From which θ does your second step start?",
    ),
    Mistake(
        "U14-averages",
        "Your m and s are two names for one array, which is changed in place. Create two arrays.",
        _one_array,
        "How many arrays does `m = s = np.zeros_like(theta)` create?",
        section=MEMORY,
    ),
    Mistake(
        "U14",
        "All your rows are the same array, which is changed in place. Append a copy.",
        lambda *args: draw.same_row_path(adam_walk(*args)),
        "If θ is changed in place, how many different arrays does your list contain?",
        section=MEMORY,
    ),
    Mistake(
        "B19",
        "Your steps use the sum of all gradients so far. Each step should use its own gradient.",
        lambda theta, rows, *rest: adam_walk(theta, np.cumsum(rows, axis=0), *rest),
        "Your first step is right. Which gradients does the second step use?",
    ),
    Mistake(
        "U15",
        "Your θ never changes: its new value is not passed to the next step or to the path.",
        lambda theta, rows, *rest: np.repeat(theta[None], len(rows), axis=0),
        "To which names do you assign the results of adam_update?",
    ),
    Mistake(
        "start-included",
        "Your path begins with the initial θ. It should contain θ after each step, one row per "
        "gradient.",
        lambda theta, *rest: np.vstack([theta, adam_walk(theta, *rest)]),
        "How many gradients are there, and how many rows does your path have?",
    ),
)
