"""Machines of other kinds: which level is reached there, and that marks stay the same."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from grader.members import DENSE, WRONG, Member, write_class
from grader.runs import course_grade, outcomes
from needs import absent

CONTAINER = Path(__file__).parents[1] / "container.py"
READS = DENSE + "return open('{path}').read()"
CLASS = [
    Member("right"),
    Member("wrong", (DENSE + WRONG,)),
    Member("reads", (READS,)),
    Member("loops", (DENSE + "while True: pass",)),
]

pytestmark = pytest.mark.long


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everyone may enter, with a small class and a file that root alone may read."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        absent("root", "run these tests as root, as CI does")
    with tempfile.TemporaryDirectory(prefix="levels-") as folder:
        root = Path(folder)
        root.chmod(0o777)
        (root / "secret").write_text("secret")
        (root / "secret").chmod(0o600)
        write_class(root / "in", CLASS)
        path = root / "in" / "reads" / "08_backward_pass.ipynb"
        path.write_text(path.read_text().replace("{path}", str(root / "secret")))
        yield root


def grade(kind: str, place: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run `course grade` on a machine of some kind."""
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(place / "in")]
    command += ["--out", str(place / "out"), "--seed", "s", "--timeout", "1", *more]
    return subprocess.run(
        [sys.executable, str(CONTAINER), kind, *command],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def verdicts(out: Path) -> dict[str, tuple[str, float]]:
    """Return verdict and score of each student."""
    return {name: (outcome["status"], outcome["score"]) for name, outcome in outcomes(out).items()}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What is said of the same class on this machine as it is."""
    root = tmp_path_factory.mktemp("here")
    write_class(root / "in", [member for member in CLASS if member.name != "reads"])
    done = course_grade(root / "in", root / "out", "--seed", "s", "--timeout", "1")
    assert done.returncode == 0, done.stderr
    return told(root / "out")


def told(out: Path) -> dict[str, dict]:
    """Return all that is said of each student, but for the isolation.

    What a forbidden file answers depends on the wall in its way, and so on the machine.
    """
    verdicts = outcomes(out)
    return {name: mark | {"isolation": ""} for name, mark in verdicts.items() if name != "reads"}


EXPECTED = {
    "right": ("graded", 19),
    "wrong": ("graded", 14),
    "reads": ("graded", 14),
    "loops": ("timeout", 14),
}


@pytest.mark.parametrize(
    ("kind", "level", "more"), [("root", "user", ()), ("stranger", "full", ("--nbval",))]
)
def test_another_machine_gives_the_same_marks_and_text(
    place: Path, here: dict[str, dict], kind: str, level: str, more: tuple[str, ...]
) -> None:
    done = grade(kind, place, *more)
    assert done.returncode == 0, done.stderr
    assert f"Isolation: {level} (" in done.stdout
    assert verdicts(place / "out") == EXPECTED
    said = told(place / "out")
    if more:
        shown = {name: mark.pop("nbval")["outputs"] for name, mark in said.items()}["right"]
        assert [output["same"] for output in shown] == [True] * 4
    assert said == here


def test_without_root_and_namespaces_only_limits_are_left_and_must_be_asked_for(
    place: Path, here: dict[str, dict]
) -> None:
    done = grade("user", place)
    assert done.returncode == 2
    assert "--isolation limits" in done.stderr
    assert "for trusted students only" in done.stderr
    assert not (place / "out").exists()
    done = grade("user", place, "--isolation", "limits")
    assert done.returncode == 0, done.stderr
    assert "Isolation: limits, for trusted students only (" in done.stdout
    assert verdicts(place / "out") == EXPECTED
    assert told(place / "out") == here


def test_full_can_be_demanded(place: Path) -> None:
    done = grade("root", place, "--isolation", "full")
    assert done.returncode == 2
    assert "cannot be isolated" in done.stderr


def test_nbval_is_refused_below_full(place: Path) -> None:
    done = grade("root", place, "--nbval")
    assert done.returncode == 2
    assert "--nbval runs notebooks at the isolation `full` alone" in done.stderr
    assert "reaches user (" in done.stderr
    assert not (place / "out").exists()
