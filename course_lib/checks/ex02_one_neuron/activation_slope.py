from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from course_lib.checks.activations import IN_A, SLOPE, VALUE, relu, sigmoid, slope_factors, spelled
from course_lib.checks.ex02_one_neuron.activate import NAMES, float32, for_one, inputs, sizes
from course_lib.checks.ex02_one_neuron.reference import activate, activation_slope
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def _slope_example() -> str:
    z = np.array([-1.0, 0.5, 2.0])
    text = Worked("The activation first, then its derivative written in a:").array("z", z)
    text.array("a = tanh(z)", np.tanh(z)).array("1 − a²", 1 - np.tanh(z) ** 2)
    text.line(
        "At z = 2 the derivative is smaller than at 0.5. That of the sigmoid is a·(1 − a), and that"
    )
    text.line("of ReLU is 1 where z is positive and 0 where it is negative.")
    return str(text)


def _carried(call: Callable[..., np.ndarray], z: np.ndarray, name: str) -> np.ndarray:
    return IN_A[name](call("activate", z, name))


SECTION = f"{PAGE}#slope-of-z-or-of-a"

ACTIVATION_SLOPE = Question(
    name="activation_slope",
    signature="activation_slope(z, activation) -> derivative",
    returns=("derivative",),
    parts=tuple(
        Part(
            name,
            1,
            variant=name,
            section=f"{PAGE}#{name}",
            place=f"Look at the derivative of {spelled(name)}.",
        )
        for name in NAMES
    ),
    section=SECTION,
    place="Look at the three derivatives.",
    inputs=inputs,
    reference=activation_slope,
    fixtures=tuple(Fixture(name, variant=name, repeat=True) for name in NAMES),
    factors=slope_factors,
    sizes=sizes,
    carried=_carried,
    provided=inspect.getsource(activate),
    example=_slope_example,
    correct={
        "written in z": lambda z, name: SLOPE[name](z),
        "relu'(0) = 1": lambda z, name: (
            (z >= 0).astype(int) if name == "relu" else activation_slope(z, name)
        ),
        "relu'(0) = ½": lambda z, name: (
            np.heaviside(z, 0.5) if name == "relu" else activation_slope(z, name)
        ),
        "nested lists": lambda z, name: activation_slope(z, name).tolist(),
        "1/cosh²": lambda z, name: {
            "tanh": 1 / np.cosh(z) ** 2,
            "sigmoid": 1 / (2 + np.exp(z) + np.exp(-z)),
            "relu": np.where(z > 0, 1.0, 0.0),
        }[name],
        "central differences": lambda z, name: (
            (activate(z + 1e-5, name) - activate(z - 1e-5, name)) / 2e-5
        ),
        "float32": float32(activation_slope),
    },
    mistakes=(
        Mistake(
            "B10",
            "The derivative is taken at a = g(z), so the activation function is applied twice. "
            "With a = g(z), use 1 − a² and a·(1 − a).",
            lambda z, name: SLOPE[name](VALUE[name](z)),
            "How often is the activation function applied in your derivative?",
            section=SECTION,
        ),
        Mistake(
            "B11",
            "The formulas 1 − a² and a·(1 − a) are written in a = g(z), but your function "
            "uses z in its place.",
            lambda z, name: IN_A[name](z),
            "Can the derivative of this activation function be negative? Is your formula written "
            "in z or in a = g(z)?",
            section=SECTION,
        ),
        Mistake(
            "value-for-derivative",
            "Your function returns the value of the activation function. It should return its "
            "derivative.",
            lambda z, name: VALUE[name](z),
            "Does your formula give the value of the activation function, or its derivative?",
        ),
        Mistake(
            "B30",
            "Your derivative of tanh is 1 + a². It should be 1 − a².",
            for_one("tanh", lambda z: 1 + np.tanh(z) ** 2, activation_slope),
            "tanh is nearly constant far from 0. Does your derivative become small there?",
        ),
        Mistake(
            "tanh-square",
            "Your derivative of tanh is 1 − a. It should be 1 − a².",
            for_one("tanh", lambda z: 1 - np.tanh(z), activation_slope),
            "The derivative of tanh is the same at z and at −z. Is yours?",
        ),
        Mistake(
            "tanh-as-sigmoid",
            "For tanh, your function uses a·(1 − a), the derivative of the sigmoid. The "
            "derivative of tanh is 1 − a².",
            for_one("tanh", lambda z: np.tanh(z) * (1 - np.tanh(z)), activation_slope),
            "What is the derivative of tanh at 0, and what does your formula give there?",
        ),
        Mistake(
            "sigmoid-half",
            "Your derivative of the sigmoid is 1 − a. It should be a·(1 − a).",
            for_one("sigmoid", lambda z: 1 - sigmoid(z), activation_slope),
            "What is the derivative of the sigmoid at a large negative z, and what does your "
            "formula give there?",
        ),
        Mistake(
            "B28",
            "Your derivative of ReLU is 1 everywhere (a >= 0 is always true). It should be 0 "
            "where z is negative.",
            for_one("relu", lambda z: (relu(z) >= 0).astype(float), activation_slope),
            "What is the derivative of ReLU where z is negative?",
        ),
        Mistake(
            "relu-value",
            "For ReLU, your function returns its value. It should return its derivative, 0 or 1.",
            for_one("relu", relu, activation_slope),
            "ReLU is a straight line where z is positive. What is its slope?",
        ),
        Mistake(
            "relu-sign",
            "For ReLU, your function returns the sign of z. Where z is negative, the derivative "
            "should be 0, not −1.",
            for_one("relu", np.sign, activation_slope),
            "Can the derivative of ReLU be negative?",
        ),
    ),
)
