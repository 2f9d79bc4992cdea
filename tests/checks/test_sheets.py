"""Numbers per student: every variant of a calculation by hand is as good as the course's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from course_lib.checks import load, names
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook.check import Feedback, check
from course_lib.checks.proof import twins
from course_lib.checks.question import Call, Question
from course_lib.checks.sheets import (
    ANOTHER,
    KEYS,
    KeyValueError,
    as_stated,
    key_of,
    numbers_of,
    stated_key,
    varied,
    with_key,
)
from course_lib.checks.verdict import QuestionResult

QUESTIONS = [question for name in names() for question in load(name).questions if question.sheet]
SOME = (1, 2026, KEYS)


@pytest.fixture(params=QUESTIONS, ids=lambda task: task.name)
def question(request: pytest.FixtureRequest) -> Question:
    return request.param


def marked(question: Question, answer: Call) -> QuestionResult:
    return mark_question(question, LocalCall({question.name: answer}))


def test_every_calculation_by_hand_has_a_sheet() -> None:
    by_hand = {
        question.name
        for name in names()
        for question in load(name).questions
        if question.name.endswith("_by_hand")
    }
    assert by_hand == {question.name for question in QUESTIONS}


def test_the_answer_with_the_courses_numbers_is_the_solutions(question: Question) -> None:
    right = question.sheet.answer(question.sheet.numbers)
    np.testing.assert_allclose(right, question.reference(), rtol=1e-12)
    assert set(question.sheet.numbers) == set(question.sheet.choices)


def proof(question: Question, key: int) -> None:
    """Hold what the proof table holds, for the notebook with a key."""
    asked = varied(question, key)
    right = asked.reference()
    for answer in (asked.reference, asked.correct["rounded"], lambda: list(right)):
        result = marked(asked, answer)
        assert (result.score, result.status) == (question.points, "right"), key
    for mistake in question.mistakes:
        wrong = next(known.wrong for known in asked.mistakes if known.id == mistake.id)
        result = marked(asked, wrong)
        assert result.score < question.points, (key, mistake.id)
        assert mistake.id in result.mistakes, (key, mistake.id)
        assert set(result.mistakes) <= twins(question, mistake.id), (key, mistake.id)


@pytest.mark.parametrize("key", SOME)
def test_right_answers_get_all_points_and_known_mistakes_are_named(
    question: Question, key: int
) -> None:
    proof(question, key)


@pytest.mark.long
def test_the_proof_holds_for_a_class_of_sixty(question: Question) -> None:
    for key in np.random.default_rng(21).integers(1, KEYS + 1, size=60).tolist():
        proof(question, key)


def test_results_of_another_notebook_are_recognised_and_get_no_points(question: Question) -> None:
    asked = varied(question, 17)
    earned = []
    for key in range(100, 140):
        other = varied(question, key)
        for answer in (other.reference, other.correct["rounded"]):
            result = marked(asked, answer)
            assert result.mistakes == (ANOTHER,), key
            assert result.question.startswith("These are the numbers of another notebook.")
        same = np.abs(np.subtract(other.reference(), asked.reference())) <= asked.absolute + 1e-8
        # What is right in the student's own notebook too has its points; nothing follows from it.
        assert result.score == same.sum(), key
        earned.append(result.score)
    assert sum(earned) < 0.1 * question.points * len(earned)
    assert marked(asked, question.reference).mistakes == (ANOTHER,)


def test_in_the_courses_own_notebook_nothing_is_said_of_other_ones(question: Question) -> None:
    result = marked(question, varied(question, 17).reference)
    assert result.score < question.points
    assert ANOTHER not in result.mistakes


def test_notebooks_have_other_numbers_and_a_key_the_same_ones(question: Question) -> None:
    made = [tuple(numbers_of(question.name, key).items()) for key in range(1, 41)]
    assert len(set(made)) > 35
    assert made[7] == tuple(numbers_of(question.name, 8).items())
    assert tuple(question.sheet.numbers.items()) not in made
    results = [varied(question, key).reference() for key in range(1, 41)]
    assert question.reference() not in results


@pytest.mark.parametrize("value", [0, KEYS + 1, -1, 1.5, "17", True])
def test_a_key_that_no_notebook_was_given_is_refused(value: Any) -> None:
    with pytest.raises(KeyValueError, match="MY_NUMBERS is not as your notebook had it"):
        key_of(value)


def test_the_key_is_read_from_the_cells() -> None:
    assert stated_key(["import numpy", "x = 1\nMY_NUMBERS = 17\n", "y = 2"]) == 17
    assert stated_key(["  MY_NUMBERS = 17"]) == stated_key([]) == 0
    with pytest.raises(KeyValueError):
        stated_key(["MY_NUMBERS = my_friends"])


def test_an_exercise_without_a_calculation_by_hand_stays_as_it_is() -> None:
    exercise = load("03_forward_pass")
    assert with_key(exercise, 17) is exercise
    assert as_stated(exercise, ["MY_NUMBERS = [1, 2]"]) is exercise
    other = load("08_backward_pass")
    assert with_key(other, 0) is other
    assert with_key(other, 17).questions[1:] == other.questions[1:]


def checked(question: Question, answer: Call, **space: Any) -> Feedback:
    code = f"def {question.name}():\n    return answer()\nfeedback = check({question.name})"
    space |= {"check": check, "answer": answer}
    exec(code, space)
    return space["feedback"]


def test_check_in_a_notebook_goes_by_the_notebooks_numbers(question: Question) -> None:
    own, other = varied(question, 17), varied(question, 100)
    assert checked(question, own.reference, MY_NUMBERS=17).score == question.points
    feedback = checked(question, other.reference, MY_NUMBERS=17)
    assert "These are the numbers of another notebook." in repr(feedback)
    assert checked(question, question.reference).score == question.points
    said = repr(checked(question, own.reference, MY_NUMBERS="17"))
    assert "put the line back" in said


def test_nothing_but_numbers_is_taken_for_another_notebooks(question: Question) -> None:
    asked = varied(question, 17)
    for value in (None, "text", [], [1, "a"], [float("nan")] * len(asked.returns), 10**400):
        result = marked(replace(asked), lambda value=value: value)
        assert result.score == 0
        assert ANOTHER not in result.mistakes
