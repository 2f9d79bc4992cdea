"""Functions of earlier exercises: the student's own where they pass, the course's otherwise."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from course_lib import data
from course_lib.checks import find
from course_lib.checks.given import prelude
from course_lib.checks.limits import TIMEOUT, EndedError, within
from course_lib.checks.local import LocalCall
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook_file import code_cells
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
    return _told(names, Path(folder), print)


def telling(say: Callable[[str], object]) -> Callable[..., Any]:
    """Return an `earlier` that says by `say` whose functions it returns."""
    return lambda *names, folder=".": _told(names, Path(folder), say)


def _told(names: Sequence[str], folder: Path, say: Callable[[str], object]) -> Any:
    functions = []
    for name in names:
        function, whose = _one(name, folder)
        say(f"{name}: {whose}")
        functions.append(function)
    return functions[0] if len(functions) == 1 else tuple(functions)


def _one(name: str, folder: Path) -> tuple[Callable[..., Any], str]:
    exercise, question = find(name)
    path = folder / f"{exercise.name}.ipynb"
    ours = getattr(import_module(f"course_lib.checks.ex{exercise.name}.reference"), name)
    if not path.is_file():
        return ours, f"the course's (there is no {path.name} beside this notebook)"
    try:
        book = functions_of(path, question.entry or name)
    except (OSError, ValueError):
        return ours, f"the course's ({path.name} cannot be read)"
    with book.active():
        result = mark_question(question, LocalCall(book.namespace, TIMEOUT, book=book))
    if result.status == "right":
        return book.namespace[name], f"yours, from {path.name}"
    if result.status in ("missing", "unwritten"):
        return ours, f"the course's (yours is not written yet in {path.name})"
    return ours, f"the course's (yours in {path.name} is not right yet)"


def functions_of(path: Path, name: str) -> Notebook:
    """Return a notebook with the functions that it defines, without running the rest of it.

    Imports and definitions are carried out, and whatever gives a value to `name` or to a name that
    is needed for it; the last definition of a name counts.

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
        return _told(names, path.parent, lambda _text: None)

    book = Notebook(Modules(data, still_earlier))
    parts = [(number, node) for number, source in code_cells(path) for node in _parts(source)]
    kept = _needed([node for _, node in parts], name)
    with book.active(), contextlib.redirect_stdout(io.StringIO()):
        book.prelude(prelude(path.stem))
        for number, node in parts:
            if node in kept:
                with contextlib.suppress(EndedError):
                    within(TIMEOUT, partial(_tried, book, number, ast.unparse(node)))
    return book


def _parts(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _tried(book: Notebook, number: int, source: str) -> None:
    """Run a piece of a cell; what it raises is its own."""
    with contextlib.suppress(BaseException):
        book.cell(number, source)


DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _needed(parts: Sequence[ast.stmt], name: str) -> set[ast.stmt]:
    """Return imports, definitions, and what gives values to a name and to those it is made of."""
    kept: set[ast.stmt] = {part for part in parts if isinstance(part, DEFINITIONS)}
    names, before = {name}, 0
    while len(names) > before:
        before = len(names)
        for part in parts:
            if names & _given(part):
                kept.add(part)
                names |= {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
    return kept


def _given(part: ast.stmt) -> set[str]:
    """Return the names to which a statement gives values."""
    if isinstance(part, DEFINITIONS[2:]):
        return {part.name}
    inside = list(ast.walk(part))
    names = {
        node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names | {node.name for node in inside if isinstance(node, DEFINITIONS[2:])}
