"""Tables that other systems take marks from: nbgrader's, Canvas's and Moodle's.

Each is written beside ``grades.csv``. Canvas and Moodle know people by numbers of their own, so
their tables need a roster (``--roster``) that those systems exported. The rules of their importers
decide what a table may hold:

- Canvas takes a blank cell for a change. A mark that this run did not give is therefore passed
  through as it was exported, or its row is left out. ``EX`` excuses a student.
- Moodle's gradebook takes a blank cell for no mark, and a row without an identifier for the person
  of the row before. Its worksheet clears a comment whose cell is blank. Such rows are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from course_lib import checks
from course_lib.checks.which_exercise import by_name
from course_lib.grading import tables
from course_lib.grading.escaping import as_cell, as_text
from course_lib.grading.policy.apply import plain
from course_lib.grading.results import reports
from course_lib.grading.results.pages import render
from course_lib.grading.submissions.roster import CANVAS_INFO, Roster

NBGRADER = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
CANVAS_IDS = ("ID", "SIS User ID", "SIS Login ID")
CANVAS = ("Student", *CANVAS_IDS, "Section")
MOODLE = ("First name", "Last name", "ID number", "Email address")
GRADE, MODIFIED, COMMENTS = "Grade", "Last modified (grade)", "Feedback comments"
WORKSHEET = (
    "Identifier", "Full name", "Email address", "Status", GRADE, "Maximum grade",
    "Grade can be changed", MODIFIED, COMMENTS,
)  # fmt: skip
COMPUTED = re.compile(r"\b(?:Current|Final|Override|Unposted) (?:Score|Points|Grade|Status)\b")
COURSE: Mapping[str, float] = {}  # every exercise has the course's own points
Key = tuple[str, str]
Marks = Mapping[Key, Any]
NOBODY: frozenset[Key] = frozenset()


def gradebooks(
    outcomes: Sequence[dict[str, Any]],
    roster: Roster,
    feedback: str = "score",
    maximum: Mapping[str, float] = COURSE,
    excused: Set[Key] = NOBODY,
) -> dict[str, str]:
    """Return the tables that can be made, by file name.

    Parameters
    ----------
    outcomes : sequence of dict
        As in the journal, sorted.
    roster : Roster
        Its columns decide: one of Canvas's ``ID``, ``SIS User ID`` and ``SIS Login ID`` gives
        ``canvas.csv``; Moodle's ``ID number`` or ``Email address`` gives ``moodle.csv``, and its
        ``Identifier`` (``Participant 123``) a worksheet for each exercise. Where a cell would be
        blank, as some people submitted one exercise and some another, each exercise has a table
        of its own: ``canvas_NN_name.csv``, ``moodle_NN_name.csv``.
    feedback : str
        The level of the comments in Moodle's worksheet.
    maximum : mapping of str to float
        The most points of exercises, where they are not the course's own.
    excused : set of (str, str)
        Students, each with an exercise that does not count: nobody but Canvas has a word for it.
    """
    outcomes = [
        outcome for outcome in outcomes if outcome["status"] != "unmarked"
    ]  # which is no mark
    files = {"nbgrader.csv": nbgrader(outcomes, roster)}
    if set(CANVAS_IDS) & set(roster.columns):
        files |= canvas(outcomes, roster, maximum, excused)
    if set(MOODLE[2:]) & set(roster.columns):
        files |= moodle(outcomes, roster)
    if "Identifier" in roster.columns:
        for exercise in _exercises(outcomes):
            files[f"moodle/{exercise}.csv"] = worksheet(
                outcomes, roster, exercise, feedback, maximum
            )
    return files


def notes(
    exercises: Iterable[str], roster: Roster, maximum: Mapping[str, float] = COURSE
) -> list[str]:
    """Return what a teacher should know before importing the tables."""
    said = []
    gradebook = bool(_assignments(roster))
    for exercise in sorted(set(exercises)):
        column = column_of(exercise, roster, maximum)
        if column:
            said.append(f"canvas.csv has the marks of {exercise} in {as_text(column)!r}.")
        elif gradebook:
            said.append(_no_column(exercise, roster, maximum))
        points = _points(exercise, maximum)
        most = {row.get("Maximum grade", "").strip() for row in roster.people.values()} - {""}
        if other := sorted(grade for grade in most if _number(grade) != points):
            said.append(
                f"Moodle's maximum grade is {as_text(other[0])}, {exercise} has {points} points: "
                "marks are written as they are; set the assignment's maximum to the same."
            )
    return said


def nbgrader(outcomes: Iterable[dict[str, Any]], roster: Roster) -> str:
    """Return the marks in the columns of ``nbgrader export``."""
    rows = []
    for outcome in outcomes:
        person = roster.people.get(outcome["student"], {})
        names = [person.get(name, "") for name in ("last_name", "first_name", "email")]
        raw = outcome.get("computed", outcome["score"])
        off = plain(max(0.0, raw - outcome["score"]))
        marks = [raw, off, outcome["score"], outcome["max_score"]]
        rows.append([outcome["exercise"], "", "", outcome["student"], *names, *marks])
    return _table(NBGRADER, rows)


# --- Canvas ---------------------------------------------------------------------------------------


def canvas(
    outcomes: Sequence[dict[str, Any]],
    roster: Roster,
    maximum: Mapping[str, float] = COURSE,
    excused: Set[Key] = NOBODY,
) -> dict[str, str]:
    """Return the marks as Canvas's gradebook imports them, a column per exercise.

    Where the roster is the gradebook with a column for the exercise, all its rows are there, the
    old marks with them. Otherwise those who have a mark or an excuse are, below the points that are
    possible.
    """
    marks = _marks(outcomes) | dict.fromkeys(excused, "EX")
    marked, other = _exercises(outcomes), {exercise for _, exercise in excused}
    exercises = [*marked, *sorted(other - set(marked))]
    columns = {exercise: column_of(exercise, roster, maximum) for exercise in exercises}
    known = {exercise: column for exercise, column in columns.items() if column}
    files = {}
    if known:
        info = [name for name in CANVAS_INFO if name in roster.table]
        rows = []
        for student, row in roster.rows:
            cells = [
                marks.get((student, exercise), row.get(column, ""))
                for exercise, column in known.items()
            ]
            rows.append([*(row.get(name, "") for name in info), *cells])
        files["canvas.csv"] = _table([*info, *known.values()], rows)
    rest = [exercise for exercise in marked if exercise not in known]
    people = [student for student, row in roster.people.items() if any(map(row.get, CANVAS_IDS))]
    for name, part in _parts("canvas", rest, people, marks, known).items():
        rows = [["    Points Possible", "", "", "", ""]]
        rows[0] += [_points(exercise, maximum) for exercise in part]
        for student in people:
            cells = [marks.get((student, exercise), "") for exercise in part]
            if "" not in cells:
                person = roster.people[student]
                info = [person.get(column, "") for column in CANVAS]
                rows.append([info[0] or student, *info[1:], *cells])
        files[name] = _table((*CANVAS, *part), rows)
    return files


def column_of(exercise: str, roster: Roster, maximum: Mapping[str, float] = COURSE) -> str:
    """Return the column of Canvas's gradebook that is an exercise's, if it is one alone.

    The title holds the exercise's name or its title, or its number and no other, with the same
    points.
    """
    assignments, points = _assignments(roster), _points(exercise, maximum)
    title = checks.load(exercise).title.casefold()
    numbered = _numbered(exercise, roster).items()
    columns = (
        [name for name in assignments if by_name(_title(name)) == exercise]
        or [name for name in assignments if title in _title(name).casefold()]
        or [name for name, possible in numbered if _number(possible) == points]
    )
    return columns[0] if len(columns) == 1 else ""


def _title(column: str) -> str:
    """Return an assignment's title, without the number that Canvas writes behind it."""
    return re.sub(r"\s*\(\d+\)$", "", column)


