"""`loop_by_hand`: batches, updates and the mean loss of an epoch, counted on paper."""

from __future__ import annotations

from typing import Any

from course_lib.checks.ex12_training_loop.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex12 import loop_by_hand
from course_lib.checks.worked import Worked

MEAN = f"{PAGE}#batch-mean"


def _example() -> str:
    text = Worked("With other numbers: 100 training examples, batches of 30, 5 epochs.")
    text.line("  Three full batches contain 90 examples; 10 are left for a fourth batch.")
    text.line("  An epoch has 4 iterations, 5 epochs have 5·4 = 20.")
    text.line("Three batches of 3, 3 and 1 examples with the mean losses 0.2, 0.6 and 1.6:")
    text.line("  the losses of the seven examples add up to 3·0.2 + 3·0.6 + 1·1.6 = 4.0,")
    text.line("  so their mean is 4.0/7 = 0.5714; the mean of the three numbers would be 0.8.")
    return str(text)


def _number(place: int, id: str, value: float, name: str, question: str, **more: Any) -> Mistake:
    """Get one number wrong and the others right, so that it is named whatever they are."""

    def wrong() -> tuple[float, ...]:
        numbers = [45.0, 30.0, 1350.0, 0.72]
        numbers[place] = value
        return tuple(numbers)

    return Mistake(id, name, wrong, question, **more)


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
    section=f"{PAGE}#epoch-or-iteration",
    place="Look at the four numbers and their order.",
    inputs=lambda rng, fixture: (),
    reference=loop_by_hand,
    fixtures=(Fixture("by hand"),),
    tolerance=0.0,
    absolute=0.005,
    backwards=False,
    example=_example,
    correct={
        "written out": lambda: (45, 30, 1350, 0.72),
        "a list": lambda: [45.0, 30.0, 1350.0, 0.72],
    },
    mistakes=(
        _number(
            0,
            "last-dropped",
            44,
            "The last, smaller batch is not counted.",
            "How many examples do 44 batches of 32 contain, and how many are there?",
        ),
        _number(
            0,
            "batches-not-whole",
            1438 / 32,
            "The number of batches is not rounded up to a whole number.",
            "Can an epoch have a fraction of an update?",
        ),
        _number(
            1,
            "last-is-full",
            32,
            "The last batch is counted as full; it contains what is left.",
            "How many examples have the batches before the last one used up?",
        ),
        _number(
            1,
            "last-missing",
            2,
            "This is how many examples the last batch lacks to be full.",
            "How many examples are left after the full batches?",
        ),
        _number(
            2,
            "epochs-for-updates",
            30,
            "This is the number of epochs. Each epoch has one update per batch.",
            "How often do the parameters change in one epoch?",
        ),
        _number(
            2,
            "one-epoch-only",
            45,
            "These are the updates of one epoch, not of all thirty.",
            "How many epochs are there?",
        ),
        _number(
            2,
            "updates-per-example",
            30 * 1438,
            "This counts one update per example; there is one per batch.",
            "How often do the parameters change while one batch is used?",
        ),
        _number(
            2,
            "updates-without-last",
            30 * 44,
            "The last, smaller batch of each epoch is not counted; it makes an update as well.",
            "How many updates does one epoch have?",
        ),
        _number(
            2,
            "updates-not-whole",
            30 * 1438 / 32,
            "The updates of one epoch are not rounded up to a whole number.",
            "Can an epoch have a fraction of an update?",
        ),
        _number(
            3,
            "loss-unweighted",
            0.8,
            "This is the mean of the three batch losses. The last batch has half as many examples, "
            "so its loss has half the weight.",
            "Over how many examples is each of the three losses a mean?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-full-size",
            0.96,
            "Every batch loss is multiplied by 4; the last batch has 2 examples.",
            "How many examples does the last batch have?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-sum",
            7.2,
            "This is the sum over the examples; the mean divides it by their number.",
            "By how many examples has the sum to be divided?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-sum-of-batches",
            2.4,
            "This is the sum of the three batch losses.",
            "What is the sum of the losses of the four examples in the first batch?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-over-examples",
            0.24,
            "The sum of the batch losses is divided by the number of examples, but each of them "
            "is a mean already: multiply it by its batch's size first.",
            "What is the sum of the losses of the four examples in the first batch?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-last-dropped",
            0.6,
            "The last, smaller batch is left out of the mean.",
            "Over how many examples is your mean taken?",
            section=MEAN,
        ),
    ),
)
