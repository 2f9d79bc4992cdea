"""Rules about what was done to right numbers: a sign lost, a fraction cut off."""

from __future__ import annotations

import numpy as np

from course_lib.checks.answers import upper
from course_lib.checks.case import Case, Finding

CLOSE = 1e-5


def absolute(case: Case) -> Finding | None:
    """The right sizes, all of one sign where the right numbers have both."""
    got, expected = case.got, case.expected
    if got.size < 2 or not np.isfinite(got).all() or not ((expected > 0).any() and got.any()):
        return None
    if not (expected < 0).any() or ((got > 0).any() and (got < 0).any()):
        return None
    if np.abs(np.abs(got) - np.abs(expected)).max() > CLOSE * np.abs(expected).max():
        return None
    sign = "negative" if (got > 0).any() else "positive"
    return Finding(
        f"{upper(case.label)} has the right size everywhere, but never a {sign} sign.",
        "Which step of your function removes the sign: an absolute value, or the root of a square?",
        mistake="absolute",
        named="Your function takes an absolute value, but the sign is part of the answer: the "
        "sign of a derivative says in which direction the function grows.",
    )


def whole_numbers(case: Case) -> Finding | None:
    """The right numbers, rounded to whole ones."""
    got, expected = case.got, case.expected
    if got.size < 2 or not np.isfinite(got).all() or (got != np.round(got)).any():
        return None
    if not any(
        np.array_equal(got, rounded(expected))
        for rounded in (np.floor, np.trunc, np.round, np.ceil)
    ):
        return None
    return Finding(
        f"{upper(case.label)} contains whole numbers only; the right ones are not whole.",
        "Which step of your function drops the digits behind the decimal point?",
        mistake="whole-numbers",
        named="The numbers are rounded to whole numbers: // and int() drop the fraction, and an "
        "array of integers cannot hold one. Divide with /, and create arrays of floats.",
    )
