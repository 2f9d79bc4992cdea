"""A process of `--nbval` ends with its parent from its first moment on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from needs import absent

from course_lib.grading.nbval.compare import CLIENT

SLOW = """
import sys, time
open(sys.argv[2], "w").close()
time.sleep(60)  # as an import on a busy machine
"""
PARENT = """
import os, subprocess, sys, time
client = sys.argv[2:]
child = subprocess.Popen([*client, str(os.getpid()), sys.argv[1]])
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _linux() -> None:
    if sys.platform != "linux":
        absent("only Linux ends a process with its parent", "a Linux machine")


def test_it_ends_where_its_parent_has_ended_before() -> None:
    done = subprocess.run(
        [*CLIENT, "1"],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")


def test_it_ends_with_its_parent_while_it_still_imports(tmp_path: Path) -> None:
    (tmp_path / "pytest.py").write_text(SLOW, encoding="utf-8")
    begun = str(tmp_path / "begun")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, begun, *CLIENT],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[3]}"},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 30
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
