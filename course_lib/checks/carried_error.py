"""Not counting a mistake twice: a function that is built of others is tried with surrogates.

`network_backward` is built of `dense_backward`. Where a student's `dense_backward` is wrong, what
`network_backward` returns is wrong as well, and says nothing about `network_backward` itself. So it
is called once more with surrogates in the place of what is wrong. Their numbers are no gradients,
but what comes out is right just where each of them was handed what belongs there.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from course_lib.checks import find
from course_lib.checks.answers import Compared, forbidden_changes, judge
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Call, Question
from course_lib.checks.student_call import StudentCall, StudentError
from course_lib.checks.verdict import CallRecord, prepared
from course_lib.worker.surrogates import outline, pattern, stand_in

Calls = dict[str, list[tuple[tuple, Any]]]
"""By the name of a function, the arguments and the result of each of its calls."""
TRIED = 60  # calls of each part, to see whether it is wrong


class Carrying:
    """Tries one function with surrogates for what is wrong among those it is built of.

    The question's `carried` says what it is built of, if anything; surrogates of one `seed` answer
    alike. ``ended`` is how the function ends a call because of what it is built of, once that is
    known.
    """

    def __init__(self, question: Question, call: StudentCall, seed: int) -> None:
        self._question, self._call, self._seed = question, call, seed
        self._wrong: set[str] = set()
        self._args: tuple = ()
        self.ended: StudentError | None = None

    def tried(self, fixture: Fixture, args: tuple) -> tuple[list[Compared], tuple[int, ...]] | None:
        """Make a call that went wrong with surrogates.

        Returns
        -------
        (list of Compared, tuple of int) or None
            The function's arrays, all right, and the positions of arguments that it changed and
            must not. None where it is wrong itself, or nothing that it is built of is.
        """
        question = self._question
        if question.carried is None:
            return None
        calls: Calls = {}
        if question.provided and fixture.large:  # small calls have told what is wrong
            args = question.carried_args(*args)
        else:
            args, calls = _right_calls(question, fixture, self._seed)
        self._args = args if not fixture.large else self._args
        self._wrong.update(
            name
            for name, of_part in calls.items()
            if name not in self._wrong and self._is_wrong(find(name)[1], of_part[:TRIED])
        )
        outcome = None
        for number in range(question.carried_rounds if self._wrong else 0):
            described, expected = _with_surrogates(
                question, fixture, self._seed, frozenset(self._wrong), number
            )
            try:
                reply = self._call(
                    question.called, *args, cpu_seconds=fixture.cpu_seconds, surrogates=described
                )
            except StudentError:
                return None
            compared, _ = judge(question, reply.value, expected)
            if not all(item.right for item in compared):
                return None
            outcome = compared, forbidden_changes(question, args, reply.arguments)
        return outcome

    def causes(self) -> tuple[str, ...]:
        """Say which wrong functions the student's function really calls: they may be the cause."""
        question = self._question
        return tuple(
            f"{question.name} calls your {name}, which is not right yet. Fix {name} first."
            for name in built_of(question)
            if name in self._wrong and self._calls(name)
        )

    def _calls(self, name: str) -> bool:
        """Whether the function calls another one by its name: then it ends as that one does."""
        unwritten = {"source": f"def {name}(*args, **named):\n    raise NotImplementedError"}
        try:
            self._call(self._question.called, *self._args, surrogates={name: unwritten})
        except StudentError as error:
            return error.kind == "unwritten"
        return False

    def _is_wrong(self, part: Question, calls: list[tuple[tuple, Any]]) -> bool:
        """Whether a student's function answers some of these calls otherwise than it should."""
        for given, result in calls:
            try:
                reply = self._call(part.name, *given)
            except StudentError:
                return True
            right = all(item.right for item in judge(part, reply.value, result)[0])
            if not right or forbidden_changes(part, given, reply.arguments):
                return True
        return False


def traced(question: Question, fixture: Fixture, call: StudentCall, seed: int) -> CallRecord | None:
    """Make a small call with the question's `traced` functions in the place of a large call.

    None where the question has none, or where not every array is made of what they return.
    """
    if not (fixture.large and question.traced):
        return None
    args = prepared(question, question.fixtures[0], seed)[0]
    sources = {name: {"source": source} for name, source in question.traced.items()}
    made = {name: stand_in(name, source) for name, source in sources.items()}
    expected = put_together(question.carried, args, made)
    try:
        reply = call(question.called, *args, surrogates=sources)
    except StudentError:
        return None
    compared, _ = judge(question, reply.value, expected)
    record = CallRecord(fixture, seed, *prepared(question, fixture, seed), compared=compared)
    return record if record.right else None


def built_of(question: Question) -> list[str]:
    """Return the names of the functions that a function is built of.

    >>> built_of(find("network_backward")[1])
    ['dense_backward', 'activation_backward']
    """
    return list(_right_calls(question, question.fixtures[0], 0)[1]) if question.carried else []


def put_together(
    made: Call | None,
    args: tuple,
    instead: Mapping[str, Call] | None = None,
    calls: Calls | None = None,
) -> Any:
    """Return what `made`, a question's `carried` or `steps`, makes of right functions.

    Some of them are exchanged by `instead`; `calls` takes down the calls of all.
    """
    assert made is not None

    def step(name: str, *given: Any) -> Any:
        function = (instead or {}).get(name, find(name)[1].reference)
        result = function(*copy.deepcopy(given))
        if calls is not None:
            calls.setdefault(name, []).append((given, result))
        return result

    return made(step, *copy.deepcopy(args))


@lru_cache(maxsize=64)
def _right_calls(question: Question, fixture: Fixture, seed: int) -> tuple[tuple, Calls]:
    """Return the arguments of a call, and the calls that a right function makes in it.

    A class is marked with the same ones.
    """
    args = question.carried_args(*prepared(question, fixture, seed)[0])
    calls: Calls = {}
    put_together(question.carried, args, calls=calls)
    return args, calls


@lru_cache(maxsize=64)
def _with_surrogates(
    question: Question, fixture: Fixture, seed: int, wrong: frozenset[str], number: int
) -> tuple[dict[str, Any], Any]:
    """Return the surrogates of the wrong functions, and what a right function makes of them."""
    if question.provided:
        args = question.carried_args(*prepared(question, fixture, seed)[0])
        described = {name: {"source": question.provided} for name in wrong}
        return described, question.reference(*copy.deepcopy(args))
    args, calls = _right_calls(question, fixture, seed)
    described = {
        name: _described(find(name)[1], calls[name], seed + number) for name in sorted(wrong)
    }
    surrogates = {name: stand_in(name, rest) for name, rest in described.items()}
    return described, put_together(question.carried, args, surrogates)


def _described(part: Question, calls: list[tuple[tuple, Any]], seed: int) -> dict[str, Any]:
    """Return the parameters of a surrogate, as plain data that a worker can be sent."""
    numbers = [item.expected for _, result in calls for item in judge(part, result, result)[0]]
    return {
        "arguments": list(part.arguments),
        "answers": [[pattern(given), outline(result)] for given, result in calls],
        "positive": all((array >= 0).all() for array in numbers),
        "seed": seed,
    }
