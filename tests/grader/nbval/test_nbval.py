"""`course grade --nbval`: what a notebook prints beside its release, for no points."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import shutil
import subprocess
import sys
import tempfile
import types
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from grader.members import DENSE, EXERCISE, RELEASED, SOLVED, WRONG, Member, write_class, writes
from grader.runs import SEED, contents, course_grade, outcomes
from needs import absent

from course_lib.checks import printing
from course_lib.checks.given import released_code
from course_lib.checks.notebook.example import example
from course_lib.course_files import folder
from course_lib.grading.marking.judge import Marking, Settings, solved
from course_lib.grading.nbval import compare
from course_lib.grading.results.store import ResultsError, Store
from course_lib.grading.sandbox.isolation import LIMITS
from course_lib.grading.sandbox.worker_client import Budget, SandboxError
from course_lib.grading.submissions.ingest import Submission
from course_lib.worker import stubs

SMALL = Budget(cpu_seconds=2, submission_seconds=20, wall_seconds=60, memory=256 * 2**20)
SHOWN = [
    "dense_backward",
    "activation_backward",
    "softmax_cross_entropy_backward",
    "network_backward",
]
HELPED = """
def dense_backward(delta, a, W):
    return helper(delta, a, W)
"""
HELPER = "def helper(delta, a, W):\n    return delta.T @ a, delta.sum(0), delta @ W"


@pytest.fixture
def full(isolation: str) -> None:
    """Skip where notebooks cannot be run at full isolation."""
    if isolation != "full":
        absent("full isolation", "a Linux kernel that allows user namespaces")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files; nothing but locks may be left in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield tmp_path
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def compared(*cells: str, budget: Budget = SMALL, exercise: str = EXERCISE) -> compare.Compared:
    """Compare a notebook of these cells with its release."""
    submission = Submission("s", exercise, tuple(enumerate(cells, start=1)))
    forbidden = (str(folder("solutions")), str(Path(__file__)))
    return compare.compare(submission, budget, forbidden, 0)


def same(comparison: compare.Compared) -> list[str]:
    """Return the functions whose output is the release's."""
    assert not comparison.error, comparison.error
    return [output["name"] for output in comparison.outputs if output["same"]]


# --- the notebook that is run -----------------------------------------------------------------


def order(*cells: str) -> list[str]:
    """Return the sources that are run for a student's cells, in order."""
    released = released_code(EXERCISE)
    return [cell["source"] for cell in compare.set_in(released, tuple(enumerate(cells, start=1)))]


def test_the_released_notebook_set_into_itself_is_itself():
    released = ["".join(cell["source"]) for cell in released_code(EXERCISE)]
    assert order(*released) == released
    assert order() == released


def test_only_the_outputs_that_the_release_shows_are_compared():
    made = compare.set_in(released_code(EXERCISE), ((1, "x = 1"),))
    for cell in made:
        check = cell["metadata"]["tags"] == ["nbval-check-output"]
        assert check == bool(cell["outputs"]) == (cell["execution_count"] is not None)
        assert check or cell["metadata"]["tags"] == ["nbval-ignore-output", "raises-exception"]
    assert sum(bool(cell["outputs"]) for cell in made) == len(SHOWN)


def test_the_last_definition_stands_last_and_where_the_release_asks_for_it():
    released = [cell for cell in order() if not cell.startswith(DENSE.splitlines()[0])]
    first, last = DENSE + "return 1", DENSE + "return 2"
    made = order(first, "print('between')", last)
    assert [cell for cell in made if cell in (first, "print('between')", last)] == [
        "print('between')",
        first,
        last,
    ]
    assert [cell for cell in made if cell not in (first, "print('between')", last)] == released
    following = made[made.index(last) + 1 :]
    assert any("example(dense_backward" in cell for cell in following)
    assert not any("example(dense_backward" in cell for cell in made[: made.index(last)])


def test_a_helper_at_the_end_is_there_before_the_function_that_calls_it():
    made = order(*SOLVED, HELPER, HELPED)
    assert made.index(HELPER) < made.index(HELPED)
    assert "example(dense_backward" in made[made.index(HELPED) + 1]


def test_functions_in_one_cell_are_not_overwritten_by_the_release():
    everything = "\n".join(SOLVED)
    made = order(everything)
    assert everything in made
    assert not any("NotImplementedError" in cell for cell in made if cell != everything)


# --- what examples print ----------------------------------------------------------------------

