"""What a solution gives beside its notebook: the reference functions, the exercise, its suite.

The reference module of an exercise holds, in the notebook's order, the functions with a solution
region, the functions of untagged cells that call them (they give a name to what cannot be passed as
data), and whatever definitions of the notebook these need. Functions of earlier exercises, which
the notebook gets by ``earlier(…)``, are copied, so that the text stands alone on NumPy: a later
exercise is given it where it is marked.
"""

from __future__ import annotations

import ast
import re
import symtable
from dataclasses import dataclass
from pathlib import Path

from course_lib.checks import LABORATORIES
from course_lib.checks.references import earlier_sources
from course_lib.checks.suites import FIRST, suite
from course_lib.notebooks import source
from course_lib.notebooks.source import Solution, SolutionError

HEADING = re.compile(r"^# Exercise \d+: (.+)$", re.MULTILINE)


@dataclass
class Definition:
    """A function, a value or an import of a notebook: its text, what it needs, its line."""

    text: str
    needs: set[str]
    line: int


def files(solution: Solution, root: Path, package: Path) -> dict[Path, str]:
    """Return the generated files of a solution beside its notebook: path → text.

    Parameters
    ----------
    solution : Solution
        As read from `solutions/`.
    root : Path
        The folder that holds `solutions/`; the suite of a checkout is in its `tests/grading/`.
    package : Path
        The folder of the exercise's questions, ``…/checks/exNN_name``.

    Raises
    ------
    SolutionError
        If a graded function has no question, a question has no graded function, or an answer needs
        something that the reference cannot hold.
    """
    graded = [name for cell in solution.cells for name in source.functions(cell)]
    if solution.name in LABORATORIES:
        return {}
    for name in graded:
        if not (package / f"{name}.py").is_file():
            raise SolutionError(
                solution.path,
                _line_of(solution, name),
                f"{name} is graded, but {package.name}/{name}.py with its question is missing",
            )
    found = {
        package / "__init__.py": exercise(solution, graded, package.name),
        package / "reference.py": reference(solution),
    }
    if (root / "tests" / "grading").is_dir():
        found[root / "tests" / "grading" / f"test_{solution.name}.py"] = suite(
            solution.name, graded
        )
    return found


def exercise(solution: Solution, graded: list[str], package: str) -> str:
    """Return the text of the package of an exercise: its questions in the notebook's order."""
    heading = next(
        (match[1] for cell in solution.cells if (match := HEADING.search(cell.source))), None
    )
    if heading is None:
        raise SolutionError(solution.path, 1, "no heading `# Exercise N: title` was found")
    imports = [
        f"from course_lib.checks.{package}.{name} import {name.upper()}" for name in sorted(graded)
    ]
    answers = [
        f'        Answer("{cell.answer}", {cell.points:g}),'
        for cell in solution.cells
        if cell.answer
    ]
    lines = [
        FIRST.format(name=solution.name),
        f'"""Exercise {solution.name[:2]}: {heading}."""',
        "",
        *imports,
        f"from course_lib.checks.question import {'Answer, ' * bool(answers)}Exercise",
        "",
        "EXERCISE = Exercise(",
        f'    name="{solution.name}",',
        f'    title="{heading[0].upper()}{heading[1:]}",',
        "    questions=(",
        *(f"        {name.upper()}," for name in graded),
        "    ),",
        *(["    answers=(", *answers, "    ),"] if answers else []),
        ")",
    ]
    return "\n".join(lines) + "\n"


