"""The kernel that nbval talks to: its outer half speaks Jupyter's protocol, its inner half is a
worker.

    python -m course_lib.grading.nbval.kernel CONNECTION_FILE

nbval starts this as it starts any kernel, in a folder that holds what it needs (`compare.py`
writes it). This half runs no student code: a cell it is given goes to a worker behind the walls,
through the same channel as in marking, and what comes back is text of bounded length. So the
student's code has no socket to write to, cannot see the folder, and cannot forge a message.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session

from course_lib.grading.nbval.client import ENDED, GIVEN
from course_lib.grading.sandbox.fork_server import ForkServer, begin
from course_lib.grading.sandbox.submission_runner import WAITS
from course_lib.grading.sandbox.worker_client import Budget, WorkerEnded
from course_lib.worker import confine, protocol
from course_lib.worker.answering import SHOWN

KINDS = {
    "shell": zmq.ROUTER,
    "control": zmq.ROUTER,
    "stdin": zmq.ROUTER,
    "hb": zmq.REP,
    "iopub": zmq.XPUB,
}
INFO = {
    "status": "ok",
    "protocol_version": "5.3",
    "implementation": "course",
    "implementation_version": "1",
    "language_info": {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"},
    "banner": "",
}


class Cells:
    """Runs one cell after another in one worker; once that has ended, no more.

    Parameters
    ----------
    given : dict
        The budget, paths to try, and what the exercise provides.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        self._budget = Budget(**given["budget"])
        self._server = ForkServer("full", tuple(given["forbidden"]), given["slot"])
        self._worker = self._server.worker(self._budget)
        begin(self._server, self._worker, given["earlier"], given["prelude"], given["example"])
        self._waited = 0.0
        self._ended = False

    def run(self, number: int, source: str) -> dict[str, str]:
        """Return what a cell printed and its last value, or the ``"error"`` it ended with."""
        if self._ended:
            return {"error": "the kernel has ended"}
        if self._waited >= WAITS * self._budget.wall_seconds:
            return self._end(f"it waited for {WAITS * self._budget.wall_seconds:g} seconds")
        left = self._budget.submission_seconds - self._worker.cpu_used
        if left <= 0:
            return self._end(
                f"it used up its {self._budget.submission_seconds:g} seconds of CPU time"
            )
        question = {"number": number, "source": source}
        cpu, wall = min(self._budget.cpu_seconds, left), self._budget.wall_seconds
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
    if isinstance(answer, dict):
        keys = ("printed", "value") if said == protocol.DONE else ("text",)
        texts = [answer.get(key) for key in keys]
        if all(isinstance(text, str) for text in texts):
            named = keys if said == protocol.DONE else ("error",)
            return {name: str(text)[:SHOWN] for name, text in zip(named, texts, strict=True)}
    return {"error": "what came back is no answer"}


class Front:
    """Answers a client of Jupyter's kernels, one request at a time.

    Parameters
    ----------
    info : dict
        The content of the connection file.
    cells : Cells
        Where cells are run.
    """

    def __init__(self, info: dict[str, Any], cells: Cells) -> None:
        self._cells, self._count = cells, 0
        self._session = Session(key=info["key"].encode(), signature_scheme=info["signature_scheme"])
        context = zmq.Context()
        self._sockets = {}
        for name, kind in KINDS.items():
            self._sockets[name] = context.socket(kind)
            self._sockets[name].bind(f"ipc://{info['ip']}-{info[f'{name}_port']}")

    def serve(self) -> None:
        """Answer until the client ends this process or asks for its end."""
        # Whoever listens is known before anything is said: no message is lost.
        self._sockets["iopub"].recv()
        poller = zmq.Poller()
        for name in ("shell", "control", "hb"):
            poller.register(self._sockets[name], zmq.POLLIN)
        going = True
        while going:
            for socket, _ in poller.poll():
                if socket is self._sockets["hb"]:
                    socket.send(socket.recv())
                else:
                    going = self._answer(socket) and going

    def _answer(self, socket: zmq.Socket[bytes]) -> bool:
        """Answer one request; return whether there may be another."""
        identities, request = self._session.recv(socket, mode=0)
        assert request is not None  # it was waited for
        kind = request["header"]["msg_type"]
        reply: dict[str, Any] = {"status": "ok"}
        self._publish("status", {"execution_state": "busy"}, request)
        if kind == "kernel_info_request":
            reply = INFO
        elif kind == "execute_request":
            reply = self._execute(request)
        # The outputs are on their way before the reply: a slow machine loses none.
        self._publish("status", {"execution_state": "idle"}, request)
        name = kind.replace("_request", "_reply")
        self._session.send(socket, name, reply, parent=request, ident=identities)
        return kind != "shutdown_request"

    def _execute(self, request: dict[str, Any]) -> dict[str, Any]:
        self._count += 1
        shown = self._cells.run(self._count, request["content"]["code"])
        if "error" in shown:
            error = {"ename": "Error", "evalue": shown["error"], "traceback": [shown["error"]]}
            self._publish("error", error, request)
            return {"status": "error", "execution_count": self._count, **error}
        if shown["printed"]:
            self._publish("stream", {"name": "stdout", "text": shown["printed"]}, request)
        if shown["value"]:
            data = {"text/plain": shown["value"]}
            result = {"data": data, "metadata": {}, "execution_count": self._count}
            self._publish("execute_result", result, request)
        return {
            "status": "ok",
            "execution_count": self._count,
            "payload": [],
            "user_expressions": {},
        }

    def _publish(self, kind: str, content: dict[str, Any], request: dict[str, Any]) -> None:
        self._session.send(
            self._sockets["iopub"], kind, content, parent=request, ident=kind.encode()
        )


def main() -> None:
    """Be the kernel of the folder this is started in."""
    if sys.platform == "linux":
        confine.die_with_parent(int(os.environ["JPY_PARENT_PID"]))
    info = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cells = Cells(json.loads(Path(GIVEN).read_text(encoding="utf-8")))
    Front(info, cells).serve()


if __name__ == "__main__":
    main()