RESULTS = [
    0.1 + 0.2,
    np.float64(1e-9),
    np.float32(0.1),
    np.int64(3),
    np.bool_(True),
    True,
    None,
    7,
    np.arange(6.0).reshape(2, 3) / 7,
    (np.eye(2), np.zeros(2), [1.0, np.ones(2)]),
    [np.eye(2)],
    "text",
]


@pytest.mark.parametrize("value", RESULTS, ids=str)
@pytest.mark.parametrize("name", ["dense_backward", "activation_backward", "unknown"])
def test_an_example_prints_in_a_worker_what_it_prints_for_a_student(
    name: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "course_lib.checks", types.ModuleType("checks"))
    names = {name: compare.names_of_results(name)}
    stubs.install_example(Path(printing.__file__).read_text(encoding="utf-8"), names)
    inside = sys.modules["course_lib.checks"].example
    monkeypatch.undo()
    for body in (lambda: value, lambda: 1 / 0, lambda: exec("raise NotImplementedError('x')")):

        def function(body=body) -> object:
            return body()

        function.__name__ = name
        texts = []
        for show in (example, inside):
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                show(function)
            texts.append(printed.getvalue())
        assert texts[0] == texts[1] != ""


# --- one notebook -----------------------------------------------------------------------------


@pytest.mark.usefixtures("full")
def test_correct_work_prints_what_the_release_shows(scratch: Path) -> None:
    comparison = compared("%matplotlib inline", *SOLVED, "1 / 0", "print('more')", HELPER, HELPED)
    assert same(comparison) == SHOWN
    assert comparison == compare.Compared([{"name": name, "same": True} for name in SHOWN])


@pytest.mark.long
@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("submission", solved(folder("solutions")), ids=lambda work: work.exercise)
def test_every_solution_prints_what_its_release_shows(
    submission: Submission, scratch: Path
) -> None:
    comparison = compare.compare(submission, SMALL, (), 0)
    assert len(same(comparison)) == len(comparison.outputs) >= 3


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("cell", "limits", "why"),
    [
        ("while True: pass", {"cpu_seconds": 0.5}, "it was stopped after 0.5 seconds of CPU time"),
        (
            "import time; time.sleep(1000)",
            {"wall_seconds": 1},
            "it gave no answer within 1 seconds",
        ),
    ],
    ids=["loops", "sleeps"],
)
def test_a_notebook_that_ends_its_kernel_costs_itself_this_line(
    scratch: Path, cell: str, limits: dict[str, float], why: str
) -> None:
    comparison = compared(*SOLVED, cell, budget=dataclasses.replace(SMALL, **limits))
    assert not comparison.error
    assert comparison.outputs == []
    assert comparison.said == f"not run: the notebook ended its kernel ({why})"


@pytest.mark.usefixtures("full")
def test_a_kernel_that_cannot_start_is_the_graders_fault(scratch: Path) -> None:
    submission = Submission("s", EXERCISE, tuple(enumerate(SOLVED)))
    comparison = compare.compare(submission, SMALL, ("/usr/lib",), 0)  # a path that can be read
    assert "nbval ended with status" in comparison.error
    assert not comparison.outputs


# --- a run ------------------------------------------------------------------------------------

MEMBERS = [
    Member("right", ("1 / 0", "print('x' * 10**6)", "%run x")),
    Member("wrong", (DENSE + WRONG,)),
    Member("prints", (DENSE + "print('here')\n    return delta.T @ a, delta.sum(0), delta @ W",)),
    Member("unedited", write=writes(RELEASED)),
    Member("exits", ("import os; os._exit(0)",)),
    Member("not-a-notebook", write=writes(b"%PDF-1.4")),
]
MORE = ("--seed", SEED, "--timeout", "1", "--jobs", "2")


