"""Recognising known mistakes: they compute what the student's function computes."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.checks import find
from course_lib.checks.answers import Compared, forbidden_changes, judge, lower, same
from course_lib.checks.fixtures import Fixture
from course_lib.checks.local import plain
from course_lib.checks.question import Mistake, Part, Question
from course_lib.checks.verdict import CallRecord, prepared


@dataclass(frozen=True)
class Recognised:
    """Known mistakes that explain an answer.

    ``whole`` explains every call as a whole. Where none does, ``by_part`` holds for the parts that
    are wrong those that explain them.
    """

    whole: list[Mistake] = field(default_factory=list)
    by_part: dict[str, list[Mistake]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rerun:
    """What a known mistake does on the inputs of one call."""

    compared: list[Compared]
    value: Any
    error: str | None
    changed: tuple[int, ...]
    again: bool

    @property
    def wrong(self) -> bool:
        """Whether the mistake shows on these inputs at all."""
        return bool(
            self.error is not None
            or self.changed
            or self.again
            or not all(item.right for item in self.compared)
        )


def recognise(question: Question, records: Sequence[CallRecord]) -> Recognised:
    """Find the known mistakes that compute what the student's function computed.

    The question's own come first; those of its steps (see `inherited`) are tried where no own one
    explains the whole answer.
    """
    own = _Bank(question, [_fitted(one, records) for one in question.mistakes], records)
    if whole := own.whole():
        return Recognised(whole)
    steps = _Bank(question, inherited(question), records)
    if whole := steps.whole():
        return Recognised(whole)
    by_part = {}
    for part in question.parts:
        if found := own.of(part) or steps.of(part):
            by_part[part.name] = found
    return Recognised([], by_part)


def _fitted(mistake: Mistake, records: Sequence[CallRecord]) -> Mistake:
    """Return a mistake with its free number, if it has one, as the student's answers tell it."""
    if mistake.fit is None:
        return mistake
    found = mistake.fit([(one.args, one.value) for one in records if one.error is None])
    return mistake if found is None else replace(mistake, wrong=found)


class _Bank:
    """Known mistakes, run on the inputs of all calls."""

    def __init__(
        self, question: Question, mistakes: Sequence[Mistake], records: Sequence[CallRecord]
    ) -> None:
        self._question, self._trials, self._mistakes = question, records, mistakes

    def whole(self) -> list[Mistake]:
        """Return those that explain every call as a whole."""
        return [one for one in self._mistakes if self._explains_all(one)]

    def of(self, part: Part) -> list[Mistake]:
        """Return those that explain one part."""
        return [one for one in self._mistakes if self._explains_part(part, one)]

    def _rerun(self, mistake: Mistake, record: CallRecord) -> Rerun:
        return rerun(self._question, mistake, record.fixture, record.seed)

    def _explains_all(self, mistake: Mistake) -> bool:
        # Lazily: most mistakes differ in the first call.
        seen = False
        for record in self._trials:
            if record.error is not None and record.error.kind != "raised":
                return False  # without doing what may need as much time or memory
            again = self._rerun(mistake, record)
            if not _explains(self._question, again, record):
                return False
            seen = seen or again.wrong
        return seen

    def _explains_part(self, part: Part, mistake: Mistake) -> bool:
        """Whether a mistake gives this part, and nothing the student's answer does not show."""
        seen = False
        for record in self._trials:
            if record.error is not None or part.variant not in ("", record.fixture.variant):
                continue
            again = self._rerun(mistake, record)
            if again.error is not None or len(again.compared) != len(record.compared):
                return False
            for theirs, ours in zip(record.compared, again.compared, strict=True):
                inside = not part.outputs or ours.output.position in part.outputs
                if ours.right and (theirs.right or not inside):
                    continue
                if ours.got is None or theirs.got is None:
                    return False
                if not same(theirs.got, ours.got, self._question.tolerance):
                    return False
                seen = seen or (inside and not ours.right)
        return seen


