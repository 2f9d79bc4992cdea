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
from functools import cache
from pathlib import Path
from typing import Any

from course_lib.checks import teacher_exercises
from course_lib.checks.question import Exercise, Question

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
    path = teacher_exercises.inspected(folder)
    os.environ[teacher_exercises.VARIABLE] = str(path)
    __path__.append(str(path / "checks"))
    _folders.cache_clear()


# Notebooks to try things out: no checks, no points.
LABORATORIES = frozenset({"14_no_more_partial_derivatives"})


@cache
def _folders() -> dict[str, Path]:
    """Exercise name → folder of its questions; nothing is imported.

    A teacher's own exercises come first.
    """
    return {
        folder.name.removeprefix("ex"): folder
        for path in __path__[::-1]
        for folder in sorted(Path(path).glob("ex[0-9][0-9]_*"))
        if any(folder.glob("*.py"))
    }


def every_name() -> list[str]:
    """Return the names of all exercises that have checks, sorted: the course's and a teacher's."""
    return sorted(_folders())


def folder_of(name: str) -> Path:
    """Return the folder that holds the questions of an exercise."""
    return _folders()[name]


def names() -> list[str]:
    """Return the names of all exercises that have checks, sorted.

    With a teacher's own exercises in use, of these alone.
    """
    own = teacher_exercises.source()
    if own is None:
        return every_name()
    return [name for name in every_name() if folder_of(name).parent == own / "checks"]


@cache
def load(name: str) -> Exercise:
    """Return the exercise called `name`, such as ``"08_backward_pass"``.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    if name not in _folders():
        raise ValueError(f"no exercise is called {name!r}; there are: {', '.join(names())}")
    return importlib.import_module(f"{__name__}.ex{name}").EXERCISE


def find(function: str) -> tuple[Exercise, Question]:
    """Return the exercise and the question about the function called `function`.

    Raises
    ------
    ValueError
        If no exercise asks for such a function.
    """
    broken: ImportError | None = None
    for name in _folders():
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
    asked = {question.name for name in set(every_name()) - own for question in load(name).questions}
    taught = [question.name for name in names() for question in load(name).questions]
    return [name for name in taught if name in asked]


def __getattr__(name: str) -> Any:
    """Import what notebooks use only when it is asked for."""
    if name in ("check", "earlier", "example", "panel"):
        value = getattr(importlib.import_module(f"{__name__}.notebook.{name}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__} has no attribute {name!r}")
