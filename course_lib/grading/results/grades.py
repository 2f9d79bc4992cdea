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
    compared = any("nbval" in outcome for outcome in outcomes)
    columns = [*COLUMNS, *["nbval"] * compared]
    rows = [_grade(outcome) for outcome in outcomes] + [
        {
            "student": unmarked.student,
            "exercise": unmarked.exercise,
            "status": unmarked.status,
            "notes": unmarked.sentence() + ".",
        }
        for unmarked in not_marked
    ]
    cells = []
    for row in sorted(rows, key=lambda row: (row["student"], row["exercise"])):
        person = roster.people.get(row["student"], {})
        cells.append([row.get(name, "") for name in columns])
        cells[-1] += [person.get(name, "") for name in roster.columns]
    return tables.text([*columns, *roster.columns], cells)


def _grade(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a notebook by column, without what the roster says of the person."""
    questions = [
        f"{q['name']} unmarked"
        if q["status"] in OPEN
        else f"{q['name']} {q['score']:g}/{q['max_score']:g}"
        for q in outcome["questions"]
    ]
    row = {name: outcome.get(name, "") for name in COLUMNS}
    return row | {
        "score": outcome["score"] if outcome["status"] != "unmarked" else "",
        "computed": outcome.get("computed", outcome["score"]) if outcome["submission"] else "",
        "changes": " ".join(outcome.get("changes", [])),
        "questions": "; ".join(questions),
        "cells": "; ".join(f"cell {cell['number']}: {cell['kind']}" for cell in outcome["cells"]),
        "notes": " ".join(
            [*outcome["notes"], *(f"Not marked: {name}." for name in outcome["others"])]
        ),
        "overrides": "; ".join([*outcome.get("decided", []), *outcome.get("beneath", [])]),
        "nbval": reports.compared(outcome["nbval"]) if "nbval" in outcome else "",
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
    marks = {(outcome["student"], outcome["exercise"]): outcome for outcome in outcomes}
    why = {(unmarked.student, unmarked.exercise): unmarked.status for unmarked in not_marked}
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
            (name for name in shares if weights[name]), key=lambda name: (shares[name], name)
        )
        dropped = dropped[: min(policy.drop_lowest, len(dropped) - 1)] if dropped else []
        rest = {name: share for name, share in shares.items() if name not in dropped}
        whole = sum(weights[name] for name in rest)
        total: object = ""
        if whole and not open_ones:
            total = plain(100 * sum(weights[name] * rest[name] for name in rest) / whole)
        rows.append([student, *cells, ", ".join(dropped), total])
    return tables.text(("student", *maximum, "dropped", "total_percent"), rows)


def missing(
    outcomes: Iterable[dict[str, Any]],
    not_marked: Iterable[NotMarked],
    students: Iterable[str],
    exercises: Sequence[str],
) -> str:
    """Return a row for each exercise for which a student has submitted no file."""
    there = {
        (outcome["student"], outcome["exercise"]) for outcome in outcomes if outcome["submission"]
    }
    there |= {
        (unmarked.student, unmarked.exercise)
        for unmarked in not_marked
        if unmarked.status != "missing"
    }
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
            {name: question[name] for name in AUDITED_QUESTION if name in question}
            for question in outcome["questions"]
        ]
        lines.append(as_line(line))
    return "".join(lines)


def read_audit(path: Path) -> list[dict[str, Any]]:
    """Return the marks of an earlier run; none where it has written no such file."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError):
        return []
