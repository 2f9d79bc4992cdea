"""Asking one worker: a question, its one answer, and the limits while it is awaited.

What a worker says is data. A call is answered by the one frame that carries its nonce; a worker
that says anything else, or anything unasked, is ended and costs the question it was asked.
CPU time is read from the kernel's clock for the worker's process, which its code cannot touch,
so a limit means the same on a busy machine; the clock on the wall is only the last resort.
"""

from __future__ import annotations

import math
import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib.checks.limits import scale
from course_lib.grading.errors import CallError
from course_lib.worker import protocol
from course_lib.worker.protocol import ProtocolError

SETUP_SECONDS = 60.0
END_SECONDS = 5.0  # for a process that has closed its channel to be gone
STEPS = (0.002, 0.005, 0.01, 0.02)  # seconds between two looks at a worker that says nothing
_LOOK = 0.02
_REST = 0.1  # seconds from which a question is looked at for rest: a thousand cells make minutes
OUTSIDE = "its process was ended from outside; the machine may have been short of memory"


class SandboxError(CallError):
    """The walls could not be put up; no student code was run.

    `text` says what was tried and refused; `number` is the kernel's error number, 0 where it was
    not the kernel that refused.
    """

    def __init__(self, text: str, number: int = 0) -> None:
        super().__init__(text)
        self.number = number


class WorkerEnded(Exception):
    """A worker gave no answer and is gone.

    `kind` is ``"timeout"``, ``"crashed"`` or ``"reply"`` (it said something that is no answer),
    `text` a sentence. `wall` says whether the clock on the wall ended it, and `starved` whether the
    machine can have caused that: it wanted a processor and did not get one, or something outside
    ended it.
    """

    def __init__(self, kind: str, text: str, *, wall: bool = False, starved: bool = False) -> None:
        super().__init__(kind, text)
        self.kind, self.text, self.wall, self.starved = kind, text, wall, starved


@dataclass(frozen=True)
class Budget:
    """What one worker may use."""

    cpu_seconds: float = 10.0  # of one question or cell
    submission_seconds: float = 120.0  # CPU time of a submission, all its workers together
    wall_seconds: float = 60.0  # the backstop: time on the clock for one question or cell
    memory: int = 1024 * 2**20  # bytes of address space beside what Python and NumPy take
    large: float = 1.0  # what the limit of a large call is multiplied by; see `checks.limits`

    @classmethod
    def of(cls, timeout: float, memory: int, slowness: float = 1.0) -> Budget:
        """Return what follows from a question's CPU time, megabytes and the machine.

        How `slowness` and the time raise the limit of large calls, `checks.limits` says. A
        submission may run its cells and half a dozen stuck questions out of time; the clock on the
        wall allows for a machine that is several times too busy.
        """
        return cls(
            cpu_seconds=timeout,
            submission_seconds=12 * timeout,
            wall_seconds=max(6 * timeout, 20.0),
            memory=memory * 2**20,
            large=scale(slowness, timeout),
        )


