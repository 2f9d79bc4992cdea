"""One class, marked once for all tests of this folder; the grader runs as a teacher runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from grader.members import MEMBERS, write_class
from grader.runs import LIMITS, SEED, course_grade
from needs import absent

from course_lib.grading.sandbox.fork_server import ForkServer
from course_lib.grading.sandbox.worker_client import SandboxError


@pytest.fixture(scope="session")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the class's submissions."""
    root = tmp_path_factory.mktemp("class") / "submissions"
    write_class(root, MEMBERS)
    return root


@pytest.fixture(scope="session")
def marked(classroom: Path) -> tuple[Path, str]:
    """The folder of results of the whole class, and what the run printed."""
    out = classroom.parent / "results"
    done = course_grade(classroom, out, "--seed", SEED, *LIMITS, "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


@pytest.fixture(scope="session")
def isolation() -> str:
    """The level this machine reaches; tests of walls it lacks say so."""
    from course_lib.grading.sandbox.isolation import find
    from course_lib.grading.sandbox.worker_client import SandboxError

    try:
        return find("best").level
    except SandboxError:
        return "limits"


@pytest.fixture(scope="module")
def forbidden_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that everyone may read and write, in a folder that everyone may enter."""
    folder = tmp_path_factory.mktemp("forbidden")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    file = folder / "forbidden.txt"
    file.write_text("untouched")
    file.chmod(0o666)
    return file


@pytest.fixture(scope="module")
def server(forbidden_file: Path) -> Iterator[ForkServer]:
    """A fork server at full isolation."""
    try:
        made = ForkServer("full", (str(forbidden_file), str(Path(__file__).parent)))
    except SandboxError as error:
        absent(f"full isolation ({error})", "a Linux kernel that allows user namespaces")
    yield made
    made.close()
