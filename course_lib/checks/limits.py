"""Limits on the time and the memory of one call: in any thread, on any system, without signals.

A limited call runs in a thread of its own, and the one that asked for it waits. When time is up, an
exception is raised inside the call, again and again until it has ended, so that an ``except:`` in
a student's loop does not keep it alive. It can only be raised between two steps of Python: one
long call into NumPy runs to its end. After a few seconds nobody waits for that any more, and what
is said says so. Nothing can be raised in the caller's own thread, neither late nor by accident.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

WALL = (6.0, 20.0)  # times the limit, and at least this many seconds on the clock on the wall
GRACE = 3.0  # processor seconds in which a call has to end once it has been told to
PATIENCE = 10  # times that on the clock on the wall, as long as the call gets on at all
PATIENT = 0.3  # seconds of these in which it is told at ease
_LOOK = 0.02


class EndedError(Exception):
    """A call or a cell did not run to its end.

    `text` says what happened, in the words that the grader has for it, beginning with "it";
    `running`, whether it is still going on, since it could not be stopped.
    """

    def __init__(self, text: str, *, running: bool = False) -> None:
        super().__init__(text)
        self.text, self.running = text, running


class OutOfTime(BaseException):
    """Raised inside a call that is to end; `except Exception` does not catch it.

    Code that catches everything gets no further than its next line: where this is caught, it is
    made, and from then on each line of the call raises it once more.
    """

    def __init__(self) -> None:
        super().__init__()
        frame = sys._getframe().f_back
        while frame is not None and frame.f_code.co_filename != __file__:
            frame.f_trace = _again
            frame = frame.f_back
        sys.settrace(_again)


def _again(frame: types.FrameType, _event: str, _arg: object) -> Any:
    if frame.f_code.co_filename == __file__:
        return None
    _raise_in(threading.get_ident(), OutOfTime)
    return _again


def within(
    seconds: float,
    function: Callable[..., Any],
    *args: Any,
    longer: Callable[[], float] | None = None,
) -> Any:
    """Call a function and return what it returns, unless it uses more than `seconds`.

    With `longer`, the time is up after ``longer()`` seconds, if these are more: it is asked once
    `seconds` have passed, when it can tell how fast the machine is while the call is running.

    Processor time of the call counts, where the system tells it, so that a busy machine costs
    nobody anything; the clock on the wall is the last resort, for a call that sleeps. Where there
    are no threads (Python in a browser), the call is simply made.

    Raises
    ------
    EndedError
        If the time is up.
    """
    call = _Call(partial(contextvars.copy_context().run, function, *args))
    try:
        call.start()
    except RuntimeError:
        return function(*args)
    wall = max(WALL[0] * seconds, WALL[1])
    began, stated = time.monotonic(), seconds
    text = ""
    try:
        while not text:
            try:
                if call.over.wait(min(_LOOK, seconds)):
                    break
                if call.used() > seconds:
                    now, longer = longer() if longer else 0.0, None
                    if now > seconds:
                        seconds, wall = now, max(WALL[0] * now, wall)
                        continue
                    text = f"it was stopped after {stated:g} seconds of CPU time"
                elif time.monotonic() - began > wall:
                    text = f"it gave no answer within {wall:g} seconds"
            except MemoryError:  # the call has taken all there is
                continue
    except BaseException:  # a student has pressed "interrupt"
        call.stop()
        raise
    if text:
        ended = call.stop()
        raise EndedError(text if ended else STUCK.format(seconds=stated), running=not ended)
    if call.error is not None:
        raise call.error
    return call.value


STUCK = (
    "it used up its {seconds:g} seconds of CPU time and could not be stopped: a single long call, "
    "such as one very large product, runs to its end. If it goes on, restart the kernel"
)


class _Call(threading.Thread):
    """One call in a thread of its own."""

    def __init__(self, made: Callable[[], Any]) -> None:
        super().__init__(name="a call with a limit", daemon=True)
        self._made = made
        self._sending = threading.Lock()
        self._closed = False
        self._clock: int | None = None
        self._began = 0.0
        self.over = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Make the call and keep what comes of it."""
        if hasattr(time, "pthread_getcpuclockid"):
            self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._began = self._now()
        try:
            try:
                self.value = self._made()
            except BaseException as error:
                self.error = error
            self._close()
        except OutOfTime:  # it came when the call had just ended
            self._close()
        self.over.set()

    def _close(self) -> None:
        """Let nothing be raised in this thread any more, not even what is on its way."""
        try:
            sys.settrace(None)
            with self._sending:
                self._closed = True
            _raise_in(threading.get_ident(), None)
            _settle()
        except OutOfTime:
            self._close()

    def used(self) -> float:
        """Return the processor time of the call so far; of the whole process where need be."""
        return self._now() - self._began

    def _now(self) -> float:
        if self._clock is None:
            return time.process_time()
        try:
            return time.clock_gettime(self._clock)
        except OSError:  # the thread has just ended
            return 0.0

    def stop(self) -> bool:
        """Raise `OutOfTime` inside the call until it has ended; return whether it has."""
        begun, used, interval = time.monotonic(), self.used(), sys.getswitchinterval()
        try:
            while True:
                passed, busy = time.monotonic() - begun, self.used() - used
                idle = passed > GRACE and busy < 0.001 * passed  # it sleeps, it is not kept waiting
                if busy > GRACE or idle or passed > PATIENCE * GRACE:
                    break
                with self._sending:
                    if not self._closed:
                        _raise_in(self.ident, OutOfTime)
                if passed > PATIENT:  # loops in loops that catch everything: take turns very often
                    sys.setswitchinterval(1e-6)
                if self.over.wait(_LOOK if passed < PATIENT else 1e-5):
                    return True
        finally:
            sys.setswitchinterval(interval)
        return self.over.is_set()


