from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.momentum_update import in_place
from course_lib.checks.ex11_update.momentum_update_mistakes import (
    STEP_MISTAKES,
    WALK_MISTAKES,
    walk,
)
from course_lib.checks.ex11_update.reference import momentum_walk
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
MEMORY = f"{PAGE}#one-memory-each"


def walk_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, one gradient per step, η and μ."""
    theta, rows = draw.parameters(rng, fixture), draw.gradients(rng, fixture)
    return theta, rows, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.6, 0.9))


def _carried(call: Callable[..., Any], theta: Any, rows: Any, rate: float, mu: float) -> Any:
    return walk(partial(call, "momentum_update"))(theta, rows, rate, mu)


def _geometric(theta: Any, rows: Any, rate: float, mu: float) -> np.ndarray:
    """Every v at once: v_t = Σ μ^(t−i) g_i, and θ_t = θ_0 − η Σ v."""
    steps = np.arange(len(rows))
    powers = np.where(steps[:, None] >= steps, mu ** np.maximum(steps[:, None] - steps, 0), 0.0)
    return theta - rate * np.cumsum(powers @ rows, axis=0)


def _walk_example() -> str:
    text = Worked("Two steps, μ = 0.5, η = 0.1, θ = 1, gradients 2 and −1:")
    text.line("  v = 0                      created once, before the first step")
    text.line("  v = 0.5·0 + 2 = 2          θ = 1 − 0.2 = 0.8    → row 0 of the path")
    text.line("  v = 0.5·2 − 1 = 0          θ = 0.8 − 0 = 0.8    → row 1 of the path")
    text.line("The start, 1, is not a row of the path. Each row is a separate array.")
    return str(text)


MOMENTUM_WALK = Question(
    name="momentum_walk",
    signature="momentum_walk(theta, gradients, learning_rate, momentum) -> path",
    returns=("path",),
    parts=(
        Part(
            "path",
            3,
            next_step=(
                "Take θ = 2, the gradients 1 and 1, η = 0.1 and μ = 0.5. "
                "What are v and θ after each of the two steps?"
            ),
        ),
    ),
    section=MEMORY,
    place="Look at the two formulas of a step, and at what one iteration passes to the next.",
    inputs=walk_inputs,
    reference=momentum_walk,
    fixtures=draw.WALKS,
    in_place=("theta",),
    example=_walk_example,
    carried=_carried,
    correct={
        "in place, with copies in the path": walk(
            lambda theta, g, v, rate, mu: in_place(theta.copy(), g, v, rate, mu)
        ),
        "a list of lists": lambda *args: momentum_walk(*args).tolist(),
        "powers of μ, no loop": _geometric,
        "float32": lambda theta, rows, rate, mu: momentum_walk(
            theta.astype(np.float32), rows.astype(np.float32), rate, mu
        ),
        **{  # other conventions, which come to the same where v starts at 0
            mistake.id: walk(mistake.wrong)
            for mistake in STEP_MISTAKES
            if mistake.id in ("keras-form", "rate-in-v", "sign-in-both")
        },
    },
    mistakes=WALK_MISTAKES,
)
