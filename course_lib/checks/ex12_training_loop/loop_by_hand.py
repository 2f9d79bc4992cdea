"""`loop_by_hand`: batches, updates and the mean loss of an epoch, counted on paper."""

from __future__ import annotations

from typing import Any

from course_lib.checks.ex12_training_loop.reference import loop_by_hand
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
MEAN = f"{PAGE}#batch-mean"


def _example() -> str:
    text = Worked("With other numbers: 100 training examples, batches of 30, 5 epochs.")
    text.line("  Three full batches contain 90 examples; 10 are left for a fourth batch.")
    text.line("  An epoch has 4 iterations, 5 epochs have 5·4 = 20.")
    text.line("Three batches of 3, 3 and 1 examples with the mean losses 0.2, 0.6 and 1.6:")
    text.line("  the sum of the losses of the seven examples is 3·0.2 + 3·0.6 + 1·1.6 = 4.0,")
    text.line("  so their mean is 4.0/7 = 0.5714; the mean of the three numbers would be 0.8.")
    return str(text)


def _number(place: int, id: str, value: float, name: str, question: str, **more: Any) -> Mistake:
    """Get one number wrong and the others right, so that it is named whatever they are."""

    def wrong() -> tuple[float, ...]:
        numbers = [45.0, 30.0, 7200.0, 0.72]
        numbers[place] = value
        return tuple(numbers)

    return Mistake(id, name, wrong, question, **more)


LOOP_BY_HAND = Question(
    name="loop_by_hand",
    signature="loop_by_hand() -> (batches, last, updates, loss)",
    returns=("batches", "last", "updates", "loss"),
    parts=(
        Part(
            "batches",
            1,
            (0,),
            place="Look at the number of iterations in one epoch.",
            next_step=(
                "How many full batches of 32 are there, and are any examples left after them?"
            ),
        ),
        Part(
            "last",
            1,
            (1,),
            place=("Look at the number of examples that are left after the full batches."),
            next_step=("How many examples do the full batches contain, and how many are left?"),
        ),
        Part(
            "updates",
            1,
            (2,),
            place=("Look at the number of iterations in one epoch, and at the number of epochs."),
            next_step=(
                "How many batches does one "
                "epoch have, and how often "
                "does each batch update "
                "the parameters?"
            ),
        ),
        Part(
            "loss",
            1,
            (3,),
            section=MEAN,
            place=(
                "Look at the sum of the losses of the ten examples, and at what you divide it by."
            ),
            next_step=(
                "What is the sum of the losses of the examples in each of the three batches?"
            ),
        ),
    ),
    section=f"{PAGE}#epoch-or-iteration",
    place="Look at the four numbers that you return, and at their order.",
    inputs=lambda rng, fixture: (),
    reference=loop_by_hand,
    fixtures=(Fixture("by hand"),),
    tolerance=0.0,
    absolute=0.005,
    follows=lambda batches, last, updates, loss: (
        (),
        (32,) if batches == 44 else (1438 - 32 * (batches - 1),),
        (),
        (),
    ),
    backwards=False,
    example=_example,
    correct={
        "written out": lambda: (45, 30, 7200, 0.72),
        "a list": lambda: [45.0, 30.0, 7200.0, 0.72],
    },
    mistakes=(
        _number(
            0,
            "last-dropped",
            44,
            "Your count does not contain the last, smaller batch. It should.",
            "How many examples do 44 batches of 32 contain, and how many examples are there?",
        ),
        _number(
            0,
            "batches-not-whole",
            1438 / 32,
            "Your number of batches is not a whole number. It should be rounded up.",
            "Can the number of batches in an epoch be a fraction?",
        ),
        _number(
            1,
            "last-is-full",
            32,
            "Your last batch is full. It should contain only the examples that are left.",
            "How many examples do the batches before the last one contain?",
        ),
        _number(
            1,
            "last-missing",
            2,
            "Your number is how many examples the last batch lacks to be full. It should be how "
            "many it contains.",
            "How many examples are left after the full batches?",
        ),
        _number(
            2,
            "epochs-for-updates",
            12,
            "Your number is that of the epochs. There should be one update per batch.",
            "How often do the parameters change in one epoch?",
        ),
        _number(
            2,
            "one-epoch-only",
            600,
            "Your number is the updates of one epoch. It should be those of all twelve.",
            "How many epochs does your number count?",
        ),
        _number(
            2,
            "updates-per-example",
            12 * 60_000,
            "Your number is one update per example. There should be one per batch.",
            "How often do the parameters change while one batch is used?",
        ),
        _number(
            2,
            "updates-empty-batch",
            12 * 601,
            "Your epochs have 601 batches. They should have 600, because 100 divides 60,000 and no "
            "examples are left.",
            "How many examples are left after the full batches?",
        ),
        _number(
            3,
            "loss-unweighted",
            0.8,
            "Your number is the mean of the three batch losses. Each loss should be weighted by "
            "the size of its batch, which is smaller for the last one.",
            "Over how many examples is each of the three losses a mean?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-full-size",
            0.96,
            "Your sum multiplies each batch loss by 4. The last one should be multiplied by 2, "
            "the size of its batch.",
            "How many examples does the last batch have, and by what is its loss multiplied?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-sum",
            7.2,
            "Your number is the sum over the examples. It should be divided by their number.",
            "By what should the sum over the examples be divided?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-sum-of-batches",
            2.4,
            "Your number is the sum of the three batch losses. It should be the mean over the ten "
            "examples.",
            "What is the sum of the losses of the four examples in the first batch?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-over-examples",
            0.24,
            "Your sum of the batch losses is divided by the number of examples. Each batch loss "
            "is a mean, so it should be multiplied by the size of its batch first.",
            "What is the sum of the losses of the four examples in the first batch?",
            section=MEAN,
        ),
        _number(
            3,
            "loss-last-dropped",
            0.6,
            "Your mean does not contain the last, smaller batch. It should.",
            "How many examples does your mean contain?",
            section=MEAN,
        ),
    ),
)
