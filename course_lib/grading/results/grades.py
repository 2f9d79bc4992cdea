"""The tables of marks: ``grades.csv``, ``totals.csv``, ``missing.csv`` and ``audit.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from course_lib.grading import tables
from course_lib.grading.policy.apply import OPEN, plain
from course_lib.grading.policy.policy import Policy
from course_lib.grading.results import reports
from course_lib.grading.results.store import as_line
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.roster import Roster

COLUMNS = (
    "student", "exercise", "score", "max_score", "status", "computed", "changes", "questions",
    "cells", "notes", "submitted", "time_from", "overrides",
)  # fmt: skip
AUDIT = "audit.jsonl"
AUDITED = (
    "student", "exercise", "version", "submission", "submitted", "time_from", "computed", "score",
    "max_score", "status", "changes", "comments", "decided", "beneath",
)  # fmt: skip
AUDITED_QUESTION = ("name", "computed", "score", "max_score", "status")


def grades(
    outcomes: Sequence[dict[str, Any]],
    roster: Roster | None = None,
    not_marked: Iterable[NotMarked] = (),
) -> str:
    """Return the table of marks as CSV that no spreadsheet executes.

    There is a row per notebook, and one for everyone else who submitted something or is on the
    roster.
    """
    roster = roster or Roster()
    compared = any("nbval" in one for one in outcomes)
    columns = [*COLUMNS, *["nbval"] * compared]
    rows = [_grade(one) for one in outcomes] + [
        {
            "student": one.student,
            "exercise": one.exercise,
            "status": one.status,
            "notes": one.sentence() + ".",
        }
        for one in not_marked
    ]
    cells = []
    for row in sorted(rows, key=lambda row: (row["student"], row["exercise"])):
        person = roster.people.get(row["student"], {})
        cells.append([row.get(name, "") for name in columns])
        cells[-1] += [person.get(name, "") for name in roster.columns]
    return tables.text([*columns, *roster.columns], cells)


def _grade(one: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a notebook by column, without what the roster says of the person."""
    questions = [
        f"{q['name']} unmarked"
        if q["status"] in OPEN
        else f"{q['name']} {q['score']:g}/{q['max_score']:g}"
        for q in one["questions"]
    ]
    row = {name: one.get(name, "") for name in COLUMNS}
    return row | {
        "score": one["score"] if one["status"] != "unmarked" else "",
        "computed": one.get("computed", one["score"]) if one["submission"] else "",
        "changes": " ".join(one.get("changes", [])),
        "questions": "; ".join(questions),
        "cells": "; ".join(f"cell {cell['number']}: {cell['kind']}" for cell in one["cells"]),
        "notes": " ".join([*one["notes"], *(f"Not marked: {name}." for name in one["others"])]),
        "overrides": "; ".join([*one.get("decided", []), *one.get("beneath", [])]),
        "nbval": reports.compared(one["nbval"]) if "nbval" in one else "",
    }


def totals(
    outcomes: Iterable[dict[str, Any]],
    not_marked: Iterable[NotMarked],
    students: Iterable[str],
    maximum: Mapping[str, float],
    policy: Policy,
) -> str:
    """Return a row for each student: every mark, and the total in percent.

    An exercise without a file counts as 0. One from which a student is excused does not count, and
    while a mark is still to come there is no total. `maximum` has the exercises of the total, each
    with its points.
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


def audit(outcomes: Iterable[dict[str, Any]]) -> str:
    """Return one line for each final mark."""
    lines = []
    for outcome in outcomes:
        line = {name: outcome[name] for name in AUDITED if name in outcome}
        line["questions"] = [
            {name: one[name] for name in AUDITED_QUESTION if name in one}
            for one in outcome["questions"]
        ]
        lines.append(as_line(line))
    return "".join(lines)


def read_audit(path: Path) -> list[dict[str, Any]]:
    """Return the marks of an earlier run; none where it has written no such file."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
