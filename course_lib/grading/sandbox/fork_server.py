"""The judge's side of the walls: start a fork server, have it fork workers, see what holds."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.grading.sandbox.worker_client import (
    SETUP_SECONDS,
    Budget,
    SandboxError,
    Worker,
    WorkerEnded,
)
from course_lib.worker import protocol

FIRST_USER, USERS = 60800, 384
"""Student code runs as this user, or one of the next (one per job), where root is at hand.

No system gives these numbers to anyone; from 61184 on, systemd gives them to services.
"""

THREADS = 32
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Arrays of megabytes are used again and again: memory given back to the kernel each time
    # would have to be cleared each time. Where the system has large pages for those that ask,
    # it clears them faster.
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**27),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
ALONE = ("-P", "-s", "-S", "-B")  # options of an interpreter that reads nobody's folders
SAME_ORDER = {"PYTHONHASHSEED": "0"}  # of the texts in a set, on every machine


@dataclass
class ForkServer:
    """A running fork server of one level."""

    level: str  # "full", "user" or "limits"
    forbidden: tuple[str, ...] = ()  # what student code must not be able to read; workers try
    slot: int = 0  # number of the job, so that no two jobs share a user
    scratch_megabytes: int = 32  # size of a worker's own /tmp, and of the largest file

    def __post_init__(self) -> None:
        self.slot, self._claim = claim_slot(self.slot)
        self._config = self._configure()
        self._control, worker_end = socket.socketpair()
        package = os.path.dirname(protocol.__file__)
        with worker_end:
            self._process = subprocess.Popen(
                [sys.executable, *ALONE, package, str(worker_end.fileno())],
                pass_fds=[worker_end.fileno()],
                env=ENVIRONMENT | SAME_ORDER,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        try:
            self._control.settimeout(SETUP_SECONDS)
            config = self._config | {"data": _course_data().hex()}
            self._control.sendall(json.dumps(config).encode() + b"\n")
            with self._control.makefile() as lines:
                line = lines.readline()
            if not line:
                raise OSError("it hung up")
            said = json.loads(line)
        except OSError as error:
            self.close()
            raise SandboxError(f"the worker's first process ended: {error}") from error
        if not said["ready"]:
            self.close()
            raise SandboxError(said["why"], said["errno"])

    def _configure(self) -> dict[str, Any]:
        library = os.path.realpath(os.path.join(sys.base_prefix, "lib"))
        standard = os.path.dirname(os.path.realpath(os.__file__))
        numpy = os.path.dirname(os.path.realpath(np.__file__))
        libs = f"{numpy}.libs"
        return {
            "level": self.level,
            "user": FIRST_USER + self.slot,
            "python": [library, standard],
            "packages": [numpy, libs] if os.path.isdir(libs) else [numpy],
            "forbidden": list(self.forbidden),
            "scratch_megabytes": self.scratch_megabytes,
        }

    def worker(self, budget: Budget) -> Worker:
        """Fork a worker and return it once it has said that its walls hold.

        Raises
        ------
        SandboxError
            If they do not; nothing of a student has run then.
        """
        channel, worker_end = socket.socketpair()
        for end in (channel, worker_end):
            _widen(end)
        status, supervisor_end = socket.socketpair()
        cpu = int(budget.submission_seconds) + 5
        message = protocol.SPAWN.pack(protocol.SPAWN_MAGIC, cpu, THREADS, budget.memory)
        with worker_end, supervisor_end:
            ends = [worker_end.fileno(), supervisor_end.fileno()]
            try:
                socket.send_fds(self._control, [message], ends)
            except OSError as error:
                channel.close()
                status.close()
                raise SandboxError(f"the worker's first process is gone: {error}") from error
        return Worker(channel, status, cpu)

    def alive(self) -> bool:
        """Whether the fork server is still there."""
        return self._process.poll() is None

    def check(self, held: dict[str, Any]) -> None:
        """Raise SandboxError unless a worker's own attempts show that its walls hold."""
        wanted: dict[str, Any] = {"level": self.level}
        if self.level != "limits":
            for path, names in held["readable"].items():
                seen = set(names) - self._on_the_way(path)
                if seen:
                    raise SandboxError(f"{path} can be read ({', '.join(sorted(seen)[:3])})")
        if self.level == "full":
            wanted |= {"user": protocol.STUDENT, "process": 1, "sockets": False}
            wanted |= {"landlock": "", "seccomp": ""}
            if held.get("processes") not in ([], [1]):
                raise SandboxError(f"other processes are visible: {held.get('processes')}")
        elif self.level == "user":
            wanted["user"] = FIRST_USER + self.slot
        for name, value in wanted.items():
            if held.get(name) != value:
                raise SandboxError(f"{name}: {held.get(name)!r} instead of {value!r}")

    def _on_the_way(self, path: str) -> set[str]:
        """Names in a folder that are there because the interpreter lies below it."""
        config = self._config
        below = [Path(folder) for folder in config["python"] + config["packages"]]
        here = Path(os.path.realpath(path))
        return {path.relative_to(here).parts[0] for path in below if here in path.parents}

    def close(self) -> None:
        """End the fork server and, through it, every worker."""
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def claim_slot(first: int) -> tuple[int, int | None]:
    """Return a number that no other judge of this machine holds, from `first` on, and its lock.

    Users of sandboxes have numbers, and a user's processes are counted together: a fork bomb in
    one run must not keep another run on the same machine from forking. The lock ends with this
    process or when it is closed; where there are no such locks, `first` is returned.
    """
    first %= USERS
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    for number in (*range(first, USERS), *range(first)):
        path = Path(tempfile.gettempdir(), f"course-judge-{os.getuid()}-{number}.lock")
        try:
            lock = os.open(path, flags, 0o600)
        except OSError:
            break
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        return number, lock
    return first, None


def begin(
    server: ForkServer,
    worker: Worker,
    earlier: dict[str, str],
    prelude: str,
    example: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Have a new worker say what holds, check it, and give it what its exercise provides.

    With `example` (see `stubs.install_example`) the notebook's examples print their results.

    Raises
    ------
    SandboxError
        If the walls do not hold, or the exercise's own modules fail there.
    """
    question = {"earlier": earlier, "prelude": prelude, "example": example}
    try:
        said, held = worker.ask(protocol.START, question, SETUP_SECONDS, 5 * SETUP_SECONDS)
        if said != protocol.DONE:
            raise SandboxError(f"a worker could not be started: {held['text']}")
        server.check(held)
    except WorkerEnded as error:
        raise SandboxError(f"a worker could not be started: {error.text}") from error
    except SandboxError:
        worker.close()
        raise
    return held


def _widen(end: socket.socket) -> None:
    """Let a few megabytes lie in the channel, so that large arrays cross in few steps.

    Only root may go beyond the system's bound; below it the channel is slower and the same.
    """
    try:
        end.setsockopt(socket.SOL_SOCKET, 32, 2**22)  # SO_SNDBUFFORCE
    except OSError:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**22)


def _course_data() -> bytes:
    """What `course_lib.data` is in a worker: its source, and the digits."""
    from course_lib import data

    source = Path(data.__file__).read_text(encoding="utf-8")
    return protocol.encode({"source": source, "digits": data.digits()}, protocol.REQUEST)
