"""`local_two` and `local_one`: what a node knows by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE, spelled
from course_lib.checks.ex06_computational_graphs.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex06 import local_one, local_two
from course_lib.checks.worked import Worked

Pair = tuple[float, float]
SECTION = f"{PAGE}#local-gradient"
TABLE = f"{PAGE}#local-gradient-table"
TWO = ("sum", "difference", "product", "quotient", "maximum")
ONE = ("square", "reciprocal", "exp", "log", "tanh", "sigmoid", "relu")
VALUES: dict[str, Callable[[Any], Any]] = {
    "square": lambda p: p**2,
    "reciprocal": lambda p: 1 / p,
    "exp": np.exp,
    "log": np.log,
    **{name: VALUE[name] for name in ONE[4:]},
}


def _calls(operations: tuple[str, ...]) -> tuple[Fixture, ...]:
    return tuple(
        Fixture(f"{name} {number}", variant=name, repeat=number == 1)
        for name in operations
        for number in ((1, 2, 3, 4) if name == "maximum" else (1, 2, 3))
    )


def two_inputs(rng: Generator, fixture: Fixture) -> tuple[str, float, float]:
    """Draw two numbers well apart, of unlike size and of either sign.

    Each of a maximum's inputs is the larger one twice: between 0 and ½, where absolute values with
    a minus and nearest integers are in the wrong order, and of two negative numbers.
    """
    number = fixture.name[-1]
    if fixture.variant == "maximum":
        large, small = float(rng.uniform(0.3, 0.45)), float(rng.uniform(0.05, 0.2))
        pairs = {"1": (large, small), "2": (small, large), "3": (-large, -small)}
        return fixture.variant, *pairs.get(number, (-small, -large))
    first, second = (-1.0, -1.0) if number == "3" else (1.0, -1.0)
    small = float(rng.uniform(0.4, 0.9)) * first
    large = float(rng.uniform(1.3, 2.6)) * second
    return fixture.variant, *((small, large) if number == "2" else (large, small))


def one_input(rng: Generator, fixture: Fixture) -> tuple[str, float]:
    """Draw a number away from 0 and 1; a logarithm's is positive, relu's has both signs."""
    size = float(rng.uniform(1.2, 2.4) if fixture.name.endswith("3") else rng.uniform(0.3, 0.8))
    if fixture.variant == "relu" and fixture.name.endswith("1"):
        return fixture.variant, float(rng.uniform(0.1, 0.4))  # it would be rounded to 0
    if fixture.variant == "log":
        return fixture.variant, size
    return fixture.variant, -size if fixture.name.endswith("2") else size


def two_for(operation: str, change: Callable[[float, float], Pair]) -> Callable[..., Pair]:
    """Use other derivatives for one operation and the right ones for the rest."""

    def wrong(name: str, p: float, q: float) -> Pair:
        return change(p, q) if name == operation else local_two(name, p, q)

    return wrong


def one_for(operations: str, change: Callable[..., Any]) -> Callable[..., float]:
    """Use ``change(p, operation)`` for some operations and the right derivative for the rest."""

    def wrong(name: str, p: float) -> float:
        return float(change(p, name)) if name in operations.split() else local_one(name, p)

    return wrong


def _from_a_table(operation: str, p: float, q: float) -> list[float]:
    slopes: dict[str, list[float]] = {
        "sum": [1, 1],
        "difference": [1, -1],
        "product": [q, p],
        "quotient": [1 / q, -(p / q) / q],
        "maximum": [float(p >= q), float(q > p)],
    }
    return slopes[operation]


def _two_example() -> str:
    text = Worked("p = 3, q = 2. Change one input by a small h and see how s changes:")
    text.line("  s = p·q:  (3 + h)·2 − 6 = 2h    →  ∂s/∂p = 2, the other factor")
    text.line("  s = p − q:  3 − (2 + h) − 1 = −h  →  ∂s/∂q = −1")
    text.line("  s = p/q = p·(1/q): 1/q has the derivative −1/q² = −1/4, times p  →  ∂s/∂q = −3/4")
    text.line("  s = max(p, q) = p: only p counts  →  ∂s/∂p = 1, ∂s/∂q = 0")
    return str(text)


def _one_example() -> str:
    p = 2.0
    text = Worked("p = 2. The value s first, then its derivative:")
    text.line(f"  tanh:    s = {np.tanh(p):.4f},  derivative 1 − s² = {local_one('tanh', p):.4f}")
    s = 1 / (1 + np.exp(-p))
    text.line(f"  sigmoid: s = {s:.4f},  derivative s(1 − s) = {local_one('sigmoid', p):.4f}")
    text.line("  log:     derivative 1/p = 0.5;   exp: the derivative is s itself")
    text.line("  square = p to the power 2: derivative 2·p = 4")
    text.line("  reciprocal = p to the power −1: derivative −1·p to the power −2 = −0.25")
    return str(text)


LOCAL_TWO = Question(
    name="local_two",
    signature="local_two(operation, p, q) -> (ds_dp, ds_dq)",
    returns=("ds_dp", "ds_dq"),
    parts=tuple(
        Part(name, 1, variant=name, place=f"Look at the {name}, one input at a time.")
        for name in TWO
    ),
    section=SECTION,
    place="Look at how s changes when one input changes and the other stays constant.",
    inputs=two_inputs,
    reference=local_two,
    fixtures=_calls(TWO),
    example=_two_example,
    correct={
        "from a table, a list": _from_a_table,
        "float32": lambda name, p, q: local_two(name, np.float32(p), np.float32(q)),
        "with max itself": two_for(
            "maximum", lambda p, q: (int(p == max(p, q)), int(q == max(p, q)))
        ),
    },
    mistakes=(
        Mistake(
            "own-factor",
            "For the product, p and q are swapped: the derivative of p·q with respect to p is q, "
            "and with respect to q it is p.",
            two_for("product", lambda p, q: (p, q)),
            "s = p·q. When p grows by 1, by how much does s grow?",
        ),
        Mistake(
            "sum-divides",
            "For the sum, your function returns ½ and ½. The derivative of p + q is 1 with "
            "respect to each input.",
            two_for("sum", lambda p, q: (0.5, 0.5)),
            "When p grows by 1 and q stays constant, by how much does p + q grow?",
        ),
        Mistake(
            "values-of-the-sum",
            "For the sum, your function returns the inputs. It should return the derivatives, 1 "
            "and 1.",
            two_for("sum", lambda p, q: (p, q)),
            "Does the derivative of p + q depend on the value of p?",
        ),
        Mistake(
            "difference-sign",
            "The derivative of p − q with respect to q is −1, because s falls when q grows.",
            two_for("difference", lambda p, q: (1.0, 1.0)),
            "Does p − q grow or fall when q grows?",
        ),
        Mistake(
            "quotient-sign",
            "The minus sign is missing for the quotient: ∂s/∂q = −p/q².",
            two_for("quotient", lambda p, q: (1 / q, p / q**2)),
            "For positive p and q, does p/q grow or fall when q grows?",
            section=TABLE,
        ),
        Mistake(
            "quotient-square",
            "The square is missing for the quotient: ∂s/∂q = −p/q², because the derivative of "
            "1/q is −1/q².",
            two_for("quotient", lambda p, q: (1 / q, -p / q)),
            "What is the derivative of 1/q with respect to q?",
            section=TABLE,
        ),
        Mistake(
            "quotient-top",
            "The numerator p is missing for the quotient: ∂s/∂q = −p/q².",
            two_for("quotient", lambda p, q: (1 / q, -1 / q**2)),
            "p/q is p times 1/q. Where is the factor p in your derivative with respect to q?",
            section=TABLE,
        ),
        Mistake(
            "quotient-as-product",
            "The quotient is treated as a product: your function returns (q, p). p/q is the "
            "product of p and 1/q.",
            two_for("quotient", lambda p, q: (q, p)),
            "If q is large, does p/q change much when p grows by 1?",
            section=TABLE,
        ),
        Mistake(
            "maximum-both",
            "For the maximum, your function returns 1 for both inputs. The derivative with "
            "respect to the smaller input is 0.",
            two_for("maximum", lambda p, q: (1.0, 1.0)),
            "Does max(p, q) change when the smaller input changes a little?",
        ),
        Mistake(
            "maximum-value",
            "For the maximum, your function returns the larger value. It should return its "
            "derivative, 1.",
            two_for("maximum", lambda p, q: (p, 0.0) if p > q else (0.0, q)),
            "When the larger input grows by 1, by how much does max(p, q) grow?",
        ),
        Mistake(
            "minimum",
            "Your function returns the derivative 1 for the smaller input. max(p, q) is equal to "
            "the larger input.",
            two_for("maximum", lambda p, q: (0.0, 1.0) if p > q else (1.0, 0.0)),
            "Which of its inputs is max(p, q) equal to?",
        ),
        Mistake(
            "B09",
            "Every derivative has the wrong sign. The minus sign of gradient descent belongs in "
            "the update, not in the derivatives.",
            lambda *args: tuple(-slope for slope in local_two(*args)),
            "When p grows, does p + q grow or fall? Which sign does its derivative have?",
        ),
        Mistake(
            "results-exchanged",
            "The two derivatives are returned in the wrong order: ds_dp should come first.",
            lambda *args: local_two(*args)[::-1],
            "In which order should the function return its two results?",
        ),
    ),
)


def _slopes(operation: str, p: float) -> dict[str, np.ndarray]:
    values = np.asarray(p, dtype=float)
    return {"1/p": 1 / values, "p": values}


LOCAL_ONE = Question(
    name="local_one",
    signature="local_one(operation, p) -> ds_dp",
    returns=("ds_dp",),
    parts=tuple(
        Part(name, 1, variant=name, place=f"Look at the formula for {spelled(name)}.")
        for name in ONE
    ),
    section=TABLE,
    place="Look at each formula: is it the derivative, and taken at p?",
    inputs=one_input,
    reference=local_one,
    fixtures=_calls(ONE),
    factors=_slopes,
    example=_one_example,
    correct={
        "other equal formulas": lambda name, p: {
            "square": p + p,
            "reciprocal": -(p**-2.0),
            "exp": np.exp(p),
            "log": p**-1.0,
            "tanh": 1 / np.cosh(p) ** 2,
            "sigmoid": np.exp(-p) / (1 + np.exp(-p)) ** 2,
            "relu": int(p > 0),
        }[name],
        "a complex step": lambda name, p: (
            local_one(name, p) if name == "relu" else _complex_step(name, p)
        ),
        "float32": lambda name, p: local_one(name, np.float32(p)),
    },
    mistakes=(
        Mistake(
            "value-for-slope",
            "Your function returns the value of the operation. It should return its derivative. "
            "(Only for exp they are equal.)",
            lambda name, p: (
                float(VALUES[name](np.asarray(p))) if name != "log" or p > 0 else float("nan")
            ),
            "Does your function return s, or the derivative of s with respect to p?",
        ),
        Mistake(
            "one-factor-only",
            "The derivative of p² is 2p. p alone is the contribution of one of the two factors "
            "of p·p.",
            one_for("square", lambda p, _: p),
            "In p·p, how many factors change when p changes?",
            section=f"{PAGE}#fan-out",
        ),
        Mistake(
            "reciprocal-sign",
            "The minus sign is missing: the derivative of 1/p is −1/p².",
            one_for("reciprocal", lambda p, _: 1 / p**2),
            "For positive p, does 1/p grow or fall when p grows?",
        ),
        Mistake(
            "reciprocal-square",
            "The square is missing: the derivative of 1/p is −1/p².",
            one_for("reciprocal", lambda p, _: -1 / p),
            "1/p is p to the power −1. Which power of p is in its derivative?",
        ),
        Mistake(
            "power-rule-for-exp",
            "The power rule does not hold for exp(p), because p is the exponent. exp is its own "
            "derivative.",
            one_for("exp", lambda p, _: p * np.exp(p - 1)),
            "In exp(p), is p the base of the power or the exponent?",
        ),
        Mistake(
            "one-over-log",
            "Your function returns 1/log(p), which is 1 over the value. The derivative of log(p) "
            "is 1/p.",
            one_for("log", lambda p, _: 1 / np.log(p)),
            "What is the slope of log(p) at p = 1, where log(p) = 0, and what does your formula "
            "give there?",
        ),
        Mistake(
            "B10",
            "The derivative is taken at s instead of at p, so the activation function is applied "
            "twice.",
            one_for("tanh sigmoid", lambda p, name: SLOPE[name](VALUE[name](np.asarray(p)))),
            "How often is the activation function applied in your derivative?",
        ),
        Mistake(
            "B11",
            "1 − s² and s(1 − s) are written in the node's value s, but your function inserts p.",
            one_for("tanh sigmoid", lambda p, name: IN_A[name](np.asarray(p))),
            "Can the derivative of tanh or of the sigmoid be negative? Is your formula written "
            "in p or in s?",
        ),
        Mistake(
            "B30",
            "The derivative of tanh is 1 − tanh², with a minus sign.",
            one_for("tanh", lambda p, _: 1 + np.tanh(p) ** 2),
            "Can the derivative of tanh be larger than 1?",
        ),
        Mistake(
            "not-squared",
            "The square is missing: the derivative of tanh is 1 − tanh².",
            one_for("tanh", lambda p, _: 1 - np.tanh(p)),
            "The derivative of tanh is the same at p and at −p. Is yours?",
        ),
        Mistake(
            "tanh-as-sigmoid",
            "s(1 − s) is the derivative of the sigmoid. The derivative of tanh is 1 − s².",
            one_for("tanh", lambda p, _: np.tanh(p) * (1 - np.tanh(p))),
            "What is the derivative of tanh at 0, and what does your formula give there?",
        ),
        Mistake(
            "sigmoid-as-tanh",
            "1 − s² is the derivative of tanh. The derivative of the sigmoid is s(1 − s).",
            one_for("sigmoid", lambda p, _: 1 - VALUE["sigmoid"](np.asarray(p)) ** 2),
            "The sigmoid is nearly constant where p is large and negative. What does your "
            "formula give there?",
        ),
        Mistake(
            "relu-always-open",
            "Your derivative of ReLU is 1 everywhere. Where p is negative, ReLU is constant, so "
            "its derivative is 0.",
            one_for("relu", lambda p, _: 1.0),
            "What is the value of ReLU at −1 and at −1.1?",
        ),
    ),
)


def _complex_step(name: str, p: float) -> float:
    functions: dict[str, Callable[[complex], complex]] = {
        "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
        "tanh": np.tanh,
        "exp": np.exp,
        "log": np.log,
        "square": lambda z: z * z,
        "reciprocal": lambda z: 1 / z,
    }
    return float(functions[name](p + 1e-30j).imag / 1e-30)
