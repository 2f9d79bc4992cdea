"""The final files of a run, made from its outcomes alone.

They are sorted and hold no clock values, so a run that was interrupted ends with the same bytes as
one that was not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib import checks
from course_lib.grading import escaping
from course_lib.grading.results import class_report, feedback_zips, pages, reports
from course_lib.grading.results.grades import grades
from course_lib.grading.results.store import JOURNAL, FullError, as_json, as_line, write_file
from course_lib.grading.results.written import Written
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.roster import Roster

TABLES = (
    "canvas*.csv", "moodle*.csv", "moodle/*.csv", "canvas/*.zip", "moodle/*.zip", "nbgrader.csv",
    "against.csv", "against.diff", "similar.csv", "pseudonyms.csv", "to_mark.csv",
)  # fmt: skip
"""What a run writes or not, by what it was asked; a file of an earlier call must not stay."""

INPUTS = ("overrides.csv",)
"""What a run reads as well: a change in it is meant."""


@dataclass(frozen=True)
class Final:
    """What the final files depend on beside the outcomes.

    `computed` are the journal's outcomes, where they are others than the final ones; `names`, by
    student and exercise, the zip of feedback and the name in it that a system expects.
    """

    feedback: str = "symptom"  # or "score" or "named"
    book: str = ""  # the address of the book that pages link to
    roster: Roster = field(default_factory=Roster)  # grades.csv repeats its columns
    files: dict[str, str] = field(default_factory=dict)  # more files, by name
    not_marked: tuple[NotMarked, ...] = ()  # everyone who has a row and no mark
    computed: Sequence[dict[str, Any]] | None = None
    code: Callable[[dict[str, Any]], str] | None = None  # the code that an outcome is the mark of
    names: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


def write_files(
    folder: Path, isolation: str, outcomes: Sequence[dict[str, Any]], final: Final
) -> list[tuple[str, str]]:
    """Write the final files of a run from its sorted outcomes.

    `isolation` is the sentence about what was reached.

    Returns
    -------
    list of (str, str)
        Files that somebody has changed since they were written, each with the name under which it
        is kept now.

    Raises
    ------
    FullError
        If the disk is full or gone; the journal stays.
    """
    try:
        computed = outcomes if final.computed is None else final.computed
        write_file(folder / JOURNAL, map(as_line, computed), lasting=True)
        with Written(folder) as written:
            _write_tables(written, isolation, outcomes, final)
            _write_pages(written, isolation, outcomes, final)
        return written.kept
    except OSError as error:
        raise FullError(
            f"{folder} cannot be written any more ({error.strerror}). All results are "
            f"in {JOURNAL}: make room, and write the rest with --resume."
        ) from error


def _write_tables(
    written: Written, isolation: str, outcomes: Sequence[dict[str, Any]], final: Final
) -> None:
    folder = written.folder
    files = {
        "grades.csv": grades(outcomes, final.roster, final.not_marked),
        "junit.xml": reports.junit(outcomes, isolation),
    }
    for name, text in (files | final.files).items():
        if name in INPUTS:
            write_file(folder / name, text, lasting=True)
        else:
            written.write(folder / name, text)
    zips = {name for name, _ in final.names.values()}
    for path in (path for pattern in TABLES for path in folder.glob(pattern)):
        if path.relative_to(folder).as_posix() not in final.files.keys() | zips:
            written.remove(path)


def _write_pages(
    written: Written, isolation: str, outcomes: Sequence[dict[str, Any]], final: Final
) -> None:
    folder = written.folder
    made: set[Path] = set()
    for outcome in outcomes:
        student, exercise = escaping.as_path(outcome["student"]), outcome["exercise"]
        shown = outcome | {"isolation": isolation}
        results = as_json(reports.gradescope(shown, final.feedback))
        written.write(folder / "gradescope" / student / exercise / "results.json", results)
        code = final.code(outcome) if final.code else ""
        if code:
            written.write(code_file(folder, outcome["student"], exercise), code)
        page = _page(folder, outcome["student"], exercise)
        written.write(page, pages.feedback(shown, final.feedback, final.book, code))
        made.add(page)
    for none in final.not_marked:
        page = _page(folder, none.student, none.exercise or "submission")
        if page not in made:
            written.write(page, pages.without_mark(none))
            made.add(page)
    ours = {*checks.names(), "submission"}
    for page in set(folder.glob("feedback/*/*.html")) - made:
        if page.stem in ours:  # of an earlier run, for somebody who had no mark then
            written.remove(page)
            with contextlib.suppress(OSError):  # other files are in it
                page.parent.rmdir()
    zipped = {
        place: page
        for key, place in sorted(final.names.items())
        if (page := _page(folder, *key)) in made
    }
    feedback_zips.write(written, zipped)
    if outcomes:
        text = class_report.page(outcomes, isolation, final.book, final.not_marked)
        written.write(folder / "report.html", text)


def _page(folder: Path, student: str, exercise: str) -> Path:
    return folder / "feedback" / escaping.as_path(student) / f"{exercise}.html"


def code_file(folder: Path, student: str, exercise: str) -> Path:
    """Return where a student's code is kept as it was marked."""
    return folder / "code" / escaping.as_path(student) / f"{exercise}.py"
