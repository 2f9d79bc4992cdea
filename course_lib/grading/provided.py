"""What an exercise's notebook was given: its imports, and earlier exercises' functions."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from course_lib.checks import private
from course_lib.checks.reference import earlier_sources

ALWAYS = "import math\nimport numpy\nimport numpy as np\n"


@cache
def provided(exercise: str) -> tuple[dict[str, str], str]:
    """Return the sources of earlier exercises and the imports of an exercise's own release.

    A student who deletes the cell with the imports loses no mark for it.

    Parameters
    ----------
    exercise : str
        ``"08_backward_pass"``.
    """
    lines = dict.fromkeys(ALWAYS.splitlines())
    for source in _release_cells(exercise):
        for node in ast.parse(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                lines[ast.unparse(node)] = None
    prelude = "".join(f"try:\n    {line}\nexcept ImportError:\n    pass\n" for line in lines)
    return earlier_sources(exercise), prelude


@cache
def imported(exercise: str) -> list[str]:
    """Return the names that the imports of an exercise's release give."""
    nodes = ast.walk(ast.parse(provided(exercise)[1]))
    names = [
        one
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for one in node.names
    ]
    return sorted({one.asname or one.name.partition(".")[0] for one in names})


def released_cells(exercise: str) -> list[str]:
    """Return the sources of the code cells of an exercise's release (see `released_code`)."""
    return ["".join(one["source"]) for one in released_code(exercise)]


def released_code(exercise: str) -> list[dict[str, Any]]:
    """Return the code cells of an exercise's release, if it lies beside the package."""
    path = private.place("exercises", exercise, ".ipynb")
    path = path or solutions_folder().parent / "exercises" / f"{exercise}.ipynb"
    if not path.is_file():
        return []
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [one for one in cells if one["cell_type"] == "code"]


def solutions_folder() -> Path:
    """Return the folder of the solutions, which lies beside the package in the repository."""
    return Path(__file__).parents[2] / "solutions"


def suite_folder() -> Path:
    """Return the folder of the marking suite: a teacher's own, or the repository's."""
    own = private.source()
    return own / "grading" if own else solutions_folder().parent / "tests" / "grading"


@cache
def section_title(section: str) -> str:
    """Return a section's chapter and heading, as a reader finds them; empty without the book.

    Parameters
    ----------
    section : str
        A page of the book and a label on it.

    >>> section_title("08_backward_pass.html#batch-sum")
    '8. The backward pass: From one example to a batch'
    >>> section_title("08_backward_pass.html#activation-derivative")
    '8. The backward pass: g′ of z, or of a?'
    """
    page, _, label = section.partition("#")
    path = solutions_folder().parent / "book" / page.replace(".html", ".md")
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    titles = [r"^# (.+)$", rf"^\({re.escape(label)}\)=\n+#+ (.+)$"]
    found = [match[1] for one in titles if (match := re.search(one, text, re.MULTILINE))]
    return re.sub(r"[$`]([^$`]*)[$`]", _plain, ": ".join(found))


def _plain(formula: re.Match[str]) -> str:
    return formula[1].replace("'", "′").replace(r"\beta", "β")


def _release_cells(exercise: str) -> list[str]:
    """Code cells of the solution, which the release's imports are taken from."""
    from course_lib.notebooks import source

    path = private.place("solutions", exercise, ".md") or solutions_folder() / f"{exercise}.md"
    if not path.is_file():
        return []
    return [cell.source for cell in source.read(path).cells if cell.kind == "code"]
