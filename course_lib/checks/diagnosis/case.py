"""What the rules look at: one wrong array beside the right one, and that array in other calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from course_lib.checks.answers import Compared
from course_lib.checks.diagnosis.terms import CLOSE, Written, known, written
from course_lib.checks.question import Question
from course_lib.checks.verdict import CallRecord

Measure = Callable[[CallRecord, Compared], float | None]


@dataclass(frozen=True)
class Finding:
    """What is seen in an array, and the question it suggests.

    ``place`` replaces the question's own first hint where that one does not fit; ``mistake`` and
    ``named`` are set by a rule that recognises a mistake by itself. ``unexplained`` says that
    nothing is known beyond that the numbers are wrong.
    """

    symptom: str
    question: str = ""
    place: str = ""
    mistake: str = ""
    named: str = ""
    unexplained: bool = False


@dataclass(frozen=True)
class Case:
    """A wrong array of the right shape, `item`, and its call, `record`.

    ``alike`` are the calls of the same kind that gave an array of the right shape here.
    """

    question: Question
    item: Compared
    record: CallRecord
    alike: tuple[tuple[CallRecord, Compared], ...]

    @property
    def got(self) -> np.ndarray:
        """The student's array."""
        assert self.item.got is not None
        return self.item.got

    @property
    def expected(self) -> np.ndarray:
        """The right one."""
        return self.item.expected

    @property
    def label(self) -> str:
        """Its name, as a sentence holds it."""
        return self.item.output.shown

    @cached_property
    def arguments(self) -> tuple[tuple[str, np.ndarray], ...]:
        """The arrays among the arguments with their names, lists opened."""
        return tuple(arrays(self.question, self.record))

    def factor(self, measure: Measure, *, sums: bool = False) -> Written | None:
        """Write a factor in the question's terms, the same in every call.

        `measure` gives the factor of one call, or None; here it gives one.
        """
        ratio = measure(self.record, self.item)
        assert ratio is not None
        if self.item.calls:
            return self.of_calls([ratio] * len(self.alike), sums=sums)
        ratios, knowns = [ratio], [known(self.question, self.record)]
        for record, other in self.alike:
            again = None if record is self.record or other.right else measure(record, other)
            if again is not None:
                ratios.append(again)
                knowns.append(known(self.question, record))
        return written(ratios, knowns, sums=sums)

    def of_calls(self, ratios: Sequence[float | None], *, sums: bool = False) -> Written | None:
        """Write the factors of several calls in the terms of each; None where one is missing."""
        present = [ratio for ratio in ratios if ratio is not None]
        if len(present) < max(2, len(ratios)):
            return None
        knowns = [known(self.question, record) for record, _ in self.alike]
        return written(present, knowns, sums=sums)

    def number(self, ratio: float) -> Written | None:
        """Write a factor that is the same in all calls of a merged case, or of this call."""
        if self.item.calls:
            return self.of_calls([ratio] * len(self.alike))
        return written([ratio], [known(self.question, self.record)])

    def entry_factors(self) -> dict[str, np.ndarray]:
        """Return the question's factors per entry; of a merged case, one number per call."""
        if not self.item.calls:
            factors = self.question.factors(*self.record.args)
            return {name: np.asarray(values) for name, values in factors.items()}
        calls = [self.question.factors(*record.args) for record, _ in self.alike]
        return {
            name: np.array([float(np.asarray(call[name])) for call in calls])
            for name in calls[0]
            if all(np.size(call.get(name, ())) == 1 for call in calls)
        }


def close(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return which entries are right."""
    return np.asarray(np.abs(got - expected) <= CLOSE * np.abs(expected).max(initial=1e-300))


def arrays(question: Question, record: CallRecord) -> list[tuple[str, np.ndarray]]:
    """List the array arguments with their names, lists opened."""
    named_arrays: list[tuple[str, np.ndarray]] = []
    for name, argument in zip(question.arguments, record.args, strict=False):
        if isinstance(argument, np.ndarray):
            named_arrays.append((name, argument))
        elif isinstance(argument, (list, tuple)):
            named_arrays.extend(
                (f"{name}[{index}]", entry)
                for index, entry in enumerate(argument)
                if isinstance(entry, np.ndarray)
            )
    return named_arrays


def make_case(
    question: Question, item: Compared, record: CallRecord, records: Sequence[CallRecord] = ()
) -> Case:
    """Gather what the rules look at.

    A single number says little; those of all calls of the same kind, side by side, are read as an
    array.
    """
    same = tuple(
        (call, other)
        for call in records or (record,)
        if call.fixture.variant == record.fixture.variant and call.error is None
        for other in call.compared
        if other.output == item.output and other.comparable
    )
    case = Case(question, item, record, same or ((record, item),))
    single = item.expected.size == 1 and all(other.expected.size == 1 for _, other in same)
    if not single or len(same) < 2:
        return case
    got = np.array([float(other.got.ravel()[0]) for _, other in same if other.got is not None])
    expected = np.array([float(other.expected.ravel()[0]) for _, other in same])
    args = tuple(
        np.array(values) if all(type(value) in (int, float) for value in values) else values[0]
        for values in zip(*(call.args for call, _ in same), strict=True)
    )
    merged = replace(item, expected=expected, got=got, calls=True)
    return replace(case, item=merged, record=replace(record, args=args))
