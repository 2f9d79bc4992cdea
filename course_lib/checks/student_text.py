"""What is passed on of a text that a student's code chose.

Feedback quotes errors, and an error's text may be anything: a function could raise
``ValueError(repr(args))`` and read the hidden numbers of a marking run on its feedback page. So
only what Python and NumPy themselves say is quoted, with numbers that sizes of arrays explain.
"""

from __future__ import annotations

import builtins
import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.worker import protocol

LONGEST = 300
SMALL = 20  # whole numbers up to here are quoted in any case: positions, dimensions, counts

EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {"AxisError", "LinAlgError", "UFuncTypeError", "_UFuncNoLoopError", "_UFuncOutputCastingError"}

TYPES = (
    frozenset(name for name, value in vars(builtins).items() if isinstance(value, type))
    | frozenset(
        value.__name__
        for value in vars(np).values()
        if isinstance(value, type) and value.__module__.startswith("numpy")
    )
    | {"NoneType", "function", "method", "module", "generator", "builtin_function_or_method"}
)

_MARKS = {
    "{n}": r"'?[^\W\d]\w{0,30}(?:\.[^\W\d]\w{0,30})*(?:\(\))?'?",
    "{f}": r"[\w<][\w.<>]{0,60}\(\)",
    "{s}": r"\((?:(?:\d+|newaxis),?)*\)(?:(?:->| )\((?:(?:\d+|newaxis),?)*\))*",
    "{t}": r"\(?(?:(?:dtype|<class|numpy|dtypes|[\w.'<>()]{1,20}),? ?){0,8}\)?",
    "{d}": r"-?\d+",
}
_FREE = re.compile(r"\d+|[^\W\d]{24,}")


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    patterns = []
    table = tomllib.loads(Path(__file__).with_name("known_errors.toml").read_text("utf-8"))
    for line in table["messages"].replace("\n. ", " ").split("\n"):
        for mark, meant in _MARKS.items():
            line = line.replace(mark, meant)
        patterns.append(re.compile(line))
    return tuple(patterns)


def quoted(kind: str, message: str, args: Iterable[Any] = ()) -> str:
    """Return what an error of class `kind` says, as far as Python or NumPy says it.

    Sizes of arrays in `args`, with which the function was called, may be quoted.

    >>> quoted("ValueError", "operands could not be broadcast together with shapes (11,7) (5,) ",
    ...        [np.ones((11, 7)), np.ones(5)])
    'ValueError: operands could not be broadcast together with shapes (11,7) (5,)'
    >>> quoted("ValueError", "0.7314159")
    'ValueError'
    >>> quoted("E0_7314159", "")
    'an exception of your own class'
    """
    shown = kind if kind in EXCEPTIONS else "an exception of your own class"
    message = " ".join(message[: 4 * LONGEST].split())
    if not message or kind not in EXCEPTIONS or len(message) > LONGEST:
        return shown
    if kind == "KeyError" or not any(pattern.fullmatch(message) for pattern in _patterns()):
        return shown
    allowed = {*range(SMALL + 1), 32, 64, 128, *sizes(args)}  # and the bits of a dtype
    for token in _FREE.findall(message):
        if not token.isdigit() or int(token) not in allowed:
            return shown
    return f"{shown}: {message}"


def message_of(kind: str, text: str, name: str, args: Iterable[Any]) -> str:
    """Return what is passed on of how a call of function `name` ended.

    `kind` and `text` are as `executor.failure` has them; the text may be anything, hidden numbers
    too.
    """
    if kind == "raised":
        error, _, message = text.partition(":")
        return quoted(error, message, args)
    if kind == "missing":
        return about_value(text, f"There is no function called {name} in the notebook.")
    if kind == "reply":
        return about_value(text, f"{name} returned something that is not numbers or arrays")
    if kind == "memory":
        return f"{name} asked for more memory than there is."
    return f"{name} is not written yet."


_ABOUT_A_VALUE = re.compile(
    r"(?:\w+ (?:returned|is not a function but)) (?:an object|a dictionary with a key|an array) of "
    r"(?:type|dtype) (?P<type>\w+)\b.*"
)
_TOO_MUCH = re.compile(
    rf"\w+ returned (?:more than {protocol.MAX_BYTES // 2**20} MB"
    rf"|more than {protocol.MAX_ITEMS} values in lists"
    rf"|lists nested more than {protocol.MAX_DEPTH} deep); it should return numbers and arrays"
)


def about_value(text: str, otherwise: str) -> str:
    """Return what is said of a value that is no data, if it names nothing but a known type.

    >>> about_value("f returned an object of type set; it should return an array", "f returned …")
    'f returned an object of type set; it should return an array'
    >>> about_value("f returned an object of type X0_73; it should return an array", "…")
    '…'
    """
    if len(text) <= LONGEST and _TOO_MUCH.fullmatch(text):
        return text
    match = _ABOUT_A_VALUE.fullmatch(text)
    known = match is not None and match["type"] in TYPES
    return text if known and len(text) <= LONGEST and not re.search(r"\d", text) else otherwise


def type_name(value: object) -> str:
    """Return the name of a value's type, if Python or NumPy gave it.

    >>> type_name({}), type_name(type("X0_73", (), {})())
    ('dict', 'a class of your own')
    """
    name = type(value).__name__
    return name if name in TYPES else "a class of your own"


def sizes(args: Iterable[Any]) -> set[int]:
    """Return the lengths of all axes of some arguments, and products of two of them."""
    lengths: set[int] = set()
    for shape in _shapes(args, 4):
        lengths.update(shape)
        lengths.add(int(np.prod(shape, dtype=np.int64)))
    return lengths | {
        length * other for length in lengths for other in lengths if length < 1000 and other < 1000
    }


def _shapes(value: Any, depth: int) -> Iterator[tuple[int, ...]]:
    if isinstance(value, np.ndarray):
        yield value.shape
    elif isinstance(value, (list, tuple)) and depth:
        yield (len(value),)
        for entry in value[:100]:
            yield from _shapes(entry, depth - 1)
