"""What the rules look at: one wrong array beside the right one, and that array in other calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from course_lib.checks.answers import Compared
from course_lib.checks.diagnosis.terms import Written, known, written
from course_lib.checks.question import Question
from course_lib.checks.verdict import Trial

Measure = Callable[[Trial, Compared], float | None]


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
    """A wrong array, in its call, and the same array in the other calls of the same kind.

    Parameters
    ----------
    question : Question
        What was asked.
    item : Compared
        The array; of the same shape as the right one.
    trial : Trial
        Its call.
    alike : tuple of (Trial, Compared)
        The calls of the same kind that gave an array of the right shape here.
    """

    question: Question
    item: Compared
    trial: Trial
    alike: tuple[tuple[Trial, Compared], ...]

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
        return self.item.leaf.shown

    @cached_property
    def arguments(self) -> tuple[tuple[str, np.ndarray], ...]:
        """The arrays among the arguments with their names, lists opened."""
        return tuple(arrays(self.question, self.trial))

    def factor(self, measure: Measure, *, sums: bool = False) -> Written | None:
        """Write a factor in the question's terms, the same in every call.

        `measure` gives the factor of one call, or None; here it gives one.
        """
        ratio = measure(self.trial, self.item)
        assert ratio is not None
        if self.item.calls:
            found = [(ratio, trial) for trial, _ in self.alike]
        else:
            found = [(ratio, self.trial)]
            for trial, other in self.alike:
                again = None if trial is self.trial or other.right else measure(trial, other)
                found += [] if again is None else [(again, trial)]
        knowns = [known(self.question, trial) for _, trial in found]
        return written([one for one, _ in found], knowns, sums=sums)

    def number(self, ratio: float) -> Written | None:
        """Write a factor that is the same in all calls of a merged case, or of this call."""
        trials = [trial for trial, _ in self.alike] if self.item.calls else [self.trial]
        return written([ratio] * len(trials), [known(self.question, trial) for trial in trials])

    def entry_factors(self) -> dict[str, np.ndarray]:
        """Return the question's factors per entry; of a merged case, one number per call."""
        if not self.item.calls:
            found = self.question.factors(*self.trial.args)
            return {name: np.asarray(values) for name, values in found.items()}
        calls = [self.question.factors(*trial.args) for trial, _ in self.alike]
        return {
            name: np.array([float(np.asarray(call[name])) for call in calls])
            for name in calls[0]
            if all(np.size(call.get(name, ())) == 1 for call in calls)
        }


def arrays(question: Question, trial: Trial) -> list[tuple[str, np.ndarray]]:
    """List the array arguments with their names, lists opened."""
    found: list[tuple[str, np.ndarray]] = []
    for name, argument in zip(question.arguments, trial.args, strict=False):
        if isinstance(argument, np.ndarray):
            found.append((name, argument))
        elif isinstance(argument, (list, tuple)):
            found.extend(
                (f"{name}[{index}]", entry)
                for index, entry in enumerate(argument)
                if isinstance(entry, np.ndarray)
            )
    return found


def make_case(
    question: Question, item: Compared, trial: Trial, trials: Sequence[Trial] = ()
) -> Case:
    """Gather what the rules look at.

    A single number says little; those of all calls of the same kind, side by side, are read as an
    array.
    """
    same = tuple(
        (one, other)
        for one in trials or (trial,)
        if one.fixture.variant == trial.fixture.variant and one.error is None
        for other in one.compared
        if other.leaf == item.leaf
        and other.got is not None
        and other.got.shape == other.expected.shape
    )
    case = Case(question, item, trial, same or ((trial, item),))
    single = item.expected.size == 1 and all(other.expected.size == 1 for _, other in same)
    if not single or len(same) < 2:
        return case
    got = np.array([float(other.got.ravel()[0]) for _, other in same if other.got is not None])
    expected = np.array([float(other.expected.ravel()[0]) for _, other in same])
    args = tuple(
        np.array(values) if all(type(value) in (int, float) for value in values) else values[0]
        for values in zip(*(one.args for one, _ in same), strict=True)
    )
    merged = replace(item, expected=expected, got=got, calls=True)
    return replace(case, item=merged, trial=replace(trial, args=args))
