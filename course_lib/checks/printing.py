"""How `example` shows the results of a function: rounded, with their names.

This file needs NumPy alone: where a notebook is compared with its release, a worker has it too.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def show_results(names: list[str], value: Any) -> None:
    """Print the result of a function by its name, or the tuple or list of its results by theirs.

    >>> show_results(["dW", "db"], (np.eye(2), 0.123456))
    dW = [[1. 0.]
          [0. 1.]]
    db = 0.1235
    >>> show_results(["losses"], [1.0, 0.5])  # a list of numbers as the array that it could be
    losses = [1.  0.5]
    """
    values = [value] if len(names) == 1 else value
    if type(values) not in (list, tuple) or len(values) != len(names):
        names, values = ["result"], [value]
    for label, entry in zip(names, values, strict=True):
        numbers = type(entry) in (list, tuple) and all(map(_is_number, entry))
        if type(entry) in (list, tuple) and not numbers:
            for index, part in enumerate(entry):
                _show(f"{label}[{index}]", part)
        else:
            _show(label, entry)


def sentence(name: str, kind: str, text: str) -> str:
    """Say in one sentence why there is no answer."""
    if kind == "unwritten":
        return f"{name} is not written yet."
    if kind == "raised":
        return f"{name} raises {text}"
    return text


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _show(label: str, value: Any) -> None:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        print(f"{label} = None")
        return
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal lengths
        for index, part in enumerate(value):
            _show(f"{label}[{index}]", part)
        return
    with np.printoptions(precision=4, suppress=True):
        text = f"{value:.4g}" if isinstance(value, float) else str(array)
    indent = "\n" + " " * (len(label) + 3)
    print(f"{label} = {indent.join(text.splitlines())}")
