"""A class marked on a Dask cluster has the marks it has on one machine, whatever a worker does."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from grader.members import DENSE, WRONG, Member, write_class
from grader.runs import SEED, contents, course_grade, outcomes
from needs import need

from course_lib.grading.marking import dask_pool
from course_lib.grading.marking.dask_pool import Cluster, ClusterError
from course_lib.grading.marking.judge import Settings
from course_lib.grading.nbval import compare
from course_lib.grading.sandbox.isolation import find

pytestmark = pytest.mark.long

RIGHT = DENSE + "return delta.T @ a, delta.sum(0), delta @ W\n"
FOREVER = "def dense_backward(delta, a, W):\n    while True:\n        pass\n"
CLASS = [
    Member(f"s{number:02}", ((RIGHT, DENSE + WRONG, FOREVER)[number % 3],)) for number in range(18)
]
MORE = ("--seed", SEED, "--timeout", "0.5")


@contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of Dask's as a teacher would, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler on this machine."""
    need("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with program("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"):
        yield f"tcp://127.0.0.1:{port}"


@contextmanager
def worker(address: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of that scheduler, with one thread."""
    options = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(folder))
    with program("dask_worker", address, *options, "--host", "127.0.0.1") as process:
        yield process


def wait_for_workers(address: str, count: int) -> None:
    """Return when the scheduler has this many workers."""
    from distributed import Client

    with Client(address, timeout="60s", set_as_default=False) as client:
        if count:
            client.wait_for_workers(count, timeout=120)
        while len(client.scheduler_info(n_workers=-1)["workers"]) > count:
            time.sleep(0.1)


@pytest.fixture(scope="module")
def submissions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("spread") / "submissions"
    write_class(root, CLASS)
    return root


@pytest.fixture(scope="module")
def local(submissions: Path) -> Path:
    """The class marked on this machine alone."""
    out = submissions.parent / "local"
    done = course_grade(submissions, out, *MORE)
    assert done.returncode == 0, done.stderr
    return out


def test_without_a_worker_or_a_scheduler_it_says_so(address: str, submissions: Path) -> None:
    wait_for_workers(address, 0)
    done = course_grade(submissions, submissions.parent / "none", *MORE, "--dask", address)
    assert done.returncode == 1
    assert "has no worker; start some with" in done.stderr
    done = course_grade(
        submissions, submissions.parent / "no", *MORE, "--dask", "tcp://127.0.0.1:9"
    )
    assert done.returncode == 1
    assert "no Dask scheduler answers" in done.stderr


@pytest.mark.parametrize("nbval", [False, True])
def test_every_worker_is_asked_what_it_would_mark_with(nbval: bool) -> None:
    level = find("best").level
    settings = Settings(Path(), "s", level, nbval=nbval)
    here = dask_pool.inspect(level, nbval)
    more = f" (with {compare.basis()})" if nbval else ""
    assert here[1] == f"reaches the isolation {level!r}{more}"

    class Workers:
        found: ClassVar = {"tcp://a": here, "tcp://b": here}

        def run(self, asked: Callable[..., tuple[str, str]], *what: object) -> dict:
            assert asked is dask_pool.inspect
            assert what == (level, nbval)
            return self.found

    cluster = Cluster.__new__(Cluster)
    cluster._client = Workers()
    cluster._inspect("tcp://s", settings)
    for other in (("0" * 64, here[1]), (here[0], "reaches the isolation 'limits'")):
        Workers.found["tcp://b"] = other
        with pytest.raises(ClusterError, match=r"worker tcp://b .* mend or stop that worker"):
            cluster._inspect("tcp://s", settings)


def test_a_worker_killed_in_the_middle_changes_nothing(
    address: str, submissions: Path, local: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with ExitStack() as running:
        lost, _ = (
            running.enter_context(worker(address, tmp_path / name)) for name in ("one", "two")
        )
        wait_for_workers(address, 2)
        command = [sys.executable, "-m", "course_lib.cli", "grade", str(submissions)]
        grading = subprocess.Popen(
            [*command, "--out", str(out), *MORE, "--dask", address],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        journal = out / "results.jsonl"
        while grading.poll() is None and not (journal.exists() and journal.stat().st_size):
            time.sleep(0.02)
        assert grading.poll() is None, grading.communicate()[0]
        os.killpg(lost.pid, signal.SIGKILL)
        said, _ = grading.communicate(timeout=300)
    assert grading.returncode == 0, said
    assert len(outcomes(out)) == len(CLASS)
    assert contents(out) == contents(local)


def test_nbval_goes_along(address: str, submissions: Path, tmp_path: Path) -> None:
    for name in ("s00", "s01"):
        shutil.copytree(submissions / name, tmp_path / "in" / name)
    done = course_grade(tmp_path / "in", tmp_path / "here", *MORE, "--nbval")
    assert done.returncode == 0, done.stderr
    with worker(address, tmp_path / "worker"):
        wait_for_workers(address, 1)
        out = tmp_path / "there"
        done = course_grade(tmp_path / "in", out, *MORE, "--nbval", "--dask", address)
    assert done.returncode == 0, done.stderr
    assert "nbval: 1 of 2 notebooks" in done.stdout
    assert contents(out) == contents(tmp_path / "here")
