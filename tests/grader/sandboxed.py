"""What the tests of the sandbox share: a notebook of a few cells in a worker of its own."""

from __future__ import annotations

import time
from pathlib import Path

from course_lib.checks.student_call import StudentError, one_line
from course_lib.grading.sandbox.fork_server import ForkServer
from course_lib.grading.sandbox.submission_runner import SubmissionRunner
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.ingest import Submission

BUDGET = Budget(cpu_seconds=5, submission_seconds=60, wall_seconds=120, memory=256 * 2**20)
RAISED = "what the body raised"
TELLING = f"""
def f():
    try:
        return body()
    except MemoryError:
        raise
    except Exception as error:
        return {{{RAISED!r}: f"{{type(error).__name__}}: {{error}}"}}
"""


def runner_of(server: ForkServer, *cells: str, budget: Budget = BUDGET) -> SubmissionRunner:
    """Return what runs a notebook with these cells."""
    submission = Submission("s", "e", tuple(enumerate(cells, start=1)))
    return SubmissionRunner(server, submission, ["f"], budget, {}, "import numpy as np")


def answer(server: ForkServer, body: str, budget: Budget = BUDGET):
    """Run the body of a function in a worker and return what it gives.

    Raises
    ------
    StudentError
        Where it ended otherwise; where the body raised, with the whole text, which feedback would
        not quote.
    """
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    runner = runner_of(server, f"def body():\n{lines}\n{TELLING}", budget=budget)
    try:
        value = runner.call("f").value
    finally:
        runner.close()
    if isinstance(value, dict) and RAISED in value:
        raise StudentError("raised", one_line(value[RAISED]))
    return value


def alive(pid: int) -> bool:
    """Whether a process still runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def ends(pid: int) -> bool:
    """Whether a process ends within a while."""
    for _ in range(500):
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False
