"""`local_two` and `local_one`: what a node knows by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import IN_A, SLOPE, VALUE
from course_lib.checks.ex06_computational_graphs.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
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
        for number in (1, 2, 3)
    )


def two_inputs(rng: Generator, fixture: Fixture) -> tuple[str, float, float]:
    """Draw two numbers well apart, of unlike size and of either sign.

    Each of a maximum's inputs is the larger one once.
    """
    first, second = {"1": (1.0, -1.0), "2": (1.0, -1.0)}.get(fixture.name[-1], (-1.0, -1.0))
    small = float(rng.uniform(0.4, 0.9)) * first
    large = float(rng.uniform(1.3, 2.6)) * second
    if fixture.variant == "maximum":
        p, q = min(small, large), max(small, large)
        return fixture.variant, *((p, q) if fixture.name.endswith("2") else (q, p))
    return fixture.variant, *((small, large) if fixture.name.endswith("2") else (large, small))


def one_input(rng: Generator, fixture: Fixture) -> tuple[str, float]:
    """Draw a number away from 0 and 1; a logarithm's is positive, relu's has both signs."""
    size = float(rng.uniform(1.2, 2.4) if fixture.name.endswith("3") else rng.uniform(0.3, 0.8))
    if fixture.variant == "relu":
        return fixture.variant, -size if fixture.name.endswith("2") else size
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
    text.line("  s = max(p, q) = p: only p is seen  →  ∂s/∂p = 1, ∂s/∂q = 0")
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
    place="Look at what s does when one input changes and the other does not.",
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
            "Each factor of the product gets its own value. A product swaps: the derivative with "
            "respect to p is q, and the other way round.",
            two_for("product", lambda p, q: (p, q)),
            "s = p·q: by how much does s grow when p grows by 1?",
        ),
        Mistake(
            "sum-divides",
            "The sum divides its derivative, ½ for each input. It passes on all of it: 1 and 1.",
            two_for("sum", lambda p, q: (0.5, 0.5)),
            "Raise p by 1 and leave q. By how much does p + q grow?",
        ),
        Mistake(
            "values-of-the-sum",
            "For the sum the inputs themselves are returned; their derivatives are 1 and 1.",
            two_for("sum", lambda p, q: (p, q)),
            "Does it matter for the derivative of p + q where p is?",
        ),
        Mistake(
            "difference-sign",
            "In p − q the derivative with respect to q is −1: s falls when q grows.",
            two_for("difference", lambda p, q: (1.0, 1.0)),
            "What does p − q do when q grows?",
        ),
        Mistake(
            "quotient-sign",
            "The minus is missing in the quotient: ∂s/∂q = −p/q².",
            two_for("quotient", lambda p, q: (1 / q, p / q**2)),
            "Take positive p and q. Does p/q grow or fall when q grows?",
            section=TABLE,
        ),
        Mistake(
            "quotient-square",
            "The square is missing in the quotient: ∂s/∂q = −p/q², since 1/q has the derivative "
            "−1/q².",
            two_for("quotient", lambda p, q: (1 / q, -p / q)),
            "What is the derivative of 1/q, the power −1 of q?",
            section=TABLE,
        ),
        Mistake(
            "quotient-top",
            "The numerator is missing in the quotient: ∂s/∂q = −p/q².",
            two_for("quotient", lambda p, q: (1 / q, -1 / q**2)),
            "p/q is p times 1/q. What becomes of the factor p?",
            section=TABLE,
        ),
        Mistake(
            "quotient-as-product",
            "The quotient is treated as a product, (q, p). It is p times 1/q.",
            two_for("quotient", lambda p, q: (q, p)),
            "If q is large, does p still move p/q strongly?",
            section=TABLE,
        ),
        Mistake(
            "maximum-both",
            "The maximum passes 1 to both inputs; the smaller one is not seen: 0.",
            two_for("maximum", lambda p, q: (1.0, 1.0)),
            "Move the smaller input a little. Does max(p, q) notice?",
        ),
        Mistake(
            "maximum-value",
            "For the maximum the larger value is returned; its derivative is 1.",
            two_for("maximum", lambda p, q: (p, 0.0) if p > q else (0.0, q)),
            "By how much does max(p, q) grow when the larger of the two grows by 1?",
        ),
        Mistake(
            "minimum",
            "The derivative 1 goes to the smaller input; the maximum follows the larger one.",
            two_for("maximum", lambda p, q: (0.0, 1.0) if p > q else (1.0, 0.0)),
            "Which of its inputs does max(p, q) return?",
        ),
        Mistake(
            "B09",
            "Every derivative has the wrong sign: a minus came in that belongs in the update.",
            lambda *args: tuple(-slope for slope in local_two(*args)),
            "When p grows, does p + q grow or fall? Which sign does its derivative have?",
        ),
        Mistake(
            "results-exchanged",
            "The two derivatives are in the wrong order: ds_dp comes first.",
            lambda *args: local_two(*args)[::-1],
            "Which of the two does the signature name first?",
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
        Part(name, 1, variant=name, place=f"Look at the formula for {name}.") for name in ONE
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
            "The operation's value is returned; asked for is how fast it moves. Only for exp the "
            "two are the same number.",
            lambda name, p: (
                float(VALUES[name](np.asarray(p))) if name != "log" or p > 0 else float("nan")
            ),
            "Is it s that you return, or how much s moves when p moves?",
        ),
        Mistake(
            "one-factor-only",
            "The derivative of the square is 2p. p alone is the contribution of one of the two "
            "factors of p·p.",
            one_for("square", lambda p, _: p),
            "p·p: how many of its factors move when p moves?",
            section=f"{PAGE}#fan-out",
        ),
        Mistake(
            "reciprocal-sign",
            "The minus is missing: 1/p has the derivative −1/p².",
            one_for("reciprocal", lambda p, _: 1 / p**2),
            "Take a positive p. Does 1/p grow or fall when p grows?",
        ),
        Mistake(
            "reciprocal-square",
            "The square is missing: 1/p has the derivative −1/p².",
            one_for("reciprocal", lambda p, _: -1 / p),
            "1/p is the power −1 of p. Which power remains in its derivative?",
        ),
        Mistake(
            "power-rule-for-exp",
            "The rule for powers, p·exp(p − 1), is not for exp: there p is the exponent. exp is "
            "its own derivative.",
            one_for("exp", lambda p, _: p * np.exp(p - 1)),
            "In exp(p), is p the base of the power or the exponent?",
        ),
        Mistake(
            "one-over-log",
            "1/log(p) is one over the value; the derivative of log is 1/p.",
            one_for("log", lambda p, _: 1 / np.log(p)),
            "Is the logarithm steep or flat where p is small?",
        ),
        Mistake(
            "B10",
            "The derivative is taken at s instead of at p: the activation is applied twice.",
            one_for("tanh sigmoid", lambda p, name: SLOPE[name](VALUE[name](np.asarray(p)))),
            "How often is the activation applied in your derivative?",
        ),
        Mistake(
            "B11",
            "The formula in s is fed with p: 1 − s² and s(1 − s) take the node's value.",
            one_for("tanh sigmoid", lambda p, name: IN_A[name](np.asarray(p))),
            "Can these derivatives be negative? Which number goes into 1 − s² and s(1 − s)?",
        ),
        Mistake(
            "B30",
            "The derivative of tanh is 1 − tanh², with a minus.",
            one_for("tanh", lambda p, _: 1 + np.tanh(p) ** 2),
            "Can tanh be steeper than 1 anywhere?",
        ),
        Mistake(
            "not-squared",
            "The derivative of tanh is 1 − tanh²; the square is missing.",
            one_for("tanh", lambda p, _: 1 - np.tanh(p)),
            "tanh is as steep at −p as at p. Is yours?",
        ),
        Mistake(
            "tanh-as-sigmoid",
            "s(1 − s) is the derivative of the sigmoid; that of tanh is 1 − s².",
            one_for("tanh", lambda p, _: np.tanh(p) * (1 - np.tanh(p))),
            "What is the derivative of tanh at 0, and what does your formula give there?",
        ),
        Mistake(
            "sigmoid-as-tanh",
            "1 − s² is the derivative of tanh; that of the sigmoid is s(1 − s).",
            one_for("sigmoid", lambda p, _: 1 - VALUE["sigmoid"](np.asarray(p)) ** 2),
            "Far to the left the sigmoid is nearly constant. What does your formula give there?",
        ),
        Mistake(
            "relu-always-open",
            "The derivative of relu is 1 on both sides; where p is negative relu lies flat: 0.",
            one_for("relu", lambda p, _: 1.0),
            "What does relu do with −1, and with −1.1?",
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
