from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.all_products import SQUARE, TABLES
from course_lib.checks.ex00_before_you_start.reference import (
    mean_of_columns,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def table(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a table (m, n)."""
    return (rng.normal(size=fixture.widths),)


def _mean_example() -> str:
    A = np.array([[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]])
    text = Worked("Two rows, three columns:").array("A", A)
    text.line("The mean of column 0 is (1 + 5)/2 = 3. Three columns, three means:")
    text.array("result", A.mean(axis=0))
    return str(text)


MEAN_OF_COLUMNS = Question(
    name="mean_of_columns",
    signature="mean_of_columns(A) -> means",
    returns=("means",),
    parts=(Part("means", 1),),
    section=f"{PAGE}#axes",
    place="Look at the axis of the mean, which is the axis that disappears, and at its length.",
    inputs=table,
    reference=mean_of_columns,
    fixtures=(*TABLES, SQUARE),
    sizes=lambda A: {"rows": A.shape[0], "columns": A.shape[1]},
    example=_mean_example,
    correct={
        "sum over the number of rows": lambda A: A.sum(axis=0) / len(A),
        "a product with ones": lambda A: np.ones(len(A)) @ A / len(A),
        "einsum": lambda A: np.einsum("ij->j", A) / A.shape[0],
        "column by column": lambda A: [A[:, k].mean() for k in range(A.shape[1])],
    },
    mistakes=(
        Mistake(
            "wrong-axis",
            "axis=1 gives the mean of every row, because the axis that you name disappears. The "
            "mean of every column needs axis=0.",
            lambda A: A.mean(axis=1),
            "How many columns does A have, and how many means do you return?",
        ),
        Mistake(
            "all",
            "This is the mean of all entries. There should be one mean per column.",
            lambda A: A.mean(),
            "How many means does the task ask for?",
        ),
        Mistake(
            "sum",
            "These are the sums of the columns. Each should be divided by the number of its "
            "entries.",
            lambda A: A.sum(axis=0),
            "By what must a sum be divided to become a mean?",
        ),
        Mistake(
            "divided-by-columns",
            "The sums are divided by the number of columns. They should be divided by the number "
            "of rows, which is the number of entries in a column.",
            lambda A: A.sum(axis=0) / A.shape[1],
            "How many entries does one column have?",
        ),
        Mistake(
            "keepdims",
            "The result keeps an axis of length 1. It should have one axis, of one entry per "
            "column.",
            lambda A: A.mean(axis=0, keepdims=True),
            "How many axes should the result have?",
        ),
    ),
)
