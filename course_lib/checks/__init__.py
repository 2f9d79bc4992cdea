"""The checks of the exercises: inputs, references, known mistakes, and the diagnosis they share.

>>> from course_lib import checks
>>> "08_backward_pass" in checks.names()
True
>>> [question.name for question in checks.load("08_backward_pass").questions][0]
'backward_by_hand'
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import Any

from course_lib.checks.question import Exercise, Fixture, Mistake, Part, Question

__all__ = [
    "Exercise",
    "Fixture",
    "Mistake",
    "Part",
    "Question",
    "check",
    "earlier",
    "example",
    "find",
    "load",
    "names",
    "panel",
]


@cache
def _modules() -> dict[str, str]:
    """Exercise name → module name, read from the file names alone: nothing is imported."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        match = re.fullmatch(r"ex(\d\d)_(\w+)", module.name)
        if match:
            found[f"{match[1]}_{match[2]}"] = module.name
    return found


def names() -> list[str]:
    """Return the names of all exercises that have checks, sorted."""
    return sorted(_modules())


@cache
def load(name: str) -> Exercise:
    """Return the exercise called `name`, such as ``"08_backward_pass"``.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    modules = _modules()
    if name not in modules:
        raise ValueError(f"no exercise is called {name!r}; there are: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{modules[name]}")
    exercise = module.EXERCISE
    if exercise.name != name:
        raise ValueError(f"{modules[name]}.py defines exercise {exercise.name!r}, not {name!r}")
    return exercise


def find(function: str) -> tuple[Exercise, Question]:
    """Return the exercise and the question about the function called `function`.

    Raises
    ------
    ValueError
        If no exercise asks for such a function.
    """
    broken: ImportError | None = None
    for name in names():
        try:
            exercise = load(name)
        except ImportError as error:  # the others are still to be found
            broken = error
            continue
        for question in exercise.questions:
            if question.name == function:
                return exercise, question
    raise ValueError(
        f"no exercise asks for a function called {function!r}; "
        "pass the function itself and keep the name that the exercise gives it"
    ) from broken


_NOTEBOOK = {"check": "notebook", "example": "showing", "panel": "panels", "earlier": "own"}


def __getattr__(name: str) -> Any:
    """Import what notebooks use only when it is asked for."""
    if name in _NOTEBOOK:
        value = getattr(importlib.import_module(f"{__name__}.{_NOTEBOOK[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__} has no attribute {name!r}")
