"""Inside a worker: run a notebook's cells, call its functions, answer the judge.

Everything here shares a process with the student's code, so nothing here is trusted: it serves
honest notebooks well, and a dishonest one can only spoil its own answers.
"""

from __future__ import annotations

import io
import socket
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import executor, protocol, stubs, surrogates

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


class Asked:
    """What the judge may ask of one notebook."""

    def __init__(self, book: executor.Notebook) -> None:
        self.book = book

    def start(self, asked: dict[str, Any]) -> None:
        """Give the notebook what its exercise provides."""
        stubs.install_earlier(asked["earlier"])
        if asked["example"]:
            stubs.install_example(**asked["example"])
        self.book.prelude(asked["prelude"])

    def show(self, number: int, source: str) -> dict[str, str]:
        """Run one code cell as a kernel does: return what it printed and its last value."""
        before = sys.stdout
        sys.stdout = printed = Printed()
        try:
            value = self.book.show(number, source)
            shown = "" if value is None else repr(value)[:SHOWN]
        finally:
            sys.stdout = before
        return {"printed": printed.getvalue(), "value": shown}

    def state(self, names: Sequence[str]) -> dict[str, Any]:
        """Say which of some functions are not there, and what later cells have taken from them."""
        taken = {name: self.book.overwritten(name) for name in names}
        return {
            "missing": [name for name in names if name not in self.book.namespace],
            "overwritten": {name: cells for name, cells in taken.items() if cells},
        }

    def call(self, asked: dict[str, Any], payload: bytearray) -> list[Any]:
        """Call one function; return its answer and the arguments it left behind, encoded.

        Surrogates stand in the place of the functions that the judge names. `payload` is what it
        sent: where the arguments still read like that, they are not sent back.
        """
        name, args = asked["name"], asked["args"]
        space = self.book.namespace
        function = space.get(name)
        with surrogates.in_place_of(space, asked["surrogates"]):
            value = executor.call(name, function, args)
        left: Any = None
        try:
            after = protocol.encode_parts(asked, protocol.REQUEST)
            if not _same(after, payload):
                left = args
        except protocol.NotDataError:
            left = []
        return executor.encoded(name, value, arguments=left)


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
    book = executor.Notebook()
    session = Asked(book)
    sys.stdin = None
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Nowhere()  # type: ignore
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    with book.active():
        _answer(judge, session, held)


def _answer(judge: socket.socket, session: Asked, held: dict[str, Any]) -> None:
    book = session.book
    while True:
        head = _receive(judge, protocol.HEADER.size)
        kind, nonce, length = protocol.header(head, protocol.QUESTIONS, protocol.REQUEST.total)
        payload = _receive(judge, length)
        asked = protocol.decode(payload, protocol.REQUEST)
        said = protocol.DONE
        reply: Any = None
        try:
            if kind == protocol.START:
                session.start(asked)
                reply = protocol.encode_parts(held)
            elif kind == protocol.CELL:
                book.cell(asked["number"], asked["source"])
                reply = protocol.encode_parts(None)
            elif kind == protocol.SHOW:
                reply = protocol.encode_parts(session.show(asked["number"], asked["source"]))
            elif kind == protocol.PROBE:
                reply = protocol.encode_parts(session.state(asked["names"]))
            else:
                said, reply = protocol.VALUE, session.call(asked, payload)
        except BaseException as error:
            said = protocol.FAILED
            reply = protocol.encode_parts(executor.failure(error))
        for part in protocol.frame(said, nonce, reply):
            judge.sendall(part)
