"""Numbers that are not finite, or hardly, are wrong answers; the checks do not fail over them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from course_lib.checks import load, names
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Question

QUESTIONS = [question for name in names() for question in load(name).questions]


def filled(value: Any, number: float) -> Any:
    if isinstance(value, (list, tuple)):
        return [filled(entry, number) for entry in value]
    return np.full(np.shape(value), number) if np.ndim(value) else number


@pytest.mark.parametrize("number", [-np.inf, np.nan, 1e300])
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.name)
def test_extreme_numbers_are_a_wrong_answer(question: Question, number: float) -> None:
    small = tuple(fixture for fixture in question.fixtures if not fixture.large)
    name = question.called
    call = LocalCall({name: lambda *args: filled(question.reference(*args), number)})
    result = mark_question(replace(question, fixtures=small), call, 3)
    assert result.status == "wrong", result.fault
    assert result.score == 0
