"""The course's own versions of the functions that exercises ask for.

`course release` writes one module per exercise, ``exNN_name/reference.py``, from its solution. Each
stands alone on NumPy, so that a later exercise can be given the functions of the earlier ones as
text, without anything of its own answers.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from course_lib.checks import every_name, folder_of


def earlier_sources(exercise: str) -> dict[str, str]:
    """Return the source texts of all exercises before `exercise`, by name, sorted.

    Parameters
    ----------
    exercise : str
        ``"08_backward_pass"``. Its own functions are never among the texts.

    Examples
    --------
    >>> "07_many_neurons" in earlier_sources("08_backward_pass")
    True
    >>> "08_backward_pass" in earlier_sources("08_backward_pass")
    False
    """
    return {
        name: (folder_of(name) / "reference.py").read_text(encoding="utf-8")
        for name in every_name()
        if name[:2] < exercise[:2]
    }


def course_version(exercise: str, name: str) -> Callable[..., Any]:
    """Return the course's own version of a function that `exercise` asks for."""
    return getattr(import_module(f"course_lib.checks.ex{exercise}.reference"), name)
