"""Reading an answer that may be anything, and comparing it with the right one.

What comes back from a student's function is looked at here first: only plain numbers and
arrays of numbers pass, and every other thing becomes a sentence that says what came.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from course_lib.checks.question import Question

MAX_ELEMENTS = 50_000_000


@dataclass(frozen=True)
class Output:
    """One array of an answer: its label (``"dW"``, ``"dW[0]"``) and where it stands."""

    label: str
    position: int
    index: int | None = None

    @property
    def shown(self) -> str:
        """The label as a sentence holds it; see :func:`shown`."""
        return shown(self.label)


SYMBOL = re.compile(r"(d?[A-Za-z]\d?|delta\w*|theta|sigma|[a-z]_(hat|\w)|d\w_d\w|dy_hat)(\[.*\])?")


def shown(label: str) -> str:
    """Return the name of a result as a sentence holds it: words of code are marked as code.

    >>> shown("dW[0]"), shown("means"), shown("new theta"), shown("layer of A")
    ('dW[0]', '`means`', 'the new theta', 'the layer of A')
    """
    if label.startswith("new ") or " of " in label:
        return f"the {label}"
    return label if SYMBOL.fullmatch(label) else f"`{label}`"


def listed(items: Sequence[str]) -> str:
    """Join names for a sentence.

    >>> listed(["dW"]), listed(["dW", "db"]), listed(["dW", "db", "da"])
    ('dW', 'dW and db', 'dW, db and da')
    """
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def are(count: int) -> str:
    """Return the verb that goes with `count` things."""
    return "is" if count == 1 else "are"


def upper(text: str) -> str:
    """Begin a sentence: its first letter in upper case, unless it belongs to a name.

    >>> upper("the new v is 0."), upper("dW is 0."), upper("db[1]")
    ('The new v is 0.', 'dW is 0.', 'db[1]')
    """
    return text[:1].upper() + text[1:] if text.startswith(("the ", "in ", "your ")) else text


NAMES = ("Adam", "Nesterov", "NumPy", "Python")


def lower(text: str) -> str:
    """Continue a sentence with another one: its first word in lower case, unless it is a name.

    >>> lower("The bias is missing."), lower("ReLU is 0."), lower("A @ W is taken.")
    ('the bias is missing.', 'ReLU is 0.', 'A @ W is taken.')
    """
    word = re.match(r"(?:[A-Z][a-z]+|A(?= [a-z]{2}))(?![\w(\[])", text)
    if word is None or word[0] in NAMES:
        return text
    return text[:1].lower() + text[1:]


@dataclass(frozen=True)
class Compared:
    """One array of the right answer beside the student's.

    ``got`` is None when there was nothing usable; ``problem`` then says what came instead.
    ``error`` is max|Δ| / max|reference|. ``calls`` says that the entries are the single
    numbers of several calls, put side by side. ``follows`` says that a number is right only
    given another one, which is wrong.
    """

    output: Output
    expected: np.ndarray
    got: np.ndarray | None
    problem: str = ""
    error: float = float("inf")
    right: bool = False
    calls: bool = False
    follows: bool = False

    @property
    def comparable(self) -> bool:
        """Whether there is an array of the right shape."""
        return self.got is not None and self.got.shape == self.expected.shape

    @property
    def every(self) -> str:
        """How a sentence about all entries begins."""
        label = self.output.shown
        return f"In every call, {label}" if self.calls else f"Every entry of {label}"


def describe(value: Any) -> str:
    """Say in a few words what `value` is, without showing its content.

    >>> describe(None), describe([1.0, 2.0]), describe(np.zeros((2, 3)))
    ('None', 'a list of 2 entries', 'an array of shape (2, 3)')
    """
    if value is None:
        return "None"
    if type(value) is np.ndarray and value.ndim:
        return f"an array of shape {value.shape}"
    if type(value) in (bool, int, float, np.ndarray):
        return "a single number"
    if type(value) in (list, tuple):
        return f"a {type(value).__name__} of {_counted(value)}"
    if type(value) is str:
        return "text"
    if type(value) is dict:
        return "a dictionary"
    return "something that is not numbers"


def _counted(entries: Sequence[Any]) -> str:
    return f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"


def outputs_of(reference: Any, returns: Sequence[str]) -> list[tuple[Output, np.ndarray]]:
    """List the arrays of a right answer with their labels.

    >>> [output.label for output, _ in outputs_of(([np.ones(2), np.ones(3)], 1.0), ("dW", "loss"))]
    ['dW[0]', 'dW[1]', 'loss']
    """
    outputs = [reference] if len(returns) == 1 else list(reference)
    if len(outputs) != len(returns):
        raise ValueError(f"the reference returns {len(outputs)} values, named: {returns}")
    labelled = []
    for position, (name, value) in enumerate(zip(returns, outputs, strict=True)):
        if isinstance(value, (list, tuple)):
            for index, array in enumerate(value):
                output = Output(f"{name}[{index}]", position, index)
                labelled.append((output, np.asarray(array, dtype=float)))
        else:
            labelled.append((Output(name, position), np.asarray(value, dtype=float)))
    return labelled


def as_numbers(value: Any) -> np.ndarray:
    """Return a student's value as a float64 array.

    Raises
    ------
    ValueError
        If it does not hold real numbers only; the text goes on after the name of the value.
    """
    if value is None:
        raise ValueError("is None")
    if type(value) not in (np.ndarray, list, tuple, bool, int, float):
        raise ValueError(f"is {describe(value)}; it should be a number or an array")
    try:
        array = np.array(value, subok=False, copy=True)
    except (ValueError, TypeError, OverflowError):
        text = f"is {describe(value)} whose rows differ in length; it should be an array"
        raise ValueError(text) from None
    if array.size > MAX_ELEMENTS:
        raise ValueError(f"has {array.size} numbers, far more than the right answer")
    if array.dtype.kind == "c":
        raise ValueError("contains complex numbers; they should be real")
    if array.dtype.kind not in "fiub":
        raise ValueError(f"is {describe(value)} that contains other things than numbers")
    return array.astype(float, copy=False)


def judge(question: Question, value: Any, expected: Any) -> tuple[list[Compared], str]:
    """Compare a returned value with the right one, array by array.

    Returns
    -------
    list of Compared
        One for each array of the right one, in its order.
    str
        What is wrong with the answer as a whole ("returned one array, three belong there"),
        or an empty text.
    """
    right = outputs_of(expected, question.returns)
    outputs = [value]
    if len(question.returns) > 1:
        if not _is_list(value) or len(value) != len(question.returns):
            names = ", ".join(map(shown, question.returns))
            whole = f"Your function returned {describe(value)}. It should return {names}"
            return [Compared(output, array, None, whole) for output, array in right], whole
        outputs = [np.asarray(one) if type(value) is np.ndarray else one for one in value]
    compared = []
    for output, array in right:
        part, problem = outputs[output.position], ""
        if output.index is not None:
            name = shown(question.returns[output.position])
            count = sum(other.position == output.position for other, _ in right)
            if not _is_list(part):
                problem = f"{name} is {describe(part)}; it should be a list of {count} arrays"
            elif len(part) != count:
                has = f"has {_counted(part)}"
                problem = f"{name} {has}; it should have {count}, one per {question.per}"
            else:
                part = part[output.index]
        compared.append(_compared(question, output, array, part, problem))
    if question.follows is None or any(item.got is None or item.got.ndim for item in compared):
        return compared, ""
    return _given_the_others(question, compared), ""


def _is_list(value: Any) -> bool:
    return type(value) in (list, tuple) or (type(value) is np.ndarray and value.ndim > 0)


def _compared(
    question: Question, output: Output, expected: np.ndarray, value: Any, problem: str
) -> Compared:
    if problem:
        return Compared(output, expected, None, problem)
    try:
        got = as_numbers(value)
    except ValueError as said:
        return Compared(output, expected, None, f"{output.shown} {said}")
    if got.shape != expected.shape:
        return Compared(output, expected, got)
    if expected.size == 0:
        return Compared(output, expected, got, error=0.0, right=True)
    # Few passes over the arrays, since a large layer's have megabytes.
    with np.errstate(over="ignore", invalid="ignore"):
        difference = float(np.abs(got - expected).max())
    if not np.isfinite(difference) and not np.isfinite(got).all():
        return Compared(output, expected, got, f"{output.shown} contains NaN or infinity")
    scale = float(max(expected.max(), -expected.min()))
    error = difference / scale if scale else (0.0 if difference == 0 else float("inf"))
    most = question.tolerance * scale + max(question.absolute, 1e-12 * (scale == 0))
    return Compared(output, expected, got, error=error, right=difference <= most)


def constant_ratio(
    got: np.ndarray | None, expected: np.ndarray, tolerance: float = 1e-5
) -> float | None:
    """Return c where ``got == c * expected`` with one c ≠ 0, else None.

    >>> constant_ratio(np.array([2.0, -4.0]), np.array([1.0, -2.0]))
    2.0
    """
    if got is None or got.shape != expected.shape or got.size == 0:
        return None
    if not np.isfinite(got).all() or not expected.any() or not got.any():
        return None
    largest = np.unravel_index(np.abs(expected).argmax(), expected.shape)
    ratio = float(got[largest] / expected[largest])
    if ratio == 0 or not np.isfinite(ratio):
        return None
    difference = np.abs(got - ratio * expected).max()
    return ratio if difference <= tolerance * np.abs(got).max() else None


def same(value: Any, other: Any, tolerance: float = 1e-9, depth: int = 16) -> bool:
    """Whether two answers hold the same numbers in the same structure (NaN equals NaN).

    Below `depth` levels nothing counts as the same.
    """
    if depth == 0:
        return False
    if type(value) is np.ndarray and type(other) is np.ndarray and value.shape != other.shape:
        return False
    if type(value) in (list, tuple) and type(other) in (list, tuple):
        return len(value) == len(other) and all(
            same(entry, partner, tolerance, depth - 1)
            for entry, partner in zip(value, other, strict=True)
        )
    if type(value) is dict and type(other) is dict:
        return value.keys() == other.keys() and all(
            same(value[key], other[key], tolerance, depth - 1) for key in value
        )
    if isinstance(value, (str, type(None))) or isinstance(other, (str, type(None))):
        return type(value) is type(other) and value == other
    try:
        numbers, others = as_numbers(value), as_numbers(other)
    except ValueError:
        return False
    if numbers.shape != others.shape:
        return False
    if np.array_equal(numbers, others):  # one pass, since a large layer's arrays have megabytes
        return True
    finite = np.isfinite(numbers) & np.isfinite(others)
    if not np.array_equal(numbers[~finite], others[~finite], equal_nan=True):
        return False
    scale = np.abs(others[finite]).max(initial=0.0)
    return bool(np.abs(numbers[finite] - others[finite]).max(initial=0.0) <= tolerance * scale)


def _given_the_others(question: Question, compared: list[Compared]) -> list[Compared]:
    """Count a number as right where it follows from a wrong one, which has lost its points."""
    assert question.follows is not None
    numbers = [float(item.got) for item in compared if item.got is not None]
    results = []
    for item, number, due in zip(compared, numbers, question.follows(*numbers), strict=True):
        follows = any(
            number and abs(number - target) <= min(question.absolute, 0.05 * abs(target))
            for target in due
        )
        results.append(
            item if item.right or not follows else replace(item, right=True, follows=True)
        )
    return results


def forbidden_changes(question: Question, before: tuple, after: Any) -> tuple[int, ...]:
    """Return the positions of arguments that were changed and that the question wants kept.

    `after` is None where all of them are as they were.
    """
    if after is None:
        return ()
    changed = set(range(len(before)))
    if type(after) in (tuple, list) and len(after) == len(before):
        pairs = enumerate(zip(before, after, strict=True))
        changed = {index for index, (old, new) in pairs if not same(new, old, tolerance=0.0)}
    return tuple(sorted(changed - {question.arguments.index(name) for name in question.in_place}))
