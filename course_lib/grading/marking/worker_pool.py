"""The pool of judges: a process each, a link to it, and submissions shared out among them.

A judge that ends before its chunk is done costs nobody a mark: what it left is given to another.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import tempfile
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from course_lib.grading.marking.judge import Judge, Marked, Settings
from course_lib.grading.sandbox.fork_server import ENVIRONMENT
from course_lib.grading.submissions.ingest import Submission
from course_lib.worker import confine
from course_lib.worker.executor import replaced


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
            target=_linked, args=(judge_end, settings, slot, os.getpid()), daemon=True
        )
        # It imports nothing from the folder the run was started in, which may be a student's.
        ours = ENVIRONMENT | {"PYTHONSAFEPATH": "1"}
        with replaced(os.environ, ours), _interrupt_waits():
            self.process.start()
        judge_end.close()

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
def _interrupt_waits() -> Iterator[None]:
    """Hold Ctrl+C back while a judge starts: half started, it would complain of a broken pipe.

    The handler is exchanged, since any thread may receive the signal. The mask is for the judge,
    which inherits it and takes its own interrupt where it can answer (`serve`).
    """
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


def _linked(link: Any, settings: Settings, slot: int, parent: int) -> None:
    """Be the judge at the other end of a link."""
    confine.die_with_parent(parent)
    with contextlib.suppress(BrokenPipeError):
        serve(settings, slot, _received(link), link.send)


def _received(link: Any) -> Iterator[list[Submission]]:
    with contextlib.suppress(EOFError):
        yield from iter(link.recv, None)


def serve(
    settings: Settings,
    slot: int,
    chunks: Iterable[list[Submission]],
    say: Callable[[Marked | str], None],
) -> None:
    """Be a judge: take chunks until there are no more, say what is on a link (`JudgeHandle`)."""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        with (
            contextlib.closing(Judge(settings, slot)) as judge,
            tempfile.TemporaryDirectory() as empty,
        ):
            os.chdir(empty)
            try:
                for chunk in chunks:
                    judge.mark(chunk, lambda _, marked: say(marked))
                    say("done")
            finally:
                os.chdir("/")
    except KeyboardInterrupt:
        return
    except Exception:
        say(traceback.format_exc())


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

    judges: dict[int, JudgeHandle] = {}

    def assign(slot: int) -> None:
        """Give the judge of this number work; without work it is not there."""
        chunk = [returned.pop() for _ in range(min(size, len(returned)))]
        chunk += islice(pending, size - len(chunk))
        if chunk:
            if slot not in judges:
                judges[slot] = make(slot)
            judges[slot].assign(chunk)
        elif slot in judges:
            judges.pop(slot).close()

    try:
        for slot in range(jobs):
            assign(slot)
        while judges:
            ready = multiprocessing.connection.wait([judge.link for judge in judges.values()])
            for slot, judge in list(judges.items()):
                if judge.link not in ready:
                    continue
                try:
                    said = judge.link.recv()
                except (EOFError, OSError):
                    said = "the judge's process ended"
                if isinstance(said, Marked):
                    take(judge.chunk.popleft()[0], said)
                    continue
                rest = list(judge.chunk)
                if said != "done":
                    # The judge itself has ended: its first unfinished submission is suspected.
                    judge.close()
                    del judges[slot]
                    if rest:
                        lost[rest[0][0]] += 1
                        if lost[rest[0][0]] > 1:
                            give_up(*rest.pop(0), said)
                returned.extend(rest)
                assign(slot)
    finally:
        for judge in judges.values():
            judge.kill()


@dataclass(frozen=True)
class Pool:
    """Where judges come from, and how submissions are shared out among them."""

    judge: Callable[[Settings, int], JudgeHandle] = LocalJudge  # starts one, with its number
    jobs: int = 1  # judges side by side
    turns: int = 4  # chunks for each, so that none has much left when the others have ended
    share_out: Callable[..., None] = share_out
