"""`activate` and `activation_slope`: three activation functions and their derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE, relu, sigmoid, slope_factors, spelled
from course_lib.checks.ex02_one_neuron.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex02 import activate, activation_slope
from course_lib.checks.worked import Worked

Inputs = tuple[np.ndarray, str]
NAMES = ("tanh", "sigmoid", "relu")


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Draw z of shape (N, n), with |z| > 1 of both signs and no zero among them."""
    size = (fixture.n, fixture.widths[1])
    z = rng.uniform(0.1, 2.6, size=size) * rng.choice([-1.0, 1.0], size=size)
    if fixture.variant == "large z":
        return rng.choice([-1.0, 1.0], size=size) * rng.uniform(800, 2000, size=size), "sigmoid"
    return z, fixture.variant


def _sizes(z: np.ndarray, activation: str) -> dict[str, int]:
    return {"N": z.shape[0], "n": z.shape[1]}


def for_one(activation: str, function: Callable[[np.ndarray], np.ndarray], right: Callable):
    """Use another formula for one activation and the right one for the others."""

    def wrong(z: np.ndarray, name: str) -> np.ndarray:
        return function(z) if name == activation else right(z, name)

    return wrong


def _tanh_from_sigmoid(z: np.ndarray, name: str) -> np.ndarray:
    return 2 * activate(2 * z, "sigmoid") - 1 if name == "tanh" else activate(z, name)


def _in_place(z: np.ndarray, name: str) -> np.ndarray:
    if name != "relu":
        return activate(z, name)
    z[z < 0] = 0
    return z