class _Settled(BaseException):
    pass


def _settle() -> None:
    """Let one exception arrive in this thread.

    Python 3.11 goes on looking for an exception that was taken back, and as long as it does, a
    function that is called under a profiler or a debugger never begins. One that arrives ends that.
    """
    try:
        _raise_in(threading.get_ident(), _Settled)
        while True:
            pass
    except _Settled:
        return


def _raise_in(thread: int | None, exception: type[BaseException] | None) -> None:
    """Raise an exception in a thread at its next step, or take back what is on its way."""
    what = ctypes.py_object() if exception is None else ctypes.py_object(exception)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread or 0), what)


TIMEOUT = 10.0  # processor seconds of an ordinary call, where nothing else is said
REFERENCE = 0.0025  # seconds of the product below on the machine for which limits were chosen
SLOWEST, LONGEST = 8.0, 4.0
_SIZE, _TIMES = 200, 7


def scale(slowness: float, timeout: float = TIMEOUT) -> float:
    """Return what the stated limit of a large call is multiplied by.

    A large call gets ``fixture.cpu_seconds`` times this number:
    ``min(max(slowness, 1), 8) × min(max(timeout / 10, 1), 4)``. `timeout` is the limit on every
    other call (the grader's ``--timeout``): a teacher who grants more time grants it to large calls
    too. A run of `course grade` measures `slowness` once and keeps it with its seed, so that all
    students have the same limits, also after ``--resume``; a notebook measures once per process.
    The factors are bounded because a numerical derivative, which takes more than twenty times the
    stated limit, must not get through where time is granted.

    >>> scale(0.5), scale(1.5), scale(100.0), scale(1.5, timeout=20.0), scale(1.0, timeout=1.0)
    (1.0, 1.5, 8.0, 3.0, 1.0)
    """
    return min(max(slowness, 1.0), SLOWEST) * min(max(timeout / TIMEOUT, 1.0), LONGEST)


@cache
def slowness() -> float:
    """Return how many times slower than the reference this machine is, in halves.

    Measured with a matrix times a vector in loops, the slowest right way to answer.
    """
    return slowness_now()


def slowness_now() -> float:
    """Return the same for this moment: others may take caches, or half of a processor's core.

    That makes the same work cost more processor time. So it is measured again before a large call
    is ended, and only then: a mark does not depend on what else the machine has to do.
    """
    row = [0.5 + 1.0 / (1 + place) for place in range(_SIZE)]
    best = min(_product(row) for _ in range(_TIMES))
    return round(2 * best / REFERENCE) / 2


def _product(row: list[float]) -> float:
    """Return the processor time of one product of a matrix and a vector, in loops."""
    clock = time.perf_counter
    with contextlib.suppress(ValueError):  # Python in a browser has no clock of a thread
        if time.get_clock_info("thread_time").resolution < 1e-4:
            clock = time.thread_time
    began = clock()
    result = [0.0] * len(row)
    for j in range(len(row)):
        for k in range(len(row)):
            result[j] += row[k] * row[k]
    return clock() - began


MEMORY = 1024 * 2**20  # bytes beside what the process takes already, as where work is marked


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Let this process take no more than `MEMORY` bytes of address space beside its own.

    This is the limit of a worker of the grader, so that a call ends in one way wherever it is made.
    Only Linux has such a limit; elsewhere nothing is limited.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    before, most = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    limits = [limit for limit in (before, most) if limit != resource.RLIM_INFINITY]
    allowed = min([pages * resource.getpagesize() + MEMORY, *limits])
    resource.setrlimit(resource.RLIMIT_AS, (allowed, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))
