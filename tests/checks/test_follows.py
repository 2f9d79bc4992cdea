"""A number that follows from a wrong one of the same answer is judged given that one."""

from __future__ import annotations

import pytest

from course_lib.checks import load, names
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Question
from course_lib.checks.verdict import QuestionResult

FOLLOWING = [
    question
    for name in names()
    for question in load(name).questions
    if question.follows is not None
]


def marked(question: Question, numbers: list[float]) -> QuestionResult:
    return mark_question(question, LocalCall({question.name: lambda: list(numbers)}))


@pytest.mark.parametrize("question", FOLLOWING, ids=lambda one: one.name)
def test_what_follows_from_right_numbers_is_right(question: Question) -> None:
    right = [float(value) for value in question.reference()]
    due = question.follows(*right)
    assert any(due)
    for number, candidates in zip(right, due, strict=True):
        assert all(candidate == pytest.approx(number) for candidate in candidates)


@pytest.mark.parametrize("question", FOLLOWING, ids=lambda one: one.name)
@pytest.mark.parametrize("change", [-1.0, 0.5, 2.0, 3.7])
def test_a_wrong_number_costs_its_own_points_alone(question: Question, change: float) -> None:
    right = [float(value) for value in question.reference()]
    for place, follows in enumerate(question.follows(*right)):
        if follows:
            continue
        numbers = list(right)
        numbers[place] *= change
        numbers = [
            due[-1] if due else value
            for due, value in zip(question.follows(*numbers), numbers, strict=True)
        ]
        result = marked(question, numbers)
        lost = {part.name for part in result.parts if part.points == 0}
        assert lost == {question.parts[place].name}, numbers
        if numbers != [*right[:place], numbers[place], *right[place + 1 :]]:
            assert any("given your other numbers" in line for line in result.right)


@pytest.mark.parametrize("question", FOLLOWING, ids=lambda one: one.name)
def test_numbers_that_only_agree_earn_nothing(question: Question) -> None:
    assert marked(question, [0.0] * len(question.returns)).score == 0
    assert marked(question, [1e-4] * len(question.returns)).score == 0


@pytest.mark.parametrize("question", FOLLOWING, ids=lambda one: one.name)
def test_a_number_that_follows_from_right_ones_has_to_be_right(question: Question) -> None:
    right = [float(value) for value in question.reference()]
    for place, follows in enumerate(question.follows(*right)):
        if follows:
            numbers = list(right)
            numbers[place] += 0.123
            result = marked(question, numbers)
            assert [part.name for part in result.parts if not part.points] == [
                question.parts[place].name
            ]


@pytest.mark.parametrize(
    ("v", "theta"), [(1.5, 0.65), (3.0, 0.3), (0.5, 0.75), (-1.0, 0.7), (-1.0, 1.5)]
)
def test_one_mistake_in_momentum_costs_one_number(v: float, theta: float) -> None:
    (question,) = (task for task in FOLLOWING if task.name == "update_by_hand")
    result = marked(question, [v, theta, 2 / 3])
    assert [part.points for part in result.parts] == [0, 1, 1]
    assert result.mistakes