class Worker:
    """One process with one student's notebook in it.

    `channel` leads to it and `status` to its supervisor; after `cpu_limit` seconds of CPU time the
    kernel itself ends it.
    """

    def __init__(
        self, channel: socket.socket, status: socket.socket, cpu_limit: float = math.inf
    ) -> None:
        self._channel, self._status, self._cpu_limit = channel, status, cpu_limit
        self._channel.setblocking(False)
        self._said, self._alone = b"", False
        self._pid = 0
        self.steps = STEPS
        self._queued = own_queue()
        self.cpu_used = 0.0
        self.rested = 0.0

    def ask(
        self,
        kind: int,
        question: dict[str, Any],
        cpu_seconds: float,
        wall_seconds: float,
        longer: Callable[[], float] | None = None,
    ) -> tuple[int, Any]:
        """Send one question and return the kind and the content of its answer.

        `rested` then says how long the process slept over it. `longer` is that of
        `checks.limits.within`.

        Raises
        ------
        WorkerEnded
            If there is no answer within the limits, or something else came; the worker is
            closed then.
        """
        nonce = secrets.token_bytes(16)
        content = protocol.encode_parts(question, protocol.REQUEST)
        watch = _Watch(self, cpu_seconds, wall_seconds, longer)
        try:
            self._nothing_yet()
            for part in protocol.frame(kind, nonce, content):
                self._send(part, watch)
            head = self._receive(protocol.HEADER.size, watch)
            said, answered, length = protocol.header(head, protocol.ANSWERS, protocol.REPLY.total)
            payload = self._receive(length, watch)
            if answered != nonce and not (said == protocol.FAILED and kind == protocol.START):
                raise ProtocolError("an answer came that belongs to no question")
            answer = protocol.decode(payload)
            watch.stop()
            self.rested = watch.rested()
        except ProtocolError as error:
            self.close()
            raise WorkerEnded("reply", f"what came back is no answer: {error}") from error
        except WorkerEnded:
            self.close()
            raise
        return said, answer

    def _nothing_yet(self) -> None:
        try:
            early = self._channel.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            early = b""
        if early:
            raise ProtocolError("an answer came before its question")
        raise self._ended()

    def _send(self, message: protocol.Part, watch: _Watch) -> None:
        rest = memoryview(message)
        while rest:
            try:
                rest = rest[self._channel.send(rest) :]
            except BlockingIOError:
                watch.wait(self._channel, select.POLLOUT)
            except OSError:
                raise self._ended() from None

    def _receive(self, size: int, watch: _Watch) -> bytearray:
        payload = bytearray(size)
        view, position = memoryview(payload), 0
        while position < size:
            try:
                count = self._channel.recv_into(view[position:])
            except BlockingIOError:
                watch.wait(self._channel, select.POLLIN)
                continue
            except OSError:
                count = 0
            if not count:
                raise self._ended()
            position += count
        return payload

    def _ended(self) -> WorkerEnded:
        """Say how the process ended; its supervisor knows."""
        how = self._listen("end", END_SECONDS)
        if how:
            code = int(how)
            if not os.WIFSIGNALED(code):
                return WorkerEnded("crashed", "it ended the process")
            number = os.WTERMSIG(code)
            # The kernel's own limit on CPU time may have ended it, also where nobody knows.
            spent = not self.cpu_used or self.cpu_used >= self._cpu_limit - 1
            if number == signal.SIGXCPU or (number == signal.SIGKILL and spent):
                return WorkerEnded("timeout", "it used up its CPU time")
            if number == signal.SIGKILL:
                return WorkerEnded("crashed", OUTSIDE, starved=True)
            return WorkerEnded("crashed", f"it ended the process (signal {number})")
        if not self._alone:
            return WorkerEnded("crashed", "it closed the way to the grader and went on")
        refusal, _, text = self._listen("failed", END_SECONDS).partition(" ")
        if refusal:
            raise SandboxError(text, int(refusal))
        return WorkerEnded("crashed", OUTSIDE, starved=True)  # no student can end the supervisor

    def _listen(self, word: str, seconds: float) -> str:
        """Return what the supervisor says behind a word; "" where time is up or it is gone."""
        self._status.settimeout(seconds)
        while True:
            for line in self._said.decode("utf-8", "replace").split("\n")[:-1]:
                if line.startswith(f"{word} "):
                    return line.removeprefix(f"{word} ")
            try:
                part = b"" if self._alone else self._status.recv(4096)
            except TimeoutError:
                return ""
            except OSError:
                part = b""
            self._said += part
            self._alone = not part
            if self._alone:
                return ""

    def cpu_clock(self) -> float | None:
        """CPU seconds this worker's process has used, or None where that cannot be read."""
        self._pid = self._pid or int(self._listen("pid", SETUP_SECONDS) or 0)
        if not self._pid:
            return None
        try:
            used = time.clock_gettime((~self._pid << 3) | 2)
        except OSError:
            return None
        self.cpu_used = max(self.cpu_used, used)
        return used

    def queued(self) -> float | None:
        """Seconds one of its threads has waited for a processor, or None where nobody knows."""
        try:
            return max(map(_queue, Path(f"/proc/{self._pid}/task").iterdir()), default=0.0)
        except (OSError, ValueError, IndexError):
            return None

    def queued_since(self) -> float | None:
        """Seconds that it or its judge has waited for a processor since this was asked last."""
        seconds = self.queued()
        if seconds is None:
            return None
        before, self._queued = self._queued, seconds + own_queue()
        return max(0.0, self._queued - before)

    def close(self) -> None:
        """End the process; its supervisor sees that the judge has left, and kills it."""
        self._status.close()
        self._channel.close()


def own_queue() -> float:
    """Seconds this thread has waited for a processor, 0 where nobody knows."""
    try:
        return _queue(Path("/proc/thread-self"))
    except (OSError, ValueError, IndexError):
        return 0.0


def _queue(thread: Path) -> float:
    return int((thread / "schedstat").read_text(encoding="ascii").split()[1]) / 1e9


class _Watch:
    """The limits on one question."""

    def __init__(
        self,
        worker: Worker,
        cpu_seconds: float,
        wall_seconds: float,
        longer: Callable[[], float] | None,
    ) -> None:
        self._worker = worker
        self._cpu, self._stated, self._longer = cpu_seconds, cpu_seconds, longer
        self._wall = wall_seconds
        self._began = worker.cpu_clock() or 0.0
        self._start = time.monotonic()
        self._look = self._start + _LOOK
        self._late = False
        self._step = 0

    def wait(self, channel: socket.socket, event: int) -> None:
        poll = select.poll()
        poll.register(channel, event)
        ready: list[tuple[int, int]] = []
        steps = self._worker.steps
        while not ready:
            ready = poll.poll(1000 * steps[min(self._step, len(steps) - 1)])
            now = time.monotonic()
            # A channel that is never quiet, byte after byte, is held to the limits as well.
            if ready and now < self._look:
                return
            self._look = now + _LOOK
            self._step += not ready
            self.stop()
            if now - self._start > self._wall:
                if ready and not self._late:  # it may have come in time, to a judge held up
                    self._late = True
                    return
                raise WorkerEnded(
                    "timeout",
                    f"it gave no answer within {self._wall:g} seconds",
                    wall=True,
                    starved=self._starved(),
                )

    def _starved(self) -> bool:
        """Whether others kept it from a processor for a tenth of the time; True if nobody knows.

        Its own threads can make one of them wait no longer than they have run.
        """
        waited = self._worker.queued()
        return waited is None or waited > self._worker.cpu_used + 0.1 * self._wall

    def stop(self) -> None:
        used = self._worker.cpu_clock()
        if used is not None and used - self._began > self._cpu:
            longer, self._longer = self._longer, None
            if longer is not None:
                self._cpu = max(self._cpu, longer())
                return
            text = f"it was stopped after {self._stated:g} seconds of CPU time"
            raise WorkerEnded("timeout", text)

    def rested(self) -> float:
        """Seconds in which it neither computed nor wanted to; short questions do not count."""
        seconds = time.monotonic() - self._start
        queued = self._worker.queued_since() if seconds > _REST else None
        if queued is None:
            return 0.0
        return max(0.0, seconds - queued - (self._worker.cpu_used - self._began))
