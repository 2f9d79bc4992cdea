"""What only shows beside the numbers: changed arguments, and a second call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib.checks.answers import listed, same
from course_lib.checks.diagnosis.case import Finding
from course_lib.checks.question import Question
from course_lib.checks.verdict import CallRecord

WRITES = (
    "Look for `+=`, `*=`, `out=` and `…[…] =`: these write into an array that exists already, "
    "under each of its names."
)
KEEPS = "Look at what is created outside your function, or as a default value in its `def` line."


def effects(question: Question, records: Sequence[CallRecord]) -> Finding:
    """Describe what is wrong although the numbers of the first answer are right."""
    names = question.arguments
    for record in records:
        if record.changed:
            changed = listed(
                [
                    names[index] if index < len(names) else f"argument {index + 1}"
                    for index in record.changed
                ]
            )
            which = "argument" if len(record.changed) == 1 else "arguments"
            return Finding(
                f"The numbers are right, but the call changes the {which} {changed}.",
                f"Which line of your function writes into {changed}, whose old values the caller "
                "may still need?",
                place=WRITES,
            )
    for record in records:
        if record.again and _adds_up(record):
            return Finding(
                "The first answer is right, but a second call with the same arguments returns "
                "twice as much.",
                "What do your arrays contain when the second call begins?",
                place=KEEPS,
                mistake="B19",
                named="The gradients are added to those of the previous call. The backward pass "
                "of each batch starts from zero: create the arrays inside the function.",
            )
        if record.again:
            return Finding(
                f"The first answer is right, but {record.again}.",
                "Which array or list does your function keep from one call to the next?",
                place=KEEPS,
            )
    return Finding("The answer is not complete.", "Which part is still missing?")


def _adds_up(record: CallRecord) -> bool:
    """Whether some arrays of the second answer are twice those of the first, and none else."""
    values = [record.value, record.second]
    if any(type(value) not in (list, tuple) for value in values):
        return same(record.second, _double(record.value), 1e-6)
    first, second = values
    return len(first) == len(second) and all(
        same(two, one) or same(two, _double(one), 1e-6)
        for one, two in zip(first, second, strict=True)
    )


def _double(value: Any, depth: int = 4) -> Any:
    if type(value) in (list, tuple) and depth:
        return [_double(entry, depth - 1) for entry in value]
    if type(value) in (int, float, np.ndarray):
        return 2 * value
    return value
