from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE, spelled
from course_lib.checks.ex06_computational_graphs.local_two import TABLE, calls
from course_lib.checks.ex06_computational_graphs.reference import local_one
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
ONE = ("square", "reciprocal", "exp", "log", "tanh", "sigmoid", "relu")

VALUES: dict[str, Callable[[Any], Any]] = {
    "square": lambda p: p**2,
    "reciprocal": lambda p: 1 / p,
    "exp": np.exp,
    "log": np.log,
    **{name: VALUE[name] for name in ONE[4:]},
}


def one_input(rng: Generator, fixture: Fixture) -> tuple[str, float]:
    """Draw a number away from 0 and 1; a logarithm's is positive, relu's has both signs."""
    operation, call = fixture["operation"], fixture["call"]
    size = float(rng.uniform(1.2, 2.4) if call == 3 else rng.uniform(0.3, 0.8))
    if operation == "relu" and call == 1:
        return operation, float(rng.uniform(0.1, 0.4))  # it would be rounded to 0
    return operation, -size if call == 2 and operation != "log" else size


def one_for(operations: str, change: Callable[..., Any]) -> Callable[..., float]:
    """Use ``change(p, operation)`` for some operations and the right derivative for the rest."""

    def wrong(name: str, p: float) -> float:
        return float(change(p, name)) if name in operations.split() else local_one(name, p)

    return wrong


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
    fixtures=calls(ONE),
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
            "value-for-derivative",
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
            "What is the derivative of log(p) at p = 1, where log(p) = 0, and what does your "
            "formula give there?",
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
            "1 − s² and s(1 − s) are written in the node's value s, but your function uses p in "
            "its place.",
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
            "relu-derivative-always-1",
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
