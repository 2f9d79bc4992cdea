"""Tables that other systems take marks from: nbgrader's, Canvas's and Moodle's.

Each is written beside ``grades.csv``. Canvas and Moodle know people by numbers of their own, so
their tables need a roster (``--roster``) with the columns that those systems export.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from course_lib import checks
from course_lib.grading.names import as_cell
from course_lib.grading.roster import Roster

NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("First name", "Last name", "ID number", "Email address")
WORKSHEET = (
    "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade",
    "Grade can be changed",
)  # fmt: skip


def gradebooks(outcomes: Sequence[dict[str, Any]], roster: Roster) -> dict[str, str]:
    """Return the tables that can be made, by file name.

    Parameters
    ----------
    outcomes : sequence of dict
        As in the journal, sorted.
    roster : Roster
        Its columns decide: one of Canvas's ``ID``, ``SIS User ID`` and ``SIS Login ID`` gives
        ``canvas.csv``; Moodle's ``ID number`` or ``Email address`` gives ``moodle.csv``, and its
        ``Identifier`` (``Participant 123``) a worksheet for each exercise.
    """
    files = {"nbgrader.csv": nbgrader(outcomes, roster)}
    if {"ID", "SIS User ID", "SIS Login ID"} & set(roster.columns):
        files["canvas.csv"] = canvas(outcomes, roster)
    if {"ID number", "Email address"} & set(roster.columns):
        files["moodle.csv"] = moodle(outcomes, roster)
    if "Identifier" in roster.columns:
        for exercise in _exercises(outcomes):
            files[f"moodle/{exercise}.csv"] = worksheet(outcomes, roster, exercise)
    return files


def nbgrader(outcomes: Iterable[dict[str, Any]], roster: Roster) -> str:
    """Return the marks in the columns of ``nbgrader export``."""
    rows = []
    for one in outcomes:
        person = roster.people.get(one["student"], {})
        names = [person.get(name, "") for name in ("last_name", "first_name", "email")]
        marks = [one["score"], 0.0, one["score"], one["max_score"]]
        rows.append([one["exercise"], "", "", one["student"], *names, *marks])
    return _table(NBGRADER, rows)


def canvas(outcomes: Sequence[dict[str, Any]], roster: Roster) -> str:
    """Return the marks as Canvas's gradebook imports them, a column per exercise.

    Everyone of the roster has a row; who handed nothing in has no mark, which Canvas leaves as
    it is. The row of the points that are possible comes first, as in Canvas's own export.
    """
    exercises = _exercises(outcomes)
    possible = [_points(exercise) for exercise in exercises]
    rows: list[list[Any]] = [["    Points Possible", "", "", "", "", *possible]]
    for student, marks in _by_student(outcomes, roster, exercises):
        person = roster.people[student]
        known = [person.get(name, "") for name in CANVAS]
        rows.append([known[0] or student, *known[1:], *marks])
    return _table((*CANVAS, *exercises), rows)


def moodle(outcomes: Sequence[dict[str, Any]], roster: Roster) -> str:
    """Return the marks as Moodle's gradebook imports them (CSV), a column per exercise."""
    exercises = _exercises(outcomes)
    rows = [
        [*(roster.people[student].get(name, "") for name in MOODLE), *marks]
        for student, marks in _by_student(outcomes, roster, exercises)
    ]
    return _table((*MOODLE, *exercises), rows)


def worksheet(outcomes: Sequence[dict[str, Any]], roster: Roster, exercise: str) -> str:
    """Return Moodle's offline grading worksheet of one assignment."""
    rows = []
    for student, (mark,) in _by_student(outcomes, roster, [exercise]):
        person = roster.people[student]
        name = person.get("Full name", "") or student
        status = "No submission" if mark == "" else "Submitted for grading"
        row = [person.get("Identifier", ""), name, person.get("Email address", ""), status]
        rows.append([*row, mark, _points(exercise), "Yes"])
    return _table(WORKSHEET, rows)


def _exercises(outcomes: Iterable[dict[str, Any]]) -> list[str]:
    return sorted({one["exercise"] for one in outcomes})


def _points(exercise: str) -> float:
    points = checks.load(exercise).points
    return int(points) if points == int(points) else points


def _by_student(
    outcomes: Iterable[dict[str, Any]], roster: Roster, exercises: Sequence[str]
) -> list[tuple[str, list[Any]]]:
    """Return everyone of the roster with a mark per exercise, or an empty text."""
    marks = {(one["student"], one["exercise"]): one["score"] for one in outcomes}
    return [
        (student, [marks.get((student, exercise), "") for exercise in exercises])
        for student in sorted(roster.people)
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [value if value == "    Points Possible" else as_cell(value) for value in row]
        for row in rows
    )
    return text.getvalue()