def _numbered(exercise: str, roster: Roster) -> dict[str, str]:
    """Return the columns whose titles hold the number of an exercise alone, with their points."""
    return {
        name: points
        for name, points in _assignments(roster).items()
        if re.findall(r"\d+", _title(name)) in ([exercise[:2]], [str(int(exercise[:2]))])
    }


def _no_column(exercise: str, roster: Roster, maximum: Mapping[str, float]) -> str:
    """Say why an exercise has no column of Canvas's gradebook."""
    points = _points(exercise, maximum)
    numbered = _numbered(exercise, roster)
    if len(numbered) == 1:
        [(name, other)] = numbered.items()
        return (
            f"{as_text(name)!r} of the gradebook has {as_text(other.strip()) or 'no'} points, and "
            f"{exercise} has {points}: it is not filled in, and Canvas will ask which assignment "
            f"the marks belong to. Give that assignment {points} points in Canvas and export the "
            "gradebook again, or rescale the exercise by `points` in a policy."
        )
    return (
        f"No column of the gradebook is {exercise}'s by its title or its number and points: "
        "Canvas will ask which assignment it belongs to."
    )


def _assignments(roster: Roster) -> dict[str, str]:
    """Return the columns of Canvas's gradebook that take marks, each with its points."""
    table = roster.table
    if "Section" not in table or "ID" not in table:
        return {}
    possible = next(
        (row for _, row in roster.rows if "Points Possible" in "".join(list(row.values())[:3])), {}
    )
    return {
        name: possible.get(name, "")
        for name in table[table.index("Section") + 1 :]
        if name and not COMPUTED.search(name) and "read only" not in possible.get(name, "")
    }


