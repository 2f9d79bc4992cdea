"""A student's code as it was marked: one file, and the function of each question in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MAX_LINES = 200  # of one function on a page
CELL = "# %% cell "


def as_text(cells: Iterable[tuple[int, str]]) -> str:
    """Return code cells, each with its number, as one text.

    >>> as_text([(1, "import numpy as np"), (3, "x = 1")])
    '# %% cell 1\\nimport numpy as np\\n\\n# %% cell 3\\nx = 1\\n'
    """
    return "\n".join(f"{CELL}{number}\n{source.rstrip()}\n" for number, source in cells)


def functions(code: str, names: Sequence[str]) -> dict[str, str]:
    """Return the last definition of each function, as it was written.

    A cell need not be Python as a whole: a definition goes on as long as lines are indented.

    >>> functions("x = 1\\ndef f(a):\\n\\n    return a\\nprint(f(1))\\n", ["f", "g"])
    {'f': 'def f(a):\\n\\n    return a'}
    """
    definitions: dict[str, str] = {}
    if not code:
        return definitions
    lines = code.splitlines()
    starts = {
        match[1]: number
        for number, line in enumerate(lines)
        if (match := re.match(r"(?:async )?def (\w+)\b", line)) and match[1] in names
    }
    for name, start in starts.items():
        end = start + 1
        while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t)"):
            end += 1
        body = lines[start:end]
        while not body[-1].strip():
            body.pop()
        more = [f"# and {len(body) - MAX_LINES} more lines"] if len(body) > MAX_LINES else []
        definitions[name] = "\n".join(body[:MAX_LINES] + more)
    return definitions