@pytest.fixture(scope="module")
def with_and_without(tmp_path_factory: pytest.TempPathFactory, isolation: str) -> tuple[Path, Path]:
    """The results of one class with `--nbval` and without."""
    if isolation != "full":
        absent("full isolation", "a Linux kernel that allows user namespaces")
    root = tmp_path_factory.mktemp("nbval")
    write_class(root / "in", MEMBERS)
    for name, more in (("with", ["--nbval"]), ("without", [])):
        done = course_grade(root / "in", root / name, *MORE, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ("nbval: 1 of 5 notebooks" in done.stdout) == bool(more)
    return root / "with", root / "without"


@pytest.mark.long
def test_the_marks_are_the_same_with_it_and_without(with_and_without: tuple[Path, Path]) -> None:
    marked, before = (outcomes(out) for out in with_and_without)
    lines = {name: outcome.pop("nbval", None) for name, outcome in marked.items()}
    assert marked == before
    outputs = {name: line["outputs"] for name, line in lines.items() if line}
    by_itself = ("activation_backward", "softmax_cross_entropy_backward")
    for name, right in (
        ("right", SHOWN),
        ("wrong", by_itself),
        ("prints", by_itself),
        ("unedited", ()),
    ):
        assert [output["name"] for output in outputs[name]] == SHOWN
        assert [output["name"] for output in outputs[name] if output["same"]] == list(right), name
    assert outputs["exits"] == []
    assert lines["exits"]["said"].startswith("not run: ")
    assert lines["not-a-notebook"] is None


@pytest.mark.long
def test_without_it_no_file_speaks_of_it(with_and_without: tuple[Path, Path]) -> None:
    files = [path for path in with_and_without[1].rglob("*") if path.is_file()]
    assert not [path for path in files if b"nbval" in path.read_bytes()]


@pytest.mark.long
def test_it_stands_in_every_report_with_no_points(with_and_without: tuple[Path, Path]) -> None:
    out, without = with_and_without
    line = "nbval: 2 of 4 outputs are the same; different: dense_backward, network_backward."
    assert line in (out / "feedback" / "wrong" / f"{EXERCISE}.html").read_text("utf-8")
    reports = [
        json.loads((folder / "gradescope" / "wrong" / EXERCISE / "results.json").read_text())
        for folder in (out, without)
    ]
    *questions, last = reports[0].pop("tests")
    assert questions == reports[1].pop("tests")
    assert reports[0] == reports[1]
    assert (last["name"], last["score"], last["max_score"]) == ("nbval", 0, 0)
    assert (last["status"], last["output"]) == ("failed", line)
    suites = ET.parse(out / "junit.xml").getroot()
    cases = {suite.get("name"): suite.findall("testcase[@name='nbval']") for suite in suites}
    assert {name: len(entries) for name, entries in cases.items() if not entries} == {
        f"not-a-notebook/{EXERCISE}": 0
    }
    assert cases[f"right/{EXERCISE}"][0].find("failure") is None
    assert line in cases[f"wrong/{EXERCISE}"][0].find("failure").get("message")
    for suite in suites:
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
    assert "nbval: not run: the notebook ended its kernel" in (out / "grades.csv").read_text()
    for name in ("nbgrader.csv", "report.html"):
        assert (out / name).read_bytes() == (without / name).read_bytes()


@pytest.mark.long
def test_a_run_continues_with_the_same_choice_alone(with_and_without: tuple[Path, Path]) -> None:
    for out in with_and_without:
        before = json.loads((out / "run.json").read_text())
        changed = {name: value for name, value in before.items() if name != "nbval"}
        changed |= {} if "nbval" in before else {"nbval": True}
        with pytest.raises(ResultsError, match="nbval was"):
            Store(out, changed, resume=True)


@pytest.mark.long
def test_a_run_that_was_stopped_ends_with_the_same_bytes(
    with_and_without: tuple[Path, Path], tmp_path: Path
) -> None:
    whole, out = with_and_without[0], tmp_path / "out"
    out.mkdir()
    shutil.copy(whole / "run.json", out)
    lines = (whole / "results.jsonl").read_text("utf-8").splitlines(keepends=True)
    (out / "results.jsonl").write_text("".join(lines[:3]), "utf-8")
    done = course_grade(whole.parent / "in", out, *MORE, "--nbval", "--resume")
    assert done.returncode == 0, done.stderr
    assert contents(out) == contents(whole)


def test_it_is_refused_where_it_cannot_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SandboxError, match="isolation `full` alone"):
        compare.check({EXERCISE}, LIMITS)
    full = dataclasses.replace(LIMITS, level="full")
    compare.check({EXERCISE}, full)
    monkeypatch.setattr(compare, "released_cells", lambda exercise: [])
    with pytest.raises(SandboxError, match=f"no {EXERCISE}.ipynb"):
        compare.check({EXERCISE}, full)
    monkeypatch.setattr(compare.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SandboxError, match=r'pip install "\.\[grade\]"'):
        compare.check({EXERCISE}, full)


def test_a_clock_that_a_busy_machine_ran_out_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def runs_on(*args: object, timeout: float, **more: object) -> None:
        raise subprocess.TimeoutExpired("client", timeout)

    monkeypatch.setattr(subprocess, "run", runs_on)
    submission = Submission("s", EXERCISE, tuple(enumerate(SOLVED)))
    settings = Settings(Path(), "s", "full", SMALL, nbval=True)
    marking = Marking(types.SimpleNamespace(slot=0), submission, settings)
    marked = marking.finish()
    assert marked.wall
    assert marked.outcome["nbval"]["said"].startswith("not run: it took more than")
