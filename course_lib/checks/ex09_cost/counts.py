"""`count_passes` and `count_ways`: multiplications, counted instead of timed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost.page import PAGE
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex09 import count_passes, count_ways
from course_lib.checks.worked import Worked

BACKWARD = f"{PAGE}#cost-backward"
WAYS_SECTION = f"{PAGE}#cost-differences"
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


def _ways(
    count: Callable[[list[int]], int] = parameters,
    change: Callable[[int, int], Counts] = lambda P, F: (P * F, (P + 1) * F, 2 * P * F),
) -> Callable[..., Counts]:
    """Make a `count_ways` with another number of parameters or of passes."""
    return lambda sizes, N: change(count(sizes), sum(products(sizes, N)))


def _carried(call: Callable[..., Counts], sizes: list[int], N: int) -> Counts:
    P, F = parameters(sizes), call("count_passes", sizes, N)[0]
    return P * F, (P + 1) * F, 2 * P * F


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


def _ways_example() -> str:
    text = Worked("Widths 2-10-3 and N = 4: a forward pass takes 200 multiplications.")
    text.line("  parameters: 10·(2 + 1) + 3·(10 + 1) = 63")
    text.line("  forward mode 63·200, one-sided 64·200, central 126·200")
    return str(text)


PASSES = Question(
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

WAYS = Question(
    name="count_ways",
    signature="count_ways(sizes, N) -> (forward_mode, one_sided, central)",
    returns=("forward_mode", "one_sided", "central"),
    parts=(
        Part(
            "forward_mode",
            1,
            (0,),
            section=f"{PAGE}#cost-two-modes",
            next_step=(
                "For the "
                "widths 1-1 "
                "and N = 1, "
                "count the "
                "parameters "
                "and the "
                "multiplications "
                "of one "
                "forward pass. "
                "How many "
                "sweeps does "
                "forward mode "
                "need?"
            ),
        ),
        Part(
            "one_sided",
            1,
            (1,),
            next_step=(
                "For the widths 1-1 and N = 1, list every loss that "
                "one-sided differences compute. How many are there?"
            ),
        ),
        Part(
            "central",
            1,
            (2,),
            next_step=(
                "For the widths 1-1 and N = 1, list every loss that "
                "central differences compute. How many are there?"
            ),
        ),
    ),
    section=WAYS_SECTION,
    place="Count the parameters, then the forward passes, then multiply by the cost of one "
    "forward pass.",
    inputs=inputs,
    reference=count_ways,
    fixtures=CALLS,
    sizes=lambda sizes, N: {"N": N, "L": len(sizes) - 1},
    carried=_carried,
    example=_ways_example,
    correct={
        "one forward pass at a time": lambda sizes, N: [
            sum(sum(products(sizes, N)) for _ in range(passes))
            for passes in (parameters(sizes), parameters(sizes) + 1, 2 * parameters(sizes))
        ],
        "floats": lambda sizes, N: [float(count) for count in count_ways(sizes, N)],
    },
    mistakes=(
        Mistake(
            "without-biases",
            "Your count of the parameters contains the weights only. It should contain the biases "
            "as well.",
            _ways(count=lambda sizes: sum(one * two for one, two in pairwise(sizes))),
            "Which parameters does a layer have besides its weights?",
        ),
        Mistake(
            "biases-of-inputs",
            "Your count has one bias per input of a layer. It should have one per neuron.",
            _ways(count=lambda sizes: sum((two + 1) * one for one, two in pairwise(sizes))),
            "How many biases does a layer have: one per input, or one per neuron?",
        ),
        Mistake(
            "base-forgotten",
            "Your count for one-sided differences lacks one pass: the loss without a change of "
            "any parameter.",
            _ways(change=lambda P, F: (P * F, P * F, 2 * P * F)),
            "From what does a one-sided difference subtract, and how is that number computed?",
        ),
        Mistake(
            "base-in-central",
            "Your count for central differences contains the loss without a change. It should "
            "contain two passes per parameter only.",
            _ways(change=lambda P, F: (P * F, (P + 1) * F, (2 * P + 1) * F)),
            "Does the central difference contain the loss at the point itself?",
        ),
        Mistake(
            "one-pass-forward-mode",
            "Your count for forward mode contains a single sweep. It should contain one sweep per "
            "parameter.",
            _ways(change=lambda P, F: (F, (P + 1) * F, 2 * P * F)),
            "For how many parameters does one forward sweep give the derivative?",
            section=f"{PAGE}#cost-two-modes",
        ),
        Mistake(
            "one-example",
            "The factor N is missing: a forward pass computes the products of each of the N "
            "examples.",
            lambda sizes, N: count_ways(sizes, 1),
            "What should happen to the count when the batch is twice as large?",
            section=f"{PAGE}#cost-forward",
        ),
        Mistake(
            "two-per-multiply-add",
            "Your count takes a multiplication and the addition after it as two operations. It "
            "should contain the multiplications only.",
            lambda sizes, N: tuple(2 * count for count in count_ways(sizes, N)),
            "Which operations does the task count: multiplications only, or additions as well?",
            section=f"{PAGE}#cost-forward",
        ),
        *(
            Mistake(
                f"results-exchanged-{'-'.join(str(one) for one in order)}",
                "Your counts are right, but in another order. The order should be forward_mode, "
                "one_sided, central.",
                lambda sizes, N, order=order: tuple(count_ways(sizes, N)[one] for one in order),
                "In which order does the signature list the three counts?",
            )
            for order in ((1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0), (2, 0, 1))
        ),
        Mistake(
            "passes-alone",
            "Your results are numbers of passes. They should be multiplied by the cost of one "
            "forward pass.",
            _ways(change=lambda P, F: (P, P + 1, 2 * P)),
            "What is the unit of the result: passes, or multiplications?",
        ),
    ),
)
