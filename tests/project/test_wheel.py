"""The package works from another folder, where no checkout stands around it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from needs import absent

from course_lib import checks
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
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "course_lib", copy / "course_lib", ignore=LEFT_OUT)
    # Without isolation nothing is downloaded: the environment's own setuptools builds.
    run(["-m", "build", "--no-isolation", "--outdir", str(folder / "dist")], copy)
    return folder / "dist"


@pytest.fixture(scope="module")
def elsewhere(built: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Install the wheel beside nothing of the checkout; return the start of a command."""
    home = tmp_path_factory.mktemp("elsewhere")
    (wheel,) = built.glob("*.whl")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run([*install, "--target", home, wheel], home)
    others = sysconfig.get_paths()["purelib"]
    # The other packages stand behind; their .pth files, and so the checkout, do not count.
    start = f"import sys; sys.path[:0] = [{str(home)!r}]; sys.path.append({others!r}); "
    return ["-I", "-S", "-c", start]


def run(command: list[object], folder: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def course(elsewhere: list[str], folder: Path, *words: str, status: int = 0) -> str:
    *options, start = elsewhere
    code = f"{start}from course_lib.cli import main; sys.exit(main({list(words)!r}))"
    done = run([*options, code], folder, status)
    return done.stdout + done.stderr


@pytest.mark.long
def test_the_wheel_carries_code_data_widgets_and_licences(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "course_lib").rglob("*")
        if path.suffix in {".py", ".js", ".css", ".npz", ".typed"}
        or path.name.startswith("LICENSE")
    }
    assert expected <= inside
    assert not [name for name in inside if name.startswith(("tests/", "solutions/", "book/"))]
    for name in ("LICENSE", "LICENSE-TEXT", "course_lib/datasets/LICENSE-digits"):
        assert any(one.endswith(f"dist-info/licenses/{name}") for one in inside)


@pytest.mark.long
def test_the_metadata_passes_and_there_is_an_sdist(built: Path, tmp_path: Path) -> None:
    assert len(list(built.glob("*.tar.gz"))) == 1
    run(["-m", "twine", "check", "--strict", *sorted(built.iterdir())], tmp_path)


@pytest.mark.long
def test_every_module_is_imported_from_the_wheel(elsewhere: list[str], tmp_path: Path) -> None:
    *options, start = elsewhere
    out = run([*options, start + WALK], tmp_path).stdout
    assert "(1438, 64)" in out
    assert str(ROOT) not in out


@pytest.mark.long
def test_a_student_checks_a_notebook_with_the_wheel(elsewhere: list[str], tmp_path: Path) -> None:
    solution = source.read(ROOT / "solutions" / "01_downhill.md")
    (tmp_path / "01_downhill.ipynb").write_text(release.dump(release.solved(solution)), "utf-8")
    points = checks.load("01_downhill").points
    said = course(elsewhere, tmp_path, "check", "01_downhill.ipynb")
    assert f"{points:g} of {points:g} points" in said
    shutil.copy(ROOT / "exercises" / "01_downhill.ipynb", tmp_path)
    assert f"0 of {points:g} points" in course(
        elsewhere, tmp_path, "check", "01_downhill.ipynb", status=1
    )


@pytest.mark.long
@pytest.mark.parametrize(
    "line",
    [
        "book --no-serve",
        "start --no-open",
        "release --check",
        "export gradescope --out x.zip",
        "grade . --out marks",
    ],
)
def test_a_command_that_needs_the_checkout_says_so(elsewhere, tmp_path: Path, line: str) -> None:
    said = course(elsewhere, tmp_path, *line.split(), status=2)
    assert "needs the repository" in said
    assert "Traceback" not in said
