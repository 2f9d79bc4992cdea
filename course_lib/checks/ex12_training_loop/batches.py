"""`loop_by_hand` and `minibatches`: counting batches, and making them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex12 import loop_by_hand, minibatches
from course_lib.checks.worked import Worked

EVEN, REST = "batches that fit", "a smaller last batch"
COUNTING = f"{PAGE}#epoch-or-iteration"
MEAN = f"{PAGE}#batch-mean"


def _hand_example() -> str:
    text = Worked("With other numbers: 100 training examples, batches of 30, 5 epochs.")
    text.line("  Three full batches hold 90 examples; 10 are left for a fourth batch.")
    text.line("  An epoch has 4 iterations, 5 epochs have 5·4 = 20.")
    text.line("Three batches of 3, 3 and 1 examples with the losses 0.2, 0.6 and 1.6:")
    text.line("  the seven examples lost 3·0.2 + 3·0.6 + 1·1.6 = 4.0 together,")
    text.line("  so their mean is 4.0/7 = 0.5714; the mean of the three numbers would be 0.8.")
    return str(text)


LOOP_BY_HAND = Question(
    name="loop_by_hand",
    signature="loop_by_hand() -> (batches, last, updates, loss)",
    returns=("batches", "last", "updates", "loss"),
    parts=(
        Part("batches", 1, (0,), place="Look at the iterations of one epoch."),
        Part("last", 1, (1,), place="Look at what is left after the full batches."),
        Part("updates", 1, (2,), place="Look at the iterations of all epochs."),
        Part("loss", 1, (3,), section=MEAN, place="Look at the mean loss of the ten examples."),
    ),
    section=COUNTING,
    place="Look at the four numbers and their order.",
    inputs=lambda rng, fixture: (),
    reference=loop_by_hand,
    fixtures=(Fixture("pencil"),),
    tolerance=0.0,
    absolute=0.005,
    backwards=False,
    example=_hand_example,
    correct={
        "written out": lambda: (45, 30, 1350, 0.72),
        "a list": lambda: [45.0, 30.0, 1350.0, 0.72],
    },
    mistakes=(
        Mistake(
            "last-dropped",
            "The examples that fill no whole batch are left out; they make a last, smaller batch.",
            lambda: (44, 32, 1320, 0.72),
            "How many examples do 44 batches of 32 hold, and how many are there?",
        ),
        Mistake(
            "batches-not-whole",
            "The number of batches is not rounded up to a whole number.",
            lambda: (1438 / 32, 30, 30 * 1438 / 32, 0.72),
            "Can there be a part of an update?",
        ),
        Mistake(
            "last-is-full",
            "The last batch is counted as full; it holds what is left.",
            lambda: (45, 32, 1350, 0.72),
            "How many examples have the batches before the last one used up?",
        ),
        Mistake(
            "epochs-for-updates",
            "This is the number of epochs. Each epoch has one update per batch.",
            lambda: (45, 30, 30, 0.72),
            "How often do the weights change in one epoch?",
        ),
        Mistake(
            "one-epoch-only",
            "These are the updates of one epoch, not of all thirty.",
            lambda: (45, 30, 45, 0.72),
            "How many epochs are there?",
        ),
        Mistake(
            "updates-per-example",
            "This counts one update per example; there is one per batch.",
            lambda: (45, 30, 30 * 1438, 0.72),
            "How often do the weights change while one batch is used?",
        ),
        Mistake(
            "loss-unweighted",
            "This is the mean of the three batch losses. The last batch has half as many examples, "
            "so it counts half as much.",
            lambda: (45, 30, 1350, 0.8),
            "How many examples stand behind each of the three losses?",
        ),
        Mistake(
            "loss-sum",
            "This is the sum over the examples; the mean divides it by their number.",
            lambda: (45, 30, 1350, 7.2),
            "By how many examples has the sum to be divided?",
        ),
    ),
)


def inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, int]:
    """Draw an order of n examples; the batch size is the fixture's only width."""
    n = fixture.n
    order = rng.permutation(n)
    if order[0] == 0:
        order = np.roll(order, 1)
    return order, fixture.widths[0]


def _starts(start: Callable[[int, int], range]) -> Callable[..., Any]:
    """Make batches that begin at other places."""

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
    text.line("The batches start at positions 0, 3 and 6; the last one takes what is left.")
    return str(text)


MINIBATCHES = Question(
    name="minibatches",
    signature="minibatches(order, batch_size) -> batches",
    returns=("batches",),
    parts=(Part(EVEN, 1, variant=EVEN), Part(REST, 2, variant=REST)),
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
            "holds what is left.",
            _starts(lambda n, size: range(0, n - size + 1, size)),
            "How many examples do your batches hold together?",
        ),
        Mistake(
            "empty-batch",
            "Where the batches fit, an empty one follows: its mean loss would be 0/0.",
            _starts(lambda n, size: range(0, (n // size + 1) * size, size)),
            "How many batches are there when the batch size divides the number of examples?",
        ),
        Mistake(
            "order-ignored",
            "The batches hold positions 0, 1, 2, …; they should hold the entries of order.",
            lambda order, batch_size: minibatches(np.arange(len(order)), batch_size),
            "Where does order itself enter your batches?",
            section=f"{PAGE}#one-permutation",
        ),
        Mistake(
            "one-apart",
            "A batch starts at every position, so the batches overlap; they start batch_size "
            "apart.",
            _starts(lambda n, size: range(n)),
            "In how many batches does one example stand, and in how many should it?",
        ),
        Mistake(
            "even-split",
            "The examples are spread evenly over the batches. Every batch but the last one has "
            "batch_size examples.",
            lambda order, batch_size: np.array_split(order, -(-len(order) // batch_size)),
            "How many examples should the first batch have, and how many the last?",
        ),
        Mistake(
            "size-as-count",
            "batch_size is used as the number of batches; it is the number of examples in one.",
            lambda order, batch_size: np.array_split(order, batch_size),
            "Does batch_size count batches, or the examples in one?",
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
