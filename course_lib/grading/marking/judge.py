"""The judge: pytest over the marking suite, in a process that never runs student code.

A suite (``tests/grading``) is one file per exercise with one test per question::

    def test_dense_backward(student, mark):
        mark("dense_backward")

`student` is a proxy: ``student.dense_backward(delta, a, W)`` is a call into the worker. `mark`
marks one question of the file's exercise. Without submissions the suite marks the solutions.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from course_lib import checks
from course_lib.checks import teacher_exercises
from course_lib.checks.given import earlier_sources, imported, prelude
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook_file import read_notebook, remarks
from course_lib.checks.question import Answer
from course_lib.checks.sheets import any_key, with_key
from course_lib.checks.verdict import QuestionResult, unmarked
from course_lib.grading.errors import GradingError
from course_lib.grading.sandbox.fork_server import ForkServer
from course_lib.grading.sandbox.submission_runner import SubmissionRunner
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.ingest import Submission, digest

FATAL = ("timeout", "memory", "crashed")
OTHERS = (
    "The notebook does not state the numbers that this student was given: it may be another "
    "student's. What is calculated by hand is marked by the student's own numbers."
)
BY_HAND = "The grader itself failed here, which is nobody's mistake; to be marked by hand: {}."


@dataclass(frozen=True)
class Settings:
    """What every judge of a run shares."""

    suite: Path  # the folder of the marking suite
    seed: str  # the run's; inputs depend on it and on the question's name alone
    level: str  # the isolation that was found
    budget: Budget = field(default_factory=Budget)
    forbidden: tuple[str, ...] = ()  # paths that no worker may be able to read
    nbval: bool = False  # whether each notebook is compared with its release as well


@dataclass
class Marked:
    """The outcome of one submission, and what is not part of it: the time it took."""

    outcome: dict[str, Any]
    wall: bool
    error: str
    cpu_seconds: float
    wall_seconds: float


def question_seed(seed: str, exercise: str, question: str) -> int:
    """Return the number that a question's inputs are drawn from.

    It is the same for every student of a run, so that all meet the same inputs.

    >>> question_seed("s", "08_backward_pass", "f") == question_seed("s", "08_backward_pass", "g")
    False
    """
    text = f"{seed}\0{exercise}\0{question}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:16], "big")


def suite_exercise(path: Path) -> str | None:
    """Return the exercise that a suite's file marks.

    >>> suite_exercise(Path("test_08_backward_pass.py"))
    '08_backward_pass'
    """
    match = re.fullmatch(r"test_(\d\d_\w+)\.py", path.name)
    return match[1] if match else None


def suite_digest(suite: Path | None) -> str:
    """Return a fingerprint of everything a mark depends on: the suite, the checks, the judge.

    Without a suite: of the course alone.
    """
    package = Path(__file__).parents[2]
    seen = hashlib.sha256()
    own = teacher_exercises.source()
    more = (*((suite,) if suite else ()), *((own / "checks",) if own else ()))
    for folder in (*more, *(package / name for name in ("checks", "grading", "worker"))):
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.toml")]):
            seen.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()


class Marking:
    """One submission being marked."""

    def __init__(self, server: ForkServer, submission: Submission, settings: Settings) -> None:
        self.submission, self._settings = submission, settings
        self._slot = server.slot
        self._stated = any_key([source for _, source in submission.cells])
        key = submission.key or self._stated
        self.exercise = with_key(checks.load(submission.exercise), key)
        self._functions = [one.called for one in self.exercise.questions]
        self.runner = SubmissionRunner(
            server,
            submission,
            self._functions,
            settings.budget,
            earlier_sources(submission.exercise),
            prelude(submission.exercise),
        )
        self.results: dict[str, QuestionResult] = {}
        self.error = ""
        self._began = time.monotonic()

    def mark(self, name: str) -> QuestionResult:
        """Mark one question."""
        seed = question_seed(self._settings.seed, self.exercise.name, name)
        return self._take(mark_question(self.exercise.question(name), self.runner, seed))

    def _take(self, result: QuestionResult) -> QuestionResult:
        self.results[result.name] = result
        if result.status == "unmarked":
            self.error = f"{self.error}{result.name}: {result.fault.strip()}\n"
        return result

    def finish(self) -> Marked:
        """End the worker and put the outcome together."""
        self.runner.close()
        for question in self.exercise.questions:
            if question.name not in self.results:
                self._take(unmarked(question, "the suite gave no result"))
        questions = [self.results[question.name].as_dict() for question in self.exercise.questions]
        by_hand = [result["name"] for result in questions if result["status"] == "unmarked"]
        texts = dict(self.submission.answers)
        answers = [to_mark(answer, texts.get(answer.name, "")) for answer in self.exercise.answers]
        failures = [self.runner.failures[number] for number in sorted(self.runner.failures)]
        ended = [failure.kind for failure in failures] + [result["status"] for result in questions]
        outcome = {
            **identity(self.submission),
            "score": _number(sum(result["score"] for result in questions)),
            "max_score": _number(self.exercise.points),
            "status": "unmarked"
            if by_hand or answers
            else next((kind for kind in ended if kind in FATAL), "graded"),
            "isolation": self._settings.level,
            "questions": questions + answers,
            "cells": [asdict(failure) for failure in failures],
            "notes": [
                *(BY_HAND.format(", ".join(by_hand)) for _ in by_hand[:1]),
                *self.submission.notes,
                *self._remarks(),
            ],
            "others": list(self.submission.others),
        }
        wall = self.runner.wall
        if self._settings.nbval:
            from course_lib.grading.nbval import compare

            budget, forbidden = self._settings.budget, self._settings.forbidden
            compared = compare.compare(self.submission, budget, forbidden, self._slot)
            outcome["nbval"] = {"outputs": compared.outputs, "said": compared.said}
            wall, self.error = wall or compared.starved, self.error or compared.error
        seconds = time.monotonic() - self._began
        return Marked(outcome, wall, self.error, self.runner.cpu_used, seconds)

    def _remarks(self) -> list[str]:
        sources = [source for _, source in self.submission.cells]
        said = remarks(sources, self._functions, imported(self.exercise.name))
        others = self.submission.key not in (0, self._stated)
        return [OTHERS, *said] if others else said


def identity(submission: Submission) -> dict[str, Any]:
    """Return the fields of an outcome that say whose and of what it is."""
    named = {"version": submission.version} if submission.version else {}
    return {
        "student": submission.student,
        "exercise": submission.exercise,
        "submission": submission.digest,
        **named,
    }


def rejected(submission: Submission, level: str) -> dict[str, Any]:
    """Return the outcome of a submission of which nothing was run: refused, or not marked."""
    return {
        **identity(submission),
        "score": 0,
        "max_score": _number(checks.load(submission.exercise).points),
        "status": "unmarked" if submission.unmarked else "rejected",
        "isolation": level,
        "questions": [],
        "cells": [],
        "notes": [submission.refused],
        "others": list(submission.others),
    }


def to_mark(answer: Answer, text: str) -> dict[str, Any]:
    """Return the entry of a text that people mark: it has no points until they do."""
    result = QuestionResult(answer.name, 0, answer.points, "to mark").as_dict()
    return result | {"text": text, "right": [], "mistakes": [], "notes": []}


def given_up(submission: Submission, level: str, error: str) -> Marked:
    """Return what is said of a submission at which the grader failed as a whole."""
    note = BY_HAND.format("the whole notebook")
    outcome = rejected(replace(submission, refused=note, unmarked=True), level)
    return Marked(outcome, False, error, 0.0, 0.0)


def _number(value: float) -> float:
    """Return a whole number as an int, so that it is written the same way everywhere."""
    return int(value) if value == int(value) else value


class Judge:
    """Marks chunk after chunk in this process, each in a pytest session of its own."""

    def __init__(self, settings: Settings, slot: int = 0) -> None:
        self.settings, self._slot = settings, slot
        self._server = self._new_server()

    def mark(self, chunk: list[Submission], done: Callable[[Submission, Marked], None]) -> None:
        """Mark some submissions; `done` is called as soon as each is finished.

        Raises
        ------
        GradingError
            If the suite cannot be run.
        """
        files = sorted({f"test_{submission.exercise}.py" for submission in chunk})
        missing = [name for name in files if not (self.settings.suite / name).is_file()]
        if missing:
            raise GradingError(f"the suite {self.settings.suite} has no {missing[0]}")
        session = Session(self, chunk, done)
        # No other plugin that happens to be installed takes part in a mark.
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        code = pytest.main(
            [
                *(str(self.settings.suite / name) for name in files),
                *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
                *("-p", "no:logging", "--capture=no", "-c", os.devnull),
                *(f"--rootdir={self.settings.suite}", f"--confcutdir={self.settings.suite}"),
                "--import-mode=importlib",
            ],
            plugins=[session, ShortReports()],
        )
        session.finish()
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) or session.broken:
            raise GradingError(f"pytest ended with {code!r}: {session.broken or 'no test ran'}")

    def start(self, submission: Submission) -> Marking:
        """Give a submission a place, with a new fork server where the old one is gone."""
        if not self._server.alive():
            self._server.close()
            self._server = self._new_server()
        return Marking(self._server, submission, self.settings)

    def close(self) -> None:
        """End the fork server."""
        self._server.close()

    def _new_server(self) -> ForkServer:
        return ForkServer(self.settings.level, self.settings.forbidden, self._slot)


class Session:
    """The pytest plugin of one chunk: it gives `student` and `mark`, and takes the results."""

    def __init__(
        self, judge: Judge, chunk: list[Submission], done: Callable[[Submission, Marked], None]
    ) -> None:
        self._judge, self._chunk, self._done = judge, chunk, done
        self._index = -1
        self._marking: Marking | None = None
        self.broken = ""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give every test of an exercise all submissions of that exercise."""
        if "student" in metafunc.fixturenames:
            exercise = suite_exercise(metafunc.definition.path)
            indices = [
                n for n, submission in enumerate(self._chunk) if submission.exercise == exercise
            ]
            metafunc.parametrize("student", indices, indirect=True, ids=[str(n) for n in indices])

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Finish one submission before the next begins; tests of other things stay in place."""
        places = [n for n, item in enumerate(items) if _submission_of(item) is not None]
        ordered = sorted((items[n] for n in places), key=_submission_of)  # type: ignore[arg-type]
        for place, item in zip(places, ordered, strict=True):
            items[place] = item

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice a suite that cannot be read."""
        if report.failed:
            self.broken = str(report.longrepr)

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """Return the proxy of the submission under test."""
        marking = self._marking_of(request.param)
        return Student(marking.runner)

    @pytest.fixture
    def mark(self, request: pytest.FixtureRequest) -> Callable[[str], QuestionResult]:
        """Return a function that marks one question and fails the test if points are lost."""
        marking = self._marking_of(request.node.callspec.params["student"])

        def mark(name: str) -> QuestionResult:
            try:
                result = marking.mark(name)
            except Exception:
                # A fault of the grader must never look like a fault of the student.
                marking.error = traceback.format_exc()
                raise
            if result.score < result.max_score:
                pytest.fail(result.symptom or result.status, pytrace=False)
            return result

        return mark

    def _marking_of(self, index: int) -> Marking:
        if index != self._index or self._marking is None:
            self.finish()
            self._index = index
            self._marking = self._judge.start(self._chunk[index])
        return self._marking

    def finish(self) -> None:
        """Hand over the submission that was being marked."""
        if self._marking is not None:
            marked = self._marking.finish()
            self._marking = None
            self._done(self._chunk[self._index], marked)


class ShortReports:
    """The pytest plugin that reports whether a test passed: nobody reads a traceback here."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Report the outcome alone."""
        assert call.when != "collect"
        outcome: Literal["passed", "failed"] = "failed" if call.excinfo else "passed"
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)


def _submission_of(item: pytest.Item) -> int | None:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("student") if callspec else None


class Student:
    """The proxy a suite sees: every attribute is a function of the student's, in the worker."""

    def __init__(self, runner: SubmissionRunner) -> None:
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: self._runner.call(name, *args).value


def solved(folder: Path) -> list[Submission]:
    """Return the solutions of a folder as submissions: `pytest tests/grading` marks them."""
    from course_lib.notebooks import release, source

    submissions = []
    for path in sorted(folder.glob("[0-9][0-9]_*.md")):
        if path.stem in checks.names():
            raw = release.dump(release.solved(source.read(path))).encode()
            cells, _ = read_notebook(raw)
            submissions.append(Submission("solution", path.stem, tuple(cells), digest(raw)))
    return submissions