def reference(solution: Solution) -> str:
    """Return the text of the module with an exercise's own answers."""
    definitions = _definitions(solution)
    graded = {name for cell in solution.cells for name in source.functions(cell)}
    plain = {
        name
        for cell in solution.cells
        if cell.kind == "code" and not cell.tags and not source.functions(cell)
        for name in _functions_of(cell.source)
    }
    wanted = graded | {name for name in plain if definitions[name].needs & graded}
    waiting = list(wanted)
    while waiting:
        for name in definitions[waiting.pop()].needs & definitions.keys():
            if name not in wanted:
                wanted.add(name)
                waiting.append(name)
    texts = {False: [], True: []}  # type: dict[bool, list[str]]
    for name, one in definitions.items():
        if name in wanted:
            is_import = one.text.startswith(("import ", "from "))
            if "course_lib" in one.text.splitlines()[0] and is_import:
                raise SolutionError(
                    solution.path,
                    one.line,
                    f"a graded function needs {name}; references import NumPy alone",
                )
            if one.text not in texts[is_import]:
                texts[is_import].append(one.text)
    heading = f'"""The course\'s own answers of exercise {solution.name[:2]}. NumPy alone."""'
    blocks = [FIRST.format(name=solution.name) + "\n" + heading, "\n".join(texts[True])]
    return "\n\n".join(blocks) + "\n\n\n" + "\n\n\n".join(texts[False]) + "\n"


def _definitions(solution: Solution) -> dict[str, Definition]:
    """Return what a solution's notebook defines at the top level, by name, in its order."""
    found: dict[str, Definition] = {}
    for cell in solution.cells:
        if cell.kind != "code":
            continue
        text = source.without_marks(cell)
        for node in ast.parse(text).body:
            names = _bound(node)
            if not names:
                continue
            segment = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
            asked = _earlier(node)
            if asked:
                found |= _copied(solution, asked, names, cell.line + node.lineno - 1)
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    one = ast.copy_location(_single(node, alias), node)
                    found[alias.asname or alias.name.partition(".")[0]] = Definition(
                        ast.unparse(one), set(), cell.line + node.lineno - 1
                    )
                continue
            one_definition = Definition(segment, _needs(segment), cell.line + node.lineno - 1)
            found |= dict.fromkeys(names, one_definition)
    return found


def _single(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    if isinstance(node, ast.Import):
        return ast.Import(names=[alias])
    return ast.ImportFrom(module=node.module, names=[alias], level=node.level)


def _bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement of the top level gives a value, in their order."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign):
        return [
            one.id
            for target in node.targets
            for one in ast.walk(target)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        ]
    return []


def _functions_of(text: str) -> list[str]:
    return [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def _needs(text: str) -> set[str]:
    """Return the global names that a statement needs, also inside its functions.

    >>> sorted(_needs("def f(x):\\n    return [g(one) for one in x]"))
    ['g']
    """
    found = set()
    waiting = [symtable.symtable(text, "solution", "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        for symbol in table.get_symbols():
            top = table.get_type() == "module"
            if symbol.is_referenced() and (symbol.is_global() or top):
                found.add(symbol.get_name())
    return found - {name for node in ast.parse(text).body for name in _bound(node)}


def _earlier(node: ast.stmt) -> list[str]:
    """Return the functions that a statement gets by ``earlier(…)``."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return []
    call = node.value
    if not isinstance(call.func, ast.Name) or call.func.id != "earlier":
        return []
    return [str(ast.literal_eval(one)) for one in call.args]


def _copied(
    solution: Solution, asked: list[str], names: list[str], line: int
) -> dict[str, Definition]:
    """Return functions of earlier exercises, with all that they need there."""
    found: dict[str, Definition] = {}
    for name, given in zip(asked, names, strict=True):
        if name != given:
            raise SolutionError(
                solution.path, line, f"earlier({name!r}) is called {given} here; keep its name"
            )
        text = next(
            (one for one in earlier_sources(solution.name).values() if f"\ndef {name}(" in one),
            None,
        )
        if text is None:
            raise SolutionError(solution.path, line, f"no earlier exercise asks for {name}")
        inside = {
            one: Definition(segment, _needs(segment), line)
            for node in ast.parse(text).body
            if not isinstance(node, (ast.Import, ast.ImportFrom))
            for segment in ["\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])]
            for one in _bound(node)
        }
        wanted, waiting = {name}, [name]
        while waiting:
            more = inside[waiting.pop()].needs & inside.keys() - wanted
            wanted |= more
            waiting += more
        found |= {one: made for one, made in inside.items() if one in wanted}
    return found


def _line_of(solution: Solution, name: str) -> int:
    for cell in solution.cells:
        for offset, text in enumerate(cell.source.splitlines()):
            if text.startswith(f"def {name}("):
                return cell.line + offset
    return 1
