"""The small changes that people make to an expression or a statement, by mistake."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import Any

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
NO_VALUES = {"np", "math", "float", "int", "bool"}
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


def is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def of_statement(node: ast.stmt) -> Iterator[ast.AST | None]:
    if isinstance(node, ast.Return) or is_docstring(node):
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


def of_expression(
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
        or {called(node), called(parent)} & SIZES
        or called(node) in OF_TYPE
        or (isinstance(node, ast.Name) and node.id in NO_VALUES)
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


def called(node: ast.AST) -> str:
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
    if called(node) in KEEP_SIGN and isinstance(node, ast.Call):
        first = node.args[0] if node.args else getattr(node.func, "value", None)
        return first is not None and _never_negative(first)
    name = node.id if isinstance(node, ast.Name) else ""
    return name in NEVER_NEGATIVE_NAMES or called(node) in NEVER_NEGATIVE


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
        numbers = [value + 1, value - 1, 2 * value, value / 2, -value, 0]
        if 0 < abs(value) < 1e-3:
            numbers = [10 * value, value / 10, 0]
        return list(dict.fromkeys(number for number in numbers if number != value))
    return []


def _swapped(nodes: list[ast.expr], index: int) -> list[ast.expr]:
    return [*nodes[:index], nodes[index + 1], nodes[index], *nodes[index + 2 :]]


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    name = called(node)
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
