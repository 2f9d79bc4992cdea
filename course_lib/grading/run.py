"""One run over a class: judges side by side, the journal, a second chance, the final files.

This process reads the notebooks and writes the results. It hands chunks of submissions to the
judges, each a process of its own with a fork server of its own, and never runs student code.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import fmean, median
from typing import Any

from course_lib import checks
from course_lib.address import install
from course_lib.checks.given import released_cells
from course_lib.checks.limits import scale
from course_lib.checks.limits import slowness as measured_slowness
from course_lib.checks.notebook_file import RefusedError
from course_lib.grading import escaping
from course_lib.grading.export.gradebooks import gradebooks
from course_lib.grading.export.gradebooks import notes as gradebook_notes
from course_lib.grading.marking.dask_pool import Cluster
from course_lib.grading.marking.judge import Marked, Settings, given_up, rejected, suite_digest
from course_lib.grading.marking.worker_pool import JudgeHandle, LocalJudge, share_out
from course_lib.grading.results import comparison, similarity
from course_lib.grading.results.store import ROSTER, RUN, Final, Store, check_folder, write
from course_lib.grading.sandbox.isolation import Isolation, find, forbidden_paths
from course_lib.grading.sandbox.worker_client import Budget, SandboxError
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.collect import Collection, collect
from course_lib.grading.submissions.ingest import Submission
from course_lib.grading.submissions.roster import PSEUDONYMS, Roster, RosterError, pseudonyms
from course_lib.grading.submissions.roster import table as roster_table

CHUNK = 200
TURNS = 4  # chunks for each judge, so that none is left with much when the others have ended
ALONE = 5  # times the wall clock's limit, for a submission marked alone


@dataclass(frozen=True)
class Options:
    """What `course grade` was asked.

    Parameters
    ----------
    submissions, out : Path
        Where they come from and where results go.
    suite : Path
        The marking suite.
    exercises : tuple of str
        What alone is marked; empty: all that is submitted.
    depth : int
        How deep the students' folders lie; 0: it is found out.
    jobs : int
        Judges side by side.
    seed : str
        Empty: a new one, or the one stored in `out` with `resume`.
    resume : bool
        Continue the run in `out`.
    isolation : str
        ``"best"``, ``"full"`` or ``"limits"``.
    timeout : float
        CPU seconds per question.
    memory : int
        Megabytes.
    feedback : str
        Level of the feedback pages.
    book : str
        Address of the book, for links.
    against : Path, optional
        The folder of an earlier run to compare with.
    roster : Path, optional
        A class list.
    pseudonyms : bool
        Whether names appear in one file only.
    dask : str
        Address of the scheduler of a Dask cluster; empty: this machine alone.
    similar : bool
        Whether near-identical submissions are listed.
    nbval : bool
        Whether each notebook is compared with its release, for no points.
    """

    submissions: Path
    out: Path
    suite: Path
    exercises: tuple[str, ...] = ()
    depth: int = 0
    jobs: int = 1
    seed: str = ""
    resume: bool = False
    isolation: str = "best"
    timeout: float = 10.0
    memory: int = 1024
    feedback: str = "symptom"
    book: str = ""
    against: Path | None = None
    roster: Path | None = None
    pseudonyms: bool = False
    dask: str = ""
    similar: bool = False
    nbval: bool = False


@dataclass
class Report:
    """What came of a run."""

    outcomes: list[dict[str, Any]]
    errors: list[str]
    ignored: list[str]
    isolation: Isolation
    said: list[str] = field(default_factory=list)
    not_marked: list[NotMarked] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every submission has a verdict."""
        statuses = [one["status"] for one in self.outcomes]
        statuses += [one.status for one in self.not_marked]
        return not self.errors and not self.changed and "unmarked" not in statuses


def limits(timeout: float, memory: int, slowness: float = 1.0) -> Budget:
    """Return the limits that follow from a question's CPU time, the memory and the machine.

    How `slowness` and the time raise the limits of large calls, `checks.limits` says. The budget
    lets a notebook's cells and half a dozen stuck questions run out of time; the clock on the wall
    allows for a machine that is several times too busy.
    """
    return Budget(
        cpu_seconds=timeout,
        submission_seconds=12 * timeout,
        wall_seconds=max(6 * timeout, 20.0),
        memory=memory * 2**20,
        large=scale(slowness, timeout),
    )


