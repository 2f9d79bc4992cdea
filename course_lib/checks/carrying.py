"""Not counting a mistake twice: a function that is built of others is tried with surrogates.

`network_backward` is built of `dense_backward`. Where a student's `dense_backward` is wrong, what
`network_backward` returns is wrong as well, and says nothing about `network_backward` itself. So it
is called once more with surrogates in the place of what is wrong. Their numbers are no gradients,
but what comes out is right just where each of them was handed what belongs there.
"""

from __future__ import annotations

import copy
from typing import Any

from course_lib.checks import find
from course_lib.checks.answers import Compared, forbidden_changes, judge
from course_lib.checks.calling import StudentCall, StudentError
from course_lib.checks.question import Fixture, Question
from course_lib.checks.surrogates import Surrogate, outline, pattern

TRIED = 20  # calls of each part, to see whether it is wrong
ROUNDS = 3  # with other surrogates: a function that chooses may choose rightly by chance


def carry(
    question: Question, fixture: Fixture, args: tuple, call: StudentCall, seed: int
) -> tuple[list[Compared], tuple[int, ...]] | None:
    """Try a function with surrogates for what is wrong among the functions it is built of.

    Parameters
    ----------
    question : Question
        The function's; its `carried` says what it is built of.
    fixture, args, seed
        The call that went wrong.
    call : callable
        See :class:`course_lib.checks.calling.StudentCall`.

    Returns
    -------
    (list of Compared, tuple of int) or None
        Its arrays, all right, and the positions of arguments that it changed and must not. None
        where it is wrong itself, or nothing that it is built of is.
    """
    assert question.carried is not None
    args = question.carried_args(*args)
    parts: dict[str, list[tuple[tuple, Any]]] = {}

    def right(name: str, *given: Any) -> Any:
        result = find(name)[1].reference(*copy.deepcopy(given))
        parts.setdefault(name, []).append((given, result))
        return result

    question.carried(right, *copy.deepcopy(args))
    wrong = {
        name: calls
        for name, calls in parts.items()
        if _is_wrong(find(name)[1], calls[:TRIED], call)
    }
    found = None
    for number in range(ROUNDS if wrong else 0):
        described = {
            name: _described(find(name)[1], calls, seed + number) for name, calls in wrong.items()
        }
        made = {name: Surrogate(name, **rest) for name, rest in described.items()}
        expected = question.carried(
            lambda name, *given, made=made: made.get(name, find(name)[1].reference)(
                *copy.deepcopy(given)
            ),
            *copy.deepcopy(args),
        )
        try:
            reply = call(
                question.entry or question.name,
                *copy.deepcopy(args),
                cpu_seconds=fixture.cpu_seconds,
                surrogates=described,
            )
        except StudentError:
            return None
        compared, _ = judge(question, reply.value, expected)
        if not all(item.right for item in compared):
            return None
        found = compared, forbidden_changes(question, args, reply.arguments)
    return found


def _is_wrong(part: Question, calls: list[tuple[tuple, Any]], call: StudentCall) -> bool:
    """Whether a student's function answers some of these calls otherwise than it should."""
    for given, result in calls:
        try:
            reply = call(part.name, *copy.deepcopy(given))
        except StudentError:
            return True
        right = all(item.right for item in judge(part, reply.value, result)[0])
        if not right or forbidden_changes(part, given, reply.arguments):
            return True
    return False


def _described(part: Question, calls: list[tuple[tuple, Any]], seed: int) -> dict[str, Any]:
    """Return the parameters of a surrogate, as plain data that a worker can be sent."""
    numbers = [item.expected for _, result in calls for item in judge(part, result, result)[0]]
    return {
        "arguments": list(part.arguments),
        "answers": [[pattern(given), outline(result)] for given, result in calls],
        "positive": all((one >= 0).all() for one in numbers),
        "seed": seed,
    }
