from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop.reference import hold_out
from course_lib.checks.ex12_training_loop.training_step import examples
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
HELD = f"{PAGE}#held-out"


def split_inputs(rng: Generator, fixture: Fixture) -> tuple:
    """Draw examples and an order; the widths are n_held, inputs and classes."""
    n_held, n_in, classes = fixture.widths
    x, y = examples(rng, fixture.n, n_in, classes)
    return x, y, rng.permutation(fixture.n), n_held


def _split(
    held: Callable[[np.ndarray, int], Any],
    kept: Callable[[np.ndarray, int], Any],
    labels: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda y, order: y,
) -> Callable[..., Any]:
    """Make a split by other positions in the order."""

    def split(x: np.ndarray, y: np.ndarray, order: np.ndarray, n_held: int) -> Any:
        one, two = kept(order, n_held), held(order, n_held)
        y = labels(y, order)
        return x[one], y[one], x[two], y[two]

    return split


def _labels_left(x: np.ndarray, y: np.ndarray, order: np.ndarray, n_held: int) -> Any:
    return x[order[n_held:]], y[n_held:], x[order[:n_held]], y[:n_held]


def _inputs_left(x: np.ndarray, y: np.ndarray, order: np.ndarray, n_held: int) -> Any:
    return x[n_held:], y[order[n_held:]], x[:n_held], y[order[:n_held]]


def _marked(x: np.ndarray, y: np.ndarray, order: np.ndarray, n_held: int) -> Any:
    shuffled_x, shuffled_y = x[order], y[order]
    held = np.arange(len(x)) < n_held
    return [shuffled_x[~held], shuffled_y[~held], shuffled_x[held], shuffled_y[held]]


def _other_order(x: np.ndarray, y: np.ndarray, order: np.ndarray, n_held: int) -> Any:
    x_train, y_train, x_held, y_held = hold_out(x, y, order, n_held)
    return x_train, x_held, y_train, y_held


def _first(order: np.ndarray, n_held: int) -> np.ndarray:
    return order[:n_held]


def _rest(order: np.ndarray, n_held: int) -> np.ndarray:
    return order[n_held:]


def _split_example() -> str:
    text = Worked("Five examples, order = [3, 0, 4, 1, 2], n_held = 2:")
    text.line("  held out: x[[3, 0]] and y[[3, 0]]")
    text.line("  training: x[[4, 1, 2]] and y[[4, 1, 2]]")
    text.line("No example is in both sets, and every example keeps its own label.")
    return str(text)


HOLD_OUT = Question(
    name="hold_out",
    signature="hold_out(x, y, order, n_held) -> (x_train, y_train, x_held, y_held)",
    returns=("x_train", "y_train", "x_held", "y_held"),
    parts=(
        Part(
            "the training set",
            1,
            (0, 1),
            place=("Look at the indices that you use for x_train and y_train."),
            next_step=(
                "Take five examples, "
                "order = [3, 0, 4, "
                "1, 2] and n_held = "
                "2. Which indices "
                "are in your "
                "training set?"
            ),
        ),
        Part(
            "the held-out set",
            1,
            (2, 3),
            place=("Look at the indices that you use for x_held and y_held."),
            next_step=(
                "Take five examples, "
                "order = [3, 0, 4, 1, "
                "2] and n_held = 2. "
                "Which indices are in "
                "your held-out set?"
            ),
        ),
    ),
    section=HELD,
    place="Look at which entries of order you use for which set.",
    inputs=split_inputs,
    reference=hold_out,
    fixtures=(
        Fixture("4 of 17", widths=(4, 3, 5), n=17, repeat=True),
        Fixture("7 of 19", widths=(7, 2, 4), n=19),
    ),
    backwards=False,
    example=_split_example,
    correct={"shuffled first, then a mask": _marked},
    mistakes=(
        Mistake(
            "trains-on-held-out",
            "Your training set contains the held-out examples. It should not, because they are to "
            "show the loss on new data.",
            _split(_first, lambda order, n_held: order),
            "How many of your held-out examples are in your training set as well?",
        ),
        Mistake(
            "from-the-end",
            "Your function holds out the last n_held entries of order. It should hold out the "
            "first.",
            _split(lambda order, n_held: order[-n_held:], lambda order, n_held: order[:-n_held]),
            "Which entries of order does the task hold out: the first, or the last?",
        ),
        Mistake(
            "sides-swapped",
            "Your training set and your held-out set are swapped. The held-out set should have "
            "n_held examples.",
            _split(_rest, _first),
            "How many examples does each of your sets have, and which should have n_held?",
        ),
        Mistake(
            "D01",
            "Your function uses order for x and not for y, so each example has the label of "
            "another one.",
            _labels_left,
            "Which example does the first label of y_train belong to?",
            section=f"{PAGE}#one-permutation",
        ),
        Mistake(
            "D01-labels",
            "Your function uses order for y and not for x, so each example has the label of "
            "another one.",
            _inputs_left,
            "Which example does the first label of y_train belong to?",
            section=f"{PAGE}#one-permutation",
        ),
        Mistake(
            "order-ignored",
            "Your function does not use order. Without it, a set may lack a class if the examples "
            "are sorted by class.",
            _split(
                lambda order, n_held: slice(None, n_held), lambda order, n_held: slice(n_held, None)
            ),
            "If the examples are sorted by class, which classes does your held-out set contain?",
        ),
        Mistake(
            "another-order-of-results",
            "Your four arrays are right, but in another order. It should be x_train, y_train, "
            "x_held, y_held. (Some libraries return both x first.)",
            _other_order,
            "In which order does the task list the four arrays?",
            place="Compare the order of your results with the signature.",
        ),
    ),
)
