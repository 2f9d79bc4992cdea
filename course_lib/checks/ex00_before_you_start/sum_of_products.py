from __future__ import annotations

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex00_before_you_start.reference import (
    sum_of_products,
)
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
LENGTHS = (Fixture("five", n=5), Fixture("three", n=3), Fixture("eight", n=8))


def vectors(rng: Generator, fixture: Fixture) -> tuple:
    """Draw u and v of the same length; the sum of their products is negative in one call."""
    u, v = rng.normal(size=(2, fixture.n)) + 0.4
    return u, v * np.sign(u @ v) * (-1.0 if fixture.n == 3 else 1.0)


def _sum_example() -> str:
    text = Worked("u = [1, 2, 3], v = [4, 0, −1]:")
    text.line("  1·4 = 4, 2·0 = 0, 3·(−1) = −3")
    text.line("  together 1")
    return str(text)


SUM_OF_PRODUCTS = Question(
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
