"""`dead_units`, `flat_share`, `different_units`: three counts that show a sick layer."""

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
)


def dead_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray]:
    """Draw z (N, n); some units negative for all examples, some for all but one."""
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
    return (z,)


def _dead_example() -> str:
    z = np.array([[-1.0, 2.0, -0.5], [-3.0, -1.0, 0.5]])
    text = Worked("Two examples (rows), three units (columns):").array("z", z)
    text.line("  unit 0: −1, −3: never positive, dead")
    text.line("  unit 1: 2, −1:  alive for the first example")
    text.line("  unit 2: −0.5, 0.5: alive for the second")
    text.line("One dead unit.")
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
        "the largest z": lambda z: sum(bool(column.max() < 0) for column in z.T),
        "a float": lambda z: float(dead_units(z)),
    },
    mistakes=(
        Mistake(
            "entries",
            "Every z below 0 is counted. A unit that is 0 for some examples is not dead.",
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
            "The question is asked along the wrong axis: these are examples for which all units "
            "are 0.",
            lambda z: int((z <= 0).all(axis=1).sum()),
            "Which axis of z counts the examples, and which should remain?",
        ),
        Mistake(
            "alive",
            "These are the units that are alive.",
            lambda z: int((z > 0).any(axis=0).sum()),
            "Is that the number of dead units, or of the others?",
        ),
        Mistake(
            "mean-negative",
            "A negative mean does not make a unit dead: one example with z > 0 keeps it alive.",
            lambda z: int((z.mean(axis=0) < 0).sum()),
            "Can a unit with a negative mean be positive for one example?",
        ),
        Mistake(
            "first-example",
            "Only the first example is looked at.",
            lambda z: int((z[0] <= 0).sum()),
            "How many examples does your count look at?",
        ),
        Mistake(
            "share",
            "This is the share of dead units; their number is asked for.",
            lambda z: float((z <= 0).all(axis=0).mean()),
            "Is that a number of units, or a share?",
        ),
    ),
)


def flat_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, str, float]:
    """Draw z (N, n) with many entries far out on either side."""
    z = rng.normal(size=(fixture.n, fixture.widths[1])) * 3 + 0.5
    z[:, :2] = rng.choice([-1.0, 1.0], size=(fixture.n, 2)) * rng.uniform(5, 9, (fixture.n, 2))
    return z, fixture.variant, 0.05


def _flat_example() -> str:
    z = np.array([[0.0, 1.0, -3.0, 4.0]])
    text = Worked("tanh, below = 0.05:").array("z", z)
    text.array("g′(z) = 1 − tanh²(z)", SLOPE["tanh"](z))
    text.line("Two of four slopes are below 0.05: the share is 0.5.")
    return str(text)


FLAT_SHARE = Question(
    name="flat_share",
    signature="flat_share(z, activation, below) -> share",
    returns=("share",),
    parts=(Part("share", 1),),
    section=f"{PAGE}#saturated-units",
    place="Look at what is compared with `below`, and at what the count is divided by.",
    inputs=flat_inputs,
    reference=flat_share,
    fixtures=(
        Fixture("tanh", widths=(3, 13), n=11, variant="tanh"),
        Fixture("sigmoid", widths=(3, 17), n=7, variant="sigmoid"),
        Fixture("tanh again", widths=(3, 19), n=9, variant="tanh"),
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
            "This is a number of entries; divide by how many there are.",
            lambda z, name, below: int((SLOPE[name](z) < below).sum()),
            "Between which two numbers does a share lie?",
        ),
        Mistake(
            "B10",
            "The slope is taken at a = g(z), where no curve is flat; it belongs at z.",
            lambda z, name, below: float((SLOPE[name](VALUE[name](z)) < below).mean()),
            "At which number is your slope taken: before the activation, or after it?",
        ),
        Mistake(
            "value-for-slope",
            "The activation's value is compared; its slope says how flat the curve is.",
            lambda z, name, below: float((VALUE[name](z) < below).mean()),
            "Is that the height of the curve, or its slope?",
        ),
        Mistake(
            "steep",
            "This is the share of units that are not flat.",
            lambda z, name, below: 1 - flat_share(z, name, below),
            "Is a flat unit's slope above `below`, or under it?",
        ),
        Mistake(
            "one-side",
            "Only large positive z are counted; the curve is flat on the left as well.",
            lambda z, name, below: float(((SLOPE[name](z) < below) & (z > 0)).mean()),
            "On how many sides does the curve flatten?",
        ),
        Mistake(
            "per-unit",
            "Units that are flat for every example are counted; here every entry counts by itself.",
            lambda z, name, below: float((SLOPE[name](z) < below).all(axis=0).mean()),
            "Does a unit that is flat for half of the examples count in your share?",
        ),
    ),
)


def different_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray]:
    """Draw W (n_out, n_in) from a few rows that repeat, and one column that repeats."""
    n_out, n_in = fixture.widths[1], fixture.widths[0]
    kinds = int(rng.integers(3, n_out // 2 + 1))
    rows = rng.normal(size=(kinds, n_in))
    rows[:, -1] = rows[:, 0]
    rows[1, 0] = rows[0, 0]
    order = np.concatenate([np.arange(kinds), rng.integers(0, kinds, size=n_out - kinds)])
    return (rows[rng.permutation(order)],)


def _different_example() -> str:
    W = np.array([[0.1, 0.2], [0.5, 0.2], [0.1, 0.2]])
    text = Worked("Three units:").array("W", W)
    text.line("Rows 0 and 2 are equal, row 1 is another: two different units.")
    return str(text)


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
        Fixture("a layer", widths=(5, 13)),
        Fixture("another layer", widths=(7, 17)),
        Fixture("a wide layer", widths=(11, 31)),
    ),
    sizes=lambda W: {"n_out": W.shape[0], "n_in": W.shape[1]},
    example=_different_example,
    correct={
        "a set of tuples": lambda W: len({tuple(row) for row in W.tolist()}),
        "rounded": lambda W: len(np.unique(W.round(9), axis=0)),
    },
    mistakes=(
        Mistake(
            "columns",
            "Different columns are counted; a unit's weights are a row of W.",
            lambda W: len(np.unique(W, axis=1).T),
            "Which axis of W counts the neurons of this layer?",
        ),
        Mistake(
            "entries",
            "Different entries are counted; compare whole rows.",
            lambda W: len(np.unique(W)),
            "What belongs to one unit: an entry, or a row?",
        ),
        Mistake(
            "repeats",
            "The repetitions are counted; the different rows are asked for.",
            lambda W: len(W) - different_units(W),
            "Is that how many units there are of different kinds, or how many are spare?",
        ),
        Mistake(
            "first-column",
            "Rows are compared by one entry only; they may agree there and differ elsewhere.",
            lambda W: len(np.unique(W[:, 0])),
            "How many entries of two rows does your comparison look at?",
        ),
        Mistake(
            "neighbours",
            "Only neighbouring rows are compared; equal rows may stand far apart.",
            lambda W: 1 + int((W[1:] != W[:-1]).any(axis=1).sum()),
            "Would your count change if the rows stood in another order?",
        ),
        Mistake(
            "once-only",
            "Rows that occur once are counted; a row that occurs three times is one kind as well.",
            lambda W: int((np.unique(W, axis=0, return_counts=True)[1] == 1).sum()),
            "How does a kind of unit count that occurs three times?",
        ),
    ),
)
