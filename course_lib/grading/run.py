"""One run over a class: `prepare` it, `mark` what has no mark yet, `write` the final files.

This process reads the notebooks and writes the results. It hands chunks of submissions to judges,
each a process of its own with a fork server of its own, and never runs student code.
"""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from course_lib import checks
from course_lib.checks.limits import slowness
from course_lib.checks.suites import suite_folder
from course_lib.grading import escaping
from course_lib.grading.errors import CallError
from course_lib.grading.export import gradebooks
from course_lib.grading.marking.dask_pool import Cluster
from course_lib.grading.marking.judge import Marked, Settings, given_up, rejected, suite_digest
from course_lib.grading.marking.worker_pool import Pool
from course_lib.grading.nbval import compare
from course_lib.grading.options import Options
from course_lib.grading.policy import inputs, overrides
from course_lib.grading.policy.apply import Decisions, FinalMarks, apply
from course_lib.grading.progress import Progress
from course_lib.grading.results import comparison, feedback_zips, similarity, totals
from course_lib.grading.results.audit import AUDIT, audit
from course_lib.grading.results.code import as_text
from course_lib.grading.results.files import Final, code_file, write_files
from course_lib.grading.results.store import (
    ROSTER,
    RUN,
    Store,
    check_folder,
    continued,
    locked,
    write_file,
)
from course_lib.grading.sandbox.isolation import Isolation, find, forbidden_paths
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.collect import Collection, collect_class
from course_lib.grading.submissions.ingest import Submission
from course_lib.grading.submissions.roster import (
    PSEUDONYMS,
    Roster,
    plain_name,
    pseudonym_table,
    pseudonyms,
)

CHUNK = 200
ALONE = 5  # times the wall clock's limit, for a submission marked alone
SHOWN = 20  # entries of a list on the terminal


@dataclass(frozen=True)
class Plan:
    """What is marked, how, and what is said about it; students have their names in the results.

    Parameters
    ----------
    options : Options
        What was asked.
    collection : Collection
        The submissions.
    roster : Roster
        The class list.
    settings : Settings
        What every judge shares.
    isolation : Isolation
        What was reached.
    run : dict
        What must not change when the run is continued.
    run_before, before : dict
        The same of an earlier run to compare with, and its outcomes.
    files : dict of str to str
        Files of the results that are known before anything is marked.
    messages : tuple of str
        Decisions about files and people, for the terminal.
    decisions : Decisions
        The policy and the overrides.
    only : str
        The one student who is marked again, if it is one.
    """

    options: Options
    collection: Collection
    roster: Roster
    settings: Settings
    isolation: Isolation
    run: dict[str, Any]
    run_before: dict[str, Any]
    before: dict[tuple[str, str], dict[str, Any]]
    files: dict[str, str]
    messages: tuple[str, ...]
    decisions: Decisions
    only: str = ""