@lru_cache(maxsize=8192)
def rerun(question: Question, mistake: Mistake, fixture: Fixture, seed: int) -> Rerun:
    """Do what a known mistake does, on the inputs of one call."""
    args, expected = prepared(question, fixture, seed)
    given = copy.deepcopy(args)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            value = plain(mistake.wrong(*given))
            changed = forbidden_changes(question, args, given)
            again = fixture.repeat and not same(plain(mistake.wrong(*copy.deepcopy(args))), value)
        except Exception as error:
            return Rerun([], None, str(error) or type(error).__name__, (), False)
        compared, _ = judge(question, value, expected)
    return Rerun(compared, value, None, changed, again)


def _explains(question: Question, again: Rerun, record: CallRecord) -> bool:
    if record.error is not None:
        return again.error is not None and " ".join(again.error.split()) in record.error.text
    return (
        again.error is None
        and again.changed == record.changed
        and again.again == bool(record.again)
        and same(record.value, again.value, question.tolerance)
    )


def of_the_steps(question: Question, seed: int = 0) -> list[Mistake]:
    """Return the mistakes of a function's steps that lose points in it."""
    marked = [one for one in question.fixtures if one.marked and not one.large]
    return [
        mistake
        for mistake in inherited(question)
        if any(rerun(question, mistake, fixture, seed).wrong for fixture in marked)
    ]


def twins(question: Question, identity: str, seed: int = 0) -> set[str]:
    """Return the ids of the mistakes that compute the same arrays, itself among them."""
    mistakes = [*question.mistakes, *inherited(question)]
    small = [fixture for fixture in question.fixtures if not fixture.large]

    def computed(mistake: Mistake) -> list[Rerun]:
        return [rerun(question, mistake, fixture, seed) for fixture in small]

    numbers = computed(next(one for one in mistakes if one.id == identity))
    return {
        mistake.id
        for mistake in mistakes
        if all(
            one.error == two.error
            and one.changed == two.changed
            and one.again == two.again
            and same(one.value, two.value, question.tolerance)
            for one, two in zip(numbers, computed(mistake), strict=True)
        )
    }


@lru_cache(maxsize=256)
def inherited(question: Question) -> tuple[Mistake, ...]:
    """Return the known mistakes of the steps of a function, as mistakes of the function.

    >>> [one.id for one in inherited(find("network_backward")[1])][:2]
    ['dense_backward/B01', 'dense_backward/B02']
    """
    made = question.steps or question.carried
    if made is None:
        return ()
    return tuple(
        _inside(made, find(name)[1], mistake)
        for name in steps_of(question)
        for mistake in find(name)[1].mistakes
    )


@lru_cache(maxsize=256)
def steps_of(question: Question) -> tuple[str, ...]:
    """Return the names of the functions whose steps a function does, in the order of first use.

    >>> steps_of(find("network_backward")[1])
    ('dense_backward', 'activation_backward')
    """
    made = question.steps or question.carried
    if made is None:
        return ()
    found: dict[str, None] = {}

    def right(name: str, *given: Any) -> Any:
        found.setdefault(name)
        return find(name)[1].reference(*copy.deepcopy(given))

    for fixture in question.fixtures:
        if not fixture.large:
            made(right, *copy.deepcopy(prepared(question, fixture, 0)[0]))
    return tuple(found)


def _inside(made: Callable[..., Any], step: Question, mistake: Mistake) -> Mistake:
    """Put a mistake of a step into the function that does it."""

    def call(name: str, *given: Any) -> Any:
        return (mistake.wrong if name == step.name else find(name)[1].reference)(*given)

    named = step.name if step.name.endswith("_step") else f"{step.name} step"
    return Mistake(
        id=f"{step.name}/{mistake.id}",
        name=f"In your {named}, {lower(mistake.name)}",
        wrong=lambda *args: made(call, *args),
        question=f"About your {named}: {mistake.question}",
        section=mistake.section or step.section,
        place=f"In your {named}, {lower(mistake.place or step.place)}",
    )
