"""From the bytes of one notebook to its code cells, without running any of it.

What can be repaired is repaired and said; what cannot is refused with one sentence. The result
is plain text: nothing here compiles, imports or evaluates what a student wrote.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_FILE = 10 * 2**20
MAX_CELLS = 1000
MAX_SOURCE = 2**20


class RefusedError(ValueError):
    """A file that is not marked; the text says why, in a sentence for its author."""


class UnmarkedError(RefusedError):
    """A file that cannot be read for a reason that lies with the machine, not with its author."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one exercise, ready to be marked.

    Parameters
    ----------
    student : str
        As the folder or the file names them.
    exercise : str
        ``"08_backward_pass"``.
    cells : tuple of (int, str)
        Number of the cell in the notebook, counted from 1, and its source.
    digest : str
        SHA-256 of the file.
    notes : tuple of str
        What was repaired.
    others : tuple of str
        Earlier attempts, which do not count.
    refused : str
        Why it is not marked; empty when it is.
    unmarked : bool
        Whether that is no fault of the student's: then there is no mark, instead of 0 points.
    """

    student: str
    exercise: str
    cells: tuple[tuple[int, str], ...] = ()
    digest: str = ""
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    refused: str = ""
    unmarked: bool = False


@dataclass
class Repairs:
    """What was repaired, each once, in the order it was found."""

    said: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Note one repair."""
        if sentence not in self.said:
            self.said.append(sentence)


