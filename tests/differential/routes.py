"""The three routes to a verdict: `check(f)` in IPython, `course check`, `course grade`.

All meet the inputs of one seed, so that the verdicts can be compared word by word.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from typing import Any
from unittest import mock

from differential.batches import Batch
from grader.runs import outcomes

from course_lib import checks
from course_lib.checks import child, marking
from course_lib.checks.question import Question
from course_lib.checks.verdict import QuestionResult
from course_lib.grading.marking.judge import question_seed

SEED = "a seed for three routes"
TIMEOUT = 2.0
PATIENCE = 300.0  # seconds for one notebook


@dataclass(frozen=True)
class Verdict:
    """What is compared; equal verdicts have equal points, part by part, and say the same."""

    status: str
    score: float
    parts: tuple[tuple[str, float], ...]
    symptom: str
    question: str
    mistakes: tuple[str, ...]
    named: str


Verdicts = dict[tuple[str, str], Verdict]


def verdict(result: dict[str, Any]) -> Verdict:
    """Return the verdict of a result as `QuestionResult.as_dict` gives it."""
    return Verdict(
        result["status"],
        result["score"],
        tuple((part["name"], part["points"]) for part in result["parts"]),
        result["symptom"],
        result["question"],
        tuple(result["mistakes"]),
        result["named"],
    )


def seeded(question: Question, call: Any, _seed: int = 0) -> QuestionResult:
    """Mark with the inputs of this test's seed."""
    exercise, _ = checks.find(question.name)
    return marking.mark_question(question, call, question_seed(SEED, exercise.name, question.name))


def _processes() -> Any:
    """Return where a new process begins with everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["differential.kernel"])
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    with mock.patch.dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, paths))):
        forkserver.ensure_running()
    return context


# --- check(f) -------------------------------------------------------------------------------------


def by_check(batches: Iterable[Batch], folder: Path, seconds: float = TIMEOUT) -> Verdicts:
    """Run each notebook in an IPython of its own, and `check` its functions there at the end."""
    from differential.kernel import run

    verdicts: Verdicts = {}
    for batch in batches:
        place = folder / batch.name
        place.mkdir(parents=True)
        receiver, sender = _processes().Pipe()
        arguments = (sender, batch.cells, batch.calls_of_check(), str(place), seconds)
        process = _processes().Process(target=run, args=arguments, daemon=True)
        process.start()
        sender.close()
        try:
            assert receiver.poll(PATIENCE), f"{batch.name} does not end"
            results = receiver.recv()
        except EOFError:
            raise AssertionError(f"the kernel of {batch.name} has ended") from None
        finally:
            process.kill()
            process.join()
        verdicts |= {(batch.name, name): verdict(result) for name, result in results.items()}
    return verdicts


# --- course check ---------------------------------------------------------------------------------


def by_course_check(batches: Iterable[Batch], folder: Path, seconds: float = TIMEOUT) -> Verdicts:
    """Mark each notebook as `course check` does."""
    verdicts: Verdicts = {}
    quick = types.SimpleNamespace(get_context=lambda _: _processes())
    with (
        mock.patch.object(child, "multiprocessing", quick),
        mock.patch.object(child, "mark_question", seeded),
        mock.patch.object(child, "Child", partial(child.Child, seconds=seconds)),
    ):
        for batch in batches:
            path = folder / batch.name / f"{batch.exercise}.ipynb"
            _, results = child.marks(path, batch.exercise)
            verdicts |= {(batch.name, result.name): verdict(result.as_dict()) for result in results}
    return verdicts


# --- course grade ---------------------------------------------------------------------------------


@contextlib.contextmanager
def by_course_grade(folder: Path, out: Path, seconds: float = TIMEOUT) -> Iterator[Any]:
    """Mark all notebooks of a folder; what is yielded waits for the verdicts."""
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(folder), "--out", str(out)]
    more = ["--seed", SEED, "--timeout", f"{seconds:g}", "--feedback", "named", "--jobs", "1"]
    with (out.parent / "said.txt").open("w+", encoding="utf-8") as said:
        running = subprocess.Popen([*command, *more], stdout=said, stderr=subprocess.STDOUT)

        def results() -> Verdicts:
            assert running.wait(1200) == 0, (out.parent / "said.txt").read_text(encoding="utf-8")
            return {
                (student, question["name"]): verdict(question)
                for student, outcome in outcomes(out).items()
                for question in outcome["questions"]
            }

        try:
            yield results
        finally:
            running.kill()
            running.wait()


# --- all ------------------------------------------------------------------------------------------


def compared(batches: list[Batch], folder: Path, seconds: float = TIMEOUT) -> dict[str, Verdicts]:
    """Return the verdicts of the three routes on some notebooks."""
    submissions = folder / "submissions"
    for batch in batches:
        batch.write(submissions)
    with by_course_grade(submissions, folder / "results", seconds) as graded:
        verdicts = {
            "check": by_check(batches, folder / "kernels", seconds),
            "course check": by_course_check(batches, submissions, seconds),
        }
        verdicts["course grade"] = graded()
    return verdicts


def differences(batches: list[Batch], results: dict[str, Verdicts]) -> list[str]:
    """Say where two routes differ, or one of them has failed."""
    said = []
    for batch in batches:
        for name in (question.name for question in checks.load(batch.exercise).questions):
            verdicts = {route: table.get((batch.name, name)) for route, table in results.items()}
            if verdicts["check"] is None:  # no function of this name to give to it
                del verdicts["check"]
            different = len(set(verdicts.values())) > 1
            failed = any(mark is None or mark.status == "unmarked" for mark in verdicts.values())
            if different or failed:
                answer = batch.answers.get(name)
                what = f"{answer.kind} {answer.name}" if answer else "no answer"
                lines = "".join(f"\n    {route}: {mark}" for route, mark in verdicts.items())
                said.append(f"{batch.name} {name} ({what}){lines}")
    return said
