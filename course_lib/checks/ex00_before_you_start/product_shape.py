from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.reference import (
    product_shape,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def shapes(rng: Generator, fixture: Fixture) -> tuple:
    """Draw the shapes of two matrices that can be multiplied."""
    m, k, n = (int(value) for value in rng.permutation([2, 3, 5, 7, 11])[:3])
    return [m, k], [k, n]


def _shape_example() -> str:
    text = Worked("A of shape (4, 2) times B of shape (2, 6):")
    text.line("  the inner dimensions are 2 and 2: they are equal, and the product sums over them")
    text.line("  the outer dimensions 4 and 6 remain: (4, 6)")
    return str(text)


PRODUCT_SHAPE = Question(
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
            "sizes-swapped",
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