def grade(options: Options, progress: Progress | None = None) -> Report:
    """Mark every submission that has no result yet, and write the final files.

    Raises
    ------
    RefusedError, GradingError
        When the run cannot be started or continued; the text says why.
    """
    listed = options.out / ROSTER
    if options.resume and options.roster is None and listed.is_file():
        options = replace(options, roster=listed)
    collection, roster = submitted(options)
    check_folder(options.out, resume=options.resume)
    run_before, before = comparison.read_old(options.against) if options.against else ({}, {})
    secrets = forbidden(options)
    isolation = find(options.isolation, secrets)
    if options.nbval:
        _can_compare(collection, isolation)
    run = {
        "version": 1,
        "seed": options.seed,
        "suite": suite_digest(options.suite),
        "timeout": options.timeout,
        "memory": options.memory,
        "isolation": isolation.sentence(),
    }
    if options.pseudonyms:
        run["pseudonyms"] = True
        run["roster"] = options.roster is not None  # it is not kept: names are in one file only
    if options.nbval:
        run["nbval"] = True
    if not (options.resume and (options.out / RUN).is_file()):
        run["seed"] = run["seed"] or os.urandom(16).hex()
        run["slowness"] = measured_slowness()
    store = Store(options.out, run, resume=options.resume)
    if options.roster is not None and not options.pseudonyms and options.roster != listed:
        write(listed, options.roster.read_bytes())
    said = _who(collection, roster)
    files = {}
    if options.pseudonyms:
        # An earlier run knows people by their names, and may know others.
        students = collection.students() + [who for who, _ in before]
        known = pseudonyms(students, str(run["seed"]))
        before = {(known[who], exercise): one for (who, exercise), one in before.items()}
        files[PSEUDONYMS] = roster_table(known, roster)
        collection, roster = collection.renamed(known), Roster()
    settings = Settings(
        suite=options.suite.resolve(),
        seed=str(run["seed"]),
        level=isolation.level,
        budget=limits(options.timeout, options.memory, float(str(run.get("slowness") or 1.0))),
        forbidden=secrets,
        nbval=options.nbval,
    )
    bar = progress or Progress()
    changed: list[str] = []
    try:
        with contextlib.ExitStack() as open_to_the_end:
            judges: Callable[[Settings, int], JudgeHandle] = LocalJudge
            jobs, turns = options.jobs, TURNS
            if options.dask:
                cluster = open_to_the_end.enter_context(Cluster(options.dask, settings))
                judges, jobs, turns = cluster.judge, cluster.jobs, 1
            errors = _mark_all(collection, store, settings, judges, jobs, bar, turns, changed)
        said += _kept(collection, store, changed)
        if options.against:
            rows = comparison.compare(before, list(store.outcomes.values()), run_before, run)
            files["against.csv"] = comparison.table(rows)
            said += comparison.lines(rows, options.against)
        if options.similar:
            found = alike(collection)
            files["similar.csv"] = similarity.table(found)
            groups = escaping.counted(len(found), "group")
            said.append(f"{groups} of near-identical notebooks: see similarity.csv.")
        files |= gradebooks(store.sorted(), roster, options.feedback)
        outcomes = store.finish(
            Final(options.feedback, options.book, roster, files, tuple(collection.not_marked))
        )
    finally:
        store.close()
        bar.close()
    not_marked = collection.not_marked
    return Report(outcomes, errors, collection.ignored, isolation, said, not_marked, changed)


