"""What `get_ipython()` gives where work is marked: the commands that run Python run it.

A prepared cell calls it for lines with ``%`` and ``!``. ``%time``, ``%timeit`` and ``%prun`` run
what follows them, as IPython does; other commands, and all lines for the shell, do nothing.
"""

from __future__ import annotations

import ast
import re
import sys
from typing import Any

AWAITS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
COROUTINE = 0x80  # inspect.CO_COROUTINE
WAITING = "waiting is not possible where your work is marked: nothing else runs meanwhile"
OPTIONS = {
    "prun": r"^(\s*-[lsTD]\s*\S+(?=\s|$)|\s*-[rq](?=\s|$))*",
    "timeit": r"^(\s*-[nrp]\s*\d+(?=\s|$)|\s*-[tcqov](?=\s|$))*",
    "time": r"^\s*--no-raise-error(?=\s|$)",
}


class UsageError(Exception):
    """A command that IPython refuses."""


class Output:
    """What ``%%capture`` would have kept: nothing."""

    stdout = stderr = ""
    outputs: tuple[Any, ...] = ()

    def show(self) -> None:
        """Show nothing."""

    def __str__(self) -> str:
        return ""


class Lines(list):
    """The lines that a shell has printed: none."""

    s = n = p = ""


class Shell:
    """Takes IPython's place in the notebook that has a namespace."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.user_ns = namespace

    def itself(self) -> Shell:
        """Return this object: `get_ipython`."""
        return self

    def __getattr__(self, name: str) -> Any:
        return Nothing().__getattr__(name)

    def run_line_magic(self, name: str, line: str = "", *args: Any, **kwargs: Any) -> Any:
        """Run a command of one line."""
        if name.startswith("%"):
            raise UsageError(
                f"{'%' + name.split()[0]} has to be the first line of its cell, "
                "without a comment above it"
            )
        if not name:
            raise UsageError("there is no command after %")
        inside = sys._getframe(1).f_locals
        inside = {} if inside is self.user_ns else dict(inside)
        if name == "time":
            return self._run(_without_options(line, name), inside)
        if name == "prun":
            return self._run(_without_options(line, name))
        if name == "timeit":
            self._run_apart(_without_options(line, name), inside)
        return None

    def run_cell_magic(self, name: str, line: str, cell: str, *args: Any, **kwargs: Any) -> Any:
        """Run a command of a whole cell."""
        if name == "time":
            if line.strip():
                raise UsageError("no statement can follow %%time on its own line")
            return self._run(cell)
        if name == "prun":
            return self._run(f"{_without_options(line, name)}\n{cell}")
        if name == "timeit":
            self._run_apart(f"{_without_options(line, name)}\n{cell}")
        if name == "capture":
            self._run(cell)
        return None

    def captured(self) -> Output:
        """Return what ``%%capture name`` binds."""
        return Output()

    def system(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing in the place of ``!command``."""

    def getoutput(self, *args: Any, **kwargs: Any) -> Lines:
        """Return no lines in the place of ``lines = !command``."""
        return Lines()

    def _run(self, source: str, inside: dict[str, Any] | None = None) -> Any:
        """Run code in the notebook, or with the names of the function that the command is in."""
        body = ast.parse(source, "<command>").body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        code = compile(ast.Module(body, []), "<command>", "exec", AWAITS, dont_inherit=True)
        drive(code, self.user_ns, inside)
        if not isinstance(last, ast.Expr):
            return None
        value = compile(ast.Expression(last.value), "<command>", "eval", AWAITS, dont_inherit=True)
        return drive(value, self.user_ns, inside)

    def _run_apart(self, source: str, inside: dict[str, Any] | None = None) -> None:
        """Run code once inside a function, so that it leaves no name behind."""
        tree = ast.parse("def inner(): pass", "<command>")
        function = tree.body[0]
        assert isinstance(function, ast.FunctionDef)
        function.body = ast.parse(source, "<command>").body or function.body
        code = compile(tree, "<command>", "exec", dont_inherit=True)
        made: dict[str, Any] = {}
        exec(code, {**self.user_ns, **inside} if inside else self.user_ns, made)
        made["inner"]()


class Nothing:
    """An object that can be called, has every name, and does nothing."""

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        pass


def _without_options(line: str, name: str) -> str:
    """Return the code of a command without the options before it.

    >>> _without_options("-n 3 -r1 f(-x)", "timeit"), _without_options("-q -s time f()", "prun")
    ('f(-x)', 'f()')
    """
    return re.sub(OPTIONS[name], "", line).strip()


def drive(code: Any, namespace: dict[str, Any], inside: dict[str, Any] | None = None) -> Any:
    """Run code; where it awaits at its top level, step through it without an event loop."""
    value = eval(code, namespace, inside or None)
    if not code.co_flags & COROUTINE:
        return value
    try:
        while value.send(None) is None:
            pass
        raise RuntimeError(WAITING)
    except StopIteration as end:
        return end.value
    finally:
        value.close()


class NoLoop:
    """Takes the place of the event loop that runs in a notebook: nothing can wait for it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(WAITING)
