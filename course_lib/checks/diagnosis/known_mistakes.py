"""Recognising known mistakes: they compute what the student's function computes."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.checks import find
from course_lib.checks.answers import lower, same
from course_lib.checks.carried_error import Calls, put_together
from course_lib.checks.fixtures import Fixture
from course_lib.checks.local import plain
from course_lib.checks.question import Call, Mistake, Part, Question
from course_lib.checks.student_call import Reply, StudentError
from course_lib.checks.verdict import CallRecord, attempted, prepared


def recognise(
    question: Question, records: Sequence[CallRecord]
) -> tuple[list[Mistake], dict[str, list[Mistake]]]:
    """Find the known mistakes that compute what the student's function computed.

    The question's own come first; those of its steps (see `inherited`) are tried where no own one
    explains the whole answer.

    Returns
    -------
    list of Mistake
        Those that explain every call as a whole.
    dict of str to list of Mistake
        Where there are none, by the names of the parts that are wrong, those that explain them.
    """
    own = [_fitted(mistake, records) for mistake in question.mistakes]
    if whole := [mistake for mistake in own if _explains_all(question, mistake, records)]:
        return whole, {}
    steps = inherited(question)
    if whole := [mistake for mistake in steps if _explains_all(question, mistake, records)]:
        return whole, {}
    by_part = {}
    for part in question.parts:
        for mistakes in (own, steps):
            matches = [
                mistake for mistake in mistakes if _explains_part(question, part, mistake, records)
            ]
            if matches:
                by_part[part.name] = matches
                break
    return [], by_part


def _fitted(mistake: Mistake, records: Sequence[CallRecord]) -> Mistake:
    """Return a mistake with its free number, if it has one, as the student's answers tell it."""
    if mistake.fit is None:
        return mistake
    wrong = mistake.fit([(record.args, record.value) for record in records if record.error is None])
    return mistake if wrong is None else replace(mistake, wrong=wrong)


def _explains_all(question: Question, mistake: Mistake, records: Sequence[CallRecord]) -> bool:
    """Whether a mistake gives every call as a whole."""
    seen = False
    for record in records:
        if record.error is not None and record.error.kind != "raised":
            return False  # without doing what may need as much time or memory
        again = rerun(question, mistake, record.fixture, record.seed)
        if not _explains(question, again, record):  # most mistakes differ in the first call
            return False
        seen = seen or not again.flawless
    return seen


def _explains_part(
    question: Question, part: Part, mistake: Mistake, records: Sequence[CallRecord]
) -> bool:
    """Whether a mistake gives this part, and nothing the student's answer does not show."""
    seen = False
    for record in records:
        if record.error is not None or not part.concerns(record.fixture):
            continue
        again = rerun(question, mistake, record.fixture, record.seed)
        if len(again.compared) != len(record.compared):
            return False
        for actual, ours in zip(record.compared, again.compared, strict=True):
            inside = part.holds(ours.output)
            if ours.right and (actual.right or not inside):
                continue
            if ours.got is None or actual.got is None:
                return False
            if not same(actual.got, ours.got, question.tolerance):
                return False
            seen = seen or (inside and not ours.right)
    return seen


@lru_cache(maxsize=8192)
def rerun(question: Question, mistake: Mistake, fixture: Fixture, seed: int) -> CallRecord:
    """Do what a known mistake does, on the inputs of one call."""

    def call(name: str, *args: Any, **_options: Any) -> Reply:
        given = copy.deepcopy(args)
        try:
            return Reply(plain(mistake.wrong(*given)), given)
        except Exception as error:
            text = " ".join(str(error).split()) or type(error).__name__
            raise StudentError("raised", text) from None

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return attempted(question, fixture, call, seed)


def _explains(question: Question, again: CallRecord, record: CallRecord) -> bool:
    if again.error is not None:
        return record.error is not None and again.error.text in record.error.text
    return (
        record.error is None
        and again.changed == record.changed
        and again.again == record.again
        and same(record.value, again.value, question.tolerance)
    )


def of_the_steps(question: Question, seed: int = 0) -> list[Mistake]:
    """Return the mistakes of a function's steps that lose points in it."""
    marked = [fixture for fixture in question.small if fixture.marked]
    return [
        mistake
        for mistake in inherited(question)
        if not all(rerun(question, mistake, fixture, seed).flawless for fixture in marked)
    ]


def twins(question: Question, identity: str, seed: int = 0) -> set[str]:
    """Return the ids of the mistakes that compute the same arrays, itself among them."""
    mistakes = [*question.mistakes, *inherited(question)]
    first = next(mistake for mistake in mistakes if mistake.id == identity)

    def alike(again: CallRecord, record: CallRecord) -> bool:
        texts = {answer.error and answer.error.text for answer in (again, record)}
        return len(texts) == 1 and _explains(question, again, record)

    return {
        mistake.id
        for mistake in mistakes
        if all(
            alike(*(rerun(question, each, fixture, seed) for each in (mistake, first)))
            for fixture in question.small
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
    calls: Calls = {}
    for fixture in question.small:
        put_together(made, prepared(question, fixture, 0)[0], calls=calls)
    steps = [find(name)[1] for name in calls]
    return tuple(_inside(made, step, mistake) for step in steps for mistake in step.mistakes)


def _inside(made: Call, step: Question, mistake: Mistake) -> Mistake:
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