def read_file(path: Path, most: int = MAX_FILE, *, linked: bool = False) -> bytes:
    """Return a regular file's bytes; anything else is refused before it is opened or read.

    Parameters
    ----------
    path : Path
    most : int
        Bytes that are read.
    linked : bool
        Whether a file with a second name on this disk is read: a student may have linked a file of
        somebody else's, and a teacher may have made a snapshot of the whole class.

    Raises
    ------
    RefusedError
        On a link, a device, a pipe, a folder, or more than `most` bytes.
    UnmarkedError
        If it cannot be read here, or has a second name and is not `linked`.
    """
    try:
        # Not blocking: opening a pipe would wait for its other end.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if path.is_symlink():
            raise RefusedError("It is a link to another file; submit the file itself.") from error
        kind = UnmarkedError if error.errno in UNREADABLE else RefusedError
        raise kind(f"It cannot be opened ({error.strerror}).") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError("It is not a regular file.")
        if status.st_nlink > 1 and not linked:
            raise UnmarkedError(
                "It is a hard link: the file has a second name on this disk. If it is the "
                "student's own, replace it by a copy (`cp`) and run again."
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise UnmarkedError(f"It cannot be read ({error.strerror}).") from error
    finally:
        os.close(descriptor)
    if len(raw) > most:
        raise RefusedError(f"It has more than {most // 2**20} MB; clear the outputs and save.")
    return raw


UNREADABLE = (
    errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.ENOMEM,
    errno.ESTALE, errno.ETIMEDOUT,
)  # fmt: skip
"""What keeps the grader from a file and is no property of the file."""


def read_notebook(raw: bytes) -> tuple[list[tuple[int, str]], list[str]]:
    """Return the code cells of a notebook and what had to be repaired.

    Raises
    ------
    RefusedError
        If this is no notebook of version 3 or 4, or one of unreasonable size.

    Examples
    --------
    >>> cell = b'{"cell_type": "code", "source": "x = 1"}'
    >>> read_notebook(b'{"nbformat": 4, "metadata": {}, "cells": [' + cell + b"]}")
    ([(1, 'x = 1')], [])
    """
    repairs = Repairs()
    text = _decode(raw, repairs)
    try:
        book = json.loads(text)
    except RecursionError as error:
        raise RefusedError("It is nested too deeply to be a notebook.") from error
    except ValueError as error:
        raise RefusedError(f"It is not a notebook: {_json_problem(text, error)}") from error
    if not isinstance(book, dict):
        raise RefusedError("It is not a notebook: the file holds no notebook's fields.")
    cells = _cells(book, repairs)
    if len(cells) > MAX_CELLS:
        raise RefusedError(
            f"It has {len(cells)} cells; at most {MAX_CELLS} are read. Delete those that are not "
            "part of the answers."
        )
    found, total = [], 0
    for number, cell in enumerate(cells, start=1):
        source = _source(cell, repairs)
        if source is None or not source.strip():
            continue
        total += len(source)
        if total > MAX_SOURCE:
            raise RefusedError(
                f"Its code has more than {MAX_SOURCE // 2**20} MB, which is the most that is read; "
                "move long data out of the code."
            )
        found.append((number, without_magics(source, repairs)))
    return found, repairs.said


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a file, as text."""
    return hashlib.sha256(raw).hexdigest()


def remarks(sources: Sequence[str], functions: Iterable[str], given: Iterable[str]) -> list[str]:
    """Say what is made good without a change of the text: see the example.

    Parameters
    ----------
    sources : sequence of str
        The code cells.
    functions : iterable of str
        The functions that the exercise asks for.
    given : iterable of str
        The names that the imports of the exercise's release give.

    Examples
    --------
    >>> cells = ["def f(x):\\n    return np.exp(x)", "def f(x):\\n    return x"]
    >>> for sentence in remarks(cells, ["f", "g"], ["np", "plt"]):
    ...     print(sentence)
    Defined more than once, and the last one counts: f.
    Used without the import that the exercise had, and given all the same: np.
    """
    text = "\n".join(sources)
    starts = [line.split("(")[0].split() for line in text.splitlines() if line.startswith("def ")]
    defined = Counter(words[1] for words in starts if len(words) == 2)
    twice = [name for name in dict.fromkeys(functions) if defined[name] > 1]
    imported = set(re.findall(r"\w+", "\n".join(_imports(text))))
    used = [
        name
        for name in given
        if name not in imported and re.search(rf"\b{re.escape(name)}(?:\.\w|\()", text)
    ]
    said = []
    if twice:
        said.append(f"Defined more than once, and the last one counts: {', '.join(twice)}.")
    if used:
        names = ", ".join(used)
        said.append(
            f"Used without the import that the exercise had, and given all the same: {names}."
        )
    return said


def _imports(text: str) -> Iterator[str]:
    """Every line of an import, also of one that goes on in brackets."""
    inside = False
    for line in text.splitlines():
        begins = line.lstrip().startswith(("import ", "from "))
        if inside or begins:
            yield line
        inside = (inside or (begins and "(" in line)) and ")" not in line


def _decode(raw: bytes, repairs: Repairs) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif raw.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    elif raw[:1] == b"{" and raw[1:2] == b"\0":
        encoding = "utf-16-le"
    elif raw[:2] == b"\0{":
        encoding = "utf-16-be"
    else:
        encoding = "utf-8"
    if encoding != "utf-8":
        kind = "a byte order mark" if encoding == "utf-8-sig" else "the encoding UTF-16"
        repairs.say(f"The file had {kind}; it was read all the same.")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        repairs.say("The file was not UTF-8; characters that could not be read were replaced.")
        return raw.decode(encoding, "replace")


def _json_problem(text: str, error: ValueError) -> str:
    start = text.lstrip()[:8]
    if not text.strip():
        return "the file is empty."
    if start.startswith("%PDF"):
        return "the file is a PDF; hand in the .ipynb file."
    if start.startswith("PK"):
        return "the file is a zip; hand in the .ipynb file."
    if start.startswith("<"):
        return "the file is a web page; hand in the .ipynb file."
    line = getattr(error, "lineno", None)
    return "its JSON is broken" + (f" at line {line}." if line else ".")


def _cells(book: dict[str, Any], repairs: Repairs) -> list[Any]:
    version = book.get("nbformat")
    if version == 3:
        repairs.say("The notebook had the old format 3; it was read all the same.")
        sheets = book.get("worksheets")
        cells: Any = []
        for sheet in sheets if isinstance(sheets, list) else []:
            part = sheet.get("cells") if isinstance(sheet, dict) else None
            cells += part if isinstance(part, list) else []
    elif version == 4:
        cells = book.get("cells")
    elif version is None:
        raise RefusedError("It is not a notebook: the file holds no notebook's fields.")
    else:
        raise RefusedError(
            f"It has the notebook format {str(version)[:20]!r}; formats 3 and 4 are known."
        )
    if not isinstance(cells, list):
        raise RefusedError("It is not a notebook: it has no list of cells.")
    if not isinstance(book.get("metadata"), dict):
        repairs.say("The notebook's metadata were missing; they are not needed.")
    minor = book.get("nbformat_minor")
    if version == 4 and isinstance(minor, int) and minor >= 5:
        ids = [one.get("id") for one in cells if isinstance(one, dict)]
        if not all(isinstance(one, str) for one in ids) or len(set(ids)) < len(ids):
            repairs.say("Cells had no id of their own; none is needed.")
    return cells


def _source(cell: Any, repairs: Repairs) -> str | None:
    """Return the source of a code cell, None for any other cell."""
    if not isinstance(cell, dict):
        repairs.say("Something that is no cell was left out.")
        return None
    if cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        repairs.say("A code cell without text was left out.")
        return None
    if "\r" in source:
        repairs.say("Line ends were made uniform.")
        source = source.replace("\r\n", "\n").replace("\r", "\n")
    # Lone surrogates can come out of JSON, and no encoder takes them.
    return source.encode("utf-8", "replace").decode("utf-8")


# --- lines that are IPython's and not Python's ------------------------------------------------

# Every repetition below is possessive or certain to match: no text makes them slow.
_MAGIC = re.compile(r"\s*+(%|!|\?|[\w.\[\], ]++=\s*+(%|!)(?!=)|[\w.%]++\?{1,2}+\s*+$)")
_PYTHON_BODY = ("%%time", "%%timeit", "%%capture", "%%prun")
_TOKENS = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<long>(?:[rRbBuUfF]{0,2})(?:'{3}|"{3}))
      | (?P<short>'(?:\\.|[^'\\\n])*+'?|"(?:\\.|[^"\\\n])*+"?)
      | (?P<open>[(\[{])
      | (?P<close>[)\]}])
      | (?P<continued>\\\n)
      | (?P<line>\n)
    """,
    re.VERBOSE | re.DOTALL,
)


