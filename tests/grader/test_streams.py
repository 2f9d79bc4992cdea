"""Where nothing can be printed, the work is done all the same, and the exit status tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from grader.members import NOTEBOOK, notebook

COURSE = f"{sys.executable} -m course_lib.cli"


@pytest.mark.parametrize(
    ("streams", "status"),
    [
        (">&- 2>&- <&-", 0),
        (">/dev/full", 1),
        pytest.param(">&-", 0, marks=pytest.mark.long),
        pytest.param(">/dev/full 2>/dev/full", 1, marks=pytest.mark.long),
        pytest.param("2>/dev/full", 0, marks=pytest.mark.long),
    ],
)
def test_marking_ends_without_a_traceback(tmp_path: Path, streams: str, status: int) -> None:
    (tmp_path / "in" / "ann").mkdir(parents=True)
    (tmp_path / "in" / "ann" / NOTEBOOK).write_bytes(notebook("x = 1"))
    command = f"{COURSE} grade in --out out {streams}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == status, done.stderr
    assert ("could not be written" in done.stderr) == (streams == ">/dev/full")
    for name in ("grades.csv", "results.jsonl", "report.html"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert "ann" in text or name == "report.html"
        assert "Isolation:" not in text, "what was printed went into a file of the results"


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full"])
def test_a_refused_call_is_told_by_its_status(tmp_path: Path, streams: str) -> None:
    command = f"{COURSE} grade nowhere --out out {streams}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2


@pytest.mark.long
@pytest.mark.parametrize("command", ["progress --folder .", "check missing.ipynb", "--help"])
def test_no_command_ends_in_a_traceback(tmp_path: Path, command: str) -> None:
    for streams in (">&-", ">/dev/full", "2>/dev/full"):
        done = subprocess.run(
            ["bash", "-c", f"{COURSE} {command} {streams}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
