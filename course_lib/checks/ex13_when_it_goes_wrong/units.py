"""`dead_units`, `flat_share`, `different_units`: three counts that diagnose a layer."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex13 import dead_units, different_units, flat_share
from course_lib.checks.worked import Worked

CALLS = (
    Fixture("a layer", widths=(3, 13), n=11),
    Fixture("another layer", widths=(3, 17), n=7),
    Fixture("a wide layer", widths=(3, 29), n=5),
    Fixture("a larger batch", widths=(3, 23), n=19),
)


def dead_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray]:
    """Draw z (N, n); some units negative for all examples, some for all but one.

    One dead unit has z = 0 for an example, another one for all of them, and so has a live one
    for an example. For one example all units are 0.
    """
    n = fixture.widths[1]
    z = rng.normal(size=(fixture.n, n)) * 1.5
    z[np.abs(z) < 0.01] = 0.5
    units = rng.permutation(n)
    dead = int(rng.integers(2, n // 3 + 1))
    z[:, units[:dead]] = -np.abs(z[:, units[:dead]])
    almost = units[dead : dead + 3]
    z[:, almost] = -np.abs(z[:, almost])
    z[2] = -np.abs(z[2])
    z[rng.choice([0, 1, 3, 4], size=3), almost] = 0.3
    z[0, units[-2:]], z[-1, units[-1]] = 4.0, 3.0
    z[0, units[0]], z[:, units[1]], z[1, units[-1]] = 0.0, 0.0, 0.0
    return (z,)


def _dead_example() -> str:
    z = np.array([[-1.0, 2.0, -0.5], [-3.0, -1.0, 0.5]])
    text = Worked("Two examples (rows), three units (columns):").array("z", z)
    text.line("  unit 0: −1, −3: never positive, so dead")
    text.line("  unit 1: 2, −1:  alive for the first example")
    text.line("  unit 2: −0.5, 0.5: alive for the second")
    text.line("There is one dead unit. (With z = 0 instead of −1, unit 0 would be dead as well.)")
    return str(text)


DEAD_UNITS = Question(
    name="dead_units",
    signature="dead_units(z) -> dead",
    returns=("dead",),
    parts=(
        Part(
            "dead",
            1,
            next_step=(
                "Take one unit with z = −1 and z = 2 for two examples. Is "
                "it dead, and what does your function return?"
            ),
        ),
    ),
    section=f"{PAGE}#dead-units",
    place="Look at the axis that you use, and at whether your code tests all examples or some.",
    inputs=dead_inputs,
    reference=dead_units,
    fixtures=CALLS,
    sizes=lambda z: {"N": z.shape[0], "n": z.shape[1]},
    example=_dead_example,
    correct={
        "the activation is 0": lambda z: int((np.maximum(z, 0).sum(axis=0) == 0).sum()),
        "the largest z": lambda z: sum(bool(column.max() <= 0) for column in z.T),
        "no example is active": lambda z: z.shape[1] - np.count_nonzero(np.any(z > 0, axis=0)),
        "a float": lambda z: float(dead_units(z)),
    },
    mistakes=(
        Mistake(
            "entries",
            "Your count contains every z that is not positive. It should count the units that are "
            "0 for all examples.",
            lambda z: int((z <= 0).sum()),
            "Can your count be larger than the number of units?",
        ),
        Mistake(
            "any",
            "Your count contains the units that are 0 for at least one example. It should count "
            "those that are 0 for all examples.",
            lambda z: int((z <= 0).any(axis=0).sum()),
            "For how many examples is a dead unit 0?",
        ),
        Mistake(
            "examples",
            "Your count is that of the examples for which all units are 0. It should count the "
            "units that are 0 for all examples.",
            lambda z: int((z <= 0).all(axis=1).sum()),
            "Which axis of z counts the examples, and which axis should remain?",
        ),
        Mistake(
            "alive",
            "Your number counts the units that are not dead.",
            lambda z: int((z > 0).any(axis=0).sum()),
            "Does your number count the dead units, or the others?",
        ),
        Mistake(
            "strict",
            "Your code takes z = 0 as active. ReLU(0) is 0, so a unit is dead if z ≤ 0 for all "
            "examples.",
            lambda z: int((z < 0).all(axis=0).sum()),
            "What is ReLU(0)?",
        ),
        Mistake(
            "mean-negative",
            "Your code tests the mean of z. A unit is dead only if z ≤ 0 for all examples.",
            lambda z: int((z.mean(axis=0) < 0).sum()),
            "Can a unit with a negative mean be positive for one example?",
        ),
        Mistake(
            "first-example",
            "Your code uses the first example only. It should use all examples.",
            lambda z: int((z[0] <= 0).sum()),
            "How many of the examples does your code use?",
        ),
        Mistake(
            "share",
            "Your result is the fraction of dead units. It should be their number.",
            lambda z: float((z <= 0).all(axis=0).mean()),
            "Is your result a number of units, or a fraction of them?",
        ),
    ),
)


def flat_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, str, float]:
    """Draw z (N, n) with many entries far from 0 on either side, and `below`.

    One entry is on the other side of `below` once it is rounded.
    """
    z = rng.normal(size=(fixture.n, fixture.widths[1])) * 3 + 0.5
    z[:, :2] = rng.choice([-1.0, 1.0], size=(fixture.n, 2)) * rng.uniform(5, 9, (fixture.n, 2))
    if fixture.name == "all but the middle":  # at z = 0 the derivative is exactly `below`
        z[rng.integers(fixture.n, size=3), [2, 3, 4]] = 0.0
        return z, fixture.variant, {"sigmoid": 0.25, "tanh": 1.0}[fixture.variant]
    below = float(rng.uniform(0.02, 0.1))
    if fixture.name.endswith("again"):  # large enough for a derivative that is taken at a
        below = {"sigmoid": 0.215, "tanh": 0.6}[fixture.variant]
    half = 0.5 / below - 1 if fixture.variant == "sigmoid" else below**-0.5
    edge = float(np.arccosh(half))  # there g′ = below
    z[0, 2] = (edge + np.round(edge) + np.copysign(0.5, edge - np.round(edge))) / 2
    return z, fixture.variant, below


def _flat_example() -> str:
    z = np.array([[0.0, 1.0, -3.0, 4.0]])
    text = Worked("tanh, below = 0.05:").array("z", z)
    text.array("g′(z) = 1 − tanh²(z)", SLOPE["tanh"](z))
    text.line("Two of four derivatives are below 0.05: the fraction is 0.5.")
    return str(text)


FLAT_SHARE = Question(
    name="flat_share",
    signature="flat_share(z, activation, below) -> fraction",
    returns=("fraction",),
    parts=(
        Part(
            "fraction",
            1,
            next_step=(
                "Take one tanh unit with z = 0 and z = 5 for two "
                "examples, and below = 0.1. What are the two "
                "derivatives, and what is the fraction?"
            ),
        ),
    ),
    section=f"{PAGE}#saturated-units",
    place="Look at the number that you compare with `below`, and at the number that divides the "
    "count.",
    inputs=flat_inputs,
    reference=flat_share,
    fixtures=(
        Fixture("tanh", widths=(3, 13), n=11, variant="tanh"),
        Fixture("sigmoid", widths=(3, 17), n=7, variant="sigmoid"),
        Fixture("tanh again", widths=(3, 19), n=9, variant="tanh"),
        Fixture("sigmoid again", widths=(3, 11), n=13, variant="sigmoid"),
        Fixture("all but the middle", widths=(3, 11), n=8, variant="sigmoid"),
    ),
    sizes=lambda z, activation, below: {"N": z.shape[0], "n": z.shape[1]},
    example=_flat_example,
    correct={
        "a count over the size": lambda z, name, below: (
            np.count_nonzero(SLOPE[name](z) < below) / z.size
        ),
        "float32": lambda z, name, below: np.float32(flat_share(z, name, below)),
    },
    mistakes=(
        Mistake(
            "count",
            "Your result is a number of entries. It should be divided by the number of all "
            "entries.",
            lambda z, name, below: int((SLOPE[name](z) < below).sum()),
            "What is the largest value that a fraction can have?",
        ),
        Mistake(
            "B10",
            "Your derivative is taken at a = g(z), where it is never small. It should be taken at "
            "z.",
            lambda z, name, below: float((SLOPE[name](VALUE[name](z)) < below).mean()),
            "At which number is your derivative taken: at the input of the activation, or at its "
            "output?",
        ),
        Mistake(
            "value-for-slope",
            "Your code compares the value of the activation. It should compare its derivative.",
            lambda z, name, below: float((VALUE[name](z) < below).mean()),
            "Which number do you compare with `below`: the value of the activation, or its "
            "derivative?",
        ),
        Mistake(
            "steep",
            "Your result is the fraction of entries that are not saturated. It should be that of "
            "the saturated ones.",
            lambda z, name, below: 1 - flat_share(z, name, below),
            "Is the derivative of a saturated unit larger than `below`, or smaller?",
        ),
        Mistake(
            "one-side",
            "Your count contains large positive z only. It should contain large negative z as "
            "well.",
            lambda z, name, below: float(((SLOPE[name](z) < below) & (z > 0)).mean()),
            "Is the derivative at z = −9 smaller than `below`, and does your code count it?",
        ),
        Mistake(
            "other-activation",
            "Your derivatives of tanh and of the sigmoid are swapped.",
            lambda z, name, below: flat_share(z, "tanh" if name == "sigmoid" else "sigmoid", below),
            'Which derivative does your function use for the activation "tanh"?',
        ),
        Mistake(
            "not-strict",
            "Your count contains derivatives that are equal to `below`. It should contain smaller "
            "ones only.",
            lambda z, name, below: float((SLOPE[name](z) <= below).mean()),
            "Is a derivative that is equal to `below` smaller than it?",
        ),
        Mistake(
            "per-example",
            "Your count is divided by the number of examples. It should be divided by the number "
            "of all entries.",
            lambda z, name, below: float((SLOPE[name](z) < below).sum() / len(z)),
            "How many entries does z have, and by what do you divide?",
        ),
        Mistake(
            "per-unit",
            "Your count contains the units that are saturated for all examples. It should count "
            "every entry by itself.",
            lambda z, name, below: float((SLOPE[name](z) < below).all(axis=0).mean()),
            "If a unit is saturated for half of the examples, does it contribute to your fraction?",
        ),
    ),
)


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
