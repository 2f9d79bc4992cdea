"""Inside a worker: run a notebook's cells, call its functions, answer the judge.

Everything here shares a process with the student's code, so nothing here is trusted: it serves
honest notebooks well, and a dishonest one can only spoil its own answers.
"""

from __future__ import annotations

import contextlib
import io
import socket
import sys
import warnings
from typing import Any

import numpy as np

from . import executor, protocol, stubs, surrogates

SHOWN = 10_000  # characters of what a cell shows, far more than any output of a release


class Nowhere(io.TextIOBase):
    """A text stream that forgets what is written to it."""

    encoding, errors = "utf-8", "replace"

    def write(self, text: str) -> int:
        """Forget `text`."""
        return len(text)


class Printed(io.StringIO):
    """A text stream that keeps the beginning of what is written to it."""

    def write(self, text: str) -> int:
        """Keep `text` as far as there is room."""
        super().write(text[: SHOWN - self.tell()] if self.tell() < SHOWN else "")
        return len(text)


def start(
    book: executor.Notebook, earlier: dict[str, str], prelude: str, example: dict[str, Any] | None
) -> None:
    """Give the notebook what its exercise provides."""
    stubs.install_earlier(earlier)
    if example:
        stubs.install_example(**example)
    book.prelude(prelude)


def show(book: executor.Notebook, number: int, source: str) -> dict[str, str]:
    """Run one code cell as a kernel does: return what it printed and its last value."""
    with contextlib.redirect_stdout(Printed()) as printed:
        value = book.show(number, source)
        shown = "" if value is None else repr(value)[:SHOWN]
    return {"printed": printed.getvalue(), "value": shown}


def state(book: executor.Notebook, names: list[str]) -> dict[str, Any]:
    """Say which of some functions are not there, and what later cells have taken from them."""
    taken = {name: book.overwritten(name) for name in names}
    return {
        "missing": [name for name in names if name not in book.namespace],
        "overwritten": {name: cells for name, cells in taken.items() if cells},
    }


def call(book: executor.Notebook, asked: dict[str, Any], sent: bytes) -> list[Any]:
    """Call one function; return its answer and the arguments it left behind, encoded.

    Surrogates stand in the place of the functions that the judge names. Where the arguments still
    read as they were `sent`, they are not sent back.
    """
    name, args = asked["name"], asked["args"]
    function = book.namespace.get(name)
    with surrogates.in_place_of(book.namespace, asked["surrogates"]):
        value = executor.call(name, function, args)
    try:
        left = None if protocol.encode(asked, protocol.REQUEST) == sent else args
    except protocol.NotDataError:
        left = []
    return executor.encoded(name, value, arguments=left)


def answer(judge: socket.socket, held: dict[str, Any]) -> None:
    """Answer one question after another until the judge hangs up."""
    book = executor.Notebook()
    sys.stdin = None
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Nowhere()  # type: ignore
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    questions = judge.makefile("rb")
    with book.active():
        while head := questions.read(protocol.HEADER.size):
            kind, nonce, length = protocol.header(head, protocol.QUESTIONS, protocol.REQUEST.total)
            sent = questions.read(length)
            asked = protocol.decode(sent, protocol.REQUEST)
            try:
                said, reply = _answer(book, kind, asked, sent, held)
            except BaseException as error:
                said, reply = protocol.FAILED, protocol.encode_parts(executor.failure(error))
            for part in protocol.frame(said, nonce, reply):
                judge.sendall(part)


def _answer(
    book: executor.Notebook, kind: int, asked: dict[str, Any], sent: bytes, held: dict[str, Any]
) -> tuple[int, list[Any]]:
    """Return the kind and the content of the answer to one question."""
    value = None
    if kind == protocol.CALL:
        return protocol.VALUE, call(book, asked, sent)
    if kind == protocol.START:
        start(book, **asked)
        value = held
    elif kind == protocol.CELL:
        book.cell(**asked)
    elif kind == protocol.SHOW:
        value = show(book, **asked)
    else:
        value = state(book, **asked)
    return protocol.DONE, protocol.encode_parts(value)
