"""Runs the cells of a notebook and calls its functions, in one way wherever that happens.

`check` in a notebook, `course check` and the grader's workers all use this file: the same
predefined names, the same imports (see `imports.py`), no floating-point errors or warnings, and
text as Python itself would have it. A cell comes prepared as IPython prepares it
(`checks/notebook_file.py`).

Functions are called after all cells have run, with the names as they then are: so it is in a kernel
in which all cells are run in their order. Where a later cell has given another value to a name that
a function uses, or has deleted it, :meth:`Notebook.overwritten` says which cell that was.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import linecache
import re
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from . import imports, protocol, statements, stubs
from .shell import Shell, drive

TEXT = 600  # characters of an error that are passed on
PACKED = 1000  # values in lists from which rows of numbers become arrays
TOO_LARGE = re.compile(  # what is said where addresses have 32 bits, as in a browser
    r"ValueError: (array is too big|Maximum allowed dimension)|OverflowError: cannot fit 'int' into"
)
AWAITS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
FUTURES = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})


class Failure(Exception):
    """No answer came of a call, for a reason that is no error of the function's own."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind, text)
        self.kind, self.text = kind, text


class Notebook:
    """One notebook's namespace: its cells are run in it and its functions called.

    `modules` takes the place of modules; it is None where `sys.modules` already holds what does.
    With a `namespace`, the cells have been run in it already, by a kernel.
    """

    def __init__(
        self, modules: stubs.Modules | None = None, namespace: dict[str, Any] | None = None
    ) -> None:
        self.module = types.ModuleType("__main__")
        self.namespace = self.module.__dict__ if namespace is None else namespace
        self._own = namespace is None
        self._modules = modules
        self._bound: dict[str, int] = {}
        self._changed: dict[str, tuple[int, bool]] = {}
        if self._own:
            self.namespace["__builtins__"] = builtins

    @contextlib.contextmanager
    def active(self) -> Iterator[None]:
        """Give the code of this notebook what it finds where work is marked."""
        importer = imports.Importer(self.namespace, self._modules)
        given = {
            "__import__": importer,
            "get_ipython": Shell(self.namespace).itself,
            "display": stubs.nothing,
            "input": stubs.no_input,
            "help": stubs.nothing,
            "exit": sys.exit,
            "quit": sys.exit,
        }
        main = {"__main__": self.module} if self._own else {}
        absent: dict[str, Any] = {}
        if not self._own:
            absent = imports.absent_names(self.namespace)
            kernels = imports.names_of_kernel(self.namespace)
            absent |= {name: given[name] for name in kernels if name in given}
        with (
            replaced(vars(builtins), given),
            replaced(self.namespace, absent),
            replaced(sys.modules, main),
            contextlib.closing(importer),
        ):
            yield

    def prelude(self, source: str) -> None:
        """Run what an exercise gives before the first cell."""
        exec(compile(source, "<prelude>", "exec"), self.namespace)

    def cell(self, number: int, source: str) -> None:
        """Run one code cell; what it raises is the caller's to catch.

        A statement that fails only because a module is not there is passed over: the names it would
        have given become placeholders, and the rest of the cell is run.
        """
        before = dict(self.namespace)
        try:
            self._run(source, known(number, source))
        finally:
            self._compare(before, number)

    def show(self, number: int, source: str) -> Any:
        """Run one code cell as a kernel does and return the value of its last expression."""
        name = known(number, source)
        body = ast.parse(source, name).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        self._run(body, name)
        if not isinstance(last, ast.Expr):
            return None
        code = compile(ast.Expression(last.value), name, "eval", AWAITS, dont_inherit=True)
        return drive(code, self.namespace)

    def _run(self, cell: str | list[ast.stmt], name: str, flags: int = AWAITS) -> None:
        """Run a cell, or some statements of one; a text is compiled in less time."""
        made = cell if isinstance(cell, str) else ast.Module(cell, [])
        try:
            code = compile(made, name, "exec", flags, dont_inherit=True)
        except SyntaxError:
            body = _body(cell, name)
            if len(body) == 1:
                raise
            for statement in body:  # as IPython does: what comes before the error is run
                self._run([statement], name)
            return
        try:
            drive(code, self.namespace)
        except imports.NotAvailable as error:
            body = _body(cell, name)
            place = statements.failed(body, error, name)
            if place is None:
                raise
            for bound in statements.names(body[place]):
                if isinstance(body[place], statements.SIMPLE) or bound not in self.namespace:
                    text = f"{bound} is not there: {error}"
                    self.namespace[bound] = imports.Placeholder(bound, text)
            self._run(body[place + 1 :], name, flags | (code.co_flags & FUTURES))

    def _compare(self, before: dict[str, Any], number: int) -> None:
        """Take down which names a cell has bound, and which it has overwritten or deleted."""
        now = self.namespace
        changed = [name for name in before if name not in now]
        changed += [name for name, value in now.items() if before.get(name) is not value]
        for name in changed:
            old = before.get(name, getattr(builtins, name, None))
            if name.startswith("_") or now.get(name) is old:
                continue
            if old is not None:
                self._changed[name] = (number, name not in now)
            if name in now:
                self._bound[name] = number

    def overwritten(self, name: str) -> list[tuple[int, str, bool]]:
        """Return what later cells have taken from a function: cell, name, whether it is gone."""
        function = self.namespace.get(name)
        if not callable(function):
            if name not in self._changed:
                return []
            number, gone = self._changed[name]
            return [(number, name, gone)]
        home = self._bound.get(name, 0)
        later = {
            used: change
            for used, change in self._changed.items()
            if change[0] > home and used != name
        }
        if later.keys() & self._used(function, statements.names_of):
            used = self._used(function, statements.globals_of)
            return sorted((later[name][0], name, later[name][1]) for name in later.keys() & used)
        return []

    def _used(self, function: Any, names_of: Callable[[types.CodeType], set[str]]) -> set[str]:
        """Return the names that a function uses, and those that its helpers use."""
        used: set[str] = set()
        waiting = [function]
        seen: set[int] = set()
        while waiting:
            code = getattr(innermost(waiting.pop()), "__code__", None)
            if code is None or id(code) in seen:
                continue
            seen.add(id(code))
            names = names_of(code)
            used |= names
            waiting += [self.namespace.get(name) for name in names]
        return used


