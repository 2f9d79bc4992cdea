"""Running a student's own notebook in this process and marking its functions.

For the student's own machine and own work only: there is no sandbox here. The grader never
uses this module.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.checks import load, names
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.reading import code_cells
from course_lib.checks.recognise import by_functions, by_name
from course_lib.checks.speed import TIMEOUT
from course_lib.checks.verdict import QuestionResult


def exercise_of(path: Path) -> str:
    """Return the exercise a notebook belongs to: by its name, else by its functions.

    Raises
    ------
    ValueError
        If it belongs to none.
    """
    found = by_name(path.name, names())
    if found is None:
        found = by_functions(source for _, source in code_cells(path))
    if found is None:
        raise ValueError(
            f"{path.name} belongs to no exercise: neither its name nor its functions are known; "
            f"the exercises are {', '.join(names())}"
        )
    return found


def marks(path: Path, name: str, seed: int = 0) -> tuple[list[str], list[QuestionResult]]:
    """Run a notebook and mark it.

    Returns
    -------
    list of str
        One sentence per cell that raised (an unwritten function is none).
    list of QuestionResult
        One per question of the exercise.
    """
    path = path.resolve()
    failed, namespace = run(path)
    call = LocalCall(
        namespace,
        default_seconds=TIMEOUT,
        failed=[(one.source, one.error) for one in failed],
    )
    results: dict[str, QuestionResult] = {}
    with _quiet(path.parent):
        for question in load(name).questions:
            results[question.name] = mark_question(question, call, seed)
    return [f"Cell {one.number} raises {one.error}" for one in failed], list(results.values())


@dataclass(frozen=True)
class Failed:
    """A cell that raised: its number among all cells, its source, and what it raised."""

    number: int
    source: str
    error: str


def run(path: Path) -> tuple[list[Failed], dict[str, Any]]:
    """Run the code cells in order; a cell that fails does not stop the next."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    failed = []
    cells = code_cells(path)
    with _quiet(path.parent):
        for number, source in cells:
            try:
                exec(compile(source, f"cell {number}", "exec"), namespace)
            except NotImplementedError:
                continue
            except (Exception, SystemExit) as error:
                failed.append(Failed(number, source, f"{type(error).__name__}: {error}"))
    return failed, namespace


@contextlib.contextmanager
def _quiet(folder: Path) -> Iterator[None]:
    """Work in `folder`, show nothing, draw nothing, ask nothing."""
    before, path, asked = os.getcwd(), list(sys.path), builtins.input
    backend = os.environ.get("MPLBACKEND")

    def refuse(_prompt: object = "") -> str:
        raise RuntimeError("input() cannot be answered here; give the value in the code")

    os.chdir(folder)
    os.environ["MPLBACKEND"] = "agg"
    builtins.input = refuse
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        builtins.input = asked
        sys.path[:] = path
        os.chdir(before)
        if backend is None:
            del os.environ["MPLBACKEND"]
        else:
            os.environ["MPLBACKEND"] = backend
