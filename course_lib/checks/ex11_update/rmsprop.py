"""`rmsprop_update`: each step divided by the size of that parameter's own gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex11 import rmsprop_update
from course_lib.checks.worked import Worked

SECTION = f"{PAGE}#rmsprop"
CONVENTIONS = f"{PAGE}#update-conventions"


def inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw θ, ∇ℒ, an s that is not 0, η, ρ, and ε: tiny, or large enough to be seen."""
    theta, gradient = draw.parameters(rng, fixture), draw.gradient(rng, fixture)
    s = rng.uniform(0.2, 1.5, theta.shape) * gradient**2
    epsilon = draw.EPSILON if fixture.variant == "a tiny ε" else float(rng.uniform(0.1, 0.3))
    return theta, gradient, s, float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.7, 0.9)), epsilon


def _in_place(theta: Any, g: Any, s: Any, rate: float, rho: float, epsilon: float) -> Any:
    s *= rho
    s += (1 - rho) * g**2
    theta -= rate * g / (np.sqrt(s) + epsilon)
    return theta, s


def _memory(s: Any, g: Any, rho: float) -> Any:
    return rho * s + (1 - rho) * g**2


def _wrong(
    memory: Callable[..., Any] = _memory,
    step: Callable[..., Any] = lambda g, s, epsilon: g / (np.sqrt(s) + epsilon),
) -> Callable[..., Any]:
    """Make an update with another ``memory(s, g, rho)`` or ``step(g, s, epsilon)``."""

    def update(theta: Any, g: Any, s: Any, rate: float, rho: float, epsilon: float) -> Any:
        new = memory(s, g, rho)
        return theta - rate * step(g, new, epsilon), new

    return update


def _example() -> str:
    text = Worked("Two parameters, ∇ℒ = [3, 0.03], s = [9, 0.0009], θ = [1, 1], η = 0.1, ρ = 0.5:")
    text.line("  new s = 0.5·[9, 0.0009] + 0.5·[9, 0.0009] = [9, 0.0009]")
    text.line("  ∇ℒ / √s = [3/3, 0.03/0.03] = [1, 1]      (ε left out)")
    text.line("  new θ = [1, 1] − 0.1·[1, 1] = [0.9, 0.9]")
    text.line("One gradient is 100 times the other, and both parameters move by the same amount.")
    return str(text)


