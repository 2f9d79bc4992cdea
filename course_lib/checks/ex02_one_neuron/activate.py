from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import VALUE, sigmoid
from course_lib.checks.ex02_one_neuron.reference import activate
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Inputs = tuple[np.ndarray, str]

NAMES = ("tanh", "sigmoid", "relu")


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Draw z of shape (N, n), with |z| > 1 of both signs and no zero among them."""
    size = (fixture.n, fixture.widths[1])
    z = rng.uniform(0.1, 2.6, size=size) * rng.choice([-1.0, 1.0], size=size)
    if fixture.variant == "large z":
        return rng.choice([-1.0, 1.0], size=size) * rng.uniform(800, 2000, size=size), "sigmoid"
    return z, fixture.variant


def sizes(z: np.ndarray, activation: str) -> dict[str, int]:
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


def float32(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda z, name: function(z.astype(np.float32), name)


def _value_example() -> str:
    z = np.array([-1.0, 0.5, 2.0])
    text = Worked("Three pre-activations:").array("z", z)
    text.line("tanh stays between −1 and 1, the sigmoid between 0 and 1, ReLU is 0 for negative z:")
    for name in NAMES:
        text.array(name, VALUE[name](z))
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
    sizes=sizes,
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
        "float32": float32(activate),
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
            "relu-derivative",
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
