"""The rules raise no exception, whatever a function returns."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_lib.checks import load, names
from course_lib.checks.answers import judge
from course_lib.checks.diagnosis import rules
from course_lib.checks.diagnosis.case import make_case
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.question import Question
from course_lib.checks.student_call import Reply, StudentError
from course_lib.checks.verdict import CallRecord, prepared

QUESTIONS = [question for name in names() for question in load(name).questions]

numbers = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5, 1 / 11, np.nan, np.inf, -np.inf, 1e308, 5e-324]),
    st.floats(),
    st.integers(-100, 100),
)
output = st.one_of(
    st.none(),
    numbers,
    st.booleans(),
    st.text(max_size=3),
    arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.complex128, bool]),
        array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
    ),
)
anything = st.recursive(
    output,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(st.text(max_size=2), inner, max_size=2),
    ),
    max_leaves=8,
)
CHANGES = {
    "as it is": lambda array, _number: array,
    "times a number": lambda array, number: array * number,
    "plus a number": lambda array, number: array + number,
    "negated": lambda array, _number: -array,
    "transposed": lambda array, _number: array.T,
    "flat": lambda array, _number: array.ravel(),
    "summed": lambda array, _number: array.sum(),
    "squared": lambda array, _number: array**2,
    "sorted": lambda array, _number: np.sort(array, axis=None).reshape(array.shape),
    "one axis more": lambda array, _number: array[None],
    "empty": lambda array, _number: array.ravel()[:0],
    "as whole numbers": lambda array, _number: np.nan_to_num(array).astype(np.int64),
    "filled": lambda array, number: np.full(array.shape, number, dtype=float),
    "every other one": lambda array, number: np.where(
        np.arange(array.size) % 2, array.ravel(), number
    ),
}
altered = st.tuples(st.sampled_from(sorted(CHANGES)), numbers)


def change(value: Any, changes: list[tuple[str, float]]) -> Any:
    """Change the arrays of an answer, one after another."""
    if isinstance(value, (list, tuple)):
        return [change(entry, changes[index:] or changes) for index, entry in enumerate(value)]
    name, number = changes[0]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CHANGES[name](np.asarray(value, dtype=float), number)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_rule_raises_whatever_a_function_returns(
    question: Question, data: st.DataObject
) -> None:
    records = []
    values = []
    for fixture in [case for case in question.fixtures if not case.large][:4]:
        args, expected = prepared(question, fixture, 0)
        if data.draw(st.booleans()):
            value = change(expected, data.draw(st.lists(altered, min_size=1, max_size=3)))
        else:
            value = data.draw(anything)
        values.append(value)
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compared, whole = judge(question, value, expected)
        records.append(
            CallRecord(fixture, 0, args, expected, compared=compared, whole=whole, value=value)
        )

    def call(_name: str, *args: Any, **_rest: Any) -> Reply:
        if data.draw(st.booleans()):
            raise StudentError("raised", "ValueError: no")
        return Reply(copy.deepcopy(values[0]), None)

    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in mark_question
        for record in records:
            for item in record.compared:
                if item.right:
                    continue
                finding = rules.read(question, item, record, call, records)
                assert finding.symptom
                if item.got is not None and item.got.shape == item.expected.shape:
                    case = make_case(question, item, record, records)
                    for rule in rules.RULES:
                        rule(case)


def times(value: Any, factor: float) -> Any:
    """Multiply every array of an answer."""
    if isinstance(value, (list, tuple)):
        return [times(entry, factor) for entry in value]
    return np.asarray(value) * factor


FACTORS = (2, 0.5, -1, 3, 11, 1 / 7, 0, 1e9, np.pi)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_constant_factor_and_exchange_gets_a_verdict(question: Question) -> None:
    """A multiple of the right answer, of all results or of one; two results exchanged."""
    small = [fixture for fixture in question.fixtures if not fixture.large]

    count = len(question.returns)
    answers = [lambda *args, f=f: times(question.reference(*args), f) for f in FACTORS]
    if count > 1:
        answers += [
            lambda *args, k=k: [
                times(entry, 2) if at == k else entry
                for at, entry in enumerate(question.reference(*args))
            ]
            for k in range(count)
        ]
        answers.append(lambda *args: list(question.reference(*args))[::-1])
    for answer in answers:
        call = LocalCall({question.called: answer})
        result = mark_question(_without_large(question, small), call)
        if result.score < result.max_score:
            assert result.symptom
            assert result.question


def _without_large(question: Question, small: list) -> Question:
    return replace(question, fixtures=tuple(small))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_names_the_sizes_of_its_arrays(question: Question) -> None:
    """A factor 1/N is written as 1/N only where N is known."""
    for fixture in question.fixtures:
        args, _ = prepared(question, fixture, 0)
        sizes = question.sizes(*args)
        assert all(float(size) == size > 0 for size in sizes.values()), fixture.name
        if any(isinstance(value, np.ndarray) for value in args):
            assert sizes, fixture.name


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_factor_made_of_a_size_is_written_with_its_name(question: Question) -> None:
    """1/N, N and 2/N times one of the results: no bare number for a power of a size."""
    small = [fixture for fixture in question.fixtures if not fixture.large]
    names = list(question.sizes(*prepared(question, small[0], 0)[0]))
    if not question.arguments or not names:
        return
    for name in names:
        for power, text in ((1.0, name), (-1.0, f"1/{name}")):

            def answer(*args: Any, name: str = name, power: float = power) -> Any:
                factor = question.sizes(*args)[name] ** power
                value = question.reference(*args)
                return times(value, factor)

            call = LocalCall({question.called: answer})
            result = mark_question(_without_large(question, small), call)
            if " times the right one" in result.symptom and "step of" not in result.symptom:
                assert f"{text} times" in result.symptom or "²" in result.symptom, name
