from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.momentum_update_mistakes import STEP_MISTAKES
from course_lib.checks.ex11_update.reference import momentum_update
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
SECTION = f"{PAGE}#heavy-ball"


def step_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, ∇ℒ, a v that is not 0, η and μ."""
    theta, gradient = draw.parameters(rng, fixture), draw.gradient(rng, fixture)
    v = draw.signed(rng, 0.5, 3.0, theta.shape)
    return theta, gradient, v, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.6, 0.9))


def in_place(theta: Any, gradient: Any, v: Any, rate: float, mu: float) -> Any:
    v *= mu
    v += gradient
    theta -= rate * v
    return theta, v


def _step_example() -> str:
    text = Worked("θ = [1, 1], ∇ℒ = [2, 0], v = [3, −4], η = 0.1, μ = 0.5:")
    text.line("  new v = 0.5·[3, −4] + [2, 0] = [3.5, −2]")
    text.line("  new θ = [1, 1] − 0.1·[3.5, −2] = [0.65, 1.2]")
    text.line(
        "The second parameter has gradient 0 and changes all the same, because v contains earlier "
        "gradients."
    )
    return str(text)


MOMENTUM_UPDATE = Question(
    name="momentum_update",
    signature="momentum_update(theta, gradient, v, learning_rate, momentum) -> (theta, v)",
    returns=("new theta", "new v"),
    parts=(
        Part("new v", 1, (1,), place="Look at the two terms of the new v."),
        Part("new theta", 2, (0,), place="Look at the number that is subtracted from θ."),
    ),
    section=SECTION,
    place="Look at the new v first, and then at the step of θ.",
    inputs=step_inputs,
    reference=momentum_update,
    fixtures=draw.STEPS,
    in_place=("theta", "v"),
    example=_step_example,
    correct={
        "in place": in_place,
        "a list, one by one": lambda theta, gradient, v, rate, mu: (
            [w - rate * (mu * u + g) for w, g, u in zip(theta, gradient, v, strict=True)],
            [mu * u + g for g, u in zip(gradient, v, strict=True)],
        ),
        "float32": lambda theta, gradient, v, rate, mu: momentum_update(
            theta.astype(np.float32), gradient.astype(np.float32), v.astype(np.float32), rate, mu
        ),
    },
    mistakes=STEP_MISTAKES,
)
