"""Reading `solutions/NN_name.md`: cells, solution regions, and everything that may be wrong."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course_lib.checks import LABORATORIES

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
REFERENCE = "reference-output"
SETUP = "setup"
IGNORED = "nbval-ignore-output"
TAGS = {REFERENCE, SETUP, IGNORED}
ALLOWED = {
    "course_lib",
    "course_lib.checks",
    "course_lib.data",
    "course_lib.figures",
    "course_lib.widgets",
    "IPython",
    "IPython.display",
    "ipywidgets",
    "math",
    "matplotlib",
    "matplotlib.pyplot",
    "numpy",
    "tqdm",
    "tqdm.auto",
}


# Laboratories are never marked, so they may also import what only some machines have.
FRAMEWORKS = {"jax", "jax.numpy", "torch"}


class SolutionError(Exception):
    """A solution's text that cannot be released; the message names file and line, from 1."""

    def __init__(self, path: Path, line: int, text: str) -> None:
        super().__init__(f"{path}:{line}: {text}")
        self.path, self.line, self.text = path, line, text


@dataclass
class Cell:
    """One cell of a solution: its kind, its text, and the line on which the text begins.

    A text that students write and people mark has the name of its `answer`, and `points`. In the
    solution's Markdown the line before it says so: ``+++ {"answer": "why", "points": 3}``.
    """

    kind: str
    source: str
    line: int
    tags: list[str] = field(default_factory=list)
    answer: str = ""
    points: float = 0


@dataclass
class Solution:
    """A solution's cells, checked for everything that can be seen without running them."""

    path: Path
    cells: list[Cell]

    @property
    def name(self) -> str:
        """``"08_backward_pass"``."""
        return self.path.stem

    @property
    def graded(self) -> dict[str, int]:
        """The functions with a solution region, in the notebook's order, each with its line."""
        return {name: line for cell in self.cells for name, line in functions(cell).items()}


FENCE = re.compile(r"^(`{3,})\{code-cell\}[ \t]*\S*[ \t]*$")
BREAK = re.compile(r"^\+\+\+(?:\s(.*)|$)")


