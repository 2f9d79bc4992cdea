"""`softsign_backward`: through an activation that the course does not use."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex08_columns.reference import softsign_backward
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page

PAGE = page(__name__)


def inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw da and z, both (n, N), with z of both signs and away from 0."""
    size = (fixture.widths[1], fixture.n)
    z = rng.uniform(0.1, 2.6, size=size) * rng.choice([-1.0, 1.0], size=size)
    return rng.normal(size=size), z


SOFTSIGN_BACKWARD = Question(
    name="softsign_backward",
    signature="softsign_backward(da, z) -> delta",
    returns=("delta",),
    parts=(Part("delta", 2),),
    section=f"{PAGE}#activation-derivative",
    place="Look at the factor that da is multiplied by, for z below 0.",
    inputs=inputs,
    reference=softsign_backward,
    fixtures=(Fixture("marking", repeat=True),),
    correct={
        "written in a": lambda da, z: da * (1 - np.abs(z / (1 + np.abs(z)))) ** 2,
    },
    mistakes=(
        Mistake(
            "derivative-missing",
            "delta is da itself: the derivative of softsign is missing.",
            lambda da, z: da.copy(),
            "da is the gradient at a. What lies between a and z, and what is its derivative there?",
        ),
        Mistake(
            "sign-of-z",
            "1 + z is written where 1 + |z| belongs: left of 0 that is another function.",
            lambda da, z: da / (1 + z) ** 2,
            "Softsign is as steep at −z as at z. Is your derivative the same at both?",
        ),
        Mistake(
            "not-squared",
            "The factor is 1 / (1 + |z|); the quotient rule gives its square.",
            lambda da, z: da / (1 + np.abs(z)),
            "Derive z / (1 + z) for a positive z. Which power stands below?",
        ),
    ),
)
