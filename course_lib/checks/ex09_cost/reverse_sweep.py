from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost import tapes
from course_lib.checks.ex09_cost.reference import (
    local_slopes,
    reverse_sweep,
    run_tape,
)
from course_lib.checks.ex09_cost.run_tape import TAPES
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
Tape = list[tapes.Row]

BACK = f"{PAGE}#cost-reverse"

ADJOINT = f"{PAGE}#cost-tape"


def reverse_inputs(rng: Generator, fixture: Fixture) -> tuple[Tape, np.ndarray]:
    """Draw a tape and compute its values, of which the last one is positive."""
    while True:
        tape, numbers = tapes.inputs(rng, fixture)
        values = run_tape(tape, numbers)
        if values[-1] > 0:
            return tape, values


def slopes_of(tape: Tape, values: Any, i: int) -> list[float]:
    """Return the local derivatives of row i."""
    operation, inputs = tape[i]
    return local_slopes(operation, [float(values[j]) for j in inputs], float(values[i]))


def called(call: Callable[..., Any], tape: Tape, values: Any, i: int) -> Any:
    """Return what a student's `local_slopes` says about row i."""
    operation, inputs = tape[i]
    return call("local_slopes", operation, [float(values[j]) for j in inputs], float(values[i]))


def carried_reverse(call: Callable[..., Any], tape: Tape, values: Any) -> np.ndarray:
    """Go through a tape backwards with the local derivatives that ``call`` returns."""
    bars = np.zeros(len(tape))
    bars[-1] = 1.0
    for i in reversed(range(len(tape))):
        for j, slope in zip(tape[i][1], called(call, tape, values, i), strict=True):
            bars[j] += bars[i] * slope
    return bars


def _reverse(
    pay: Callable[[float, float, float], float] = lambda bar, upstream, slope: (
        bar + upstream * slope
    ),
    start: Callable[[Tape, Any], list[float]] = lambda tape, values: (
        [0.0] * (len(tape) - 1) + [1.0]
    ),
    order: Callable[[Tape], Iterable[int]] = lambda tape: reversed(range(len(tape))),
    slopes: Callable[[list[float]], list[float]] = lambda slopes: slopes,
) -> Callable[..., np.ndarray]:
    """Make a reverse sweep with another contribution, start, order or derivatives."""

    def sweep(tape: Tape, values: Any) -> np.ndarray:
        bars = start(tape, values)
        for i in order(tape):
            for j, slope in zip(tape[i][1], slopes(slopes_of(tape, values, i)), strict=False):
                bars[j] = pay(bars[j], bars[i], slope)
        return np.array(bars)

    return sweep


def _gathered(tape: Tape, values: Any) -> list[float]:
    """Right by asking every row which later rows use it."""
    bars = [0.0] * len(tape)
    bars[-1] = 1.0
    users: list[list[tuple[int, float]]] = [[] for _ in tape]
    for i, (_, inputs) in enumerate(tape):
        for j, slope in zip(inputs, slopes_of(tape, values, i), strict=True):
            users[j].append((i, slope))
    for j in range(len(tape) - 2, -1, -1):
        bars[j] = sum(bars[i] * slope for i, slope in users[j])
    return bars


def _handed_on_twice(tape: Tape, values: Any) -> np.ndarray:
    """Pass on the total so far whenever a contribution arrives."""
    bars = [0.0] * len(tape)

    def receive(i: int, share: float) -> None:
        bars[i] += share
        for j, slope in zip(tape[i][1], slopes_of(tape, values, i), strict=True):
            receive(j, bars[i] * slope)

    receive(len(tape) - 1, 1.0)
    return np.array(bars)


def _square_rows_once(slopes: list[float]) -> list[float]:
    return slopes[:1]


def _reverse_example() -> str:
    tape: Tape = [("input", []), ("input", []), ("*", [0, 1]), ("+", [2, 0])]
    values = run_tape(tape, [2.0, -3.0])
    text = Worked("p·q + p with p = 2 and q = −3, on a tape of four rows:")
    text.array("values", values)
    text.line("  start: bars = [0, 0, 0, 1]")
    text.line("  row 3, a sum: bars[2] += 1·1, bars[0] += 1·1")
    text.line("  row 2, a product: bars[0] += 1·(−3), bars[1] += 1·2")
    return str(text.array("bars", reverse_sweep(tape, values)))


REVERSE_SWEEP = Question(
    name="reverse_sweep",
    signature="reverse_sweep(tape, values) -> bars",
    returns=("bars",),
    parts=(
        Part(
            "bars",
            4,
            next_step=(
                "Take a tape of three rows: two inputs and their product. "
                "What should bars be, and which entry does your function "
                "compute differently?"
            ),
        ),
    ),
    section=BACK,
    place="Look at the start, at the order of the rows, and at how the contributions are "
    "accumulated.",
    inputs=reverse_inputs,
    reference=reverse_sweep,
    fixtures=(*TAPES, Fixture("many inputs", n=2500, cpu_seconds=2.0)),
    sizes=lambda tape, values: {"rows": len(tape)},
    factors=lambda tape, values: {"values[-1]": values[-1]},
    carried=carried_reverse,
    provided=inspect.getsource(local_slopes),
    slow="How often does your function go through the whole tape, and how often should it?",
    example=_reverse_example,
    correct={
        "every row asks its users": _gathered,
        "a list": lambda tape, values: reverse_sweep(tape, values).tolist(),
        "float32": lambda tape, values: reverse_sweep(tape, values).astype(np.float32),
    },
    mistakes=(
        Mistake(
            "B18",
            "Each contribution replaces the one before. The contributions should be accumulated "
            "(+=), because a row that is used twice receives two.",
            _reverse(pay=lambda bar, upstream, slope: upstream * slope),
            "What does bars[j] contain when a second row that uses row j contributes?",
        ),
        Mistake(
            "wrong-order",
            "Your loop runs from the first row to the last. It should run from the last to the "
            "first, so that a row passes on its gradient after all its contributions have "
            "arrived.",
            _reverse(order=lambda tape: range(len(tape))),
            "When a row passes on its gradient, have all rows that use it contributed?",
        ),
        Mistake(
            "seed-value",
            "Your sweep starts with the value of the last row. It should start with 1, the "
            "derivative of the last row with respect to itself.",
            _reverse(
                start=lambda tape, values: [0.0] * (len(tape) - 1) + [float(values[-1])],
            ),
            "What is the derivative of the last row with respect to itself?",
        ),
        Mistake(
            "ones-everywhere",
            "Every row of yours starts with 1. Only the last row should; the others start with 0.",
            _reverse(start=lambda tape, values: [1.0] * len(tape)),
            "What is the sum of the contributions to a row before any row has contributed?",
        ),
        Mistake(
            "upstream-left-out",
            "Your contributions are the local derivatives alone. They should be multiplied by the "
            "upstream gradient, bars[i].",
            _reverse(pay=lambda bar, upstream, slope: bar + slope),
            "Which two factors does a contribution have in the chain rule, and which of them do "
            "you use?",
        ),
        Mistake(
            "first-input-only",
            "Only the first input of each row receives a contribution. Every input should receive "
            "one.",
            _reverse(slopes=_square_rows_once),
            "How many inputs does a product have, and to how many of them does your code add a "
            "contribution?",
        ),
        Mistake(
            "passed-on-twice",
            "Each row passes on its whole gradient every time a contribution arrives, so earlier "
            "contributions are passed on again. It should pass on its gradient once, after the "
            "last contribution.",
            _handed_on_twice,
            "If two rows use a row, how often should that row pass on its gradient?",
        ),
    ),
)
