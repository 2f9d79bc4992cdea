"""The one reader of notebooks: from a file's bytes to code cells as IPython would run them.

What can be repaired is repaired and said; what cannot is refused with one sentence. The result is
plain text: nothing here imports or evaluates what a student wrote.

Each cell is prepared with IPython's own text transformation: commands (``%``, ``!``, ``?``),
prompts, a cell that is indented as a whole. What a command then does, `worker/shell.py` says. Text
that IPython cannot transform stays as it is, an error of syntax in its cell.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.worker.imports import available

MAX_FILE = 10 * 2**20
MAX_ANSWER = 20_000  # signs of a text that people mark
MAX_CELLS = 1000
MAX_SOURCE = 2**20
MAX_WORK = 10**6  # characters that IPython reads; each command has its cell read once more
FOLDER = "my_exercises"
"""Where `course start` puts a student's copies."""


class RefusedError(ValueError):
    """A file that is not marked; the text says why, in a sentence for its author."""


@dataclass
class Repairs:
    """What was repaired, each once, in the order it was found."""

    said: list[str] = field(default_factory=list)
    work: int = 0

    def say(self, sentence: str) -> None:
        """Note one repair."""
        if sentence not in self.said:
            self.said.append(sentence)


def code_cells(path: Path) -> list[tuple[int, str]]:
    """Return the code cells of a student's own notebook; see `read_notebook`.

    Raises
    ------
    RefusedError
        If the file is not a notebook, or too large for one.
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(MAX_FILE + 1)
    try:
        if len(raw) > MAX_FILE:
            raise RefusedError(too_large(MAX_FILE))
        return read_notebook(raw)[0]
    except RefusedError as error:
        raise RefusedError(f"{path.name} cannot be used. {error}") from error


def too_large(most: int) -> str:
    """Say that a file has more than `most` bytes."""
    return f"It has more than {most // 2**20} MB; clear the outputs and save."


def read_notebook(raw: bytes) -> tuple[list[tuple[int, str]], list[str]]:
    """Return the code cells of a notebook, prepared, and what had to be repaired.

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
    sources, total = [], 0
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
        sources.append((number, prepared(source, repairs)))
    return sources, repairs.said


