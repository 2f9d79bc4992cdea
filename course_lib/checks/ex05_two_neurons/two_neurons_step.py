from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex05_two_neurons import two_neurons_forward as forward
from course_lib.checks.ex05_two_neurons.reference import (
    two_neurons_backward,
    two_neurons_forward,
    two_neurons_step,
)
from course_lib.checks.ex05_two_neurons.two_neurons_forward import CALLS, Numbers
from course_lib.checks.fixtures import Fixture, signs
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
SECTION = f"{PAGE}#two-neurons-update"


def step_inputs(rng: Generator, fixture: Fixture) -> Numbers:
    """Draw an example, four parameters and a learning rate large enough to be seen."""
    x, *theta = forward.inputs(rng, fixture)
    y = 0.03 if signs(fixture, 6)[5] > 0 else 0.97
    return x, y, *theta, float(rng.uniform(3.0, 6.0))


def gradients(x: float, y: float, theta: Any) -> Numbers:
    """Return the four derivatives at the parameters `theta`."""
    z1, a1, z2, y_hat = two_neurons_forward(x, *theta)
    return two_neurons_backward(x, y, z1, a1, z2, y_hat, theta[2])


def _step(change: Callable[..., Any]) -> Callable[..., Numbers]:
    """Make a step whose new parameters are ``change(old, gradient, rate)`` each."""

    def step(
        x: float, y: float, w1: float, b1: float, w2: float, b2: float, learning_rate: float
    ) -> Numbers:
        theta = (w1, b1, w2, b2)
        found = gradients(x, y, theta)
        return tuple(
            change(old, slope, learning_rate, name)
            for old, slope, name in zip(theta, found, ("w1", "b1", "w2", "b2"), strict=True)
        )

    return step


def _early(
    x: float, y: float, w1: float, b1: float, w2: float, b2: float, learning_rate: float
) -> Numbers:
    z1, a1, z2, y_hat = two_neurons_forward(x, w1, b1, w2, b2)
    _, _, dw2, db2 = two_neurons_backward(x, y, z1, a1, z2, y_hat, w2)
    w2, b2 = w2 - learning_rate * dw2, b2 - learning_rate * db2
    dw1, db1, _, _ = two_neurons_backward(x, y, z1, a1, z2, y_hat, w2)
    return w1 - learning_rate * dw1, b1 - learning_rate * db1, w2, b2


def _carried_step(
    call: Callable[..., Any],
    x: float,
    y: float,
    w1: float,
    b1: float,
    w2: float,
    b2: float,
    learning_rate: float,
) -> Numbers:
    cache = call("two_neurons_forward", x, w1, b1, w2, b2)
    slopes = call("two_neurons_backward", x, y, *cache, w2)
    theta = (w1, b1, w2, b2)
    return tuple(old - learning_rate * slope for old, slope in zip(theta, slopes, strict=True))


def _step_example() -> str:
    text = Worked("Parameters w1 = 1, w2 = 2, learning rate 0.1, derivatives dw1 = −3, dw2 = 0.5:")
    text.line("  new w1 = 1 − 0.1·(−3) = 1.3")
    text.line("  new w2 = 2 − 0.1·0.5 = 1.95")
    text.line("dw1 was computed with the old w2 = 2. After all derivatives are computed, all")
    text.line("parameters are updated together. The biases are updated in the same way.")
    return str(text)


NAMES = ("w1", "b1", "w2", "b2")

TWO_NEURONS_STEP = Question(
    name="two_neurons_step",
    signature="two_neurons_step(x, y, w1, b1, w2, b2, learning_rate) -> (w1, b1, w2, b2)",
    returns=tuple(f"new {name}" for name in NAMES),
    parts=(
        Part("second neuron", 1, (2, 3), place="Look at the new w2 and b2."),
        Part(
            "first neuron",
            2,
            (0, 1),
            place=("Look at the new w1 and b1, and at what they are computed from."),
        ),
    ),
    section=SECTION,
    place="Look at the derivatives, and then at the update of each parameter.",
    inputs=step_inputs,
    reference=two_neurons_step,
    fixtures=CALLS,
    carried=_carried_step,
    example=_step_example,
    correct={
        "all four as one array": lambda x, y, w1, b1, w2, b2, learning_rate: (
            np.array([w1, b1, w2, b2]) - learning_rate * np.array(gradients(x, y, (w1, b1, w2, b2)))
        ),
        "float32": lambda *args: two_neurons_step(*(np.float32(value) for value in args)),
    },
    mistakes=(
        Mistake(
            "B16",
            "w2 is updated before the derivatives of the first neuron are computed, so these use "
            "the new w2. Compute all derivatives first, at the old parameters, and then update.",
            _early,
            "Which w2 does the forward pass use, and which w2 does your backward pass use?",
        ),
        Mistake(
            "gradient-ascent",
            "The step increases the loss. Either the derivatives have the wrong sign, or the "
            "step η·∂ℒ/∂θ is added where it should be subtracted.",
            _step(lambda old, slope, rate, name: old + rate * slope),
            "If a derivative is positive, the loss grows with the parameter. Should the "
            "parameter become larger or smaller, and which sign does each of your derivatives "
            "have?",
        ),
        Mistake(
            "rate-missing",
            "The learning rate is missing.",
            _step(lambda old, slope, rate, name: old - slope),
            "Which argument determines how large the step is?",
        ),
        Mistake(
            "U13",
            "The step is multiplied by the learning rate twice. It should be once.",
            _step(lambda old, slope, rate, name: old - rate * rate * slope),
            "How often do you multiply by the learning rate between the derivative and the new "
            "weight?",
        ),
        Mistake(
            "biases-unchanged",
            "Only the weights are updated. The biases are parameters, too, and should be updated.",
            _step(lambda old, slope, rate, name: old if name[0] == "b" else old - rate * slope),
            "How many parameters does this network have, and how many do you update?",
        ),
        Mistake(
            "U15",
            "Your function returns the old parameters. It should return the updated ones.",
            _step(lambda old, slope, rate, name: old),
            "Does your `return` line return the old parameters or the new ones?",
        ),
        Mistake(
            "step-for-parameter",
            "Your function returns the steps −η·∂ℒ/∂θ. It should return the old parameters plus "
            "these steps.",
            _step(lambda old, slope, rate, name: -rate * slope),
            "What must be added to the step to get the new parameter?",
        ),
    ),
)
