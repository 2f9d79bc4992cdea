"""The total over several exercises, and who is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from course_lib.grading import tables
from course_lib.grading.policy.apply import plain
from course_lib.grading.policy.policy import Policy
from course_lib.grading.submissions.attempts import NotMarked


def totals(
    outcomes: Iterable[dict[str, Any]],
    not_marked: Iterable[NotMarked],
    students: Iterable[str],
    maximum: Mapping[str, float],
    policy: Policy,
) -> str:
    """Return a row for each student: every mark, and the total in percent.

    An exercise without a file counts as 0. One from which a student is excused does not count, and
    while a mark is still to come there is no total.

    Parameters
    ----------
    outcomes : iterable of dict
        Final marks.
    not_marked : iterable of NotMarked
        Everyone without a mark.
    students : iterable of str
        Everyone.
    maximum : mapping of str to float
        The exercises of the total, each with its points.
    policy : Policy
        Weights, and how many of the lowest shares do not count.
    """
    marks = {(one["student"], one["exercise"]): one for one in outcomes}
    why = {(one.student, one.exercise): one.status for one in not_marked}
    weights = {}
    for exercise, points in maximum.items():
        weight = policy.rules(exercise).weight
        weights[exercise] = points if weight is None else weight
    rows = []
    for student in sorted(students):
        cells: list[object] = []
        shares: dict[str, float] = {}
        open_ones = 0
        for exercise in maximum:
            mark = marks.get((student, exercise))
            status = why.get((student, exercise), why.get((student, ""), "missing"))
            if mark and mark["status"] != "unmarked":
                cells.append(mark["score"])
                shares[exercise] = mark["score"] / mark["max_score"]
            elif mark or status == "unmarked":
                cells.append("not marked yet")
                open_ones += 1
            else:
                cells.append(status)
                if status != "excused":
                    shares[exercise] = 0.0
        dropped = sorted(
            (one for one in shares if weights[one]), key=lambda one: (shares[one], one)
        )
        dropped = dropped[: min(policy.drop_lowest, len(dropped) - 1)] if dropped else []
        rest = {one: share for one, share in shares.items() if one not in dropped}
        whole = sum(weights[one] for one in rest)
        total: object = ""
        if whole and not open_ones:
            total = plain(100 * sum(weights[one] * rest[one] for one in rest) / whole)
        rows.append([student, *cells, ", ".join(dropped), total])
    return tables.text(("student", *maximum, "dropped", "total_percent"), rows)


def missing(
    outcomes: Iterable[dict[str, Any]],
    not_marked: Iterable[NotMarked],
    students: Iterable[str],
    exercises: Sequence[str],
) -> str:
    """Return a row for each exercise for which a student has submitted no file."""
    there = {(one["student"], one["exercise"]) for one in outcomes if one["submission"]}
    there |= {(one.student, one.exercise) for one in not_marked if one.status != "missing"}
    rows = [
        (student, exercise)
        for student in sorted(students)
        for exercise in exercises
        if (student, exercise) not in there and (student, "") not in there
    ]
    return tables.text(("student", "exercise"), rows)
