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
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from course_lib.checks import LABORATORIES
from course_lib.checks.given import earlier_sources
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

    The folder `root` holds `solutions/`, and in a checkout `tests/grading/`, where the suite is;
    `package`, ``…/checks/exNN_name``, holds the exercise's questions.

    Raises
    ------
    SolutionError
        If a graded function has no question, a question has no graded function, or an answer needs
        something that the reference cannot hold.
    """
    if solution.name in LABORATORIES:
        return {}
    for name, line in solution.graded.items():
        if not (package / f"{name}.py").is_file():
            missing = f"{package.name}/{name}.py with its question is missing"
            raise SolutionError(solution.path, line, f"{name} is graded, but {missing}")
    texts = {
        package / "__init__.py": exercise(solution, package.name),
        package / "reference.py": reference(solution),
    }
    suites = root / "tests" / "grading"
    if suites.is_dir():
        texts[suites / f"test_{solution.name}.py"] = suite(solution.name, list(solution.graded))
    return texts


def exercise(solution: Solution, package: str) -> str:
    """Return the text of the package of an exercise: its questions in the notebook's order."""
    match = HEADING.search("\n".join(cell.source for cell in solution.cells))
    if match is None:
        raise SolutionError(solution.path, 1, "no heading `# Exercise N: title` was found")
    heading = match[1]
    imports = [
        f"from course_lib.checks.{package}.{name} import {name.upper()}"
        for name in sorted(solution.graded)
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
        *(f"        {name.upper()}," for name in solution.graded),
        "    ),",
        *(["    answers=(", *answers, "    ),"] if answers else []),
        ")",
    ]
    return "\n".join(lines) + "\n"


def reference(solution: Solution) -> str:
    """Return the text of the module with an exercise's own answers."""
    definitions = _definitions(solution)
    graded = solution.graded.keys()
    plain = {
        node.name
        for cell in solution.cells
        if cell.kind == "code" and not cell.tags and not source.functions(cell)
        for node in ast.parse(cell.source).body
        if isinstance(node, ast.FunctionDef)
    }
    imports: dict[str, None] = {}
    bodies: dict[str, None] = {}
    wanted = graded | {name for name in plain if definitions[name].needs & graded}
    for name, definition in _with_needs(wanted, definitions).items():
        is_import = definition.text.startswith(("import ", "from "))
        if "course_lib" in definition.text.splitlines()[0] and is_import:
            said = f"a graded function needs {name}; references import NumPy alone"
            raise SolutionError(solution.path, definition.line, said)
        (imports if is_import else bodies)[definition.text] = None
    first = FIRST.format(name=solution.name)
    heading = f'"""The course\'s own answers of exercise {solution.name[:2]}. NumPy alone."""'
    head = f"{first}\n{heading}\n\n" + "\n".join(imports)
    return "\n\n\n".join([head, *bodies]) + "\n"


def _with_needs(wanted: Set[str], known: dict[str, Definition]) -> dict[str, Definition]:
    """Return definitions with all that they need, in their order."""
    names, waiting = set(wanted), list(wanted)
    while waiting:
        more = known[waiting.pop()].needs & known.keys() - names
        names |= more
        waiting += more
    return {name: definition for name, definition in known.items() if name in names}


def _definitions(solution: Solution) -> dict[str, Definition]:
    """Return what a solution's notebook defines at the top level, by name, in its order."""
    definitions: dict[str, Definition] = {}
    for cell in solution.cells:
        if cell.kind != "code":
            continue
        text = source.without_marks(cell)
        for node in ast.parse(text).body:
            names = _bound(node)
            if not names:
                continue
            line = cell.line + node.lineno - 1
            asked = _earlier(node)
            if asked:
                definitions |= _copied(solution, asked, names, line)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    node.names = [alias]
                    name = alias.asname or alias.name.partition(".")[0]
                    definitions[name] = Definition(ast.unparse(node), set(), line)
            else:
                definitions |= dict.fromkeys(names, _definition(text, node, line))
    return definitions


def _definition(text: str, node: ast.stmt, line: int) -> Definition:
    segment = "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    return Definition(segment, _needs(segment), line)


def _bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement of the top level gives a value, in their order."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign):
        return [
            part.id
            for target in node.targets
            for part in ast.walk(target)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        ]
    return []


def _needs(text: str) -> set[str]:
    """Return the global names that a statement needs, also inside its functions.

    >>> sorted(_needs("def f(x):\\n    return [g(one) for one in x]"))
    ['g']
    """
    names = set()
    waiting = [symtable.symtable(text, "solution", "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        for symbol in table.get_symbols():
            top = table.get_type() == "module"
            if symbol.is_referenced() and (symbol.is_global() or top):
                names.add(symbol.get_name())
    return names - {name for node in ast.parse(text).body for name in _bound(node)}


def _earlier(node: ast.stmt) -> list[str]:
    """Return the functions that a statement gets by ``earlier(…)``."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return []
    call = node.value
    if not isinstance(call.func, ast.Name) or call.func.id != "earlier":
        return []
    return [str(ast.literal_eval(arg)) for arg in call.args]


def _copied(
    solution: Solution, asked: list[str], names: list[str], line: int
) -> dict[str, Definition]:
    """Return functions of earlier exercises, with all that they need there."""
    definitions: dict[str, Definition] = {}
    for name, given in zip(asked, names, strict=True):
        if name != given:
            said = f"earlier({name!r}) is called {given} here; keep its name"
            raise SolutionError(solution.path, line, said)
        sources = earlier_sources(solution.name).values()
        text = next((code for code in sources if f"\ndef {name}(" in code), None)
        if text is None:
            raise SolutionError(solution.path, line, f"no earlier exercise asks for {name}")
        inside: dict[str, Definition] = {}
        for node in ast.parse(text).body:
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                inside |= dict.fromkeys(_bound(node), _definition(text, node, line))
        definitions |= _with_needs({name}, inside)
    return definitions
