"""`course grade --nbval`: does a student's notebook print what the released one shows?

The student's cells are set into the released notebook, nbval runs it and compares the outputs that
the release shows. That is a report, worth no points: text knows no tolerance. Two processes take
part beside the judge: the client (`client.py`), which runs no student code, and a worker like any
other, which takes a kernel's place (`kernel.py`).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from course_lib import checks
from course_lib.address import install
from course_lib.checks import printing
from course_lib.checks.given import earlier_sources, prelude, released_cells, released_code
from course_lib.checks.notebook.example import names_of_results
from course_lib.checks.notebook_file import prepared
from course_lib.grading.nbval.client import NOTEBOOK, RESULTS
from course_lib.grading.nbval.kernel import ENDED, GIVEN
from course_lib.grading.sandbox.isolation import Isolation
from course_lib.grading.sandbox.submission_runner import WAITS
from course_lib.grading.sandbox.worker_client import SETUP_SECONDS, Budget, SandboxError
from course_lib.grading.submissions.ingest import Submission
from course_lib.notebooks.source import REFERENCE

CLIENT = (sys.executable, "-P", "-m", "course_lib.grading.nbval.client")
_DEFINES = re.compile(r"^def (\w+)\(", re.MULTILINE)
_BINDS = re.compile(r"^(?:def\s+(?=\w+\()|(?=\w+\s*=(?!=)))(\w+)", re.MULTILINE)
_EXAMPLE = re.compile(r"\bexample\(\s*(\w+)")


@dataclass(frozen=True)
class Compared:
    """What came of one notebook.

    `outputs` says for each output that the release shows the ``"name"`` of the function that it is
    about, and whether the student's is the ``"same"``.
    """

    outputs: list[dict[str, Any]] = field(default_factory=list)
    said: str = ""  # why there are none, for the student
    starved: bool = False  # whether a busy machine can have been the reason
    error: str = ""  # what failed in the grader itself


def check(exercises: Collection[str], isolation: Isolation) -> None:
    """Raise SandboxError unless ``--nbval`` can do what it promises."""
    if isolation.level != "full":
        raise SandboxError(
            "--nbval runs notebooks at the isolation `full` alone, and this machine reaches "
            f"{isolation.sentence()}. Mark without --nbval here, or on another machine."
        )
    if importlib.util.find_spec("nbval") is None:
        raise SandboxError(f"--nbval needs the package nbval: {install('grade')}")
    for exercise in sorted(exercises):
        if not released_cells(exercise):
            raise SandboxError(
                f"--nbval compares with the released notebook, and there is no {exercise}.ipynb "
                "beside the solutions: write it with `course release`."
            )


def compare(
    submission: Submission, budget: Budget, forbidden: Sequence[str], slot: int
) -> Compared:
    """Run a submission through nbval, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nbval-") as name:
        folder = Path(name)
        where = {"budget": asdict(budget), "forbidden": list(forbidden), "slot": slot}
        labels = _prepare(folder, submission, where)
        if not labels:
            return Compared(said="not run: the released notebook shows no output")
        most = (WAITS + 1) * budget.wall_seconds + 2 * SETUP_SECONDS
        try:
            done = subprocess.run(
                [*CLIENT, str(os.getpid())],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=most,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Compared(said=f"not run: it took more than {most:g} seconds", starved=True)
        if (folder / ENDED).is_file():
            ended = json.loads((folder / ENDED).read_text(encoding="utf-8"))
            said = f"not run: the notebook ended its kernel ({ended['text']})"
            return Compared(said=said, starved=ended["starved"])
        passed = {}
        if (folder / RESULTS).is_file():
            passed = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
        if not labels.keys() <= passed.keys() or not any(passed.values()):
            said = (done.stdout + done.stderr).decode("utf-8", "replace")
            return Compared(error=f"nbval ended with status {done.returncode}: {said[-2000:]}")
        return Compared([{"name": labels[cell], "same": passed[cell]} for cell in labels])


def _prepare(folder: Path, submission: Submission, where: dict[str, Any]) -> dict[str, str]:
    """Write what client and kernel need; return the labels of the cells that count, by name."""
    given = where | {
        "earlier": earlier_sources(submission.exercise),
        "prelude": prelude(submission.exercise),
        "example": _example(submission.exercise),
    }
    (folder / GIVEN).write_text(json.dumps(given), encoding="utf-8")
    cells = set_in(released_code(submission.exercise), submission.cells)
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / NOTEBOOK).write_text(json.dumps(book), encoding="utf-8")
    return {
        f"Cell {number}": ", ".join(dict.fromkeys(_EXAMPLE.findall(cell["source"])))
        or f"cell {number + 1}"
        for number, cell in enumerate(cells)
        if cell["outputs"]
    }


