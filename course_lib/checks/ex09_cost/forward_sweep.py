from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost.reference import (
    forward_sweep,
    local_slopes,
    reverse_sweep,
    run_tape,
)
from course_lib.checks.ex09_cost.reverse_sweep import Tape, called, reverse_inputs, slopes_of
from course_lib.checks.ex09_cost.run_tape import TAPES
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
ALONG = f"{PAGE}#cost-forward-mode"


def forward_inputs(rng: Generator, fixture: Fixture) -> tuple[Tape, np.ndarray, int]:
    """Draw a tape, compute its values and choose the input on which most rows depend.

    The input is not row 0, and its value is positive. In rows with two inputs, neither
    one alone nor a product gives what their sum does; nor do other signs, or another row's value.
    """
    while True:
        tape, values = reverse_inputs(rng, fixture)
        rows = [i for i, (kind, _) in enumerate(tape) if kind == "input" and i > 0 < values[i]]
        if not rows:
            continue
        source = max(rows, key=lambda i: np.count_nonzero(forward_sweep(tape, values, i)))
        found = [sweep(tape, values, source) for sweep in SWEEPS]
        squared = [used[0] for _, used in tape if len(used) == 2 and used[0] == used[1]]
        if found[0][squared].any() and all(
            np.abs(one - two).max() > 0.01
            for one, two in (*combinations(found[:4], 2), *product(found[:1], found[4:]))
        ):
            return tape, values, source


def _carried_forward(call: Callable[..., Any], tape: Tape, values: Any, source: int) -> np.ndarray:
    dots = np.zeros(len(tape))
    for i, (_, inputs) in enumerate(tape):
        slopes = called(call, tape, values, i)
        dots[i] = sum(dots[j] * slope for j, slope in zip(inputs, slopes, strict=True))
        if i == source:
            dots[i] = 1.0
    return dots


def _dots(
    combine: Callable[[list[float]], float] = sum,
    seed: Callable[[Tape, Any, int], dict[int, float]] = lambda tape, values, source: (
        {source: 1.0}
    ),
    slopes: Callable[[Tape, Any, int], Any] = slopes_of,
) -> Callable[..., np.ndarray]:
    """Make a forward sweep with another sum of the contributions, seed or local derivatives."""

    def sweep(tape: Tape, values: Any, source: int) -> np.ndarray:
        dots, seeds = [0.0] * len(tape), seed(tape, values, source)
        for i, (_, inputs) in enumerate(tape):
            shares = zip(inputs, slopes(tape, values, i), strict=True)
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


def _local(
    own: Callable[[np.ndarray, int], float], used: Callable[[float], float] = float
) -> Callable[[Tape, Any, int], list[float]]:
    """Make local derivatives of row i at another value of the row, or at others of its inputs."""

    def slopes(tape: Tape, values: Any, i: int) -> list[float]:
        operation, inputs = tape[i]
        return local_slopes(operation, [used(values[j]) for j in inputs], own(values, i))

    return slopes


SWEEPS: tuple[Callable[..., np.ndarray], ...] = (
    forward_sweep,
    _dots(lambda one: one[0]),
    _dots(lambda one: one[-1]),
    _dots(lambda one: float(np.prod(one))),
    _dots(lambda one: abs(sum(one))),
    _dots(lambda one: sum(map(abs, one))),
    _dots(slopes=lambda tape, values, i: np.abs(slopes_of(tape, values, i))),
    _dots(slopes=_local(lambda values, i: values[i], abs)),
    _dots(slopes=_local(lambda values, i: -values[i])),
    _dots(slopes=_local(lambda values, i: -abs(values[i]))),
    _dots(slopes=_local(lambda values, i: np.round(values[i]))),
    _dots(slopes=_local(lambda values, i: np.trunc(values[i]))),
    _dots(slopes=_local(lambda values, i: values[i - 1])),
    lambda *args: np.abs(forward_sweep(*args)),
)
"""The first is right. The inputs are such that it differs from all, and the first four differ."""


def _every_input(tape: Tape, values: Any, source: int) -> dict[int, float]:
    return {i: 1.0 for i, (operation, _) in enumerate(tape) if operation == "input"}


def _forward_example() -> str:
    tape: Tape = [("input", []), ("input", []), ("*", [0, 1]), ("+", [2, 0])]
    values = run_tape(tape, [2.0, -3.0])
    text = Worked("p·q + p with p = 2 and q = −3, source = 0 (the row of p):")
    text.line("  row 0: 1,  row 1: 0,  row 2: 1·(−3) + 0·2 = −3,  row 3: −3 + 1 = −2")
    return str(text.array("dots", forward_sweep(tape, values, 0)))


FORWARD_SWEEP = Question(
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
            "every-input-seeded",
            "All your inputs have the derivative 1. Only `source` should have it, the others 0.",
            _dots(seed=_every_input),
            "With respect to which row does one sweep differentiate, and what is the derivative "
            "of the other inputs?",
        ),
        Mistake(
            "first-input-seeded",
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
