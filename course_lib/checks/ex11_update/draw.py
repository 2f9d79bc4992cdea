"""What the questions of exercise 11 draw: parameters, gradients, the fixtures of several steps."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.fixtures import Fixture

EPSILON = 1e-8

# One step: `widths` is the number of parameters.
STEPS = (
    Fixture("a step", widths=(7,), repeat=True),
    Fixture("another step", widths=(5,)),
)

# Several steps: `widths` is the number of parameters and `n` the number of steps.
WALKS = (
    Fixture("six steps", widths=(4,), n=6, repeat=True),
    Fixture("nine steps", widths=(3,), n=9),
)


def signed(rng: Generator, low: float, high: float, size: tuple[int, ...]) -> np.ndarray:
    """Draw numbers with sizes between `low` and `high` and both signs."""
    values = rng.uniform(low, high, size) * rng.choice([-1.0, 1.0], size)
    values.flat[0], values.flat[-1] = abs(values.flat[0]), -abs(values.flat[-1])
    return values


def parameters(rng: Generator, fixture: Fixture) -> np.ndarray:
    """Draw θ."""
    return signed(rng, 0.4, 2.0, (fixture.widths[0],))


def gradient(rng: Generator, fixture: Fixture) -> np.ndarray:
    """Draw ∇ℒ; its entries differ by a factor of up to 100, as they do in networks."""
    size = (fixture.widths[0],)
    return signed(rng, 0.5, 1.5, size) * 10.0 ** rng.uniform(-1.0, 1.0, size)


def gradients(rng: Generator, fixture: Fixture) -> np.ndarray:
    """Draw one row ∇ℒ per step, all of them different; the first one has both signs."""
    rows = signed(rng, 0.3, 2.5, (fixture.n, fixture.widths[0]))
    rows[0, -1] = -abs(rows[0, -1])
    return rows


def same_row_path(path: np.ndarray) -> np.ndarray:
    """Return the path whose rows are all one array, changed in place."""
    return np.repeat(path[-1:], len(path), axis=0)
