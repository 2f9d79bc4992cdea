from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from course_lib.checks.ex09_cost.count_passes import CALLS, Counts, inputs, parameters, products
from course_lib.checks.ex09_cost.reference import count_ways
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
WAYS_SECTION = f"{PAGE}#cost-differences"


def _ways(
    count: Callable[[list[int]], int] = parameters,
    change: Callable[[int, int], Counts] = lambda P, F: (P * F, (P + 1) * F, 2 * P * F),
) -> Callable[..., Counts]:
    """Make a `count_ways` with another number of parameters or of passes."""
    return lambda sizes, N: change(count(sizes), sum(products(sizes, N)))


def _carried(call: Callable[..., Counts], sizes: list[int], N: int) -> Counts:
    P, F = parameters(sizes), call("count_passes", sizes, N)[0]
    return P * F, (P + 1) * F, 2 * P * F


def _ways_example() -> str:
    text = Worked("Widths 2-10-3 and N = 4: a forward pass takes 200 multiplications.")
    text.line("  parameters: 10·(2 + 1) + 3·(10 + 1) = 63")
    text.line("  forward mode 63·200, one-sided 64·200, central 126·200")
    return str(text)


COUNT_WAYS = Question(
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
                f"results-swapped-{'-'.join(str(one) for one in order)}",
                "Your counts are right, but in another order. The order should be forward_mode, "
                "one_sided, central.",
                lambda sizes, N, order=order: tuple(count_ways(sizes, N)[one] for one in order),
                "In which order does the signature list the three counts?",
                place="Compare the order of your results with the signature.",
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
