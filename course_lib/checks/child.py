"""A student's notebook in a process of its own, for `course check` and `course progress`.

Whatever a cell or a function does, there is an answer: a process that ends, by `os._exit` or for
want of memory, or that cannot be stopped, costs the cell or the call that it was busy with. The
next call gets a new process in which the cells run once more, without those that ended one. For
the student's own machine and work only: this is no sandbox, and the grader does not use it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
from pathlib import Path
from typing import Any

from course_lib.checks import load
from course_lib.checks.given import imported
from course_lib.checks.limits import GRACE, TIMEOUT, EndedError, bounded, scale, slowness, within
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook_file import code_cells, remarks
from course_lib.checks.run_notebook import Failed, quiet, run
from course_lib.checks.sheets import as_stated
from course_lib.checks.student_call import Reply, StudentError
from course_lib.checks.verdict import QuestionResult

MOST = 48  # processes for one notebook
STARTS = 120.0  # seconds for Python and the course to be imported
OVERWRITTEN = "what is overwritten?"  # a question, where a function's name is expected


def marks(path: Path, name: str, seed: int = 0) -> tuple[list[str], list[QuestionResult]]:
    """Run a notebook and mark it; return what is said of it, and one result per question.

    Said are one sentence per cell that raised (an unwritten function is none), whose earlier
    functions are used, and what else was decided about the notebook.
    """
    sources = [source for _, source in code_cells(path)]  # which says what is no notebook
    questions = as_stated(load(name), sources).questions
    with Child(path, name) as call:
        results = [mark_question(question, call, seed) for question in questions]
        said = [*(cell.sentence for cell in call.failed), *call.said]
    asked = [question.name for question in questions]
    return [*said, *remarks(sources, asked, imported(name))], results


class Child:
    """Calls the functions of a notebook; see `course_lib.checks.student_call.StudentCall`.

    `seconds` limits the processor time of a cell, and of a call that brings no limit.
    """

    def __init__(self, path: Path, exercise: str, seconds: float = TIMEOUT) -> None:
        self._notebook = (str(path.resolve()), exercise, seconds)
        self._seconds = seconds
        self._process: Any = None
        self._link: Any = None
        self._started = 0
        self._ended: dict[int, str] = {}
        self.failed: list[Failed] = []
        self.said: list[str] = []

    def __enter__(self) -> Child:
        self._ready()
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def __call__(
        self, name: str, *args: Any, cpu_seconds: float | None = None, **options: Any
    ) -> Reply:
        self._ready()
        limit = self._seconds if cpu_seconds is None else cpu_seconds * scale(slowness())
        self._link.send((name, args, {"cpu_seconds": cpu_seconds, **options}))
        said, *content = self._received(limit)
        if said == "reply":
            return content[0]
        kind, text, stuck = content
        if stuck:
            self._end()
        raise StudentError(kind, text)

    def overwritten(self, name: str) -> str:
        """Say which later cell has taken something from a function; nothing if none has."""
        try:
            self._ready()
            self._link.send((OVERWRITTEN, name))
            return self._received(self._seconds)[1]
        except StudentError:
            return ""

    def _ready(self) -> None:
        """See to it that there is a process in which the cells have run."""
        while self._process is None:
            if self._started == MOST:
                raise StudentError("crashed", f"the notebook ended its process {MOST} times")
            self._started += 1
            context = multiprocessing.get_context("spawn")
            self._link, child_link = context.Pipe()
            self._process = context.Process(
                target=_serve, args=(child_link, *self._notebook, self._ended), daemon=True
            )
            self._process.start()
            child_link.close()
            self._run_cells()

    def _run_cells(self) -> None:
        number, limit = 0, STARTS
        while True:
            try:
                said, *content = self._received(limit)
            except StudentError as error:
                if not number:
                    raise
                self._ended[number] = error.text
                return
            if said == "ready":
                self.failed, self.said = content
                self._ended |= {cell.number: cell.error for cell in self.failed if cell.ended}
                return
            number, limit = content[0], self._seconds

    def _received(self, limit: float) -> Any:
        """Return what the process says next; end it where it says nothing."""
        try:
            if self._link.poll(max(6 * limit, 20.0) + 2 * GRACE):
                return self._link.recv()
        except (EOFError, OSError):
            self._process.join(5)
            code = self._process.exitcode or 0
            self._end()
            signal = f" (signal {-code})" if code < 0 else ""
            raise StudentError("crashed", f"it ended the process{signal}") from None
        self._end()
        raise StudentError("timeout", f"it was stopped after {limit:g} seconds")

    def _end(self) -> None:
        if self._process is not None:
            self._link.close()
            self._process.kill()
            self._process.join()
            self._process = None


@bounded()
def _serve(link: Any, path: str, exercise: str, seconds: float, ended: dict[int, str]) -> None:
    """Run the cells, then answer one call after another; this runs in the process."""

    def cell(number: int, made: Any) -> None:
        link.send(("cell", number))
        if number in ended:
            raise EndedError(ended[number])
        within(seconds, made)

    said: dict[str, None] = {}
    failed, book = run(Path(path), exercise, cell, said.setdefault)
    link.send(("ready", failed, list(said)))
    known = [(failure.source, failure.error) for failure in failed]
    call = LocalCall(book.namespace, seconds, known, book)
    with quiet(Path(path).parent), book.active(), contextlib.suppress(EOFError):
        while True:
            asked, *rest = link.recv()
            if asked == OVERWRITTEN:
                link.send(("overwritten", call.overwritten(*rest)))
                continue
            args, options = rest
            try:
                link.send(("reply", call(asked, *args, **options)))
            except StudentError as error:
                link.send(("error", error.kind, error.text, call.stuck))
