"""`loop_by_hand`: batches, updates and the mean loss of an epoch, counted on paper."""

from __future__ import annotations

from typing import Any

from course_lib.checks.ex12_training_loop.reference import loop_by_hand
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.sheets import Numbers, Sheet
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


SECOND = 60_000  # examples
NAMED = (
    *("four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
WORDS = dict(enumerate(NAMED, start=4))


def _answer(n: Numbers) -> tuple[float, ...]:
    batches = -(-n["examples"] // n["size"])
    last = n["examples"] - (batches - 1) * n["size"]
    updates = n["epochs"] * SECOND // n["second"]
    losses = n["full"] * (n["loss0"] + n["loss1"]) + n["rest"] * n["loss2"]
    return float(batches), float(last), float(updates), losses / _total(n)


def _total(n: Numbers) -> int:
    return 2 * n["full"] + n["rest"]


def _in_words(n: Numbers) -> Numbers:
    total, full = WORDS[_total(n)], WORDS[n["full"]]
    epochs = WORDS.get(n["epochs"], str(n["epochs"]))
    digits = "The training set of the digits has 1438"
    first = digits if n["examples"] == 1438 else f"A training set has {n['examples']}"
    return {"total": total, "Full": full, "Epochs": epochs, "First": first}


def _question(n: Numbers) -> Question:
    examples, size, epochs, full, rest = (
        n[one] for one in ("examples", "size", "epochs", "full", "rest")
    )
    losses = n["loss0"], n["loss1"], n["loss2"]
    right = _answer(n)
    whole, total, per_epoch = examples // size, _total(n), SECOND // n["second"]
    words = _in_words(n)

    def _number(
        place: int, id: str, value: float, name: str, question: str, **more: Any
    ) -> Mistake:
        """Get one number wrong and the others right, so that it is named whatever they are."""
        wrong = (*right[:place], float(value), *right[place + 1 :])
        return Mistake(id, name, lambda: wrong, question, **more)

    return Question(
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
                    f"How many full batches of {size} are there, and are any examples left after "
                    "them?"
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
                place=(
                    "Look at the number of iterations in one epoch, and at the number of epochs."
                ),
                next_step=(
                    "How many batches does one epoch have, and how often does each batch update "
                    "the parameters?"
                ),
            ),
            Part(
                "loss",
                1,
                (3,),
                section=MEAN,
                place=(
                    f"Look at the sum of the losses of the {words['total']} examples, and at what "
                    "you divide it by."
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
        tolerance=1e-9,
        absolute=0.005,
        follows=lambda batches, last, updates, loss: (
            (),
            (size,) if batches == whole else (examples - size * (batches - 1),),
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
                whole,
                "Your count does not contain the last, smaller batch. It should.",
                f"How many examples do {whole} batches of {size} contain, and how many examples "
                "are "
                "there?",
            ),
            _number(
                0,
                "batches-not-whole",
                examples / size,
                "Your number of batches is not a whole number. It should be rounded up.",
                "Can the number of batches in an epoch be a fraction?",
            ),
            _number(
                1,
                "last-is-full",
                size,
                "Your last batch is full. It should contain only the examples that are left.",
                "How many examples do the batches before the last one contain?",
            ),
            _number(
                1,
                "last-missing",
                size - right[1],
                "Your number is how many examples the last batch lacks to be full. It should be "
                "how many it contains.",
                "How many examples are left after the full batches?",
            ),
            _number(
                2,
                "epochs-for-updates",
                epochs,
                "Your number is that of the epochs. There should be one update per batch.",
                "How often do the parameters change in one epoch?",
            ),
            _number(
                2,
                "one-epoch-only",
                per_epoch,
                f"Your number is the updates of one epoch. It should be those of all "
                f"{words['Epochs']}.",
                "How many epochs does your number count?",
            ),
            _number(
                2,
                "updates-per-example",
                epochs * SECOND,
                "Your number is one update per example. There should be one per batch.",
                "How often do the parameters change while one batch is used?",
            ),
            _number(
                2,
                "updates-empty-batch",
                epochs * (per_epoch + 1),
                f"Your epochs have {per_epoch + 1} batches. They should have {per_epoch}, because "
                f"{n['second']} divides 60,000 and no examples are left.",
                "How many examples are left after the full batches?",
            ),
            _number(
                3,
                "loss-unweighted",
                sum(losses) / 3,
                "Your number is the mean of the three batch losses. Each loss should be weighted "
                "by the size of its batch, which is smaller for the last one.",
                "Over how many examples is each of the three losses a mean?",
                section=MEAN,
            ),
            _number(
                3,
                "loss-full-size",
                full * sum(losses) / total,
                f"Your sum multiplies each batch loss by {full}. The last one should be multiplied "
                "by "
                f"{rest}, the size of its batch.",
                "How many examples does the last batch have, and by what is its loss multiplied?",
                section=MEAN,
            ),
            _number(
                3,
                "loss-sum",
                right[3] * total,
                "Your number is the sum over the examples. It should be divided by their number.",
                "By what should the sum over the examples be divided?",
                section=MEAN,
            ),
            _number(
                3,
                "loss-sum-of-batches",
                sum(losses),
                "Your number is the sum of the three batch losses. It should be the mean over the "
                f"{words['total']} examples.",
                f"What is the sum of the losses of the {words['Full']} examples in the first "
                "batch?",
                section=MEAN,
            ),
            _number(
                3,
                "loss-over-examples",
                sum(losses) / total,
                "Your sum of the batch losses is divided by the number of examples. Each batch "
                "loss is a mean, so it should be multiplied by the size of its batch first.",
                f"What is the sum of the losses of the {words['Full']} examples in the first "
                "batch?",
                section=MEAN,
            ),
            _number(
                3,
                "loss-last-dropped",
                (losses[0] + losses[1]) / 2,
                "Your mean does not contain the last, smaller batch. It should.",
                "How many examples does your mean contain?",
                section=MEAN,
            ),
        ),
    )


SHEET = Sheet(
    numbers={
        **{"examples": 1438, "size": 32, "epochs": 12, "second": 100, "full": 4, "rest": 2},
        **{"loss0": 0.5, "loss1": 0.7, "loss2": 1.2},
    },
    choices={
        "examples": range(1013, 2990, 23),
        "size": (12, 15, 16, 20, 24, 25, 28, 30, 32, 36, 40, 45, 48, 50, 60, 64, 75, 80, 90, 96),
        "epochs": (5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 18, 20, 25, 30),
        "second": (50, 60, 75, 80, 100, 120, 150, 200, 250, 300),
        "full": (4, 5, 6, 7, 8),
        "rest": (2, 3),
        **dict.fromkeys(("loss0", "loss1"), (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)),
        "loss2": (0.2, 0.4, 0.6, 0.8, 1, 1.1, 1.2, 1.3, 1.4, 1.5),
    },
    answer=_answer,
    question=_question,
    text=(
        "<First> examples, which are used in batches of <size>:",
        "How many updates do <epochs> epochs with batches of <second> make in",
        "In another epoch, <total> examples are cut into batches of <full>, <full> and <rest>, "
        "with the mean losses <loss0>, <loss1> and\n   <loss2>. What is the mean loss of the "
        "<total> examples?",
    ),
    decimals=(0, 0, 0, 3),
    derived=_in_words,
)
LOOP_BY_HAND = SHEET.original(loop_by_hand)
