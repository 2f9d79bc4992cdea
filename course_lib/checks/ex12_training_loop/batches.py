"""`minibatches`: the shuffled indices, batch_size at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex12 import minibatches
from course_lib.checks.worked import Worked

EVEN, REST = "full batches only", "a smaller last batch"


def inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, int]:
    """Draw an order of n examples; the batch size is the fixture's only width."""
    n = fixture.n
    order = rng.permutation(n)
    if order[0] == 0:
        order = np.roll(order, 1)
    return order, fixture.widths[0]


def _starts(start: Callable[[int, int], range]) -> Callable[..., Any]:
    """Make batches that begin at other positions."""

    def made(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
        return [order[i : i + batch_size] for i in start(len(order), batch_size)]

    return made


def _filled_up(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    missing = -len(order) % batch_size
    return minibatches(np.concatenate([order, np.resize(order, missing)]), batch_size)


def _overlapping(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    return [*minibatches(order, batch_size)[:-1], order[-batch_size:]]


def _popped(order: Any, batch_size: int) -> list[list[int]]:
    left = [int(index) for index in order]
    batches = []
    while left:
        batches.append(left[:batch_size])
        left = left[batch_size:]
    return batches


def _example() -> str:
    order = np.array([3, 0, 4, 1, 2, 6, 5])
    text = Worked("An order of seven examples, in batches of 3:").array("order", order)
    for index, batch in enumerate(minibatches(order, 3)):
        text.array(f"batches[{index}]", batch)
    text.line("The batches start at positions 0, 3 and 6; the last one contains what is left.")
    return str(text)


MINIBATCHES = Question(
    name="minibatches",
    signature="minibatches(order, batch_size) -> batches",
    returns=("batches",),
    parts=(
        Part("a split into full batches", 1, variant=EVEN),
        Part("the smaller last batch", 2, variant=REST),
    ),
    section=f"{PAGE}#cutting-batches",
    place="Look at where each batch starts, and at what happens to the last one.",
    inputs=inputs,
    reference=minibatches,
    fixtures=(
        Fixture("fitting", widths=(4,), n=12, variant=EVEN, repeat=True),
        Fixture("fitting too", widths=(3,), n=15, variant=EVEN),
        Fixture("rest of 2", widths=(4,), n=22, variant=REST, repeat=True),
        Fixture("rest too", widths=(5,), n=17, variant=REST),
        Fixture("one small batch", widths=(9,), n=7, variant=REST),
    ),
    per="batch",
    backwards=False,
    shares=("order",),
    example=_example,
    correct={
        "taken off the front": _popped,
        "split at places": lambda order, batch_size: np.split(
            order, np.arange(batch_size, len(order), batch_size)
        ),
    },
    mistakes=(
        Mistake(
            "last-dropped",
            "The last, smaller batch is left out, so some examples are never used. The last batch "
            "contains what is left.",
            _starts(lambda n, size: range(0, n - size + 1, size)),
            "How many examples do your batches contain together?",
        ),
        Mistake(
            "empty-batch",
            "If batch_size divides the number of examples, an empty batch follows; its mean loss "
            "would be 0/0.",
            _starts(lambda n, size: range(0, (n // size + 1) * size, size)),
            "How many batches are there when the batch size divides the number of examples?",
        ),
        Mistake(
            "order-ignored",
            "The batches contain the positions 0, 1, 2, …; they should contain the entries of "
            "order.",
            lambda order, batch_size: minibatches(np.arange(len(order)), batch_size),
            "Where does your function use the entries of order?",
            section=f"{PAGE}#one-permutation",
        ),
        Mistake(
            "one-apart",
            "A batch starts at every position, so the batches overlap; they start batch_size "
            "apart.",
            _starts(lambda n, size: range(n)),
            "In how many batches is one example, and in how many should it be?",
        ),
        Mistake(
            "even-split",
            "The examples are spread evenly over the batches. Every batch but the last one has "
            "batch_size examples.",
            lambda order, batch_size: np.array_split(order, -(-len(order) // batch_size)),
            "How many examples should the first batch have, and how many the last?",
        ),
        Mistake(
            "even-split-rounded-down",
            "The number of batches is rounded down and the examples are spread evenly over them. "
            "Every batch but the last one has batch_size examples.",
            lambda order, batch_size: np.array_split(order, len(order) // batch_size),
            "How many examples should the first batch have, and how many the last?",
        ),
        *(
            Mistake(
                id,
                f"{call} needs a number of examples that batch_size divides. Slices of the order "
                "also give the smaller last batch.",
                wrong,
                "What should become of the examples that do not fill a whole batch?",
            )
            for id, call, wrong in (
                ("reshape", "reshape(-1, batch_size)", lambda order, size: order.reshape(-1, size)),
                (
                    "reshape-rows",
                    "reshape",
                    lambda order, size: order.reshape(len(order) // size, size),
                ),
                (
                    "equal-split",
                    "np.split with a number",
                    lambda order, size: np.split(order, len(order) // size),
                ),
            )
        ),
        Mistake(
            "strided",
            "Each batch takes every k-th entry of order; a batch is a run of consecutive entries.",
            lambda order, batch_size: [
                order[start :: -(-len(order) // batch_size)]
                for start in range(-(-len(order) // batch_size))
            ],
            "Which entries of order does the first batch contain?",
        ),
        Mistake(
            "sorted",
            "The batches contain the sorted indices; they keep the order in which they are given.",
            lambda order, batch_size: minibatches(np.sort(order), batch_size),
            "Where does your function use the order of the entries?",
            section=f"{PAGE}#one-permutation",
            twins=("order-ignored",),
        ),
        Mistake(
            "size-as-count",
            "batch_size is used as the number of batches; it is the number of examples in one "
            "batch.",
            lambda order, batch_size: np.array_split(order, batch_size),
            "Does batch_size count batches, or the examples in one batch?",
        ),
        Mistake(
            "filled-up",
            "The last batch is filled up with the first examples, which are then used twice.",
            _filled_up,
            "How often is each example used in an epoch?",
        ),
        Mistake(
            "last-overlaps",
            "The last batch reaches back into the one before it, so some examples are used twice.",
            _overlapping,
            "How often is each example used in an epoch?",
        ),
    ),
)
