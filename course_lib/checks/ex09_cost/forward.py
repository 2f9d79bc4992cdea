"""`run_tape` and `local_slopes`: the values of every row, and the derivatives of one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost import tapes
from course_lib.checks.ex09_cost.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex09 import local_slopes, run_tape
from course_lib.checks.worked import Worked

TAPE = f"{PAGE}#cost-tape"
LOCAL_SECTION = f"{PAGE}#cost-local"
OPERATIONS = {
    "+": "a sum",
    "-": "a difference",
    "*": "a product",
    "tanh": "tanh",
    "exp": "exp",
    "log": "log",
}
TAPES = (
    Fixture("a tape", widths=(4, 9), repeat=True),
    Fixture("a longer tape", widths=(6, 17)),
)


def _run(change: Callable[[str, list[int], list[float], list[float]], float]) -> Callable[..., Any]:
    """Make a `run_tape` whose rows are ``change(operation, inputs, values, numbers)``."""

    def run(tape: list[tapes.Row], numbers: np.ndarray) -> np.ndarray:
        values: list[float] = []
        left = list(numbers)
        for operation, inputs in tape:
            if operation == "input":
                values.append(left.pop(0))
            else:
                values.append(change(operation, inputs, values, list(numbers)))
        return np.array(values)

    return run


def _row(operation: str, p: float, q: float) -> float:
    rows = [("input", []), ("input", []), (operation, [0, 1])]
    return float(run_tape(rows, [p, q])[-1])


def _turned(operation: str, inputs: list[int], values: list[float], _n: list[float]) -> float:
    return _row(operation, values[inputs[-1]], values[inputs[0]])


def _last_rows(operation: str, inputs: list[int], values: list[float], _n: list[float]) -> float:
    return _row(operation, values[-min(2, len(inputs))], values[-1])


def _from_numbers(
    operation: str, inputs: list[int], _v: list[float], numbers: list[float]
) -> float:
    size = len(numbers)
    with np.errstate(all="ignore"):
        return _row(operation, numbers[inputs[0] % size], numbers[inputs[-1] % size])


def _popped(tape: list[tapes.Row], numbers: Any) -> list[float]:
    """Another right route: an iterator for the numbers, a table for the operations."""
    table: dict[str, Callable[..., float]] = {
        "+": lambda p, q: p + q,
        "-": lambda p, q: p - q,
        "*": lambda p, q: p * q,
        "tanh": np.tanh,
        "exp": np.exp,
        "log": np.log,
    }
    left = iter(numbers)
    values: list[float] = []
    for operation, inputs in tape:
        arguments = [values[j] for j in inputs]
        values.append(table[operation](*arguments) if inputs else next(left))
    return values


def _row_number_as_input(tape: list[tapes.Row], numbers: np.ndarray) -> np.ndarray:
    """Take the input's number by the number of its row."""
    values = np.zeros(len(tape))
    for i, (operation, inputs) in enumerate(tape):
        if operation == "input":
            values[i] = numbers[i % len(numbers)]
        else:
            values[i] = _row(operation, values[inputs[0]], values[inputs[-1]])
    return values


def _run_example() -> str:
    tape = [("input", []), ("input", []), ("*", [0, 1]), ("+", [2, 0])]
    text = Worked("Four rows, numbers 2 and −3:")
    for i, row in enumerate(tape):
        text.line(f"  row {i}: {row}")
    text.line("  row 2: 2·(−3) = −6,  row 3: −6 + 2 = −4")
    return str(text.array("values", run_tape(tape, [2.0, -3.0])))


RUN = Question(
    name="run_tape",
    signature="run_tape(tape, numbers) -> values",
    returns=("values",),
    parts=(Part("values", 2),),
    section=TAPE,
    place="Look at the rows that an operation takes its inputs from, and at their order.",
    inputs=tapes.inputs,
    reference=run_tape,
    fixtures=TAPES,
    sizes=lambda tape, numbers: {"rows": len(tape)},
    example=_run_example,
    correct={
        "a list, a table of operations": _popped,
        "float32": lambda tape, numbers: run_tape(tape, numbers).astype(np.float32),
    },
    mistakes=(
        Mistake(
            "turned-round",
            "Your function uses the inputs of a row in the wrong order. In a difference, the "
            "second input should be subtracted from the first.",
            _run(_turned),
            "For which operations does the order of the two inputs matter?",
        ),
        Mistake(
            "last-rows",
            "Each operation uses the rows just before it. It should use the rows in its list of "
            "inputs.",
            _run(_last_rows),
            "Which entry of a row says where its inputs are?",
        ),
        Mistake(
            "inputs-in-numbers",
            "Your function uses the row numbers as indices of `numbers`. They are indices of the "
            "values that are computed so far.",
            _run(_from_numbers),
            "Do the inputs of a row count the rows of the tape, or the entries of `numbers`?",
        ),
        Mistake(
            "number-by-row",
            "An input row uses its row number as the index of `numbers`. The first input row "
            "should get the first number, the second one the second, whatever rows they are.",
            _row_number_as_input,
            "If row 5 is the third input row, which entry of `numbers` is its value?",
        ),
        Mistake(
            "input-zero",
            "Your input rows have the value 0. They should get the entries of `numbers`, in the "
            "order of the rows.",
            lambda tape, numbers: run_tape(
                [(o if o != "log" else "exp", i) for o, i in tape], 0 * np.asarray(numbers)
            ),
            'What is the value of a row with the operation "input"?',
        ),
    ),
)


def slope_inputs(rng: Generator, fixture: Fixture) -> tuple[str, list[float], float]:
    """Draw an operation's inputs of either sign and compute its value; no two numbers agree."""
    operation, _, number = fixture.name.partition(" ")
    low, high = (0.3, 0.9) if operation == "tanh" else (1.3, 1.9)
    p, q = float(rng.uniform(low, high)), float(rng.uniform(2.1, 2.9))
    if operation == "log" and number == "2":
        p = 1 / p  # the logarithm is negative
    elif number == "2":
        p = -p
    elif number == "3":
        q = -q
    inputs = [p, q] if operation in tapes.TWO else [p]
    return operation, inputs, _row(operation, p, q)


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


LOCAL = Question(
    name="local_slopes",
    signature="local_slopes(operation, inputs, value) -> slopes",
    returns=("slopes",),
    parts=tuple(Part(name, 0.5, variant=name) for name in OPERATIONS.values()),
    section=LOCAL_SECTION,
    place="Look at the derivative of that one operation.",
    inputs=slope_inputs,
    reference=lambda operation, inputs, value: np.array(local_slopes(operation, inputs, value)),
    fixtures=tuple(
        Fixture(f"{operation} {number}", variant=name)
        for operation, name in OPERATIONS.items()
        for number in (1, 2, 3)
        if number < 3 or operation in tapes.TWO
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
            "In your derivative of a product each factor has itself. It should have the other "
            "factor.",
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
            "minus-lost",
            "The derivative of p − q with respect to q should be −1. Yours is 1.",
            _slopes("-", lambda inputs, value: [1.0, 1.0]),
            "Does p − q grow or shrink when q grows?",
        ),
        Mistake(
            "minus-turned",
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
