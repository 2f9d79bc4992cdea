"""Mutants of a function: copies of its source, each with one small change that people make.

Signs, absolute values, rounding, strict against non-strict comparison, entry by entry against the
whole array, constants off by one, swapped arguments, other operators, dropped statements.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

NEVER_NEGATIVE = {"abs", "exp", "sqrt", "square", "len", "range", "cosh", "arange", "sum_squares"}
SYMMETRIC = {"maximum", "minimum", "max", "min", "logaddexp", "isclose", "allclose", "add"}
OTHER_CALL = {
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "max": ("min", "sum", "mean"),
    "min": ("max",),
    "sum": ("mean", "max"),
    "mean": ("sum", "median"),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "log": ("log10", "log2", "log1p"),
    "log1p": ("log", "log10"),
    "exp": ("exp2", "expm1"),
    "tanh": ("tan", "sin", "arctan"),
    "dot": ("outer", "multiply"),
    "outer": ("dot", "multiply"),
    "any": ("all",),
    "all": ("any",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "floor": ("ceil", "round"),
    "ceil": ("floor", "round"),
    "sqrt": ("cbrt",),
    "std": ("var",),
    "var": ("std",),
    "reversed": ("list",),
    "sorted": ("list",),
    "cumsum": ("cumprod",),
    "flatnonzero": ("unique",),
}
ONE_ARGUMENT = {"abs", "sqrt", "square", "int", "round", "tanh", "log", "exp", "copy"} | {
    *("reversed", "sorted", "floor", "ceil", "sign", "log1p"),
}
KEEP_SIGN = {"mean", "sum", "max", "min", "float", "float32"}
NEVER_NEGATIVE_NAMES = {
    *("learning_rate", "rate", "epsilon", "decay", "weight_decay", "momentum", "beta1", "beta2"),
    *("h", "tolerance", "steps", "batch_size", "patience", "mu", "rho", "eps"),
}
OF_TYPE = {"tolist", "item", "astype", "append", "extend", "update", "add", "pop", "setdefault"}
POSITIONS = {"reshape", "transpose", "swapaxes"}
SIZES = {"zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like"} | {
    *("len", "range", "arange", "eye", "enumerate", "zip"),
}
OTHER_OPERATOR: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add, ast.MatMult),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
OTHER_COMPARISON: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
ORDERED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Pow, ast.MatMult, ast.Mod)
SIGNS = ("-{}", "probe(np.abs, {})", "-probe(np.abs, {})")
ROUNDED = ("probe(np.round, {})", "probe(np.trunc, {})")
WHOLE = ("probe(np.max, {})", "probe(np.mean, {})", "probe(np.sum, {})")


@dataclass(frozen=True)
class Mutant:
    """One changed copy of a function.

    Parameters
    ----------
    change : str
        The smallest statement around the change, before and after it.
    function : callable
        The copy; None where it cannot even be made.
    probe : Probe
        Whether the change can have changed anything, once the function was called.
    """

    change: str
    function: Callable[..., Any] | None
    probe: Probe


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
    node = source(function)
    seen = {ast.dump(node)}
    around = (*SIGNS, *ROUNDED, *WHOLE) if rounded else SIGNS
    for changed, change in _changed(node, around):
        text = ast.dump(changed)
        if text not in seen:
            seen.add(text)
            probe = Probe()
            yield Mutant(change, _made(changed, function, probe), probe)


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
    found = []
    for node in _parsed(code.co_filename):
        arguments = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
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
            found.append(node)
    if len(found) > 1:  # several lambdas on one line: by the column of the first operation
        columns = [span[2] for span in body if span[0] == first and span[2] is not None]
        found = [node for node in found if node.body.col_offset in columns]
    if len(found) != 1:
        raise LookupError(f"{code.co_name} in {code.co_filename}:{code.co_firstlineno}")
    return found[0]


def _made(
    node: ast.Lambda | ast.FunctionDef, function: Callable[..., Any], probe: Probe
) -> Callable[..., Any] | None:
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
    try:
        exec(compile(module, "<mutant>", "exec"), space)
        made = space["make"](*cells)
    except Exception:
        return None
    if isinstance(node, ast.FunctionDef):
        made.__globals__[node.name] = made
    return made


def _changed(
    root: ast.Lambda | ast.FunctionDef, around: Sequence[str]
) -> Iterator[tuple[ast.Lambda | ast.FunctionDef, str]]:
    """Yield changed copies of a tree, each with its description."""
    statements = {id(node): path for path, node, *_ in _located(root)}
    for path, node, parent, statement in _located(root):
        if isinstance(node, ast.expr):
            replacements: Iterator[ast.AST | None] = _expressions(node, parent, path[-1][0], around)
        elif isinstance(node, ast.stmt):
            replacements = _statement(node)
        else:
            continue
        for replacement in replacements:
            tree = copy.deepcopy(root)
            _put(tree, path, replacement)
            ast.fix_missing_locations(tree)
            after = _at(tree, statements[id(statement)]) if statement is not root else tree
            with contextlib.suppress(SyntaxError, ValueError):
                ast.parse(ast.unparse(tree))
                yield tree, f"{_line(statement)} → {_line(after)}"


Path_ = tuple[tuple[str, int | None], ...]


def _located(root: ast.AST) -> Iterator[tuple[Path_, ast.AST, ast.AST, ast.AST]]:
    """Yield every node inside a function: its path, itself, its parent, its statement."""

    def walk(node: ast.AST, path: Path_, statement: ast.AST) -> Iterator[Any]:
        for name, value in ast.iter_fields(node):
            if (node is root and name != "body") or name in ("annotation", "returns"):
                continue
            for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(child, ast.AST) or _docstring(child) or type(child) is ast.Raise:
                    continue
                if _called(node) in POSITIONS and name != "func":
                    continue  # they count axes
                here = (*path, (name, index))
                around = child if isinstance(child, ast.stmt) else statement
                yield here, child, node, around
                yield from walk(child, here, around)

    yield from walk(root, (), root)


def _docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _at(tree: ast.AST, path: Path_) -> Any:
    node: Any = tree
    for name, index in path:
        node = getattr(node, name)
        node = node if index is None else node[index]
    return node


def _put(tree: ast.AST, path: Path_, replacement: ast.AST | None) -> None:
    """Put something in the place of a node; None: an empty statement."""
    parent = _at(tree, path[:-1])
    name, index = path[-1]
    replacement = ast.Pass() if replacement is None else copy.deepcopy(replacement)
    if index is None:
        setattr(parent, name, replacement)
    else:
        getattr(parent, name)[index] = replacement


def _line(statement: ast.AST) -> str:
    """Return a statement as one line: of a loop or a condition, its head alone."""
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(statement)))
    if isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
        text = text.splitlines()[0]
    if isinstance(statement, ast.Lambda):
        text = ast.unparse(statement.body)
    return re.sub(r"probe\((np\.\w+), ", r"\1(", " ".join(text.split()))


def _statement(node: ast.stmt) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Return) or _docstring(node):
        return
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Delete)):
        yield None
    if isinstance(node, ast.AugAssign):
        for operator in OTHER_OPERATOR.get(type(node.op), ()):
            yield ast.AugAssign(node.target, operator(), node.value)
        yield ast.Assign([node.target], node.value)
    if isinstance(node, ast.If):
        for value in (True, False):
            yield ast.If(ast.Constant(value), node.body, node.orelse)
    if isinstance(node, ast.For):
        yield ast.For(node.target, node.iter, [*node.body, ast.Break()], node.orelse)


def _expressions(
    node: ast.expr, parent: ast.AST, field: str, around: Sequence[str]
) -> Iterator[ast.AST]:
    """Yield what may stand in the place of an expression."""
    if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)):
        return
    squared = field == "left" and _never_negative(parent)
    for replacement in () if _is_position(node, parent, field) else _by_kind(node):
        swapped = isinstance(replacement, ast.BinOp) and isinstance(node, ast.BinOp)
        if not (squared and swapped and replacement.left is node.right):
            yield replacement
    if isinstance(parent, ast.Subscript) and field == "slice":
        return
    if (
        field in ("func", "keywords", "ops")
        or isinstance(parent, ast.Expr)
        or (isinstance(parent, ast.Attribute) and parent.attr in ("size", "shape", "ndim"))
        or {_called(node), _called(parent)} & SIZES
        or _called(node) in OF_TYPE
        or not isinstance(node, (ast.BinOp, ast.Name, ast.Subscript, ast.Call, ast.Attribute))
    ):
        return
    for pattern in around:
        sign = pattern in SIGNS
        if sign and (squared or ("abs" in pattern and _never_negative(node))):
            continue
        if pattern in WHOLE and not isinstance(node, (ast.BinOp, ast.Call)):
            continue
        yield _wrapped(pattern, node)


def _is_position(node: ast.expr, parent: ast.AST, field: str) -> bool:
    """Whether a constant is no number to compute with: x[1], zip(strict=True)."""
    keyword = isinstance(parent, ast.keyword) and parent.arg in ("strict", "dtype", "axis")
    index = isinstance(parent, ast.Subscript) and field == "slice"
    return isinstance(node, ast.Constant) and (keyword or index)


def _wrapped(pattern: str, node: ast.expr) -> ast.expr:
    return ast.parse(pattern.format(f"({ast.unparse(node)})"), mode="eval").body


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _never_negative(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return isinstance(node.right, ast.Constant) and node.right.value == 2
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mult, ast.Div)):
        return _never_negative(node.left) and _never_negative(node.right)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float)) and node.value >= 0
    if isinstance(node, (ast.GeneratorExp, ast.ListComp)):
        return _never_negative(node.elt)
    if _called(node) in KEEP_SIGN and isinstance(node, ast.Call):
        first = node.args[0] if node.args else getattr(node.func, "value", None)
        return first is not None and _never_negative(first)
    name = node.id if isinstance(node, ast.Name) else ""
    return name in NEVER_NEGATIVE_NAMES or _called(node) in NEVER_NEGATIVE


def _by_kind(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Constant():
            yield from map(ast.Constant, _constants(node.value))
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield node.operand
        case ast.BinOp():
            for operator in OTHER_OPERATOR.get(type(node.op), ()):
                yield ast.BinOp(node.left, operator(), node.right)
            yield node.left
            yield node.right
            if isinstance(node.op, ORDERED):
                yield ast.BinOp(node.right, node.op, node.left)
        case ast.Compare(ops=[operator], comparators=[right]):
            for other in OTHER_COMPARISON.get(type(operator), ()):
                yield ast.Compare(node.left, [other()], [right])
            yield ast.Constant(True)
            yield ast.Constant(False)
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield ast.BoolOp(other, node.values)
            yield from node.values
        case ast.IfExp():
            yield node.body
            yield node.orelse
            yield ast.IfExp(node.test, node.orelse, node.body)
        case ast.Call():
            yield from _calls(node)
        case ast.Subscript():
            yield from _indices(node)
        case ast.Attribute(attr="T"):
            yield node.value
        case ast.Tuple() | ast.List():
            for index in range(len(node.elts) - 1):
                yield type(node)(_swapped(node.elts, index), node.ctx)
        case ast.ListComp() | ast.GeneratorExp():
            for index, condition in enumerate(node.generators[0].ifs):
                changed = copy.deepcopy(node)
                changed.generators[0].ifs[index] = ast.UnaryOp(ast.Not(), condition)
                yield changed


def _constants(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        found = [value + 1, value - 1, 2 * value, value / 2, -value, 0]
        if 0 < abs(value) < 1e-3:
            found = [10 * value, value / 10, 0]
        return list(dict.fromkeys(one for one in found if one != value))
    return []


def _swapped(nodes: list[ast.expr], index: int) -> list[ast.expr]:
    return [*nodes[:index], nodes[index + 1], nodes[index], *nodes[index + 2 :]]


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    name = _called(node)
    for other in OTHER_CALL.get(name, ()):
        changed = copy.deepcopy(node)
        if isinstance(changed.func, ast.Attribute):
            changed.func.attr = other
        elif isinstance(changed.func, ast.Name):
            changed.func.id = other
        yield changed
    if name in ONE_ARGUMENT and len(node.args) == 1:
        yield node.args[0]
    method = isinstance(node.func, ast.Attribute) and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "math")
    )
    if method and isinstance(node.func, ast.Attribute) and name not in OF_TYPE:
        yield node.func.value  # (…).max() → (…): entry by entry
    if name not in SYMMETRIC | {"zip"}:
        for index in range(len(node.args) - 1):
            yield ast.Call(node.func, _swapped(node.args, index), node.keywords)
    if name in ("maximum", "minimum", "clip") and len(node.args) > 1:
        yield node.args[0]
    if name == "range":
        yield from _ranges(node)
    for index, keyword in enumerate(node.keywords):
        if keyword.arg == "strict":
            continue
        rest = [*node.keywords[:index], *node.keywords[index + 1 :]]
        yield ast.Call(node.func, node.args, rest)
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            axis = ast.Constant(0 if keyword.value.value in (1, -1) else 1)
            yield ast.Call(node.func, node.args, [*rest, ast.keyword("axis", axis)])
    if name in ("std", "var"):
        ddof = ast.keyword("ddof", ast.Constant(1))
        yield ast.Call(node.func, node.args, [*node.keywords, ddof])


def _ranges(node: ast.Call) -> Iterator[ast.expr]:
    stop = 0 if len(node.args) == 1 else 1
    for change in (1, -1):
        ends = list(node.args)
        ends[stop] = ast.BinOp(node.args[stop], ast.Add(), ast.Constant(change))
        yield ast.Call(node.func, ends, [])
    if len(node.args) == 1:
        yield ast.Call(node.func, [ast.Constant(1), *node.args], [])


def _indices(node: ast.Subscript) -> Iterator[ast.expr]:
    if isinstance(node.slice, ast.Slice):
        for end in ("lower", "upper"):
            bound = getattr(node.slice, end)
            if bound is None:
                continue
            for change in (1, -1):
                changed = copy.deepcopy(node)
                setattr(changed.slice, end, ast.BinOp(bound, ast.Add(), ast.Constant(change)))
                yield changed
    elif isinstance(node.slice, (ast.Name, ast.BinOp, ast.Constant)):
        for change in (1, -1):
            index = ast.BinOp(node.slice, ast.Add(), ast.Constant(change))
            yield ast.Subscript(node.value, index, node.ctx)