def read_answers(raw: bytes) -> dict[str, str]:
    """Return the texts that people mark, by the name in the id of their cells.

    What is no notebook has none; see `read_notebook`.

    Examples
    --------
    >>> cell = b'{"cell_type": "markdown", "metadata": {"nbgrader": {"grade_id": "answer-why"}}, '
    >>> read_answers(b'{"cells": [' + cell + b'"source": ["Because."]}]}')
    {'why': 'Because.'}
    """
    try:
        cells = json.loads(_decode(raw, Repairs()))["cells"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return {}
    answers = {}
    for cell in cells if isinstance(cells, list) else ():
        try:
            identity, source = cell["metadata"]["nbgrader"]["grade_id"], cell["source"]
            text = source if isinstance(source, str) else "".join(source)
            if cell["cell_type"] == "markdown" and identity.startswith("answer-"):
                answers[identity.removeprefix("answer-")] = text[:MAX_ANSWER]
        except (TypeError, KeyError, AttributeError):
            continue
    return answers


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
    for sign, kind in (("%PDF", "a PDF"), ("PK", "a zip"), ("<", "a web page")):
        if start.startswith(sign):
            return f"the file is {kind}; hand in the .ipynb file."
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
        ids = [cell.get("id") for cell in cells if isinstance(cell, dict)]
        if not all(isinstance(identity, str) for identity in ids) or len(set(ids)) < len(ids):
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


# --- a cell as IPython prepares it ------------------------------------------------------------

# Where IPython may see a command or a prompt. Repetitions are possessive: no text makes them slow.
_COMMAND = re.compile(
    r"(?:^|[\v\f\x1c-\x1e\x85\u2028\u2029])[ \t\f]*+[%!?,;/]|=[ \t]*+[%!]|\?[ \t]*+$", re.MULTILINE
)
_LINES = re.compile(r"\A\s|^[ \t]*+(?:>>>|\.\.\.|In \[|\[(?:nav|ins)\])", re.MULTILINE)
_TEXT = r"""('(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+")"""
_CALL = re.compile(
    r"get_ipython\(\)\.run_(line|cell)_magic\('(time|timeit|prun|capture)', "
    rf"{_TEXT}(?:, {_TEXT})?\)"
)
_NESTED = 8  # commands inside commands
_UNREADABLE = (SyntaxError, RuntimeError, ValueError, TypeError, LookupError, AssertionError)


def prepared(source: str, repairs: Repairs | None = None) -> str:
    """Return a cell as the Python that IPython makes of it.

    The cells of ``%%time``, ``%%prun`` and ``%%capture`` are run as they are: so their text stays
    in its place.

    Examples
    --------
    >>> prepared("%matplotlib inline\\nx = (5\\n % 3)")
    "get_ipython().run_line_magic('matplotlib', 'inline')\\nx = (5\\n % 3)"
    >>> prepared("%%time\\nx = 1")
    '# %%time\\nx = 1'
    """
    repairs = repairs or Repairs()
    commands = len(_COMMAND.findall(source))
    if not commands and not _LINES.search(source):
        return source
    repairs.work += (commands + 1) * (_weight(source) + 40 * commands)
    if repairs.work > MAX_WORK:
        repairs.say("It has more commands to IPython or the shell than are read.")
        return source
    try:
        made = _transformed(source, _NESTED)
    except _UNREADABLE:  # in IPython, too, this cell does not run
        return source
    if commands and made != source:
        repairs.say(
            "Commands to IPython or the shell (lines with % or !) were ignored, "
            "but for those that run Python."
        )
    return made


def _weight(source: str) -> int:
    """Return how many characters IPython reads at most to find one command."""
    words = max(map(len, re.findall(r"[\w.*\[\]-]++", source)), default=0) if "?" in source else 0
    escapes = max(line.count("\\") for line in source.split("\n"))
    return len(source) * (1 + words // 100 + escapes // 50)


def _transformed(source: str, nested: int) -> str:
    """Return IPython's transformation; the Python that commands run is transformed as well."""
    from IPython.core import inputtransformer2 as ipython  # most processes need none of it

    manager = ipython.TransformerManager()
    lines = (source if source.endswith("\n") else f"{source}\n").splitlines(keepends=True)
    count = len(lines)
    cleanups: list[Any] = manager.cleanup_transforms
    for clean in cleanups:
        lines = clean(lines)
    above = "\n" * (count - len(lines))  # a line keeps its number
    own = _own_text(lines)
    if own is not None and nested:
        made = own + _transformed("".join(lines[1:]), nested - 1)
    else:
        for transform in manager.line_transforms:
            lines = transform(lines)
        made = "".join(manager.do_token_transforms(lines))
        if nested:
            made = _CALL.sub(lambda call: _inside(call, nested - 1), made)
    return above + (made if source.endswith("\n") else made.removesuffix("\n"))


def _own_text(lines: list[str]) -> str | None:
    """Return what takes the place of a cell's command whose text runs as it is; None for others."""
    match = re.match(r"%%(time|prun|capture)(?: (.*))?$", lines[0].rstrip()) if lines else None
    if match is None:
        return None
    words = (match[2] or "").split()
    names = [word for word in words if not word.startswith("-")]
    if match[1] == "capture" and len(names) == 1 and names[0].isidentifier():
        return f"{names[0]} = get_ipython().captured()  # {lines[0]}"
    if names or (words and match[1] == "time" and words != ["--no-raise-error"]):
        return None
    return f"# {lines[0]}"


def _inside(call: re.Match[str], nested: int) -> str:
    """Transform the Python that a command is given."""
    texts = [ast.literal_eval(text) for text in (call[3], call[4]) if text]
    texts[-1] = _transformed(texts[-1], nested)
    return f"get_ipython().run_{call[1]}_magic({', '.join(map(repr, (call[2], *texts)))})"


# --- what is said of a notebook -----------------------------------------------------------------


def remarks(sources: Sequence[str], functions: Iterable[str], given: Iterable[str]) -> list[str]:
    """Say what is made good in some code cells without a change of the text: see the example.

    `functions` are those that the exercise asks for; `given` are the names that the imports of its
    release give.

    >>> cells = ["def f(x):\\n    return np.exp(x)", "import pandas\\ndef f(x):\\n    return x"]
    >>> for sentence in remarks(cells, ["f", "g"], ["np", "plt"]):
    ...     print(sentence)
    Defined more than once; the last definition counts: f.
    Used without its import, which this exercise does not need: np.
    Imported, but not available where your work is marked: pandas. Other functions count.
    """
    text = "\n".join(sources)
    starts = [line.split("(")[0].split() for line in text.splitlines() if line.startswith("def ")]
    defined = Counter(words[1] for words in starts if len(words) == 2)
    twice = [name for name in dict.fromkeys(functions) if defined[name] > 1]
    lines = list(_imports(text))
    imported = set(re.findall(r"\w+", "\n".join(lines)))
    used = [
        name
        for name in given
        if name not in imported and re.search(rf"\b{re.escape(name)}(?:\.\w|\()", text)
    ]
    absent = dict.fromkeys(name for line in lines for name in _modules(line) if not available(name))
    texts = {
        "Defined more than once; the last definition counts: {}.": twice,
        "Used without its import, which this exercise does not need: {}.": used,
        "Imported, but not available where your work is marked: {:.200}. Other functions count.": (
            absent
        ),
    }
    return [text.format(", ".join(names)) for text, names in texts.items() if names]


def _imports(text: str) -> Iterator[str]:
    """Every line of an import, also of one that goes on in brackets."""
    inside = False
    for line in text.splitlines():
        begins = line.lstrip().startswith(("import ", "from "))
        if inside or begins:
            yield line
        inside = (inside or (begins and "(" in line)) and ")" not in line


def _modules(line: str) -> list[str]:
    """Return the modules that an import names.

    >>> _modules("import numpy as np, pandas.io  # both"), _modules("from a.b import c")
    (['numpy', 'pandas.io'], ['a.b'])
    """
    words = line.partition("#")[0].replace(";", " ; ").split()
    if words[:1] == ["from"] and "import" in words:
        return [words[1]] if not words[1].startswith(".") else []
    if words[:1] != ["import"]:
        return []
    names = " ".join(words[1:]).partition(";")[0].split(",")
    return [name.split()[0] for name in names if name.split()]
