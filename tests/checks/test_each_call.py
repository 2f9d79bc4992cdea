"""Each marked call counts by itself, and what was not called earns nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from course_lib.checks import load, names, student_call
from course_lib.checks.answers import same
from course_lib.checks.fixtures import Fixture
from course_lib.checks.local import plain
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Part, Question
from course_lib.checks.student_call import LATER, LEAST, Reply, StudentError
from course_lib.checks.verdict import prepared

QUESTIONS = [question for name in names() for question in load(name).questions]
SEVERAL = [task for task in QUESTIONS if len({part.variant for part in task.parts}) > 1]
UNMARKED = [task for task in QUESTIONS if any(not fixture.marked for fixture in task.fixtures)]
DERIVED = [task for task in QUESTIONS if any(fixture.large for fixture in task.fixtures)]
OFTEN = ("unwritten", "timeout")
KINDS = [
    kind if kind in OFTEN else pytest.param(kind, marks=pytest.mark.long)
    for kind in student_call.KINDS
]
SEED = 3


def by_name(question: Question) -> str:
    return question.name


def answering(
    question: Question, answer: Callable[[Fixture | None, tuple, Callable[..., Any]], Any]
) -> Callable[..., Reply]:
    """Make a way to call in which `answer(fixture, args, right)` is what comes back."""

    def call(name: str, *args: Any, **_rest: Any) -> Reply:
        own = name == (question.called)
        found = next(
            (
                case
                for case in question.fixtures
                if own and same(list(args), list(prepared(question, case, SEED)[0]), tolerance=0.0)
            ),
            None,
        )
        asked = question if own else next(task for task in QUESTIONS if task.name == name)
        try:
            return Reply(plain(answer(found, args, asked.reference)), args)
        except StudentError:
            raise
        except Exception as error:  # the checks also try arguments in another order
            raise StudentError("raised", f"{type(error).__name__}: {error}") from error

    return call


def concerned(part: Part, fixture: Fixture) -> bool:
    return fixture.marked and part.variant in ("", fixture.variant)


@pytest.mark.parametrize("question", SEVERAL, ids=by_name)
@pytest.mark.parametrize("kind", KINDS)
def test_a_branch_that_ends_costs_its_own_points_wherever_it_is(
    question: Question, kind: str
) -> None:
    for branch in dict.fromkeys(one.variant for one in question.fixtures if one.marked):

        def answer(fixture: Any, args: tuple, right: Any, branch: str = branch) -> Any:
            if fixture is not None and fixture.variant == branch:
                raise StudentError(kind, "It ended here.")
            return right(*args)

        result = mark_question(question, answering(question, answer), SEED)
        kept = {part.name: part.points for part in question.parts if branch != part.variant != ""}
        assert {one.name: one.points for one in result.parts if one.points} == kept, branch
        assert len(result.right) == len(kept), branch
        assert result.symptom, branch


@pytest.mark.parametrize("question", QUESTIONS, ids=by_name)
def test_one_call_that_ends_costs_what_it_counts_for(question: Question) -> None:
    for ended in [one for one in question.fixtures if one.marked]:

        def answer(fixture: Any, args: tuple, right: Any, ended: Fixture = ended) -> Any:
            if fixture == ended:
                raise StudentError("timeout", "It ended here.")
            return right(*args)

        result = mark_question(question, answering(question, answer), SEED)
        kept = sum(part.points for part in question.parts if not concerned(part, ended))
        assert result.score == kept, ended.name
        assert result.status == "timeout", ended.name


@pytest.mark.parametrize("question", DERIVED, ids=by_name)
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_right_answer_to_the_large_call_no_part_of_it_earns_anything(
    question: Question, kind: str
) -> None:
    """Whatever else a function does: a lost part, a call that ends, an earlier function wrong."""

    def spoiled(value: Any) -> Any:
        if len(question.returns) > 1:
            return [*value[:-1], None]
        return value

    for ending in ("the large call", "the large call and those that only name a mistake"):

        def answer(fixture: Any, args: tuple, right: Any, ending: str = ending) -> Any:
            if fixture is None:
                return right(*args)
            if fixture.large or (not fixture.marked and "only" in ending):
                raise StudentError(kind, "It ended here.")
            value = right(*args)
            return spoiled(value) if fixture.marked else value

        result = mark_question(question, answering(question, answer), SEED)
        large = [one for one in question.fixtures if one.large]
        kept = [
            part.points for part in question.parts if not any(concerned(part, big) for big in large)
        ]
        assert result.score <= sum(kept)


@pytest.mark.parametrize("question", UNMARKED, ids=by_name)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_call_for_the_diagnosis_does_is_worth_nothing(question: Question, kind: str) -> None:
    def wrong(value: Any) -> Any:
        return [*value[:-1], None] if len(question.returns) > 1 else None

    scores = set()
    for ends in (False, True):

        def answer(fixture: Any, args: tuple, right: Any, ends: bool = ends) -> Any:
            if ends and fixture is not None and not fixture.marked:
                raise StudentError(kind, "It ended here.")
            return wrong(right(*args))

        scores.add(mark_question(question, answering(question, answer), SEED).score)
    assert len(scores) == 1


def test_after_a_call_that_ran_out_of_time_the_next_ones_get_less() -> None:
    question = next(task for task in QUESTIONS if task.name == "local_one")
    shares = []

    def call(name: str, *args: Any, share: float = 1.0, **_rest: Any) -> Reply:
        shares.append(share)
        if args[0] in ("reciprocal", "log"):
            raise StudentError("timeout", "It was stopped.")
        return Reply(plain(question.reference(*args)), args)

    result = mark_question(question, call, SEED)
    assert result.score == question.points - 2
    first = shares.index(LATER)
    assert set(shares[:first]) == {1.0}
    assert set(shares[first:]) == {LATER}
    assert 0 < LATER < LEAST < 1


def test_a_failing_check_is_no_mark() -> None:
    question = next(task for task in QUESTIONS if task.name == "dense_backward")

    def fails(*_args: Any) -> Any:
        raise ZeroDivisionError("planted")

    def call(name: str, *args: Any, **_rest: Any) -> Reply:
        return Reply(np.zeros(3), args)

    for planted in ("inputs", "reference"):
        broken = dataclasses.replace(question, **{planted: fails})
        result = mark_question(broken, call, SEED)
        assert (result.status, result.score) == ("unmarked", 0)
        assert result.max_score == question.points
        assert "not your mistake" in result.symptom
        assert "planted" in result.fault
        assert "planted" not in str(result.as_dict())


def test_factors_that_fail_are_a_fault_of_the_check() -> None:
    question = next(task for task in QUESTIONS if task.name == "activation_slope")

    def fails(*_args: Any) -> Any:
        raise ZeroDivisionError("planted")

    def call(name: str, *args: Any, **_rest: Any) -> Reply:
        return Reply(np.asarray(args[0]) ** 3 + 0.1, args)

    result = mark_question(dataclasses.replace(question, factors=fails), call, SEED)
    assert (result.status, result.score) == ("unmarked", 0)
    assert "planted" in result.fault