def submitted(options: Options) -> tuple[Collection, Roster]:
    """Return what was submitted, and the class list by the same names.

    Everyone on the list who submitted nothing is among those who are not marked.

    Raises
    ------
    RefusedError, RosterError
        If nothing can be marked, or it cannot be told who somebody is.
    """
    roster, wrong = Roster(), None
    try:
        roster = Roster.read(options.roster) if options.roster else roster
    except RosterError as error:
        wrong = error  # that there is nothing to mark is said first
    asked = options.exercises
    collection = collect(
        options.submissions,
        checks.names(),
        asked,
        depth=options.depth,
        knows=roster.knows,
        numbers=roster.numbers,
    )
    if not collection.entries:
        reasons = [f"{one.student}: {one.sentence()}" for one in collection.not_marked]
        reasons = [escaping.as_text(one) for one in [*reasons, *collection.ignored][:20]]
        hint = "" if asked else "\nIf it is the work on one exercise, name it with --exercise NN."
        raise RefusedError(
            f"{options.submissions} holds no submission for any exercise "
            f"({', '.join(asked or checks.names())})"
            + "".join(f"\n  {one}" for one in reasons)
            + (hint if collection.not_marked else "")
        )
    if wrong:
        raise wrong
    roster = roster.linked(collection.people)
    exercises = set(asked) or {found.exercise for found, _ in collection.entries}
    exercise = exercises.pop() if len(exercises) == 1 else ""
    collection.not_marked += [
        NotMarked(student, exercise, "missing", "nothing was submitted")
        for student in roster.missing(collection.students())
    ]
    return collection, roster


def _can_compare(collection: Collection, isolation: Isolation) -> None:
    """Raise SandboxError unless ``--nbval`` can do what it promises."""
    if isolation.level != "full":
        raise SandboxError(
            "--nbval runs notebooks at the isolation `full` alone, and this machine reaches "
            f"{isolation.sentence()}. Mark without --nbval here, or on another machine."
        )
    if importlib.util.find_spec("nbval") is None:
        raise SandboxError(f"--nbval needs the package nbval: {install('grade')}")
    for exercise in sorted({found.exercise for found, _ in collection.entries}):
        if not released_cells(exercise):
            raise SandboxError(
                f"--nbval compares with the released notebook, and there is no {exercise}.ipynb "
                "beside the solutions: write it with `course release`."
            )


def alike(collection: Collection) -> list[similarity.Group]:
    """Return the groups of near-identical notebooks of a class: to look at, no verdict."""
    written: dict[str, dict[str, similarity.Written]] = {}
    given: dict[str, frozenset[str]] = {}
    for index in range(len(collection)):
        one = collection.read(index)
        if one.refused:
            continue
        if one.exercise not in given:
            given[one.exercise] = similarity.statements(released_cells(one.exercise))
        mine = similarity.statements(source for _, source in one.cells) - given[one.exercise]
        written.setdefault(one.exercise, {})[one.student] = similarity.Written(one.digest, mine)
    return [group for name in sorted(written) for group in similarity.groups(name, written[name])]


def _kept(collection: Collection, store: Store, changed: Sequence[str]) -> list[str]:
    """Say which marks of the run that was continued do not belong to the files of today."""
    today = {(found.student, found.exercise) for found, _ in collection.entries}
    gone = [escaping.as_text("/".join(one)) for one in sorted(store.outcomes) if one not in today]
    said = []
    for listed, text in (
        (
            changed,
            "changed since they were marked and keep the mark of the earlier file, since its "
            "feedback may have told what this run asks (mark the new files into another folder)",
        ),
        (gone, "marked before and no longer among the submissions; the marks stay"),
    ):
        if listed:
            more = f" and {len(listed) - 20} more" if len(listed) > 20 else ""
            said.append(f"{len(listed)} {text}: {', '.join(listed[:20])}{more}.")
    return said


def _who(collection: Collection, roster: Roster) -> list[str]:
    """Say what was decided about files, who is missing, and who is not known."""
    said = collection.said[:20]
    if len(collection.said) > 20:
        said.append(f"And {len(collection.said) - 20} more choices between files.")
    said += gradebook_notes({found.exercise for found, _ in collection.entries}, roster)
    missing = [one.student for one in collection.not_marked if one.status == "missing"]
    submitters = sorted(set(collection.students()) - set(missing))
    for text, listed in (
        ("submitted nothing", missing),
        ("not on the roster", roster.unknown(submitters)),
    ):
        if listed:
            shown = ", ".join(escaping.as_text(one) for one in listed[:20])
            more = f" and {len(listed) - 20} more" if len(listed) > 20 else ""
            said.append(f"{len(listed)} {text}: {shown}{more}.")
    return said


