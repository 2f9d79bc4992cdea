"""`dead_units`, `flat_share`, `different_units`: three counts that diagnose a layer."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
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
    for an example.
    """
    n = fixture.widths[1]
    z = rng.normal(size=(fixture.n, n)) * 1.5
    z[np.abs(z) < 0.01] = 0.5
    units = rng.permutation(n)
    dead = int(rng.integers(2, n // 3 + 1))
    z[:, units[:dead]] = -np.abs(z[:, units[:dead]])
    almost = units[dead : dead + 3]
    z[:, almost] = -np.abs(z[:, almost])
    z[rng.integers(0, fixture.n, size=3), almost] = 0.3
    z[0, units[-2:]], z[-1, units[-1]] = 4.0, 3.0
    z[0, units[0]], z[:, units[1]], z[1, units[-1]] = 0.0, 0.0, 0.0
    return (z,)


def _dead_example() -> str:
    z = np.array([[-1.0, 2.0, -0.5], [-3.0, -1.0, 0.5]])
    text = Worked("Two examples (rows), three units (columns):").array("z", z)
    text.line("  unit 0: −1, −3: never positive, dead")
    text.line("  unit 1: 2, −1:  alive for the first example")
    text.line("  unit 2: −0.5, 0.5: alive for the second")
    text.line("One dead unit. (With z = 0 in the place of −1, unit 0 would be dead as well.)")
    return str(text)


DEAD_UNITS = Question(
    name="dead_units",
    signature="dead_units(z) -> dead",
    returns=("dead",),
    parts=(Part("dead", 1),),
    section=f"{PAGE}#dead-units",
    place="Look at the axis over which you ask, and at whether you ask for all or for some.",
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
            "Every z that is not positive is counted. A unit that is 0 for some examples is not "
            "dead.",
            lambda z: int((z <= 0).sum()),
            "Can your count be larger than the number of units?",
        ),
        Mistake(
            "any",
            "Units that are 0 for at least one example are counted; dead is 0 for all of them.",
            lambda z: int((z <= 0).any(axis=0).sum()),
            "For how many examples must a dead unit be 0?",
        ),
        Mistake(
            "examples",
            "The wrong axis is used: these are the examples for which all units are 0.",
            lambda z: int((z <= 0).all(axis=1).sum()),
            "Which axis of z are the examples, and which should remain?",
        ),
        Mistake(
            "alive",
            "These are the units that are not dead.",
            lambda z: int((z > 0).any(axis=0).sum()),
            "Is that the number of dead units, or of the others?",
        ),
        Mistake(
            "strict",
            "z = 0 does not count as dead here. ReLU(0) is 0 as well, so a unit is dead if z ≤ 0 "
            "for every example.",
            lambda z: int((z < 0).all(axis=0).sum()),
            "What is ReLU(0)?",
        ),
        Mistake(
            "mean-negative",
            "A negative mean does not make a unit dead: one example with z > 0 keeps it active.",
            lambda z: int((z.mean(axis=0) < 0).sum()),
            "Can a unit with a negative mean be positive for one example?",
        ),
        Mistake(
            "first-example",
            "Only the first example is used.",
            lambda z: int((z[0] <= 0).sum()),
            "How many examples does your count depend on?",
        ),
        Mistake(
            "share",
            "This is the fraction of units that are dead; their number is asked for.",
            lambda z: float((z <= 0).all(axis=0).mean()),
            "Is that a number of units, or a fraction?",
        ),
    ),
)


