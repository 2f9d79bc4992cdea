"""Functions of earlier exercises: the student's own where they pass, the course's otherwise."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib.checks import find
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.reading import code_cells
from course_lib.checks.speed import TIMEOUT


def earlier(*names: str, folder: str | Path = ".") -> Any:
    """Return functions of earlier exercises by name, and say whose they are.

    Parameters
    ----------
    *names : str
        Functions that earlier exercises ask for, such as ``"dense_forward"``.
    folder : path
        Where the student's notebooks lie; the notebook's own folder by default.

    Returns
    -------
    callable, or tuple of callables for several names

    Raises
    ------
    ValueError
        If no exercise asks for a function of that name.
    """
    found = []
    for name in names:
        function, whose = _one(name, Path(folder))
        print(f"{name}: {whose}")
        found.append(function)
    return found[0] if len(found) == 1 else tuple(found)


def _one(name: str, folder: Path) -> tuple[Callable[..., Any], str]:
    exercise, question = find(name)
    path = folder / f"{exercise.name}.ipynb"
    ours = course_version(exercise.name, name)
    if not path.is_file():
        return ours, f"the course's (there is no {path.name} beside this notebook)"
    try:
        namespace = functions_of(path)
    except (OSError, ValueError):
        return ours, f"the course's ({path.name} cannot be read)"
    result = mark_question(question, LocalCall(namespace, TIMEOUT))
    if result.status == "right":
        return namespace[name], f"yours, from {path.name}"
    if result.status in ("missing", "unwritten"):
        return ours, f"the course's (yours is not written yet in {path.name})"
    return ours, f"the course's (yours in {path.name} is not right yet)"


def course_version(exercise: str, name: str) -> Callable[..., Any]:
    """Return the course's own version of a function that `exercise` asks for."""
    module = importlib.import_module(f"course_lib.checks.reference.ex{exercise[:2]}")
    return getattr(module, name)


def functions_of(path: Path) -> dict[str, Any]:
    """Return the functions a notebook defines, without running the rest of it.

    Only imports, function definitions, assignments of constants and of what `earlier` returns are
    carried out; the last definition of a name counts.

    Raises
    ------
    ValueError
        If the file is not a notebook.
    """
    namespace: dict[str, Any] = {"__name__": path.stem}

    def still_earlier(*names: str) -> Any:
        if any(find(name)[0].name >= path.stem for name in names):
            raise ValueError(
                f"{path.name} asks for a function that is not from an earlier exercise"
            )
        found = [_one(name, path.parent)[0] for name in names]
        return found[0] if len(found) == 1 else tuple(found)

    for _, source in code_cells(path):
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in tree.body:
            asks = _asks_earlier(node)
            if (
                isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef))
                or asks
                or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
            ):
                if asks:
                    namespace["earlier"] = still_earlier
                module = ast.Module(body=[node], type_ignores=[])
                try:
                    exec(compile(module, str(path), "exec"), namespace)
                except (ImportError, ValueError):
                    continue
    return namespace


def _asks_earlier(node: ast.stmt) -> bool:
    """Whether a line reads ``name, … = earlier("name", …)``."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "earlier"
        and all(isinstance(name, ast.Constant) for name in node.value.args)
    )
