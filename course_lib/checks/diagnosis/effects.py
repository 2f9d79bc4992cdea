"""What is wrong although the numbers are right: their order, changed arguments, a second call."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from course_lib.checks.answers import judge, listed, same
from course_lib.checks.diagnosis.case import Finding
from course_lib.checks.question import Question
from course_lib.checks.student_call import StudentCall, StudentError
from course_lib.checks.verdict import CallRecord

TRIED = 24  # orders
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
        same(again, value) or same(again, _double(value), 1e-6)
        for value, again in zip(first, second, strict=True)
    )


def _double(value: Any, depth: int = 4) -> Any:
    if type(value) in (list, tuple) and depth:
        return [_double(entry, depth - 1) for entry in value]
    if type(value) in (int, float, np.ndarray):
        return 2 * value
    return value


def results_in_another_order(question: Question, records: Sequence[CallRecord]) -> Finding | None:
    """Whether every answer holds the right results, in one other order."""
    answered = [record for record in records if record.error is None and record.fixture.marked]
    returns = question.returns
    if len(returns) < 2 or not answered or any(record.error for record in records):
        return None
    if not any(_tells(record.expected) for record in answered):
        return None  # whole numbers that agree in another order may do so by chance
    for order in _orders(len(returns)):
        if all(_right(question, _rearranged(record.value, order), record) for record in answered):
            # The result at position k of the answer is the one that belongs at order.index(k).
            given = ", ".join(returns[order.index(k)] for k in range(len(returns)))
            return Finding(
                f"Your function returns its results in the order ({given}); it should be "
                f"({', '.join(returns)}).",
                "In which order does the task list the results?",
                place="Look at the `return` line of your function.",
                mistake="results-order",
                named="Every result is right, but they are returned in the wrong order. "
                f"The right order is: {', '.join(returns)}.",
            )
    return None


def arguments_in_another_order(
    question: Question, records: Sequence[CallRecord], call: StudentCall
) -> Finding | None:
    """Whether the function is right when its arguments come in one other order."""
    names = question.arguments
    small = [record for record in records if record.fixture.marked and not record.fixture.large]
    if len(names) < 2 or not small or any(record.fatal for record in small):
        return None
    if len(small[0].args) != len(names):
        return None
    for order in _orders(len(names)):
        if all(_right_for(question, record, order, call) for record in small):
            taken = ", ".join(names[k] for k in order)
            return Finding(
                f"Your function takes its arguments in the order ({taken}); it should be "
                f"({', '.join(names)}).",
                "In which order does the `def` line of the task list the arguments?",
                place="Look at the `def` line of your function.",
                mistake="arguments-order",
                named="The function is right, but its arguments are in the wrong order. "
                f"The right order is: {', '.join(names)}.",
            )
    return None


def _orders(count: int) -> Iterator[tuple[int, ...]]:
    """Yield other orders, swaps of two first."""
    right = tuple(range(count))

    def moved(order: tuple[int, ...]) -> int:
        return sum(index != place for index, place in zip(order, right, strict=True))

    if count <= 4:
        orders = sorted(itertools.permutations(right), key=moved)
    else:
        orders = [right]
        for index, other in itertools.combinations(right, 2):
            swapped = list(right)
            swapped[index], swapped[other] = other, index
            orders.append(tuple(swapped))
        orders += [right[::-1], right[1:] + right[:1], right[-1:] + right[:-1]]
    yield from (order for order in orders[:TRIED] if order != right)


def _rearranged(value: Any, order: tuple[int, ...]) -> Any:
    if type(value) not in (list, tuple) or len(value) != len(order):
        return None
    return [value[position] for position in order]


def _right(question: Question, value: Any, record: CallRecord) -> bool:
    if value is None:
        return False
    return all(item.right for item in judge(question, value, record.expected)[0])


def _right_for(
    question: Question, record: CallRecord, order: tuple[int, ...], call: StudentCall
) -> bool:
    try:
        reply = call(question.called, *(record.args[position] for position in order))
    except StudentError:
        return False
    return _right(question, reply.value, record)


def _tells(expected: Any) -> bool:
    """Whether an answer contains a number that is not whole."""
    if isinstance(expected, (list, tuple)):
        return any(_tells(entry) for entry in expected)
    array = np.asarray(expected, dtype=float)
    return bool((array != np.round(array)).any())