def flat_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, str, float]:
    """Draw z (N, n) with many entries far from 0 on either side, and `below`."""
    z = rng.normal(size=(fixture.n, fixture.widths[1])) * 3 + 0.5
    z[:, :2] = rng.choice([-1.0, 1.0], size=(fixture.n, 2)) * rng.uniform(5, 9, (fixture.n, 2))
    if fixture.name == "all but the middle":  # at z = 0 the derivative is exactly `below`
        z[rng.integers(fixture.n, size=3), [2, 3, 4]] = 0.0
        return z, fixture.variant, {"sigmoid": 0.25, "tanh": 1.0}[fixture.variant]
    return z, fixture.variant, float(rng.uniform(0.02, 0.1))


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
    parts=(Part("fraction", 1),),
    section=f"{PAGE}#saturated-units",
    place="Look at what is compared with `below`, and at what the count is divided by.",
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
            "This is a number of entries; divide it by the number of all entries.",
            lambda z, name, below: int((SLOPE[name](z) < below).sum()),
            "Between which two numbers is a fraction?",
        ),
        Mistake(
            "B10",
            "The derivative is taken at a = g(z), where it is never small; it is taken at z.",
            lambda z, name, below: float((SLOPE[name](VALUE[name](z)) < below).mean()),
            "At which number is your derivative taken: before the activation, or after it?",
        ),
        Mistake(
            "value-for-slope",
            "The value of the activation is compared; its derivative says how flat the curve is.",
            lambda z, name, below: float((VALUE[name](z) < below).mean()),
            "Is that the value of the activation, or its derivative?",
        ),
        Mistake(
            "steep",
            "This is the fraction of entries that are not flat.",
            lambda z, name, below: 1 - flat_share(z, name, below),
            "Is the derivative of a saturated unit larger than `below`, or smaller?",
        ),
        Mistake(
            "one-side",
            "Only large positive z are counted; the curve is flat for large negative z as well.",
            lambda z, name, below: float(((SLOPE[name](z) < below) & (z > 0)).mean()),
            "Is the derivative at z = −9 small or large?",
        ),
        Mistake(
            "other-activation",
            "The derivatives of tanh and of the sigmoid are exchanged.",
            lambda z, name, below: flat_share(z, "tanh" if name == "sigmoid" else "sigmoid", below),
            'What does your function do for the activation "tanh"?',
        ),
        Mistake(
            "not-strict",
            "A derivative equal to `below` is counted; only smaller ones are.",
            lambda z, name, below: float((SLOPE[name](z) <= below).mean()),
            "Is a derivative that equals `below` smaller than it?",
        ),
        Mistake(
            "per-example",
            "The entries are divided by the number of examples instead of the number of all "
            "entries.",
            lambda z, name, below: float((SLOPE[name](z) < below).sum() / len(z)),
            "How many entries does z have?",
        ),
        Mistake(
            "per-unit",
            "Units that are flat for every example are counted; here every entry counts by itself.",
            lambda z, name, below: float((SLOPE[name](z) < below).all(axis=0).mean()),
            "How does a unit that is flat for half of the examples enter your fraction?",
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
    parts=(Part("count", 1),),
    section=f"{PAGE}#symmetry",
    place="Look at what belongs to one unit in W, and at what is compared with what.",
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
            "Different columns are counted; the weights of a unit are a row of W.",
            lambda W: len(np.unique(W, axis=1).T),
            "Which axis of W are the neurons of this layer?",
        ),
        Mistake(
            "entries",
            "Different entries are counted; compare whole rows.",
            lambda W: len(np.unique(W)),
            "What are the weights of one unit: an entry, or a row?",
        ),
        Mistake(
            "rounded",
            "The weights are rounded (or compared with a tolerance) first, and rows that differ a "
            "little become equal. Two units are equal only if all their weights are.",
            lambda W: len(np.unique(W.round(6), axis=0)),
            "Do two units whose weights differ by 1e-11 get the same gradients?",
        ),
        Mistake(
            "sizes",
            "Rows are compared without their signs; weights of opposite sign are different.",
            lambda W: len(np.unique(np.abs(W), axis=0)),
            "Do two units with opposite weights compute the same?",
        ),
        Mistake(
            "repeats",
            "The repetitions are counted; the different rows are asked for.",
            lambda W: len(W) - different_units(W),
            "Is that the number of different units, or how many are copies?",
        ),
        Mistake(
            "first-column",
            "Rows are compared by one entry only; they may agree there and differ elsewhere.",
            lambda W: len(np.unique(W[:, 0])),
            "How many entries of two rows does your comparison use?",
        ),
        Mistake(
            "neighbours",
            "Only neighbouring rows are compared; equal rows may be far apart.",
            lambda W: 1 + int((W[1:] != W[:-1]).any(axis=1).sum()),
            "Would your count change if the rows were in another order?",
        ),
        Mistake(
            "once-only",
            "Rows that occur once are counted; a row that occurs three times is one unit as well.",
            lambda W: int((np.unique(W, axis=0, return_counts=True)[1] == 1).sum()),
            "How does a row that occurs three times enter your count?",
        ),
    ),
)
