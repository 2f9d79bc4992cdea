from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.activations import SLOPE, VALUE
from course_lib.checks.ex13_when_it_goes_wrong.reference import (
    flat_share,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
SLOPED = {"edge": "slope"}  # where the activation is far from flat


def flat_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, str, float]:
    """Draw z (N, n) with many entries far from 0 on either side, and `below`.

    One entry is on the other side of `below` once it is rounded.
    """
    z = rng.normal(size=(fixture.n, fixture.widths[1])) * 3 + 0.5
    z[:, :2] = rng.choice([-1.0, 1.0], size=(fixture.n, 2)) * rng.uniform(5, 9, (fixture.n, 2))
    edge_at = fixture.settings.get("edge", "tail")
    if edge_at == "middle":  # at z = 0 the derivative is exactly `below`
        z[rng.integers(fixture.n, size=3), [2, 3, 4]] = 0.0
        return z, fixture.variant, {"sigmoid": 0.25, "tanh": 1.0}[fixture.variant]
    below = float(rng.uniform(0.02, 0.1))
    if edge_at == "slope":  # large enough for a derivative that is taken at a
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
        Fixture("tanh again", widths=(3, 19), n=9, variant="tanh", settings=SLOPED),
        Fixture("sigmoid again", widths=(3, 11), n=13, variant="sigmoid", settings=SLOPED),
        Fixture(
            "all but the middle",
            widths=(3, 11),
            n=8,
            variant="sigmoid",
            settings={"edge": "middle"},
        ),
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
            "value-for-derivative",
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
