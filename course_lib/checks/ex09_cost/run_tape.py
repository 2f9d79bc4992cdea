from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.ex09_cost import tapes
from course_lib.checks.ex09_cost.reference import run_tape
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
TAPE = f"{PAGE}#cost-tape"

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


def row(operation: str, p: float, q: float) -> float:
    rows = [("input", []), ("input", []), (operation, [0, 1])]
    return float(run_tape(rows, [p, q])[-1])


def _turned(operation: str, inputs: list[int], values: list[float], _n: list[float]) -> float:
    return row(operation, values[inputs[-1]], values[inputs[0]])


def _last_rows(operation: str, inputs: list[int], values: list[float], _n: list[float]) -> float:
    return row(operation, values[-min(2, len(inputs))], values[-1])


def _from_numbers(
    operation: str, inputs: list[int], _v: list[float], numbers: list[float]
) -> float:
    size = len(numbers)
    with np.errstate(all="ignore"):
        return row(operation, numbers[inputs[0] % size], numbers[inputs[-1] % size])


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
            values[i] = row(operation, values[inputs[0]], values[inputs[-1]])
    return values


def _run_example() -> str:
    tape = [("input", []), ("input", []), ("*", [0, 1]), ("+", [2, 0])]
    text = Worked("Four rows, numbers 2 and −3:")
    for i, row in enumerate(tape):
        text.line(f"  row {i}: {row}")
    text.line("  row 2: 2·(−3) = −6,  row 3: −6 + 2 = −4")
    return str(text.array("values", run_tape(tape, [2.0, -3.0])))


RUN_TAPE = Question(
    name="run_tape",
    signature="run_tape(tape, numbers) -> values",
    returns=("values",),
    parts=(Part("values", 2),),
    section=TAPE,
    place="Look at where an input row gets its number from, and an operation its inputs.",
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
            "operands-swapped",
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
