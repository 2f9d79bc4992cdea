"""The kernel that nbval runs cells in: a worker behind the walls, in the place of a Jupyter kernel.

A cell goes to the worker through the same channel as in marking, and what comes back is text of
bounded length. So the student's code has no socket to write to, cannot see the folder of the
client, and cannot forge a message.
"""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

from course_lib.grading.sandbox.fork_server import ForkServer, begin
from course_lib.grading.sandbox.submission_runner import NO_ANSWER, WAITS
from course_lib.grading.sandbox.worker_client import Budget, WorkerEnded
from course_lib.worker import protocol
from course_lib.worker.answering import SHOWN

GIVEN, ENDED = "given.json", "ended.json"


class SandboxedKernel:
    """Has the methods of `nbval.kernel.RunningKernel` that nbval calls.

    The folder that it is made in holds ``given.json``: the budget, paths to try, and what the
    exercise provides. Cells run one after another in one worker; once that has ended, no more, and
    ``ended.json`` says why.
    """

    language = "python"

    def __init__(self, *_named: object, **_settings: object) -> None:
        given = json.loads(Path(GIVEN).read_text(encoding="utf-8"))
        self._budget = Budget(**given["budget"])
        self._server = ForkServer("full", tuple(given["forbidden"]), given["slot"])
        self._worker = self._server.worker(self._budget)
        begin(self._server, self._worker, given["earlier"], given["prelude"], given["example"])
        self._waited = 0.0
        self._ended = False
        self._count = 0
        self._messages: deque[dict[str, Any]] = deque()

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> int:
        """Run a cell and keep its messages; return what they belong to."""
        self._count += 1
        shown = self._run(self._count, cell_input)
        self._messages.clear()
        if "error" in shown:
            text = shown["error"]
            self._say("error", {"ename": "Error", "evalue": text, "traceback": [text]})
        if shown.get("printed"):
            self._say("stream", {"name": "stdout", "text": shown["printed"]})
        if shown.get("value"):
            data = {"text/plain": shown["value"]}
            result = {"data": data, "metadata": {}, "execution_count": self._count}
            self._say("execute_result", result)
        self._say("status", {"execution_state": "idle"})
        return self._count

    def await_reply(self, msg_id: int, timeout: float | None = None) -> None:
        """Return at once: the cell has run."""

    def await_idle(self, parent_id: int, timeout: float) -> None:
        """Pass over what else the cell has shown."""
        self._messages.clear()

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message of the cell."""
        return self._messages.popleft()

    def is_alive(self) -> bool:
        """Return True: a cell after the end is answered too."""
        return True

    def stop(self) -> None:
        """End the worker and its fork server."""
        self._worker.close()
        self._server.close()

    def _say(self, kind: str, content: dict[str, Any]) -> None:
        parent = {"msg_id": self._count}
        self._messages.append({"msg_type": kind, "content": content, "parent_header": parent})

    def _run(self, number: int, source: str) -> dict[str, str]:
        """Return what a cell printed and its last value, or the ``"error"`` it ended with."""
        budget = self._budget
        if self._ended:
            return {"error": "the kernel has ended"}
        if self._waited >= WAITS * budget.wall_seconds:
            return self._end(f"it waited for {WAITS * budget.wall_seconds:g} seconds")
        left = budget.submission_seconds - self._worker.cpu_used
        if left <= 0:
            return self._end(f"it used up its {budget.submission_seconds:g} seconds of CPU time")
        question = {"number": number, "source": source}
        cpu, wall = min(budget.cpu_seconds, left), budget.wall_seconds
        try:
            said, answer = self._worker.ask(protocol.SHOW, question, cpu, wall)
        except WorkerEnded as error:
            return self._end(error.text, starved=error.starved)
        self._waited += self._worker.rested
        return _read(said, answer)

    def _end(self, text: str, *, starved: bool = False) -> dict[str, str]:
        """Note why there is no more to come, where the judge finds it."""
        self._ended = True
        self._worker.close()
        Path(ENDED).write_text(json.dumps({"text": text, "starved": starved}), encoding="utf-8")
        return {"error": text}


def _read(said: int, answer: Any) -> dict[str, str]:
    """Read a worker's word; every field may be anything."""
    match said, answer:
        case protocol.DONE, {"printed": str(printed), "value": str(value)}:
            return {"printed": printed[:SHOWN], "value": value[:SHOWN]}
        case protocol.FAILED, {"text": str(text)}:
            return {"error": text[:SHOWN]}
    return {"error": NO_ANSWER}
