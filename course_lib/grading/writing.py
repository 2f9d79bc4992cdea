"""The last step of a run: from what was computed to the final files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from course_lib.grading import escaping
from course_lib.grading.export import gradebooks
from course_lib.grading.plan import Plan, Report, listed
from course_lib.grading.policy import inputs, overrides
from course_lib.grading.policy.apply import FinalMarks, apply
from course_lib.grading.policy.overrides import EXCUSED
from course_lib.grading.results import comparison, feedback_zips, grades, similarity
from course_lib.grading.results.code import as_text
from course_lib.grading.results.files import Final, code_file, write_files
from course_lib.grading.results.store import key
from course_lib.grading.submissions.attempts import Collection
from course_lib.grading.submissions.ingest import Submission


def write(
    plan: Plan, outcomes: list[dict[str, Any]], errors: list[str], changed: list[str]
) -> Report:
    """Write the final files, made from the outcomes alone, into a folder that is locked.

    The report has the errors of the grader and the files that have changed since they were marked.

    Raises
    ------
    ResultsError
        If they cannot be written.
    """
    options, collection = plan.options, plan.collection
    marks = apply(_of_today(collection, outcomes), collection.not_marked, plan.decisions)
    code = _Code(plan)
    files = plan.files | _tables(plan, marks)
    messages = [*plan.messages, *_other_files(collection, outcomes, changed)]
    messages += _decided(marks)
    if options.against or plan.only:
        old = options.against or options.out
        rows = comparison.compare(plan.before, marks.outcomes, plan.run_before, plan.run)
        files["against.csv"] = comparison.table(rows)
        before = partial(_earlier_code, old)
        files["against.diff"] = comparison.differences(rows, before, code.of_last)
        messages += comparison.lines(rows, old)
    if options.similar:
        groups = similarity.of_class(collection)
        files["similar.csv"] = similarity.table(groups)
        counted = escaping.counted(len(groups), "group")
        messages.append(f"{counted} of near-identical notebooks: see similar.csv.")
    final = Final(
        options.feedback,
        options.book,
        plan.roster,
        files,
        tuple(marks.not_marked),
        outcomes,
        code.of,
        {} if options.pseudonyms else _names_of_systems(collection),
    )
    kept = write_files(options.out, plan.run["isolation"], marks.outcomes, final)
    messages += [
        f"{name} was changed by hand since it was written: that file is kept as {aside}. To change "
        "a mark, write it into a table of overrides (--overrides)."
        for name, aside in kept
        if options.out / name not in options.overrides
    ]
    return Report(
        marks.outcomes,
        errors,
        collection.ignored,
        plan.isolation,
        messages,
        marks.not_marked,
        changed,
    )


def _keys(collection: Collection) -> list[tuple[str, str, str]]:
    """Return student, exercise and version of each file of today."""
    return [(work.student, work.exercise, work.version) for work, _ in collection.entries]


def _of_today(collection: Collection, outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the outcomes without those of files that the policy no longer asks for."""
    today = set(_keys(collection))
    present = {entry[:2] for entry in today}
    return [
        outcome
        for outcome in outcomes
        if key(outcome) in today or not outcome.get("version") or key(outcome)[:2] not in present
    ]


def _tables(plan: Plan, marks: FinalMarks) -> dict[str, str]:
    """Return the tables of all marks, by name."""
    maximum = plan.decisions.maximum
    policy = plan.decisions.policy
    exercises = sorted({mark["exercise"] for mark in marks.outcomes} | policy.exercises.keys())
    asked = {name: maximum[name] for name in exercises}
    students = {*plan.collection.students(), *(mark["student"] for mark in marks.outcomes)}
    people = (marks.outcomes, marks.not_marked, students)
    files = {
        "totals.csv": grades.totals(*people, asked, policy),
        "missing.csv": grades.missing(*people, exercises),
        grades.AUDIT: grades.audit(marks.outcomes),
    }
    if to_mark := overrides.to_mark(marks.outcomes, marks.overrides):
        files["to_mark.csv"] = to_mark
    if plan.options.overrides:  # also if all are withdrawn
        files[inputs.OVERRIDES] = overrides.table(marks.overrides)
    excused = {
        (unmarked.student, unmarked.exercise)
        for unmarked in marks.not_marked
        if unmarked.status == EXCUSED
    }
    return files | gradebooks.gradebooks(
        marks.outcomes, plan.roster, plan.options.feedback, maximum, excused
    )


class _Code:
    """The code of the files of today, of which a mark was given; none under pseudonyms."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._index = {whose: index for index, whose in enumerate(_keys(plan.collection))}

    def of(self, outcome: dict[str, Any]) -> str:
        """Return the code that an outcome is the mark of, or an empty text."""
        options = self._plan.options
        if options.pseudonyms or outcome["status"] == "rejected":
            return ""  # it may hold names
        submission = self._read(key(outcome))
        if submission and submission.digest == outcome["submission"]:
            return as_text(submission.cells)
        return _earlier_code(options.out, outcome["student"], outcome["exercise"])

    def of_last(self, student: str, exercise: str) -> str:
        """Return the code of the last file."""
        submission = self._read((student, exercise, ""))
        return as_text(submission.cells) if submission and not self._plan.options.pseudonyms else ""

    def _read(self, whose: tuple[str, str, str]) -> Submission | None:
        index = self._index.get(whose)
        return None if index is None else self._plan.collection.read(index)


def _earlier_code(folder: Path, student: str, exercise: str) -> str:
    """Return the code that an earlier run has marked."""
    try:
        return code_file(folder, student, exercise).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _names_of_systems(collection: Collection) -> dict[tuple[str, str], tuple[str, str]]:
    """Return where the systems that students submitted to expect feedback."""
    names = {}
    for work, _ in collection.entries:
        name = feedback_zips.name_of(work, collection.people[work.student])
        if name and not work.version:
            names[work.student, work.exercise] = name
    return names


def _decided(marks: FinalMarks) -> list[str]:
    """Say where a mark has changed beneath an override, and what people have to mark."""
    said = [
        f"{escaping.as_text(mark['student'])}/{mark['exercise']}: the override is kept, and {text}."
        for mark in marks.outcomes
        for text in mark["beneath"]
    ]
    answers = sum(
        each["status"] == "to mark" for mark in marks.outcomes for each in mark["questions"]
    )
    if answers:
        counted = escaping.counted(answers, "answer")
        said.append(f"{counted} to mark by hand: fill in to_mark.csv and pass it as --overrides.")
    changed = [mark for mark in marks.outcomes if mark["score"] != mark["computed"]]
    if changed:
        counted = escaping.counted(len(changed), "mark")
        said.append(f"{counted} changed by policy and overrides: see changes in grades.csv.")
    return said


def _other_files(
    collection: Collection, outcomes: list[dict[str, Any]], changed: list[str]
) -> list[str]:
    """Say which marks of the run that was continued do not belong to the files of today."""
    today = {entry[:2] for entry in _keys(collection)}
    gone = ["/".join(key(outcome)[:2]) for outcome in outcomes if key(outcome)[:2] not in today]
    return [
        f"{len(names)} {text}: {listed(names)}."
        for names, text in (
            (
                changed,
                "changed since they were marked and keep the mark of the earlier file, since its "
                "feedback may have told what this run asks (mark the new files into another "
                "folder)",
            ),
            (gone, "marked before and no longer among the submissions; the marks stay"),
        )
        if names
    ]
