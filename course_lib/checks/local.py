"""Calling a student's function in place: on the student's own machine, without a sandbox.

The grader calls functions in another process instead. Both call them in the same way
(`course_lib/worker/executor.py`), and what goes in and comes out passes through the same messages;
so marking cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from course_lib.checks.limits import EndedError, bounded, scale, slowness, slowness_now, within
from course_lib.checks.student_call import (
    Reply,
    StudentError,
    one_line,
    seconds_of,
    why_missing,
    why_overwritten,
)
from course_lib.checks.student_text import message_of
from course_lib.worker import executor, protocol
from course_lib.worker.surrogates import in_place_of


class LocalCall:
    """Call functions of this process, by their names in `functions`, such as a namespace.

    A call that brings no limit on its processor time gets `default_seconds`, or none. `failed` is
    the source of each cell that failed, with what it raised; `book` is the functions' notebook.

    Attributes
    ----------
    own_message : str
        What the last exception said, where that is the function's own text: feedback does not
        quote it (see `student_text`), but its author may read it here.
    stuck : str
        What is said where a call could not be stopped: nothing is called after it.
    """

    def __init__(
        self,
        functions: Mapping[str, Any],
        default_seconds: float | None = None,
        failed: Sequence[tuple[str, str]] = (),
        book: executor.Notebook | None = None,
    ) -> None:
        self.functions = functions
        self.default_seconds = default_seconds
        self._failed = failed
        self._book = book
        self.own_message = ""
        self.stuck = ""

    def __call__(
        self,
        name: str,
        *args: Any,
        cpu_seconds: float | None = None,
        surrogates: Mapping[str, Any] | None = None,
        share: float = 1.0,
    ) -> Reply:
        function = self.functions.get(name)
        if self.stuck:
            raise StudentError("timeout", self.stuck)
        seconds, longer = None, None
        if cpu_seconds is not None:
            seconds, longer = cpu_seconds * scale(slowness()), partial(_now, cpu_seconds)
        elif self.default_seconds is not None:
            seconds = seconds_of(self.default_seconds, share)
        sent = protocol.encode(list(args), protocol.REQUEST)
        space = getattr(executor.innermost(function), "__globals__", {})
        space = self._book.namespace if self._book else space
        made = partial(_made, name, function, sent)
        try:
            with in_place_of(space, surrogates or {}), bounded():
                reply = made() if seconds is None else within(seconds, made, longer=longer)
        except EndedError as error:
            self.stuck = error.text if error.running else ""
            raise StudentError("timeout", error.text) from error
        if isinstance(reply, Reply):
            return reply
        kind, own = reply["kind"], reply["text"]
        text = message_of(kind, one_line(own), name, args)
        if kind == "missing":
            defined = [key for key, value in self.functions.items() if callable(value)]
            missing = why_missing(name, self._failed, defined)
            text = self.overwritten(name) or missing or text
        if kind == "raised":
            own = own.partition(": ")[2]
            self.own_message = "" if own in text else own
        raise StudentError(kind, text)

    def overwritten(self, name: str) -> str:
        """Say which later cell has taken something from a function; nothing if none has."""
        return why_overwritten(name, self._book.overwritten(name)) if self._book else ""


def _now(cpu_seconds: float) -> float:
    return cpu_seconds * scale(slowness_now())


def _made(name: str, function: Any, sent: bytes) -> Reply | dict[str, Any]:
    """Make a call; return what comes of it, or what it raised, as `executor.failure` has it.

    All that may run a student's code is in here, so that all of it is within the limit. An
    exception of the function's own, KeyboardInterrupt too, is no interruption of the check.
    """
    try:
        given = protocol.decode(sent, protocol.REQUEST)
        value = executor.call(name, function, given)
        answer = protocol.decode(b"".join(executor.encoded(name, value)))["value"]
        return Reply(answer, _left(given, sent), _aliases(value, given))
    except BaseException as error:
        return executor.failure(error)


def _left(args: list[Any], sent: bytes) -> tuple | None:
    """Return the arguments as a call has left them; None where they are as they were."""
    try:
        after = protocol.encode(args, protocol.REQUEST)
    except protocol.NotDataError:
        return ()
    return None if after == sent else tuple(protocol.decode(after, protocol.REQUEST))


def plain(value: Any) -> Any:
    """Return `value` as marking sees it: numbers, text, arrays, and lists, tuples, dicts of those.

    Raises
    ------
    StudentError
        Of kind ``"reply"``, where it holds anything else.
    """
    try:
        return protocol.decode(b"".join(executor.encoded("the function", value)))["value"]
    except executor.Failure as error:
        raise StudentError(error.kind, error.text) from error


def _aliases(value: Any, args: list) -> tuple[int, ...]:
    arrays = [entry for entry in _flat(value) if isinstance(entry, np.ndarray)]
    return tuple(
        index
        for index, argument in enumerate(args)
        if any(
            np.may_share_memory(array, other)
            for array in arrays
            for other in _flat(argument)
            if isinstance(other, np.ndarray)
        )
    )


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for entry in value:
            yield from _flat(entry)
    else:
        yield value
