"""Each wall and each limit bites, tried from inside a worker and checked from outside."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from needs import absent

from course_lib.checks.calling import StudentError
from course_lib.grading import protocol
from course_lib.grading.asking import Limits, SandboxError, WorkerEnded
from course_lib.grading.desk import Desk
from course_lib.grading.ingest import Submission
from course_lib.grading.isolation import find, probe
from course_lib.grading.sandbox import (
    FIRST_USER,
    INSIDE_USER,
    THREADS,
    USERS,
    Zygote,
    begin,
    claim_slot,
)

LIMITS = Limits(cpu_seconds=5, budget_seconds=60, wall_seconds=120, memory=256 * 2**20)


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that everyone may read and write, in a folder that everyone may enter."""
    folder = tmp_path_factory.mktemp("canary")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)
    file = folder / "canary.txt"
    file.write_text("untouched")
    file.chmod(0o666)
    return file


@pytest.fixture(scope="module")
def zygote(canary: Path) -> Iterator[Zygote]:
    """A zygote at full isolation."""
    try:
        made = Zygote("full", (str(canary), str(Path(__file__).parent)))
    except SandboxError as error:
        absent(f"full isolation ({error})", "a Linux kernel that allows user namespaces")
    yield made
    made.close()


def at_desk(zygote: Zygote, *cells: str, limits: Limits = LIMITS) -> Desk:
    """Sit a notebook with these cells down at a desk."""
    submission = Submission("s", "e", tuple(enumerate(cells, start=1)))
    return Desk(zygote, submission, ["f"], limits, {}, "import numpy as np")