def _float32(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda z, name: function(z.astype(np.float32), name)


def _value_example() -> str:
    z = np.array([-1.0, 0.5, 2.0])
    text = Worked("Three pre-activations:").array("z", z)
    text.line("tanh stays between −1 and 1, the sigmoid between 0 and 1, ReLU is 0 for negative z:")
    for name in NAMES:
        text.array(name, VALUE[name](z))
    return str(text)


def _slope_example() -> str:
    z = np.array([-1.0, 0.5, 2.0])
    text = Worked("The activation first, then its derivative written in a:").array("z", z)
    text.array("a = tanh(z)", np.tanh(z)).array("1 − a²", 1 - np.tanh(z) ** 2)
    text.line(
        "At z = 2 the derivative is smaller than at 0.5. That of the sigmoid is a·(1 − a), and that"
    )
    text.line("of ReLU is 1 where z is positive and 0 where it is negative.")
    return str(text)


def _clipped(z: np.ndarray, name: str) -> np.ndarray:
    if name != "sigmoid":
        return activate(z, name)
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


ACTIVATE = Question(
    name="activate",
    signature="activate(z, activation) -> a",
    returns=("a",),
    parts=(
        Part("tanh", 0.5, variant="tanh", section=f"{PAGE}#tanh", place="Look at tanh."),
        Part(
            "sigmoid",
            1,
            variant="sigmoid",
            section=f"{PAGE}#sigmoid",
            place=("Look at the sigmoid."),
        ),
        Part("relu", 0.5, variant="relu", section=f"{PAGE}#relu", place="Look at ReLU."),
        Part(
            "sigmoid of large z",
            1,
            variant="large z",
            section=f"{PAGE}#safe-sigmoid",
            place="Look at what exp does with a large number.",
        ),
    ),
    section=f"{PAGE}#activation-functions",
    place="Look at the three formulas.",
    inputs=inputs,
    reference=activate,
    fixtures=(
        *(Fixture(name, variant=name, repeat=True) for name in NAMES),
        Fixture("large z", variant="large z"),
    ),
    sizes=_sizes,
    example=_value_example,
    correct={
        "the plain formula": lambda z, name: VALUE[name](z),
        "sigmoid from tanh, relu from |z|": lambda z, name: {
            "tanh": np.tanh(z),
            "sigmoid": (1 + np.tanh(z / 2)) / 2,
            "relu": (z + np.abs(z)) / 2,
        }[name],
        "nested lists": lambda z, name: activate(z, name).tolist(),
        "tanh from the sigmoid": _tanh_from_sigmoid,
        "clipped": _clipped,
        "float32": _float32(activate),
    },
    mistakes=(
        Mistake(
            "sigmoid-overflow",
            "exp(z)/(1 + exp(z)) is right until exp(z) overflows: inf/inf is NaN. Use 1/(1 + "
            "exp(−z)), and e/(1 + e) with e = exp(z) for negative z.",
            for_one("sigmoid", lambda z: np.exp(z) / (1 + np.exp(z)), activate),
            "How large is exp(1000), and what is it divided by?",
        ),
        Mistake(
            "sigmoid-sign",
            "The minus sign in the exponent is missing: 1/(1 + exp(z)) falls where the sigmoid "
            "rises.",
            for_one("sigmoid", lambda z: 1 / (1 + np.exp(z)), activate),
            "For a large z, should the sigmoid be near 0 or near 1?",
        ),
        Mistake(
            "sigmoid-brackets",
            "Python computes 1/1 + exp(−z) as (1/1) + exp(−z). The denominator needs brackets.",
            for_one("sigmoid", lambda z: 1 / 1 + np.exp(-z), activate),
            "Which part of your line is divided, and by what?",
        ),
        Mistake(
            "tanh-for-sigmoid",
            "For the sigmoid, your function returns tanh.",
            for_one("sigmoid", np.tanh, activate),
            "Between which two numbers are the values of the sigmoid?",
        ),
        Mistake(
            "sigmoid-for-tanh",
            "For tanh, your function returns the sigmoid.",
            for_one("tanh", sigmoid, activate),
            "Between which two numbers are the values of tanh?",
        ),
        Mistake(
            "tan-for-tanh",
            "np.tan is the tangent. The hyperbolic tangent is np.tanh.",
            for_one("tanh", np.tan, activate),
            "Can your tanh be larger than 1?",
        ),
        Mistake(
            "F01",
            "np.max(z, 0) is the largest entry of each column. ReLU is np.maximum(z, 0).",
            for_one("relu", lambda z: np.max(z, 0), activate),
            "Is your ReLU applied to every entry separately?",
        ),
        Mistake(
            "F01-all",
            "The maximum over the whole array is one number. ReLU is np.maximum(z, 0).",
            for_one("relu", lambda z: np.asarray(z.max()), activate),
            "Is your ReLU applied to every entry separately?",
        ),
        Mistake(
            "relu-slope",
            "Your function returns the derivative of ReLU, 0 or 1. The value of ReLU is 0 or z.",
            for_one("relu", lambda z: (z > 0).astype(float), activate),
            "Is ReLU constant where z is positive?",
        ),
        Mistake(
            "relu-absolute",
            "For ReLU, your function returns |z|. Where z is negative, ReLU is 0.",
            for_one("relu", np.abs, activate),
            "What is the value of ReLU where z is negative?",
        ),
        Mistake(
            "B35",
            "Your ReLU writes into z, so it changes the array of the caller. Make a new array.",
            _in_place,
            "Which line of your function writes into z, whose values the backward pass still "
            "needs?",
        ),
    ),
)


def _carried(call: Callable[..., np.ndarray], z: np.ndarray, name: str) -> np.ndarray:
    return IN_A[name](call("activate", z, name))


SECTION = f"{PAGE}#slope-of-z-or-of-a"
SLOPE_OF = Question(
    name="activation_slope",
    signature="activation_slope(z, activation) -> slope",
    returns=("slope",),
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
    sizes=_sizes,
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
        "float32": _float32(activation_slope),
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
            "inserts z.",
            lambda z, name: IN_A[name](z),
            "Can the derivative of this activation function be negative? Is your formula written "
            "in z or in a = g(z)?",
            section=SECTION,
        ),
        Mistake(
            "value-for-slope",
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
