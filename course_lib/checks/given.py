"""What every notebook of an exercise is given before its first cell, wherever it is run."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from typing import Any

from course_lib.checks import teacher_exercises
from course_lib.course_files import folder

ALWAYS = "import math\nimport numpy\nimport numpy as np\n"


@cache
def prelude(exercise: str) -> str:
    """Return the imports of an exercise's own release, as code that cannot fail.

    A student who deletes the cell with the imports loses no mark for it.

    Parameters
    ----------
    exercise : str
        ``"08_backward_pass"``.
    """
    lines = dict.fromkeys(ALWAYS.splitlines())
    for source in _solution_cells(exercise) or released_cells(exercise):
        for node in ast.parse(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                lines[ast.unparse(node)] = None
    return "".join(f"try:\n    {line}\nexcept ImportError:\n    pass\n" for line in lines)


@cache
def imported(exercise: str) -> list[str]:
    """Return the names that the imports of an exercise's release give."""
    names = [
        one
        for node in ast.walk(ast.parse(prelude(exercise)))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for one in node.names
    ]
    return sorted({one.asname or one.name.partition(".")[0] for one in names})


def _solution_cells(exercise: str) -> list[str]:
    """Code cells of the solution; a teacher's own exercise need not be released yet."""
    path = teacher_exercises.place("solutions", exercise, ".md")
    path = path or folder("solutions") / f"{exercise}.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    cells = re.findall(r"^```\{code-cell\}.*\n((?s:.*?))^```$", text, re.MULTILINE)
    return [re.sub(r"^:.*\n", "", cell, flags=re.MULTILINE) for cell in cells]


def released_cells(exercise: str) -> list[str]:
    """Return the sources of the code cells of an exercise's release (see `released_code`)."""
    return ["".join(one["source"]) for one in released_code(exercise)]


def released_code(exercise: str) -> list[dict[str, Any]]:
    """Return the code cells of an exercise's release, if it is there."""
    path = teacher_exercises.place("exercises", exercise, ".ipynb")
    path = path or folder("exercises") / f"{exercise}.ipynb"
    if not path.is_file():
        return []
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [one for one in cells if one["cell_type"] == "code"]
