"""`two_neurons_forward`: five numbers in, four numbers kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import sigmoid
from course_lib.checks.ex05_two_neurons.reference import two_neurons_forward
from course_lib.checks.fixtures import Fixture, numbered, signs
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Numbers = tuple[float, ...]
CALLS = numbered(8, repeat=True)
SECTION = f"{PAGE}#two-neurons-forward"


def inputs(rng: Generator, fixture: Fixture) -> Numbers:
    """Draw x, w1, b1, w2, b2; no number is near 0, so every term shows.

    z1 has the sign of w1·x; each number, z1 and z2 have both signs among the calls.
    """
    low, high = (0.9, 0.7, 0.2, 0.9, 0.2), (1.9, 1.4, 0.5, 1.8, 0.8)
    return tuple(float(v) for v in rng.uniform(low, high) * signs(fixture, 5))


def _with(
    bend: Callable[[Any], Any] = sigmoid,
    first: Callable[..., float] | None = None,
    second: Callable[..., float] | None = None,
) -> Callable[..., Numbers]:
    """Make a forward pass with another activation or another sum."""

    def forward(x: float, w1: float, b1: float, w2: float, b2: float) -> Numbers:
        z1 = first(x, w1, b1) if first else w1 * x + b1
        a1 = bend(z1)
        z2 = second(z1, a1, w2, b2) if second else w2 * a1 + b2
        return z1, a1, z2, bend(z2)

    return forward


def _without_numpy(x: float, w1: float, b1: float, w2: float, b2: float) -> list[float]:
    z1 = b1 + x * w1
    a1 = (1 + math.tanh(z1 / 2)) / 2
    z2 = b2 + a1 * w2
    return [z1, a1, z2, (1 + math.tanh(z2 / 2)) / 2]


def _example() -> str:
    x, w1, b1, w2, b2 = 1.0, 0.5, -0.2, 2.0, 0.1
    z1, a1, z2, y_hat = two_neurons_forward(x, w1, b1, w2, b2)
    text = Worked(f"x = {x:g}, w1 = {w1:g}, b1 = {b1:g}, w2 = {w2:g}, b2 = {b2:g}:")
    text.line(f"  z1 = {w1:g}·{x:g} + ({b1:g}) = {z1:g}")
    text.line(f"  a1 = 1/(1 + exp(−{z1:g})) = {a1:.4f}")
    text.line(f"  z2 = {w2:g}·{a1:.4f} + {b2:g} = {z2:.4f}")
    text.line(f"  ŷ  = 1/(1 + exp(−{z2:.4f})) = {y_hat:.4f}")
    return str(text)


TWO_NEURONS_FORWARD = Question(
    name="two_neurons_forward",
    signature="two_neurons_forward(x, w1, b1, w2, b2) -> (z1, a1, z2, y_hat)",
    returns=("z1", "a1", "z2", "y_hat"),
    parts=(
        Part("first neuron", 1, (0, 1), place="Look at z1 and a1."),
        Part("second neuron", 1, (2, 3), place="Look at z2 and y_hat."),
    ),
    section=SECTION,
    place="Look at the forward pass: two weighted sums and two sigmoids.",
    inputs=inputs,
    reference=two_neurons_forward,
    fixtures=CALLS,
    example=_example,
    correct={
        "without NumPy, a list": _without_numpy,
        "exp(z)/(1 + exp(z))": _with(lambda z: np.exp(z) / (1 + np.exp(z))),
        "float32": lambda *args: two_neurons_forward(*(np.float32(value) for value in args)),
    },
    mistakes=(
        Mistake(
            "activation-missing",
            "Your second neuron takes z1 as its input. Its input should be a1, the output of the "
            "first neuron.",
            _with(second=lambda z1, a1, w2, b2: w2 * z1 + b2),
            "Which number is the output of the first neuron: z1, or a1?",
        ),
        Mistake(
            "F03",
            "The sigmoid is applied twice. It should be applied once.",
            _with(lambda z: sigmoid(sigmoid(z))),
            "How often is the sigmoid applied between z1 and a1?",
        ),
        Mistake(
            "sigmoid-sign",
            "The minus sign in the exponent is missing: 1/(1 + exp(z)) falls where the sigmoid "
            "rises.",
            _with(lambda z: 1 / (1 + np.exp(z))),
            "For a large z, should the sigmoid be near 0 or near 1? What is yours?",
        ),
        Mistake(
            "tanh-for-sigmoid",
            "Your function uses tanh. Both neurons of this chapter use the sigmoid.",
            _with(np.tanh),
            "Between which two numbers are the values of the sigmoid, and is your a1 between them?",
        ),
        Mistake(
            "bias-missing",
            "The biases are missing: each z should be w·x + b.",
            _with(first=lambda x, w1, b1: w1 * x, second=lambda z1, a1, w2, b2: w2 * a1),
            "Which of the five arguments are never used in your function?",
        ),
        Mistake(
            "bias-inside",
            "The bias is added to the input, w·(x + b). It should be added to the product, w·x + "
            "b.",
            _with(
                first=lambda x, w1, b1: w1 * (x + b1),
                second=lambda z1, a1, w2, b2: w2 * (a1 + b2),
            ),
            "What is multiplied by the weight: the input, or the input plus the bias?",
        ),
        Mistake(
            "bias-subtracted",
            "The biases are subtracted. A threshold would be subtracted, but a bias should be "
            "added.",
            _with(
                first=lambda x, w1, b1: w1 * x - b1,
                second=lambda z1, a1, w2, b2: w2 * a1 - b2,
            ),
            "Is b a threshold that is subtracted, or a bias that is added?",
        ),
        Mistake(
            "no-activation",
            "There is no activation function: your a1 is z1, and your ŷ is z2.",
            _with(lambda z: z),
            "Which function is applied to z1 to give a1?",
        ),
    ),
)
