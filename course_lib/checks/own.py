"""Functions of earlier exercises: the student's own where they pass, the course's otherwise."""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib import data
from course_lib.checks import find
from course_lib.checks.given import prelude
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook_file import code_cells
from course_lib.checks.speed import TIMEOUT
from course_lib.worker.executor import Notebook
from course_lib.worker.stubs import Modules


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
        book = functions_of(path)
    except (OSError, ValueError):
        return ours, f"the course's ({path.name} cannot be read)"
    with book.active():
        result = mark_question(question, LocalCall(book.namespace, TIMEOUT, book=book))
    if result.status == "right":
        return book.namespace[name], f"yours, from {path.name}"
    if result.status in ("missing", "unwritten"):
        return ours, f"the course's (yours is not written yet in {path.name})"
    return ours, f"the course's (yours in {path.name} is not right yet)"


def course_version(exercise: str, name: str) -> Callable[..., Any]:
    """Return the course's own version of a function that `exercise` asks for."""
    module = importlib.import_module(f"course_lib.checks.reference.ex{exercise[:2]}")
    return getattr(module, name)


def functions_of(path: Path) -> Notebook:
    """Return a notebook with the functions that it defines, without running the rest of it.

    Only imports, function definitions, assignments of constants and of what `earlier` returns are
    carried out; the last definition of a name counts.

    Raises
    ------
    ValueError
        If the file is not a notebook.
    """

    def still_earlier(*names: str) -> Any:
        if any(find(name)[0].name >= path.stem for name in names):
            raise ValueError(
                f"{path.name} asks for a function that is not from an earlier exercise"
            )
        found = [_one(name, path.parent)[0] for name in names]
        return found[0] if len(found) == 1 else tuple(found)

    book = Notebook(Modules(data, still_earlier))
    with book.active(), contextlib.redirect_stdout(io.StringIO()):
        book.prelude(prelude(path.stem))
        for number, source in code_cells(path):
            try:
                tree = ast.parse(source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            kept = [node for node in tree.body if _defines(node)]
            for node in kept:
                with contextlib.suppress(Exception):
                    book.cell(number, ast.unparse(node))
    return book


def _defines(node: ast.stmt) -> bool:
    """Whether a statement is an import, a function, a constant or what `earlier` returns."""
    return (
        isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef))
        or _asks_earlier(node)
        or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    )


def _asks_earlier(node: ast.stmt) -> bool:
    """Whether a line reads ``name, … = earlier("name", …)``."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "earlier"
        and all(isinstance(name, ast.Constant) for name in node.value.args)
    )