def without_magics(source: str, repairs: Repairs | None = None) -> str:
    """Comment out lines that are commands to IPython or the shell; they are never run.

    Only the start of a logical line counts: inside brackets or a long text, ``%`` and ``!`` are
    Python's own.

    >>> without_magics("%matplotlib inline\\nx = 5\\ny = (x\\n % 3)\\n!pip install z")
    '# %matplotlib inline\\nx = 5\\ny = (x\\n % 3)\\n# !pip install z'
    """
    repairs = repairs or Repairs()
    if not any(sign in source for sign in "%!?"):
        return source
    first = source.lstrip()
    if first.startswith("%%"):
        command = first.split(None, 1)[0]
        repairs.say("Commands to IPython or the shell (lines with % or !) were ignored.")
        if command not in _PYTHON_BODY:
            return "\n".join(f"# {line}" for line in source.split("\n"))
    lines = source.split("\n")
    for index in _logical_starts(source):
        line = lines[index]
        if _MAGIC.match(line):
            repairs.say("Commands to IPython or the shell (lines with % or !) were ignored.")
            indent = line[: len(line) - len(line.lstrip())]
            keep = "pass  " if indent else ""  # the line may be the only one of its block
            lines[index] = f"{indent}{keep}# {line.lstrip()}"
    return "\n".join(lines)


def _logical_starts(source: str) -> list[int]:
    """Return the numbers of the lines on which a logical line begins."""
    starts, line, depth, position = [0], 0, 0, 0
    # A line that is IPython's own is no Python: its quotes and brackets count for nothing.
    skip_to = _end_of_magic(source, 0)
    position = skip_to
    while True:
        match = _TOKENS.search(source, position)
        if match is None:
            return starts
        line += source.count("\n", position, match.start())
        position = match.end()
        kind = match.lastgroup
        if kind == "long":
            quote = match.group()[-3:]
            end = source.find(quote, position)
            end = len(source) if end < 0 else end + 3
            line += source.count("\n", position, end)
            position = end
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind in ("continued", "line", "short"):
            line += match.group().count("\n")
            if kind == "line" and depth == 0:
                starts.append(line)
                position = _end_of_magic(source, position)


def _end_of_magic(source: str, start: int) -> int:
    """Return where the line ends that begins at `start`, if it is IPython's; else `start`."""
    end = source.find("\n", start)
    end = len(source) if end < 0 else end
    return end if _MAGIC.match(source, start, end) else start
