"""The architecture page draws every import between the parts of the library, and no other."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from course_lib.grading.worker import FILES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "course_lib"
APART = {"checks", "cli", "grading", "notebooks", "site", "widgets", "worker"}


def part(name: str) -> str:
    """Return the part that a module's first name below `course_lib` belongs to."""
    return name if name in APART else "core"


def imports(tree: ast.AST, *, alone: bool = False) -> Iterator[str]:
    """Names of modules imported anywhere in a file; `alone`: as a worker loads it from its path."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for part in node.orelse if alone else ():
                yield from imports(ast.Module([part], []), alone=alone)
            if alone or isinstance(node.test, ast.Name):
                continue
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are written in full"
            yield from (f"{node.module}.{one.name}" for one in node.names)
        yield from imports(node, alone=alone)


def real_arrows() -> set[tuple[str, str]]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        here = part(path.relative_to(PACKAGE).with_suffix("").parts[0])
        for name in imports(ast.parse(path.read_text("utf-8"))):
            top, _, rest = name.partition(".")
            if top == "course_lib" and part(rest.split(".")[0]) != here:
                found.add((here, part(rest.split(".")[0])))
    return found


def drawn() -> dict[str, list[str]]:
    text = (ROOT / "book" / "architecture.md").read_text("utf-8")
    section = text.split("(architecture-arrows)=")[1]
    block = re.search(r"^```text\n(.*?)^```", section, re.M | re.S)
    assert block
    rows = [line.split("→") for line in block[1].splitlines()]
    return {head.strip(): re.findall(r"\w+", tail) for head, tail in rows}


def test_the_picture_has_every_arrow_and_no_other() -> None:
    picture = {(head, tail) for head, tails in drawn().items() for tail in tails}
    assert picture == real_arrows()


def test_no_arrow_points_up() -> None:
    order = list(drawn())
    assert sorted(order) == sorted([*APART, "core"])
    for head, tails in drawn().items():
        assert all(order.index(tail) > order.index(head) for tail in tails), head


@pytest.mark.parametrize("part", ["checks", "grading", "worker"])
def test_no_two_files_of_a_part_import_each_other(part: str) -> None:
    arrows = {}
    for path in (PACKAGE / part).glob("*.py"):
        names = imports(ast.parse(path.read_text("utf-8")))
        arrows[path.stem] = {
            name.split(".")[2] for name in names if name.startswith(f"course_lib.{part}.")
        }
    assert list(TopologicalSorter(arrows).static_order())  # raises CycleError, naming the circle


def test_the_reading_of_imports_sees_what_hides_in_functions() -> None:
    code = "def f():\n    from course_lib.grading import run\nimport course_lib.cli as c\n"
    assert list(imports(ast.parse(code))) == ["course_lib.grading.run", "course_lib.cli"]


ALONE = [f"{folder}/{name}" for folder, names in FILES.items() for name in names]


@pytest.mark.parametrize("name", ["grading/worker", *ALONE])
def test_the_workers_files_import_numpy_and_the_standard_library_alone(name: str) -> None:
    text = (PACKAGE / f"{name}.py").read_text("utf-8")
    names = {Path(one).name for one in ALONE}  # beside each other, they are loaded by these
    tops = {one.partition(".")[0] for one in imports(ast.parse(text), alone=True)}
    assert tops <= {"numpy", *names} | set(sys.stdlib_module_names)
