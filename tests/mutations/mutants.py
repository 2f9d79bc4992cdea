"""Mutants of a function: copies of its source, each with one small change that people make.

Signs, absolute values, rounding, strict against non-strict comparison, entry by entry against the
whole array, constants off by one, swapped arguments, other operators, dropped statements.
"""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import re
import types
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from mutations.changes import (
    POSITIONS,
    ROUNDED,
    SIGNS,
    WHOLE,
    called,
    is_docstring,
    of_expression,
    of_statement,
)

Path_ = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Mutant:
    """One changed copy of a function.

    Parameters
    ----------
    change : str
        The smallest statement around the change, before and after it.
    original : callable
        The function.
    path : tuple
        Where in its syntax tree the change is.
    replacement : ast.AST or None
        What stands there; None for nothing.
    """

    change: str
    original: Callable[..., Any]
    path: Path_
    replacement: ast.AST | None

    def made(self) -> tuple[Callable[..., Any], Probe]:
        """Return the changed copy and its probe.

        Raises
        ------
        SyntaxError, ValueError, TypeError
            If the change is no Python: then it should not be among the changes.
        """
        tree, probe = source(self.original), Probe()
        before = _at(tree, self.path)
        _put(tree, self.path, self.replacement)
        try:
            return _made(tree, self.original, probe), probe
        finally:
            _put(tree, self.path, before)


class Probe:
    """Calls a function that is put around a value.

    Attributes
    ----------
    idle : bool
        Whether it was put around nothing but what it cannot change: integers of which the
        absolute value or the nearest integer is taken, single numbers of which the sum is taken.
    """

    def __init__(self) -> None:
        self._values = self._changed = 0

    def __call__(self, function: Callable[..., Any], value: Any) -> Any:
        """Return ``function(value)``."""
        array = np.asarray(value)
        whole = function in (np.max, np.mean, np.sum)
        self._values += 1
        self._changed += array.size > 1 if whole else array.dtype.kind not in "iub"
        return function(value)

    @property
    def idle(self) -> bool:
        return self._values > 0 and not self._changed


def mutants(function: Callable[..., Any], *, rounded: bool = True) -> Iterator[Mutant]:
    """Yield the mutants of a function or lambda, read from its file.

    Parameters
    ----------
    function : callable
        What to change.
    rounded : bool
        Whether to round values, too, and to exchange arrays for one of their numbers.
    """
    around = (*SIGNS, *ROUNDED, *WHOLE) if rounded else SIGNS
    seen = set()
    for path, replacement, change in _changed(source(function), around):
        if change not in seen:
            seen.add(change)
            yield Mutant(change, function, path, replacement)


@cache
def _parsed(path: str) -> list[ast.AST]:
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Lambda, ast.FunctionDef))]


def source(function: Callable[..., Any]) -> ast.Lambda | ast.FunctionDef:
    """Return the syntax tree of a function or lambda.

    Raises
    ------
    LookupError
        If it cannot be told from the others in its file.
    """
    code = inspect.unwrap(function).__code__
    body = [position for position in code.co_positions() if position[0] and position[3]]
    first, last = min(span[0] for span in body), max(span[1] or 0 for span in body)
    nodes = []
    for node in _parsed(code.co_filename):
        arguments = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        named = node.name == code.co_name if isinstance(node, ast.FunctionDef) else True
        lambdas = isinstance(node, ast.Lambda) == (code.co_name == "<lambda>")
        if (
            named
            and lambdas
            and arguments == list(code.co_varnames[: code.co_argcount])
            and node.lineno == code.co_firstlineno
            and node.lineno <= first
            and last <= (node.end_lineno or 0)
        ):
            nodes.append(node)
    if len(nodes) > 1:  # several lambdas on one line: by the column of the first operation
        columns = [span[2] for span in body if span[0] == first and span[2] is not None]
        nodes = [node for node in nodes if node.body.col_offset in columns]
    if len(nodes) != 1:
        raise LookupError(f"{code.co_name} in {code.co_filename}:{code.co_firstlineno}")
    return nodes[0]


def _made(
    node: ast.Lambda | ast.FunctionDef, function: Callable[..., Any], probe: Probe
) -> Callable[..., Any]:
    """Compile a changed copy, with the globals and the closure of the original."""
    free = function.__code__.co_freevars
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    if isinstance(node, ast.FunctionDef):
        node.decorator_list = []
        body: list[ast.stmt] = [node, ast.Return(ast.Name(node.name, ast.Load()))]
    else:
        body = [ast.Return(node)]
    arguments = [ast.arg(name) for name in free]
    maker = ast.FunctionDef("make", ast.arguments([], arguments, None, [], [], None, []), body, [])
    module = ast.fix_missing_locations(ast.Module([maker], []))
    space = {**function.__globals__, "np": np, "probe": probe}
    exec(compiled(ast.unparse(module)), space)
    made: Callable[..., Any] = space["make"](*cells)
    space[made.__name__] = made
    return made


def compiled(text: str) -> types.CodeType:
    """Compile a text of its own; `linecache` has its lines, as those of a file."""
    name = f"<text {zlib.crc32(text.encode())}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    return compile(text, name, "exec")


def _changed(
    root: ast.Lambda | ast.FunctionDef, around: Sequence[str]
) -> Iterator[tuple[Path_, ast.AST | None, str]]:
    """Yield where a tree may be changed, to what, and a description."""
    root = copy.deepcopy(root)
    for path, node, parent, statement in list(_located(root)):
        if isinstance(node, ast.expr):
            replacements: Iterator[ast.AST | None] = of_expression(
                node, parent, path[-1][0], around
            )
        elif isinstance(node, ast.stmt):
            replacements = of_statement(node)
        else:
            continue
        before = _line(statement)
        for replacement in list(replacements):
            new = _put(root, path, replacement)
            after = _line(new if statement is node else statement)
            _put(root, path, node)
            if after != before:
                yield path, replacement, f"{before} → {after}"


def _located(root: ast.AST) -> Iterator[tuple[Path_, ast.AST, ast.AST, ast.AST]]:
    """Yield every node inside a function: its path, itself, its parent, its statement."""

    def walk(node: ast.AST, path: Path_, statement: ast.AST) -> Iterator[Any]:
        for name, value in ast.iter_fields(node):
            if (node is root and name != "body") or name in ("annotation", "returns"):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if (
                    not isinstance(child, ast.AST)
                    or is_docstring(child)
                    or type(child) is ast.Raise
                ):
                    continue
                if called(node) in POSITIONS and name != "func":
                    continue  # they count axes
                here = (*path, (name, index))
                around = child if isinstance(child, ast.stmt) else statement
                yield here, child, node, around
                yield from walk(child, here, around)

    yield from walk(root, (), root)


def _at(tree: ast.AST, path: Path_) -> Any:
    node: Any = tree
    for name, index in path:
        node = getattr(node, name)
        node = node if index is None else node[index]
    return node


def _put(tree: ast.AST, path: Path_, node: ast.AST | None) -> ast.AST:
    """Put something in the place of a node (None: an empty statement) and return it."""
    parent = _at(tree, path[:-1])
    name, index = path[-1]
    node = ast.Pass() if node is None else node
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node
    return node


def _line(statement: ast.AST) -> str:
    """Return a statement as one line: of a loop or a condition, its head alone."""
    text = ast.unparse(ast.fix_missing_locations(statement))
    if isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
        text = text.splitlines()[0]
    if isinstance(statement, ast.Lambda):
        text = ast.unparse(statement.body)
    return re.sub(r"probe\((np\.\w+), ", r"\1(", " ".join(text.split()))
