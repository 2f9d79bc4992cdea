"""`reverse_sweep` and `forward_sweep`: derivatives carried along a tape, in either direction."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost import tapes
from course_lib.checks.ex09_cost.forward import TAPES
from course_lib.checks.ex09_cost.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex09 import forward_sweep, local_slopes, reverse_sweep, run_tape
from course_lib.checks.worked import Worked

Tape = list[tapes.Row]
BACK = f"{PAGE}#cost-reverse"
ALONG = f"{PAGE}#cost-forward-mode"
ADJOINT = f"{PAGE}#cost-tape"


def reverse_inputs(rng: Generator, fixture: Fixture) -> tuple[Tape, np.ndarray]:
    """Draw a tape and compute its values, of which the last one is positive."""
    while True:
        tape, numbers = tapes.inputs(rng, fixture)
        values = run_tape(tape, numbers)
        if values[-1] > 0:
            return tape, values


def forward_inputs(rng: Generator, fixture: Fixture) -> tuple[Tape, np.ndarray, int]:
    """Draw a tape, compute its values and choose the input on which most rows depend.

    The input is not row 0, and its value is positive. In rows with two inputs, neither
    one alone nor a product gives what their sum does.
    """
    while True:
        tape, values = reverse_inputs(rng, fixture)
        rows = [i for i, (kind, _) in enumerate(tape) if kind == "input" and i > 0 < values[i]]
        if not rows:
            continue
        source = max(rows, key=lambda i: np.count_nonzero(forward_sweep(tape, values, i)))
        found = [_dots(combine)(tape, values, source) for combine in COMBINED]
        squared = [used[0] for _, used in tape if len(used) == 2 and used[0] == used[1]]
        if found[0][squared].any() and all(
            np.abs(one - two).max() > 0.01 for one, two in combinations(found, 2)
        ):
            return tape, values, source


def slopes_of(tape: Tape, values: Any, i: int) -> list[float]:
    """Return the local derivatives of row i."""
    operation, inputs = tape[i]
    return local_slopes(operation, [float(values[j]) for j in inputs], float(values[i]))


def _called(call: Callable[..., Any], tape: Tape, values: Any, i: int) -> Any:
    """Return what a student's `local_slopes` says about row i."""
    operation, inputs = tape[i]
    return call("local_slopes", operation, [float(values[j]) for j in inputs], float(values[i]))


def carried_reverse(call: Callable[..., Any], tape: Tape, values: Any) -> np.ndarray:
    """Go through a tape backwards with the local derivatives that ``call`` returns."""
    bars = np.zeros(len(tape))
    bars[-1] = 1.0
    for i in reversed(range(len(tape))):
        for j, slope in zip(tape[i][1], _called(call, tape, values, i), strict=True):
            bars[j] += bars[i] * slope
    return bars


def _carried_forward(call: Callable[..., Any], tape: Tape, values: Any, source: int) -> np.ndarray:
    dots = np.zeros(len(tape))
    for i, (_, inputs) in enumerate(tape):
        slopes = _called(call, tape, values, i)
        dots[i] = sum(dots[j] * slope for j, slope in zip(inputs, slopes, strict=True))
        if i == source:
            dots[i] = 1.0
    return dots


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


def _dots(
    combine: Callable[[list[float]], float] = sum,
    seed: Callable[[Tape, Any, int], dict[int, float]] = lambda tape, values, source: (
        {source: 1.0}
    ),
) -> Callable[..., np.ndarray]:
    """Make a forward sweep with another sum of the contributions or another seed."""

    def sweep(tape: Tape, values: Any, source: int) -> np.ndarray:
        dots, seeds = [0.0] * len(tape), seed(tape, values, source)
        for i, (_, inputs) in enumerate(tape):
            shares = zip(inputs, slopes_of(tape, values, i), strict=True)
            dots[i] = combine([dots[j] * slope for j, slope in shares]) if inputs else 0.0
            dots[i] = seeds.get(i, dots[i])
        return np.array(dots)

    return sweep


def _one_column(tape: Tape, values: Any, source: int) -> np.ndarray:
    """Right by solving the triangular system for one column."""
    table = np.zeros((len(tape), len(tape)))
    for i, (_, inputs) in enumerate(tape):
        for j, slope in zip(inputs, slopes_of(tape, values, i), strict=True):
            table[i, j] += slope
    return np.linalg.solve(np.eye(len(tape)) - table, np.eye(len(tape))[source])


COMBINED: tuple[Callable[[list[float]], float], ...] = (
    sum,
    lambda one: one[0],
    lambda one: one[-1],
    lambda one: float(np.prod(one)),
)
"""What becomes of the contributions to a row; the first is right."""


