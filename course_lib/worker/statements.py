"""What a statement of a cell binds, which one an error came from, and what a function looks up.

This file needs the standard library alone; a worker imports it.
"""

from __future__ import annotations

import ast
import dis
import types

SIMPLE = (
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)


def failed(body: list[ast.stmt], error: BaseException, name: str) -> int | None:
    """Return the index of the top-level statement that an error came from."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename == name and code.co_name == "<module>":
            line, _, column, _ = list(code.co_positions())[trace.tb_lasti // 2]
            place = (line or 0, column or 0)
            begun = [n for n, statement in enumerate(body) if _begin(statement) <= place]
            return begun[-1] if begun else None
        trace = trace.tb_next
    return None


def _begin(statement: ast.stmt) -> tuple[int, int]:
    parts = [statement, *getattr(statement, "decorator_list", ())]
    return min((part.lineno, part.col_offset) for part in parts)


def names(statement: ast.stmt) -> list[str]:
    """Return the names that a statement would have bound."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [statement.name]
    bindings = []
    for node in ast.walk(statement):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            bindings += [(alias.asname or alias.name.partition(".")[0]) for alias in node.names]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bindings.append(node.id)
    return [name for name in bindings if name != "*"]


def names_of(code: types.CodeType) -> set[str]:
    """Return all names in a function's code: of globals, attributes and modules.

    It takes far less time than `globals_of`, of which it holds everything.
    """
    inside = (inner for inner in code.co_consts if isinstance(inner, types.CodeType))
    return set(code.co_names).union(*map(names_of, inside))


def globals_of(code: types.CodeType) -> set[str]:
    """Return the names that a function's code, and the functions inside it, look up outside."""
    loads = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
    global_names = {
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname in loads
    }
    inside = (inner for inner in code.co_consts if isinstance(inner, types.CodeType))
    return global_names.union(*map(globals_of, inside))
