"""A kernel: an IPython in a process of its own, in which a notebook is run and checked."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any

os.environ.setdefault("MPLBACKEND", "agg")

import matplotlib.pyplot  # noqa: F401
from differential.routes import seeded
from IPython.core.interactiveshell import InteractiveShell

from course_lib import checks
from course_lib.checks.notebook import check

for _name in checks.names():  # before processes are forked from this one
    checks.load(_name)
checks.check, checks.earlier, checks.example, checks.panel  # noqa: B018

RUN = ("capture", "prun", "time", "timeit")


def run(
    link: Any, cells: tuple[str, ...], asked: dict[str, str], folder: str, seconds: float
) -> None:
    """Run the cells of a notebook in `folder`, then each check; send the results by name."""
    check.mark_question, check.TIMEOUT = seeded, seconds
    os.chdir(folder)
    shell = InteractiveShell()
    shell.system = shell.getoutput = lambda *args, **kwargs: []  # type: ignore[method-assign]
    for magics in shell.magics_manager.magics.values():
        for name in set(magics) - set(RUN):
            magics[name] = lambda *args, **kwargs: None
    for name in ("check", "earlier", "example", "panel"):
        shell.user_ns[name] = getattr(checks, name)
    results = {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for cell in cells:
            shell.run_cell(cell)
        shell.user_ns["check"] = checks.check
        for name, call in asked.items():
            done = shell.run_cell(call)
            result = getattr(done.result, "result", None)
            if result is not None:
                results[name] = result.as_dict()
            elif not isinstance(done.result, check.Feedback):
                error = done.error_in_exec
                # There is no function of this name, or check itself has failed.
                assert isinstance(error, NameError), f"{call}: {error!r}"
    link.send(results)
