"""Which marks changed since an earlier run, and why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from course_lib.grading import tables
from course_lib.grading.escaping import as_text, counted
from course_lib.grading.results.grades import AUDIT, read_audit
from course_lib.grading.results.store import JOURNAL, RUN, ResultsError, read_journal, read_run
from course_lib.grading.submissions.roster import PSEUDONYMS, read_pseudonyms

COLUMNS = ("student", "exercise", "score_before", "score", "status_before", "status", "why")
NO_REASON = {"slowness", "exercises"}  # of a run, for another mark
NO_MARK = {"score": "", "status": ""}
SHOWN = 20  # rows on the terminal
Key = tuple[str, str]
Outcome = dict[str, Any]


def read_old(folder: Path) -> tuple[dict[str, Any], dict[Key, Outcome]]:
    """Return an earlier run and its final marks, by the students' names as far as they are known.

    Raises
    ------
    ResultsError
        If `folder` holds no results.
    """
    if not (folder / JOURNAL).is_file() or not (folder / RUN).is_file():
        raise ResultsError(f"{folder} holds no results to compare with (no {JOURNAL} or {RUN})")
    run = read_run(folder)
    known = read_pseudonyms(folder / PSEUDONYMS)
    outcomes = read_audit(folder / AUDIT) or read_journal(folder / JOURNAL, mend=False)
    return run, {
        (known.get(outcome["student"], outcome["student"]), outcome["exercise"]): outcome
        for outcome in outcomes
    }


def compare(
    before: Mapping[Key, Outcome],
    outcomes: Sequence[Outcome],
    run_before: dict[str, Any],
    run: dict[str, Any],
) -> list[dict[str, Any]]:
    """Return one row per notebook whose score or verdict changed, appeared or disappeared.

    The marks are the final ones; `run_before` and `run` are what the runs depended on.
    """
    changed_run = [
        name
        for name in sorted(run.keys() & run_before.keys() - NO_REASON)
        if run[name] != run_before[name]
    ]
    after = {(outcome["student"], outcome["exercise"]): outcome for outcome in outcomes}
    rows = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            why = "it had no mark before" if old is None else "it has no mark now"
        elif (old["score"], old["status"]) == (new["score"], new["status"]):
            continue
        else:
            why = _why(old, new, changed_run)
        was, now = old or NO_MARK, new or NO_MARK
        marks = (was["score"], now["score"], was["status"], now["status"])
        rows.append(dict(zip(COLUMNS, (*key, *marks, why), strict=True)))
    return rows


def _why(old: Outcome, new: Outcome, changed_run: list[str]) -> str:
    reasons = []
    if old["submission"] != new["submission"]:
        reasons.append("the file changed")
    same = _computed(old) == _computed(new)
    if not same:
        reasons += [f"the run's {name} changed" for name in changed_run]
    before, now = old.get("decided", []), new.get("decided", [])
    reasons += [f"override: {record}" for record in now if record not in before]
    reasons += [f"override withdrawn: {record}" for record in before if record not in now]
    if _rules(old, same) != _rules(new, same):
        said = " ".join(
            change for change in new.get("changes", []) if "teacher gives" not in change
        )
        reasons.append(f"policy: {said.rstrip('.') or 'nothing is changed by it any more'}")
    earlier = {question["name"]: question for question in old["questions"]}
    for question in new["questions"]:
        past = earlier.get(question["name"])
        if past and (past["score"], past["status"]) != (question["score"], question["status"]):
            reasons.append(
                f"{question['name']}: {past['score']:g} ({past['status']}) to "
                f"{question['score']:g} ({question['status']})"
            )
    return "; ".join(reasons) or "nothing that is known"


def _computed(outcome: Outcome) -> list[tuple[Any, ...]]:
    """Return what was computed, without what a policy or a teacher made of it."""
    marks = [
        (question["name"], question.get("computed", question["score"]))
        for question in outcome["questions"]
    ]
    return [*marks, ("", outcome.get("computed", outcome["score"]))]


def _rules(outcome: Outcome, same: bool) -> list[str]:
    """Return which rules acted; without the points, unless what was computed is the same."""
    said = [change for change in outcome.get("changes", []) if "teacher gives" not in change]
    number = r"\d+(?:\.\d+)?"
    return (
        said
        if same
        else [re.sub(f"{number} of {number}|: {number}\\.", "", change) for change in said]
    )


def lines(rows: Sequence[dict[str, Any]], old: Path) -> list[str]:
    """Return the first rows for the terminal: which marks changed, and why."""
    differ = "differs" if len(rows) == 1 else "differ"
    said = [f"{counted(len(rows), 'mark')} {differ} from before ({old}): see against.csv."]
    for row in rows[:SHOWN]:
        change = " to ".join(
            f"{row[name]:g}" for name in ("score_before", "score") if row[name] != ""
        )
        said.append(f"  {as_text(row['student'])}/{row['exercise']}: {change}, {row['why']}.")
    if len(rows) > SHOWN:
        said.append(f"  And {len(rows) - SHOWN} more.")
    return said


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Return the rows as CSV."""
    return tables.text(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))


def differences(
    rows: Iterable[dict[str, Any]],
    before: Callable[[str, str], str],
    after: Callable[[str, str], str],
) -> str:
    """Return how the code of each row differs, as a unified diff.

    `before` and `after` return the code of a student and an exercise, or an empty text.
    """
    made: list[str] = []
    for row in rows:
        key = (row["student"], row["exercise"])
        name = "/".join(map(as_text, key))
        old, new = (lookup(*key).splitlines(keepends=True) for lookup in (before, after))
        if old and new:
            made += difflib.unified_diff(old, new, f"before/{name}", f"now/{name}")
    return "".join(made)
