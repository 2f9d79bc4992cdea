from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex06_computational_graphs.reference import local_two
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Pair = tuple[float, float]

SECTION = f"{PAGE}#local-gradient"

TABLE = f"{PAGE}#local-gradient-table"

TWO = ("sum", "difference", "product", "quotient", "maximum")


def calls(operations: tuple[str, ...]) -> tuple[Fixture, ...]:
    return tuple(
        Fixture(
            f"{name} {call}",
            variant=name,
            repeat=call == 1,
            settings={"operation": name, "call": call},
        )
        for name in operations
        for call in ((1, 2, 3, 4) if name == "maximum" else (1, 2, 3))
    )


def two_inputs(rng: Generator, fixture: Fixture) -> tuple[str, float, float]:
    """Draw two numbers well apart, of unlike size and of either sign.

    Each of a maximum's inputs is the larger one twice: between 0 and ½, where absolute values with
    a minus and nearest integers are in the wrong order, and of two negative numbers.
    """
    operation, call = fixture["operation"], fixture["call"]
    if operation == "maximum":
        large, small = float(rng.uniform(0.3, 0.45)), float(rng.uniform(0.05, 0.2))
        pairs = ((large, small), (small, large), (-large, -small), (-small, -large))
        return operation, *pairs[call - 1]
    first, second = (-1.0, -1.0) if call == 3 else (1.0, -1.0)
    small = float(rng.uniform(0.4, 0.9)) * first
    large = float(rng.uniform(1.3, 2.6)) * second
    return operation, *((small, large) if call == 2 else (large, small))


def two_for(operation: str, change: Callable[[float, float], Pair]) -> Callable[..., Pair]:
    """Use other derivatives for one operation and the right ones for the rest."""

    def wrong(name: str, p: float, q: float) -> Pair:
        return change(p, q) if name == operation else local_two(name, p, q)

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
    fixtures=calls(TWO),
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
            "results-swapped",
            "The two derivatives are returned in the wrong order: ds_dp should come first.",
            lambda *args: local_two(*args)[::-1],
            "In which order should the function return its two results?",
            place="Compare the order of your results with the signature.",
        ),
    ),
)
