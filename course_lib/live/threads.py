"""Threads where there are none: a browser's Python runs what a thread would run, at its start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from course_lib.checks import limits


def run_at_once() -> None:
    """Let threads and pools of threads run what they are given in the caller, one after another.

    The course's own calls with a limit still meet that there are no threads, and are made in place:
    what ends them is outside.
    """
    limits._Call.start = threading.Thread.start  # type: ignore[method-assign]
    threading.Thread.start = start  # type: ignore[method-assign, assignment]
    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign, assignment]


def start(thread: Any) -> None:
    """Take the place of `threading.Thread.start`.

    >>> from unittest import mock
    >>> with mock.patch.object(threading.Thread, "start", start):
    ...     one = threading.Thread(target=print, args=["in the thread"])
    ...     one.start()
    ...     one.join()
    in the thread
    """
    if thread._started.is_set():
        raise RuntimeError("threads can only be started once")
    thread._started.set()
    try:
        thread.run()
    except BaseException:  # an exception ends a thread, not the one that has started it
        thread._invoke_excepthook(thread)
    finally:
        thread._is_stopped = True


def submit(
    _pool: ThreadPoolExecutor, function: Callable[..., Any], /, *args: Any, **named: Any
) -> Future[Any]:
    """Take the place of `ThreadPoolExecutor.submit`."""
    made: Future[Any] = Future()
    try:
        made.set_result(function(*args, **named))
    except BaseException as error:
        made.set_exception(error)
    return made
