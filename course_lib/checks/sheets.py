"""Numbers of its own for each notebook: calculations by hand of which everyone gets another one.

A `Sheet` belongs to a question without arguments. It holds the numbers that the course's own
notebook states, and those that may take their places. A notebook's key, a whole number that its
line ``MY_NUMBERS = …`` states, gives the numbers; whose key it is, nothing here knows.

Of all numbers that can be drawn, only those are used with which the right results have few digits,
differ from each other and from what every known mistake gives, and with which no two mistakes give
the same. Answers that are right for the numbers of another notebook are recognised as such.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from course_lib.checks import find
from course_lib.checks.answers import judge
from course_lib.checks.question import Exercise, Mistake, Question

KEY = "MY_NUMBERS"
KEYS = 10_000
"""Keys are the whole numbers from 1 to this one."""
MARGIN = 3.0  # times the tolerance: how far results differ that must not be taken for each other
ANOTHER = "another-notebook"

Numbers = dict[str, Any]


class KeyValueError(ValueError):
    """A notebook states a key that no notebook was given; the text says so."""


def grid(name: str, rows: Sequence[Sequence[float]]) -> dict[str, float]:
    """Return the entries of an array by names with their indices.

    >>> grid("W", [[1, 2], [3, 4]])
    {'W00': 1, 'W01': 2, 'W10': 3, 'W11': 4}
    """
    return {f"{name}{i}{k}": number for i, row in enumerate(rows) for k, number in enumerate(row)}


def array(name: str, numbers: Mapping[str, Any]) -> np.ndarray:
    """Return the array of which `grid` gives the entries; with one index, ``a0``, of one axis.

    >>> array("W", {"W00": 1, "W01": 2, "W10": 3, "W11": 4}).tolist()
    [[1, 2], [3, 4]]
    """
    entries = {key: number for key, number in numbers.items() if re.fullmatch(rf"{name}\d+", key)}
    rows = 1 + max(int(key[len(name)]) for key in entries)
    return np.array(list(entries.values())).reshape((rows, -1) if len(entries) > rows else rows)


@dataclass(frozen=True)
class Sheet:
    """The numbers of a calculation by hand, and those that may take their places.

    Parameters
    ----------
    numbers : mapping of str to number
        Those of the course's own notebook.
    choices : mapping of str to sequence of numbers
        By the same names, what is drawn from.
    answer : callable
        ``answer(numbers) -> tuple``: the right results.
    question : callable
        ``question(numbers) -> Question``: with the known mistakes for these numbers.
    text : tuple of str
        Pieces of the notebook's text that state numbers. ``<w2>`` is a number as people write
        it, ``<w2.>`` as code does; each piece occurs once.
    derived : callable
        ``derived(numbers) -> dict``: more that the text states, computed from the numbers.
    decimals : tuple of int
        How many places after the point each right result has at most.
    """

    numbers: Numbers
    choices: Mapping[str, Sequence[Any]]
    answer: Callable[[Numbers], tuple[float, ...]]
    question: Callable[[Numbers], Question]
    text: tuple[str, ...]
    decimals: tuple[int, ...]
    derived: Callable[[Numbers], Numbers] = field(default=lambda _numbers: {})

    def original(self, reference: Callable[[], Any]) -> Question:
        """Return the question of the course's own notebook; `reference` is the solution's."""
        return replace(self.question(self.numbers), reference=reference, sheet=self)

    def pieces(self, numbers: Numbers) -> list[str]:
        """Return the pieces of text with some numbers."""
        known = numbers | self.derived(numbers)

        def written(match: re.Match[str]) -> str:
            value = known[match[1]]
            if isinstance(value, str):
                return value
            return repr(float(value)) if match[2] else f"{value:,.10g}"

        return [re.sub(r"<(\w+)(\.?)>", written, piece) for piece in self.text]


def key_of(value: Any) -> int:
    """Return a notebook's key; 0 for the course's own notebook, which states none.

    Raises
    ------
    KeyValueError
        If it is none.
    """
    if value is None:
        return 0
    if type(value) is not int or not 1 <= value <= KEYS:
        raise KeyValueError(
            f"{KEY} is not as your notebook had it; put the line back, or get the notebook again."
        )
    return value


def stated_key(sources: Sequence[str]) -> int:
    """Return the key that the code cells of a notebook state last; see `key_of`.

    >>> stated_key(["import numpy", "MY_NUMBERS = 17  # yours"]), stated_key(["x = 1"])
    (17, 0)
    """
    values = re.findall(rf"^{KEY} *= *(.*?)\s*(?:#.*)?$", "\n".join(sources), re.MULTILINE)
    return key_of((int(values[-1]) if values[-1].isdecimal() else values[-1]) if values else None)


def any_key(sources: Sequence[str]) -> int:
    """Return the key that code cells state; 0 for none, and for one that no notebook was given."""
    try:
        return stated_key(sources)
    except KeyValueError:
        return 0


def with_key(exercise: Exercise, key: int) -> Exercise:
    """Return an exercise as it is asked in the notebook with a key."""
    if not key or not any(question.sheet for question in exercise.questions):
        return exercise
    return replace(
        exercise, questions=tuple(varied(question, key) for question in exercise.questions)
    )


def as_stated(exercise: Exercise, sources: Sequence[str]) -> Exercise:
    """Return an exercise as it is asked in a notebook with these code cells; see `stated_key`."""
    asked = any(question.sheet for question in exercise.questions)
    return with_key(exercise, stated_key(sources)) if asked else exercise


@lru_cache(maxsize=1024)
def varied(question: Question, key: int) -> Question:
    """Return a question as it is asked in the notebook with a key; others stay as they are."""
    if question.sheet is None or not key:
        return question
    made = _made(question.sheet, numbers_of(question.name, key))
    follows = made.follows

    def still(*given: float) -> tuple[tuple[float, ...], ...]:
        """Let nothing follow from the numbers of another notebook."""
        assert follows is not None
        return ((),) * len(given) if _is_another(made, given) else follows(*given)

    return replace(
        made,
        follows=follows and still,
        mistakes=(*made.mistakes, replace(another(question), fit=lambda calls: _fit(made, calls))),
    )


def another(question: Question) -> Mistake:
    """Return the mistake of a student who hands in the results of another notebook."""
    assert question.sheet is not None
    original = question.sheet.answer(question.sheet.numbers)
    return Mistake(
        ANOTHER,
        "These are the numbers of another notebook: they are right for what is given there. Your "
        "own notebook gives other numbers in this task.",
        lambda: original,
        "These are the numbers of another notebook. Which numbers does the task give in yours?",
    )


def numbers_of(name: str, key: int) -> Numbers:
    """Return the numbers of a question in the notebook with a key.

    They are those at the place with the key's own number, or else at the first of a row of other
    places that are fit to be used.
    """
    others = (_number(f"{name}/{key}/{count}") % KEYS for count in itertools.count())
    return next(
        _drawn(name, place)
        for place in itertools.chain([key % KEYS], others)
        if _is_fit(name, place)
    )


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _sheet(name: str) -> Sheet:
    sheet = find(name)[1].sheet
    assert sheet is not None
    return sheet


def _made(sheet: Sheet, numbers: Numbers) -> Question:
    right = sheet.answer(numbers)
    rounded = tuple(round(number, 3) for number in right)
    question = sheet.question(numbers)
    return replace(question, reference=lambda: right, correct={"rounded": lambda: rounded})


def _drawn(name: str, place: int) -> Numbers:
    """Return the numbers at one of the `KEYS` places; the same on every machine."""
    left = _number(f"{name}/{place}")
    numbers = {}
    for key, values in _sheet(name).choices.items():
        left, index = divmod(left, len(values))
        numbers[key] = values[index]
    return numbers


@cache
def _is_fit(name: str, place: int) -> bool:
    """Whether the numbers at a place are used at all: see the head of this file."""
    sheet = _sheet(name)
    question = _made(sheet, _drawn(name, place))
    right = np.array(question.reference(), float)
    far = MARGIN * question.absolute
    if np.abs(right).min() < 3 * far or right.tolist() == list(sheet.answer(sheet.numbers)):
        return False
    pairs = zip(right.tolist(), sheet.decimals, strict=True)
    if any(abs(round(number, most) - number) > 1e-9 for number, most in pairs):
        return False
    if any(abs(number - other) <= far for number, other in itertools.combinations(right, 2)):
        return False
    wrong = {mistake.id: np.array(mistake.wrong(), float) for mistake in question.mistakes}
    for values in wrong.values():
        apart = np.abs(values - right)
        if not values.any() or not (apart > far).any() or ((apart > 1e-9) & (apart <= far)).any():
            return False
        compared, _ = judge(question, tuple(values), tuple(right))
        if all(item.right for item in compared):
            return False
    twins = {(mistake.id, twin) for mistake in question.mistakes for twin in mistake.twins}
    return all(
        np.abs(wrong[first] - wrong[second]).max() > far
        for first, second in itertools.combinations(wrong, 2)
        if not {(first, second), (second, first)} & twins
    )


@cache
def _answers(name: str) -> np.ndarray:
    """Return the right results at every place, and last those of the course's own notebook."""
    sheet = _sheet(name)
    drawn = [_drawn(name, place) for place in range(KEYS)]
    return np.array([sheet.answer(numbers) for numbers in [*drawn, sheet.numbers]], float)


def _is_another(question: Question, given: Any) -> bool:
    """Whether results are right in another notebook, and not what a known mistake gives."""
    try:
        numbers = np.array(given, float)
    except (TypeError, ValueError, OverflowError):
        return False
    right = np.array(question.reference(), float)
    if numbers.shape != right.shape or (np.abs(numbers - right) <= question.absolute).all():
        return False
    if any(np.allclose(numbers, mistake.wrong(), 1e-9, 1e-12) for mistake in question.mistakes):
        return False
    alike = (np.abs(_answers(question.name) - numbers) <= question.absolute).all(axis=1)
    return any(place == KEYS or _is_fit(question.name, place) for place in np.flatnonzero(alike))


def _fit(question: Question, calls: Sequence[tuple[tuple, Any]]) -> Callable[[], Any] | None:
    values = [value for _, value in calls]
    if not values or not _is_another(question, values[0]):
        return None
    return lambda: values[0]
