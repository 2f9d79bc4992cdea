"""What every notebook of an exercise is given before its first cell, wherever it is run."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from course_lib.checks import every_name, folder_of, teacher_exercises
from course_lib.course_files import folder

ALWAYS = "import math\nimport numpy\nimport numpy as np\n"
IMPORTS = (ast.Import, ast.ImportFrom)


@cache
def prelude(exercise: str) -> str:
    """Return the imports of an exercise's own release, as code that cannot fail.

    A student who deletes the cell with the imports loses no mark for it.
    """
    lines = dict.fromkeys(ALWAYS.splitlines())
    for source in _solution_cells(exercise) or released_cells(exercise):
        for node in ast.parse(source).body:
            if isinstance(node, IMPORTS):
                lines[ast.unparse(node)] = None
    return "".join(f"try:\n    {line}\nexcept ImportError:\n    pass\n" for line in lines)


@cache
def imported(exercise: str) -> list[str]:
    """Return the names that the imports of an exercise's release give."""
    names = [
        alias
        for node in ast.walk(ast.parse(prelude(exercise)))
        if isinstance(node, IMPORTS)
        for alias in node.names
    ]
    return sorted({alias.asname or alias.name.partition(".")[0] for alias in names})


def _file(part: str, exercise: str, suffix: str) -> Path:
    """Return where a file of an exercise is: in a teacher's own folder, else in the course's."""
    own = teacher_exercises.source()
    path = own / part / f"{exercise}{suffix}" if own else None
    return path if path and path.is_file() else folder(part) / f"{exercise}{suffix}"


def _solution_cells(exercise: str) -> list[str]:
    """Code cells of the solution; a teacher's own exercise need not be released yet."""
    path = _file("solutions", exercise, ".md")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    cells = re.findall(r"^```\{code-cell\}.*\n((?s:.*?))^```$", text, re.MULTILINE)
    return [re.sub(r"^:.*\n", "", cell, flags=re.MULTILINE) for cell in cells]


def released_cells(exercise: str) -> list[str]:
    """Return the sources of the code cells of an exercise's release (see `released_code`)."""
    return ["".join(cell["source"]) for cell in released_code(exercise)]


def released_code(exercise: str) -> list[dict[str, Any]]:
    """Return the code cells of an exercise's release, if it is there."""
    path = _file("exercises", exercise, ".ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.is_file() else []
    return [cell for cell in cells if cell["cell_type"] == "code"]


def earlier_sources(exercise: str) -> dict[str, str]:
    """Return the texts of the references of all exercises before `exercise`, by name, sorted.

    Each stands alone on NumPy (`course release` writes it from the solution), so a later exercise
    can be given the functions of earlier ones without anything of its own answers.

    >>> "07_many_neurons" in earlier_sources("08_backward_pass")
    True
    >>> "08_backward_pass" in earlier_sources("08_backward_pass")
    False
    """
    return {
        name: (folder_of(name) / "reference.py").read_text(encoding="utf-8")
        for name in every_name()
        if name[:2] < exercise[:2]
    }
