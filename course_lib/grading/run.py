"""One run over a class: `prepare` it, `mark` what has no mark yet, `write` the final files.

This process reads the notebooks and writes the results. It hands chunks of submissions to judges,
each a process of its own with a fork server of its own, and never runs student code.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from course_lib import checks
from course_lib.checks.limits import slowness
from course_lib.checks.suites import suite_folder
from course_lib.grading import escaping, per_student
from course_lib.grading.errors import CallError
from course_lib.grading.export import gradebooks
from course_lib.grading.marking.dask_pool import Cluster
from course_lib.grading.marking.judge import Marked, Settings, given_up, rejected, suite_digest
from course_lib.grading.marking.worker_pool import Pool
from course_lib.grading.nbval import compare
from course_lib.grading.options import Options, named
from course_lib.grading.plan import SHOWN, Plan, Report, is_failure, listed
from course_lib.grading.policy import inputs, overrides
from course_lib.grading.policy.apply import Decisions, is_settled
from course_lib.grading.results import comparison
from course_lib.grading.results.store import (
    ROSTER,
    RUN,
    Store,
    asked_before,
    check_folder,
    continued,
    state,
)
from course_lib.grading.sandbox.isolation import find, forbidden_paths
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.attempts import Collection
from course_lib.grading.submissions.collect import collect_class
from course_lib.grading.submissions.ingest import Submission
from course_lib.grading.submissions.roster import (
    PSEUDONYMS,
    Roster,
    pseudonym_table,
    pseudonyms,
)
from course_lib.grading.submissions.times import late_on_canvas
from course_lib.grading.writing import write

CHUNK = 200
RARE = 5  # times fewer students than submitted the most usual exercise
ALONE = 5  # times the wall clock's limit, for a submission marked alone


def grade(options: Options, *, show: bool = False) -> Report:
    """Mark every submission that has no result yet, and write the final files.

    With `show`, a bar on the terminal has the rate, the time left and counts per status.

    Raises
    ------
    GradingError
        When the run cannot be started or continued; the text says why.
    """
    plan = prepare(options)
    resume, kept = plan.options.resume, _inputs(plan)
    # No other run gets into the folder before all is written.
    with Store(options.out, plan.run, resume=resume, inputs=kept, seen=plan.seen) as store:
        errors, changed = mark(plan, store, show=show)
        return write(plan, store.sorted(), errors, changed)


# --- prepare ------------------------------------------------------------------------------------


def prepare(options: Options) -> Plan:
    """Find out what is to be marked and how; nothing is written.

    Raises
    ------
    CallError
        If nothing can be marked, or not as it was asked.
    """
    seen = state(options.out)
    options = _completed(options)
    suite = options.suite or suite_folder()
    collection, roster = collect_class(
        options.submissions, options.exercises, options.roster, depth=options.depth
    )
    check_folder(options.out, resume=options.resume)
    run_before, before = comparison.read_old(options.against) if options.against else ({}, {})
    folders = [folder for folder in (options.against, options.out) if folder]
    made = inputs.decisions(options.policy, options.overrides, collection, roster, folders)
    collection, made = inputs.with_attempts(collection, made)
    try:
        only = made.known.student(options.only) if options.only else ""
    except ValueError as error:
        raise CallError(f"--only: {error}") from error
    if only and not (options.out / RUN).is_file():
        raise CallError(
            "--only marks a student again, in the folder of an earlier run: "
            f"{options.out} holds none"
        )
    if only:
        run_before, before = comparison.read_old(options.out)
    seed = per_student.read_seed(options.numbers) if options.numbers else ""
    if seed:
        asked = [(work.student, work.exercise) for work, _ in collection.entries]
        collection = replace(collection, keys=per_student.keys_of(seed, roster, asked))
    kept = (options.numbers,) if options.numbers else ()
    forbidden = forbidden_paths(suite, options.submissions, options.out, *kept)
    isolation = find(options.isolation, forbidden)
    if options.nbval:
        compare.check({work.exercise for work, _ in collection.entries}, isolation)
    run: dict[str, Any] = {
        "version": 1,
        "seed": options.seed,
        "suite": suite_digest(suite),
        "timeout": options.timeout,
        "memory": options.memory,
        "isolation": isolation.sentence(),
    }
    if options.exercises:
        run["exercises"] = sorted(options.exercises)
    if options.pseudonyms:
        run["pseudonyms"] = True
        # Neither is kept, because names are in one file only: they are given each time.
        run["roster"] = options.roster is not None
        run |= {"policy": True} if options.policy else {}
    if options.nbval:
        run["nbval"] = True
    if seed:
        run["numbers"] = hashlib.sha256(seed.encode()).hexdigest()[:16]
    if options.resume and (options.out / RUN).is_file():
        run = continued(options.out, run)
    else:
        run |= {"seed": options.seed or os.urandom(16).hex(), "slowness": slowness()}
    messages = _people(collection, roster, made)
    if gone := inputs.undone(options.out / inputs.OVERRIDES, made) if options.resume else []:
        counted = escaping.counted(len(gone), "override")
        messages += (
            f"{counted} of before undone, because no --overrides holds it now: {listed(gone)}. To "
            "keep what other tables decide, give them all: --overrides A --overrides B.",
        )
    files = {}
    if options.pseudonyms:
        # An earlier run knows people by their names, and may know others.
        students = collection.students() + [who for who, _ in before]
        known = pseudonyms(students, run["seed"])
        before = {(known[who], exercise): outcome for (who, exercise), outcome in before.items()}
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
        made, only, seen,
    )  # fmt: skip


def _completed(options: Options) -> Options:
    """Return the options with what follows from others; refuse what cannot be meant."""
    if not options.submissions.exists():
        raise CallError(f"{options.submissions} does not exist")
    suite = options.suite or suite_folder()
    if not suite.is_dir():
        raise CallError(f"there is no marking suite at {suite}; name a suite's folder with --suite")
    resume = options.resume or bool(options.only)
    if options.numbers and not options.roster and not (resume and (options.out / ROSTER).is_file()):
        raise CallError("--numbers needs the class list that the notebooks were made for: --roster")

    def begun(given: Path | None, name: str) -> Path | None:
        kept = options.out / name
        return kept if resume and given is None and kept.is_file() else given

    asked = options.exercises or (asked_before(options.out) if resume else ())
    return replace(
        options,
        exercises=tuple(dict.fromkeys(map(_exercise, asked))),
        suite=suite,
        resume=resume,
        roster=begun(options.roster, ROSTER),
        policy=begun(options.policy, inputs.POLICY),
        overrides=options.overrides or tuple(filter(None, [begun(None, inputs.OVERRIDES)])),
    )


def _exercise(text: str) -> str:
    """Return the exercise of a number or a name."""
    exercises = named(text, [*checks.names(), *sorted(checks.LABORATORIES)])
    if len(exercises) != 1:
        raise CallError(f"no exercise is called {text}; there are: {', '.join(checks.names())}")
    if exercises[0] in checks.LABORATORIES:
        raise CallError(f"{exercises[0]} is a laboratory, without points: nothing in it is marked")
    return exercises[0]


def _people(collection: Collection, roster: Roster, made: Decisions) -> tuple[str, ...]:
    """Say what was decided about files, who is missing, and who is not known."""
    messages = collection.said[:SHOWN]
    if len(collection.said) > SHOWN:
        messages.append(f"And {len(collection.said) - SHOWN} more choices between files.")
    exercises = {work.exercise for work, _ in collection.entries}
    messages += gradebooks.notes(exercises, roster, made.maximum)
    missing = [unmarked for unmarked in collection.not_marked if unmarked.status == "missing"]
    submitters = sorted(set(collection.students()) - {unmarked.student for unmarked in missing})
    left = [
        unmarked.student
        for unmarked in missing
        if not is_settled(unmarked, made.excused | made.given)
    ]
    for text, people in (
        ("submitted nothing", left),
        ("not on the roster", roster.unknown(submitters)),
    ):
        if people:
            messages.append(f"{len(people)} {text}: {listed(people)}.")
    messages += _rare(collection, made)
    return tuple(messages + _late(collection, made))


def _rare(collection: Collection, made: Decisions) -> list[str]:
    """Say which exercises hardly anybody submitted: they count as missing for everyone else."""
    by: dict[str, list[str]] = {}
    for work, _ in collection.entries:
        by.setdefault(work.exercise, []).append(work.student)
    usual, people = max(by.items(), key=lambda item: len(item[1]))
    return [
        f"{exercise} was submitted by {listed(by[exercise])} alone, and counts as missing for "
        f"everyone else. If it was not set, mark into another folder with --exercise {usual[:2]}."
        for exercise in sorted(by.keys() - made.policy.exercises.keys())
        if RARE * len(set(by[exercise])) <= len(set(people))
    ]


def _late(collection: Collection, made: Decisions) -> list[str]:
    """Say whose files Canvas calls late, where nobody has said how late they are."""
    due: list[str] = []
    free: list[str] = []
    for work, _ in collection.entries:
        who, exercise = work.student, work.exercise
        if not late_on_canvas(work, collection.people[who]):
            continue
        if made.policy.rules(exercise).due is None:
            free.append(f"{who}/{exercise}")
        elif (who, exercise) not in made.policy.submitted:
            due.append(f"{who}/{exercise}")
    said = (
        (free, "nothing comes off, because no policy has a due date"),
        (
            due,
            "Canvas does not say since when, so the time of the file counts, which may be that of "
            'your download. Look the time up in Canvas and write it into the policy ([student."'
            'NAME"], submitted)',
        ),
    )
    return [
        f"{len(names)} late on Canvas: {listed(names)}: {what}." for names, what in said if names
    ]


# --- mark ---------------------------------------------------------------------------------------


def _inputs(plan: Plan) -> dict[str, str | bytes]:
    """Return the files that a continued run goes on with, as they were given."""
    options = plan.options
    kept: dict[str, str | bytes] = {}
    for given, name in ((options.roster, ROSTER), (options.policy, inputs.POLICY)):
        # Names are in one file only, if there are pseudonyms.
        if given is not None and not options.pseudonyms and given != options.out / name:
            kept[name] = given.read_bytes()
    if options.overrides:
        kept[inputs.OVERRIDES] = overrides.table(plan.decisions.overrides)
    return kept


def mark(plan: Plan, store: Store, *, show: bool) -> tuple[list[str], list[str]]:
    """Mark what has no mark yet; return as `mark_all`.

    Raises
    ------
    GradingError
        If the folder of results or the cluster cannot be used.
    """
    options, bar = plan.options, None
    if plan.only:
        store.forget(plan.only)
    with contextlib.ExitStack() as stack:
        if show:
            size = {"total": len(plan.collection), "initial": len(store.outcomes)}
            bar = stack.enter_context(tqdm(**size, unit="submission", dynamic_ncols=True))
        pool = Pool(jobs=options.jobs)
        if options.dask:
            pool = stack.enter_context(Cluster(options.dask, plan.settings)).pool()
        return mark_all(plan.collection, store, plan.settings, pool, bar, plan.only)


def mark_all(
    collection: Collection,
    store: Store,
    settings: Settings,
    pool: Pool,
    bar: tqdm | None = None,
    only: str = "",
) -> tuple[list[str], list[str]]:
    """Mark what has no mark; return what the grader failed at, and which files have changed.

    Each outcome is on the disk before the next counts. Of files that have changed since they were
    marked, the earlier mark is kept. With `only`, nobody else is looked at.
    """
    errors: list[str] = []
    changed: list[str] = []
    again: list[int] = []
    counts: Counter[str] = Counter()

    def add(marked: Marked) -> None:
        store.add(marked)
        counts[marked.outcome["status"]] += 1
        if bar is not None:
            bar.set_postfix(counts, refresh=False)
            bar.update()

    def pending() -> Iterator[tuple[int, Submission]]:
        for index, (work, _) in enumerate(collection.entries):
            if only and work.student != only:
                continue
            try:
                submission = collection.read(index)
            except Exception:
                # One file may be stranger than foreseen; the others are marked all the same.
                unread = Submission(work.student, work.exercise, version=work.version)
                give_up(index, unread, traceback.format_exc())
                continue
            key = (submission.student, submission.exercise, submission.version)
            before = store.outcomes.get(key)
            if before is None or is_failure(before):
                if submission.refused:
                    add(Marked(rejected(submission, settings.level), False, "", 0.0, 0.0))
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
        add(marked)

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
