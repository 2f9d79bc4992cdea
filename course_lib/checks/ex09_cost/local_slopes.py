from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost import tapes
from course_lib.checks.ex09_cost.reference import local_slopes
from course_lib.checks.ex09_cost.run_tape import row
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
LOCAL_SECTION = f"{PAGE}#cost-local"

OPERATIONS = {
    "+": "a sum",
    "-": "a difference",
    "*": "a product",
    "tanh": "tanh",
    "exp": "exp",
    "log": "log",
}


def slope_inputs(rng: Generator, fixture: Fixture) -> tuple[str, list[float], float]:
    """Draw an operation's inputs of either sign and compute its value; no two numbers agree."""
    operation, call = fixture["operation"], fixture["call"]
    low, high = (0.3, 0.9) if operation == "tanh" else (1.3, 1.9)
    p, q = float(rng.uniform(low, high)), float(rng.uniform(2.1, 2.9))
    if operation == "log" and call == 2:
        p = 1 / p  # the logarithm is negative
    elif call == 2:
        p = -p
    elif call == 3:
        q = -q
    inputs = [p, q] if operation in tapes.TWO else [p]
    return operation, inputs, row(operation, p, q)


def _slopes(
    operation: str, wrong: Callable[[list[float], float], list[float]]
) -> Callable[..., Any]:
    """Make a `local_slopes` that is wrong for one operation."""
    return lambda asked, inputs, value: (
        wrong(inputs, value) if asked == operation else local_slopes(asked, inputs, value)
    )


def _from_inputs(operation: str, inputs: list[float], value: float) -> Any:
    p = np.array(inputs)
    return {
        "+": lambda: np.ones(2),
        "-": lambda: np.array([1, -1]),
        "*": lambda: p[::-1],
        "tanh": lambda: 1 / np.cosh(p) ** 2,
        "exp": lambda: np.exp(p),
        "log": lambda: p**-1,
    }[operation]()


def _slopes_example() -> str:
    text = Worked("A row that multiplies 4 and −3:  derivatives [−3, 4]; each is the other factor.")
    text.line(
        "A row with tanh whose value is 0.6:  derivatives [1 − 0.36] = [0.64], a list of one."
    )
    text.line("A row that adds them:  derivatives [1, 1], whatever the inputs are.")
    return str(text)


LOCAL_SLOPES = Question(
    name="local_slopes",
    signature="local_slopes(operation, inputs, value) -> derivatives",
    returns=("derivatives",),
    parts=tuple(Part(name, 0.5, variant=name) for name in OPERATIONS.values()),
    section=LOCAL_SECTION,
    place="Look at the derivative of each operation, one at a time.",
    inputs=slope_inputs,
    reference=lambda operation, inputs, value: np.array(local_slopes(operation, inputs, value)),
    fixtures=tuple(
        Fixture(
            f"{operation} {call}", variant=name, settings={"operation": operation, "call": call}
        )
        for operation, name in OPERATIONS.items()
        for call in (1, 2, 3)
        if call < 3 or operation in tapes.TWO
    ),
    example=_slopes_example,
    correct={
        "a list": local_slopes,
        "from the inputs alone": _from_inputs,
        "a tuple": lambda *args: tuple(local_slopes(*args)),
    },
    mistakes=(
        Mistake(
            "own-factor",
            "Your derivative of a product with respect to a factor is that factor. It should be "
            "the other factor.",
            _slopes("*", lambda inputs, value: inputs),
            "By how much does p·q change when p changes by 1?",
        ),
        Mistake(
            "value-in-product",
            "Your derivatives of a product are its value. Each should be the other factor.",
            _slopes("*", lambda inputs, value: [value, value]),
            "By how much does p·q change when p changes by 1?",
        ),
        Mistake(
            "sum-divides",
            "Your derivatives of a sum are ½. They should be 1: a change of an input changes the "
            "sum by as much.",
            _slopes("+", lambda inputs, value: [0.5, 0.5]),
            "By how much does p + q change when p changes by 1?",
        ),
        Mistake(
            "sum-like-product",
            "Your derivatives of a sum are those of a product. They should be 1 and 1.",
            _slopes("+", lambda inputs, value: inputs[::-1]),
            "Does the derivative of p + q depend on how large q is?",
        ),
        Mistake(
            "minus-missing",
            "The derivative of p − q with respect to q should be −1. Yours is 1.",
            _slopes("-", lambda inputs, value: [1.0, 1.0]),
            "Does p − q grow or shrink when q grows?",
        ),
        Mistake(
            "minus-reversed",
            "The signs of your derivatives of p − q are reversed. They should be 1 for p and −1 "
            "for q.",
            _slopes("-", lambda inputs, value: [-1.0, 1.0]),
            "Does p − q grow or shrink when p grows?",
        ),
        Mistake(
            "B11",
            "Your derivative of tanh is 1 minus the square of the input. It should be 1 minus the "
            "square of the value.",
            _slopes("tanh", lambda inputs, value: [1.0 - inputs[0] ** 2]),
            "In 1 − a², is a the input of tanh or its value, and which of the two does your code "
            "square?",
        ),
        Mistake(
            "B11-twice",
            "Your derivative applies tanh to the value, which is a tanh already. It should be 1 "
            "minus the square of the value.",
            _slopes("tanh", lambda inputs, value: [1.0 - np.tanh(value) ** 2]),
            "How often is tanh applied in 1 − tanh²(z), and how often in your code?",
        ),
        Mistake(
            "tanh-plus",
            "Your derivative of tanh is 1 plus the square. It should be 1 minus the square.",
            _slopes("tanh", lambda inputs, value: [1.0 + value**2]),
            "Where tanh is nearly 1, should its derivative be near 0 or near 2?",
        ),
        Mistake(
            "exp-of-value",
            "Your derivative applies exp to the value, which is eᵖ already. It should be the "
            "value itself.",
            _slopes("exp", lambda inputs, value: [float(np.exp(value))]),
            "Which of your inputs is eᵖ already?",
        ),
        Mistake(
            "exp-like-power",
            "Your derivative of eᵖ uses the rule for a power of p. It should be eᵖ itself.",
            _slopes("exp", lambda inputs, value: [inputs[0] * float(np.exp(inputs[0] - 1.0))]),
            "In eᵖ, is p the base or the exponent?",
        ),
        Mistake(
            "log-of-value",
            "Your derivative of log p is 1 over the value. It should be 1 over the input, p.",
            _slopes("log", lambda inputs, value: [1.0 / value]),
            "With respect to which number is log differentiated: the input of the row, or its "
            "value?",
        ),
        Mistake(
            "log-like-exp",
            "Your derivative of log p is the value itself, as for exp. It should be 1/p.",
            _slopes("log", lambda inputs, value: [value]),
            "Which function is its own derivative: exp or log?",
        ),
    ),
)
