"""The package works from another folder, where no checkout stands around it."""

from __future__ import annotations

import ast
import csv
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from needs import absent

from course_lib import checks, course_files
from course_lib.checks import given
from course_lib.notebooks import release, source

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns("_build", "__pycache__", ".*", "*.egg-info", "build", "dist")
WALK = """
import importlib, pkgutil, course_lib
for module in pkgutil.walk_packages(course_lib.__path__, "course_lib."):
    importlib.import_module(module.name)
print(course_lib.__file__, course_lib.data.digits()[0].shape)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build sdist and wheel from a copy of the sources; return the folder of the two files."""
    try:
        import build  # noqa: F401
        import setuptools  # noqa: F401
        import twine  # noqa: F401
    except ImportError as error:
        absent(f"{error.name} is missing", "pip install -e '.[dev]' setuptools")
    folder = tmp_path_factory.mktemp("package")
    copy = folder / "copy"
    copy.mkdir()
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    for name in ("course_lib", "exercises", "tests/grading", "book"):
        shutil.copytree(ROOT / name, copy / name, ignore=LEFT_OUT)
    # Without isolation nothing is downloaded: the environment's own setuptools builds.
    run(["-m", "build", "--no-isolation", "--outdir", str(folder / "dist")], copy)
    return folder / "dist"


@pytest.fixture(scope="module")
def elsewhere(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a new environment with the wheel in it; return the folder of its commands."""
    home = tmp_path_factory.mktemp("elsewhere")
    run(["-m", "venv", "--without-pip", home], home)
    python = home / "bin" / "python"
    (wheel,) = built.glob("*.whl")
    install = ["-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
    run([*install, wheel], home)
    # The other packages come from this environment, whose own .pth files (and so the checkout)
    # do not count there.
    folder = next((home / "lib").glob("python*/site-packages"))
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (folder / "others.pth").write_text("\n".join(packages) + "\n")
    return python.parent


def run(command: list[object], folder: Path, status: int = 0, python: object = sys.executable):
    environment = {name: os.environ[name] for name in os.environ if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(python), *map(str, command)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def course(elsewhere: Path, folder: Path, *words: object, status: int = 0) -> str:
    done = run([*words], folder, status, elsewhere / "course")
    return done.stdout + done.stderr


@pytest.mark.long
def test_the_wheel_carries_code_data_widgets_and_licences(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "course_lib").rglob("*")
        if path.is_file() and not {"__pycache__", "node_modules"}.intersection(path.parts)
    }
    assert expected <= inside
    assert not [name for name in inside if name.startswith(("tests/", "solutions/", "book/"))]
    for name in course_files.SHIPPED:
        for path in (ROOT / course_files.FOLDERS[name]).glob("[!.]*.*"):
            assert f"course_lib/shipped/{name}/{path.name}" in inside
    for name in ("LICENSE", "LICENSE-TEXT", "course_lib/datasets/LICENSE-digits"):
        assert any(path.endswith(f"dist-info/licenses/{name}") for path in inside)


@pytest.mark.long
def test_the_metadata_passes_and_there_is_an_sdist(built: Path, tmp_path: Path) -> None:
    assert len(list(built.glob("*.tar.gz"))) == 1
    run(["-m", "twine", "check", "--strict", *sorted(built.iterdir())], tmp_path)


@pytest.mark.long
def test_every_module_is_imported_from_the_wheel(elsewhere: Path, tmp_path: Path) -> None:
    out = run(["-c", WALK], tmp_path, python=elsewhere / "python").stdout
    assert "(1438, 64)" in out
    assert str(ROOT) not in out


def solved(name: str) -> str:
    solution = source.read(ROOT / "solutions" / f"{name}.md")
    return release.dump(release.solved(solution))


@pytest.mark.long
def test_a_student_starts_and_checks_with_the_wheel(elsewhere: Path, tmp_path: Path) -> None:
    course(elsewhere, tmp_path, "start", "--no-open", "--folder", "mine")
    names = {path.name for path in (tmp_path / "mine").iterdir()}
    assert names == {path.name for path in (ROOT / "exercises").glob("*.ipynb")}
    notebook = tmp_path / "mine" / "01_downhill.ipynb"
    assert notebook.read_bytes() == (ROOT / "exercises" / notebook.name).read_bytes()
    points = checks.load(notebook.stem).points
    said = course(elsewhere, tmp_path, "check", notebook, status=1)
    assert f"0 of {points:g} points" in said
    notebook.write_text(solved(notebook.stem), "utf-8")
    assert f"{points:g} of {points:g} points" in course(elsewhere, tmp_path, "check", notebook)


@pytest.mark.long
def test_a_class_is_graded_with_the_wheel(elsewhere: Path, tmp_path: Path) -> None:
    name = "08_backward_pass"
    points = checks.load(name).points
    for student, text in (
        ("ann", solved(name)),
        ("bob", (ROOT / "exercises" / f"{name}.ipynb").read_text("utf-8")),
        ("cleo", solved(name).replace("delta.sum(axis=0)", "delta.mean(axis=0)")),
    ):
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / f"{name}.ipynb").write_text(text, "utf-8")
    course(elsewhere, tmp_path, "grade", "class", "--out", "marks")
    with open(tmp_path / "marks" / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["status"]) for row in rows] == [
        (student, "graded") for student in ("ann", "bob", "cleo")
    ]
    scores = [float(row["score"]) for row in rows]
    assert scores[:2] == [points, 0]
    assert 0 < scores[2] < points
    page = tmp_path / "marks" / "feedback" / "cleo" / f"{name}.html"
    assert "chapter 8, section “" in page.read_text("utf-8")


@pytest.mark.long
def test_a_teachers_own_exercises_work_with_the_wheel(elsewhere: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "private_variant", tmp_path / "own", ignore=LEFT_OUT)
    source = ("--source", "own")
    course(elsewhere, tmp_path, "release", *source, "--solutions", "class/me")
    (notebook,) = (tmp_path / "class" / "me").glob("*.ipynb")
    said = course(elsewhere, tmp_path, "check", notebook, *source)
    course(elsewhere, tmp_path, "grade", "class", *source, "--out", "marks")
    with open(tmp_path / "marks" / "grades.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["status"], row["exercise"]) == ("graded", notebook.stem)
    assert row["score"] == row["max_score"]
    assert f"{row['max_score']} of {row['max_score']} points" in said


@pytest.mark.long
@pytest.mark.parametrize(
    "line", ["book --no-serve", "release --check", "export gradescope --out x.zip"]
)
def test_a_command_that_needs_the_checkout_says_so(elsewhere, tmp_path: Path, line: str) -> None:
    said = course(elsewhere, tmp_path, *line.split(), status=2)
    assert "needs the repository" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", [*checks.names(), *checks.LABORATORIES])
def test_the_released_notebook_imports_what_its_solution_does(name: str) -> None:
    """Without the solutions, as in the wheel, every exercise is given the same names."""

    def imports(cells: list[str]) -> set[str]:
        nodes = (node for cell in cells for node in ast.parse(cell).body)
        return {
            ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)
        }

    solution = source.read(ROOT / "solutions" / f"{name}.md")
    cells = [cell.source for cell in solution.cells if cell.kind == "code"]
    assert imports(cells) == imports(given.released_cells(name))
