"""`rmsprop_update`: each step divided by the size of that parameter's own gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex11_update import draw
from course_lib.checks.ex11_update.reference import rmsprop_update
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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
    text.line("One gradient is 100 times the other, and both parameters change by the same amount.")
    return str(text)


RMSPROP_UPDATE = Question(
    name="rmsprop_update",
    signature="rmsprop_update(theta, gradient, s, learning_rate, decay, epsilon) -> (theta, s)",
    returns=("new theta", "new s"),
    parts=(
        Part("new s", 1, (1,), place="Look at the two terms of the new s."),
        Part(
            "new theta",
            1,
            (0,),
            variant="a tiny ε",
            place="Look at the number that divides the gradient.",
        ),
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
    place="Look at the new s first, and then at the number that divides the gradient.",
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
            "Your ε is inside the square root. It should be outside, √s + ε, as in PyTorch.",
            _wrong(step=lambda g, s, epsilon: g / np.sqrt(s + epsilon)),
            "Is ε added before the square root is taken, or after it?",
            section=CONVENTIONS,
        ),
        Mistake(
            "epsilon-missing",
            "ε is missing in your step, so it divides by 0 where all gradients so far are 0.",
            _wrong(step=lambda g, s, epsilon: g / np.sqrt(s)),
            "What does your function return for a parameter whose s is 0?",
            section=CONVENTIONS,
        ),
        Mistake(
            "root-missing",
            "Your gradient is divided by s, an average of squares. It should be divided by √s.",
            _wrong(step=lambda g, s, epsilon: g / (s + epsilon)),
            "If every gradient is 10 times as large, how much longer is your step, and how much "
            "longer should it be?",
        ),
        Mistake(
            "square-missing",
            "Your s averages the gradients. It should average their squares.",
            _wrong(
                lambda s, g, rho: rho * s + (1 - rho) * g, lambda g, s, e: g / (abs(s) ** 0.5 + e)
            ),
            "Can your s be negative, and what is its square root then?",
        ),
        Mistake(
            "coefficients-swapped",
            "Your coefficients are swapped. ρ should multiply the old s, and 1 − ρ the new square.",
            _wrong(lambda s, g, rho: (1 - rho) * s + rho * g**2),
            "With ρ = 0.9, what should be the coefficient of the old s?",
        ),
        Mistake(
            "sum-form",
            "Your s is ρs + (∇ℒ)². The coefficient of the new square should be 1 − ρ, so that s "
            "is an average.",
            _wrong(lambda s, g, rho: rho * s + g**2),
            "What is the sum of the two coefficients in your s?",
        ),
        Mistake(
            "adagrad",
            "Your s is s + (∇ℒ)², as in Adagrad. It should be ρs + (1 − ρ)(∇ℒ)².",
            _wrong(lambda s, g, rho: s + g**2),
            "Which argument should reduce the old s in every step?",
        ),
        Mistake(
            "U03",
            "Your new s is (1 − ρ)(∇ℒ)² alone. It should also contain ρ times the old s.",
            _wrong(lambda s, g, rho: (1 - rho) * g**2),
            "Which term of your new s contains the old s?",
        ),
        Mistake(
            "U03-sign",
            "Your new s is (∇ℒ)² alone, so the step is η times the sign of the gradient. It "
            "should be ρs + (1 − ρ)(∇ℒ)².",
            _wrong(lambda s, g, rho: g**2),
            "Which term of your new s contains the old s?",
        ),
        Mistake(
            "old-s",
            "Your gradient is divided by the square root of the old s. First s should be updated, "
            "then θ with the new s.",
            lambda theta, g, s, rate, rho, epsilon: (
                theta - rate * g / (np.sqrt(s) + epsilon),
                _memory(s, g, rho),
            ),
            "Which s does your step of θ use: the argument s, or the new one?",
        ),
        Mistake(
            "one-for-all",
            "Your gradient is divided by one number for all parameters, from the mean of s. Each "
            "parameter should have its own.",
            _wrong(step=lambda g, s, epsilon: g / (np.sqrt(s.mean()) + epsilon)),
            "How many different numbers divide your gradient: one, or one per parameter?",
        ),
        Mistake(
            "rate-missing",
            "The learning rate is missing in your step.",
            lambda theta, g, s, rate, *rest: rmsprop_update(theta, g, s, 1.0, *rest),
            "Which argument does your function not use?",
        ),
        Mistake(
            "rho-for-rate",
            "Your η and ρ are swapped. ρ should be the coefficient in s, and η should multiply "
            "the step.",
            lambda theta, g, s, rate, rho, epsilon: rmsprop_update(theta, g, s, rho, rate, epsilon),
            "In which order does the signature list the arguments?",
            place="Look at where you use each argument, and compare with the signature.",
        ),
        Mistake(
            "order-of-results",
            "Your results are in another order. It should be θ, s.",
            lambda *args: rmsprop_update(*args)[::-1],
            "In which order does the task list the results?",
            place="Compare the order of your results with the signature.",
        ),
        Mistake(
            "gradient-ascent",
            "Your step is added to θ. It should be subtracted.",
            _wrong(step=lambda g, s, epsilon: -g / (np.sqrt(s) + epsilon)),
            "Does the loss grow or fall in the direction of the gradient?",
        ),
        Mistake(
            "U15",
            "Your function returns the old θ. It should return the new one.",
            lambda theta, g, s, rate, rho, epsilon: (theta.copy(), _memory(s, g, rho)),
            "Which θ does your function return: the old one or the new one?",
            place="Look at where the new θ is assigned and returned.",
        ),
        Mistake(
            "s-not-returned",
            "Your function returns the old s. It should return the new one, which the next step "
            "needs.",
            lambda theta, g, s, *rest: (rmsprop_update(theta, g, s, *rest)[0], s.copy()),
            "Which s does your function return: the old one or the new one?",
            place="Look at the `return` line of your function.",
        ),
    ),
)
