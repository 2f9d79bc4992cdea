"""`minibatches`: the shuffled indices, batch_size at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop.reference import minibatches
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)

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
    place="Look at where each batch starts, and at the size of the last one.",
    inputs=inputs,
    reference=minibatches,
    fixtures=(
        Fixture("fitting", widths=(4,), n=12, variant=EVEN, repeat=True),
        Fixture("fitting too", widths=(3,), n=15, variant=EVEN),
        Fixture("rest of 2", widths=(4,), n=22, variant=REST, repeat=True),
        Fixture("rest of 1", widths=(5,), n=16, variant=REST),
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
            "The last, smaller batch is missing, so some examples are never used. It should "
            "contain the examples that are left.",
            _starts(lambda n, size: range(0, n - size + 1, size)),
            "How many examples do all your batches contain together?",
        ),
        Mistake(
            "empty-batch",
            "If batch_size divides the number of examples, your last batch is empty. It should be "
            "left out, because its mean loss would be 0/0.",
            _starts(lambda n, size: range(0, (n // size + 1) * size, size)),
            "How many batches are there when the batch size divides the number of examples?",
        ),
        Mistake(
            "order-ignored",
            "Your batches contain the positions 0, 1, 2, …. They should contain the entries of "
            "order.",
            lambda order, batch_size: minibatches(np.arange(len(order)), batch_size),
            "Where does your function use the entries of order?",
            section=f"{PAGE}#one-permutation",
        ),
        Mistake(
            "one-apart",
            "A batch of yours starts at every position, so the batches overlap. They should start "
            "batch_size apart.",
            _starts(lambda n, size: range(n)),
            "How many of your batches contain the same example, and how many should?",
        ),
        Mistake(
            "even-split",
            "Your batches are of nearly equal size. Every batch but the last should have "
            "batch_size examples.",
            lambda order, batch_size: np.array_split(order, -(-len(order) // batch_size)),
            "How many examples should the first batch have, and how many should the last?",
        ),
        Mistake(
            "even-split-rounded-down",
            "Your number of batches is rounded down, and the batches are of nearly equal size. "
            "Every batch but the last should have batch_size examples.",
            lambda order, batch_size: np.array_split(order, len(order) // batch_size),
            "How many examples should the first batch have, and how many should the last?",
        ),
        *(
            Mistake(
                id,
                f"Your {call} works only if batch_size divides the number of examples. Slices of "
                "order also give the smaller last batch.",
                wrong,
                "Which batch should contain the examples that do not fill a whole batch?",
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
            "Your batches contain every k-th entry of order. A batch should contain consecutive "
            "entries.",
            lambda order, batch_size: [
                order[start :: -(-len(order) // batch_size)]
                for start in range(-(-len(order) // batch_size))
            ],
            "Which entries of order does your first batch contain?",
        ),
        Mistake(
            "sorted",
            "Your batches contain the sorted indices. They should keep the order of the entries.",
            lambda order, batch_size: minibatches(np.sort(order), batch_size),
            "Does your function keep the order of the entries?",
            section=f"{PAGE}#one-permutation",
            twins=("order-ignored",),
        ),
        Mistake(
            "size-as-count",
            "Your code uses batch_size as the number of batches. It should be the number of "
            "examples in one batch.",
            lambda order, batch_size: np.array_split(order, batch_size),
            "Is batch_size the number of batches, or the number of examples in one batch?",
        ),
        Mistake(
            "filled-up",
            "Your last batch is filled up with the first examples, which are then used twice. It "
            "should be smaller.",
            _filled_up,
            "How often does each example occur in your batches?",
        ),
        Mistake(
            "last-overlaps",
            "Your last batch overlaps the one before it, so some examples are used twice. It "
            "should be smaller.",
            _overlapping,
            "How often does each example occur in your batches?",
        ),
    ),
)
