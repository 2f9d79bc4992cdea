"""Inside a worker: run a notebook's cells, call its functions, answer the judge.

Everything here shares a process with the student's code, so nothing here is trusted: it serves
honest notebooks well, and a dishonest one can only spoil its own answers.

Beside NumPy this file needs three of the course, which a worker loads from their paths like it.
"""

from __future__ import annotations

import ast
import io
import linecache
import socket
import sys
import types
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING or __name__ != "notebook":
    from course_lib.checks import surrogates
    from course_lib.grading import protocol, standins
else:  # in a worker, where there is no course
    import protocol
    import standins
    import surrogates

TEXT = 600  # characters of an error that are passed on
SHOWN = 10_000  # characters of what a cell shows, far more than any output of a release


class Nowhere:
    """A text stream that forgets what is written to it."""

    encoding, errors, closed, newlines = "utf-8", "replace", False, None

    def write(self, text: str) -> int:
        """Forget `text`."""
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Forget all `lines`."""

    def flush(self) -> None:
        """Do nothing."""

    def isatty(self) -> bool:
        """Return False: nobody reads along."""
        return False


class Printed(io.StringIO):
    """A text stream that keeps the beginning of what is written to it."""

    def write(self, text: str) -> int:
        """Keep `text` as far as there is room."""
        super().write(text[: SHOWN - self.tell()] if self.tell() < SHOWN else "")
        return len(text)


class Notebook:
    """The namespace of one notebook and what the judge may ask of it."""

    def __init__(self) -> None:
        self.module = types.ModuleType("__main__")
        self.module.__dict__["__builtins__"] = __builtins__
        sys.modules["__main__"] = self.module

    def start(self, asked: dict[str, Any]) -> None:
        """Give the notebook what its exercise provides."""
        standins.install_earlier(asked["earlier"])
        if asked["example"]:
            standins.install_example(**asked["example"])
        exec(compile(asked["prelude"], "<prelude>", "exec"), self.module.__dict__)

    def cell(self, number: int, source: str) -> None:
        """Run one code cell; what it raises is the caller's to catch."""
        name = _known(number, source)
        exec(compile(source, name, "exec"), self.module.__dict__)

    def show(self, number: int, source: str) -> dict[str, str]:
        """Run one code cell as a kernel does: return what it printed and its last value."""
        name = _known(number, source)
        body = ast.parse(source, name).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        before = sys.stdout
        sys.stdout = printed = Printed()
        try:
            exec(compile(ast.Module(body, []), name, "exec"), self.module.__dict__)
            value = None
            if isinstance(last, ast.Expr):
                code = compile(ast.Expression(last.value), name, "eval")
                value = eval(code, self.module.__dict__)
            shown = "" if value is None else repr(value)[:SHOWN]
        finally:
            sys.stdout = before
        return {"printed": printed.getvalue(), "value": shown}

    def call(self, asked: dict[str, Any], payload: bytearray) -> list[Any]:
        """Call one function; return its answer and the arguments it left behind, encoded.

        Surrogates stand in the place of the functions that the judge names. `payload` is what it
        sent: where the arguments still read like that, they are not sent back.
        """
        name, args = asked["name"], asked["args"]
        function = self.module.__dict__.get(name)
        if function is None:
            raise _Failure("missing", f"there is no function called {name} in the notebook")
        if not callable(function):
            raise _Failure(
                "missing", f"{name} is not a function but an object of type {_kind(function)}"
            )
        with surrogates.in_place_of(self.module.__dict__, asked["surrogates"]):
            value = function(*args)
        left: Any = None
        try:
            after = protocol.encode_parts(asked, protocol.REQUEST)
            if not _same(after, payload):
                left = args
        except protocol.NotDataError:
            left = []
        try:
            return protocol.encode_parts({"value": value, "arguments": left})
        except protocol.NotDataError as error:
            text = f"{name} returned {error}; numbers and arrays were expected"
            raise _Failure("reply", text) from None


def _known(number: int, source: str) -> str:
    """Give a cell's source to tracebacks; return the name it has there."""
    name = f"<cell {number}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    return name


class _Failure(Exception):
    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind, text)
        self.kind, self.text = kind, text


def _kind(value: object) -> str:
    return type(value).__name__


def _failure(error: BaseException) -> dict[str, Any]:
    if isinstance(error, _Failure):
        return {"kind": error.kind, "text": error.text[:TEXT], "line": 0}
    try:
        text = f"{type(error).__name__}: {error}"
    except BaseException:
        text = type(error).__name__
    kind = "raised"
    if isinstance(error, NotImplementedError):
        kind = "unwritten"
    elif isinstance(error, MemoryError):
        kind = "memory"
    return {"kind": kind, "text": text[:TEXT], "line": _line(error)}


def _line(error: BaseException) -> int:
    """The last line of a notebook's cell that the error went through."""
    line = 0
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("<cell "):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _same(parts: list[Any], payload: bytearray) -> bool:
    # NumPy compares bytes by the vector; memoryviews compare them one by one.
    whole, position = np.frombuffer(payload, np.uint8), 0
    for part in parts:
        piece = whole[position : position + len(part)]
        position += len(part)
        if len(piece) != len(part) or (piece != np.frombuffer(part, np.uint8)).any():
            return False
    return position == len(payload)


def _receive(judge: socket.socket, size: int) -> bytearray:
    payload = bytearray(size)
    view, position = memoryview(payload), 0
    while position < size:
        count = judge.recv_into(view[position:])
        if not count:
            raise SystemExit  # the judge has left
        position += count
    return payload


def answer(judge: socket.socket, held: dict[str, Any]) -> None:
    """Answer one question after another until the judge hangs up."""
    book = Notebook()
    sys.stdin = None
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Nowhere()  # type: ignore
    warnings.simplefilter("ignore")
    while True:
        head = _receive(judge, protocol.HEADER.size)
        kind, nonce, length = protocol.header(head, protocol.QUESTIONS, protocol.REQUEST.total)
        payload = _receive(judge, length)
        asked = protocol.decode(payload, protocol.REQUEST)
        said = protocol.DONE
        reply: Any = None
        try:
            if kind == protocol.START:
                book.start(asked)
                reply = protocol.encode_parts(held)
            elif kind == protocol.CELL:
                book.cell(asked["number"], asked["source"])
                reply = protocol.encode_parts(None)
            elif kind == protocol.SHOW:
                reply = protocol.encode_parts(book.show(asked["number"], asked["source"]))
            elif kind == protocol.PROBE:
                missing = [name for name in asked["names"] if name not in book.module.__dict__]
                reply = protocol.encode_parts(missing)
            else:
                said, reply = protocol.VALUE, book.call(asked, payload)
        except BaseException as error:
            said, reply = protocol.FAILED, protocol.encode_parts(_failure(error))
        for part in protocol.frame(said, nonce, reply):
            judge.sendall(part)
