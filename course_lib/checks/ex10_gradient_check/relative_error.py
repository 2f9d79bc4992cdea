"""`relative_error`: how far two gradients are apart, in one number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from course_lib.checks.ex10_gradient_check.reference import relative_error
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Mistake, Part, Question, page
from course_lib.checks.worked import Worked

PAGE = page(__name__)


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
    if fixture["reference"] > 0:
        values, reference = -values, -reference
    if fixture["mirrored"]:
        values = 2 * reference - values
    return fixture["scale"] * values, fixture["scale"] * reference


def _call(
    name: str,
    widths: tuple[int, ...],
    scale: float,
    *,
    reference: float = -1.0,
    mirrored: bool = False,
    repeat: bool = False,
) -> Fixture:
    """Make a call: the entries' size, the sign of the reference's largest one."""
    settings = {"scale": scale, "reference": reference, "mirrored": mirrored}
    return Fixture(name, widths=widths, repeat=repeat, settings=settings)


def _example() -> str:
    text = Worked("values = [0.4, −2, 0.1], reference = [0.5, −2, 0]:")
    text.line("  absolute differences: 0.1, 0, 0.1; the largest is 0.1")
    text.line("  the largest absolute value in the reference: 2")
    text.line("  0.1 / 2 = 0.05")
    text.line(
        "Dividing entry by entry would divide by 0 at the last entry. There is one division "
        "per array."
    )
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
    parts=(
        Part(
            "error",
            2,
            next_step=(
                "Take values = [1, 3] and reference = [2, 4]. What are the absolute "
                "differences, the largest of them, and the number that it is divided by?"
            ),
        ),
    ),
    section=f"{PAGE}#relative-error",
    place="Look at the numbers that you take the maximum of, and at the number that you divide by.",
    inputs=inputs,
    reference=relative_error,
    fixtures=(
        _call("large entries", (3, 5), 1e2, repeat=True),
        _call("usual entries", (7,), 1.0, reference=1.0),
        _call("small entries", (4, 3), 1e-6, mirrored=True),
        _call("tiny entries", (5, 2), 1e-9, reference=1.0, mirrored=True),
    ),
    sizes=lambda values, reference: {"reference.size": reference.size},
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
            "Your largest difference is not divided by anything, so gradients of 1e-9 always "
            "pass. It should be divided by the largest absolute value in the reference.",
            lambda values, reference: np.abs(values - reference).max(),
            "Is a difference of 1e-6 small? With what should it be compared?",
        ),
        Mistake(
            "per-entry",
            "Each of your differences is divided by its own entry, which magnifies rounding near "
            "0. The largest difference should be divided by the largest entry, once per array.",
            lambda values, reference: np.abs((values - reference) / reference).max(),
            "How large is your number if one entry of the reference is nearly 0?",
        ),
        *(
            Mistake(
                name,
                "Each of your differences is divided by the absolute values of its own two "
                "entries, as in the course CS231n. Here the largest difference should be divided "
                "by the largest entry of the reference, once per array.",
                wrong,
                "How large is your number if an entry of both arrays is nearly 0?",
            )
            for name, wrong in PER_ENTRY.items()
        ),
        Mistake(
            "mean",
            "Your function uses the mean difference, which hides one wrong entry among many. It "
            "should use the largest.",
            lambda values, reference: np.abs(values - reference).mean() / np.abs(reference).max(),
            "If one entry in a million is wrong, does your number show it?",
        ),
        Mistake(
            "norms",
            "Your function uses Euclidean norms, which hide one wrong entry among many. It should "
            "use the largest difference and the largest entry.",
            lambda values, reference: _norms(values - reference) / _norms(reference),
            "If one entry in a million is wrong, how much does your number change?",
        ),
        Mistake(
            "sum-of-norms",
            "Your function divides by the sum of both norms. It should be the largest difference "
            "divided by the largest entry of the reference.",
            lambda values, reference: (
                _norms(values - reference) / (_norms(values) + _norms(reference))
            ),
            "Which of the two arrays do you trust, and by which do you divide?",
        ),
        Mistake(
            "by-values",
            "Your function divides by the values that are tested. It should divide by the "
            "reference.",
            lambda values, reference: np.abs(values - reference).max() / np.abs(values).max(),
            "Which of the two arrays do you trust, and by which do you divide?",
        ),
        Mistake(
            "no-absolute-value",
            "Your differences keep their signs, so a negative one is never the largest. Take the "
            "absolute values first.",
            lambda values, reference: (values - reference).max() / np.abs(reference).max(),
            "If the values are far too small at one entry, does your maximum show it?",
        ),
        Mistake(
            "sign-below",
            "Your largest entry of the reference is taken with its sign, so −5 counts as small. "
            "Take the absolute values first.",
            lambda values, reference: np.abs(values - reference).max() / reference.max(),
            "If all entries of the reference are negative, by what do you divide?",
        ),
        Mistake(
            "C10-cosine",
            "Your number is 1 minus the cosine of the angle, which is 0 for a gradient that is 5 "
            "times too large. It should be the largest difference divided by the largest entry of "
            "the reference.",
            lambda values, reference: (
                1 - (values * reference).sum() / (_norms(values) * _norms(reference))
            ),
            "If all values are 5 times too large, what is your number?",
        ),
        Mistake(
            "largest-entries",
            "Your function subtracts the largest entries of the two arrays. It should subtract "
            "entry by entry first, and then take the largest difference.",
            lambda values, reference: (
                abs(np.abs(values).max() - np.abs(reference).max()) / np.abs(reference).max()
            ),
            "Which entries do you subtract from each other?",
        ),
    ),
)
