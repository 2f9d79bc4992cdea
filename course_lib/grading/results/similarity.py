"""Near-identical submissions, as groups to look at: a hint, never a verdict.

Equal files are a group. Beyond that, short right answers look alike by nature, so a statement is
evidence the more, the fewer people of the class wrote it: variables are renamed in order, and
comments, documentation and layout are left out. Two notebooks belong together when they share
most of the evidence that the shorter one holds, and more than chance explains in such a class.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from course_lib.checks.given import released_cells
from course_lib.grading import tables
from course_lib.grading.submissions.attempts import Collection

SHARED = 4  # statements, at least
SHARE = 0.8  # of the evidence that the one with less could give
CHANCE = 100  # how many times rarer than one such pair in a class of people who worked alone
MOST = 200  # different notebooks with one statement whose pairs are compared


@dataclass(frozen=True)
class Written:
    """What one student wrote: the file's fingerprint, and the statements of all functions."""

    digest: str
    statements: frozenset[str]


@dataclass(frozen=True)
class Group:
    """Students whose notebooks of one exercise have much in common that others do not have.

    ``statements`` is how many statements two of them share, those that everybody wrote left out;
    where the code is equal, it is how many they hold.
    """

    exercise: str
    students: tuple[str, ...]
    statements: int
    equal: bool


def of_class(collection: Collection) -> list[Group]:
    """Return the groups of near-identical notebooks of a class: to look at, no verdict."""
    written: dict[str, dict[str, Written]] = {}
    given: dict[str, frozenset[str]] = {}
    for index in range(len(collection)):
        submission = collection.read(index)
        if submission.refused:
            continue
        exercise = submission.exercise
        if exercise not in given:
            given[exercise] = statements(released_cells(exercise))
        own = statements(source for _, source in submission.cells) - given[exercise]
        written.setdefault(exercise, {})[submission.student] = Written(submission.digest, own)
    return [group for name in sorted(written) for group in groups(name, written[name])]


def statements(cells: Iterable[str]) -> frozenset[str]:
    """Return the statements of all functions, in a form that renaming does not change.

    Cells that are not Python are passed over.

    >>> one = statements(["def f(x):\\n    y = x + 1  # add\\n    return y"])
    >>> two = statements(["def f(n):\\n    'Adds.'\\n    result = n+1\\n    return result"])
    >>> one == two, sorted(one)
    (True, ['f: return v1', 'f: v1 = v0 + 1'])
    """
    normalised: set[str] = set()
    for cell in cells:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about strings with stray backslashes
                tree = ast.parse(cell)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                normalised.update(_of_function(node))
    return frozenset(normalised)


class _Renamed(ast.NodeTransformer):
    """Renames a function's own variables by the order in which they appear."""

    def __init__(self, function: ast.FunctionDef) -> None:
        own = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
        own |= {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
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


def groups(exercise: str, written: Mapping[str, Written]) -> list[Group]:
    """Return the groups of one exercise, largest likeness first.

    What is `written` is by student; the statements are without those of the release itself.

    >>> copied = {f"s{n}" for n in range(9)}
    >>> class_ = {f"honest{n}": frozenset({f"own {n} {k}" for k in range(9)}) for n in range(30)}
    >>> class_ |= {"ann": frozenset(copied), "ben": frozenset(copied | {"x"})}
    >>> found = groups("e", {who: Written(who, said) for who, said in class_.items()})
    >>> [(one.students, one.statements, one.equal) for one in found]
    [(('ann', 'ben'), 9, False)]
    """
    people = len(written)
    holders = Counter(
        statement for notebook in written.values() for statement in notebook.statements
    )
    # Two people who work alone both write a statement with the chance that anybody does.
    evidence = {statement: math.log(people / number) for statement, number in holders.items()}
    enough = math.log(CHANCE * max(1, people * (people - 1) / 2))
    together: dict[str, set[str]] = {}
    strength: dict[str, int] = {}

    def join(student: str, other: str, shared: int) -> None:
        joined = together.get(student, {student}) | together.get(other, {other})
        most = max(shared, *(strength.get(who, 0) for who in (student, other)))
        for who in joined:
            together[who], strength[who] = joined, most

    files: dict[str, str] = {}
    first: dict[frozenset[str], str] = {}
    for who in sorted(written):
        notebook = written[who]
        if not notebook.statements:  # an exercise that was not begun
            continue
        same_file = files.setdefault(notebook.digest, who)
        same_code = first.setdefault(notebook.statements, who)
        if same_file != who:
            join(same_file, who, len(notebook.statements))
        elif same_code != who and sum(evidence[said] for said in notebook.statements) >= enough:
            join(same_code, who, len(notebook.statements))
    for student, other, shared in _pairs(first, evidence, enough):
        join(student, other, shared)
    made = []
    for students in {tuple(sorted(group)) for group in together.values()}:
        equal = len({written[who].digest for who in students}) == 1
        made.append(Group(exercise, students, strength[students[0]], equal))
    return sorted(made, key=lambda group: (-group.statements, group.students))


def _pairs(
    first: Mapping[frozenset[str], str], evidence: Mapping[str, float], enough: float
) -> Iterable[tuple[str, str, int]]:
    """Yield two students whose different notebooks share what chance does not explain."""
    have: dict[str, list[frozenset[str]]] = defaultdict(list)
    for code in first:
        for line in code:
            have[line].append(code)
    number: Counter[tuple[frozenset[str], frozenset[str]]] = Counter()
    for statement, notebooks in have.items():
        if evidence[statement] and len(notebooks) <= MOST:
            number.update(combinations(notebooks, 2))
    total = {code: sum(evidence[said] for said in code) for code in first}
    for (code, other), count in number.items():
        if count >= SHARED:
            weight = sum(evidence[said] for said in code & other)
            if weight >= max(enough, SHARE * min(total[code], total[other])):
                yield first[code], first[other], count


def table(clusters: Iterable[Group]) -> str:
    """Return the groups as CSV, one row for each student."""
    columns = ("exercise", "group", "student", "shared_statements", "equal_files")
    rows = [
        (group.exercise, number, student, group.statements, "yes" if group.equal else "no")
        for number, group in enumerate(clusters, start=1)
        for student in group.students
    ]
    return tables.text(columns, rows)
