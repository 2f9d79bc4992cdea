"""Random tapes for exercise 09: rows of operations that use earlier rows, plain data."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost.reference import run_tape
from course_lib.checks.fixtures import Fixture

Row = tuple[str, list[int]]
ONE = ("tanh", "exp", "log")
TWO = ("+", "-", "*")


def _value(operation: str, p: float, q: float) -> float:
    """Compute one row; not a number where that is not possible."""
    if operation == "log" and p <= 0:
        return float("nan")
    return float(run_tape([("input", []), ("input", []), (operation, [0, 1])], [p, q])[-1])


def draw(rng: Generator, inputs: int, rows: int) -> tuple[list[Row], np.ndarray]:
    """Draw a tape and its numbers.

    Inputs stand between other rows, some rows are used several times, one is squared, and one is
    not needed by the last row. No value is near 0, and no value is large.
    """
    later = ["input"] * (inputs - 2) + [str(rng.choice(TWO + ONE)) for _ in range(rows)]
    kinds = ["input", "input", "*", "-", "tanh", *rng.permutation([*later, *TWO, *ONE]).tolist()]
    tape: list[Row] = []
    values: list[float] = []
    numbers: list[float] = []
    unused: list[int] = []
    for kind in kinds:
        if kind == "input":
            number = float(rng.uniform(0.4, 1.8) * rng.choice([-1.0, 1.0]))
            tape.append(("input", []))
            numbers.append(number)
            values.append(number)
            unused.append(len(tape) - 1)
            continue
        for _ in range(60):
            first = int(rng.choice(unused)) if unused and rng.random() < 0.7 else -1
            first = first if first >= 0 else int(rng.integers(len(tape)))
            chosen = [first, int(rng.integers(len(tape)))]
            value = _value(kind, values[chosen[0]], values[chosen[1]])
            if 0.3 < abs(value) < 2.4 and (kind != "tanh" or abs(value) < 0.9):
                chosen = chosen[: 2 if kind in TWO else 1]
                tape.append((kind, chosen))
                values.append(value)
                unused = [row for row in unused if row not in chosen] + [len(tape) - 1]
                break
    return _joined(rng, tape, values, unused), np.array(numbers)


def _joined(rng: Generator, tape: list[Row], values: list[float], unused: list[int]) -> list[Row]:
    """Square a row, lead all rows that nobody uses into one, and leave one row idle."""
    tape.append(("*", [unused[0], unused[0]]))
    end, idle = len(tape) - 1, int(rng.integers(2, 6))
    for row in [*unused[1:], int(rng.integers(3))]:
        tape.append(("-" if row % 2 else "+", [end, row]))
        end = len(tape) - 1
    tape.append(("tanh", [idle]))
    tape.append(("*", [end, idle]))
    return tape


def inputs(rng: Generator, fixture: Fixture) -> tuple[list[Row], np.ndarray]:
    """Draw a tape and the numbers for its inputs; every input of +, − and · is negative once."""
    if fixture.large:
        return long_tape(rng, fixture.n)
    while True:
        tape, numbers = draw(rng, *fixture.widths[:2])
        values = run_tape(tape, numbers)
        if all(
            any(values[used[place]] < 0 for kind, used in tape if kind == operation)
            for operation in TWO
            for place in (0, 1)
        ):
            return tape, numbers


def long_tape(rng: Generator, count: int) -> tuple[list[Row], np.ndarray]:
    """Make a sum of `count` products, each of an input with the tanh of the next one."""
    tape: list[Row] = [("input", [])] * count
    for i in range(count):
        tape.append(("tanh", [(i + 1) % count]))
        tape.append(("*", [i, len(tape) - 1]))
        tape.append(("+", [0 if i == 0 else len(tape) - 3, len(tape) - 1]))
    return tape, rng.uniform(0.4, 1.8, size=count)
