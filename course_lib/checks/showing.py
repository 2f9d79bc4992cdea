"""`example(f, …)` in a notebook: call the student's own function and show what it returns."""

from __future__ import annotations

from typing import Any

from course_lib.checks import find
from course_lib.checks.calling import StudentError
from course_lib.checks.local import LocalCall
from course_lib.checks.printing import sentence, show_results
from course_lib.checks.speed import TIMEOUT


def example(function: Any, *args: Any) -> None:
    """Print what `function` returns for `args`, rounded, with the names of the results.

    Where the function is not written yet or raises, one sentence says so instead.

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
    """
    name = getattr(function, "__name__", "the function")
    try:
        reply = LocalCall({name: function}, TIMEOUT)(name, *args)
    except StudentError as error:
        print(sentence(name, error.kind, error.text))
        return
    show_results(names_of_results(name), reply.value)


def names_of_results(name: str) -> list[str]:
    """Return what the course calls the results of a function; its own name where it has none.

    >>> names_of_results("dense_backward")
    ['dW', 'db', 'da']
    """
    try:
        return list(find(name)[1].returns)
    except ValueError:
        return [name]
