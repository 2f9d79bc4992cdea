"""``overrides.csv``: the teacher's last word on a mark, row by row."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course_lib.grading import tables
from course_lib.grading.escaping import as_text
from course_lib.grading.policy.policy import Known, Policy, PolicyError

COLUMNS = ("student", "exercise", "question", "points", "comment", "reason", "who", "when")
NEEDED = COLUMNS[:4]
COMPUTED = "computed"  # the mark beneath, when the row was first applied
EXCUSED = "excused"
MOST, TEXT = "most", "text"  # columns of `to_mark`: a question's points, and what was written


@dataclass(frozen=True)
class Override:
    """One decision; without points it is a comment alone, or an excuse."""

    line: int  # of the file
    cells: tuple[str, ...]  # as they were written, in the order of `COLUMNS`
    student: str  # as in the results
    exercise: str
    question: str = ""  # empty: the whole exercise
    points: float | None = None
    excused: bool = False  # the exercise does not count for the student
    computed: float | None = None  # the mark beneath when the row was first applied, where known

    @property
    def key(self) -> tuple[str, str, str]:
        """Which mark it is about."""
        return self.student, self.exercise, self.question

    @property
    def decides(self) -> bool:
        """Whether it is more than a comment."""
        return self.points is not None or self.excused

    @property
    def comment(self) -> str:
        """What the student is told."""
        return self.cells[COLUMNS.index("comment")].strip()

    def record(self) -> str:
        """Return the row in one line, for the teacher."""
        named = dict(zip(COLUMNS, self.cells, strict=True))
        points = "comment" if self.points is None and not self.excused else named["points"].strip()
        about = ", ".join(filter(None, (named[key].strip() for key in ("reason", "who", "when"))))
        return f"{self.question or 'exercise'} {points}" + (f" ({about})" if about else "")


def read(path: Path, known: Known, policy: Policy) -> list[Override]:
    """Read the overrides of one file, whose points the policy may rescale.

    Raises
    ------
    PolicyError
        If a row cannot be used; the text names its line.
    """
    try:
        rows = [(line, cells) for line, cells in tables.read(path) if any(map(str.strip, cells))]
    except tables.TableError as error:
        raise PolicyError(str(error)) from error
    line, header = rows[0] if rows else (1, [])
    header = [name.strip() for name in header]
    missing = [name for name in COLUMNS if name not in header]
    others = [name for name in header if name not in (*COLUMNS, COMPUTED, MOST, TEXT)]
    if missing and (others or set(missing) & set(NEEDED)):
        raise PolicyError(
            f"{path}, line {line}: the column {missing[0]!r} is missing"
            + (f", and {as_text(others[0])!r} is none" if others else "")
            + f"; the columns are: {', '.join(COLUMNS)} (the last four may be left out)"
        )
    overrides: list[Override] = []
    seen: dict[tuple[str, str, str], int] = {}
    for line, cells in rows[1:]:
        row = dict(zip(header, cells, strict=False))
        if MOST in row and not (row["points"].strip() or row.get("comment", "").strip()):
            continue  # a line of `to_mark` that is not filled in yet
        try:
            if len(cells) != len(header):
                why = "is there a comma in a number or a text that is not in quotes?"
                if len(cells) < len(header):
                    why = "an empty cell needs its comma too"
                raise ValueError(
                    f"{len(cells)} cells came, and {len(header)} were expected ({why})"
                )
            override = _override(line, row, known, policy)
            if override.decides:
                if override.key in seen:
                    raise ValueError(f"line {seen[override.key]} decides the same mark")
                seen[override.key] = line
        except ValueError as error:
            raise PolicyError(f"{path}, line {line}: {error}") from error
        overrides.append(override)
    return overrides


def read_all(paths: Iterable[Path], known: Known, policy: Policy) -> list[Override]:
    """Read several tables as one; the other parameters and errors are those of `read`."""
    overrides: list[Override] = []
    seen: dict[tuple[str, str, str], tuple[Override, Path]] = {}
    for path in paths:
        for override in read(path, known, policy):
            before = seen.get(override.key)
            if before and override.decides:
                if (override.points, override.comment) == (before[0].points, before[0].comment):
                    continue
                raise PolicyError(
                    f"{path}, line {override.line}: {before[1]}, line {before[0].line}, decides "
                    "the same mark in another way"
                )
            if override.decides:
                seen[override.key] = (override, path)
            overrides.append(override)
    return overrides


def to_mark(outcomes: Iterable[Mapping[str, Any]], overrides: Iterable[Override]) -> str:
    """Return a table with a row for each text that people mark; empty where there is none.

    A row is an override, without points until it has some. Those that have points keep them, so a
    table that is filled in step by step loses nothing.
    """
    given = {
        override.key: override.cells[3:] for override in overrides if override.points is not None
    }
    rows = []
    for outcome in outcomes:
        for question in outcome["questions"]:
            key = (outcome["student"], outcome["exercise"], question["name"])
            if TEXT in question and question["status"] != "dropped":
                cells = given.get(key, [""] * len(COLUMNS[3:]))
                rows.append([*key, *cells, question["max_score"], question[TEXT]])
    return tables.text((*COLUMNS, MOST, TEXT), rows) if rows else ""


def _override(line: int, row: Mapping[str, str], known: Known, policy: Policy) -> Override:
    named = {name: row.get(name, "").strip() for name in COLUMNS}
    student = known.student(named["student"])
    exercise = known.exercise(named["exercise"])
    question = known.question(exercise, named["question"]) if named["question"] else ""
    excused = named["points"].casefold() == EXCUSED
    points = None if excused else _points(named["points"])
    if excused and question:
        raise ValueError("a student is excused from a whole exercise: leave 'question' empty")
    if points is None and not excused and not named["comment"]:
        raise ValueError("there are neither points nor a comment")
    rules, each = policy.rules(exercise), known.questions[exercise]
    most = rules.question_maximum(question, each[question]) if question else rules.maximum(each)
    if points is not None and (student, exercise) in policy.excused:
        raise ValueError(
            f"{as_text(student)} is excused from {exercise} by the policy: take the excuse out, or "
            "this row"
        )
    if points is not None and rules.drop.get(question) == "removed":
        raise ValueError(f"{question} is removed by the policy, and has no points to give")
    if points is not None and points > most:
        raise ValueError(f"{points:g} points came, and the most is {most:g}")
    computed = _points(row.get(COMPUTED, "").strip())
    cells = tuple(row.get(name, "") for name in COLUMNS)
    return Override(line, cells, student, exercise, question, points, excused, computed)


def _points(text: str) -> float | None:
    """Return the number of a cell, with a point or a comma; None for an empty one.

    >>> _points("3,5"), _points("")
    (3.5, None)
    """
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}([.,]\d{1,4})?", text):
        raise ValueError(f"{as_text(text)!r} came; points from 0 were expected, such as 3.5")
    return float(text.replace(",", "."))


def remembered(
    overrides: Iterable[Override], earlier: Iterable[Path], known: Known
) -> list[Override]:
    """Return the overrides with the marks beneath that were written down before.

    The tables that earlier runs have written, see `table`, hold the same cells, with a pseudonym
    where there are pseudonyms, and the mark beneath.
    """
    marks = {}
    for path in earlier:
        for name, *cells, mark in _rows_of(path):
            with contextlib.suppress(ValueError):  # who is not in this class any more
                marks[known.student(name.strip()), *cells] = mark
    return [
        override
        if override.computed is not None
        else replace(
            override, computed=_points(marks.get((override.student, *override.cells[1:]), ""))
        )
        for override in overrides
    ]


def _rows_of(path: Path) -> list[list[str]]:
    """Return the rows of a table that an earlier run has written; none where there is none."""
    try:
        rows = [cells for _, cells in tables.read(path)]
    except tables.TableError:
        return []
    columns = [*COLUMNS, COMPUTED]
    if not rows or not set(columns) <= set(rows[0]):
        return []
    where = [rows[0].index(name) for name in columns]
    return [[row[index] for index in where] for row in rows[1:] if len(row) == len(rows[0])]


def table(overrides: Iterable[Override]) -> str:
    """Return the overrides with the mark beneath each, as a table that can be used again."""
    rows = (
        [*override.cells, "" if override.computed is None else f"{override.computed:g}"]
        for override in overrides
    )
    return tables.text((*COLUMNS, COMPUTED), rows)
