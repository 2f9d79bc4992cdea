"""One submission is run: its cells one after another, its functions as they are called.

This is the judge's side. A question that is stuck, crashes or talks out of turn costs itself:
its worker is ended, and the next question gets a new one, in which the cells run once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from course_lib.checks.limits import scale, slowness_now
from course_lib.checks.similar_names import defined_in
from course_lib.checks.student_call import (
    Reply,
    StudentError,
    one_line,
    seconds_of,
    why_missing,
    why_overwritten,
)
from course_lib.checks.student_text import message_of
from course_lib.grading.sandbox.fork_server import ForkServer, begin
from course_lib.grading.sandbox.worker_client import Budget, Worker, WorkerEnded
from course_lib.grading.submissions.ingest import Submission
from course_lib.worker import protocol

MAX_WORKERS = 48  # an exercise has up to two dozen branches, each of which may end its worker
WAITS = 5  # times the wall clock's limit, for all cells and questions of a submission together
NO_ANSWER = "what came back is no answer"
KINDS = ("raised", "unwritten", "missing", "memory", "reply")


@dataclass(frozen=True)
class CellFailure:
    """A cell that did not run to its end."""

    number: int  # counted from 1, in the notebook
    kind: str  # "raised", "timeout", "memory", "crashed" or "reply"
    text: str  # what it raised, as plain text
    line: int = 0  # in the cell; 0 where it is not known


class SubmissionRunner:
    """Runs one notebook, in as many workers of a fork server as it takes.

    `names` are the functions that will be called; `earlier` and `prelude` are the functions of
    earlier exercises and the imports that the exercise gives.
    """

    def __init__(
        self,
        server: ForkServer,
        submission: Submission,
        names: list[str],
        budget: Budget,
        earlier: dict[str, str],
        prelude: str,
    ) -> None:
        self._server, self._submission, self._names = server, submission, names
        self._budget, self._earlier, self._prelude = budget, earlier, prelude
        self._worker: Worker | None = None
        self._used = 0.0
        self._workers = 0
        self.failures: dict[int, CellFailure] = {}
        self._overwritten: dict[str, str] | None = None
        self._waited = 0.0
        self.wall = False

    @property
    def cpu_used(self) -> float:
        """CPU seconds of all workers so far."""
        return self._used + (self._worker.cpu_used if self._worker else 0.0)

    def call(
        self,
        name: str,
        *args: Any,
        cpu_seconds: float | None = None,
        surrogates: Mapping[str, Any] | None = None,
        share: float = 1.0,
    ) -> Reply:
        """Call one of the student's functions.

        See :class:`course_lib.checks.student_call.StudentCall`.

        Raises
        ------
        StudentError
            When there is no answer.
        """
        worker = self._ready()
        longer = None
        if cpu_seconds is None:
            limit = seconds_of(self._budget.cpu_seconds, share)
        else:
            limit = cpu_seconds * self._budget.large
            longer = partial(self._now, cpu_seconds)
        question = {"name": name, "args": list(args), "surrogates": dict(surrogates or {})}
        said, answer = self._ask(worker, protocol.CALL, question, limit, longer)
        if said == protocol.FAILED:
            kind, text, _ = _failure(answer)
            text = message_of(kind, text, name, args)
            if kind == "missing":
                text = self.overwritten(name) or self._why_missing(name) or text
            raise StudentError(kind, text)
        match said, answer:
            case protocol.VALUE, {"value": value, "arguments": None}:
                return Reply(value, None)
            case protocol.VALUE, {"value": value, "arguments": list(left)}:
                return Reply(value, tuple(left))
        raise StudentError("reply", NO_ANSWER)

    __call__ = call

    def overwritten(self, name: str) -> str:
        """Say which later cell has taken something from a function; nothing if none has."""
        return (self._overwritten or {}).get(name, "")

    def close(self) -> None:
        """End the worker, if there is one."""
        if self._worker is not None:
            self._worker.cpu_clock()
            self._used += self._worker.cpu_used
            self._worker.close()
            self._worker = None

    def _now(self, cpu_seconds: float) -> float:
        """Return the limit of a large call at the machine's speed of this moment."""
        return cpu_seconds * scale(slowness_now(), self._budget.cpu_seconds)

    def _ask(
        self,
        worker: Worker,
        kind: int,
        question: dict[str, Any],
        cpu_seconds: float,
        longer: Callable[[], float] | None = None,
    ) -> tuple[int, Any]:
        left = self._left()
        wall = self._budget.wall_seconds
        try:
            within = None if longer is None else lambda: min(longer(), left)
            answer = worker.ask(kind, question, min(cpu_seconds, left), wall, within)
        except WorkerEnded as error:
            self.wall = self.wall or error.starved
            self._waited += wall if error.wall else 0.0
            self.close()
            text = self._exhausted() if left < cpu_seconds else error.text
            raise StudentError(error.kind, text) from error
        self._waited += worker.rested
        return answer

    def _why_missing(self, name: str) -> str:
        failed = [
            (source, self.failures[number].text)
            for number, source in self._submission.cells
            if number in self.failures
        ]
        defined = defined_in(source for _, source in self._submission.cells)
        return why_missing(name, failed, defined)

    def _exhausted(self) -> str:
        seconds = self._budget.submission_seconds
        return f"the submission has used up its {seconds:g} seconds of CPU time"

    def _left(self) -> float:
        """Return the CPU seconds that are left; end it where there are none, or no time."""
        left = self._budget.submission_seconds - self.cpu_used
        most = WAITS * self._budget.wall_seconds
        if left > 0 and self._waited < most:
            return left
        self.close()
        waited = f"the submission has waited for {most:g} seconds"
        raise StudentError("timeout", waited if left > 0 else self._exhausted())

    def _ready(self) -> Worker:
        """Return a worker in which all cells have run, but for those that end a worker."""
        while self._worker is None:
            self._left()
            if self._workers == MAX_WORKERS:
                raise StudentError("crashed", f"the notebook ended its process {MAX_WORKERS} times")
            self._workers += 1
            worker = self._server.worker(self._budget)
            begin(self._server, worker, self._earlier, self._prelude)
            self._worker = worker
            self._run_cells(worker)
        return self._worker

    def _run_cells(self, worker: Worker) -> None:
        ended = {
            n for n, failure in self.failures.items() if failure.kind not in ("raised", "memory")
        }
        for number, source in self._submission.cells:
            if number not in ended and not self._run_cell(worker, number, source):
                return
        # A cell may have needed what only a later one defines: where a graded function is
        # missing for that reason, the cells that met an unknown name run once more.
        unknown = [
            n for n, failure in self.failures.items() if failure.text.startswith("NameError")
        ]
        if unknown and self._state(worker):
            for number, source in self._submission.cells:
                if number in unknown and not self._run_cell(worker, number, source):
                    return
        if self._overwritten is None:
            self._state(worker)

    def _state(self, worker: Worker) -> bool:
        """Ask what the cells have left; return whether one of the functions is missing.

        No function has been called yet, so it cannot depend on any hidden number.
        """
        question = {"names": self._names}
        said, answer = self._ask(worker, protocol.PROBE, question, self._budget.cpu_seconds)
        if said != protocol.DONE or not isinstance(answer, dict):
            return False
        if self._overwritten is None:
            self._overwritten = self._read_overwritten(answer.get("overwritten"))
        return bool(answer.get("missing"))

    def _read_overwritten(self, said: Any) -> dict[str, str]:
        """Read which cells changed which names; only what the notebook's text holds is believed."""
        if not isinstance(said, dict) or not said:
            return {}
        cells = dict(self._submission.cells)
        words = set(re.findall(r"\w+", "\n".join(cells.values())))
        reasons = {}
        for name in self._names:
            changes = []
            for change in said[name] if isinstance(said.get(name), list) else []:
                match change:
                    case (int(number), str(used), bool(gone)) if number in cells and used in words:
                        changes.append((number, used, gone))
            reasons[name] = why_overwritten(name, changes)
        return reasons

    def _run_cell(self, worker: Worker, number: int, source: str) -> bool:
        """Run one cell and return whether the worker is still there."""
        try:
            question = {"number": number, "source": source}
            said, answer = self._ask(worker, protocol.CELL, question, self._budget.cpu_seconds)
        except StudentError as error:
            self.failures[number] = CellFailure(number, error.kind, error.text)
            return False
        self.failures.pop(number, None)
        if said == protocol.FAILED:
            kind, text, line = _failure(answer)
            kind = "raised" if kind in ("unwritten", "missing") else kind
            self.failures[number] = CellFailure(number, kind, text, line)
        return True


def _failure(answer: Any) -> tuple[str, str, int]:
    """Read a worker's word on what went wrong; every field may be anything."""
    match answer:
        case {"kind": str(kind), "text": str(text), "line": int(line)} if kind in KINDS:
            return kind, one_line(text), line if 0 < line < 10**6 else 0
    return "reply", NO_ANSWER, 0
