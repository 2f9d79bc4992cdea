"""The texts of exercises 07 to 13 say what is wrong and what it should be; zeros have no name.

That all feedback is plain English is held by `test_feedback_english`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from course_lib.checks import load, names
from course_lib.checks.answers import outputs_of
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.proof import rows
from course_lib.checks.question import Question
from course_lib.checks.verdict import prepared

QUESTIONS = [question for name in names() if name >= "07" for question in load(name).questions]

NUMBER = r"\babout -?\d|times (?:the same|one) (?:negative )?number|\ba multiple of (?!the right)"
PATTERNS = {
    "the answer told by a contrast": r"; (?:it|they) (?:is|are|has|have|do|does|belongs?|divides?|"
    r"averages?|makes?|contains?|uses?|takes?)\b",
    "a place for a duty": r"\bwhere [^.,]+ belongs?\b|\bbelongs? (?:there|here|before|in(?:to)?)\b",
    "an inverted question": r"\b(?:How many|Which|What) (?:\w+ )?\w+ (?:has|have|had) (?:a|an|the|"
    r"your|this|that|one)(?= )|\bhas your\b",
}


# Their factor contains the right correction, 1 − βᵗ, and would give the answer away.
TOLD_BY_THE_FACTOR = {
    ("adam_update", name) for name in ("U08", "t-plus-one", "power-outside", "times-t")
}


def texts(question: Question) -> Iterator[tuple[str, str]]:
    yield "place", question.place
    yield "slow", question.slow
    for part in question.parts:
        yield f"place of {part.name}", part.place
        yield f"next step of {part.name}", part.next_step
    for mistake in question.mistakes:
        yield mistake.id, mistake.name
        yield f"question of {mistake.id}", mistake.question
        yield f"place of {mistake.id}", mistake.place
    if question.example is not None:
        yield "example", question.example()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_texts_say_what_should_be(question: Question) -> None:
    problems = [
        f"{label}: {what}: {text}"
        for label, text in texts(question)
        for what, pattern in PATTERNS.items()
        if re.search(pattern, text, re.IGNORECASE)
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_ends_as_one_and_every_name_as_a_sentence(question: Question) -> None:
    for mistake in question.mistakes:
        assert mistake.question.endswith("?"), mistake.id
        assert mistake.name.endswith((".", ".)")), mistake.id


def _zeros(question: Question, output: int | None) -> Callable[..., Any]:
    """Answer with zeros alone, or with zeros in the place of one of the results."""

    def zeros(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [zeros(entry) for entry in value]
        return 0.0 * np.asarray(value, dtype=float) if np.ndim(value) else 0.0

    def answer(*args: Any) -> Any:
        value = question.reference(*args)
        if output is None:
            return zeros(value)
        return [zeros(part) if k == output else part for k, part in enumerate(value)]

    return answer


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_zeros_are_not_named_as_a_mistake(question: Question) -> None:
    """They say that nothing was computed, and nothing more.

    Of the numbers that are found by hand, a single 0 may be a verdict.
    """
    several = len(question.returns) > 1 and question.arguments
    outputs = [None, *range(len(question.returns))] if several else [None]
    for output in outputs:
        call = LocalCall({question.called: _zeros(question, output)})
        for seed in (0, 1, 2):
            assert not mark_question(question, call, seed).mistakes, (output, seed)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_factors_are_written_in_terms(question: Question) -> None:
    """A known mistake that multiplies an array does it by something that has a name."""
    small = [fixture for fixture in question.fixtures if not fixture.large]
    for mistake in question.mistakes:
        if (question.name, mistake.id) in TOLD_BY_THE_FACTOR:
            continue
        call = LocalCall({question.called: mistake.wrong})
        symptom = mark_question(question, call, 0).symptom if small else ""
        assert not re.search(NUMBER, symptom), f"{mistake.id}: {symptom}"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_no_symptom_speaks_of_the_sign_of_an_index_or_a_flag(question: Question) -> None:
    """That of −1, which says "none", would tell the answer."""
    small = [fixture for fixture in question.fixtures if not fixture.large]
    values = [question.reference(*prepared(question, fixture, 0)[0]) for fixture in small]
    arrays = [array for value in values for _, array in outputs_of(value, question.returns)]
    if not all(np.array_equal(array, np.round(array)) for array in arrays):
        return
    if all((array > 0).all() for array in arrays):
        return
    for row in rows(question, 0, large=False):
        assert "sign" not in row.result.symptom, (row.answer, row.result.symptom)
