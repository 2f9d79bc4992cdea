"""The pool of judges: a process each, a link to it, and submissions shared out among them.

A judge that ends before its chunk is done costs nobody a mark: what it left is given to another.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import tempfile
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from course_lib.grading.marking.judge import Judge, Marked, Settings
from course_lib.grading.sandbox.fork_server import ENVIRONMENT
from course_lib.grading.submissions.ingest import Submission
from course_lib.worker import confine


class JudgeHandle:
    """A judge somewhere, a link to it, and the chunk it works on.

    On the link come, for each submission of the chunk in turn, what was `Marked`; then ``"done"``,
    or a text that says why the judge has ended.
    """

    link: Any
    chunk: deque[tuple[int, Submission]]

    def assign(self, chunk: list[tuple[int, Submission]]) -> None:
        """Hand a chunk over."""
        self.chunk = deque(chunk)
        self.send([submission for _, submission in chunk])

    def send(self, submissions: list[Submission]) -> None:
        """Bring the submissions to the judge."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the judge end."""
        self.link.close()

    def kill(self) -> None:
        """End the judge in the middle of its work."""
        self.close()


class LocalJudge(JudgeHandle):
    """A judge in a process of its own on this machine."""

    def __init__(self, settings: Settings, slot: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.link, judge_end = context.Pipe()
        self.process = context.Process(
            target=serve, args=(judge_end, settings, slot, os.getpid()), daemon=True
        )
        with _environment(), _interrupt_waits():
            self.process.start()
        judge_end.close()
        self.chunk = deque()

    def send(self, submissions: list[Submission]) -> None:
        self.link.send(submissions)

    def kill(self) -> None:
        self.process.kill()
        self.close()

    def close(self) -> None:
        self.link.close()
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """Start a judge with one thread for arithmetic, and with memory that is used again.

    It imports nothing from the folder the run was started in, which may be a student's.
    """
    ours = ENVIRONMENT | {"PYTHONSAFEPATH": "1"}
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _interrupt_waits() -> Iterator[None]:
    """Hold Ctrl+C back while a judge starts: half started, it would complain of a broken pipe.

    The handler is exchanged, since any thread may receive the signal. The mask is for the judge,
    which inherits it and takes its own interrupt where it can answer (`serve`).
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    came: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


def serve(link: Any, settings: Settings, slot: int, parent: int) -> None:
    """Be a judge: take chunks from the link, give back what was marked."""
    if sys.platform == "linux":
        confine.die_with_parent(parent)
    try:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        judge = Judge(settings, slot)
        with tempfile.TemporaryDirectory() as empty:
            os.chdir(empty)
            try:
                while True:
                    chunk = link.recv()
                    judge.mark(chunk, lambda _, marked: link.send(marked))
                    link.send("done")
            finally:
                os.chdir("/")
                judge.close()
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return
    except Exception:
        link.send(traceback.format_exc())


def share_out(
    pending: Iterator[tuple[int, Submission]],
    make: Callable[[int], JudgeHandle],
    jobs: int,
    size: int,
    take: Callable[[int, Marked], None],
    give_up: Callable[[int, Submission, str], None],
) -> None:
    """Share the submissions among judges until none is left.

    `take` is called with what was marked, `give_up` with a submission that has ended two judges.
    """
    lost: Counter[int] = Counter()
    returned: list[tuple[int, Submission]] = []

    def next_chunk() -> list[tuple[int, Submission]]:
        chunk = [returned.pop() for _ in range(min(size, len(returned)))]
        while len(chunk) < size:
            one = next(pending, None)
            if one is None:
                break
            chunk.append(one)
        return chunk

    judges: dict[int, JudgeHandle] = {}
    try:
        for slot in range(jobs):
            chunk = next_chunk()
            if chunk:
                judges[slot] = make(slot)
                judges[slot].assign(chunk)
        while judges:
            ready = multiprocessing.connection.wait([judge.link for judge in judges.values()])
            for slot, judge in list(judges.items()):
                if judge.link not in ready:
                    continue
                try:
                    said = judge.link.recv()
                except (EOFError, OSError):
                    said = "gone"
                if isinstance(said, Marked):
                    take(judge.chunk.popleft()[0], said)
                    continue
                rest = list(judge.chunk)
                if said != "done":
                    # The judge itself has ended: its first unfinished submission is suspected.
                    judge.close()
                    del judges[slot]
                    reason = said if said != "gone" else "the judge's process ended"
                    lost[rest[0][0]] += 1
                    if lost[rest[0][0]] > 1:
                        give_up(*rest[0], reason)
                        rest = rest[1:]
                returned.extend(rest)
                chunk = next_chunk()
                if chunk:
                    if slot not in judges:
                        judges[slot] = make(slot)
                    judges[slot].assign(chunk)
                elif slot in judges:
                    judges.pop(slot).close()
    finally:
        for judge in judges.values():
            judge.kill()


@dataclass(frozen=True)
class Pool:
    """Where judges come from, and how submissions are shared out among them.

    Parameters
    ----------
    judge : callable
        Starts a judge with some settings, as number so-and-so.
    jobs : int
        Judges side by side.
    turns : int
        Chunks for each judge, so that none is left with much when the others have ended.
    share_out : callable
        See the function of that name.
    """

    judge: Callable[[Settings, int], JudgeHandle] = LocalJudge
    jobs: int = 1
    turns: int = 4
    share_out: Callable[..., None] = share_out
