"""`planted_verdicts`: six gradients, some of them wrong, and tools to find out."""

from __future__ import annotations

from collections.abc import Callable

from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex10 import planted_verdicts
from course_lib.checks.worked import Worked

NAMES = ("A", "B", "C", "D", "E", "F")
SECTIONS = ("relative-error", "check-mistakes", "check-kinks", "relative-error", "check-float32")
PLACES = (
    "Hold the gradient of A against your complex_gradient.",
    "Hold the gradient of B against your complex_gradient.",
    "Look at the entry of PLACE that is nearest to 0, and at your h.",
    "Look at the relative error of D, with a step you trust.",
    "Look at the numbers in which the loss of E is computed, and at your h.",
    "Look at every entry of F beside its witness: what is their ratio?",
)


def _nothing(rng: Generator, fixture: Fixture) -> tuple:
    return ()


def _as_if(**verdicts: int) -> Callable[[], tuple[int, ...]]:
    """Answer as the reference does, but for some of the six."""
    right = dict(zip(NAMES, planted_verdicts(), strict=True))
    return lambda: tuple({**right, **verdicts}.values())


def _example() -> str:
    text = Worked("A gradient x² for the sum of the cubes, at [1, 2, 3]:")
    text.line("  given [1, 4, 9], complex step [3, 12, 27]")
    text.line("  relative error 18/27: far more than any witness is off, so it is wrong")
    text.line("  differences in size [2, 8, 18]: the largest is at 2, so the answer is 2")
    text.line("A second witness, or another h, says whether it was the witness that erred.")
    return str(text)


PLANTED_VERDICTS = Question(
    name="planted_verdicts",
    signature="planted_verdicts() -> (A, B, C, D, E, F)",
    returns=NAMES,
    parts=tuple(
        Part(name, 0.5, (index,), section=f"{PAGE}#{section}", place=place)
        for index, (name, section, place) in enumerate(
            zip(NAMES, (*SECTIONS, "relative-error"), PLACES, strict=True)
        )
    ),
    section=f"{PAGE}#check-misses",
    place="Look at each gradient with two witnesses, and with more than one h.",
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
            "C is right. An entry of PLACE lies nearer to the kink of ReLU than your h, and the "
            "difference mixes both derivatives. Take a smaller h, or the complex step.",
            _as_if(C=2),
            "Which entry disagrees for C, which value does it have, and what does a smaller h say?",
            section=f"{PAGE}#check-kinks",
        ),
        Mistake(
            "C01",
            "E is right. Its loss is computed in float32, where h = 1e-5 drowns in rounding; with "
            "h = 1e-2 the two agree as far as float32 goes.",
            _as_if(E=0),
            "In which numbers is the loss of E computed, and which h does that ask for?",
            section=f"{PAGE}#check-float32",
        ),
        Mistake(
            "L09",
            "D is wrong: its backward pass belongs to another approximation than its forward "
            "pass. A relative error of 2 % is no rounding: it stays the same for every good h.",
            _as_if(D=-1),
            "Does the error of D change when you change h? What would rounding do?",
            section=f"{PAGE}#relative-error",
        ),
        Mistake(
            "C10-cosine",
            "F is wrong: all its entries have the right direction and are 3 times too large. The "
            "mean runs over all six entries, not over the two rows.",
            _as_if(F=-1),
            "What is the ratio of F to its witness, entry by entry?",
            section=f"{PAGE}#relative-error",
        ),
        Mistake(
            "counted-from-1",
            "The places are counted from 1; argmax counts from 0.",
            _as_if(
                **{
                    name: one + 1
                    for name, one in zip(NAMES, planted_verdicts(), strict=True)
                    if one >= 0
                }
            ),
            "What does argmax say when the very first entry is the largest?",
        ),
    ),
)
