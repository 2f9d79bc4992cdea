"""The grader run as a teacher runs it, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SEED = "a seed for the tests"


LIMITS = ("--timeout", "1", "--memory", "256")


def course_grade(submissions: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run `course grade` in a process of its own."""
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(submissions), "--out", str(out)]
    return subprocess.run(
        [*command, *more], capture_output=True, text=True, timeout=600, check=False
    )


def outcomes(out: Path) -> dict[str, dict]:
    """Return the journal's outcomes by student."""
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return {outcome["student"]: outcome for outcome in map(json.loads, lines)}


def root() -> bool:
    """Whether this process is root."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def contents(out: Path) -> dict[str, bytes]:
    """Return every file but what a clock has measured: `timings.csv`, and the machine's speed."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "timings.csv")
    data = {str(path.relative_to(out)): path.read_bytes() for path in files}
    if "run.json" in data:
        run = json.loads(data["run.json"])
        run.pop("slowness", None)
        data["run.json"] = json.dumps(run).encode()
    return data
