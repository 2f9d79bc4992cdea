from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex12_training_loop.reference import early_stopping
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


def _call(name: str, ranks: tuple[float, ...], patience: int, falling: int = 0) -> Fixture:
    """Make a call: ranks of held-out losses after some epochs in which they fall."""
    settings = {"ranks": ranks, "patience": patience}
    return Fixture(name, n=falling, repeat=name == "comes back", settings=settings)


def stop_inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, int]:
    """Draw losses of the ranks that are set, after a few epochs in which they fall."""
    ranks, patience = fixture["ranks"], fixture["patience"]
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
        # In the comment: where training stops, counted without the falling ones, and the best.
        _call("comes back", (8.0, 9.0, 6.0, 5.0, 7.0, 6.5, 6.2, 3.0, 4.0), 3, 2),  # 6, 3
        _call("ties", (7.0, 3.0, 3.0, 4.0, 3.0, 2.0, 5.0), 3, 1),  # 4, 1
        _call("rises", (6.0, 4.0, 5.0, 7.0, 3.0, 8.0, 9.0, 10.0, 11.0), 2, 3),  # 3, 1
        _call("goes on", (9.0, 7.0, 8.0, 6.0, 4.0, 5.0, 3.0, 3.5), 2, 1),  # the end, 6
        _call("ends with the best", (5.0, 6.0, 4.0, 3.0), 2),  # the end, 3
        _call("begins with the best", (4.0, 4.0, 6.0, 5.0, 3.0), 3),  # 3, 0
        _call("one is enough", (5.0, 4.0, 4.5, 3.0), 1),  # 2, 1
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
            "results-swapped",
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
