"""Killed, on a full disk, in two terminals: with a policy and overrides, nothing is lost.

`STOP` runs `course grade` and stops it before one change of a file in the folder of results, which
Python announces to an audit hook. ``python tests/grader/policy/test_interrupted.py`` does so before
every one; its result is in ``benchmarks/results/interrupted.md``.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from grader.desk import HEAD, MORE, OVERRIDES, POLICY, write_desk
from grader.runs import contents, root
from needs import absent

STOP = """
import errno, os, signal, sys
left, how, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.truncate")
def stop(event, args):
    global left
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if how == "before the lock":
        if event != "fcntl.flock":
            return
    elif not (writes or event in CHANGES) or not str(args[0]).startswith(out):
        return
    left -= 1
    if left == 0 and how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif left == 0 and how != "full":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif left <= 0 and how == "full" and writes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
sys.addaudithook(stop)
from course_lib import cli
sys.exit(cli.main(sys.argv[4:]))
"""
LATER = POLICY.replace("5 %", "10 %")
MORE_OVERRIDES = OVERRIDES + "bb,01,,5,,decided,me,2026-11-11\n"
SAMPLE = {"first": (1, 5, 8, 11, 18, 29, 38, 47), "later": (1, 4, 7, 10, 14, 20, 25, 30)}
ALONE = {"written.jsonl", "timings.csv", "results.jsonl"}  # they grow by lines


def call(desk: Path, out: Path, *more: str) -> list[str]:
    roster = ("--roster", str(desk / "gradebook.csv"))
    return ["grade", str(desk / "submissions.zip"), "--out", str(out), *roster, *MORE, *more]


def given(desk: Path, policy: str = "policy.toml", overrides: str = "overrides.csv") -> list[str]:
    return ["--policy", str(desk / policy), "--overrides", str(desk / overrides)]


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "course_lib.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def begin(moment: int, how: str, out: Path, words: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", STOP, str(moment), how, str(out), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def make(folder: Path) -> Path:
    """Write a desk, and what it is marked to without an interruption: first, and later."""
    desk = write_desk(folder)
    (desk / "later.toml").write_text(LATER)
    (desk / "later.csv").write_text(MORE_OVERRIDES)
    (desk / "none.csv").write_text(HEAD)
    for name, more in (
        ("first", given(desk)),
        ("later", ["--resume", *given(desk, "later.toml", "later.csv")]),
    ):
        if name == "later":
            shutil.copytree(desk / "first", desk / "later")
        done = run(call(desk, desk / name, *more))
        assert done.returncode == 0, done.stdout + done.stderr
    return desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("desk"))


def in_pieces(out: Path, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """Return the files that are neither as before nor as after a run.

    Of overrides, the marks beneath may still be to come.
    """

    def decided(raw: bytes | None) -> list[bytes]:
        return [line.rpartition(b",")[0] for line in (raw or b"").splitlines()]

    return [
        name
        for name, raw in contents(out).items()
        if name not in ALONE
        and not name.endswith(".part")
        and raw not in (before.get(name), after.get(name))
        and not (name == "overrides.csv" and decided(raw) == decided(after[name]))
    ]


def interrupt(desk: Path, out: Path, moment: int, how: str, which: str) -> bool:
    """Stop a run before a change, look at what is there, and go on; whether it was stopped."""
    if which == "later":
        shutil.copytree(desk / "first", out)
        more = ["--resume", *given(desk, "later.toml", "later.csv")]
    else:
        more = given(desk)
    before, whole = contents(out), contents(desk / which)
    process = begin(moment, how, out, call(desk, out, *more))
    said = process.communicate()[1]
    if process.returncode == 0:
        assert contents(out) == whole
        return False
    if how == "killed":
        assert process.returncode == -signal.SIGKILL, said
    else:
        assert process.returncode in (1, 2)
        assert said.startswith("course grade: "), said
        assert "No space left on device" in said
    assert in_pieces(out, before, whole) == []
    if not (out / "run.json").exists():  # it had not begun
        shutil.rmtree(out, ignore_errors=True)
    resume = ["--resume"] if out.exists() and "--resume" not in more else []
    done = run(call(desk, out, *resume, *more))
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(out) == whole
    return True


@pytest.mark.long
@pytest.mark.parametrize("which", ["first", "later"])
@pytest.mark.parametrize("how", ["killed", "full"])
def test_stopped_before_a_change_and_continued_the_files_are_the_same(
    desk: Path, tmp_path: Path, how: str, which: str
) -> None:
    moments = SAMPLE[which] if how == "killed" else SAMPLE[which][1::3]
    stopped = [interrupt(desk, tmp_path / str(moment), moment, how, which) for moment in moments]
    assert sum(stopped) >= len(moments) - 1, "the moments are too late"


@pytest.mark.long
def test_what_a_killed_run_was_given_holds_when_it_is_continued(desk: Path, tmp_path: Path) -> None:
    """Of the command, `--resume` alone is said again."""
    out = tmp_path / "out"
    process = begin(11, "killed", out, call(desk, out, *given(desk)))
    process.communicate()
    assert (out / "run.json").exists()
    assert not (out / "grades.csv").exists()
    done = run(["grade", str(desk / "submissions.zip"), "--out", str(out), "--resume", *MORE])
    assert done.returncode == 0, done.stdout + done.stderr
    assert contents(out) == contents(desk / "first")


@pytest.mark.long
def test_overrides_that_are_withdrawn_do_not_come_back(desk: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(desk / "first", out)
    assert run(call(desk, out, "--resume", "--overrides", str(desk / "none.csv"))).returncode == 0
    without = contents(out)
    assert without["grades.csv"] != contents(desk / "first")["grades.csv"]
    assert run(call(desk, out, "--resume")).returncode == 0
    assert contents(out) == without


@pytest.mark.long
def test_two_terminals_at_once_lose_nothing(desk: Path, tmp_path: Path) -> None:
    for moment in (6, 18, 29):
        out = tmp_path / str(moment)
        shutil.copytree(desk / "first", out)
        later = ["--resume", *given(desk, "later.toml", "later.csv")]
        process = begin(moment, "paused", out, call(desk, out, *later))
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        before = contents(out)
        other = run(call(desk, out, "--resume", "--overrides", str(desk / "none.csv")))
        assert other.returncode == 2
        assert "another run is writing into" in other.stderr
        assert contents(out) == before
        process.send_signal(signal.SIGCONT)
        assert process.communicate()[1] == ""
        assert contents(out) == contents(desk / "later")


@pytest.mark.long
def test_a_run_that_has_read_what_another_one_replaces_is_refused(
    desk: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(desk / "first", out)
    process = begin(1, "before the lock", out, call(desk, out, "--resume"))
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)
    assert run(call(desk, out, "--resume", *given(desk, "later.toml", "later.csv"))).returncode == 0
    process.send_signal(signal.SIGCONT)
    said = process.communicate()[1]
    assert process.returncode == 2
    assert "another run has written into" in said
    assert contents(out) == contents(desk / "later")


@pytest.mark.long
def test_a_disk_that_is_full_loses_nothing(desk: Path, tmp_path: Path) -> None:
    """A real one: a file system in memory, of a size, that is enlarged afterwards."""
    if not root() or not shutil.which("unshare"):
        absent("root, or unshare", "run these tests as root, as CI does")
    later = call(
        desk, tmp_path / "disk" / "out", "--resume", *given(desk, "later.toml", "later.csv")
    )
    (tmp_path / "disk").mkdir()
    size = sum(-(-path.stat().st_size // 4096) * 4 for path in (desk / "first").rglob("*.*"))
    script = f"""
        mount -t tmpfs -o size={size + 4}k none {tmp_path}/disk || exit 90
        cp -a {desk}/first {tmp_path}/disk/out || exit 91
        "$@" && exit 92
        cp -a {tmp_path}/disk/out {tmp_path}/full
        mount -o remount,size=64m {tmp_path}/disk
        "$@" || exit 93
        cp -a {tmp_path}/disk/out {tmp_path}/out"""
    course = [sys.executable, "-m", "course_lib.cli"]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", *course, *later],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No space left on device" in done.stderr
    first, whole = contents(desk / "first"), contents(desk / "later")
    assert in_pieces(tmp_path / "full", first, whole) == []
    assert contents(tmp_path / "out") == whole


def main() -> None:
    """Stop runs before every change, one after the other, and say how it went."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    (folder / "desk").mkdir()
    desk = make(folder / "desk")
    begun = time.monotonic()
    print("| run | how it was stopped | moments | files in pieces | different after `--resume` |")
    print("|---|---|---|---|---|")
    for how in ("killed", "full"):
        for which in ("first", "later"):
            moment = 1
            while interrupt(desk, folder / "out", moment, how, which):
                shutil.rmtree(folder / "out")
                moment += 1
            shutil.rmtree(folder / "out")
            print(f"| {which} | {how} | {moment - 1} | 0 | 0 |", flush=True)
    print(json.dumps({"minutes": round((time.monotonic() - begun) / 60, 1)}), file=sys.stderr)


if __name__ == "__main__":
    main()
