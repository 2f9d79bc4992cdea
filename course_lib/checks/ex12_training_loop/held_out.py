"""`hold_out` and `early_stopping`: a held-out set, and when its loss says stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop.page import PAGE
from course_lib.checks.ex12_training_loop.step import examples
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.reference.ex12 import early_stopping, hold_out
from course_lib.checks.worked import Worked

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
            "sides-exchanged",
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

# Ranks of held-out losses, the patience, and (in the comment) where it stops and what is best.
CURVES = {
    "comes back": ([8.0, 9.0, 6.0, 5.0, 7.0, 6.5, 6.2, 3.0, 4.0], 3),  # stops at 6, best 3
    "ties": ([7.0, 3.0, 3.0, 4.0, 3.0, 2.0, 5.0], 3),  # stops at 4, best 1
    "rises": ([6.0, 4.0, 5.0, 7.0, 3.0, 8.0, 9.0, 10.0, 11.0], 2),  # stops at 3, best 1
    "goes on": ([9.0, 7.0, 8.0, 6.0, 4.0, 5.0, 3.0, 3.5], 2),  # to the end, best 6
    "ends with the best": ([5.0, 6.0, 4.0, 3.0], 2),  # to the end, best 3
    "begins with the best": ([4.0, 4.0, 6.0, 5.0, 3.0], 3),  # stops at 3, best 0
    "one is enough": ([5.0, 4.0, 4.5, 3.0], 1),  # stops at 2, best 1
}


def stop_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, int]:
    """Draw the losses of a curve of `CURVES`, after a few epochs in which they fall."""
    ranks, patience = CURVES[fixture.name]
    levels = np.unique(ranks)
    values = np.cumsum(rng.uniform(0.02, 0.2, size=len(levels)))
    known = dict(zip(levels.tolist(), values.tolist(), strict=True))
    falling = values[-1] + np.cumsum(rng.uniform(0.02, 0.2, size=fixture.n))[::-1]
    return np.concatenate([falling, [known[rank] for rank in ranks]]), patience


def _watch(
    better: Callable[[float, float], bool] = lambda loss, best: loss < best,
    over: Callable[[int, int], bool] = lambda waited, patience: waited >= patience,
    reset: bool = True,
) -> Callable[..., tuple[int, int]]:
    """Make a rule that counts the epochs without improvement."""

    def rule(held_losses: np.ndarray, patience: int) -> tuple[int, int]:
        best, waited = 0, 0
        for epoch in range(1, len(held_losses)):
            if better(held_losses[epoch], held_losses[best]):
                best = epoch
                waited = 0 if reset else waited
            else:
                waited += 1
            if over(waited, patience):
                return epoch, best
        return len(held_losses) - 1, best

    return rule


def _rises_in_a_row(held_losses: np.ndarray, patience: int) -> tuple[int, int]:
    rises = 0
    for epoch in range(1, len(held_losses)):
        rises = rises + 1 if held_losses[epoch] >= held_losses[epoch - 1] else 0
        if rises >= patience:
            return epoch, int(np.argmin(held_losses[: epoch + 1]))
    return len(held_losses) - 1, int(np.argmin(held_losses))


def _past(change: Callable[..., Any]) -> Callable[..., Any]:
    def rule(held_losses: np.ndarray, patience: int) -> Any:
        return change(*early_stopping(held_losses, patience), held_losses)

    return rule


def _window(held_losses: np.ndarray, patience: int) -> tuple[int, int]:
    losses = list(held_losses)
    for epoch in range(patience, len(losses)):
        if min(losses[epoch - patience + 1 : epoch + 1]) >= min(losses[: epoch - patience + 1]):
            return epoch, losses.index(min(losses[: epoch + 1]))
    return len(losses) - 1, losses.index(min(losses))


def _stop_example() -> str:
    text = Worked("held_losses = [1.0, 0.8, 0.9, 0.7, 0.75, 0.72, 0.6], patience = 2:")
    text.line("  epoch 0: best so far      epoch 1: better, so best = 1")
    text.line("  epoch 2: one without improvement         epoch 3: better, so best = 3")
    text.line("  epoch 4: one without improvement         epoch 5: two, so it stops")
    text.line(
        "The result is 5 and 3. Epoch 6 would have been better, but it is not known at epoch 5."
    )
    return str(text)


EARLY_STOPPING = Question(
    name="early_stopping",
    signature="early_stopping(held_losses, patience) -> (stop, best)",
    returns=("stop", "best"),
    parts=(
        Part("stop", 2, (0,), place="Look at what your code counts, and when it resets the count."),
        Part("best", 1, (1,), place="Look at the epochs from which you choose the best one."),
    ),
    section=f"{PAGE}#early-stopping",
    place="Look at what your code counts, and when it resets the count.",
    inputs=stop_inputs,
    reference=early_stopping,
    fixtures=(
        Fixture("comes back", n=2, repeat=True),
        Fixture("ties", n=1),
        Fixture("rises", n=3),
        Fixture("goes on", n=1),
        Fixture("ends with the best", n=0),
        Fixture("begins with the best", n=0),
        Fixture("one is enough", n=0),
    ),
    backwards=False,
    example=_stop_example,
    correct={
        "a counter": _watch(),
        "the last few against those before": _window,
    },
    mistakes=(
        Mistake(
            "rises-in-a-row",
            "Your code compares each loss with the one before. It should compare it with the best "
            "so far.",
            _rises_in_a_row,
            "With which earlier loss does your code compare: the one before, or the best so far?",
        ),
        Mistake(
            "never-reset",
            "Your count of epochs without improvement is never reset. It should be reset by each "
            "new best loss.",
            _watch(reset=False),
            "What happens to your count when there is a new best loss?",
        ),
        Mistake(
            "one-too-late",
            "Your loop stops one epoch too late. It should stop after `patience` epochs without "
            "improvement.",
            _watch(over=lambda waited, patience: waited > patience),
            "How many epochs without improvement have passed when your loop stops?",
        ),
        Mistake(
            "noticed-late",
            "Your loop stops one epoch too late, because it tests the count before the loss of "
            "the next epoch. It should test the count right after each loss.",
            _past(lambda stop, best, losses: (min(stop + 1, len(losses) - 1), best)),
            "When does your loop test the count: before or after the loss of an epoch is compared?",
        ),
        Mistake(
            "later-of-equals",
            "Of two equally good epochs, your function returns the later one as the best. It "
            "should return the first, because an equal loss is no improvement.",
            _past(
                lambda stop, best, losses: (
                    stop,
                    int(np.flatnonzero(losses[: stop + 1] == losses[best])[-1]),
                )
            ),
            "Is a loss that is equal to the best one an improvement?",
        ),
        Mistake(
            "exchanged",
            "Your two results are swapped. The first should be the last epoch that is run, the "
            "second the best one.",
            _past(lambda stop, best, losses: (best, stop)),
            "In which order does the task list the two epochs?",
            place="Compare the order of your results with the signature.",
        ),
        Mistake(
            "number-of-epochs",
            "Your result is the number of epochs that are run. It should be the number of the "
            "last one, which is smaller by 1, because the first is epoch 0.",
            _past(lambda stop, best, losses: (stop + 1, best)),
            "Which number does the first epoch have?",
        ),
        Mistake(
            "one-off-end",
            "If training is never stopped, your result is not the last epoch of the list. It "
            "should be.",
            _past(lambda stop, best, losses: (stop + (stop == len(losses) - 1), best)),
            "Which number does the last epoch of the list have?",
        ),
        Mistake(
            "one-too-soon",
            "Your loop stops one epoch too soon. It should stop after `patience` epochs without "
            "improvement.",
            _watch(over=lambda waited, patience: waited > 0 and waited >= patience - 1),
            "How many epochs without improvement have passed when your loop stops?",
        ),
        Mistake(
            "ties-count",
            "Your code takes an equal loss as an improvement. Only a smaller one should be.",
            _watch(better=lambda loss, best: loss <= best),
            "Is a loss that is equal to the best one an improvement?",
        ),
        Mistake(
            "hindsight",
            "Your best epoch is chosen from all epochs. It should be chosen from those that are "
            "run, up to the stop.",
            _past(lambda stop, best, losses: (stop, int(np.argmin(losses)))),
            "Which losses are known when training stops?",
        ),
        Mistake(
            "never-stops",
            "Your function runs all epochs. It should stop after `patience` epochs without "
            "improvement.",
            _past(lambda stop, best, losses: (len(losses) - 1, int(np.argmin(losses)))),
            "Where does your function use `patience`?",
        ),
        Mistake(
            "last-for-best",
            "Your best epoch is the epoch of the stop. It should be the one with the smallest "
            "held-out loss.",
            _past(lambda stop, best, losses: (stop, stop)),
            "Which of the epochs up to the stop has the smallest held-out loss?",
        ),
        Mistake(
            "counted-from-1",
            "Your epochs are counted from 1. They should be counted from 0.",
            _past(lambda stop, best, losses: (stop + 1, best + 1)),
            "Which number does the first epoch have?",
        ),
        Mistake(
            "loss-for-epoch",
            "Your second result is the best loss. It should be the number of its epoch.",
            _past(lambda stop, best, losses: (stop, float(losses[best]))),
            "Is your second result an epoch, or a loss?",
        ),
    ),
)
