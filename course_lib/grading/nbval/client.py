"""The client of `--nbval`: pytest with nbval over one notebook, in a process of its own.

    python -m course_lib.grading.nbval.client PARENT SECONDS

It works in the folder that `compare.py` has prepared, talks to the kernel through sockets in that
folder, and writes what came of each cell into ``results.json`` there.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path

import pytest

from course_lib.worker import confine

KERNEL = "course"
NOTEBOOK, RESULTS = "notebook.ipynb", "results.json"
GIVEN, ENDED = "given.json", "ended.json"


class Recorder:
    """Takes down which cells passed."""

    def __init__(self) -> None:
        self.passed: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase of one cell: it passed if all of them did."""
        name = report.nodeid.rpartition("::")[2]
        self.passed[name] = self.passed.get(name, True) and report.passed


def main() -> None:
    """Run nbval over the notebook of this folder."""
    parent, seconds = sys.argv[1:]
    if sys.platform == "linux":
        confine.die_with_parent(int(parent))
    # A grammar for addresses that nothing here checks would take a second to be read.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import jupyter_client
    import nbval.kernel

    # Sockets by paths relative to this folder, which is the kernel's as well: no path is too long.
    nbval.kernel.KernelManager = functools.partial(
        jupyter_client.KernelManager, transport="ipc", ip="kernel"
    )
    recorder = Recorder()
    pytest.main(
        [
            *("-p", "nbval.plugin", "--nbval-lax", f"--nbval-kernel-name={KERNEL}"),
            *(f"--nbval-cell-timeout={seconds}", f"--nbval-kernel-startup-timeout={seconds}"),
            *("-p", "no:cacheprovider", "-p", "no:warnings", "--color=no", "--tb=no", "-q"),
            *("-c", os.devnull, "--rootdir=.", "--noconftest", NOTEBOOK),
        ],
        plugins=[recorder],
    )
    Path(RESULTS).write_text(json.dumps(recorder.passed), encoding="utf-8")


if __name__ == "__main__":
    main()
