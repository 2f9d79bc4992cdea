"""`planted_verdicts`: six gradients, some of them wrong, and tools to find out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random import Generator

from course_lib.checks.answers import as_numbers
from course_lib.checks.ex10_gradient_check.reference import planted_verdicts
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)
NAMES = ("A", "B", "C", "D", "E", "F")
SECTIONS = ("relative-error", "check-mistakes", "check-kinks", "relative-error", "check-float32")
PLACES = (
    "Compare the gradient of A with your complex_gradient.",
    "Compare the gradient of B with your complex_gradient.",
    "Look at the entry of PLACE that is nearest to 0, and at your h.",
    "Look at the relative error of D for several values of h.",
    "Look at the dtype in which the loss of E is computed, and at your h.",
    "Look at the ratio of each entry of F to the same entry of the witness.",
)


def _nothing(rng: Generator, fixture: Fixture) -> tuple:
    return ()


def _as_if(**verdicts: int) -> Callable[[], tuple[int, ...]]:
    """Answer as the reference does, but for some of the six."""
    right = dict(zip(NAMES, planted_verdicts(), strict=True))
    return lambda: tuple({**right, **verdicts}.values())


def _place_of_e(calls: Sequence[tuple[tuple, Any]]) -> Callable[[], tuple[int, ...]] | None:
    """Give the place that an answer names for E, unless the answer is zeros and nothing else."""
    try:
        answers = as_numbers(calls[0][1])
    except (IndexError, ValueError):
        return None
    if answers.shape != (len(NAMES),) or not answers.any() or not np.isfinite(answers).all():
        return None
    return _as_if(E=int(answers[NAMES.index("E")]))


def _example() -> str:
    text = Worked("A gradient x² for the sum of the cubes, at [1, 2, 3]:")
    text.line("  given [1, 4, 9], complex step [3, 12, 27]")
    text.line(
        "  relative error 18/27, far more than the error of any witness, so the gradient is wrong"
    )
    text.line("  absolute differences [2, 8, 18]: the largest is at index 2, so the answer is 2")
    text.line("A second witness, or another h, shows whether the witness itself was wrong.")
    return str(text)


PLANTED_VERDICTS = Question(
    name="planted_verdicts",
    signature="planted_verdicts() -> (A, B, C, D, E, F)",
    returns=NAMES,
    parts=tuple(
        Part(
            name,
            0.5,
            (index,),
            section=f"{PAGE}#{section}",
            place=place,
            next_step=f"Compare {name} with two witnesses and with two values of h. Which entries "
            "differ, and do they still differ with the other h?",
        )
        for index, (name, section, place) in enumerate(
            zip(NAMES, (*SECTIONS, "relative-error"), PLACES, strict=True)
        )
    ),
    section=f"{PAGE}#check-misses",
    place="Compare each gradient with two witnesses, and with more than one h.",
    inputs=_nothing,
    reference=planted_verdicts,
    fixtures=(Fixture("as printed"),),
    tolerance=0.0,
    backwards=False,
    example=_example,
    correct={
        "a list": lambda: list(planted_verdicts()),
        "floats": lambda: tuple(float(one) for one in planted_verdicts()),
    },
    mistakes=(
        Mistake(
            "C04",
            "C is right. One entry of PLACE is closer to the kink of ReLU than your h, so the "
            "difference quotient mixes both derivatives. Use a smaller h, or the complex step.",
            _as_if(C=2),
            "Which entry of C differs, what is its value in PLACE, and does it still differ with "
            "a smaller h?",
            section=f"{PAGE}#check-kinks",
        ),
        Mistake(
            "C01",
            "E is right. Its loss is computed in float32, where rounding is larger than the "
            "effect of h = 1e-5. With h = 1e-2 the two gradients agree to the precision of "
            "float32.",
            _as_if(E=1),
            "With which dtype is the loss of E computed, and which h does that need?",
            section=f"{PAGE}#check-float32",
            fit=_place_of_e,
        ),
        Mistake(
            "L09",
            "D is wrong: its backward pass differentiates another approximation than its forward "
            "pass computes. A relative error of 2 % that is the same for every good h is not "
            "rounding.",
            _as_if(D=-1),
            "Does the error of D change with h, as an error from rounding would?",
            section=f"{PAGE}#relative-error",
        ),
        Mistake(
            "C10-cosine",
            "F is wrong: all its entries are 3 times too large. The loss is a mean over all six "
            "entries, not over the two rows.",
            _as_if(F=-1),
            "What is the ratio of each entry of F to the same entry of the witness?",
            section=f"{PAGE}#relative-error",
        ),
        Mistake(
            "counted-from-1",
            "Your places are counted from 1. They should be counted from 0, as argmax does.",
            _as_if(
                **{
                    name: one + 1
                    for name, one in zip(NAMES, planted_verdicts(), strict=True)
                    if one >= 0
                }
            ),
            "What does argmax return if the first entry is the largest?",
        ),
    ),
)
