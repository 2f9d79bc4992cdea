"""The architecture page draws every import between the parts of the library, and no other."""

from __future__ import annotations

import ast
import contextlib
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from grader.sandboxed import runner_of

from course_lib.grading.sandbox.fork_server import ForkServer

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "course_lib"
APART = {
    "checks",
    "cli",
    "figures",
    "files",
    "grading",
    "live",
    "notebooks",
    "site",
    "widgets",
    "worker",
}
FILES = {"address", "course_files"}


def part(name: str) -> str:
    """Return the part that a module's first name below `course_lib` belongs to."""
    return "files" if name in FILES else name if name in APART else "core"


def imports(tree: ast.AST, *, here: str = "") -> Iterator[str]:
    """Names of modules imported anywhere in a file; `here`: the package of relative names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= bool(here), "imports are written in full"
            module = ".".join(filter(None, [here if node.level else "", node.module]))
            yield from (f"{module}.{alias.name}" for alias in node.names)
        yield from imports(node, here=here)


def package_of(path: Path) -> str:
    """Return what relative imports of a file start from: the worker's files alone have them."""
    return "course_lib.worker" if path.parent.name == "worker" else ""


def real_arrows() -> set[tuple[str, str]]:
    arrows = set()
    for path in PACKAGE.rglob("*.py"):
        here = part(path.relative_to(PACKAGE).with_suffix("").parts[0])
        for name in imports(ast.parse(path.read_text("utf-8")), here=package_of(path)):
            top, _, rest = name.partition(".")
            if top == "course_lib" and part(rest.split(".")[0]) != here:
                arrows.add((here, part(rest.split(".")[0])))
    return arrows


def drawn(label: str = "architecture-arrows") -> dict[str, list[str]]:
    text = (ROOT / "book" / "architecture.md").read_text("utf-8")
    section = text.split(f"({label})=")[1]
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


def modules(folder: str) -> dict[str, set[str]]:
    """Return each module below a folder of the library with the modules there that it imports."""
    files = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
        for path in (PACKAGE / folder).rglob("*.py")
    }
    arrows = {}
    for name, path in files.items():
        named = list(imports(ast.parse(path.read_text("utf-8")), here=package_of(path)))
        parents = {name.rpartition(".")[0] for name in named}
        arrows[name] = (parents | set(named)) & files.keys()
    return arrows


@pytest.mark.parametrize("part", ["checks", "grading", "worker"])
def test_no_two_files_of_a_part_import_each_other(part: str) -> None:
    arrows = modules(part)
    assert any(arrows.values())
    assert list(TopologicalSorter(arrows).static_order())  # raises CycleError, naming the circle


LEAVES = {"errors", "escaping", "options", "tables"}
"""Files beside the folders of the grader, which all of them may use."""


def folders_of_grading() -> dict[str, set[str]]:
    """Return each folder of the grader with what it imports of the others, and files beside them.

    The files that every folder may use are left out.
    """
    folders = {path.parent.name for path in (PACKAGE / "grading").glob("*/__init__.py")}
    arrows: dict[str, set[str]] = {name: set() for name in folders}
    for module, imported in modules("grading").items():
        here = module.split(".")[2]
        if here in folders:
            arrows[here] |= {name.split(".")[2] for name in imported} - {here} - LEAVES
    return arrows


def test_the_picture_of_the_grader_has_every_arrow_and_no_other() -> None:
    picture = {head: set(tails) for head, tails in drawn("grading-arrows").items()}
    assert picture == folders_of_grading()


def test_no_arrow_of_the_grader_points_up() -> None:
    order = list(drawn("grading-arrows"))
    assert len(order) == 7
    for head, tails in folders_of_grading().items():
        assert tails <= set(order[order.index(head) + 1 :]), head


def test_what_every_folder_of_the_grader_uses_uses_none_of_them() -> None:
    beside, leaves = modules("grading"), {f"course_lib.grading.{name}" for name in LEAVES}
    assert all(beside[module] <= {"course_lib.grading", *leaves} for module in leaves)


def test_the_reading_of_imports_sees_what_hides_in_functions() -> None:
    code = "def f():\n    from course_lib.grading import run\nimport course_lib.cli as c\n"
    assert list(imports(ast.parse(code))) == ["course_lib.grading.run", "course_lib.cli"]


def test_the_worker_imports_numpy_the_standard_library_and_itself_alone() -> None:
    files = sorted((PACKAGE / "worker").glob("*.py"))
    assert len(files) > 8
    for path in files:
        for name in imports(ast.parse(path.read_text("utf-8")), here="worker"):
            assert name.partition(".")[0] in {"worker", "numpy", *sys.stdlib_module_names}, path


LOADED = """
def loaded():
    import sys
    files = [getattr(module, "__file__", None) for module in sys.modules.values()]
    return list(sys.modules), [str(file) for file in files if file]
"""


def test_no_process_of_the_worker_holds_anything_of_the_course_but_itself() -> None:
    """Asked of a running one: what it has imported, by name and by file."""
    with contextlib.closing(ForkServer("limits")) as server:
        runner = runner_of(server, LOADED)
        names, files = runner.call("loaded").value
        runner.close()
    assert "worker.executor" in names
    assert not [name for name in names if name.startswith("course_lib.grading")]
    below = {Path(file).relative_to(PACKAGE).parts[0] for file in files if str(PACKAGE) in file}
    assert below <= {"worker"}
