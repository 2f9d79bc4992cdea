"""`example(f, …)` in a notebook: what the student's own function returns, and what is expected."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from course_lib.checks import load, names
from course_lib.checks.answers import judge
from course_lib.checks.limits import TIMEOUT
from course_lib.checks.local import LocalCall
from course_lib.checks.printing import sentence, show_results
from course_lib.checks.question import Question
from course_lib.checks.student_call import StudentError


def example(function: Any, *args: Any) -> None:
    """Print what `function` returns for `args`, rounded, with the names of the results.

    Where the function is not written yet or raises an exception, one sentence says so instead. The
    expected results follow wherever the function does not return them.

    Examples
    --------
    >>> import numpy as np
    >>> def dense_backward(delta, a, W):
    ...     return delta.T @ a, delta.sum(axis=0), delta @ W
    >>> example(dense_backward, np.ones((2, 1)), np.ones((2, 3)), np.ones((1, 3)))
    dW = [[2. 2. 2.]]
    db = [2.]
    da = [[1. 1. 1.]
          [1. 1. 1.]]
    >>> def relative_error(gradient, witness):
    ...     return 1.0
    >>> example(relative_error, np.array([3.0, 4.0]), np.array([3.0, 4.0]))
    error = 1
    Expected:
    error = 0
    """
    name = getattr(function, "__name__", "the function")
    question = _question(name) if args else None  # an answer without arguments is the solution
    expected = _expected(question, args) if question else None
    right = False
    try:
        reply = LocalCall({name: function}, TIMEOUT)(name, *copy.deepcopy(args))
    except StudentError as error:
        print(sentence(name, error.kind, error.text))
    else:
        show_results(names_of_results(name), reply.value)
        if question is not None and expected is not None:
            with np.errstate(all="ignore"):
                right = all(item.right for item in judge(question, reply.value, expected)[0])
    if expected is not None and not right:
        print("Expected:")
        show_results(names_of_results(name), expected)


def _question(name: str) -> Question | None:
    """Return the question that asks for a function, or whose function it calls."""
    questions = (question for exercise in names() for question in load(exercise).questions)
    return next((one for one in questions if name in (one.name, one.entry)), None)


def _expected(question: Question, args: tuple) -> Any:
    """Return the course's own answer, or None where it has none for these arguments."""
    try:
        with np.errstate(all="ignore"):
            return question.reference(*copy.deepcopy(args))
    except Exception:  # arguments of the student's own
        return None


def names_of_results(name: str) -> list[str]:
    """Return what the course calls the results of a function; its own name where it has none.

    >>> names_of_results("dense_backward")
    ['dW', 'db', 'da']
    >>> names_of_results("along_direction_at")
    ['claimed', 'measured']
    """
    question = _question(name)
    return list(question.returns) if question else [name]
