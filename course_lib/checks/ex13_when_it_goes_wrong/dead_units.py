from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex13_when_it_goes_wrong.reference import (
    dead_units,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
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
    place="Look at what counts as 0, over which axis you combine it, and what you count.",
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
            "fraction",
            "Your result is the fraction of dead units. It should be their number.",
            lambda z: float((z <= 0).all(axis=0).mean()),
            "Is your result a number of units, or a fraction of them?",
        ),
    ),
)