def answer(zygote: Zygote, body: str, limits: Limits = LIMITS):
    """Run the body of a function in a worker and return what it gives, or the error's text."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    desk = at_desk(zygote, f"def f():\n{lines}", limits=limits)
    try:
        return desk.call("f").value
    finally:
        desk.close()


REFUSED = {
    "fork": "import os; os.fork()",
    "run a program": "import os; os.execv('/bin/true', ['true'])",
    "start a process": "import subprocess; subprocess.run(['true'])",
    "open a socket": "import socket; socket.socket()",
    "open a local socket": "import socket; socket.socketpair()",
    "trace itself": "import ctypes; return ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0)",
    "map memory without a name": "import os; os.memfd_create('x')",
    "become root": "import os; os.setuid(0)",
    "mount": "import ctypes; return ctypes.CDLL(None).mount(b'x', b'/tmp', b'tmpfs', 0, 0)",
    "a namespace of its own": "import ctypes; return ctypes.CDLL(None).unshare(0x10000000)",
    "signal another process": "import os; os.kill(2, 9)",
    "more CPU time": "import resource as r; r.setrlimit(r.RLIMIT_CPU, (9999, 9999))",
    "outlive its parent": "import ctypes; return ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)",
    "share memory": "import ctypes; return ctypes.CDLL(None).shmget(0, 4096, 0o1777)",
    "link": "import os; os.symlink('/etc', '/tmp/etc')",
    "make a pipe with a name": "import os; os.mkfifo('/tmp/pipe')",
    "write to the system": "open('/usr/lib/x', 'w')",
    "write to the root": "open('/x', 'w')",
    "read its own memory": "open('/proc/self/mem', 'rb').read(1)",
    "send out of band": "import ctypes; return ctypes.CDLL(None).send(3, b'x', 1, 1)",
    "have a signal sent": "import fcntl; fcntl.fcntl(3, 8, 1)",
    "bpf": "import ctypes; return ctypes.CDLL(None).syscall(321, 0, 0, 0)",
    "io_uring": "import ctypes; return ctypes.CDLL(None).syscall(425, 1, 0)",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_no_numpy_function_needs_is_refused(zygote: Zygote, body: str) -> None:
    if "ctypes" in body:
        assert answer(zygote, body) == -1  # a C function's word for "refused"
        return
    with pytest.raises(StudentError, match=r"ermi|Read-only|No such file|not allowed") as caught:
        answer(zygote, body)
    assert caught.value.kind == "raised"


def test_root_is_gone_and_cannot_come_back(zygote: Zygote) -> None:
    ids = answer(zygote, "import os; return [*os.getresuid(), *os.getresgid(), *os.getgroups()]")
    assert set(ids) - {65534} == {INSIDE_USER}
    text = answer(zygote, "return open('/proc/self/status').read()")
    status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_only_libraries_can_be_seen(zygote: Zygote, canary: Path) -> None:
    seen = answer(zygote, "import os; return os.listdir('/')")
    first = {Path(path).parts[1] for path in (os.__file__, str(Path(np_file())))}
    assert set(seen) <= {"tmp", "proc", "dev", "etc", "usr", "lib", "lib32", "lib64"} | first
    for path in (canary, Path(__file__), Path(__file__).parents[2] / "solutions"):
        with pytest.raises(StudentError, match="No such file"):
            answer(zygote, f"return open({str(path)!r}).read()")
    packages = Path(np_file()).parents[1]
    if packages.is_relative_to("/tmp"):  # the worker's own /tmp covers what lies below the system's
        assert answer(zygote, "import os; return os.listdir('/tmp')") == []
        return
    names = answer(zygote, f"import os; return os.listdir({str(packages)!r})")
    assert {name.split(".")[0] for name in names} == {"numpy"}


def test_every_mount_but_its_own_is_read_only(zygote: Zygote) -> None:
    text = answer(zygote, "return open('/proc/self/mountinfo').read()")
    writable = {line.split()[4] for line in text.splitlines() if line.split()[5][:2] != "ro"}
    assert writable <= {
        "/tmp",
        "/proc",
        *(f"/dev/{n}" for n in ("null", "zero", "random", "urandom")),
    }
    assert len(text.splitlines()) > len(writable)


def test_every_namespace_is_its_own(zygote: Zygote) -> None:
    if os.geteuid() != 0:
        absent("root", "run the tests as root, as CI does")
    worker = zygote.worker(LIMITS)
    begin(zygote, worker, {}, "")
    worker.cpu_clock()
    for name in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
        places = [os.readlink(f"/proc/{who}/ns/{name}") for who in ("self", worker._pid)]
        assert len(set(places)) == 2, name
    worker.close()


def np_file() -> str:
    """Where NumPy lies."""
    import numpy

    return os.path.realpath(numpy.__file__)


def test_only_its_own_process_can_be_seen(zygote: Zygote) -> None:
    body = "import os; return os.getpid(), sorted(n for n in os.listdir('/proc') if n.isdigit())"
    assert answer(zygote, body) == (1, ["1"])


def test_nobody_hears_it_on_the_network(zygote: Zygote) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        with pytest.raises(StudentError, match="not permitted"):
            answer(zygote, f"import socket; socket.create_connection(('127.0.0.1', {port}))")
        with pytest.raises(TimeoutError):
            server.accept()


def test_tmp_is_its_own_and_empty(zygote: Zygote) -> None:
    write = "import os; open('/tmp/for-the-next', 'w').close(); return os.listdir('/tmp')"
    assert answer(zygote, write) == ["for-the-next"]
    assert answer(zygote, "import os; return os.listdir('/tmp')") == []
    assert not Path("/tmp/for-the-next").exists()


def test_the_environment_holds_nothing_of_the_teacher(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEACHERS_TOKEN", "secret")
    names = answer(zygote, "import os; return sorted(os.environ)")
    ours = ("OPENBLAS", "OMP", "MKL", "MALLOC", "LC", "PYTHONHASHSEED")
    assert all(name.split("_")[0] in ours for name in names)


def test_a_verdict_holds_nothing_that_differs_from_run_to_run(zygote: Zygote) -> None:
    order = "return [name for name in {'W1', 'b1', 'W2', 'b2', 'W3', 'b3'}]"
    raises = "raise ValueError(object(), list({'W1', 'b1', 'W2'}))"
    said = []
    again = Zygote("full")
    for one in (zygote, again):
        with pytest.raises(StudentError) as caught:
            answer(one, raises)
        said.append((answer(one, order), caught.value.text))
    again.close()
    assert said[0] == said[1]
    assert "object at 0x…>" in said[0][1]


def test_only_the_channel_is_open(zygote: Zygote) -> None:
    body = "import os\nfound = []\nfor n in range(4096):\n"
    body += "    try: found.append((n, os.fstat(n).st_mode >> 12))\n    except OSError: pass\n"
    null, channel = 0o2, 0o14  # a device, a socket
    assert answer(zygote, body + "return found") == [
        *((n, null) for n in range(3)),
        (3, channel),
    ]


# --- limits ---------------------------------------------------------------------------------


def test_cpu_time_ends_a_question(zygote: Zygote) -> None:
    limits = Limits(cpu_seconds=0.3, budget_seconds=60, wall_seconds=120)
    with pytest.raises(StudentError, match=r"0\.3 seconds of CPU") as caught:
        answer(zygote, "while True: pass", limits)
    assert caught.value.kind == "timeout"


def test_cpu_time_counts_threads(zygote: Zygote) -> None:
    limits = Limits(cpu_seconds=0.3, budget_seconds=60, wall_seconds=120)
    body = "import threading\ndef spin():\n    while True: pass\n"
    body += "threads = [threading.Thread(target=spin) for _ in range(4)]\n"
    body += "[t.start() for t in threads]\nimport time\ntime.sleep(1000)"
    with pytest.raises(StudentError, match=r"0\.3 seconds of CPU"):
        answer(zygote, body, limits)


def test_the_kernel_ends_what_the_judge_does_not_see(zygote: Zygote) -> None:
    """The limit on CPU time that stands where other processes' clocks cannot be read."""
    worker = zygote.worker(Limits(budget_seconds=-4))
    begin(zygote, worker, {}, "")
    with pytest.raises(WorkerEnded, match="CPU time") as caught:
        worker.ask(protocol.CELL, {"number": 1, "source": "while True: pass"}, 1000, 60)
    assert (caught.value.kind, caught.value.starved) == ("timeout", False)


