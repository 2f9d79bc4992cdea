"""A function as the source of a cell that makes it again, in a process without the course.

The known mistakes and the right answers of the checks are functions of the course; a notebook
cannot import them. What such a function needs is sent along: the statement of its file that holds
it, the values of its globals and of its closure, as plain data and as names of what NumPy and the
standard library hold. Its globals are its own, so that it uses nothing of the notebook that it is
put in. The browser's Python has another version, so no bytecode is sent.
"""

from __future__ import annotations

import ast
import base64
import dis
import functools
import linecache
import marshal
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

RUNTIME = """
def _receive(text):
    import base64, functools, importlib, marshal, types
    import numpy

    nodes = marshal.loads(base64.b64decode(text))
    made = {}

    def get(place):
        if place not in made:
            kind, *rest = nodes[place]
            KINDS[kind](place, *rest)
        return made[place]

    def keep(place, value):
        made[place] = value
        return value

    def codes(code):
        yield code
        for one in code.co_consts:
            if isinstance(one, types.CodeType):
                yield from codes(one)

    def a_function(place, text, written, names, defaults, named, cells):
        flags, *key, number = written
        whole = compile(get(text), "<sent>", "exec", flags, True)
        alike = [one for one in codes(whole) if [one.co_qualname, one.co_firstlineno] == key]
        code = alike[number]
        closure = tuple(types.CellType() for _ in code.co_freevars)
        space = {"__name__": "__main__", "__builtins__": __builtins__}
        function = keep(place, types.FunctionType(code, space, code.co_name, None, closure))
        for cell, name in zip(closure, code.co_freevars):
            cell.cell_contents = get(cells[name])
        function.__defaults__ = tuple(map(get, defaults)) or None
        function.__kwdefaults__ = {name: get(one) for name, one in named.items()} or None
        space.update({name: get(one) for name, one in names.items()})

    def a_class(place, name, bases, content):
        made_of = {key: get(one) for key, one in content.items()}
        keep(place, type(name, tuple(map(get, bases)), made_of))

    def an_attribute(place, module, path):
        value = importlib.import_module(module)
        for name in path.split("."):
            value = getattr(value, name)
        keep(place, value)

    KINDS = {
        "plain": lambda place, value: keep(place, value),
        "list": lambda place, parts: keep(place, []).extend(map(get, parts)),
        "tuple": lambda place, parts: keep(place, tuple(map(get, parts))),
        "dict": lambda place, keys, parts: keep(place, {}).update(
            zip(map(get, keys), map(get, parts))
        ),
        "array": lambda place, dtype, shape, raw: keep(
            place, numpy.frombuffer(raw, dtype).reshape(shape).copy()
        ),
        "module": lambda place, name: keep(place, importlib.import_module(name)),
        "attribute": an_attribute,
        "parts": lambda place, parts: vars(keep(place, types.SimpleNamespace())).update(
            {name: get(one) for name, one in parts.items()}
        ),
        "function": a_function,
        "class": a_class,
        "partial": lambda place, function, args, named: keep(
            place,
            functools.partial(
                get(function), *map(get, args), **{key: get(one) for key, one in named.items()}
            ),
        ),
        "static": lambda place, function: keep(place, staticmethod(get(function))),
        "property": lambda place, function: keep(place, property(get(function))),
        "method": lambda place, function, owner: keep(
            place, types.MethodType(get(function), get(owner))
        ),
        "instance": lambda place, cls, state: instance(place, cls, state),
    }

    def instance(place, cls, state):
        one = get(cls)
        value = keep(place, one.__new__(one))
        for key, part in state.items():
            object.__setattr__(value, key, get(part))

    return get(0)
"""
"""Defines `_receive`, with which the cells of `cell` make their functions."""


def needs_the_course(function: Callable[..., Any]) -> bool:
    """Whether a function imports something of the course: a student's cannot."""
    return any(name.startswith("course_lib") for name in _attributes(function))


def cell(name: str, function: Callable[..., Any]) -> str:
    """Return the source of a cell that binds `name` to a copy of `function`."""
    nodes = _Sender().sent(function)
    text = base64.b64encode(marshal.dumps(nodes, 2)).decode()
    return f'{name} = _receive("{text}")\n'


