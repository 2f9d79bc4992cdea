"""Sums, products, shapes, broadcasting and axes: what the course asks of NumPy."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex00 import (
    add_to_columns,
    all_products,
    mean_of_columns,
    product_shape,
    sum_of_products,
)
from course_lib.checks.worked import Worked

LENGTHS = (Fixture("five", n=5), Fixture("three", n=3), Fixture("eight", n=8))
TABLES = (Fixture("5 × 7", widths=(5, 7)), Fixture("4 × 3", widths=(4, 3)))
SQUARE = Fixture("square", widths=(5, 5), marked=False)


def vectors(rng: Generator, fixture: Fixture) -> tuple:
    """Draw u and v of the same length; the sum of their products is negative in one call."""
    u, v = rng.normal(size=(2, fixture.n)) + 0.4
    return u, v * np.sign(u @ v) * (-1.0 if fixture.n == 3 else 1.0)


def two_lengths(rng: Generator, fixture: Fixture) -> tuple:
    """Draw u (m,) and v (n,)."""
    return rng.normal(size=fixture.widths[0]), rng.normal(size=fixture.widths[1])


def table(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a table (m, n)."""
    return (rng.normal(size=fixture.widths),)


def table_and_column(rng: Generator, fixture: Fixture) -> tuple:
    """Draw a table (m, n) and one number per row."""
    return rng.normal(size=fixture.widths), rng.normal(size=fixture.widths[0])


def shapes(rng: Generator, fixture: Fixture) -> tuple:
    """Draw the shapes of two matrices that can be multiplied."""
    m, k, n = (int(value) for value in rng.permutation([2, 3, 5, 7, 11])[:3])
    return [m, k], [k, n]


def _sum_example() -> str:
    text = Worked("u = [1, 2, 3], v = [4, 0, −1]:")
    text.line("  1·4 = 4, 2·0 = 0, 3·(−1) = −3")
    text.line("  together 1")
    return str(text)


def _shape_example() -> str:
    text = Worked("A of shape (4, 2) times B of shape (2, 6):")
    text.line("  the inner dimensions are 2 and 2: they are equal, and the product sums over them")
    text.line("  the outer dimensions 4 and 6 remain: (4, 6)")
    return str(text)


def _products_example() -> str:
    u, v = np.array([1.0, 10.0]), np.array([2.0, 3.0, 5.0])
    text = Worked("Two numbers and three numbers:").array("u", u).array("v", v)
    text.line("Row 0 is 1 times v, row 1 is 10 times v:")
    text.array("result", np.outer(u, v))
    return str(text)


def _column_example() -> str:
    A, c = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.array([10.0, 20.0])
    text = Worked("A table with two rows, one number for each:").array("A", A).array("c", c)
    text.line("c has shape (2,); as a column it has shape (2, 1) and is broadcast along each row:")
    text.array("result", A + c[:, None])
    return str(text)


def _mean_example() -> str:
    A = np.array([[1.0, 2.0, 3.0], [5.0, 6.0, 7.0]])
    text = Worked("Two rows, three columns:").array("A", A)
    text.line("The mean of column 0 is (1 + 5)/2 = 3. Three columns, three means:")
    text.array("result", A.mean(axis=0))
    return str(text)


SUM = Question(
    name="sum_of_products",
    signature="sum_of_products(u, v) -> number",
    returns=("number",),
    parts=(Part("number", 1),),
    section=f"{PAGE}#sums-and-indices",
    place="Look at what is added, and over which index.",
    inputs=vectors,
    reference=sum_of_products,
    fixtures=LENGTHS,
    sizes=lambda u, v: {"n": len(u)},
    example=_sum_example,
    correct={
        "a loop": lambda u, v: float(sum(u[k] * v[k] for k in range(len(u)))),
        "@": lambda u, v: u @ v,
        "einsum": lambda u, v: np.einsum("k,k->", u, v),
        "an array of one number": lambda u, v: np.array((u * v).sum()),
    },
    mistakes=(
        Mistake(
            "not-summed",
            "The products are not added up: * works entry by entry.",
            lambda u, v: u * v,
            "How many numbers does a sum give?",
            section=f"{PAGE}#star-or-at",
        ),
        Mistake(
            "product-of-sums",
            "This is the product of the two sums. Each u[k] should be multiplied by its own v[k] "
            "before the sum.",
            lambda u, v: float(u.sum() * v.sum()),
            "Does the formula multiply u[0] by v[1]?",
        ),
        Mistake(
            "sum-of-sums",
            "The entries u[k] and v[k] are added. They should be multiplied.",
            lambda u, v: float((u + v).sum()),
            "What happens to u[k] and v[k] before the sum?",
        ),
        Mistake(
            "mean",
            "This is the mean of the products. It should be their sum.",
            lambda u, v: float((u * v).mean()),
            "Does the formula divide by anything?",
        ),
    ),
)

SHAPE = Question(
    name="product_shape",
    signature="product_shape(left, right) -> shape",
    returns=("shape",),
    parts=(Part("shape", 1),),
    section=f"{PAGE}#matrix-product",
    place="Look at the inner and at the outer dimensions.",
    inputs=shapes,
    reference=lambda left, right: np.array(product_shape(left, right)),
    fixtures=tuple(Fixture(f"call {number}") for number in range(1, 5)),
    example=_shape_example,
    correct={
        "from a product": lambda left, right: (np.ones(left) @ np.ones(right)).shape,
        "a list": lambda left, right: [left[0], right[1]],
    },
    mistakes=(
        Mistake(
            "inner-sizes",
            "These are the inner dimensions. The product sums over them, so they do not appear "
            "in its shape.",
            lambda left, right: (left[1], right[0]),
            "Over which dimensions does a matrix product sum?",
        ),
        Mistake(
            "exchanged",
            "The two sizes are swapped: the number of rows comes from the left factor.",
            lambda left, right: (right[1], left[0]),
            "Which factor determines the number of rows of the product?",
        ),
        Mistake(
            "left-shape",
            "This is the shape of the left factor. The number of columns should come from the "
            "right factor.",
            lambda left, right: tuple(left),
            "Which factor determines the number of columns of the product?",
        ),
        Mistake(
            "three-sizes",
            "The inner dimension is still there. The product sums over it, so it does not appear "
            "in the shape.",
            lambda left, right: (left[0], left[1], right[1]),
            "How many axes does a product of two matrices have?",
        ),
    ),
)

ALL_PRODUCTS = Question(
    name="all_products",
    signature="all_products(u, v) -> table",
    returns=("table",),
    parts=(Part("table", 1),),
    section=f"{PAGE}#outer-product",
    place="Look at which of u and v belongs to the rows of the result.",
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

COLUMNS = Question(
    name="add_to_columns",
    signature="add_to_columns(A, c) -> table",
    returns=("table",),
    parts=(Part("table", 1),),
    section=f"{PAGE}#broadcasting",
    place="Look at the shape that c needs for broadcasting.",
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

MEANS = Question(
    name="mean_of_columns",
    signature="mean_of_columns(A) -> means",
    returns=("means",),
    parts=(Part("means", 1),),
    section=f"{PAGE}#axes",
    place="Look at the axis of the mean: it is the axis that disappears.",
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