def _every_input(tape: Tape, values: Any, source: int) -> dict[int, float]:
    return {i: 1.0 for i, (operation, _) in enumerate(tape) if operation == "input"}


def _reverse_example() -> str:
    tape: Tape = [("input", []), ("input", []), ("*", [0, 1]), ("+", [2, 0])]
    values = run_tape(tape, [2.0, -3.0])
    text = Worked("p·q + p with p = 2 and q = −3, on a tape of four rows:")
    text.array("values", values)
    text.line("  start: bars = [0, 0, 0, 1]")
    text.line("  row 3, a sum: bars[2] += 1·1, bars[0] += 1·1")
    text.line("  row 2, a product: bars[0] += 1·(−3), bars[1] += 1·2")
    return str(text.array("bars", reverse_sweep(tape, values)))


def _forward_example() -> str:
    tape: Tape = [("input", []), ("input", []), ("*", [0, 1]), ("+", [2, 0])]
    values = run_tape(tape, [2.0, -3.0])
    text = Worked("p·q + p with p = 2 and q = −3, source = 0 (the row of p):")
    text.line("  row 0: 1,  row 1: 0,  row 2: 1·(−3) + 0·2 = −3,  row 3: −3 + 1 = −2")
    return str(text.array("dots", forward_sweep(tape, values, 0)))


REVERSE = Question(
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
            "handed-on-twice",
            "Each row passes on its whole gradient every time a contribution arrives, so earlier "
            "contributions are passed on again. It should pass on its gradient once, after the "
            "last contribution.",
            _handed_on_twice,
            "If two rows use a row, how often should that row pass on its gradient?",
        ),
    ),
)

FORWARD = Question(
    name="forward_sweep",
    signature="forward_sweep(tape, values, source) -> dots",
    returns=("dots",),
    parts=(
        Part(
            "dots",
            3,
            next_step=(
                "Take a tape of three rows: two inputs and their product. "
                "What should dots be for source = 0, and which entry does "
                "your function compute differently?"
            ),
        ),
    ),
    section=ALONG,
    place="Look at the row whose derivative is 1, and at the sum over the inputs of a row.",
    inputs=forward_inputs,
    reference=forward_sweep,
    fixtures=TAPES,
    sizes=lambda tape, values, source: {"rows": len(tape)},
    factors=lambda tape, values, source: {"values[source]": values[source]},
    carried=_carried_forward,
    provided=inspect.getsource(local_slopes),
    example=_forward_example,
    correct={
        "a triangular system": _one_column,
        "a list": lambda tape, values, source: forward_sweep(tape, values, source).tolist(),
        "float32": lambda *args: forward_sweep(*args).astype(np.float32),
    },
    mistakes=(
        Mistake(
            "every-input-moves",
            "All your inputs have the derivative 1. Only `source` should have it, the others 0.",
            _dots(seed=_every_input),
            "With respect to which row does one sweep differentiate, and what is the derivative "
            "of the other inputs?",
        ),
        Mistake(
            "first-input-moves",
            "Your sweep differentiates with respect to the first row. It should use row `source`.",
            _dots(seed=lambda tape, values, source: {0: 1.0}),
            "With respect to which row does your sweep differentiate?",
        ),
        Mistake(
            "seed-value",
            "Your source starts with its value. It should start with 1, its derivative with "
            "respect to itself.",
            _dots(seed=lambda tape, values, source: {source: float(values[source])}),
            "What is the derivative of a row with respect to itself?",
        ),
        Mistake(
            "contributions-multiplied",
            "Your function multiplies the contributions of the inputs. It should add them.",
            _dots(combine=lambda shares: float(np.prod(shares))),
            "When both inputs of a product change by a little, are their contributions to the "
            "change added or multiplied?",
        ),
        Mistake(
            "last-input-only",
            "Only the last input of a row contributes. The derivative of a row should be the sum "
            "of the contributions of all its inputs.",
            _dots(combine=lambda shares: shares[-1]),
            "When both inputs of a product change, how many contributions does the change of the "
            "product have?",
        ),
        Mistake(
            "first-input-only",
            "Only the first input of a row contributes. The derivative of a row should be the sum "
            "of the contributions of all its inputs.",
            _dots(combine=lambda shares: shares[0]),
            "When both inputs of a product change, how many contributions does the change of the "
            "product have?",
        ),
        Mistake(
            "reverse-instead",
            "Your results are the derivatives of the last row with respect to every row, as in "
            "the reverse sweep. They should be the derivatives of every row with respect to "
            "`source`.",
            lambda tape, values, source: reverse_sweep(tape, values),
            "Which row do you differentiate, and with respect to which? Which of the two is the "
            "same for all entries?",
        ),
    ),
)
