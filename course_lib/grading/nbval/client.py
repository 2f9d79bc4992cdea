"""The client of `--nbval`: pytest with nbval over one notebook, in a process of its own.

    python -m course_lib.grading.nbval.client PARENT

It works in the folder that `compare.py` has prepared, has nbval run the cells in a worker
(`kernel.py`), and writes what came of each cell into ``results.json`` there. It ends with its
parent: the operating system is told before anything large is imported, because on a busy machine
that takes a while, in which the parent may be killed.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.worker import confine

if TYPE_CHECKING:
    import pytest

NOTEBOOK, RESULTS = "notebook.ipynb", "results.json"


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
    confine.die_with_parent(int(sys.argv[1]))
    import pytest

    from course_lib.grading.nbval.kernel import SandboxedKernel

    # A grammar for addresses that nothing here checks would take a second to be read.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import nbval.plugin

    nbval.plugin.RunningKernel = SandboxedKernel
    recorder = Recorder()
    pytest.main(
        [
            *("--nbval-lax", "-p", "no:cacheprovider", "-p", "no:warnings"),
            *("--color=no", "--tb=no", "-q", "-c", os.devnull, "--rootdir=.", "--noconftest"),
            NOTEBOOK,
        ],
        plugins=[nbval.plugin, recorder],
    )
    Path(RESULTS).write_text(json.dumps(recorder.passed), encoding="utf-8")


if __name__ == "__main__":
    main()