@dataclass(frozen=True)
class Outcomes:
    """What came of marking.

    Parameters
    ----------
    outcomes : list of dict
        As in the journal, sorted.
    errors : list of str
        What the grader failed at.
    changed : list of str
        Submissions whose file changed after it was marked; they keep the earlier mark.
    """

    outcomes: list[dict[str, Any]]
    errors: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """What came of a run."""

    outcomes: list[dict[str, Any]]
    errors: list[str]
    ignored: list[str]
    isolation: Isolation
    messages: list[str] = field(default_factory=list)
    not_marked: list[NotMarked] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every submission has a verdict."""
        statuses = [one.status for one in self.not_marked]
        failed = any(map(is_failure, self.outcomes)) or "unmarked" in statuses
        return not self.errors and not self.changed and not failed


def is_failure(outcome: dict[str, Any]) -> bool:
    """Whether the grader has no verdict, other than on answers that people mark."""
    unmarked = [one["status"] for one in outcome["questions"] if one["status"] == "unmarked"]
    return outcome["status"] == "unmarked" and bool(unmarked or not outcome["questions"])


def grade(options: Options, progress: Progress | None = None) -> Report:
    """Mark every submission that has no result yet, and write the final files.

    Raises
    ------
    GradingError
        When the run cannot be started or continued; the text says why.
    """
    plan = prepare(options)
    return write(plan, mark(plan, progress))


# --- prepare ------------------------------------------------------------------------------------


def prepare(options: Options) -> Plan:
    """Find out what is to be marked and how; nothing is written.

    Raises
    ------
    CallError
        If nothing can be marked, or not as it was asked.
    """
    options = _completed(options)
    suite = options.suite or suite_folder()
    collection, roster = collect_class(
        options.submissions, options.exercises, options.roster, depth=options.depth
    )
    check_folder(options.out, resume=options.resume)
    run_before, before = comparison.read_old(options.against) if options.against else ({}, {})
    earlier = [one / inputs.OVERRIDES for one in (options.against, options.out) if one]
    made = inputs.decisions(options.policy, options.overrides, collection, roster, earlier)
    collection, made = inputs.with_attempts(collection, made)
    only = made.known.student(options.only, plain_name(options.only)) if options.only else ""
    if only:
        run_before, before = comparison.read_old(options.out)
    forbidden = forbidden_paths(suite, options.submissions, options.out)
    isolation = find(options.isolation, forbidden)
    if options.nbval:
        compare.check({found.exercise for found, _ in collection.entries}, isolation)
    run: dict[str, Any] = {
        "version": 1,
        "seed": options.seed,
        "suite": suite_digest(suite),
        "timeout": options.timeout,
        "memory": options.memory,
        "isolation": isolation.sentence(),
    }
    if options.pseudonyms:
        run["pseudonyms"] = True
        run["roster"] = options.roster is not None  # it is not kept: names are in one file only
    if options.nbval:
        run["nbval"] = True
    if options.resume and (options.out / RUN).is_file():
        run = continued(options.out, run)
    else:
        run |= {"seed": options.seed or os.urandom(16).hex(), "slowness": slowness()}
    maximum = {name: made.maximum(name) for name in made.questions}
    messages = _people(collection, roster, maximum)
    files = {}
    if options.pseudonyms:
        # An earlier run knows people by their names, and may know others.
        students = collection.students() + [who for who, _ in before]
        known = pseudonyms(students, run["seed"])
        before = {(known[who], exercise): one for (who, exercise), one in before.items()}
        files[PSEUDONYMS] = pseudonym_table(known, roster)
        collection, roster = collection.renamed(known), Roster()
        made, only = inputs.renamed(made, known), only and known[only]
    settings = Settings(
        suite=suite.resolve(),
        seed=run["seed"],
        level=isolation.level,
        budget=Budget.of(options.timeout, options.memory, run.get("slowness") or 1.0),
        forbidden=forbidden,
        nbval=options.nbval,
    )
    return Plan(
        options, collection, roster, settings, isolation, run, run_before, before, files, messages,
        made, only,
    )  # fmt: skip


def _completed(options: Options) -> Options:
    """Return the options with what follows from others; refuse what cannot be meant."""
    if not options.submissions.exists():
        raise CallError(f"{options.submissions} does not exist")
    suite = options.suite or suite_folder()
    if not suite.is_dir():
        raise CallError(f"there is no marking suite at {suite}; name a suite's folder with --suite")
    resume = options.resume or bool(options.only)

    def begun(given: Path | None, name: str) -> Path | None:
        kept = options.out / name
        return kept if resume and given is None and kept.is_file() else given

    return replace(
        options,
        exercises=tuple(dict.fromkeys(map(_exercise, options.exercises))),
        suite=suite,
        resume=resume,
        roster=begun(options.roster, ROSTER),
        policy=begun(options.policy, inputs.POLICY),
        overrides=begun(options.overrides, inputs.OVERRIDES),
    )


def _exercise(text: str) -> str:
    """Return the exercise of a number or a name."""
    stem = text.removesuffix(".ipynb")
    known = [*checks.names(), *sorted(checks.LABORATORIES)]
    found = [
        one for one in known if one == stem or (stem.isdecimal() and int(one[:2]) == int(stem))
    ]
    if len(found) != 1:
        raise CallError(f"no exercise is called {text}; there are: {', '.join(checks.names())}")
    if found[0] in checks.LABORATORIES:
        raise CallError(f"{found[0]} is a laboratory, without points: nothing in it is marked")
    return found[0]


def _people(
    collection: Collection, roster: Roster, maximum: Mapping[str, float]
) -> tuple[str, ...]:
    """Say what was decided about files, who is missing, and who is not known."""
    messages = collection.said[:SHOWN]
    if len(collection.said) > SHOWN:
        messages.append(f"And {len(collection.said) - SHOWN} more choices between files.")
    exercises = {found.exercise for found, _ in collection.entries}
    messages += gradebooks.notes(exercises, roster, maximum)
    missing = [one.student for one in collection.not_marked if one.status == "missing"]
    submitters = sorted(set(collection.students()) - set(missing))
    for text, people in (
        ("submitted nothing", missing),
        ("not on the roster", roster.unknown(submitters)),
    ):
        if people:
            messages.append(f"{len(people)} {text}: {_listed(people)}.")
    return tuple(messages)


def _listed(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many follow."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(escaping.as_text, names[:SHOWN])) + more


# --- mark ---------------------------------------------------------------------------------------


def mark(plan: Plan, progress: Progress | None = None) -> Outcomes:
    """Mark what has no mark yet; each outcome is on the disk before the next counts.

    Raises
    ------
    GradingError
        If the folder of results or the cluster cannot be used.
    """
    options, bar = plan.options, progress or Progress()
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(Store(options.out, plan.run, resume=options.resume))
        stack.callback(bar.close)
        if plan.only:
            store.forget(plan.only)
        for given, name in ((options.roster, ROSTER), (options.policy, inputs.POLICY)):
            # Names are in one file only, if there are pseudonyms.
            if given is not None and not options.pseudonyms and given != options.out / name:
                write_file(options.out / name, given.read_bytes())
        pool = Pool(jobs=options.jobs)
        if options.dask:
            pool = stack.enter_context(Cluster(options.dask, plan.settings)).pool()
        errors, changed = mark_all(plan.collection, store, plan.settings, pool, bar, plan.only)
        return Outcomes(store.sorted(), errors, changed)


def mark_all(
    collection: Collection,
    store: Store,
    settings: Settings,
    pool: Pool,
    bar: Progress,
    only: str = "",
) -> tuple[list[str], list[str]]:
    """Mark what has no mark; return what the grader failed at, and which files have changed.

    With `only`, nobody else is looked at.
    """
    errors: list[str] = []
    changed: list[str] = []
    again: list[int] = []
    bar.start(len(collection), len(store.outcomes))

    def pending() -> Iterator[tuple[int, Submission]]:
        for index, (found, _) in enumerate(collection.entries):
            if only and found.student != only:
                continue
            try:
                submission = collection.read(index)
            except Exception:
                # One file may be stranger than foreseen; the others are marked all the same.
                unread = Submission(found.student, found.exercise, version=found.version)
                give_up(index, unread, traceback.format_exc())
                continue
            key = (submission.student, submission.exercise, submission.version)
            before = store.outcomes.get(key)
            if before is None or is_failure(before):
                if submission.refused:
                    outcome = rejected(submission, settings.level)
                    store.add(Marked(outcome, False, "", 0.0, 0.0))
                    bar.step(outcome["status"])
                else:
                    yield index, submission
            elif before["submission"] != submission.digest:
                who = escaping.as_text(f"{submission.student}/{submission.exercise}")
                changed.append(who)

    def take(index: int, marked: Marked, *, alone: bool) -> None:
        if marked.wall and not alone and not marked.error:
            again.append(index)
            return
        if marked.error:
            who = escaping.as_text(f"{marked.outcome['student']}/{marked.outcome['exercise']}")
            errors.append(f"{who}: {marked.error}")
        store.add(marked)
        bar.step(marked.outcome["status"])

    def give_up(index: int, submission: Submission, error: str) -> None:
        take(index, given_up(submission, settings.level, error), alone=True)

    size = max(1, min(CHUNK, -(-len(collection) // (pool.turns * pool.jobs))))
    judge, first = partial(pool.judge, settings), partial(take, alone=False)
    pool.share_out(pending(), judge, pool.jobs, size, first, give_up)
    if again:
        # The clock on the wall may have run out because the machine was busy: once more, alone.
        wall = ALONE * settings.budget.wall_seconds
        slow = replace(settings, budget=replace(settings.budget, wall_seconds=wall))
        rest = ((index, collection.read(index)) for index in sorted(again))
        judge = partial(pool.judge, slow)
        pool.share_out(rest, judge, 1, 1, partial(take, alone=True), give_up)
    return errors, changed


# --- write --------------------------------------------------------------------------------------


def write(plan: Plan, marked: Outcomes) -> Report:
    """Write the final files, made from the outcomes alone.

    Raises
    ------
    ResultsError
        If they cannot be written.
    """
    options, collection = plan.options, plan.collection
    marks = apply(_of_today(plan, marked), collection.not_marked, plan.decisions)
    code = _Code(plan)
    maximum = {name: plan.decisions.maximum(name) for name in plan.decisions.questions}
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
    with locked(options.out):
        kept = write_files(options.out, plan.run["isolation"], marks.outcomes, final)
    messages += [
        f"{name} was changed by hand since it was written: that file is kept as {aside}. To change "
        "a mark, write it into a table of overrides (--overrides)."
        for name, aside in kept
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
        "totals.csv": totals.totals(*people, asked, policy),
        "missing.csv": totals.missing(*people, exercises),
        AUDIT: audit(marks.outcomes),
    }
    if marks.overrides:
        files[inputs.OVERRIDES] = overrides.table(marks.overrides)
    return files | gradebooks.gradebooks(
        marks.outcomes, plan.roster, plan.options.feedback, maximum
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
    changed = [one for one in marks.outcomes if one["changes"]]
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
        f"{len(listed)} {text}: {_listed(listed)}."
        for listed, text in (
            (
                marked.changed,
                "changed since they were marked and keep the mark of the earlier file, since its "
                "feedback may have told what this run asks (mark the new files into another "
                "folder)",
            ),
            (gone, "marked before and no longer among the submissions; the marks stay"),
        )
        if listed
    ]
