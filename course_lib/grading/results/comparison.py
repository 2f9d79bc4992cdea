"""Which marks changed since an earlier run, and why."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course_lib.grading.escaping import as_cell, as_text, counted
from course_lib.grading.results.store import JOURNAL, RUN, ResultsError, key, read_journal
from course_lib.grading.submissions.roster import PSEUDONYMS, read_pseudonyms

COLUMNS = ("student", "exercise", "score_before", "score", "status_before", "status", "why")
SHOWN = 20  # rows on the terminal


def read_old(folder: Path) -> tuple[dict[str, Any], dict[tuple[str, str], dict[str, Any]]]:
    """Return an earlier run and its outcomes, by the students' names as far as they are known.

    Raises
    ------
    ResultsError
        If `folder` holds no results.
    """
    if not (folder / JOURNAL).is_file() or not (folder / RUN).is_file():
        raise ResultsError(f"{folder} holds no results to compare with (no {JOURNAL} or {RUN})")
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResultsError(f"{folder / RUN} cannot be read: {error}") from error
    known = read_pseudonyms(folder / PSEUDONYMS)
    outcomes = read_journal(folder / JOURNAL, mend=False)
    return run, {
        (known.get(one["student"], one["student"]), one["exercise"]): one for one in outcomes
    }


def compare(
    before: dict[tuple[str, str], dict[str, Any]],
    outcomes: Sequence[dict[str, Any]],
    run_before: dict[str, Any],
    run: dict[str, Any],
) -> list[dict[str, Any]]:
    """Return one row per notebook whose score or verdict changed, appeared or disappeared.

    Parameters
    ----------
    before : dict
        Outcomes of the earlier run.
    outcomes : sequence of dict
        Outcomes of this run.
    run_before, run : dict
        What the runs depended on.
    """
    changed_run = [
        name for name in sorted(run) if name in run_before and run[name] != run_before[name]
    ]
    after = {key(one): one for one in outcomes}
    rows = []
    for one in sorted(before.keys() | after.keys()):
        old, new = before.get(one), after.get(one)
        if old is None or new is None:
            why = "it was not there before" if old is None else "it is not there any more"
        elif (old["score"], old["status"]) == (new["score"], new["status"]):
            continue
        else:
            why = _why(old, new, changed_run)
        rows.append(
            {
                "student": one[0],
                "exercise": one[1],
                "score_before": old["score"] if old else "",
                "score": new["score"] if new else "",
                "status_before": old["status"] if old else "",
                "status": new["status"] if new else "",
                "why": why,
            }
        )
    return rows


def _why(old: dict[str, Any], new: dict[str, Any], changed_run: list[str]) -> str:
    reasons = []
    if old["submission"] != new["submission"]:
        reasons.append("the file changed")
    reasons += [f"the run's {name} changed" for name in changed_run]
    earlier = {one["name"]: one for one in old["questions"]}
    for one in new["questions"]:
        past = earlier.get(one["name"])
        if past and (past["score"], past["status"]) != (one["score"], one["status"]):
            reasons.append(
                f"{one['name']}: {past['score']:g} ({past['status']}) to "
                f"{one['score']:g} ({one['status']})"
            )
    return "; ".join(reasons) or "nothing that is known"


def lines(rows: Sequence[dict[str, Any]], old: Path) -> list[str]:
    """Return the first rows for the terminal: which marks changed, and why."""
    said = [f"{counted(len(rows), 'other mark')} than in {old}: see against.csv."]
    for row in rows[:SHOWN]:
        change = " to ".join(
            f"{row[name]:g}" for name in ("score_before", "score") if row[name] != ""
        )
        said.append(f"  {as_text(row['student'])}/{row['exercise']}: {change}, {row['why']}.")
    if len(rows) > SHOWN:
        said.append(f"  And {len(rows) - SHOWN} more.")
    return said


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([as_cell(row[name]) for name in COLUMNS])
    return text.getvalue()