RMSPROP_UPDATE = Question(
    name="rmsprop_update",
    signature="rmsprop_update(theta, gradient, s, learning_rate, decay, epsilon) -> (theta, s)",
    returns=("new theta", "new s"),
    parts=(
        Part("new s", 1, (1,), place="Look at the new s."),
        Part("new theta", 1, (0,), variant="a tiny ε", place="Look at what divides the gradient."),
        Part(
            "new theta with a large ε",
            1,
            (0,),
            variant="a large ε",
            section=CONVENTIONS,
            place="Look at where ε is added.",
        ),
    ),
    section=SECTION,
    place="Look at s first, then at what divides the gradient.",
    inputs=inputs,
    reference=rmsprop_update,
    fixtures=(
        Fixture("a step", widths=(7,), variant="a tiny ε", repeat=True),
        Fixture("another step", widths=(5,), variant="a tiny ε"),
        Fixture("with ε", widths=(6,), variant="a large ε"),
    ),
    in_place=("theta", "s"),
    example=_example,
    correct={
        "in place": _in_place,
        "one number after the other": lambda theta, g, s, rate, rho, epsilon: tuple(
            map(
                list,
                zip(
                    *(
                        rmsprop_update(*three, rate, rho, epsilon)
                        for three in zip(theta, g, s, strict=True)
                    ),
                    strict=True,
                ),
            )
        ),
        "a step towards the new square": lambda theta, g, s, rate, rho, epsilon: (
            theta - rate * g / (np.sqrt(s + (1 - rho) * (g * g - s)) + epsilon),
            s + (1 - rho) * (g * g - s),
        ),
        "float32": lambda theta, g, s, *rest: rmsprop_update(
            *(one.astype(np.float32) for one in (theta, g, s)), *rest
        ),
    },
    mistakes=(
        Mistake(
            "U11",
            "ε is inside the root. This course and PyTorch add it outside, √s + ε; with a tiny "
            "ε the difference is invisible.",
            _wrong(step=lambda g, s, epsilon: g / np.sqrt(s + epsilon)),
            "Is ε added before the root is taken, or after?",
            section=CONVENTIONS,
        ),
        Mistake(
            "epsilon-missing",
            "ε is missing: a parameter whose gradients have all been 0 is divided by 0.",
            _wrong(step=lambda g, s, epsilon: g / np.sqrt(s)),
            "What does your function return for a parameter whose s is 0?",
            section=CONVENTIONS,
        ),
        Mistake(
            "root-missing",
            "The gradient is divided by s, the average of squares; √s has the gradient's own unit.",
            _wrong(step=lambda g, s, epsilon: g / (s + epsilon)),
            "If every gradient is 10 times as large, how much longer should the step be?",
        ),
        Mistake(
            "square-missing",
            "s averages the gradients, not their squares, so signs cancel and the root may not "
            "exist.",
            _wrong(
                lambda s, g, rho: rho * s + (1 - rho) * g, lambda g, s, e: g / (abs(s) ** 0.5 + e)
            ),
            "Can the average that you take the root of be negative?",
        ),
        Mistake(
            "coefficients-swapped",
            "The coefficients are exchanged: ρ multiplies the old s, 1 − ρ the new square.",
            _wrong(lambda s, g, rho: (1 - rho) * s + rho * g**2),
            "With ρ = 0.9, how much of the old s should be kept?",
        ),
        Mistake(
            "sum-form",
            "The new square enters whole, ρs + (∇ℒ)², so s is no average. Its coefficient is "
            "1 − ρ.",
            _wrong(lambda s, g, rho: rho * s + g**2),
            "Do the two coefficients in your s add up to 1?",
        ),
        Mistake(
            "adagrad",
            "Nothing is forgotten: s + (∇ℒ)² grows for ever and the steps shrink to 0. (That is "
            "Adagrad.)",
            _wrong(lambda s, g, rho: s + g**2),
            "Which argument says how fast the past is forgotten?",
        ),
        Mistake(
            "U03",
            "The old s is not used: the new one is (1 − ρ)(∇ℒ)² alone.",
            _wrong(lambda s, g, rho: (1 - rho) * g**2),
            "What does your new s still contain of the old one?",
        ),
        Mistake(
            "U03-sign",
            "The new s is the new square alone: the step is η times the sign of the gradient.",
            _wrong(lambda s, g, rho: g**2),
            "What does your new s still contain of the old one?",
        ),
        Mistake(
            "old-s",
            "The gradient is divided by the root of the old s; s is updated first, then θ.",
            lambda theta, g, s, rate, rho, epsilon: (
                theta - rate * g / (np.sqrt(s) + epsilon),
                _memory(s, g, rho),
            ),
            "Which s divides the gradient: the argument, or the one that you have just computed?",
        ),
        Mistake(
            "one-for-all",
            "All parameters use one number, the mean of s. Each has its own.",
            _wrong(step=lambda g, s, epsilon: g / (np.sqrt(s.mean()) + epsilon)),
            "How many numbers divide your gradient: one, or one per parameter?",
        ),
        Mistake(
            "rate-missing",
            "The learning rate is missing.",
            lambda theta, g, s, rate, *rest: rmsprop_update(theta, g, s, 1.0, *rest),
            "Which argument does your function not use?",
        ),
        Mistake(
            "rho-for-rate",
            "η and ρ are exchanged: ρ averages the squares, η multiplies the step.",
            lambda theta, g, s, rate, rho, epsilon: rmsprop_update(theta, g, s, rho, rate, epsilon),
            "In which order does the first line of the function name its arguments?",
        ),
        Mistake(
            "swapped",
            "The two results are returned in the wrong order: first θ, then s.",
            lambda *args: rmsprop_update(*args)[::-1],
            "In which order does the task name the results?",
        ),
        Mistake(
            "uphill",
            "The step is added to θ; it is subtracted.",
            _wrong(step=lambda g, s, epsilon: -g / (np.sqrt(s) + epsilon)),
            "Does the loss grow or shrink in the direction of the gradient?",
        ),
        Mistake(
            "U15",
            "The old θ is returned.",
            lambda theta, g, s, rate, rho, epsilon: (theta.copy(), _memory(s, g, rho)),
            "Which θ does your return line contain: the old one or the new one?",
        ),
        Mistake(
            "s-not-returned",
            "The old s is returned, so the next step does not know this one.",
            lambda theta, g, s, *rest: (rmsprop_update(theta, g, s, *rest)[0], s.copy()),
            "Which s will the next step get from you?",
        ),
    ),
)
