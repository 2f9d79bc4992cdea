"""What lies around the grader on a machine decides nothing, or is said with its remedy."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from grader.members import DENSE, NOTEBOOK, notebook
from grader.runs import course_grade, outcomes, root
from needs import absent

from course_lib.grading.marking.judge import rejected
from course_lib.grading.sandbox import isolation
from course_lib.grading.sandbox.fork_server import ForkServer, begin
from course_lib.grading.sandbox.worker_client import Budget, SandboxError, Worker
from course_lib.grading.submissions.collect import collect
from course_lib.grading.submissions.ingest import UNREADABLE
from course_lib.worker import confine, protocol

RIGHT = DENSE + "return delta.T @ a, delta.sum(axis=0), delta @ W"
LATE = {
    "star": "from numpy import *",
    "strings": "import numpy.strings",
    "library": "import multiprocessing, fileinput, numpy.f2py",
}


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077, 0o777])
def test_the_umask_of_the_caller_does_not_lower_the_isolation(umask: int) -> None:
    if sys.platform != "linux":
        absent("namespaces", "run on Linux")
    before = os.umask(umask)
    try:
        ForkServer("full").close()
    finally:
        os.umask(before)


@pytest.fixture
def below_tmp() -> Iterator[Path]:
    """An environment below /tmp: NumPy is copied there, the course and the rest are referred to."""
    with tempfile.TemporaryDirectory(prefix="environment-", dir="/tmp") as folder:
        place = Path(folder)
        place.chmod(0o755)
        made = [sys.executable, "-m", "venv", "--without-pip", str(place / "venv")]
        subprocess.run(made, check=True)
        packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(place / "venv")}))
        here = Path(np.__file__).parents[1]
        for name in ("numpy", "numpy.libs"):
            if (here / name).is_dir():
                shutil.copytree(here / name, packages / name)
        course = Path(isolation.__file__).parents[2]
        (packages / "rest.pth").write_text(f"{course}\n{here}\n")
        yield place / "venv" / "bin" / "python"


@pytest.mark.long
def test_an_environment_below_tmp_gives_the_marks_of_any_other(
    below_tmp: Path, tmp_path: Path, isolation: str
) -> None:
    if isolation != "full":
        absent("full isolation", "a Linux kernel that allows user namespaces")
    for student, imports in LATE.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / NOTEBOOK).write_bytes(notebook(f"{imports}\n{RIGHT}"))
    more = ("--seed", "s", "--isolation", "full")
    assert course_grade(tmp_path / "in", tmp_path / "here", *more).returncode == 0
    command = [str(below_tmp), "-m", "course_lib.cli", "grade", str(tmp_path / "in")]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "there"), *more],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    there, here = outcomes(tmp_path / "there"), outcomes(tmp_path / "here")
    assert there == here
    assert {outcome["questions"][1]["score"] for outcome in there.values()} == {5}


@pytest.mark.parametrize("mode", [0o700, 0o600, 0o000])
def test_modules_that_only_root_can_read_are_named(tmp_path: Path, mode: int) -> None:
    if not root():
        absent("root", "run these tests as root, as CI does")
    (tmp_path / "package").mkdir()
    module = tmp_path / "package" / "module.py"
    module.write_text("")
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == "root" and not path.stat().st_mode & 0o001:
            path.chmod(0o755)
    closed = module if mode == 0o600 else module.parent
    closed.chmod(mode)
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from course_lib.worker import confine\n"
        "os.setresuid(65533, 65533, 65533); print(confine.unreadable([sys.argv[2]]))"
    )
    course = Path(isolation.__file__).parents[2]
    command = [sys.executable, "-c", code, str(course), str(tmp_path / "package")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert said == str(closed)
    assert confine.unreadable([str(tmp_path / "package")]) == "", "root reads everything"


class Closed(ForkServer):
    """A fork server that imports from a folder which root alone may enter."""

    folder = ""

    def _configure(self) -> dict:
        config = super()._configure()
        return config | {"packages": [*config["packages"], f"{self.folder}/package"]}


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A home that root alone may enter, with a package in it."""
    if not root():
        absent("root", "run these tests as root, as CI does")
    home = tmp_path / "home"
    (home / "package").mkdir(parents=True)
    (home / "package" / "__init__.py").touch()
    (home / "package" / "late.py").touch()
    home.chmod(0o700)
    Closed.folder = str(home)
    return home


@contextlib.contextmanager
def started(kind: type[ForkServer], level: str) -> Iterator[Worker]:
    """A worker in which cells can be run."""
    with contextlib.closing(kind(level)) as server:
        worker = server.worker(Budget())
        begin(server, worker, {}, "")
        with contextlib.closing(worker):
            yield worker


def ran(worker: Worker, source: str) -> str:
    """Run one cell; return what it raised, or "done"."""
    said, answer = worker.ask(protocol.CELL, {"number": 1, "source": source}, 10.0, 60.0)
    return "done" if said == protocol.DONE else answer["text"]


