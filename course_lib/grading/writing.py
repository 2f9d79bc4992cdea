"""The last step of a run: from what was computed to the final files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from course_lib.grading import escaping
from course_lib.grading.export import gradebooks
from course_lib.grading.plan import Outcomes, Plan, Report, listed
from course_lib.grading.policy import inputs, overrides
from course_lib.grading.policy.apply import FinalMarks, apply
from course_lib.grading.policy.overrides import EXCUSED
from course_lib.grading.results import comparison, feedback_zips, grades, similarity
from course_lib.grading.results.code import as_text
from course_lib.grading.results.files import Final, code_file, write_files
from course_lib.grading.submissions.attempts import Collection


def write(plan: Plan, marked: Outcomes) -> Report:
    """Write the final files, made from the outcomes alone, into a folder that is locked.

    Raises
    ------
    ResultsError
        If they cannot be written.
    """
    options, collection = plan.options, plan.collection
    marks = apply(_of_today(plan, marked), collection.not_marked, plan.decisions)
    code = _Code(plan)
    maximum = plan.decisions.maximum
    files = plan.files | _tables(plan, marks, maximum)
    messages = [*plan.messages, *_other_files(collection, marked), *_decided(marks)]
    if options.against or plan.only:
        old = options.against or options.out
        rows = comparison.compare(plan.before, marks.outcomes, plan.run_before, plan.run)
        files["against.csv"] = comparison.table(rows)
        files["against.diff"] = comparison.differences(rows, _code_in(old), code.of_key)
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
        marked.outcomes,
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
        marked.errors,
        collection.ignored,
        plan.isolation,
        messages,
        marks.not_marked,
        marked.changed,
    )


def _of_today(plan: Plan, marked: Outcomes) -> list[dict[str, Any]]:
    """Return the outcomes without those of files that the policy no longer asks for."""
    today = {(found.student, found.exercise, found.version) for found, _ in plan.collection.entries}
    present = {key[:2] for key in today}
    return [
        one
        for one in marked.outcomes
        if _key(one) in today or not one.get("version") or _key(one)[:2] not in present
    ]


def _tables(plan: Plan, marks: FinalMarks, maximum: Mapping[str, float]) -> dict[str, str]:
    """Return the tables of all marks, by name."""
    policy = plan.decisions.policy
    exercises = sorted({one["exercise"] for one in marks.outcomes} | policy.exercises.keys())
    asked = {name: maximum[name] for name in exercises}
    students = {*plan.collection.students(), *(one["student"] for one in marks.outcomes)}
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
    excused = {(one.student, one.exercise) for one in marks.not_marked if one.status == EXCUSED}
    return files | gradebooks.gradebooks(
        marks.outcomes, plan.roster, plan.options.feedback, maximum, excused
    )


class _Code:
    """The code of the files of today, of which a mark was given."""

    def __init__(self, plan: Plan) -> None:
        self._collection = plan.collection
        self._shown = not plan.options.pseudonyms  # it may hold names
        self._earlier = _code_in(plan.options.out)
        self._index = {
            (found.student, found.exercise, found.version): index
            for index, (found, _) in enumerate(plan.collection.entries)
        }
        self._marked: dict[tuple[str, str], str] = {}

    def of(self, outcome: dict[str, Any]) -> str:
        """Return the code that an outcome is the mark of, or an empty text."""
        student, exercise, version = _key(outcome)
        index = self._index.get((student, exercise, version))
        if not self._shown or outcome["status"] == "rejected":
            return ""
        if index is not None:
            submission = self._collection.read(index)
            if submission.digest == outcome["submission"]:
                return as_text(submission.cells)
        return self._earlier(student, exercise)

    def of_key(self, student: str, exercise: str) -> str:
        """Return the code of the last file."""
        index = self._index.get((student, exercise, ""))
        if index is None or not self._shown:
            return ""
        return as_text(self._collection.read(index).cells)


def _code_in(folder: Path) -> Callable[[str, str], str]:
    """Return what reads the code that an earlier run has marked."""

    def read(student: str, exercise: str) -> str:
        try:
            return code_file(folder, student, exercise).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    return read


def _key(outcome: dict[str, Any]) -> tuple[str, str, str]:
    return outcome["student"], outcome["exercise"], outcome.get("version", "")


def _names_of_systems(collection: Collection) -> dict[tuple[str, str], tuple[str, str]]:
    """Return where the systems that students submitted to expect feedback."""
    names = {}
    for found, _ in collection.entries:
        person = collection.people.get(found.student)
        name = feedback_zips.name_of(found, person) if person and not found.version else None
        if name:
            names[found.student, found.exercise] = name
    return names


def _decided(marks: FinalMarks) -> list[str]:
    """Say where a mark has changed beneath an override, and what people have to mark."""
    said = [
        f"{escaping.as_text(one['student'])}/{one['exercise']}: the override is kept, and {text}."
        for one in marks.outcomes
        for text in one["beneath"]
    ]
    answers = sum(
        each["status"] == "to mark" for one in marks.outcomes for each in one["questions"]
    )
    if answers:
        counted = escaping.counted(answers, "answer")
        said.append(f"{counted} to mark by hand: fill in to_mark.csv and pass it as --overrides.")
    changed = [one for one in marks.outcomes if one["score"] != one["computed"]]
    if changed:
        counted = escaping.counted(len(changed), "mark")
        said.append(f"{counted} changed by policy and overrides: see changes in grades.csv.")
    return said


def _other_files(collection: Collection, marked: Outcomes) -> list[str]:
    """Say which marks of the run that was continued do not belong to the files of today."""
    today = {(found.student, found.exercise) for found, _ in collection.entries}
    gone = [
        f"{one['student']}/{one['exercise']}"
        for one in marked.outcomes
        if (one["student"], one["exercise"]) not in today
    ]
    return [
        f"{len(names)} {text}: {listed(names)}."
        for names, text in (
            (
                marked.changed,
                "changed since they were marked and keep the mark of the earlier file, since its "
                "feedback may have told what this run asks (mark the new files into another "
                "folder)",
            ),
            (gone, "marked before and no longer among the submissions; the marks stay"),
        )
        if names
    ]