@pytest.mark.parametrize("victim", ["worker", "supervisor"])
def test_what_is_ended_from_outside_is_tried_once_more(zygote: Zygote, victim: str) -> None:
    desk = at_desk(zygote, "import time", "def f(): time.sleep(1000)")
    worker = desk._ready()
    worker.cpu_clock()
    status = Path(f"/proc/{worker._pid}/status").read_text()
    parent = int(status.partition("PPid:")[2].split()[0])
    end = threading.Timer(0.1, os.kill, (worker._pid if victim == "worker" else parent, 9))
    end.start()
    with pytest.raises(StudentError, match="from outside"):
        desk.call("f")
    assert desk.wall
    desk.close()


@pytest.mark.parametrize(
    ("queued", "ran", "starved"),
    [(0.0, 0.0, False), (10.0, 0.0, True), (10.0, 20.0, False), (None, 0.0, True)],
    ids=["idle", "busy", "busy with its own threads", "unknown"],
)
def test_sleeping_ends_at_the_clock_and_counts_as_load_only_if_it_waited_for_a_processor(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch, queued: float | None, ran: float, starved: bool
) -> None:
    limits = Limits(cpu_seconds=5, budget_seconds=60, wall_seconds=0.3)
    desk = at_desk(zygote, "import time", "def f(): time.sleep(1000)")
    worker = desk._ready()
    assert worker.queued() is None or worker.queued() >= 0
    monkeypatch.setattr(type(worker), "queued", lambda self: queued)
    worker.cpu_used = ran
    desk._limits = limits
    with pytest.raises(StudentError, match="no answer within"):
        desk.call("f")
    assert desk.wall is starved
    desk.close()


def test_a_submission_that_sleeps_everywhere_waits_a_bounded_time(zygote: Zygote) -> None:
    limits = Limits(cpu_seconds=5, budget_seconds=60, wall_seconds=0.2)
    desk = at_desk(zygote, *["import time; time.sleep(1000)"] * 30, limits=limits)
    for _ in range(3):
        with pytest.raises(StudentError, match=r"has waited for 1 seconds|no answer") as caught:
            desk.call("f")
        assert caught.value.kind == "timeout"
    assert desk._workers == 5


def test_many_short_sleeps_are_as_bounded_as_a_few_long_ones(zygote: Zygote) -> None:
    limits = Limits(cpu_seconds=5, budget_seconds=60, wall_seconds=0.4)
    cells = ["import time; time.sleep(0.3)"] * 30
    desk = at_desk(zygote, *cells, "def f(): return 1", limits=limits)
    with pytest.raises(StudentError, match="has waited for 2 seconds") as caught:
        desk.call("f")
    assert caught.value.kind == "timeout"
    assert not desk.wall