class Progress:
    """Takes note of what is done; this one shows nothing."""

    def start(self, total: int, done: int) -> None:
        """Begin with `done` of `total`."""

    def step(self, status: str) -> None:
        """Count one finished submission."""

    def close(self) -> None:
        """Leave the line as it is."""


class Bar(Progress):
    """A progress bar with rate, time left and counts per status."""

    def start(self, total: int, done: int) -> None:
        """Begin with `done` of `total`."""
        from tqdm import tqdm

        self._counts: Counter[str] = Counter()
        self._bar = tqdm(total=total, initial=done, unit="submission", dynamic_ncols=True)

    def step(self, status: str) -> None:
        """Count one finished submission."""
        self._counts[status] += 1
        self._bar.set_postfix(self._counts, refresh=False)
        self._bar.update()

    def close(self) -> None:
        """Leave the line as it is."""
        if hasattr(self, "_bar"):
            self._bar.close()


def forbidden(options: Options) -> tuple[str, ...]:
    """Paths that no worker may be able to read: each worker tries them."""
    return forbidden_paths(options.suite, options.submissions, options.out)


def _mark_all(
    collection: Collection,
    store: Store,
    settings: Settings,
    judges: Callable[[Settings, int], JudgeHandle],
    jobs: int,
    bar: Progress,
    turns: int,
    changed: list[str],
) -> list[str]:
    """Mark what has no mark; return what the grader failed at, and add what has `changed`."""
    errors: list[str] = []
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

    size = max(1, min(CHUNK, -(-len(collection) // (turns * jobs))))
    make = partial(judges, settings)
    share_out(pending(), make, jobs, size, lambda *one: take(*one, alone=False), give_up)
    if again:
        # The clock on the wall may have run out because the machine was busy: once more, alone.
        wall = ALONE * settings.budget.wall_seconds
        slow = replace(settings, budget=replace(settings.budget, wall_seconds=wall))
        rest = ((index, collection.read(index)) for index in sorted(again))
        share_out(rest, partial(judges, slow), 1, 1, lambda *one: take(*one, alone=True), give_up)
    return errors


def summary(report: Report) -> str:
    """Return the run in a few lines, for the terminal."""
    counts = Counter(one["status"] for one in report.outcomes)
    lines = [f"Isolation: {report.isolation.sentence()}."]
    lines += [f"A higher level was tried. {why}" for why in report.isolation.why]
    lines.append(
        f"{escaping.counted(len(report.outcomes), 'notebook')}: "
        + ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
        + "."
    )
    exercises: dict[str, list[float]] = {}
    for one in report.outcomes:
        if one["status"] != "unmarked":
            exercises.setdefault(one["exercise"], []).append(one["score"] / one["max_score"])
    for name in sorted(exercises):
        shares = exercises[name]
        lines.append(
            f"{name}: {escaping.counted(len(shares), 'notebook')}, mean {fmean(shares):.0%}, "
            f"median {median(shares):.0%}."
        )
    compared = [one["nbval"]["outputs"] for one in report.outcomes if "nbval" in one]
    if compared:
        same = sum(bool(one) and all(output["same"] for output in one) for one in compared)
        lines.append(f"nbval: {same} of {len(compared)} notebooks print what their release shows.")
    lines += report.said
    unmarked = [one for one in report.outcomes if one["status"] == "unmarked"]
    for one in unmarked[:20]:
        lines.append(" ".join([f"Not marked: {one['student']}/{one['exercise']}.", *one["notes"]]))
    if len(unmarked) > 20:
        lines.append(f"Not marked besides: {escaping.counted(len(unmarked) - 20, 'notebook')}.")
    others = [one for one in report.not_marked if one.status != "missing"]
    for row in others[:20]:
        lines.append(f"Not marked ({row.status}): {row.student}: {row.sentence()}.")
    if len(others) > 20:
        lines.append(f"Not marked besides: {escaping.counted(len(others) - 20, 'student')}.")
    lines += [f"Ignored: {one}." for one in report.ignored[:20]]
    if len(report.ignored) > 20:
        lines.append(f"Ignored besides: {escaping.counted(len(report.ignored) - 20, 'file')}.")
    for error in report.errors:
        lines += f"Not marked, because the grader failed: {error}".split("\n")
    return "\n".join(map(escaping.as_text, lines))
