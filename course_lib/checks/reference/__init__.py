"""The course's own versions of the functions that exercises ask for.

One file per exercise, each standing alone on NumPy, so that a later exercise can be given the
functions of the earlier ones as text, without anything of its own answers.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent


def numbers() -> list[str]:
    """Return the numbers of the exercises that have references, sorted: ``["00", …]``."""
    return sorted(path.stem[2:] for path in FOLDER.glob("ex[0-9][0-9].py"))


def earlier_sources(exercise: str) -> dict[str, str]:
    """Return the source texts of all exercises before `exercise`, by module name.

    Parameters
    ----------
    exercise : str
        ``"08_backward_pass"``. Its own functions are never among the texts.

    Examples
    --------
    >>> "ex08" in earlier_sources("08_backward_pass")
    False
    """
    return {
        f"ex{number}": (FOLDER / f"ex{number}.py").read_text(encoding="utf-8")
        for number in numbers()
        if number < exercise[:2]
    }


def earlier_names(exercise: str) -> dict[str, str]:
    """Return the public functions of all earlier exercises: name → module name."""
    found = {}
    for number in numbers():
        if number < exercise[:2]:
            module = import_module(f"{__name__}.ex{number}")
            for name, value in vars(module).items():
                if inspect.isfunction(value) and not name.startswith("_"):
                    found[name] = f"ex{number}"
    return found
