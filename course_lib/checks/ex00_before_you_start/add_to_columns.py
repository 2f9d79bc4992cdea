from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.all_products import SQUARE, TABLES
from course_lib.checks.ex00_before_you_start.reference import (
    add_to_columns,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def table_and_column(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a table (m, n) and one number per row."""
    return rng.normal(size=fixture.widths), rng.normal(size=fixture.widths[0])


def _column_example() -> str:
    A, c = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([10.0, 20.0])
    text = Worked("A table with two rows, one number for each:").array("A", A).array("c", c)
    text.line("c has shape (2,); as a column it has shape (2, 1) and is broadcast along each row:")
    text.array("result", A + c[:, None])
    return str(text)


ADD_TO_COLUMNS = Question(
    name="add_to_columns",
    signature="add_to_columns(A, c) -> table",
    returns=("table",),
    parts=(Part("table", 1),),
    section=f"{PAGE}#broadcasting",
    place="Look at how c is combined with A, and at the shape that c needs for broadcasting.",
    inputs=table_and_column,
    reference=add_to_columns,
    fixtures=(*TABLES, SQUARE),
    sizes=lambda A, c: {"m": A.shape[0], "n": A.shape[1]},
    example=_column_example,
    correct={
        "reshape": lambda A, c: A + c.reshape(-1, 1),
        "an outer product": lambda A, c: A + np.outer(c, np.ones(A.shape[1])),
        "transposes": lambda A, c: (A.T + c).T,
        "a loop": lambda A, c: [row + value for row, value in zip(A, c, strict=True)],
    },
    mistakes=(
        Mistake(
            "flat",
            "Broadcasting aligns c of shape (m,) with the last axis of A, the columns. Make c a "
            "column: c[:, None].",
            lambda A, c: A + c,
            "Broadcasting compares shapes from the right. With which axis of A is c aligned?",
        ),
        Mistake(
            "left-transposed",
            "The result is still transposed. Transpose it back.",
            lambda A, c: A.T + c,
            "Which shape should the result have?",
            section=f"{PAGE}#transpose-of-a-matrix",
        ),
        Mistake(
            "total",
            "The sum of c is added everywhere. Each row j should get its own number c[j].",
            lambda A, c: A + c.sum(),
            "Which entry of c belongs to row 0?",
        ),
        Mistake(
            "multiplied",
            "A is multiplied by c. The task asks you to add c.",
            lambda A, c: A * c[:, None],
            "Which operation does the task ask for?",
        ),
        Mistake(
            "B35",
            "A is changed in place (A += …). Make a new array.",
            lambda A, c: np.add(A, c[:, None], out=A),
            "Which line of your function writes into A?",
        ),
    ),
)
