"""Near-identical submissions, as groups to look at: a hint, never a verdict.

Short right answers look alike by nature, so only what few people of a class wrote is compared:
statements with their variables renamed in order, without comments, documentation and layout. Two
notebooks belong together when most of the rare statements of the shorter one stand in the other.
"""

from __future__ import annotations

import ast
import csv
import io
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from course_lib.grading.names import as_cell

SHARED = 4  # statements that few wrote, at least
SHARE = 0.8  # of the rare statements of the one that has fewer
RARE = 0.05  # of the class; but always at least GROUP people
GROUP = 3


@dataclass(frozen=True)
class Group:
    """Students whose notebooks of one exercise have much in common that others do not have."""

    exercise: str
    students: tuple[str, ...]
    statements: int


def statements(cells: Iterable[str]) -> frozenset[str]:
    """Return the statements of all functions, in a form that renaming does not change.

    Cells that are not Python are passed over.

    >>> one = statements(["def f(x):\\n    y = x + 1  # add\\n    return y"])
    >>> two = statements(["def f(n):\\n    'Adds.'\\n    result = n+1\\n    return result"])
    >>> one == two, sorted(one)
    (True, ['f: return v1', 'f: v1 = v0 + 1'])
    """
    found: set[str] = set()
    for cell in cells:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about strings with stray backslashes
                tree = ast.parse(cell)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                found.update(_of_function(node))
    return frozenset(found)


class _Renamed(ast.NodeTransformer):
    """Renames a function's own variables by the order in which they appear."""

    def __init__(self, function: ast.FunctionDef) -> None:
        own = {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}
        own |= {
            one.id
            for one in ast.walk(function)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        }
        self._own, self._names = own, dict[str, str]()

    def _new(self, name: str) -> str:
        if name not in self._own:
            return name
        return self._names.setdefault(name, f"v{len(self._names)}")

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._new(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self._new(node.arg))


def _of_function(function: ast.FunctionDef) -> set[str]:
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        function.body = function.body[1:]
    try:
        _Renamed(function).visit(function)
        return {
            f"{function.name}: {ast.unparse(node).splitlines()[0]}"
            for body in function.body
            for node in ast.walk(body)
            if isinstance(node, ast.stmt) and not isinstance(node, ast.Pass)
        }
    except RecursionError:  # an expression as deep as no person writes it
        return set()


def groups(exercise: str, written: Mapping[str, frozenset[str]]) -> list[Group]:
    """Return the groups of one exercise, largest likeness first.

    Parameters
    ----------
    exercise : str
    written : mapping of str to frozenset of str
        By student, without what the release itself holds.

    >>> copied = {f"s{n}" for n in range(9)}
    >>> class_ = {f"honest{n}": frozenset({f"own {n} {k}" for k in range(9)}) for n in range(30)}
    >>> found = groups("e", class_ | {"ann": frozenset(copied), "ben": frozenset(copied | {"x"})})
    >>> [(one.students, one.statements) for one in found]
    [(('ann', 'ben'), 9)]
    """
    holders = Counter(one for mine in written.values() for one in mine)
    few = max(GROUP, int(RARE * len(written)))
    rare = {who: {one for one in mine if holders[one] <= few} for who, mine in written.items()}
    have: dict[str, list[str]] = defaultdict(list)
    for who in sorted(rare):
        for one in rare[who]:
            if holders[one] > 1:
                have[one].append(who)
    shared = Counter(pair for people in have.values() for pair in combinations(people, 2))
    together: dict[str, set[str]] = {}
    strength: dict[str, int] = {}
    for (one, two), count in sorted(shared.items()):
        if count < SHARED or count < SHARE * min(len(rare[one]), len(rare[two])):
            continue
        joined = together.get(one, {one}) | together.get(two, {two})
        most = max(count, *(strength.get(who, 0) for who in (one, two)))
        for who in joined:
            together[who], strength[who] = joined, most
    found = {tuple(sorted(people)): strength[who] for who, people in together.items()}
    return sorted(
        (Group(exercise, people, count) for people, count in found.items()),
        key=lambda one: (-one.statements, one.students),
    )


def table(found: Iterable[Group]) -> str:
    """Return the groups as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("exercise", "students", "rare_statements_shared"))
    for one in found:
        students = "; ".join(as_cell(student) for student in one.students)
        writer.writerow((one.exercise, students, one.statements))
    return text.getvalue()
