"""`relative_error`: how far two gradients are apart, in one number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.page import PAGE
from course_lib.checks.question import Fixture, Mistake, Part, Question
from course_lib.checks.reference.ex10 import relative_error
from course_lib.checks.worked import Worked

SCALES = {"large entries": 1e2, "usual entries": 1.0, "small entries": 1e-6, "tiny entries": 1e-9}


def inputs(rng: Generator, fixture: Fixture) -> tuple[np.ndarray, np.ndarray]:
    """Draw a reference and values that differ from it most where it is not largest.

    The largest entry of the reference and the largest difference have either sign.
    """
    reference = rng.normal(size=fixture.widths)
    reference /= -reference.flat[np.abs(reference).argmax()]  # the largest is −1
    low = np.unravel_index(np.abs(reference).argmin(), reference.shape)
    values = reference + 0.02 * rng.normal(size=fixture.widths)
    values[low] -= 0.3
    reference[low] *= 0.1
    if fixture.name in ("usual entries", "tiny entries"):
        values, reference = -values, -reference
    if fixture.name in ("small entries", "tiny entries"):
        values = 2 * reference - values
    return SCALES[fixture.name] * values, SCALES[fixture.name] * reference


def _example() -> str:
    text = Worked("values = [0.4, −2, 0.1], reference = [0.5, −2, 0]:")
    text.line("  differences in size: 0.1, 0, 0.1; the largest is 0.1")
    text.line("  the largest entry of the reference in size: 2")
    text.line("  0.1 / 2 = 0.05")
    text.line("The last entry alone would have divided by 0: one division for the whole array.")
    return str(text)


def _norms(one: np.ndarray) -> float:
    return float(np.sqrt((one**2).sum()))


def _per_entry(size: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., float]:
    return lambda values, reference: float(
        (np.abs(values - reference) / size(np.abs(values), np.abs(reference))).max()
    )


PER_ENTRY = {
    "cs231n": _per_entry(lambda one, two: np.maximum(1e-8, one + two)),
    "cs231n-without-floor": _per_entry(lambda one, two: one + two),
    "cs231n-larger": _per_entry(lambda one, two: np.maximum(1e-8, np.maximum(one, two))),
    "cs231n-larger-without-floor": _per_entry(np.maximum),
}


RELATIVE_ERROR = Question(
    name="relative_error",
    signature="relative_error(values, reference) -> error",
    returns=("error",),
    parts=(Part("error", 2),),
    section=f"{PAGE}#relative-error",
    place="Look at what you take the maximum of, and at what you divide by.",
    inputs=inputs,
    reference=relative_error,
    fixtures=(
        Fixture("large entries", widths=(3, 5), repeat=True),
        Fixture("usual entries", widths=(7,)),
        Fixture("small entries", widths=(4, 3)),
        Fixture("tiny entries", widths=(5, 2)),
    ),
    sizes=lambda values, reference: {"the number of entries": reference.size},
    example=_example,
    correct={
        "a loop": lambda values, reference: (
            max(abs(a - b) for a, b in zip(values.ravel(), reference.ravel(), strict=True))
            / max(abs(b) for b in reference.ravel())
        ),
        "infinity norms": lambda values, reference: (
            np.linalg.norm((values - reference).ravel(), np.inf)
            / np.linalg.norm(reference.ravel(), np.inf)
        ),
        "an array of one number": lambda values, reference: np.array(
            relative_error(values, reference)
        ),
    },
    mistakes=(
        Mistake(
            "C10",
            "The largest difference is not divided by anything. Gradients of 1e-9 then pass "
            "whatever they are; divide by the largest entry of the reference.",
            lambda values, reference: np.abs(values - reference).max(),
            "Is a difference of 1e-6 small? What would you have to know to say so?",
        ),
        Mistake(
            "per-entry",
            "Each difference is divided by its own entry. Near 0 that blows up rounding; divide "
            "the largest difference by the largest entry, once per array.",
            lambda values, reference: np.abs((values - reference) / reference).max(),
            "What does your number become where one entry of the reference is nearly 0?",
        ),
        *(
            Mistake(
                name,
                "Each difference is divided by the sizes of its own two entries, the form that "
                "the course CS231n uses. Here the largest difference is divided by the largest "
                "entry of the reference, once per array.",
                wrong,
                "What does your number become where both entries are nearly 0?",
            )
            for name, wrong in PER_ENTRY.items()
        ),
        Mistake(
            "mean",
            "The mean difference is taken; one wrong entry among many hides in it. Take the "
            "largest.",
            lambda values, reference: np.abs(values - reference).mean() / np.abs(reference).max(),
            "One entry among a million is wrong. Does your number show it?",
        ),
        Mistake(
            "norms",
            "Euclidean norms are compared. The course takes the largest difference over the "
            "largest entry: no wrong entry is averaged away.",
            lambda values, reference: _norms(values - reference) / _norms(reference),
            "One entry among a million is wrong. How much of that is left in your number?",
        ),
        Mistake(
            "sum-of-norms",
            "Norms are compared, divided by the sum of both. The course takes the largest "
            "difference over the largest entry of the reference.",
            lambda values, reference: (
                _norms(values - reference) / (_norms(values) + _norms(reference))
            ),
            "Which of the two arrays is the one you trust, and so the one to divide by?",
        ),
        Mistake(
            "by-values",
            "The division is by the values under test; divide by the reference, the one you trust.",
            lambda values, reference: np.abs(values - reference).max() / np.abs(values).max(),
            "Which of the two arrays is the one you trust, and so the one to divide by?",
        ),
        Mistake(
            "no-absolute-value",
            "The sign is kept, so a difference below 0 is never the largest. Take the absolute "
            "value first.",
            lambda values, reference: (values - reference).max() / np.abs(reference).max(),
            "The values are far too small at one entry. Does your maximum see it?",
        ),
        Mistake(
            "sign-below",
            "The reference's largest entry is taken with its sign. An entry of −5 is large too: "
            "take absolute values first.",
            lambda values, reference: np.abs(values - reference).max() / reference.max(),
            "All entries of the reference might be negative. What would you divide by?",
        ),
        Mistake(
            "C10-cosine",
            "This is one minus the cosine of the angle. It is 0 for every wrong factor: a "
            "gradient 5 times too large has the right direction.",
            lambda values, reference: (
                1 - (values * reference).sum() / (_norms(values) * _norms(reference))
            ),
            "If all values are 5 times too large, what does your number say?",
        ),
        Mistake(
            "largest-entries",
            "The two largest entries are subtracted, wherever they are. Subtract entry by entry "
            "first, then look for the largest.",
            lambda values, reference: (
                abs(np.abs(values).max() - np.abs(reference).max()) / np.abs(reference).max()
            ),
            "Which entry do you compare with which?",
        ),
    ),
)
