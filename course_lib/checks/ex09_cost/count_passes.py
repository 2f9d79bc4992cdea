from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost.reference import count_passes
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
BACKWARD = f"{PAGE}#cost-backward"

CALLS = (
    Fixture("three layers"),
    Fixture("two layers", widths=(17, 3, 11), n=7),
    Fixture("four layers", widths=(5, 19, 2, 13, 3), n=23),
)

Counts = tuple[float, ...]


def inputs(rng: Generator, fixture: Fixture) -> tuple[list[int], int]:
    """Give the widths, moved by a little, and the number of examples."""
    return [n + int(rng.integers(0, 2)) for n in fixture.widths], fixture.n


def products(sizes: list[int], N: int) -> list[int]:
    """Return the multiplications of each layer's product in the forward pass."""
    return [N * one * two for one, two in pairwise(sizes)]


def parameters(sizes: list[int]) -> int:
    """Return how many weights and biases the layers have."""
    return sum(two * (one + 1) for one, two in pairwise(sizes))


def _passes(backward: Callable[[list[int]], float]) -> Callable[..., Counts]:
    """Make a `count_passes` with another backward pass, given the forward products."""
    return lambda sizes, N: (sum(products(sizes, N)), backward(products(sizes, N)))


def _counted_by_arrays(sizes: list[int], N: int) -> Counts:
    layers = np.array(sizes)
    each = N * layers[1:] * layers[:-1]
    return each.sum(), each.sum() + each[1:].sum()


def _passes_example() -> str:
    text = Worked("Widths 2-10-3 and N = 4:")
    text.line("  forward:  layer 1: 4·2·10 = 80,  layer 2: 4·10·3 = 120,  together 200")
    text.line("  backward: weights of layer 2: 120,  to its input: 120,  weights of layer 1: 80")
    text.line(f"  together {count_passes([2, 10, 3], 4)[1]}; nothing needs ∂ℒ/∂x.")
    return str(text)


COUNT_PASSES = Question(
    name="count_passes",
    signature="count_passes(sizes, N) -> (forward, backward)",
    returns=("forward", "backward"),
    parts=(
        Part(
            "forward",
            1,
            (0,),
            section=f"{PAGE}#cost-forward",
            place=("Look at the number of multiplications in the product of one layer."),
            next_step=(
                ""
                "For "
                "the "
                "widths "
                "2-3-1 "
                "and "
                "N "
                "= "
                "1, "
                "count "
                "the "
                "multiplications "
                "of "
                "each "
                "layer "
                "by "
                "hand. "
                "At "
                "which "
                "layer "
                "does "
                "your "
                "count "
                "differ?"
            ),
        ),
        Part(
            "backward",
            2,
            (1,),
            place="Count the products of the backward pass, layer by layer.",
            next_step=(
                ""
                "For "
                "the "
                "widths "
                "2-3-1 "
                "and "
                "N "
                "= "
                "1, "
                "list "
                "the "
                "products "
                "of "
                "the "
                "backward "
                "pass "
                "and "
                "count "
                "their "
                "multiplications. "
                "Which "
                "product "
                "does "
                "your "
                "count "
                "miss "
                "or "
                "contain "
                "twice?"
            ),
        ),
    ),
    section=BACKWARD,
    place="Count the products, layer by layer.",
    inputs=inputs,
    reference=count_passes,
    fixtures=CALLS,
    sizes=lambda sizes, N: {"N": N, "L": len(sizes) - 1},
    example=_passes_example,
    correct={
        "arrays": _counted_by_arrays,
        "weights, then inputs": _passes(lambda each: sum(each) + sum(each[1:])),
        "floats": lambda sizes, N: [float(count) for count in count_passes(sizes, N)],
    },
    mistakes=(
        Mistake(
            "first-input",
            "Your count contains the gradient with respect to the input of the first layer. It "
            "should not: that input is data, so the first layer has one product and not two.",
            _passes(lambda each: 2 * sum(each)),
            "For which layer is the gradient with respect to its input never used?",
        ),
        Mistake(
            "weights-only",
            "Your count contains only the products that give ∂ℒ/∂W. The products Δ W, which pass "
            "the error on to the layer before, should be counted as well.",
            _passes(lambda each: sum(each)),
            "How is the error passed from one layer to the layer before, and what does that cost?",
        ),
        Mistake(
            "inputs-only",
            "Your count contains only the products Δ W, which pass the error on to the layer "
            "before. The product that gives ∂ℒ/∂W should be counted in every layer as well.",
            _passes(lambda each: sum(each[1:])),
            "What does each layer compute from Δ besides the error of the layer before?",
        ),
        Mistake(
            "last-left-out",
            "Your count leaves out the input gradient of the last layer. It should leave out that "
            "of the first layer, where the backward pass ends.",
            _passes(lambda each: 2 * sum(each) - each[-1]),
            "At which layer does the backward pass end, and which gradient is not needed there?",
        ),
        Mistake(
            "one-example",
            "The factor N is missing: each of the N rows is multiplied by W.",
            lambda sizes, N: count_passes(sizes, 1),
            "What should happen to the count when the batch is twice as large?",
            section=f"{PAGE}#cost-forward",
        ),
        Mistake(
            "two-per-multiply-add",
            "Your count takes a multiplication and the addition after it as two operations. It "
            "should contain the multiplications only.",
            lambda sizes, N: tuple(2 * count for count in count_passes(sizes, N)),
            "Which operations does the task count: multiplications only, or additions as well?",
            section=f"{PAGE}#cost-forward",
        ),
        Mistake(
            "with-biases",
            "Your count contains the biases. They are added, not multiplied, so they should not "
            "be counted.",
            lambda sizes, N: (
                N * parameters(sizes),
                2 * N * parameters(sizes) - N * sizes[1] * (sizes[0] + 1),
            ),
            "Is a bias multiplied by anything in the forward pass?",
            section=f"{PAGE}#cost-forward",
        ),
    ),
)
