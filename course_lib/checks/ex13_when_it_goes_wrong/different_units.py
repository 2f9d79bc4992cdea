from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex13_when_it_goes_wrong.reference import (
    different_units,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def different_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray]:
    """Draw W (n_out, n_in) from a few rows that repeat, and one column that repeats.

    Two of the rows differ in one entry by 1e-11, and two pairs in their sign alone.
    """
    n_out, n_in = fixture.widths[1], fixture.widths[0]
    kinds = int(rng.integers(8, n_out // 2 + 2))
    rows = rng.normal(size=(kinds, n_in))
    rows[:, -1] = rows[:, 0]
    rows[1, 0] = rows[0, 0]
    rows[3], rows[4], rows[5] = rows[2], -rows[0], -rows[1]
    rows[3, n_in // 2] += 1e-11
    order = np.concatenate([np.arange(kinds), rng.integers(0, kinds, size=n_out - kinds)])
    return (rows[rng.permutation(order)],)


def _different_example() -> str:
    W = np.array([[0.1, 0.2], [0.5, 0.2], [0.1, 0.2]])
    text = Worked("Three units:").array("W", W)
    text.line("Rows 0 and 2 are equal, row 1 differs: two different units.")
    return str(text)


def _distinct(W: np.ndarray) -> int:
    found: list[np.ndarray] = []
    for row in W:
        if not any(np.array_equal(row, other) for other in found):
            found.append(row)
    return len(found)


DIFFERENT_UNITS = Question(
    name="different_units",
    signature="different_units(W) -> count",
    returns=("count",),
    parts=(
        Part(
            "count",
            1,
            next_step=(
                "Take W = [[1, 2], [1, 2], [2, 1]]. How many different "
                "units are there, and what does your function return?"
            ),
        ),
    ),
    section=f"{PAGE}#symmetry",
    place="Look at which entries of W are the weights of one unit, and at what you compare.",
    inputs=different_inputs,
    reference=different_units,
    fixtures=(
        Fixture("a layer", widths=(5, 17)),
        Fixture("another layer", widths=(7, 19)),
        Fixture("a wide layer", widths=(11, 31)),
    ),
    sizes=lambda W: {"n_out": W.shape[0], "n_in": W.shape[1]},
    example=_different_example,
    correct={
        "a set of tuples": lambda W: len({tuple(row) for row in W.tolist()}),
        "row by row": _distinct,
    },
    mistakes=(
        Mistake(
            "columns",
            "Your code counts different columns. It should count different rows: the weights of a "
            "unit are a row of W.",
            lambda W: len(np.unique(W, axis=1).T),
            "Which axis of W counts the neurons of this layer?",
        ),
        Mistake(
            "entries",
            "Your code counts different entries. It should count different rows.",
            lambda W: len(np.unique(W)),
            "Where in W are the weights of one unit: in an entry, in a row, or in a column?",
        ),
        Mistake(
            "rounded",
            "Your weights are rounded or compared with a tolerance, so rows that differ a little "
            "count as equal. They should be compared exactly.",
            lambda W: len(np.unique(W.round(6), axis=0)),
            "Do two units whose weights differ by 1e-11 have the same gradients?",
        ),
        Mistake(
            "sizes",
            "Your rows are compared without their signs. Weights of opposite signs should count "
            "as different.",
            lambda W: len(np.unique(np.abs(W), axis=0)),
            "Do two units with opposite weights compute the same number?",
        ),
        Mistake(
            "repeats",
            "Your number counts the repeated rows. It should count the different ones.",
            lambda W: len(W) - different_units(W),
            "Does your number count the different units, or the copies?",
        ),
        Mistake(
            "first-column",
            "Your code compares one entry of each row. It should compare whole rows.",
            lambda W: len(np.unique(W[:, 0])),
            "How many entries of two rows does your comparison use?",
        ),
        Mistake(
            "neighbours",
            "Your code compares neighbouring rows only. It should compare all rows.",
            lambda W: 1 + int((W[1:] != W[:-1]).any(axis=1).sum()),
            "If the rows were in another order, should your count change?",
        ),
        Mistake(
            "once-only",
            "Your code counts the rows that occur once. It should count repeated rows once as "
            "well.",
            lambda W: int((np.unique(W, axis=0, return_counts=True)[1] == 1).sum()),
            "If a row occurs three times, how often does your code count it?",
        ),
    ),
)
