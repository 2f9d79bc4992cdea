"""`dense_backward_columns`: one dense layer, where an example is a column."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex08_columns.reference import dense_backward_columns
from course_lib.checks.fixtures import MARKING, SQUARE, Fixture
from course_lib.checks.question import Mistake, Part, Question, page

Arrays = tuple[np.ndarray, ...]
PAGE = page(__name__)


def inputs(rng: Generator, fixture: Fixture) -> Arrays:
    """Draw delta, a and W of an inner layer, one example per column."""
    n_prev, n = fixture.widths[-3:-1]
    delta = rng.normal(size=(n, fixture.n))
    a = 1.3 * rng.normal(size=(n_prev, fixture.n))
    return delta, a, rng.normal(size=(n, n_prev))


DENSE_BACKWARD_COLUMNS = Question(
    name="dense_backward_columns",
    signature="dense_backward_columns(delta, a, W) -> (dW, db, da)",
    returns=("dW", "db", "da"),
    parts=(
        Part("dW", 2, (0,), section=f"{PAGE}#weight-gradient"),
        Part("db", 1, (1,), section=f"{PAGE}#bias-gradient"),
        Part("da", 2, (2,), section=f"{PAGE}#input-gradient"),
    ),
    section=f"{PAGE}#weight-gradient",
    place="Put the shapes of delta, a and W side by side: which axis counts the examples?",
    inputs=inputs,
    reference=dense_backward_columns,
    # The large call stops numerical derivatives: see course_lib/checks/README.md.
    fixtures=(MARKING, SQUARE, Fixture("large", widths=(600, 500, 1), n=2, cpu_seconds=1.5)),
    sizes=lambda delta, a, W: {"N": delta.shape[1], "n": W.shape[0], "n_prev": W.shape[1]},
    correct={
        "einsum": lambda delta, a, W: (
            np.einsum("ji,ki->jk", delta, a),
            np.einsum("ji->j", delta),
            np.einsum("jk,ji->ki", W, delta),
        ),
    },
    mistakes=(
        Mistake(
            "rows",
            "Your dW is delta.T @ a, for examples as rows, as in the course's own exercise. Here "
            "an example is a column, so it should be delta @ a.T.",
            lambda delta, a, W: (delta.T @ a, delta.sum(0), delta @ W),
            "Which axis of delta counts the examples here?",
        ),
        Mistake(
            "bias-over-neurons",
            "Your db is the sum over the neurons (axis 0). It should be the sum over the examples "
            "(axis 1).",
            lambda delta, a, W: (delta @ a.T, delta.sum(0), W.T @ delta),
            "b has one entry per neuron. Over which axis of delta should the sum run?",
        ),
        Mistake(
            "mean",
            "Your dW and db are divided by N. They should be sums over the batch, because delta "
            "contains the factor 1/N of the loss.",
            lambda delta, a, W: (delta @ a.T / a.shape[1], delta.mean(1), W.T @ delta),
            "How often should the factor 1/N enter between the loss and these gradients, and "
            "where?",
        ),
    ),
)