def read(path: Path) -> Solution:
    """Read and check a solution.

    The text is MyST Markdown as jupytext writes it: a header between ``---`` lines, Markdown,
    ``{code-cell}`` fences, and ``+++`` between two Markdown cells.

    Raises
    ------
    SolutionError
        With file and line, for a header, a fence or a region that is not closed, an unknown
        tag, a syntax error, a function defined twice, an import outside the allowed set.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    start = _after_header(path, lines)
    solution = Solution(path, _cells(path, lines, start))
    for cell in solution.cells:
        if cell.kind == "code":
            _check_regions(path, cell)
            _check_imports(path, cell)
        elif BEGIN in cell.source or END in cell.source:
            raise SolutionError(path, cell.line, "a solution region stands in Markdown")
    _check_definitions(solution)
    return solution


def _after_header(path: Path, lines: list[str]) -> int:
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        raise SolutionError(path, 1, "the jupytext header between two lines `---` is missing")
    end = lines.index("---", 1)
    if not any("format_name: myst" in line for line in lines[:end]):
        raise SolutionError(path, 1, "the header does not say `format_name: myst`")
    return end + 1


def _cells(path: Path, lines: list[str], start: int) -> list[Cell]:
    cells: list[Cell] = []
    text: list[str] = []
    begin = start
    answer: dict[str, Any] = {}

    def flush() -> None:
        first = next((number for number, line in enumerate(text) if line.strip()), None)
        if first is not None:
            body = "\n".join(text[first:]).rstrip()
            cells.append(Cell("markdown", body, begin + first + 1, **answer))
        elif answer:
            raise SolutionError(path, begin, f"the answer {answer['answer']!r} has no text")
        answer.clear()
        text.clear()

    index = start
    while index < len(lines):
        match = FENCE.match(lines[index])
        if match:
            flush()
            close = next((at for at in range(index + 1, len(lines)) if lines[at] == match[1]), None)
            if close is None:
                raise SolutionError(path, index + 1, "this code-cell is not closed")
            cells.append(_code(path, lines, index + 1, close))
            index = begin = close + 1
        elif match := BREAK.match(lines[index]):
            flush()
            index = begin = index + 1
            answer |= _answer(path, index, (match[1] or "").strip())
        else:
            text.append(lines[index])
            index += 1
    flush()
    return cells


def _answer(path: Path, line: int, text: str) -> dict[str, Any]:
    """Return the name and the points of an answer that a line between cells declares."""
    if not text:
        return {}
    try:
        said = json.loads(text)
        name, points = said["answer"], said["points"]
        if set(said) != {"answer", "points"} or not name.isidentifier() or not points > 0:
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError):
        example = '+++ {"answer": "why_transposed", "points": 3}'
        raise SolutionError(path, line, f"{text} came; such as {example} was expected") from None
    return {"answer": name, "points": points}


def _code(path: Path, lines: list[str], first: int, close: int) -> Cell:
    tags: list[str] = []
    while first < close and lines[first].startswith(":"):
        match = re.fullmatch(r":tags: \[(.*)\]", lines[first].strip())
        if not match:
            raise SolutionError(path, first + 1, f"only `:tags: [...]` is known: {lines[first]}")
        tags = [tag.strip() for tag in match[1].split(",") if tag.strip()]
        first += 1
    for tag in tags:
        if tag not in TAGS:
            known = ", ".join(sorted(TAGS))
            raise SolutionError(path, first, f"the tag {tag!r} is not known; there are: {known}")
    while first < close and not lines[first].strip():
        first += 1
    return Cell("code", "\n".join(lines[first:close]).rstrip(), first + 1, tags)


def _check_regions(path: Path, cell: Cell) -> None:
    opened = None
    for number, line in enumerate(cell.source.splitlines(), start=cell.line):
        text = line.strip()
        if text == BEGIN:
            if opened is not None:
                raise SolutionError(path, number, "a region opens inside a region")
            opened = number
        elif text == END:
            if opened is None:
                raise SolutionError(path, number, "a region closes that never opened")
            opened = None
        elif BEGIN in line or END in line:
            raise SolutionError(path, number, f"{BEGIN} and {END} stand alone on their lines")
    if opened is not None:
        raise SolutionError(path, opened, f"this region is not closed; {END} is missing")


def _parse(path: Path, cell: Cell) -> ast.Module:
    try:
        return ast.parse(cell.source)
    except SyntaxError as error:
        line = cell.line + (error.lineno or 1) - 1
        raise SolutionError(path, line, f"this is not Python: {error.msg}") from error


def _check_imports(path: Path, cell: Cell) -> None:
    may_import = ALLOWED | FRAMEWORKS if path.stem in LABORATORIES else ALLOWED
    for node in ast.walk(_parse(path, cell)):
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        for name in names:
            if name not in may_import:
                raise SolutionError(
                    path,
                    cell.line + node.lineno - 1,
                    f"an exercise may not import {name} (where it is marked, it is absent); "
                    f"allowed are: {', '.join(sorted(may_import))}",
                )


def _check_definitions(solution: Solution) -> None:
    seen: dict[str, int] = {}
    for cell in solution.cells:
        if cell.answer:
            if cell.answer in seen:
                raise SolutionError(solution.path, cell.line, f"{cell.answer} is there twice")
            seen[cell.answer] = cell.line
        if cell.kind != "code":
            continue
        for node in _parse(solution.path, cell).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                line = cell.line + node.lineno - 1
                if node.name in seen:
                    raise SolutionError(
                        solution.path,
                        line,
                        f"{node.name} is defined a second time (first in line {seen[node.name]}); "
                        "only the last definition would be marked",
                    )
                seen[node.name] = line


def functions(cell: Cell) -> dict[str, int]:
    """Return the functions of this cell that hold a solution region, each with its line."""
    if BEGIN not in cell.source:
        return {}
    lines = cell.source.splitlines()
    marked = [number for number, line in enumerate(lines, start=1) if line.strip() == BEGIN]
    return {
        node.name: cell.line + node.lineno - 1
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.FunctionDef)
        and any(node.lineno <= number <= (node.end_lineno or 0) for number in marked)
    }


def placeholder(cell: Cell) -> str:
    """Return the cell's source with every region replaced by a line that raises.

    The line says, in a sentence, which function is not written yet.
    """
    lines, inside = [], False
    name = "This part"
    for line in cell.source.splitlines():
        match = re.match(r"def (\w+)\(", line)
        if match:
            name = match[1]
        if line.strip() == BEGIN:
            inside = True
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}# Your lines here, in place of the next one.")
            lines.append(f'{indent}raise NotImplementedError("{name} is not written yet.")')
        elif line.strip() == END:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def without_marks(cell: Cell) -> str:
    """Return the cell's source with the solution, but without the marks around it."""
    lines = cell.source.splitlines()
    return "\n".join(line for line in lines if line.strip() not in (BEGIN, END))


def secrets(solution: Solution) -> list[tuple[str, int]]:
    """Return the lines inside regions that would give something away, with their line numbers.

    Blank lines, comments, heads of loops and a bare ``return a, b`` give nothing away.
    """
    lines = []
    for cell in solution.cells:
        inside = False
        for number, line in enumerate(cell.source.splitlines(), start=cell.line):
            if line.strip() in (BEGIN, END):
                inside = line.strip() == BEGIN
            elif inside and significant(line):
                lines.append((squeeze(line), number))
    return lines


def squeeze(text: str) -> str:
    """Return `text` without white space and backticks, as leaks are compared."""
    return re.sub(r"[\s`]+", "", text)


def significant(line: str) -> bool:
    """Whether a line of code would give a solution away."""
    code = line.split("#", 1)[0].rstrip()
    short = squeeze(code)
    if code.endswith(":"):
        return False  # the head of a loop or a branch
    return len(short) >= 10 and bool(re.search(r"[@*/+\-(\[]", short))
