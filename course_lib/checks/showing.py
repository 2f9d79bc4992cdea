"""`example(f, …)` in a notebook: call the student's own function and show what it returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib.checks import find
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import StudentError


def example(function: Any, *args: Any) -> None:
    """Print what `function` returns for `args`, rounded, with the names of the results.

    Where the function is not written yet or raises, one sentence says so instead.

    Examples
    --------
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
        reply = LocalCall({name: function})(name, *args)
    except StudentError as error:
        print(sentence(name, error))
        return
    try:
        _, question = find(name)
        names = list(question.returns)
    except ValueError:
        names = [name]
    values = [reply.value] if len(names) == 1 else reply.value
    if type(values) not in (list, tuple) or len(values) != len(names):
        names, values = ["result"], [reply.value]
    for label, value in zip(names, values, strict=True):
        if type(value) in (list, tuple):
            for index, entry in enumerate(value):
                _show(f"{label}[{index}]", entry)
        else:
            _show(label, value)


def sentence(name: str, error: StudentError) -> str:
    """Say in one sentence why there is no answer."""
    if error.kind == "unwritten":
        return f"{name} is not written yet: this comes to life once it is."
    if error.kind == "raised":
        return f"{name} raises here: {error.text}"
    return error.text


def _show(label: str, value: Any) -> None:
    if value is None:
        print(f"{label} = None")
        return
    with np.printoptions(precision=4, suppress=True):
        text = f"{value:.4g}" if isinstance(value, float) else str(np.asarray(value))
    indent = "\n" + " " * (len(label) + 3)
    print(f"{label} = {indent.join(text.splitlines())}")