def test_a_judge_that_is_held_up_is_no_sleep_of_the_students(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course_lib.grading.asking._own_queue", time.monotonic)
    limits = Limits(cpu_seconds=5, budget_seconds=60, wall_seconds=0.4)
    desk = at_desk(
        zygote, *["import time; time.sleep(0.3)"] * 9, "def f(): return 1", limits=limits
    )
    assert desk.call("f").value == 1
    desk.close()


def test_who_computes_does_not_wait(zygote: Zygote) -> None:
    body = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    desk = at_desk(zygote, *[body] * 3, "def f(): return 1")
    assert desk.call("f").value == 1
    assert desk._waited < desk.cpu_used
    desk.close()


def test_who_hangs_up_and_goes_on_is_ended_soon(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course_lib.grading.asking.END_SECONDS", 0.2)
    monkeypatch.setattr("course_lib.grading.asking.SETUP_SECONDS", 5.0)
    desk = at_desk(zygote, "import os, time\ndef f():\n    os.close(3)\n    time.sleep(1000)")
    worker = desk._ready()
    worker.cpu_clock()
    with pytest.raises(StudentError, match="went on") as caught:
        desk.call("f")
    assert caught.value.kind == "crashed"
    assert not desk.wall
    assert ends(worker._pid)
    desk.close()


def test_a_worker_that_did_not_start_is_not_asked_again(
    zygote: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = at_desk(zygote, "def f(): return 1")
    with monkeypatch.context() as patch:
        patch.setattr(zygote, "check", lambda held: (_ for _ in ()).throw(SandboxError("no")))
        with pytest.raises(SandboxError):
            desk.call("f")
    assert desk.call("f").value == 1
    desk.close()


def test_memory_ends_a_question_and_the_next_one_goes_on(zygote: Zygote) -> None:
    desk = at_desk(zygote, "def f(): return np.ones(2**28)\ndef g(): return 1")
    with pytest.raises(StudentError) as caught:
        desk.call("f")
    assert caught.value.kind == "memory"
    assert desk.call("g").value == 1
    desk.close()


def test_files_are_bounded(zygote: Zygote) -> None:
    with pytest.raises(StudentError, match="too large"):  # a file that takes no room
        answer(zygote, "open('/tmp/x', 'wb').truncate(2**26)")
    body = "for i in range(100): open(f'/tmp/{i}', 'wb').write(b'x' * 2**20)"
    with pytest.raises(StudentError, match="space"):
        answer(zygote, body)


def test_open_files_and_threads_are_bounded(zygote: Zygote) -> None:
    with pytest.raises(StudentError, match="Too many open files"):
        answer(zygote, "keep = [open('/dev/null') for _ in range(1000)]")
    body = "import threading, time\nthreading.stack_size(2**16)\n"  # a thread needs no memory
    body += "try:\n    for n in range(1000):\n"
    body += "        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
    body += "except RuntimeError:\n    pass\nreturn n"
    assert answer(zygote, body) <= THREADS
    assert answer(zygote, "import resource as r; return r.getrlimit(r.RLIMIT_CORE)") == (0, 0)


def test_an_answer_is_bounded(zygote: Zygote) -> None:
    with pytest.raises(StudentError, match="more than 64 MB") as caught:
        answer(zygote, "return np.zeros(2**23 + 1)")
    assert caught.value.kind == "reply"
    with pytest.raises(StudentError, match="nested"):
        answer(zygote, "x = []\nfor _ in range(100): x = [x]\nreturn x")


def test_output_is_forgotten(zygote: Zygote) -> None:
    body = "import sys, os\nfor _ in range(1000): print('x' * 10000)\n"
    body += "sys.__stdout__.write('y'); sys.stderr.write('z'); os.write(1, b'x' * 10000); return 1"
    assert answer(zygote, body) == 1


def test_a_budget_bounds_the_whole_submission(zygote: Zygote) -> None:
    limits = Limits(cpu_seconds=0.2, budget_seconds=0.5, wall_seconds=120)
    desk = at_desk(zygote, *["while True: pass"] * 20, "def f(): return 1", limits=limits)
    with pytest.raises(StudentError, match=r"used up its 0\.5 seconds"):
        desk.call("f")
    assert desk.cpu_used < 2
    desk.close()


# --- the judge leaves -----------------------------------------------------------------------


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


def test_a_worker_ends_when_the_judge_hangs_up(zygote: Zygote) -> None:
    worker = zygote.worker(LIMITS)
    begin(zygote, worker, {}, "")
    worker.cpu_clock()
    assert alive(worker._pid)
    worker.close()
    assert ends(worker._pid)


def test_a_busy_worker_ends_with_the_zygote() -> None:
    try:
        zygote = Zygote("full")
    except SandboxError as error:
        absent(f"full isolation ({error})", "a Linux kernel that allows user namespaces")
    desk = at_desk(zygote, "import time", "def f(): time.sleep(1000)")
    desk._ready()
    worker = desk._worker
    assert worker is not None
    worker.cpu_clock()

    def ask() -> None:
        with pytest.raises(StudentError):
            desk.call("f")

    asking = threading.Thread(target=ask)
    asking.start()
    zygote._process.kill()
    assert ends(worker._pid)
    asking.join()
    zygote.close()


# --- which level is reached -----------------------------------------------------------------


def test_a_readable_canary_fails_the_walls_and_nothing_runs(zygote: Zygote) -> None:
    library = os.path.dirname(os.path.realpath(os.__file__))
    with pytest.raises(SandboxError, match="can be read"):
        probe("full", (f"{library}/os.py",))


BROKEN = {
    "level": "limits",
    "landlock": "not there",
    "seccomp": "not there",
    "user": 0,
    "process": 77,
    "processes": [1, 2],
    "sockets": True,
    "readable": {"/home": ["ann"]},
}


def test_every_wall_that_does_not_hold_is_noticed(zygote: Zygote) -> None:
    worker = zygote.worker(LIMITS)
    held = begin(zygote, worker, {}, "")
    worker.close()
    assert set(BROKEN) == set(held)
    for name, value in BROKEN.items():
        for broken in (held | {name: value}, {key: held[key] for key in held if key != name}):
            with pytest.raises((SandboxError, KeyError)):
                zygote.check(broken)


def test_limits_alone_are_refused_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(level: str, canaries: tuple[str, ...]) -> dict:
        if level == "limits":
            return {}
        raise SandboxError("not on this machine")

    monkeypatch.setattr("course_lib.grading.isolation.probe", fails)
    for wanted in ("best", "full"):
        with pytest.raises(SandboxError, match="for trusted students only"):
            find(wanted)
    isolation = find("limits")
    assert isolation.level == "limits"
    assert "own mounts" in isolation.lacks
    assert isolation.sentence().startswith("limits, for trusted students only (")


@pytest.fixture
def other_user(canary: Path) -> Iterator[Zygote]:
    """A zygote at the level `user`: root at hand, but no namespaces."""
    if os.geteuid() != 0:
        absent("root", "run the tests as root, as CI does")
    canary.chmod(0o600)
    made = Zygote("user", (str(canary),), slot=7)
    yield made
    made.close()
    canary.chmod(0o666)


def test_without_namespaces_another_user_runs_the_code(other_user: Zygote, canary: Path) -> None:
    ids = answer(other_user, "import os; return os.getresuid()")
    assert ids == (FIRST_USER + other_user.slot,) * 3
    assert FIRST_USER + USERS <= 61184, "a number that systemd gives to services"
    for body in (
        f"open({str(canary)!r}).read()",
        f"open({str(canary)!r}, 'w')",
        f"open('/tmp/{canary.parent.name}-new', 'w')",
    ):
        with pytest.raises(StudentError, match="Permission"):
            answer(other_user, body)


def test_every_judge_has_a_number_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    held = [claim_slot(first) for first in (0, 0, USERS - 1, USERS - 1, 5 * USERS)]
    assert [number for number, _ in held] == [0, 1, USERS - 1, 2, 3]
    for _, lock in held:
        assert lock is not None
        os.close(lock)
    assert claim_slot(1)[0] == 1


def test_without_namespaces_landlock_closes_what_everyone_may_read(
    other_user: Zygote, canary: Path
) -> None:
    canary.chmod(0o666)
    worker = other_user.worker(LIMITS)
    lacking = begin(other_user, worker, {}, "")["landlock"]
    worker.close()
    if lacking:
        absent(f"landlock ({lacking})", "a Linux kernel that has it")
    for body in (f"open({str(canary)!r}).read()", f"open({str(canary)!r}, 'w')"):
        with pytest.raises(StudentError, match="Permission"):
            answer(other_user, body)


def test_without_namespaces_left_over_processes_are_ended(other_user: Zygote) -> None:
    first = other_user.worker(LIMITS)
    begin(other_user, first, {}, "")
    first.cpu_clock()
    second = other_user.worker(LIMITS)
    begin(other_user, second, {}, "")
    assert ends(first._pid)
    first.close()
    second.close()
