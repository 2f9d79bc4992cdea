"""How marking reaches a student's function, and what may come of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from course_lib.checks.similar_names import defined_in, most_similar, spelled

KINDS = ("missing", "unwritten", "raised", "timeout", "memory", "crashed", "reply")
FATAL = ("missing", "unwritten", "timeout", "memory", "crashed")


class StudentError(Exception):
    """A student's function gave no answer; `text` is what to tell the student, as plain text.

    `kind` is ``"missing"`` (no such function), ``"unwritten"`` (NotImplementedError), ``"raised"``,
    ``"timeout"``, ``"memory"``, ``"crashed"`` (the process ended) or ``"reply"`` (what came back is
    not plain data).
    """

    def __init__(self, kind: str, text: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"kind is {kind!r}; one of {', '.join(KINDS)} was expected")
        super().__init__(kind, text)
        self.kind = kind
        self.text = text


def why_missing(
    name: str,
    failed: Iterable[tuple[str, str]],
    defined: Iterable[str] = (),
    texts: Iterable[str] = (),
) -> str:
    """Say why a function is not there, as far as the notebook shows it; nothing if it does not.

    `failed` is the source of each cell that failed, with its error; `defined` are the names that
    there are, and `texts` the cells that are no code.

    >>> why_missing("f", [("def f(x:", "SyntaxError: '(' was never closed")])
    "The cell that defines f fails: SyntaxError: '(' was never closed. So there is no f."
    >>> why_missing("f", [("def g(x:", "SyntaxError: '(' was never closed")])
    ''
    >>> why_missing("dense_backward", [], ["np", "denseBackward"])
    'There is no function called dense_backward, but there is one called denseBackward.'
    """
    for source, error in failed:
        own = re.escape(name)
        made = rf"^[ \t]*+(?:(?:async[ \t]+)?def[ \t]+{own}\b|{own}[ \t]*=[^=])"
        if re.search(made, source, re.MULTILINE):
            why = error.rstrip(".")
            return f"The cell that defines {name} fails: {why}. So there is no {name}."
    if name in defined_in(texts):
        return (
            f"There is no function called {name}: the cell that defines it is a text cell "
            "(Markdown or raw), and text is not run. Change the cell's type to code."
        )
    other = most_similar(name, defined)
    if other:
        alike = f"{other}{spelled(name, other)}"
        return f"There is no function called {name}, but there is one called {alike}."
    return ""


def why_overwritten(name: str, cells: Sequence[tuple[int, str, bool]]) -> str:
    """Say which cells have taken from a function what it needs; nothing if none has.

    `cells` holds the number of a cell, a name, and whether the cell deletes it (else the cell gives
    it another value). Functions are called after all cells have run, with the names as they then
    are, both by `course check` and where work is marked.

    >>> why_overwritten("f", [(3, "range", False)])
    'Cell 3 gives range another value, and f, defined above it, uses range. Functions are called \
after all cells have run.'
    >>> why_overwritten("f", [(3, "f", True)])
    'Cell 3 deletes f. Functions are called after all cells have run.'
    """
    said = []
    for number, used, gone in cells[:3]:
        done = f"deletes {used}" if gone else f"gives {used} another value"
        what = f"Cell {number} {done}"
        said.append(what if used == name else f"{what}, and {name}, defined above it, uses {used}")
    return f"{'. '.join(said)}. Functions are called after all cells have run." if said else ""


ADDRESS = re.compile(r"\b0x(?:[0-9a-f]{6,16}\b|[0-9a-f]*$)")  # the last one may be cut off


def one_line(text: str) -> str:
    """Return a student's text on one line, without control characters, of bounded length.

    Addresses of memory differ from run to run, and a verdict must not.
    """
    shown = text[:600]
    if not shown.isprintable():
        shown = "".join(sign if sign.isprintable() else " " for sign in shown)
    return ADDRESS.sub("0x…", " ".join(shown.split()))


@dataclass(frozen=True)
class Reply:
    """An answer as plain data, with the arguments as they stood after the call.

    ``arguments`` is None where the caller knows that they stood as before.
    ``aliases`` are the positions of arguments whose memory the answer shares, where the
    caller can know it (in a notebook); it never changes a mark.
    """

    value: Any
    arguments: tuple | None
    aliases: tuple[int, ...] = ()


class StudentCall(Protocol):
    """How marking reaches a student's function."""

    def __call__(
        self,
        name: str,
        *args: Any,
        cpu_seconds: float | None = None,
        surrogates: Mapping[str, Any] | None = None,
        share: float = 1.0,
    ) -> Reply:
        """Call function `name`; raise :class:`StudentError` when there is no answer.

        The function is given copies of `args`: what it changes is in the reply only.
        `cpu_seconds` is the limit of a large call as its fixture states it; `share` is the part of
        the usual limit that another call gets. `surrogates` take the place of the functions it
        calls; see `surrogates.in_place_of`.
        """


LATER = 0.1  # of the limit, for each call of a question after one that ran out of time
LEAST = 0.25  # seconds, or the limit where it is less


def seconds_of(limit: float, share: float) -> float:
    """Return the limit of a call that gets a share of the usual one.

    >>> seconds_of(10.0, 1.0), seconds_of(10.0, 0.1), seconds_of(1.0, 0.1), seconds_of(0.1, 0.1)
    (10.0, 1.0, 0.25, 0.1)
    """
    return limit if share >= 1 else max(share * limit, min(LEAST, limit))


class Sparing:
    """Calls a student's functions for one question without wasting the submission's time.

    Each call stands for itself, so a branch that never ends must not keep the others from being
    called. Once a call has run out of time, the next ones of the same question get a tenth of the
    limit each, which is still far more than they need.
    """

    def __init__(self, call: StudentCall) -> None:
        self._call, self._share = call, 1.0
        self.overwritten = getattr(call, "overwritten", lambda _name: "")

    def __call__(self, name: str, *args: Any, share: float = 1.0, **options: Any) -> Reply:
        try:
            return self._call(name, *args, share=min(share, self._share), **options)
        except StudentError as error:
            if error.kind == "timeout":
                self._share = LATER
            raise
