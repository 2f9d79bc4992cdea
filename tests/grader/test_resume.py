"""A run that is killed at any moment and continued ends as if nothing had happened."""

from __future__ import annotations

import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from grader.members import DENSE, NOTEBOOK, SOLVED, WRONG, Member, notebook, write_class
from grader.runs import SEED, contents, course_grade, outcomes

from course_lib.grading.results.store import locked

MORE = ("--seed", SEED, "--timeout", "2", "--jobs", "2")
SMALL = [Member(f"s{number:02}", (DENSE + WRONG,) if number % 3 else ()) for number in range(8)]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class."""
    root = tmp_path_factory.mktemp("small") / "submissions"
    write_class(root, SMALL)
    return root


@pytest.fixture(scope="module")
def whole(small: Path) -> Path:
    """Its results, without an interruption."""
    out = small.parent / "whole"
    done = course_grade(small, out, *MORE)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "a run says nothing beside its summary where nobody watches"
    return out


def killed(submissions: Path, out: Path, after: float, *more: str) -> None:
    """Run and kill the grader after some lines of the journal plus `after` seconds."""
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(submissions), "--out", str(out)]
    process = subprocess.Popen(
        [*command, *MORE, *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    journal = out / "results.jsonl"
    before = journal.stat().st_size if journal.exists() else 0
    while process.poll() is None:
        if journal.exists() and journal.stat().st_size > before:
            break
        time.sleep(0.01)
    time.sleep(after)
    process.kill()
    process.wait()
    assert gone(process.pid), "a process outlived the grader"


def gone(session: int) -> bool:
    """Whether every process of a session, and every worker, ends within a while."""
    for _ in range(500):
        if not left_over(session):
            return True
        time.sleep(0.02)
    return False


def left_over(session: int) -> list[str]:
    """Processes of the session that still run; fork servers have sessions of their own."""
    processes = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        orphan = b"course_lib/worker" in command and fields[1] == "1"
        if fields[0] not in ("Z", "X") and (int(fields[3]) == session or orphan):
            processes.append(f"{entry.name}: {command!r}")
    return processes


@pytest.mark.long
def test_killed_once_and_continued_the_files_are_the_same(
    small: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    killed(small, out, 0.1)
    assert 1 <= len(outcomes_so_far(out)) <= len(SMALL)
    done = course_grade(small, out, *MORE, "--resume")
    assert done.returncode == 0, done.stderr
    assert contents(out) == contents(whole)


def outcomes_so_far(out: Path) -> list[str]:
    """Return the whole lines of a journal."""
    return (out / "results.jsonl").read_text(encoding="utf-8").split("\n")[:-1]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_random_moments_and_continued_the_files_are_the_same(
    small: Path, whole: Path, tmp_path: Path, seed: int
) -> None:
    out = tmp_path / "out"
    draw = random.Random(seed)
    more: tuple[str, ...] = ()
    for _ in range(draw.randint(1, 4)):
        killed(small, out, draw.choice([0, draw.uniform(0, 3)]), *more)
        more = ("--resume",)
    done = course_grade(small, out, *MORE, "--resume")
    assert done.returncode == 0, done.stderr
    assert contents(out) == contents(whole)


def on_a_full_disk(submissions: Path, out: Path, size: int, *more: str) -> str:
    """Run where no file may grow beyond `size`, as on a full disk; return what is said."""
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(submissions), "--out", str(out)]
    done = subprocess.run(
        [*command, *MORE, *more],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


@pytest.mark.long
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_disk_that_is_full_is_said_and_continued_when_there_is_room(
    small: Path, whole: Path, tmp_path: Path, share: float
) -> None:
    out = tmp_path / "out"
    said = on_a_full_disk(small, out, int(share * (whole / "results.jsonl").stat().st_size))
    assert re.fullmatch(r"course grade: .+ cannot be written any more .+ --resume\.\n", said)
    kept = outcomes_so_far(out)
    done = course_grade(small, out, *MORE, "--resume")
    assert done.returncode == 0, done.stderr
    assert set(kept) <= set(outcomes_so_far(out))
    assert contents(out) == contents(whole)


def test_a_disk_that_is_full_at_the_end_costs_no_result(
    small: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("run.json", "results.jsonl"):
        shutil.copy(whole / name, out)
    said = on_a_full_disk(small, out, 5000, "--resume")
    assert "All results are in results.jsonl: make room" in said
    assert (out / "results.jsonl").read_bytes() == (whole / "results.jsonl").read_bytes()
    done = course_grade(small, out, *MORE, "--resume")
    assert done.returncode == 0, done.stderr
    assert contents(out) == contents(whole)


def test_a_finished_run_can_be_continued_and_changes_nothing(whole: Path, small: Path) -> None:
    before = contents(whole)
    done = course_grade(small, whole, *MORE, "--resume")
    assert done.returncode == 0, done.stderr
    assert contents(whole) == before


def test_without_resume_a_folder_with_results_is_refused(whole: Path, small: Path) -> None:
    before = contents(whole)
    done = course_grade(small, whole, *MORE)
    assert done.returncode == 2
    assert "--resume" in done.stderr
    assert contents(whole) == before


def test_a_submission_that_has_changed_keeps_its_mark_and_stops_nobody_else(
    whole: Path, small: Path, tmp_path: Path
) -> None:
    shutil.copytree(small, tmp_path / "submissions")
    shutil.copytree(whole, tmp_path / "out")
    (tmp_path / "submissions" / "s00" / NOTEBOOK).write_bytes(notebook(*SOLVED, "1"))
    shutil.rmtree(tmp_path / "submissions" / "s01")
    write_class(tmp_path / "submissions", [Member("late")])
    before = outcomes(tmp_path / "out")
    done = course_grade(tmp_path / "submissions", tmp_path / "out", *MORE, "--resume")
    assert done.returncode == 1
    assert "1 changed since they were marked" in done.stdout
    assert "s00/08_backward_pass" in done.stdout
    assert "no longer among the submissions; the marks stay: s01/08_backward_pass" in done.stdout
    after = outcomes(tmp_path / "out")
    assert after.pop("late")["score"] == 19
    assert after == before


def test_tables_of_a_continued_run_are_all_of_one_call(
    whole: Path, small: Path, tmp_path: Path
) -> None:
    shutil.copytree(whole, tmp_path / "out")
    out, roster = tmp_path / "out", tmp_path / "people.csv"
    people = "".join(f"s{number:02},{number},Section A\n" for number in range(8))
    roster.write_text("student,ID,Section\n" + people)
    again = ("--resume", "--similar", "--roster", str(roster))
    assert course_grade(small, out, *MORE, *again).returncode == 0
    first = contents(out)
    assert {"canvas.csv", "similar.csv", "roster.csv"} <= first.keys()
    assert b"Section A" in first["grades.csv"]
    assert course_grade(small, out, *MORE, "--resume").returncode == 0
    second = contents(out)
    for files in (first, second):
        del files["written.jsonl"]  # it lists the others
    assert second.keys() == first.keys() - {"similar.csv"}
    assert all(second[name] == first[name] for name in second)


def test_two_runs_are_kept_out_of_one_folder(small: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    before = contents(out)
    with locked(out):
        done = course_grade(small, out, *MORE, "--resume")
    assert done.returncode == 2
    assert "another run is writing into" in done.stderr
    assert contents(out) == before
    assert course_grade(small, out, *MORE, "--resume").returncode == 0


@pytest.mark.long
def test_more_submissions_may_come_in_between(whole: Path, small: Path, tmp_path: Path) -> None:
    shutil.copytree(small, tmp_path / "submissions")
    shutil.copytree(whole, tmp_path / "out")
    write_class(tmp_path / "submissions", [Member("late")])
    done = course_grade(tmp_path / "submissions", tmp_path / "out", *MORE, "--resume")
    assert done.returncode == 0, done.stderr
    assert set(outcomes(tmp_path / "out")) == {member.name for member in SMALL} | {"late"}


@pytest.mark.long
def test_an_interrupt_keeps_what_was_finished(tmp_path: Path) -> None:
    submissions, out = tmp_path / "submissions", tmp_path / "out"
    slow = ("for _ in range(3):\n    sum(range(10**7))",)  # or all is done before the interrupt
    write_class(submissions, [*SMALL, *(Member(f"z{number}", slow) for number in range(12))])
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(submissions), "--out", str(out)]
    process = subprocess.Popen(
        [*command, *MORE],
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, a shell has them ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while process.poll() is None and not (out / "results.jsonl").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopped by you; what was finished is kept" in said
    assert "Traceback" not in said
    assert course_grade(submissions, out, *MORE, "--resume").returncode == 0
    assert len(outcomes(out)) == len(SMALL) + 12
