"""From a solution to its exercise notebook, byte for byte the same on every run and machine."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from course_lib import checks
from course_lib.address import install, with_places
from course_lib.checks import teacher_exercises
from course_lib.notebooks import source
from course_lib.notebooks.source import Cell, Solution, SolutionError

PREFACE = """\
try:
    import course_lib
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "This notebook needs the course's library. In a terminal: "
        '{install} - '
        "then restart the kernel (Kernel, Restart)."
    ) from None
"""
IMPORTS = """\
**What you may import.** Where your work is marked there are NumPy, Python's standard library and
what this notebook imports. You may import other packages as well, but a function that uses one gets
no points.
"""
UNROUNDED = re.compile(r"(?<![\w.])-?\d+\.\d{7,}(?:e[+-]?\d+)?")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

Notebook = dict[str, Any]


def preface() -> str:
    """Return what a notebook's first cell says where the course is not installed."""
    return PREFACE.format(install=install("student"))


def released(solution: Solution, outputs: dict[str, list[Any]] | None = None) -> Notebook:
    """Make the student's notebook.

    Of the outputs of the solved notebook's cells, by cell id, those of cells that are tagged as
    reference outputs are kept.

    Raises
    ------
    SolutionError
        If a reference output shows unrounded floats or nothing, or if a line of the solution
        can be found in the notebook.
    """
    outputs = outputs or {}
    notebook = _notebook(solution, solution_kept=False)
    for cell, made in zip(solution.cells, notebook["cells"], strict=False):
        if source.REFERENCE in cell.tags:
            made["outputs"] = [_clean(output) for output in outputs.get(made["id"], [])]
            if wrong := _wrong_output(made["outputs"]):
                raise SolutionError(solution.path, cell.line, wrong)
    _check_leaks(solution, notebook)
    return notebook


def solved(solution: Solution, outputs: dict[str, list[Any]] | None = None) -> Notebook:
    """Make the notebook with the solutions in it, as a right submission would be.

    With `outputs` it is a notebook that was run: cells are numbered, and those whose output is
    to be compared keep it.
    """
    notebook = _notebook(solution, solution_kept=True)
    if outputs is None:
        return notebook
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    for number, cell in enumerate(code, start=1):
        cell["execution_count"] = number
        if source.IGNORED not in cell["metadata"].get("tags", []):
            cell["outputs"] = [_clean(output, number) for output in outputs.get(cell["id"], [])]
    return notebook


ANSWER = (
    "*Write your answer here, in place of this line. A person marks it, with at most {points:g} "
    "points; `check` gives no points for it.*"
)