class _Sender:
    """Takes a value apart into nodes of plain data that name each other by their place."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._places: dict[int, int] = {}
        self._alive: list[Any] = []
        self._wanted: frozenset[str] = frozenset()

    def sent(self, value: Any) -> list[Any]:
        self._wanted = frozenset(_attributes(value))
        self._add(value)
        return self._nodes

    def _add(self, value: Any) -> int:
        if id(value) in self._places:
            return self._places[id(value)]
        self._alive.append(value)
        place = self._places[id(value)] = len(self._nodes)
        self._nodes.append(None)
        self._nodes[place] = self._node(value)
        return place

    def _all(self, values: Any) -> list[int]:
        return [self._add(value) for value in values]

    def _named(self, values: dict[str, Any]) -> dict[str, int]:
        return {name: self._add(value) for name, value in values.items()}

    def _node(self, value: Any) -> tuple[Any, ...]:
        if value is None or value is ... or type(value) in (bool, int, float, complex, str, bytes):
            return "plain", value
        if type(value) in (list, tuple):
            return type(value).__name__, self._all(value)
        if type(value) is dict:
            return "dict", self._all(value), self._all(value.values())
        if isinstance(value, types.MappingProxyType):
            return self._node(dict(value))
        if isinstance(value, (np.ndarray, np.generic)):
            array = np.ascontiguousarray(value).reshape(np.shape(value))
            return "array", array.dtype.str, array.shape, array.tobytes()
        if isinstance(value, types.ModuleType):
            if not _ours(value.__name__):
                return "module", value.__name__
            wanted = self._wanted & vars(value).keys()
            return "parts", self._named({name: vars(value)[name] for name in sorted(wanted)})
        if isinstance(value, functools.partial):
            return (
                "partial",
                self._add(value.func),
                self._all(value.args),
                self._named(value.keywords),
            )
        if isinstance(value, staticmethod):
            return "static", self._add(value.__func__)
        if isinstance(value, property):
            return "property", self._add(value.fget)
        if isinstance(value, types.MethodType):
            return "method", self._add(value.__func__), self._add(value.__self__)
        if isinstance(value, functools._lru_cache_wrapper):
            return self._node(value.__wrapped__)
        if place := _elsewhere(value):
            return "attribute", *place
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, type):
            skipped = {"__dict__", "__weakref__", "__doc__", "__module__", "__qualname__"}
            content = {k: v for k, v in vars(value).items() if k not in skipped}
            content = {k: v for k, v in content.items() if not k.startswith("__dataclass")}
            bases = [base for base in value.__bases__ if base is not object]
            return "class", value.__name__, self._all(bases), self._named(content)
        if _ours(type(value).__module__):
            return "instance", self._add(type(value)), self._named(dict(vars(value)))
        raise TypeError(f"{value!r} of {type(value)} cannot be sent")

    def _function(self, function: types.FunctionType) -> tuple[Any, ...]:
        space, cells = function.__globals__, function.__closure__ or ()
        names = {
            name: space[name] for name in sorted(_global_names(function.__code__)) if name in space
        }
        text, written = _written(function.__code__)
        kept = {
            name: content.cell_contents
            for name, content in zip(function.__code__.co_freevars, cells, strict=True)
        }
        return (
            "function",
            self._add(text),
            written,
            self._named(names),
            self._all(function.__defaults__ or ()),
            self._named(function.__kwdefaults__ or {}),
            self._named(kept),
        )


def _written(code: types.CodeType) -> tuple[str, list[Any]]:
    """Return the statement that holds some code, and which code of the statement it is."""
    line, flags = code.co_firstlineno, code.co_flags & annotations.compiler_flag
    statements = _statements(code.co_filename)
    first, text = next((first, text) for first, last, text in statements if line <= last)
    codes = _compiled("\n" * (first - 1) + text, flags)
    key = (code.co_qualname, line)
    alike = [other for other in codes if (other.co_qualname, other.co_firstlineno) == key]
    number = [_end(other) for other in alike].index(_end(code))
    return text, [flags, code.co_qualname, line - first + 1, number]


@functools.cache
def _compiled(text: str, flags: int) -> list[types.CodeType]:
    return _codes(compile(text, "<sent>", "exec", flags, True))


def _end(code: types.CodeType) -> tuple[int, int]:
    """Return the line and the column where some code ends; bytecode depends on what is around."""
    return max((end, column) for _, end, _, column in code.co_positions() if end and column)


@functools.cache
def _statements(filename: str) -> list[tuple[int, int, str]]:
    """Return the first and the last line of each statement of a file, and its text."""
    lines = linecache.getlines(filename)
    statements = []
    for node in ast.parse("".join(lines)).body:
        decorators = [decorator.lineno for decorator in getattr(node, "decorator_list", [])]
        first, last = min([node.lineno, *decorators]), node.end_lineno or 0
        statements.append((first, last, "".join(lines[first - 1 : last])))
    return statements


def _ours(module: str) -> bool:
    return module.partition(".")[0] not in {*sys.stdlib_module_names, "numpy"}


def _elsewhere(value: Any) -> tuple[str, str] | None:
    """Return the module and the name of what NumPy or the standard library holds."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    module = getattr(value, "__module__", None) or ""
    for holder in (module, "numpy", "numpy.linalg", "builtins"):
        if holder and isinstance(name, str) and not _ours(holder) and holder in sys.modules:
            target: Any = sys.modules[holder]
            for part in name.split("."):
                target = getattr(target, part, None)
            if target is value:
                return holder, name
    return None


def _codes(code: types.CodeType) -> list[types.CodeType]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return [code, *(deep for child in inner for deep in _codes(child))]


def _global_names(code: types.CodeType) -> set[str]:
    return {
        instruction.argval
        for part in _codes(code)
        for instruction in dis.get_instructions(part)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }


def _attributes(value: Any) -> set[str]:
    """Return every name that code which `value` can reach may take from a module."""
    names: set[str] = set()
    while True:
        before = len(names)
        seen: dict[int, Any] = {}
        waiting = [value]
        while waiting:
            item = waiting.pop()
            if id(item) not in seen:
                seen[id(item)] = item
                waiting += _reached(item, names)
        if len(names) == before:
            return names


def _reached(value: Any, names: set[str]) -> list[Any]:
    """Return what a value leads to; add the names that its code uses to `names`."""
    if isinstance(value, types.FunctionType) and not _elsewhere(value):
        names |= {name for code in _codes(value.__code__) for name in code.co_names}
        space = value.__globals__
        return [
            *(space[name] for name in _global_names(value.__code__) if name in space),
            *(cell.cell_contents for cell in value.__closure__ or ()),
            *(value.__defaults__ or ()),
            *(value.__kwdefaults__ or {}).values(),
        ]
    if isinstance(value, types.ModuleType):
        members = [member for name, member in vars(value).items() if name in names]
        return members if _ours(value.__name__) else []
    if isinstance(value, functools._lru_cache_wrapper):
        return [value.__wrapped__]
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, (staticmethod, property)):
        return [value.__func__ if isinstance(value, staticmethod) else value.fget]
    if isinstance(value, type):
        return list(vars(value).values()) if _ours(value.__module__) else []
    if _ours(type(value).__module__) and hasattr(value, "__dict__"):
        return [type(value), *vars(value).values()]
    return []