# --- Moodle ---------------------------------------------------------------------------------------


def moodle(outcomes: Sequence[dict[str, Any]], roster: Roster) -> dict[str, str]:
    """Return the marks as Moodle's gradebook imports them (CSV), a column per exercise.

    A column by which people are found is there only if all of the rows have it.
    """
    marks, exercises = _marks(outcomes), _exercises(outcomes)
    with_mark = {student for student, _ in marks}
    marked = [row for student, row in roster.people.items() if student in with_mark]
    by = [name for name in MOODLE[2:] if any(row.get(name) for row in marked)]
    by = [name for name in by if all(row.get(name) for row in marked)] or by[:1]
    people = [student for student, row in roster.people.items() if all(map(row.get, by))]
    files = {}
    for name, part in _parts("moodle", exercises, people if by else [], marks, ()).items():
        rows = []
        for student in people:
            cells = [marks.get((student, exercise), "") for exercise in part]
            if "" not in cells:
                rows.append(
                    [roster.people[student].get(column, "") for column in (*MOODLE[:2], *by)]
                )
                rows[-1] += cells
        files[name] = _table((*MOODLE[:2], *by, *part), rows)
    return files


def worksheet(
    outcomes: Sequence[dict[str, Any]],
    roster: Roster,
    exercise: str,
    feedback: str = "score",
    maximum: Mapping[str, float] = COURSE,
) -> str:
    """Return Moodle's offline grading worksheet of one assignment, for those who have a mark.

    A worksheet that was exported comes back with its columns. "Last modified (grade)" stays as it
    was, or Moodle could not see that somebody changed the mark since.
    """
    exported = "Identifier" in roster.table and GRADE in roster.table
    columns = [name for name in roster.table if name and name != "student"] if exported else []
    columns = list(dict.fromkeys([*columns, *(WORKSHEET[-2:] if exported else WORKSHEET)]))
    rows = []
    for outcome in outcomes:
        row = roster.people.get(outcome["student"], {})
        if outcome["exercise"] != exercise or not row.get("Identifier"):
            continue
        filled = {
            "Full name": outcome["student"],
            "Status": "Submitted for grading",
            "Maximum grade": _points(exercise, maximum),
            "Grade can be changed": "Yes",
            MODIFIED: "-",
        }
        filled |= {name: value for name, value in row.items() if value}
        filled |= {GRADE: plain(outcome["score"]), COMMENTS: comment(outcome, feedback)}
        rows.append([filled.get(name, "") for name in columns])
    return _table(columns, rows)


def comment(outcome: dict[str, Any], feedback: str) -> str:
    """Return the feedback on a submission, of a level as for the pages, as HTML in one line."""
    shown = reports.gradescope({"isolation": "", **outcome}, feedback)
    return render("comment", outcome=outcome, tests=shown["tests"])


# --- both ---------------------------------------------------------------------------------------


def _parts(
    system: str,
    exercises: Sequence[str],
    people: Iterable[str],
    marks: Marks,
    written: Iterable[str],
) -> dict[str, list[str]]:
    """Return the tables to write, each with its exercises, so that no cell is blank.

    One table has all exercises, unless somebody has a mark for a part of them only.
    """
    if not exercises:
        return {}
    counts = {sum((student, exercise) in marks for exercise in exercises) for student in people}
    if counts <= {0, len(exercises)} and not written:
        return {f"{system}.csv": list(exercises)}
    return {f"{system}_{exercise}.csv": [exercise] for exercise in exercises}


def _marks(outcomes: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {
        (outcome["student"], outcome["exercise"]): plain(outcome["score"]) for outcome in outcomes
    }


def _exercises(outcomes: Iterable[dict[str, Any]]) -> list[str]:
    return sorted({outcome["exercise"] for outcome in outcomes})


def _points(exercise: str, maximum: Mapping[str, float]) -> float:
    return plain(maximum.get(exercise, checks.load(exercise).points))


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return tables.text(columns, rows, _cell)


def _cell(value: object) -> str:
    """Return a value for a table; a number that a system wrote with a minus is no formula."""
    if isinstance(value, str) and re.fullmatch(r"-([\d.,]+%?)?", value):
        return value
    return as_cell(value)
