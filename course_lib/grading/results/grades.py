"""The table of marks, ``grades.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from course_lib.grading import escaping
from course_lib.grading.results import reports
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.roster import Roster

COLUMNS = (
    "student", "exercise", "score", "max_score", "status", "computed", "changes", "questions",
    "cells", "notes", "submitted", "time_from", "overrides",
)  # fmt: skip


def grades(
    outcomes: Iterable[dict[str, Any]],
    roster: Roster | None = None,
    not_marked: Iterable[NotMarked] = (),
) -> str:
    """Return the table of marks as CSV that no spreadsheet executes.

    There is a row per notebook, and one for everyone else who submitted something or is on the
    roster.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    roster = roster or Roster()
    outcomes = list(outcomes)
    compared = any("nbval" in one for one in outcomes)
    columns = [*COLUMNS, "nbval"] if compared else COLUMNS
    writer.writerow([*columns, *(escaping.as_cell(name) for name in roster.columns)])
    rows = []
    for one in outcomes:
        questions = "; ".join(
            f"{q['name']} unmarked"
            if q["status"] in ("unmarked", "to mark")
            else f"{q['name']} {q['score']:g}/{q['max_score']:g}"
            for q in one["questions"]
        )
        cells = "; ".join(f"cell {cell['number']}: {cell['kind']}" for cell in one["cells"])
        notes = " ".join([*one["notes"], *(f"Not marked: {name}." for name in one["others"])])
        score = one["score"] if one["status"] != "unmarked" else ""
        row = [one["student"], one["exercise"], score, one["max_score"], one["status"]]
        person = roster.people.get(one["student"], {})
        computed = one.get("computed", one["score"]) if one["submission"] else ""
        row += [computed, " ".join(one.get("changes", []))]
        row += [questions, cells, notes, one.get("submitted", ""), one.get("time_from", "")]
        row.append("; ".join([*one.get("decided", []), *one.get("beneath", [])]))
        if compared:
            row.append(reports.compared(one["nbval"]) if "nbval" in one else "")
        rows.append(row + [person.get(name, "") for name in roster.columns])
    for none in not_marked:
        person = roster.people.get(none.student, {})
        row = [none.student, none.exercise, "", "", none.status, "", "", "", ""]
        row += [none.sentence() + ".", "", "", ""]
        row += [""] * compared + [person.get(name, "") for name in roster.columns]
        rows.append(row)
    for row in sorted(rows, key=lambda row: row[:2]):
        writer.writerow([escaping.as_cell(value) for value in row])
    return text.getvalue()
