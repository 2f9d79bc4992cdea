"""nbgrader itself takes a released notebook: validate and autograde, in an environment of its own.

Its installation takes most of the time. ``NBGRADER_ENVIRONMENT`` may name a virtual environment
that has it already.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from grader.members import NOTEBOOK, POINTS, RELEASED

from course_lib.course_files import folder
from course_lib.grading.export.gradebooks import NBGRADER
from course_lib.notebooks import release, source

pytestmark = pytest.mark.long

ROOT = folder("solutions").parent
NAME = NOTEBOOK.removesuffix(".ipynb")
NEEDED = ("nbgrader==0.9.6", "ipykernel<7", "numpy", "matplotlib", "ipywidgets", "tqdm")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with nbgrader."""
    given = os.environ.get("NBGRADER_ENVIRONMENT")
    if given:
        return Path(given) / "bin"
    place = tmp_path_factory.mktemp("nbgrader") / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(place / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *NEEDED], check=True)
    return place / "bin"


def call(programs: Path, folder: Path, *arguments: str) -> str:
    """Run nbgrader in the course's folder; the notebooks find `course_lib` in the repository."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "JUPYTER_PLATFORM_DIRS": "1",
    }
    done = subprocess.run(
        [str(programs / "python"), "-W", "ignore", "-m", "nbgrader", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def solved() -> bytes:
    """The notebook of a student who has done everything."""
    return release.dump(release.solved(source.read(folder("solutions") / f"{NAME}.md"))).encode()


def test_nbgrader_validates_and_autogrades_a_released_notebook(
    programs: Path, tmp_path: Path
) -> None:
    def put(*parts: str, raw: bytes = RELEASED) -> Path:
        path = tmp_path.joinpath(*parts, NOTEBOOK)
        path.parent.mkdir(parents=True)
        path.write_bytes(raw)
        return path

    put("source", NAME)
    put("submitted", "empty", NAME)
    put("submitted", "ann", NAME, raw=solved())
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.CourseDirectory.root = {str(tmp_path)!r}\n"
        "c.ClearSolutions.enforce_metadata = False\n"
    )
    said = call(programs, tmp_path, "validate", f"submitted/ann/{NAME}/{NOTEBOOK}")
    assert "Success! Your notebook passes all the tests." in said
    call(programs, tmp_path, "generate_assignment", NAME)
    call(programs, tmp_path, "autograde", NAME)
    call(programs, tmp_path, "export")
    with (tmp_path / "grades.csv").open(encoding="utf-8") as file:
        table = csv.DictReader(file)
        scores = {row["student_id"]: float(row["score"]) for row in table}
    assert tuple(table.fieldnames or ()) == NBGRADER, "our own table has nbgrader's columns"
    assert scores == {"ann": POINTS, "empty": 0}