def _environment() -> dict[str, str]:
    """The environment of the client: the course can be imported, and nobody's settings count."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def basis() -> str:
    """Say what the comparison rests on here: the version of nbval, and the released notebooks.

    >>> basis().startswith("nbval ")
    True
    """
    releases = [released_code(exercise) for exercise in checks.names()]
    digest = hashlib.sha256(json.dumps(releases).encode()).hexdigest()
    return f"nbval {metadata.version('nbval')}, releases {digest[:12]}"


@cache
def _example(exercise: str) -> dict[str, Any]:
    """What the notebook's examples need to print results: no result, only their names."""
    text = "\n".join("".join(cell["source"]) for cell in released_code(exercise))
    return {
        "source": Path(printing.__file__).read_text(encoding="utf-8"),
        "names": {name: names_of_results(name) for name in _EXAMPLE.findall(text)},
    }


def set_in(
    released: Sequence[dict[str, Any]], cells: Sequence[tuple[int, str]]
) -> list[dict[str, Any]]:
    """Set a student's cells into the released notebook.

    Where the release asks for a function stand the student's cells that define it, in the
    student's order, so that the last one counts. Their other cells stay, each before whatever
    followed it. Both arguments are code cells: those of the student with their numbers.
    """
    sources = [prepared("".join(cell["source"])) for cell in released]
    asks = {
        place: set(_DEFINES.findall(sources[place]))
        for place, cell in enumerate(released)
        if cell["metadata"].get("nbgrader", {}).get("solution")
    }
    # For each function, the place from which on the student's own must be known.
    places = {name: place for place, names in asks.items() for name in names}
    given = defaultdict(list)
    for place, source in enumerate(sources):
        if place not in asks:
            given[source.strip()].append(place)
    own: dict[int, list[str]] = defaultdict(list)
    before: dict[int, list[str]] = defaultdict(list)
    written: set[str] = set()
    follows = len(released)
    for _, text in reversed(cells):
        names = places.keys() & set(_BINDS.findall(text))
        if names:
            follows = min(places[name] for name in names)
            places.update(dict.fromkeys(names, follows))
            written |= names
            own[follows].insert(0, text)
        elif text.strip() in given:
            # A copy of what the release has: it runs once, where the release has it.
            follows = (given[text.strip()] or [follows]).pop()
        else:
            before[follows].insert(0, text)
    made: list[dict[str, Any]] = []
    for place, (cell, source) in enumerate(zip(released, sources, strict=True)):
        made += [_cell(text) for text in before[place] + own[place]]
        if not asks.get(place, set()) & written:
            counts = REFERENCE in cell["metadata"].get("tags", [])
            made.append(_cell(source, cell["outputs"] if counts else ()))
    made += [_cell(text) for text in before[len(released)]]
    for number, cell in enumerate(made):
        cell["id"] = f"cell-{number}"
    return made


def _cell(source: str, outputs: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    tags = ["nbval-check-output"] if outputs else ["nbval-ignore-output", "raises-exception"]
    return {
        "cell_type": "code",
        "execution_count": 1 if outputs else None,
        "metadata": {"tags": tags},
        "outputs": list(outputs),
        "source": source,
    }
