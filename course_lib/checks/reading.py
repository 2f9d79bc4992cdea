"""Reading a student's notebook on the student's own machine."""

from __future__ import annotations

import json
from pathlib import Path

MAX_BYTES = 50_000_000
FOLDER = "my_exercises"
"""Where `course start` puts a student's copies."""


def code_cells(path: Path) -> list[tuple[int, str]]:
    """Return a notebook's code cells, magics and shell lines left out.

    Each is its number, counted from 1 among all cells, and its source.

    Raises
    ------
    ValueError
        If the file is not a notebook, or too large for one.
    OSError
        If it cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} is larger than {MAX_BYTES} bytes; no exercise is")
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not a notebook: it does not hold JSON ({error})") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise ValueError(f"{path} is not a notebook: it has no list of cells")
    sources = []
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if not text.startswith("%%"):
            sources.append((number, "\n".join(_python(line) for line in text.splitlines())))
    return sources


def _python(line: str) -> str:
    stripped = line.lstrip()
    if stripped.startswith(("%", "!")):
        return line[: len(line) - len(stripped)] + "pass"
    return line