def dump(notebook: Notebook) -> str:
    """Return the notebook's text as nbformat writes it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _notebook(solution: Solution, *, solution_kept: bool) -> Notebook:
    cells = []
    marked = solution.name in checks.names()
    for place, cell in enumerate(solution.cells):
        text = cell.source
        if cell.kind == "markdown" and marked and not place:
            text = f"{text}\n\n{IMPORTS.strip()}"
        if cell.kind == "code":
            text = source.without_marks(cell) if solution_kept else source.placeholder(cell)
        if cell.answer and not solution_kept:
            text = ANSWER.format(points=cell.points)
        cells.append(_cell(cell, text))
    cells += _points(solution)
    taken: Counter[str] = Counter()
    for made in cells:
        name = made["id"]
        taken[name] += 1
        if taken[name] > 1:
            made["id"] = f"{name}-{taken[name]}"
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _cell(cell: Cell, text: str) -> dict[str, Any]:
    if cell.answer:
        identity = f"answer-{cell.answer}"
        kind = {"cell_type": "markdown", "grade": True}
        marked = _nbgrader(identity, solution=True) | kind | {"points": cell.points}
        return _markdown(identity[:64], text) | {"metadata": {"nbgrader": marked}}
    if cell.kind == "markdown":
        return _markdown(_id("text", text), with_places(text))
    names = source.functions(cell)
    metadata: dict[str, Any] = {}
    if cell.tags:
        metadata["tags"] = list(cell.tags)
    if names:
        identity = f"solution-{next(iter(names))}"
        metadata["nbgrader"] = _nbgrader(identity, solution=True)
    else:
        match = re.fullmatch(r"check\((\w+)\)", cell.source.strip())
        identity = f"check-{match[1]}" if match else _id("code", cell.source)
    if source.SETUP in cell.tags:
        identity, text = "setup", f"{preface()}\n{text}"
    return _code(identity, text, metadata)


def _markdown(identity: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": identity, "metadata": {}, "source": _lines(text)}


def _code(identity: str, text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": identity[:64],
        "metadata": metadata,
        "outputs": [],
        "source": _lines(text),
    }


def _clean(output: dict[str, Any], number: int | None = None) -> dict[str, Any]:
    """Return an output without what differs from run to run."""
    kept = dict(output)
    if "execution_count" in kept:
        kept["execution_count"] = number
    if "data" in kept:
        kept["data"] = {
            kind: _lines(text) if isinstance(text, str) else text
            for kind, text in kept["data"].items()
        }
    if isinstance(kept.get("text"), str):
        kept["text"] = _lines(kept["text"])
    return kept


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _id(kind: str, text: str) -> str:
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def _nbgrader(identity: str, *, solution: bool = False, points: float = 0) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "cell_type": "code",
        "grade": not solution,
        "grade_id": identity,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if not solution:
        metadata["points"] = points
    return metadata


def _points(solution: Solution) -> list[dict[str, Any]]:
    """Make the closing cells: one number of points per question, which nbgrader reads."""
    if solution.name not in checks.names():
        return []
    exercise = checks.load(solution.name)
    text = (
        "## Your points\n\nOne cell per function. They ask the same checks as above; nothing new "
        "is to be written here."
    )
    if teacher_exercises.source():
        text = (
            "## Your points\n\nOne cell per function, for the system that marks. On your own "
            "machine they have nothing to say, and nothing new is to be written here."
        )
    cells = [_markdown("text-points", text)]
    for question in exercise.questions:
        identity = f"points-{question.name}"
        metadata = {"nbgrader": _nbgrader(identity, points=question.points)}
        cells.append(_code(identity, f"check({question.name}).score", metadata))
    return cells


def _wrong_output(outputs: list[Any]) -> str:
    text = output_text(outputs)
    if not text.strip():
        return "this cell is tagged reference-output and prints nothing"
    match = UNROUNDED.search(text)
    if match:
        return (
            f"the reference output holds the unrounded number {match[0]}; round what is printed, "
            "since its last digits differ from machine to machine"
        )
    error = any(output.get("output_type") == "error" for output in outputs)
    return "the reference output is an error" if error else ""


def output_text(outputs: list[Any]) -> str:
    """Return all text that outputs show."""
    parts = []
    for output in outputs:
        for value in [output.get("text", ""), *output.get("data", {}).values()]:
            parts.append("".join(value) if isinstance(value, list) else str(value))
    return "\n".join(parts)


def _check_leaks(solution: Solution, notebook: Notebook) -> None:
    """Search the released notebook for every line of the solution."""
    shown = []
    for cell in notebook["cells"]:
        shown += ["".join(cell["source"]), output_text(cell.get("outputs", []))]
    text = source.squeeze("\n".join(shown))
    everything = solution.path.read_text(encoding="utf-8").splitlines()
    for secret, line in source.secrets(solution):
        if secret not in text:
            continue
        others = (
            number
            for number, content in enumerate(everything, start=1)
            if secret in source.squeeze(content) and number != line
        )
        raise SolutionError(
            solution.path,
            next(others, line),
            f"this shows the solution of line {line} to the student: "
            f"{everything[line - 1].strip()}",
        )


def paths(root: Path) -> list[Path]:
    """Return the solutions of a checkout, sorted."""
    return sorted((root / "solutions").glob("[0-9][0-9]_*.md"))
