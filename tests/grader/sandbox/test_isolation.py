"""Each wall holds, tried from inside a worker and checked from outside."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from grader.sandboxed import BUDGET, alive, answer, ends, runner_of
from needs import absent

from course_lib.checks.student_call import StudentError
from course_lib.grading.sandbox.fork_server import (
    FIRST_USER,
    USERS,
    ForkServer,
    begin,
    claim_slot,
)
from course_lib.grading.sandbox.isolation import find, probe
from course_lib.grading.sandbox.worker_client import SandboxError
from course_lib.worker import protocol

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
def test_what_no_numpy_function_needs_is_refused(server: ForkServer, body: str) -> None:
    if "ctypes" in body:
        assert answer(server, body) == -1  # a C function's word for "refused"
        return
    with pytest.raises(StudentError, match=r"ermi|Read-only|No such file|not allowed") as caught:
        answer(server, body)
    assert caught.value.kind == "raised"


def test_root_is_gone_and_cannot_come_back(server: ForkServer) -> None:
    ids = answer(server, "import os; return [*os.getresuid(), *os.getresgid(), *os.getgroups()]")
    assert set(ids) - {65534} == {protocol.STUDENT}
    text = answer(server, "return open('/proc/self/status').read()")
    status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_only_libraries_can_be_seen(server: ForkServer, forbidden_file: Path) -> None:
    seen = answer(server, "import os; return os.listdir('/')")
    first = {Path(path).parts[1] for path in (os.__file__, str(Path(np_file())))}
    assert set(seen) <= {"tmp", "proc", "dev", "etc", "usr", "lib", "lib32", "lib64"} | first
    for path in (forbidden_file, Path(__file__), Path(__file__).parents[3] / "solutions"):
        with pytest.raises(StudentError, match="No such file"):
            answer(server, f"return open({str(path)!r}).read()")
    packages = Path(np_file()).parents[1]
    if packages.is_relative_to("/tmp"):  # the worker's own /tmp covers what lies below the system's
        assert answer(server, "import os; return os.listdir('/tmp')") == []
        return
    names = answer(server, f"import os; return os.listdir({str(packages)!r})")
    assert {name.split(".")[0] for name in names} == {"numpy"}


def test_every_mount_but_its_own_is_read_only(server: ForkServer) -> None:
    text = answer(server, "return open('/proc/self/mountinfo').read()")
    writable = {line.split()[4] for line in text.splitlines() if line.split()[5][:2] != "ro"}
    assert writable <= {
        "/tmp",
        "/proc",
        *(f"/dev/{n}" for n in ("null", "zero", "random", "urandom")),
    }
    assert len(text.splitlines()) > len(writable)


def test_every_namespace_is_its_own(server: ForkServer) -> None:
    if os.geteuid() != 0:
        absent("root", "run the tests as root, as CI does")
    worker = server.worker(BUDGET)
    begin(server, worker, {}, "")
    worker.cpu_clock()
    for name in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup"):
        places = [os.readlink(f"/proc/{who}/ns/{name}") for who in ("self", worker._pid)]
        assert len(set(places)) == 2, name
    worker.close()


def np_file() -> str:
    """Where NumPy lies."""
    import numpy

    return os.path.realpath(numpy.__file__)


def test_only_its_own_process_can_be_seen(server: ForkServer) -> None:
    body = "import os; return os.getpid(), sorted(n for n in os.listdir('/proc') if n.isdigit())"
    assert answer(server, body) == (1, ["1"])


def test_nobody_hears_it_on_the_network(server: ForkServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        with pytest.raises(StudentError, match="not permitted"):
            answer(server, f"import socket; socket.create_connection(('127.0.0.1', {port}))")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_tmp_is_its_own_and_empty(server: ForkServer) -> None:
    write = "import os; open('/tmp/for-the-next', 'w').close(); return os.listdir('/tmp')"
    assert answer(server, write) == ["for-the-next"]
    assert answer(server, "import os; return os.listdir('/tmp')") == []
    assert not Path("/tmp/for-the-next").exists()


def test_the_environment_holds_nothing_of_the_teacher(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEACHERS_TOKEN", "secret")
    names = answer(server, "import os; return sorted(os.environ)")
    ours = ("OPENBLAS", "OMP", "MKL", "MALLOC", "GLIBC", "LC", "PYTHONHASHSEED")
    assert all(name.split("_")[0] in ours for name in names)


def test_a_verdict_holds_nothing_that_differs_from_run_to_run(server: ForkServer) -> None:
    order = "return [name for name in {'W1', 'b1', 'W2', 'b2', 'W3', 'b3'}]"
    raises = "raise ValueError(object(), list({'W1', 'b1', 'W2'}))"
    said = []
    again = ForkServer("full")
    for host in (server, again):
        with pytest.raises(StudentError) as caught:
            answer(host, raises)
        said.append((answer(host, order), caught.value.text))
    again.close()
    assert said[0] == said[1]
    assert "object at 0x…>" in said[0][1]


def test_only_the_channel_is_open(server: ForkServer) -> None:
    body = "import os\nfound = []\nfor n in range(4096):\n"
    body += "    try: found.append((n, os.fstat(n).st_mode >> 12))\n    except OSError: pass\n"
    null, channel = 0o2, 0o14  # a device, a socket
    assert answer(server, body + "return found") == [
        *((n, null) for n in range(3)),
        (3, channel),
    ]


# --- the judge leaves -----------------------------------------------------------------------


def test_a_worker_ends_when_the_judge_hangs_up(server: ForkServer) -> None:
    worker = server.worker(BUDGET)
    begin(server, worker, {}, "")
    worker.cpu_clock()
    assert alive(worker._pid)
    worker.close()
    assert ends(worker._pid)


def test_a_busy_worker_ends_with_the_fork_server() -> None:
    try:
        server = ForkServer("full")
    except SandboxError as error:
        absent(f"full isolation ({error})", "a Linux kernel that allows user namespaces")
    runner = runner_of(server, "import time", "def f(): time.sleep(1000)")
    runner._ready()
    worker = runner._worker
    assert worker is not None
    worker.cpu_clock()

    def ask() -> None:
        with pytest.raises(StudentError):
            runner.call("f")

    asking = threading.Thread(target=ask)
    asking.start()
    server._process.kill()
    assert ends(worker._pid)
    asking.join()
    server.close()


# --- which level is reached -----------------------------------------------------------------


def test_a_readable_forbidden_path_fails_the_walls_and_nothing_runs(server: ForkServer) -> None:
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


def test_every_wall_that_does_not_hold_is_noticed(server: ForkServer) -> None:
    worker = server.worker(BUDGET)
    held = begin(server, worker, {}, "")
    worker.close()
    assert set(BROKEN) == set(held)
    for name, value in BROKEN.items():
        for broken in (held | {name: value}, {key: held[key] for key in held if key != name}):
            with pytest.raises((SandboxError, KeyError)):
                server.check(broken)


def test_limits_alone_are_refused_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(level: str, forbidden: tuple[str, ...]) -> dict:
        if level == "limits":
            return {}
        raise SandboxError("not on this machine")

    monkeypatch.setattr("course_lib.grading.sandbox.isolation.probe", fails)
    for wanted in ("best", "full"):
        with pytest.raises(SandboxError, match="for trusted students only"):
            find(wanted)
    isolation = find("limits")
    assert isolation.level == "limits"
    assert "own mounts" in isolation.lacks
    assert isolation.sentence().startswith("limits, for trusted students only (")


@pytest.fixture
def other_user(forbidden_file: Path) -> Iterator[ForkServer]:
    """A fork server at the level `user`: root at hand, but no namespaces."""
    if os.geteuid() != 0:
        absent("root", "run the tests as root, as CI does")
    forbidden_file.chmod(0o600)
    made = ForkServer("user", (str(forbidden_file),), slot=7)
    yield made
    made.close()
    forbidden_file.chmod(0o666)


def test_without_namespaces_another_user_runs_the_code(
    other_user: ForkServer, forbidden_file: Path
) -> None:
    ids = answer(other_user, "import os; return os.getresuid()")
    assert ids == (FIRST_USER + other_user.slot,) * 3
    assert FIRST_USER + USERS <= 61184, "a number that systemd gives to services"
    for body in (
        f"open({str(forbidden_file)!r}).read()",
        f"open({str(forbidden_file)!r}, 'w')",
        f"open('/tmp/{forbidden_file.parent.name}-new', 'w')",
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
    other_user: ForkServer, forbidden_file: Path
) -> None:
    forbidden_file.chmod(0o666)
    worker = other_user.worker(BUDGET)
    lacking = begin(other_user, worker, {}, "")["landlock"]
    worker.close()
    if lacking:
        absent(f"landlock ({lacking})", "a Linux kernel that has it")
    for body in (f"open({str(forbidden_file)!r}).read()", f"open({str(forbidden_file)!r}, 'w')"):
        with pytest.raises(StudentError, match="Permission"):
            answer(other_user, body)


def test_without_namespaces_left_over_processes_are_ended(other_user: ForkServer) -> None:
    first = other_user.worker(BUDGET)
    begin(other_user, first, {}, "")
    first.cpu_clock()
    second = other_user.worker(BUDGET)
    begin(other_user, second, {}, "")
    assert ends(first._pid)
    first.close()
    second.close()
