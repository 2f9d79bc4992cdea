"""Rules about the entries of a wrong array: which are right, and what was done to all of them."""

from __future__ import annotations

import numpy as np

from course_lib.checks.answers import are, listed, upper
from course_lib.checks.diagnosis.case import Case, Finding, close
from course_lib.checks.diagnosis.terms import CLOSE

LISTED = 6  # positions in one sentence


def some_right(case: Case) -> Finding | None:
    """Some entries are right: say how many, and where if they fill rows or columns."""
    got, expected = case.got, case.expected
    right = close(got, expected)
    if case.item.calls:
        right = np.array([other.right for _, other in case.alike])
    count, total = int(right.sum()), right.size
    if count in (0, total) or total == 1 or count < (1 if case.item.calls else max(2, total // 20)):
        return None
    if case.item.calls:
        return Finding(
            f"{upper(case.label)} is right in {count} of {total} calls{_where_wrong(case, right)}.",
            "What can be different in the other calls: a sign, a zero, a size, an order?",
        )
    where = f"; the first wrong one is at index {_first(~right)}"
    if got.ndim == 2:
        rows, columns = np.asarray(right.all(axis=1)), np.asarray(right.all(axis=0))
        if rows.sum() * got.shape[1] == count:
            where = _where("row", rows)
        elif columns.sum() * got.shape[0] == count:
            where = _where("column", columns)
    elif got.ndim == 1:
        where = _where("index", right)
    return Finding(
        f"{count} of {total} entries of {case.label} {are(count)} right{where}.",
        "What do the other entries have in common?",
    )


def _where_wrong(case: Case, right: np.ndarray) -> str:
    """Say for which values of a text argument all calls are wrong, if for no other any is."""
    for position, name in enumerate(case.question.arguments):
        values = [record.args[position] for record, _ in case.alike]
        wrong = [value for value, good in zip(values, right, strict=True) if not good]
        others = [value for value, good in zip(values, right, strict=True) if good]
        if all(type(value) is str for value in values) and not set(wrong) & set(others):
            named = listed([f'"{value}"' for value in dict.fromkeys(wrong)])
            return f", and wrong where {name} is {named}"
    return ""


def _first(mask: np.ndarray) -> str:
    """Write the first index at which a mask holds: ``2`` or ``[0, 2]``."""
    place = [int(index) for index in np.argwhere(mask)[0]]
    return str(place[0]) if len(place) == 1 else str(place)


def _where(name: str, right: np.ndarray) -> str:
    """Say which rows are right, or which are wrong where those are few beside many.

    >>> _where("row", np.arange(4) < 2), _where("row", np.arange(9) != 3)
    (': rows 0, 1', '; row 3 is wrong')
    """
    wrong = int((~right).sum())
    if right.sum() > LISTED and wrong <= LISTED:
        return f"; {_positions(name, ~right)} {are(wrong)} wrong"
    return f": {_positions(name, right)}"


def _positions(name: str, mask: np.ndarray) -> str:
    positions = np.flatnonzero(mask).tolist()
    text = ", ".join(str(position) for position in positions[:LISTED])
    text += ", …" if len(positions) > LISTED else ""
    several = {"index": "indices"}.get(name, f"{name}s")
    return f"{several if len(positions) > 1 else name} {text}"


def unknown(case: Case) -> Finding:
    """Say where the numbers are wrong and what is right about them all the same."""
    label, got, expected = case.label, case.got, case.expected
    signs = got * expected >= 0  # 0 has none
    # Of indices, flags and counts, the sign says nothing, or which of them is the special one.
    whole = np.array_equal(expected, np.round(expected))
    larger = np.abs(got) > np.abs(expected)
    which = "large" if larger.all() else "" if larger.any() else "small"
    if case.item.calls and whole and not ((expected > 0) & (got > 0)).all():
        symptom = f"{upper(label)} is wrong in every call."
    elif case.item.calls:
        symptom = _in_calls(case, signs, which)
    elif got.size == 1 and whole:
        symptom = f"Your answer for {label} is wrong."
    elif got.size == 1:
        what = "is wrong" if signs.any() else "has the wrong sign"
        if signs.any() and case.question.arguments and (expected > 0).all():
            what = f"is too {which}"
        elif signs.any() and (expected < 0).any():
            what = "has the right sign, but the wrong size"
        symptom = f"Your answer for {label} {what}."
    else:
        right = close(got, expected)
        size = f"length ({len(got)})" if got.ndim == 1 else f"shape {got.shape}"
        wrong = "every entry is wrong" if whole else _in_entries(case, signs, which)
        if right.any():
            wrong = f"the entry at index {_first(~right)} is wrong"
        symptom = f"{upper(label)} has the right {size}, but {wrong}."
    return Finding(symptom, unexplained=True)


def _in_calls(case: Case, signs: np.ndarray, which: str) -> str:
    label = case.label
    if not signs.any():
        return f"In every call, {label} has the wrong sign."
    if not signs.all():
        right = f"its sign is right in {int(signs.sum())} of {signs.size}"
        return f"{upper(label)} is wrong in every call; {right}."
    if (case.expected > 0).all():
        return f"{upper(label)} is {f'too {which}' if which else 'wrong'} in every call."
    size = f"is too {which} in absolute value" if which else "the wrong size"
    return f"In every call, {label} has the right sign, but {size}."


def _in_entries(case: Case, signs: np.ndarray, which: str) -> str:
    if not signs.any():
        return "every entry has the wrong sign"
    if not signs.all():
        right = int(signs.sum())
        return f"every entry is wrong: {right} of {signs.size} signs {are(right)} right"
    if which and (case.expected > 0).all():
        return f"every entry is too {which}"
    if which:
        return f"every entry is too {which} in absolute value: the signs are right"
    return "every entry is wrong"


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
