"""The checks of the exercises: inputs, references, known mistakes, and the diagnosis they share.

>>> from course_lib import checks
>>> "08_backward_pass" in checks.names()
True
>>> [question.name for question in checks.load("08_backward_pass").questions][0]
'backward_by_hand'
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
from functools import cache
from pathlib import Path
from typing import Any

from course_lib.checks import teacher_exercises
from course_lib.checks.fixtures import Fixture
from course_lib.checks.question import Exercise, Mistake, Part, Question

__all__ = [
    "LABORATORIES",
    "Exercise",
    "Fixture",
    "Mistake",
    "Part",
    "Question",
    "check",
    "clashes",
    "earlier",
    "example",
    "find",
    "load",
    "names",
    "panel",
    "use_source",
]

if teacher_exercises.source():  # a process that was started by one with a teacher's own exercises
    __path__.append(str(teacher_exercises.source() / "checks"))  # type: ignore[operator]


def use_source(folder: Path) -> None:
    """Use a teacher's own exercises, here and in the processes that are started from here.

    `names` then gives these alone; `load` and `find` know the course's as well.

    Raises
    ------
    SourceError
        If the folder does not hold what it should; see :mod:`course_lib.checks.teacher_exercises`.
    """
    found = teacher_exercises.inspected(folder)
    os.environ[teacher_exercises.VARIABLE] = str(found)
    __path__.append(str(found / "checks"))
    _modules.cache_clear()


# Notebooks to try things out: no checks, no points.
LABORATORIES = frozenset({"14_no_more_partial_derivatives"})


@cache
def _modules() -> dict[str, str]:
    """Exercise name → module name, read from the file names alone: nothing is imported.

    A teacher's own exercises stand first.
    """
    found = {}
    for module in pkgutil.iter_modules(__path__[::-1]):
        match = re.fullmatch(r"ex(\d\d)_(\w+)", module.name)
        if match:
            found[f"{match[1]}_{match[2]}"] = module.name
    return found


def names() -> list[str]:
    """Return the names of all exercises that have checks, sorted.

    With a teacher's own exercises in use, of these alone.
    """
    own = teacher_exercises.source()
    if own is None:
        return sorted(_modules())
    return sorted(name for name in _modules() if (own / "checks" / f"ex{name}").is_dir())


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
    for name in _modules():
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
        "pass the function itself and keep the name that the exercise gives it (an exercise "
        "of your teacher's own is checked where your teacher marks)"
    ) from broken


def clashes() -> list[str]:
    """Return functions of a teacher's own exercises that the course's exercises ask for too."""
    own = set(names())
    asked = {question.name for name in set(_modules()) - own for question in load(name).questions}
    mine = [question.name for name in names() for question in load(name).questions]
    return [name for name in mine if name in asked]


def __getattr__(name: str) -> Any:
    """Import what notebooks use only when it is asked for."""
    if name in ("check", "earlier", "example", "panel"):
        value = getattr(importlib.import_module(f"{__name__}.notebook.{name}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__} has no attribute {name!r}")
