"""`activation_backward`: from the gradient of an activation's output to the error of its input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE, relu, sigmoid, slope_factors
from course_lib.checks.ex08_backward_pass.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex08 import activation_backward
from course_lib.checks.worked import Worked

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
    text.line("Entry by entry, the gradient that arrived times the derivative:")
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
        Part("tanh", 1, variant="tanh", place="Look at the factor for tanh."),
        Part("sigmoid", 1, variant="sigmoid", place="Look at the factor for the sigmoid."),
        Part("relu", 1, variant="relu", place="Look at the factor for relu."),
    ),
    section=SECTION,
    place="Look at the factor that da is multiplied by.",
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
            "delta is da itself: the derivative of the activation is missing. What arrives at a "
            "has to go back through the activation to reach z: delta = da * g′(z).",
            lambda da, z, activation: da.copy(),
            "da is the error at a. What lies between a and z, and how steep is it there?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "B10",
            "g′ is taken at a, not at z: the formula in z is fed with the activation's output. "
            "Use g′(z), or the formula in a (1 − a², a·(1 − a)).",
            lambda da, z, activation: da * SLOPE[activation](VALUE[activation](z)),
            "At which number is your derivative taken: the one that went into the activation, or "
            "the one that came out?",
        ),
        Mistake(
            "B11",
            "The formula written in a (1 − a², a·(1 − a)) is fed with z. Compute a = g(z) first.",
            lambda da, z, activation: da * IN_A[activation](z),
            "Can a derivative of this activation be negative? What does your formula expect: z or "
            "a?",
        ),
        Mistake(
            "B28",
            "The mask for relu is a >= 0, and a relu's output is never negative: it lets "
            "everything through. Use z > 0 or a > 0.",
            _mistake_for("relu", lambda da, z: relu(z) >= 0),
            "For which entries is your mask 0? Is the output of relu ever negative?",
        ),
        Mistake(
            "B30",
            "For tanh, 1 + a² is used where 1 − a² belongs (the plus belongs to tan).",
            _mistake_for("tanh", lambda da, z: 1 + np.tanh(z) ** 2),
            "tanh flattens far from 0. Does your derivative shrink there?",
        ),
        Mistake(
            "tanh-square",
            "For tanh, 1 − a is used where 1 − a² belongs.",
            _mistake_for("tanh", lambda da, z: 1 - np.tanh(z)),
            "The derivative of tanh is the same at z and at −z. Is yours?",
        ),
        Mistake(
            "tanh-as-sigmoid",
            "For tanh, a·(1 − a) is used, which is the sigmoid's derivative; tanh has 1 − a².",
            _mistake_for("tanh", lambda da, z: np.tanh(z) * (1 - np.tanh(z))),
            "How steep is tanh at 0, and what does your factor give there?",
        ),
        Mistake(
            "sigmoid-as-tanh",
            "For the sigmoid, 1 − a² is used, which is tanh's derivative; the sigmoid has "
            "a·(1 − a).",
            _mistake_for("sigmoid", lambda da, z: 1 - sigmoid(z) ** 2),
            "How steep is the sigmoid far to the left, and what does your factor give there?",
        ),
        Mistake(
            "sigmoid-half",
            "For the sigmoid, 1 − a is used where a·(1 − a) belongs.",
            _mistake_for("sigmoid", lambda da, z: 1 - sigmoid(z)),
            "How steep is the sigmoid far to the left, and what does your factor give there?",
        ),
        Mistake(
            "relu-value",
            "For relu, da is multiplied by relu(z), the value, where the derivative (0 or 1) "
            "belongs.",
            _mistake_for("relu", lambda da, z: relu(z)),
            "Right of 0, relu is a straight line. How steep is it there?",
        ),
        Mistake(
            "relu-mask-of-da",
            "For relu, the mask looks at da; it is z that decides whether the neuron is on.",
            _mistake_for("relu", lambda da, z: da > 0),
            "Which number decides whether a relu lets the signal through?",
        ),
        Mistake(
            "upstream-missing",
            "delta is g′(z) alone; it has to be multiplied by da, what arrived from above.",
            lambda da, z, activation: SLOPE[activation](z),
            "The derivative says how z moves a. What says how a moves the loss?",
            section=f"{PAGE}#hidden-error",
        ),
        Mistake(
            "value-for-slope",
            "da is multiplied by g(z), the activation's value; its derivative g′(z) belongs there.",
            lambda da, z, activation: da * VALUE[activation](z),
            "A change of z reaches a times something. Is that the height of the curve, or its "
            "derivative?",
        ),
        Mistake(
            "B35",
            "da is multiplied in place (da *= …), so the caller's array changes. Make a new one: "
            "delta = da * g′(z).",
            _in_place,
            "Which line writes into da itself? What else still needs those numbers?",
        ),
    ),
)
