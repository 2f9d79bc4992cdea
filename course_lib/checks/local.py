"""Calling a student's function in place: the notebook's own way, without a sandbox.

The grader calls functions in another process instead; marking cannot tell them apart.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from course_lib.checks.calling import Reply, StudentError, seconds_of, why_missing
from course_lib.checks.deadline import Expired, within
from course_lib.checks.speed import scale, slowness
from course_lib.checks.student_text import quoted, type_name
from course_lib.checks.surrogates import in_place_of

MAX_DEPTH = 8


class LocalCall:
    """Call functions of this process.

    Parameters
    ----------
    functions : mapping of str to callable
        The functions by name, such as a notebook's namespace.
    default_seconds : float or None
        Limit on the processor time of a call that brings none; None: no limit.
    failed : sequence of (str, str)
        The source of each cell that failed, and what it raised.

    Attributes
    ----------
    own_message : str
        What the last exception said, where that is the function's own text: feedback does not
        quote it (see `student_text`), but its author may read it here.
    """

    def __init__(
        self,
        functions: Mapping[str, Any],
        default_seconds: float | None = None,
        failed: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.functions = functions
        self.default_seconds = default_seconds
        self._failed = failed
        self.own_message = ""
        self._stuck = ""

    def __call__(
        self,
        name: str,
        *args: Any,
        cpu_seconds: float | None = None,
        surrogates: Mapping[str, Any] | None = None,
        share: float = 1.0,
    ) -> Reply:
        function = self.functions.get(name)
        if not callable(function):
            text = why_missing(name, self._failed) or f"There is no function called {name}."
            raise StudentError("missing", text)
        if self._stuck:
            raise StudentError("timeout", self._stuck)
        seconds = None
        if cpu_seconds is not None:
            seconds = cpu_seconds * scale(slowness())
        elif self.default_seconds is not None:
            seconds = seconds_of(self.default_seconds, share)

        def made() -> Any:
            with np.errstate(all="ignore"):
                return function(*args)

        try:
            with (
                warnings.catch_warnings(),
                in_place_of(getattr(function, "__globals__", {}), surrogates or {}),
            ):
                warnings.simplefilter("ignore")
                value = made() if seconds is None else within(seconds, made)
        except NotImplementedError as error:
            raise StudentError("unwritten", str(error) or f"{name} is not written yet.") from error
        except Expired as error:
            self._stuck = error.text if error.running else ""
            raise StudentError("timeout", error.text) from error
        except MemoryError as error:
            raise StudentError("memory", f"{name} asked for more memory than there is.") from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text = quoted(type(error).__name__, str(error), args)
            self.own_message = "" if str(error) in text else str(error)
            raise StudentError("raised", text) from error
        return Reply(plain(value), tuple(plain(arg) for arg in args), _aliases(value, args))


def plain(value: Any, depth: int = 0) -> Any:
    """Return `value` as plain data: numbers, text, arrays, and lists, tuples, dicts of those.

    Raises
    ------
    StudentError
        Of kind ``"reply"``, where it holds anything else.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiubc":
            return np.array(value, subok=False, copy=True)
        raise StudentError(
            "reply", f"The answer holds an array of {value.dtype.name[:20]}, not of numbers."
        )
    if depth < MAX_DEPTH:
        if type(value) in (list, tuple):
            return type(value)(plain(entry, depth + 1) for entry in value)
        if type(value) is dict and all(type(key) is str for key in value):
            return {key: plain(entry, depth + 1) for key, entry in value.items()}
    raise StudentError(
        "reply",
        f"The answer holds {type_name(value)}; numbers and NumPy arrays were expected.",
    )


def _aliases(value: Any, args: tuple) -> tuple[int, ...]:
    mine = [entry for entry in _flat(value) if isinstance(entry, np.ndarray)]
    return tuple(
        index
        for index, argument in enumerate(args)
        if any(
            np.may_share_memory(one, two)
            for one in mine
            for two in _flat(argument)
            if isinstance(two, np.ndarray)
        )
    )


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for entry in value:
            yield from _flat(entry)
    else:
        yield value
