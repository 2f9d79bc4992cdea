"""The run itself: a second chance alone, a judge that dies, a file stranger than foreseen."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from grader.members import DENSE, EXERCISE, NOTEBOOK, WRONG, Member, notebook, write_class, writes
from grader.runs import SEED, outcomes

from course_lib import cli
from course_lib.grading import command, run
from course_lib.grading.marking.judge import Marked, Settings
from course_lib.grading.marking.worker_pool import Pool
from course_lib.grading.results.store import Store
from course_lib.grading.sandbox.isolation import Isolation
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.attempts import Collection
from course_lib.grading.submissions.collect import collect

OUTCOME = {"exercise": EXERCISE, "submission": "x", "score": 1, "max_score": 2, "questions": []}


@pytest.fixture
def pair(tmp_path: Path) -> Collection:
    """A class of two."""
    for student in ("ann", "ben"):
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / NOTEBOOK).write_bytes(notebook("1"))
    return collect(tmp_path / "in", [EXERCISE])


@pytest.fixture
def store(tmp_path: Path):
    """An empty folder of results."""
    opened = Store(tmp_path / "out", {"seed": "s", "suite": "t", "isolation": "full"}, resume=False)
    yield opened
    opened.close()


SETTINGS = Settings(Path(), "s", "full", Budget(wall_seconds=3))


def pool(work: Callable[..., None], jobs: int = 1, turns: int = 4) -> Pool:
    """Return a pool that works like this; instead of a judge it gives the settings of one."""
    return Pool(lambda settings, slot: settings, jobs, turns, share_out=work)


def marked(student: str, *, wall: bool, status: str = "graded") -> Marked:
    """Return what a judge says."""
    return Marked(OUTCOME | {"student": student, "status": status}, wall, "", 0.0, 0.0)


def test_a_clock_that_ran_out_is_tried_once_more_alone_and_longer(
    pair: Collection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def work(pending, make, jobs, size, take, errors) -> None:
        chunk = list(pending)
        calls.append(([index for index, _ in chunk], jobs, size, make(0).budget.wall_seconds))
        for index, submission in chunk:
            wall = submission.student == "ben"
            status = "timeout" if wall and len(calls) == 1 else "graded"
            take(index, marked(submission.student, wall=wall, status=status))

    errors, _ = run.mark_all(pair, store, SETTINGS, pool(work, jobs=2))
    assert errors == []
    assert calls == [([0, 1], 2, 1, 3), ([1], 1, 1, 15)]
    assert {key[0]: outcome["status"] for key, outcome in store.outcomes.items()} == {
        "ann": "graded",
        "ben": "graded",
    }


def test_a_file_that_breaks_ingest_is_an_error_of_the_grader_and_stops_nobody(
    pair: Collection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Collection.read

    def broken(self: Collection, index: int):
        if index == 0:
            raise ZeroDivisionError("a bug")
        return read(self, index)

    def work(pending, make, jobs, size, take, errors) -> None:
        for index, submission in pending:
            take(index, marked(submission.student, wall=False))

    monkeypatch.setattr(Collection, "read", broken)
    errors, _ = run.mark_all(pair, store, SETTINGS, pool(work))
    assert len(errors) == 1
    assert "ZeroDivisionError" in errors[0]
    status = {student: outcome["status"] for (student, *_), outcome in store.outcomes.items()}
    assert status == {"ann": "unmarked", "ben": "graded"}


@pytest.mark.parametrize(
    ("count", "jobs", "turns", "size"),
    [(40, 2, 4, 5), (41, 2, 4, 6), (3, 2, 4, 1), (40, 4, 1, 10), (90_000, 4, 1, run.CHUNK)],
)
def test_a_task_of_a_cluster_carries_more_than_a_turn_of_a_warm_judge(
    store: Store, monkeypatch: pytest.MonkeyPatch, count: int, jobs: int, turns: int, size: int
) -> None:
    sizes = []

    def work(pending, make, jobs, size, take, errors) -> None:
        sizes.append(size)

    nobody = Collection([], [])
    monkeypatch.setattr(Collection, "__len__", lambda self: count)
    run.mark_all(nobody, store, SETTINGS, pool(work, jobs, turns))
    assert sizes == [size]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["missing"], "does not exist"),
        (["."], "no submission for any exercise"),
        ([".", "--suite", "missing"], "no marking suite"),
        ([".", "--jobs", "0"], "--jobs"),
        ([".", "--timeout", "-1"], "--timeout"),
        ([".", "--roster", "missing"], "no submission for any exercise"),
    ],
)
def test_a_wrong_call_is_refused_with_a_sentence_and_writes_nothing(
    tmp_path: Path, more: list[str], said: str
) -> None:
    command = [sys.executable, "-m", "course_lib.cli", "grade", *more, "--out", "out"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_on_a_terminal_a_bar_shows_rate_time_left_and_counts(tmp_path: Path) -> None:
    write_class(tmp_path / "in", [Member("right"), Member("empty", write=writes(b"no notebook"))])
    ours, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (24, 120))
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(tmp_path / "in")]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "out")], stdout=subprocess.DEVNULL, stderr=terminal
    )
    os.close(terminal)
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone when the process is
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert process.wait() == 0, shown
    last = [line for line in re.split(r"[\r\n]+", shown.decode()) if line.strip()][-1]
    rate = r"2/2 \[\S+<\S+, +\S+(submission/s|s/submission)"
    assert re.search(rate + ", (graded=1, rejected=1|rejected=1, graded=1)", last), last


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be taken away here")
def test_it_marks_on_as_many_cores_as_it_may_use() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        args = cli.parser().parse_args(["grade", "x", "--out", "y"])
        assert args.jobs == 1
    finally:
        os.sched_setaffinity(0, allowed)


def judges_of(pid: int) -> list[int]:
    """Processes started by a run as judges."""
    judges = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == pid and b"spawn_main" in command:
            judges.append(int(entry.name))
    return judges


@pytest.mark.long
def test_a_judge_that_is_killed_costs_nobody_a_mark(tmp_path: Path) -> None:
    members = [Member(f"s{n:02}", (DENSE + WRONG,) if n % 2 else ()) for n in range(16)]
    write_class(tmp_path / "in", members)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(tmp_path / "in")]
    command += ["--out", str(out), "--seed", SEED, "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    journal = out / "results.jsonl"
    while process.poll() is None and not (journal.exists() and journal.stat().st_size):
        time.sleep(0.01)
    victims = judges_of(process.pid)
    assert victims
    os.kill(victims[0], signal.SIGKILL)
    said, wrong = process.communicate(timeout=300)
    assert process.returncode == 0, said + wrong
    scores = {name: outcome["score"] for name, outcome in outcomes(out).items()}
    assert scores == {member.name: 14 if member.cells else 19 for member in members}


def test_what_is_printed_holds_no_control_of_the_terminal(
    pair: Collection, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "a\x1b]0;x\x07\nIsolation: none.\udcff"

    def work(pending, make, jobs, size, take, errors) -> None:
        for index, submission in pending:
            outcome = OUTCOME | {
                "student": odd,
                "submission": submission.digest,
                "status": "graded",
            }
            take(index, Marked(outcome, False, "Traceback:\n  \x1b[2J", 0.0, 0.0))

    errors, _ = run.mark_all(pair, store, SETTINGS, pool(work))
    text = command.summary(run.Report([], errors, [], Isolation("full", ("own mounts",))))
    assert all(line.isprintable() for line in text.split("\n"))
    assert [line for line in text.splitlines() if line.startswith("Isolation:")] == [
        "Isolation: full (own mounts)."
    ]
    assert "\n  \\x1b[2J" in text


def test_where_no_process_can_be_forked_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(os, "fork")
    assert cli.main(["grade", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "Subsystem for Linux" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_name_that_the_terminal_cannot_show_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", shown)
    assert cli.main(["grade", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    print("Иванова", file=shown, flush=True)
    assert shown.buffer.getvalue().startswith(b"\\u0418")


def test_the_median_of_two_lies_between_them():
    marked = [{**OUTCOME, "status": "graded", "score": score} for score in (0.5, 2.0)]
    text = command.summary(run.Report(marked, [], [], Isolation("full", ("own mounts",))))
    assert "mean 62%, median 62%" in text
