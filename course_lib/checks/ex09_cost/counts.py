"""`count_passes` and `count_ways`: multiplications, counted instead of timed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex09_cost.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
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
        Part("forward", 1, (0,), section=f"{PAGE}#cost-forward", place="Look at one product."),
        Part("backward", 2, (1,), place="Count the products of the backward pass, layer by layer."),
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
            "The input gradient of the first layer is counted as well. The input is data, and its "
            "derivative is not needed, so the first layer has one product and not two.",
            _passes(lambda each: 2 * sum(each)),
            "For which layer is ∂ℒ/∂A of its input never used?",
        ),
        Mistake(
            "weights-only",
            "Only the products that give ∂ℒ/∂W are counted; the step to the layer before, Δ W, is "
            "a product as well.",
            _passes(lambda each: sum(each)),
            "How does the error get from one layer to the layer before, and what does it cost?",
        ),
        Mistake(
            "inputs-only",
            "Only the products Δ W that go to the layer before are counted; ∂ℒ/∂W is a product in "
            "every layer.",
            _passes(lambda each: sum(each[1:])),
            "What does each layer compute from Δ besides Δ W?",
        ),
        Mistake(
            "last-left-out",
            "The input gradient that is left out is that of the last layer. The backward pass "
            "begins there; it is the first layer whose input gradient is not needed.",
            _passes(lambda each: 2 * sum(each) - each[-1]),
            "At which end of the network does the backward pass stop?",
        ),
        Mistake(
            "one-example",
            "N is missing: every one of the N rows is multiplied.",
            lambda sizes, N: count_passes(sizes, 1),
            "What happens to the count when the batch is twice as large?",
            section=f"{PAGE}#cost-forward",
        ),
        Mistake(
            "two-per-multiply-add",
            "A multiplication with the addition after it is counted as two operations; only the "
            "multiplications are counted here.",
            lambda sizes, N: tuple(2 * count for count in count_passes(sizes, N)),
            "Which operations does the task count: multiplications, or additions as well?",
            section=f"{PAGE}#cost-forward",
        ),
        Mistake(
            "with-biases",
            "The biases are counted with the weights. They are added; only the multiplications of "
            "the products are counted here.",
            lambda sizes, N: (
                N * parameters(sizes),
                2 * N * parameters(sizes) - N * sizes[1] * (sizes[0] + 1),
            ),
            "Is a bias multiplied with anything?",
            section=f"{PAGE}#cost-forward",
        ),
    ),
)

WAYS = Question(
    name="count_ways",
    signature="count_ways(sizes, N) -> (forward_mode, one_sided, central)",
    returns=("forward_mode", "one_sided", "central"),
    parts=(
        Part("forward_mode", 1, (0,), section=f"{PAGE}#cost-two-modes"),
        Part("one_sided", 1, (1,)),
        Part("central", 1, (2,)),
    ),
    section=WAYS_SECTION,
    place="Count the parameters, then the passes, then multiply with one forward pass.",
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
            "Only the weights are counted as parameters; every bias needs a derivative as well.",
            _ways(count=lambda sizes: sum(one * two for one, two in pairwise(sizes))),
            "Which parameters beside the weights does a layer have?",
        ),
        Mistake(
            "biases-of-inputs",
            "A bias is counted for every number that comes in; a layer has one per neuron.",
            _ways(count=lambda sizes: sum((two + 1) * one for one, two in pairwise(sizes))),
            "Does a bias belong to what comes in or to the neuron?",
        ),
        Mistake(
            "base-forgotten",
            "One-sided differences take one pass more than there are parameters: the one without "
            "any nudge.",
            _ways(change=lambda P, F: (P * F, P * F, 2 * P * F)),
            "With which loss is every nudged loss compared?",
        ),
        Mistake(
            "base-in-central",
            "Central differences do not need the pass without a nudge: two passes per parameter.",
            _ways(change=lambda P, F: (P * F, (P + 1) * F, (2 * P + 1) * F)),
            "Does the central quotient contain the loss at the point itself?",
        ),
        Mistake(
            "one-pass-forward-mode",
            "Forward mode is counted with a single sweep. One sweep follows one nudge, so every "
            "parameter needs its own.",
            _ways(change=lambda P, F: (F, (P + 1) * F, 2 * P * F)),
            "How many derivatives does one forward sweep find?",
            section=f"{PAGE}#cost-two-modes",
        ),
        Mistake(
            "one-example",
            "N is missing: a forward pass multiplies for each of the N examples.",
            lambda sizes, N: count_ways(sizes, 1),
            "What happens to the count when the batch is twice as large?",
            section=f"{PAGE}#cost-forward",
        ),
        Mistake(
            "two-per-multiply-add",
            "A multiplication with the addition after it is counted as two operations; only the "
            "multiplications are counted here.",
            lambda sizes, N: tuple(2 * count for count in count_ways(sizes, N)),
            "Which operations does the task count: multiplications, or additions as well?",
            section=f"{PAGE}#cost-forward",
        ),
        *(
            Mistake(
                f"results-exchanged-{'-'.join(str(one) for one in order)}",
                "The right counts are returned in another order. The order is: forward_mode, "
                "one_sided, central.",
                lambda sizes, N, order=order: tuple(count_ways(sizes, N)[one] for one in order),
                "In which order does the signature name the three counts?",
            )
            for order in ((1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0), (2, 0, 1))
        ),
        Mistake(
            "passes-alone",
            "These are numbers of passes; multiply with what one forward pass takes.",
            _ways(change=lambda P, F: (P, P + 1, 2 * P)),
            "In which unit should the answer be: in passes, or in multiplications?",
        ),
    ),
)
