"""Run the code of a page of the book, and evaluate the numbers that its prose prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```", re.M | re.S)


def cells(page: Path) -> list[str]:
    """Return the code cells of `page`, without their options."""
    blocks = CELL.findall(page.read_text("utf-8"))
    return [re.sub(r"\A(?::[^\n]*\n)+", "", cell) for cell in blocks]


def run_cells(page: Path) -> dict[str, Any]:
    """Run the cells of `page` in order; return the names that they define."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for number, cell in enumerate(cells(page)):
            exec(compile(cell, f"{page.name}, cell {number}", "exec"), names)
    return names
