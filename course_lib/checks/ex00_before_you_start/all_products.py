from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.reference import (
    all_products,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
TABLES = (Fixture("5 × 7", widths=(5, 7)), Fixture("4 × 3", widths=(4, 3)))

SQUARE = Fixture("square", widths=(5, 5), marked=False)


def two_lengths(rng: Generator, fixture: Fixture) -> tuple:
    """Draw u (m,) and v (n,)."""
    return rng.normal(size=fixture.widths[0]), rng.normal(size=fixture.widths[1])


def _products_example() -> str:
    u, v = np.array([1.0, 10.0]), np.array([2.0, 3.0, 5.0])
    text = Worked("Two numbers and three numbers:").array("u", u).array("v", v)
    text.line("Row 0 is 1 times v, row 1 is 10 times v:")
    text.array("result", np.outer(u, v))
    return str(text)


ALL_PRODUCTS = Question(
    name="all_products",
    signature="all_products(u, v) -> table",
    returns=("table",),
    parts=(Part("table", 1),),
    section=f"{PAGE}#outer-product",
    place="Look at how u[j] and v[k] are combined, and at which of them belongs to the rows.",
    inputs=two_lengths,
    reference=all_products,
    fixtures=(*TABLES, SQUARE),
    sizes=lambda u, v: {"m": len(u), "n": len(v)},
    example=_products_example,
    correct={
        "broadcasting": lambda u, v: u[:, None] * v,
        "einsum": lambda u, v: np.einsum("j,k->jk", u, v),
        "two loops": lambda u, v: [[a * b for b in v.tolist()] for a in u.tolist()],
        "a product of matrices": lambda u, v: u.reshape(-1, 1) @ v.reshape(1, -1),
    },
    mistakes=(
        Mistake(
            "transposed",
            "Rows and columns are swapped: row j should belong to u[j].",
            lambda u, v: np.outer(v, u),
            "Does a row of the result belong to an entry of u or to an entry of v?",
            section=f"{PAGE}#transpose-of-a-matrix",
        ),
        Mistake(
            "entry-by-entry",
            "u * v multiplies entry by entry. Every u[j] should be multiplied by every v[k].",
            lambda u, v: u * v,
            "How many products does the task ask for?",
            section=f"{PAGE}#star-or-at",
        ),
        Mistake(
            "inner-product",
            "u @ v adds the products. Nothing should be added here.",
            lambda u, v: u @ v,
            "Does the task ask for a sum?",
            section=f"{PAGE}#star-or-at",
        ),
        Mistake(
            "B33",
            "u.T of a 1-D array is u itself: with one axis there is nothing to transpose. Make a "
            "column with u[:, None].",
            lambda u, v: np.dot(u.T, v),
            "Which shape does u.T have when u has shape (5,)?",
            section=f"{PAGE}#transpose-of-a-matrix",
        ),
        Mistake(
            "sums",
            "The entries are added. They should be multiplied.",
            lambda u, v: u[:, None] + v,
            "Which operation should combine u[j] and v[k]?",
        ),
    ),
)
