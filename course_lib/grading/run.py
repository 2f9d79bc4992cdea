"""One run over a class: `prepare` it, `mark` what has no mark yet, `write` the final files.

This process reads the notebooks and writes the results. It hands chunks of submissions to judges,
each a process of its own with a fork server of its own, and never runs student code.
"""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
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
from course_lib.grading.progress import Progress
from course_lib.grading.results import comparison, similarity
from course_lib.grading.results.store import (
    ROSTER,
    RUN,
    Final,
    Key,
    Store,
    check_folder,
    continued,
    locked,
    write_file,
    write_files,
)
from course_lib.grading.sandbox.isolation import Isolation, find, forbidden_paths
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.collect import Collection, collect_class
from course_lib.grading.submissions.ingest import Submission
from course_lib.grading.submissions.roster import PSEUDONYMS, Roster, pseudonym_table, pseudonyms

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
    """

    options: Options
    collection: Collection
    roster: Roster
    settings: Settings
    isolation: Isolation
    run: dict[str, Any]
    run_before: dict[str, Any]
    before: dict[Key, dict[str, Any]]
    files: dict[str, str]
    messages: tuple[str, ...]


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
        statuses = [one["status"] for one in self.outcomes]
        statuses += [one.status for one in self.not_marked]
        return not self.errors and not self.changed and "unmarked" not in statuses


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
    messages = _people(collection, roster)
    files = {}
    if options.pseudonyms:
        # An earlier run knows people by their names, and may know others.
        students = collection.students() + [who for who, _ in before]
        known = pseudonyms(students, run["seed"])
        before = {(known[who], exercise): one for (who, exercise), one in before.items()}
        files[PSEUDONYMS] = pseudonym_table(known, roster)
        collection, roster = collection.renamed(known), Roster()
    settings = Settings(
        suite=suite.resolve(),
        seed=run["seed"],
        level=isolation.level,
        budget=Budget.of(options.timeout, options.memory, run.get("slowness") or 1.0),
        forbidden=forbidden,
        nbval=options.nbval,
    )
    return Plan(
        options, collection, roster, settings, isolation, run, run_before, before, files, messages
    )


def _completed(options: Options) -> Options:
    """Return the options with what follows from others; refuse what cannot be meant."""
    if not options.submissions.exists():
        raise CallError(f"{options.submissions} does not exist")
    suite = options.suite or suite_folder()
    if not suite.is_dir():
        raise CallError(f"there is no marking suite at {suite}; name a suite's folder with --suite")
    listed = options.out / ROSTER
    begun = options.resume and options.roster is None and listed.is_file()
    return replace(
        options,
        exercises=tuple(dict.fromkeys(map(_exercise, options.exercises))),
        suite=suite,
        roster=listed if begun else options.roster,
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


def _people(collection: Collection, roster: Roster) -> tuple[str, ...]:
    """Say what was decided about files, who is missing, and who is not known."""
    messages = collection.said[:SHOWN]
    if len(collection.said) > SHOWN:
        messages.append(f"And {len(collection.said) - SHOWN} more choices between files.")
    messages += gradebooks.notes({found.exercise for found, _ in collection.entries}, roster)
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
        listed = options.out / ROSTER
        if options.roster is not None and not options.pseudonyms and options.roster != listed:
            write_file(listed, options.roster.read_bytes())
        pool = Pool(jobs=options.jobs)
        if options.dask:
            pool = stack.enter_context(Cluster(options.dask, plan.settings)).pool()
        errors, changed = mark_all(plan.collection, store, plan.settings, pool, bar)
        return Outcomes(store.sorted(), errors, changed)


def mark_all(
    collection: Collection, store: Store, settings: Settings, pool: Pool, bar: Progress
) -> tuple[list[str], list[str]]:
    """Mark what has no mark; return what the grader failed at, and which files have changed."""
    errors: list[str] = []
    changed: list[str] = []
    again: list[int] = []
    bar.start(len(collection), len(store.outcomes))

    def pending() -> Iterator[tuple[int, Submission]]:
        for index in range(len(collection)):
            try:
                submission = collection.read(index)
            except Exception:
                # One file may be stranger than foreseen; the others are marked all the same.
                found = collection.entries[index][0]
                give_up(index, Submission(found.student, found.exercise), traceback.format_exc())
                continue
            before = store.outcomes.get((submission.student, submission.exercise))
            if before is None or before["status"] == "unmarked":
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
    options, outcomes = plan.options, marked.outcomes
    files = plan.files | gradebooks.gradebooks(outcomes, plan.roster, options.feedback)
    messages = [*plan.messages, *_other_files(plan.collection, marked)]
    if options.against:
        rows = comparison.compare(plan.before, outcomes, plan.run_before, plan.run)
        files["against.csv"] = comparison.table(rows)
        messages += comparison.lines(rows, options.against)
    if options.similar:
        groups = similarity.of_class(plan.collection)
        files["similar.csv"] = similarity.table(groups)
        counted = escaping.counted(len(groups), "group")
        messages.append(f"{counted} of near-identical notebooks: see similar.csv.")
    not_marked = plan.collection.not_marked
    final = Final(options.feedback, options.book, plan.roster, files, tuple(not_marked))
    with locked(options.out):
        write_files(options.out, plan.run["isolation"], outcomes, final)
    return Report(
        outcomes,
        marked.errors,
        plan.collection.ignored,
        plan.isolation,
        messages,
        not_marked,
        marked.changed,
    )


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