def _body(cell: str | list[ast.stmt], name: str) -> list[ast.stmt]:
    return ast.parse(cell, name).body if isinstance(cell, str) else cell


def call(name: str, function: Any, args: list[Any]) -> Any:
    """Call a student's function as it is called everywhere.

    Texts in `args` are first made what they are in a program: ``activation is "tanh"`` can be true.

    Raises
    ------
    Failure
        If there is no function.
    """
    if function is None:
        raise Failure("missing", f"There is no function called {name} in the notebook.")
    if not callable(function):
        kind = type(function).__name__
        raise Failure("missing", f"{name} is not a function but an object of type {kind}.")
    args[:] = map(interned, args)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args)


def interned(value: Any) -> Any:
    """Return an argument with every text in it as Python keeps those of a program."""
    if type(value) is str:
        return sys.intern(value)
    if type(value) in (list, tuple):
        return type(value)(map(interned, value))
    if type(value) is dict:
        return {interned(key): interned(item) for key, item in value.items()}
    return value


def encoded(name: str, value: Any, **more: Any) -> list[protocol.Part]:
    """Return a message with what a function has returned, long lists of numbers as arrays.

    Raises
    ------
    Failure
        If it is no plain data, or more of it than a message holds.
    """
    try:
        return protocol.encode_parts({"value": packed(value), **more})
    except protocol.NotDataError as error:
        text = f"{name} returned {error}; it should return numbers and arrays"
        raise Failure("reply", text) from None


def packed(value: Any, depth: int = 0) -> Any:
    """Return a value in which long lists of numbers, and of rows of numbers, are arrays.

    >>> packed([[1.0, 2.0]] * 1000).shape
    (1000, 2)
    >>> packed([1.0, 2.0])
    [1.0, 2.0]
    """
    if depth == 0 and not _long(value):
        return value
    if type(value) in (list, tuple) and depth < protocol.MAX_DEPTH:
        with contextlib.suppress(ValueError, TypeError, OverflowError, RecursionError):
            array = np.array(value)
            if array.dtype.kind in "fiubc" and array.size:
                return array
        return type(value)(packed(item, depth + 1) for item in value)
    return value


def _long(value: Any) -> bool:
    waiting, count = [value], 0
    while waiting:
        item = waiting.pop()
        if type(item) in (list, tuple):
            count += len(item)
            if count > PACKED:
                return True
            waiting += item
    return False


def failure(error: BaseException) -> dict[str, Any]:
    """Return the ``"kind"``, the ``"text"`` and the cell's ``"line"`` of what was raised."""
    if isinstance(error, Failure):
        return {"kind": error.kind, "text": error.text[:TEXT], "line": 0}
    try:
        absent = isinstance(error, imports.NotAvailable)
        text = f"{'ModuleNotFoundError' if absent else type(error).__name__}: {error}"
    except BaseException:
        text = type(error).__name__
    kind = "raised"
    if isinstance(error, NotImplementedError):
        kind = "unwritten"
    elif isinstance(error, MemoryError) or (sys.maxsize < 2**32 and TOO_LARGE.match(text)):
        kind, text = "memory", "it asked for more memory than there is"
    return {"kind": kind, "text": text[:TEXT], "line": _line(error)}


def _line(error: BaseException) -> int:
    """The last line of a notebook's cell that the error went through."""
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    lines = [
        number
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename.startswith("<cell ")
    ]
    return lines[-1] if lines else 0


def known(number: int, source: str) -> str:
    """Give a cell's source to tracebacks; return the name it has there."""
    name = f"<cell {number}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    return name


def innermost(function: Any) -> Any:
    """Return the function that decorators, methods and partial functions lead to.

    >>> innermost(contextlib.contextmanager(innermost)) is innermost
    True
    """
    for _ in range(20):
        for way in ("__wrapped__", "__func__", "func"):
            inner = getattr(function, way, None)
            if callable(inner):
                function = inner
                break
        else:
            return function
    return function


@contextlib.contextmanager
def replaced(namespace: MutableMapping[str, Any], given: Mapping[str, Any]) -> Iterator[None]:
    """Put some values into a namespace for a while."""
    before = {name: namespace[name] for name in given if name in namespace}
    namespace.update(given)
    try:
        yield
    finally:
        namespace.update(before)
        for name in given.keys() - before.keys():
            namespace.pop(name, None)
