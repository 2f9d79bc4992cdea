"""Running a student's own notebook and marking its functions.

For the student's own machine and own work only: there is no sandbox here. The grader never
uses this module.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib import data
from course_lib.checks import load, names
from course_lib.checks.given import prelude
from course_lib.checks.limits import EndedError
from course_lib.checks.notebook.earlier import telling
from course_lib.checks.notebook_file import code_cells
from course_lib.checks.student_call import one_line
from course_lib.checks.which_exercise import by_functions, by_name
from course_lib.worker.executor import Notebook, failure
from course_lib.worker.stubs import Modules


def exercise_of(path: Path) -> str:
    """Return the exercise a notebook belongs to: by its name, else by its functions.

    Raises
    ------
    ValueError
        If it belongs to none.
    """
    exercise = by_name(path.name, names())
    if exercise is None:
        exercise = by_functions(source for _, source in code_cells(path))
    if exercise is None:
        raise ValueError(
            f"{path.name} belongs to no exercise: neither its name nor its functions are known; "
            f"the exercises are {', '.join(names())}"
        )
    return exercise


Limited = Callable[[int, Callable[[], None]], None]


@dataclass(frozen=True)
class Failed:
    """A cell that raised: its number among all cells, its source, and what it raised.

    With `ended` it was ended, or has ended its process; `error` says how, beginning with "it".
    """

    number: int
    source: str
    error: str
    ended: bool = False

    @property
    def sentence(self) -> str:
        """What to tell the student."""
        said = "does not run to its end:" if self.ended else "raises"
        return f"Cell {self.number} {said} {self.error}"


def run(
    path: Path,
    name: str,
    limited: Limited | None = None,
    say: Callable[[str], object] = lambda _text: None,
) -> tuple[list[Failed], Notebook]:
    """Run the code cells of exercise `name` in order; a cell that fails does not stop the next.

    As where work is marked, a cell that met an unknown name is run once more where a function of
    the exercise is missing: it may have needed what only a later cell defines.

    `limited(number, made)` runs a cell within limits, where that is wanted; it raises `EndedError`
    for one that did not run to its end. `say` is told whose earlier functions the notebook uses.
    """
    book = Notebook(Modules(data, telling(say)))
    failed: dict[int, Failed] = {}
    cells = code_cells(path)

    def cell(number: int, source: str) -> None:
        failed.pop(number, None)
        raised: list[dict[str, Any]] = []

        def made() -> None:
            try:
                book.cell(number, source)
            except BaseException as error:  # KeyboardInterrupt too: it is the cell's own
                raised.append(failure(error))

        try:
            if limited is None:
                made()
            else:
                limited(number, made)
        except EndedError as error:
            failed[number] = Failed(number, source, error.text, ended=True)
            return
        if raised and raised[0]["kind"] != "unwritten":
            failed[number] = Failed(number, source, one_line(raised[0]["text"]))

    with quiet(path.parent), book.active():
        book.prelude(prelude(name))
        for number, source in cells:
            cell(number, source)
        asked = [question.called for question in load(name).questions]
        unknown = [n for n, problem in failed.items() if problem.error.startswith("NameError")]
        if unknown and any(function not in book.namespace for function in asked):
            for number, source in cells:
                if number in unknown:
                    cell(number, source)
    return [failed[number] for number in sorted(failed)], book


@contextlib.contextmanager
def quiet(folder: Path) -> Iterator[None]:
    """Work in `folder` and show nothing."""
    before, path = os.getcwd(), list(sys.path)
    os.chdir(folder)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.path[:] = path
        os.chdir(before)