@pytest.mark.parametrize("level", ["full", "user"])
@pytest.mark.parametrize("kind", [ForkServer, Closed])
def test_modules_can_be_imported_at_any_time(
    kind: type[ForkServer], level: str, closed: Path
) -> None:
    with started(kind, level) as worker:
        assert (
            ran(worker, "from numpy import *\nimport numpy.strings, sqlite3, fileinput") == "done"
        )


def test_an_open_folder_is_no_way_out_of_it(closed: Path) -> None:
    secret = closed / "secret.py"
    secret.write_text("")
    secret.chmod(0o644)
    with started(Closed, "user") as worker:
        for number in range(64):
            for path in ("..", "../secret.py", "../..", "."):
                source = (
                    f"import os\nplace = '/proc/self/fd/{number}/{path}'\n"
                    "assert not os.path.isdir(place) or os.listdir(place)\n"
                    "open(place)"
                )
                said = ran(worker, source)
                assert any(word in said for word in ("denied", "No such", "Not a", "Is a")), said
                assert path == "." or "Is a" not in said


@pytest.mark.parametrize("level", ["full", "user"])
def test_modules_that_stay_closed_are_a_reason_to_refuse(level: str, closed: Path) -> None:
    (closed / "package" / "late.py").chmod(0o600)
    with pytest.raises(SandboxError, match=r"chmod go\+rX"):
        Closed(level).close()


@pytest.mark.parametrize(
    ("number", "settings", "user", "says"),
    [
        (errno.ENOSPC, {}, 0, "user.max_user_namespaces"),
        (errno.EPERM, {"user/max_user_namespaces": "0"}, 0, "user.max_user_namespaces"),
        (errno.EPERM, {"kernel/unprivileged_userns_clone": "0"}, 1000, "unprivileged_userns_clone"),
        (
            errno.EACCES,
            {"kernel/apparmor_restrict_unprivileged_userns": "1"},
            1000,
            "apparmor_restrict_unprivileged_userns",
        ),
    ],
)
def test_a_machine_without_namespaces_is_told_the_setting_that_forbids_them(
    monkeypatch: pytest.MonkeyPatch, number: int, settings: dict, user: int, says: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    said = " ".join(isolation.remedies(number, lambda name: settings.get(name, "")))
    assert says in said
    assert "No space left" not in said


def test_every_refusal_of_the_kernel_has_a_sentence_and_other_failures_have_none() -> None:
    for number in (errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EINVAL, errno.ENOSYS):
        assert isolation.remedies(number)
    assert isolation.remedies(0) == []
    assert isolation.remedies(errno.ENOENT) == []


def class_of_three(root: Path) -> Path:
    """Three students with the same right function."""
    for student in ("ann", "ben", "cat"):
        (root / student).mkdir(parents=True)
        (root / student / NOTEBOOK).write_bytes(notebook(RIGHT))
    return root


def points(out: Path) -> dict[str, tuple[str, float]]:
    return {name: (outcome["status"], outcome["score"]) for name, outcome in outcomes(out).items()}


def test_a_snapshot_of_hard_links_changes_no_mark(tmp_path: Path) -> None:
    submissions = class_of_three(tmp_path / "in")
    for student in ("ann", "ben"):  # the third came in after the snapshot
        (tmp_path / "backup" / student).mkdir(parents=True)
        (tmp_path / "backup" / student / NOTEBOOK).hardlink_to(submissions / student / NOTEBOOK)
    done = course_grade(submissions, tmp_path / "out", "--seed", "s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert points(tmp_path / "out") == dict.fromkeys(("ann", "ben", "cat"), ("graded", 5))


def test_a_single_hard_link_is_not_marked_and_said_and_worth_no_zero(tmp_path: Path) -> None:
    submissions = class_of_three(tmp_path / "in")
    (tmp_path / "elsewhere").hardlink_to(submissions / "ann" / NOTEBOOK)
    done = course_grade(submissions, tmp_path / "out", "--seed", "s")
    assert done.returncode == 1, done.stdout + done.stderr
    assert points(tmp_path / "out")["ann"] == ("unmarked", 0)
    assert points(tmp_path / "out")["ben"] == ("graded", 5)
    assert "Not marked: ann/08_backward_pass. It is a hard link" in done.stdout
    page = tmp_path / "out" / "feedback" / "ann" / "08_backward_pass.html"
    assert "This is not your mistake" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", UNREADABLE)
def test_what_keeps_the_grader_from_a_file_is_no_fault_of_its_author(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int
) -> None:
    submissions = class_of_three(tmp_path / "in")
    collection = collect(submissions, ["08_backward_pass"])

    def refuses(path: Path, *_rest: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuses)
    for index in range(len(collection)):
        submission = collection.read(index)
        assert submission.unmarked
        assert os.strerror(number) in submission.refused
        assert rejected(submission, "full")["status"] == "unmarked"
