"""`activation_backward`: from the gradient of an activation's output to the error of its input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE, relu, sigmoid, slope_factors
from course_lib.checks.ex08_backward_pass.reference import activation_backward
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Inputs = tuple[np.ndarray, np.ndarray, str]
SECTION = f"{PAGE}#activation-derivative"


def inputs(rng: Generator, fixture: Fixture) -> Inputs:
    """Draw ∂ℒ/∂A and Z, both (N, n), with |z| > 1 of both signs.

    One entry of Z is exactly 0. For relu ∂ℒ/∂A is 0 there, since any derivative between 0 and 1
    is right.
    """
    size = (fixture.n, fixture.widths[1])
    z = rng.uniform(0.1, 2.6, size=size) * rng.choice([-1.0, 1.0], size=size)
    da = rng.normal(size=size)
    z[0, 0] = 0.0
    if fixture.variant == "relu":
        da[0, 0] = 0.0
    return da, z, fixture.variant


def _factors(da: np.ndarray, z: np.ndarray, activation: str) -> dict[str, np.ndarray]:
    return slope_factors(z, activation)


def _in_place(da: np.ndarray, z: np.ndarray, activation: str) -> np.ndarray:
    da *= SLOPE[activation](z)
    return da


def _complex_step(da: np.ndarray, z: np.ndarray, activation: str) -> np.ndarray:
    step = 1e-30
    if activation == "relu":
        return np.where(z > 0, da, 0.0)
    shifted = z + 1j * step
    value = np.tanh(shifted) if activation == "tanh" else 1.0 / (1.0 + np.exp(-shifted))
    return da * value.imag / step


def _example() -> str:
    da, z = np.array([[3.0, -1.0]]), np.array([[0.5, -2.0]])
    a = np.tanh(z)
    text = Worked("One example, two neurons, tanh (another activation changes only g′):")
    text.array("da", da).array("z", z)
    text.line("First the activation itself, then its derivative 1 − a², both at z:")
    text.array("a", a).array("1 − a²", 1 - a**2)
    text.line("The upstream gradient times the derivative, entry by entry:")
    text.array("delta", da * (1 - a**2))
    return str(text)


def _mistake_for(
    activation: str, slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Callable[..., np.ndarray]:
    """Use another factor for one activation and the right one for the others."""

    def wrong(da: np.ndarray, z: np.ndarray, name: str) -> np.ndarray:
        return da * (slope(da, z) if name == activation else SLOPE[name](z))

    return wrong


ACTIVATION_BACKWARD = Question(
    name="activation_backward",
    signature="activation_backward(da, z, activation) -> delta",
    returns=("delta",),
    parts=(
        Part("tanh", 1, variant="tanh", place="Look at the factor that you use for tanh."),
        Part(
            "sigmoid",
            1,
            variant="sigmoid",
            place="Look at the factor that you use for the sigmoid.",
        ),
        Part("relu", 1, variant="relu", place="Look at the factor that you use for ReLU."),
    ),
    section=SECTION,
    place="Look at the factor that da is multiplied by, the derivative of the activation.",
    inputs=inputs,
    reference=activation_backward,
    fixtures=tuple(
        Fixture(name, variant=name, repeat=True) for name in ("tanh", "sigmoid", "relu")
    ),
    sizes=lambda da, z, activation: {"N": len(z), "n": z.shape[1]},
    factors=_factors,
    example=_example,
    correct={
        "the derivative written in a": lambda da, z, activation: (
            da * IN_A[activation](VALUE[activation](z))
        ),
        "relu'(0) = 1": lambda da, z, activation: (
            da * (z >= 0) if activation == "relu" else activation_backward(da, z, activation)
        ),
        "relu'(0) = ½": lambda da, z, activation: (
            da * np.heaviside(z, 0.5)
            if activation == "relu"
            else activation_backward(da, z, activation)
        ),
        "1/cosh² and np.where": lambda da, z, activation: {
            "tanh": lambda: da / np.cosh(z) ** 2,
            "sigmoid": lambda: da / (2.0 + np.exp(z) + np.exp(-z)),
            "relu": lambda: np.where(z > 0, da, 0.0),
        }[activation](),
        "complex step": _complex_step,
        "float32": lambda da, z, activation: activation_backward(
            da.astype(np.float32), z.astype(np.float32), activation
        ),
        "a nested list": lambda da, z, activation: activation_backward(da, z, activation).tolist(),
    },
    mistakes=(
        Mistake(
            "B12",
            "Your delta is da: the derivative of the activation is missing. It should be da * "
            "g′(z).",
            lambda da, z, activation: da.copy(),
            "da is ∂ℒ/∂a. Which function is between a and z, and what does the chain rule "
            "multiply by?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "B10",
            "Your derivative is the formula in z, computed at a = g(z). It should be g′(z), or "
            "the formula in a (1 − a², a·(1 − a)) computed at a.",
            lambda da, z, activation: da * SLOPE[activation](VALUE[activation](z)),
            "At which number is your derivative taken: at the input of the activation, or at its "
            "output?",
        ),
        Mistake(
            "B11",
            "Your derivative is the formula in a (1 − a², a·(1 − a)), computed at z. Compute a = "
            "g(z) first.",
            lambda da, z, activation: da * IN_A[activation](z),
            "Can the derivative of this activation be negative? Is your formula one in z or one "
            "in a?",
        ),
        Mistake(
            "B28",
            "Your mask for ReLU is a >= 0, which is always true, because an output of ReLU is "
            "never negative. It should be z > 0 or a > 0.",
            _mistake_for("relu", lambda da, z: relu(z) >= 0),
            "For which entries is your mask 0, and for which should it be?",
        ),
        Mistake(
            "B30",
            "Your derivative of tanh is 1 + a². It should be 1 − a². (The plus sign is that of "
            "the derivative of tan.)",
            _mistake_for("tanh", lambda da, z: 1 + np.tanh(z) ** 2),
            "Far from 0, tanh is nearly constant. Does your derivative become small there?",
        ),
        Mistake(
            "tanh-square",
            "Your derivative of tanh is 1 − a. It should be 1 − a².",
            _mistake_for("tanh", lambda da, z: 1 - np.tanh(z)),
            "The derivative of tanh is the same at z and at −z. Does your formula give the same "
            "there?",
        ),
        Mistake(
            "tanh-as-sigmoid",
            "Your derivative of tanh is a·(1 − a), which is that of the sigmoid. It should be 1 − "
            "a².",
            _mistake_for("tanh", lambda da, z: np.tanh(z) * (1 - np.tanh(z))),
            "What is the derivative of tanh at 0, and what does your formula give there?",
        ),
        Mistake(
            "sigmoid-as-tanh",
            "Your derivative of the sigmoid is 1 − a², which is that of tanh. It should be a·(1 − "
            "a).",
            _mistake_for("sigmoid", lambda da, z: 1 - sigmoid(z) ** 2),
            "What is the derivative of the sigmoid at a large negative z, and what does your "
            "formula give there?",
        ),
        Mistake(
            "sigmoid-half",
            "Your derivative of the sigmoid is 1 − a. It should be a·(1 − a).",
            _mistake_for("sigmoid", lambda da, z: 1 - sigmoid(z)),
            "What is the derivative of the sigmoid at a large negative z, and what does your "
            "formula give there?",
        ),
        Mistake(
            "relu-value",
            "For ReLU your factor is the value relu(z). It should be the derivative, which is 0 "
            "or 1.",
            _mistake_for("relu", lambda da, z: relu(z)),
            "For z > 0, ReLU is a straight line. What is its derivative there?",
        ),
        Mistake(
            "relu-mask-of-da",
            "Your mask for ReLU depends on the sign of da. It should depend on the sign of z.",
            _mistake_for("relu", lambda da, z: da > 0),
            "Does the derivative of ReLU depend on z or on da?",
        ),
        Mistake(
            "upstream-missing",
            "Your delta is g′(z) alone. It should be multiplied by da, the upstream gradient.",
            lambda da, z, activation: SLOPE[activation](z),
            "g′(z) is the local derivative. Where does your function use the upstream gradient?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "value-for-derivative",
            "Your factor is g(z), the value of the activation. It should be its derivative, g′(z).",
            lambda da, z, activation: da * VALUE[activation](z),
            "When z changes by a small amount, is the change of a proportional to g(z) or to "
            "g′(z)?",
        ),
        Mistake(
            "B35",
            "Your function changes da in place (da *= …), so the caller's array changes. Create a "
            "new array: delta = da * g′(z).",
            _in_place,
            "Which line changes da in place, and what still needs its old values?",
        ),
    ),
)
