"""The judge's side of the walls: start a zygote, ask workers, end them, know what holds.

What a worker says is data. A call is answered by the one frame that carries its nonce; a worker
that says anything else, or anything unasked, is ended and costs the question it was asked.
CPU time is read from the kernel's clock for the worker's process, which its code cannot touch,
so a limit means the same on a busy machine; the clock on the wall is only the last resort.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.grading import confine, protocol
from course_lib.grading.protocol import ProtocolError

SPAWN = struct.Struct("<4sIIQ")
FIRST_USER = 61200
"""Student code runs as this user, or one of the next (one per job), where root is at hand."""

INSIDE_USER = 1000
THREADS = 32
SETUP_SECONDS = 60.0
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # Arrays of megabytes are used again and again: memory given back to the kernel each time
    # would have to be cleared each time.
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**27),
}
_STEPS = (0.002, 0.005, 0.01, 0.02)


class SandboxError(RuntimeError):
    """The walls could not be put up; no student code was run."""


class WorkerEnded(Exception):
    """A worker gave no answer and is gone.

    Parameters
    ----------
    kind : str
        ``"timeout"``, ``"crashed"`` or ``"reply"`` (it said something that is no answer).
    text : str
        One sentence.
    wall : bool
        Whether the clock on the wall ended it.
    starved : bool
        Whether a busy machine can have caused that: it wanted a processor and did not get one.
    """

    def __init__(self, kind: str, text: str, *, wall: bool = False, starved: bool = False) -> None:
        super().__init__(kind, text)
        self.kind, self.text, self.wall, self.starved = kind, text, wall, starved


@dataclass(frozen=True)
class Limits:
    """What one worker may use.

    Parameters
    ----------
    cpu_seconds : float
        CPU time of one question or cell.
    budget_seconds : float
        CPU time of one submission, all of its workers together.
    wall_seconds : float
        The backstop: time on the clock for one question or cell.
    memory : int
        Bytes of address space beside what Python and NumPy take.
    """

    cpu_seconds: float = 10.0
    budget_seconds: float = 120.0
    wall_seconds: float = 60.0
    memory: int = 1024 * 2**20


@dataclass(frozen=True)
class Isolation:
    """The level that is reached, by what it guarantees."""

    level: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    why: tuple[str, ...] = field(default=(), compare=False)

    def sentence(self) -> str:
        """Return one line for reports.

        >>> Isolation("full", ("own mounts",)).sentence()
        'full (own mounts)'
        """
        lacks = f"; without: {', '.join(self.lacks)}" if self.lacks else ""
        return f"{self.level} ({', '.join(self.holds)}{lacks})"


WITH_ROOT = "own user, root given up"
WITHOUT_ROOT = "own user namespace without rights"
FULL = (
    "own mounts: system read-only, nothing of the course, of submissions or of homes",
    "own processes",
    "no network",
    "own IPC",
    "landlock",
    "seccomp",
    "limits on CPU, memory, files, threads",
)
LIMITS = Isolation(
    "limits",
    ("own process", "limits on CPU, memory, files"),
    ("own user", "own mounts", "own processes", "no network", "landlock", "seccomp"),
)


@dataclass
class Zygote:
    """A running zygote of one level.

    Parameters
    ----------
    level : str
        ``"full"``, ``"user"`` or ``"limits"``.
    canaries : tuple of str
        Paths that student code must not be able to read; each worker tries them.
    slot : int
        Number of the job, so that no two jobs share a user.
    scratch_megabytes : int
        Size of a worker's own ``/tmp``, and of the largest file.
    """

    level: str
    canaries: tuple[str, ...] = ()
    slot: int = 0
    scratch_megabytes: int = 32

    def __post_init__(self) -> None:
        self._config = self._configure()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", _worker_file(), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        try:
            self._control.settimeout(SETUP_SECONDS)
            _send_json(self._control, self._config | {"data": _course_data().hex()})
            said = _receive_json(self._control)
        except OSError as error:
            self.close()
            raise SandboxError(f"the worker's first process ended: {error}") from error
        if not said["ready"]:
            self.close()
            raise SandboxError(said["why"])
        self.versions = f"Python {said['python']}, NumPy {said['numpy']}"

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
            "canaries": list(self.canaries),
            "scratch_megabytes": self.scratch_megabytes,
        }

    def worker(self, limits: Limits) -> Worker:
        """Fork a worker and return it once it has said that its walls hold.

        Raises
        ------
        SandboxError
            If they do not; nothing of a student has run then.
        """
        channel, theirs = socket.socketpair()
        for end in (channel, theirs):
            _widen(end)
        status, their_status = socket.socketpair()
        cpu = int(limits.budget_seconds) + 5
        message = SPAWN.pack(b"FRK\n", cpu, THREADS, limits.memory)
        with theirs, their_status:
            try:
                socket.send_fds(self._control, [message], [theirs.fileno(), their_status.fileno()])
            except OSError as error:
                channel.close()
                status.close()
                raise SandboxError(f"the worker's first process is gone: {error}") from error
        return Worker(channel, status)

    def alive(self) -> bool:
        """Whether the zygote is still there."""
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
            wanted |= {"user": INSIDE_USER, "process": 1, "sockets": False}
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
        below = [Path(one) for one in config["python"] + config["packages"]]
        here = Path(os.path.realpath(path))
        return {one.relative_to(here).parts[0] for one in below if here in one.parents}

    @property
    def process(self) -> int:
        """The zygote's process number."""
        return self._process.pid

    def close(self) -> None:
        """End the zygote and, through it, every worker."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Worker:
    """One process with one student's notebook in it."""

    def __init__(self, channel: socket.socket, status: socket.socket) -> None:
        self._channel, self._status = channel, status
        self._channel.setblocking(False)
        self._said = b""
        self._pid = 0
        self._clock = 0.0
        self.cpu_used = 0.0

    def ask(
        self, kind: int, question: dict[str, Any], cpu_seconds: float, wall_seconds: float
    ) -> tuple[int, Any]:
        """Send one question and return the kind and the content of its answer.

        Raises
        ------
        WorkerEnded
            If there is no answer within the limits, or something else came; the worker is
            closed then.
        """
        nonce = secrets.token_bytes(16)
        content = protocol.encode_parts(question, protocol.REQUEST)
        watch = _Watch(self, cpu_seconds, wall_seconds)
        try:
            self._nothing_yet()
            for part in protocol.frame(kind, nonce, content):
                self._send(part, watch)
            head = self._receive(protocol.HEADER.size, watch)
            said, theirs, length = protocol.header(head, protocol.ANSWERS, protocol.REPLY.total)
            payload = self._receive(length, watch)
            if theirs != nonce and not (said == protocol.FAILED and kind == protocol.START):
                raise ProtocolError("an answer came that belongs to no question")
            answer = protocol.decode(payload)
            watch.stop()
        except ProtocolError as error:
            self.close()
            raise WorkerEnded("reply", f"what came back is no answer: {error}") from error
        except WorkerEnded:
            self.close()
            raise
        return said, answer

    def _nothing_yet(self) -> None:
        try:
            early = self._channel.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            early = b""
        if early:
            raise ProtocolError("an answer came before its question")
        raise self._ended()

    def _send(self, message: protocol.Part, watch: _Watch) -> None:
        rest = memoryview(message)
        while rest:
            try:
                rest = rest[self._channel.send(rest) :]
            except BlockingIOError:
                watch.wait(self._channel, select.POLLOUT)
            except OSError:
                raise self._ended() from None

    def _receive(self, size: int, watch: _Watch) -> bytearray:
        payload = bytearray(size)
        view, position = memoryview(payload), 0
        while position < size:
            try:
                count = self._channel.recv_into(view[position:])
            except BlockingIOError:
                watch.wait(self._channel, select.POLLIN)
                continue
            except OSError:
                count = 0
            if not count:
                raise self._ended()
            position += count
        return payload

    def _ended(self) -> WorkerEnded:
        """Say how the process ended; its supervisor knows."""
        lines = self._listen(until=b"end ")
        how = next((line[4:] for line in lines if line.startswith(b"end ")), b"")
        failed = next((line[7:] for line in lines if line.startswith(b"failed ")), b"")
        if failed:
            raise SandboxError(failed.decode("utf-8", "replace"))
        code = int(how) if how else 0
        if how and os.WIFSIGNALED(code):
            number = os.WTERMSIG(code)
            if number in (signal.SIGXCPU, signal.SIGKILL):
                return WorkerEnded("timeout", "it used up its CPU time")
            return WorkerEnded("crashed", f"it ended the process (signal {number})")
        return WorkerEnded("crashed", "it ended the process")

    def _listen(self, until: bytes) -> list[bytes]:
        """Read the supervisor's lines until one begins with `until`, or it is gone."""
        self._status.settimeout(SETUP_SECONDS)
        while True:
            lines = self._said.split(b"\n")[:-1]
            if any(line.startswith(until) for line in lines):
                return lines
            try:
                part = self._status.recv(4096)
            except OSError:
                part = b""
            if not part:
                return lines
            self._said += part

    def cpu_clock(self) -> float | None:
        """CPU seconds this worker's process has used, or None where that cannot be read."""
        if not self._pid:
            for line in self._listen(until=b"pid "):
                if line.startswith(b"pid "):
                    self._pid = int(line[4:])
        if not self._pid or not hasattr(time, "clock_gettime"):
            return None
        try:
            used = time.clock_gettime((~self._pid << 3) | 2)
        except OSError:
            return None
        self.cpu_used = max(self.cpu_used, used)
        return used

    def queued(self) -> float | None:
        """Seconds its threads have waited for a processor, or None where that cannot be read."""
        waited = 0.0
        try:
            for thread in Path(f"/proc/{self._pid}/task").iterdir():
                waited += int((thread / "schedstat").read_text(encoding="ascii").split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return None
        return waited

    def close(self) -> None:
        """End the process; its supervisor sees that the judge has left, and kills it."""
        self._status.close()
        self._channel.close()


class _Watch:
    """The limits on one question."""

    def __init__(self, worker: Worker, cpu_seconds: float, wall_seconds: float) -> None:
        self._worker = worker
        self._cpu = cpu_seconds
        self._wall = wall_seconds
        self._began = worker.cpu_clock() or 0.0
        self._start = time.monotonic()
        self._step = 0

    def wait(self, channel: socket.socket, event: int) -> None:
        poll = select.poll()
        poll.register(channel, event)
        while not poll.poll(1000 * _STEPS[min(self._step, len(_STEPS) - 1)]):
            self._step += 1
            self.stop()
            if time.monotonic() - self._start > self._wall:
                raise WorkerEnded(
                    "timeout",
                    f"it gave no answer within {self._wall:g} seconds",
                    wall=True,
                    starved=self._starved(),
                )

    def _starved(self) -> bool:
        """Whether it waited for a processor for a tenth of the time; True where nobody knows."""
        waited = self._worker.queued()
        return waited is None or waited > 0.1 * self._wall

    def stop(self) -> None:
        used = self._worker.cpu_clock()
        if used is not None and used - self._began > self._cpu:
            raise WorkerEnded("timeout", f"it was stopped after {self._cpu:g} seconds of CPU time")


def find(wanted: str, canaries: tuple[str, ...] = ()) -> Isolation:
    """Return the best isolation this machine gives, found by trying.

    Parameters
    ----------
    wanted : str
        ``"full"`` (nothing less), ``"limits"`` (anything at all), or ``"best"`` (`full`, or
        another user where root is at hand).
    canaries : tuple of str
        Paths that student code must not be able to read.

    Raises
    ------
    SandboxError
        If less is reached than is wanted; the text says why and what can be done.
    """
    why = []
    levels = ["full"] if sys.platform == "linux" else []
    if sys.platform == "linux" and wanted != "full" and os.geteuid() == 0:
        levels.append("user")
    for level in levels:
        try:
            held = probe(level, canaries)
        except SandboxError as error:
            why.append(f"{level}: {error}")
            continue
        if level == "full":
            root = os.geteuid() == 0 and confine.exists(FIRST_USER)
            return Isolation("full", (WITH_ROOT if root else WITHOUT_ROOT, *FULL))
        filters = [name for name in ("landlock", "seccomp") if not held[name]]
        lacking = [f"{name} ({held[name]})" for name in ("landlock", "seccomp") if held[name]]
        return Isolation(
            "user",
            (
                "own user, root given up: references cannot be read nor results written",
                "limits on CPU, memory, files, threads",
                *filters,
            ),
            ("own mounts", "own processes", "no network", "own IPC", *lacking),
            tuple(why),
        )
    if wanted == "limits":
        probe("limits", ())
        return Isolation(LIMITS.level, LIMITS.holds, LIMITS.lacks, tuple(why))
    raise SandboxError(
        "student code cannot be shut in on this machine: "
        + ("; ".join(why) or f"{sys.platform} has no namespaces")
        + ". Mark on Linux where namespaces are allowed, or pass `--isolation limits`: "
        "processes with limits alone, for trusted students only."
    )


def probe(level: str, canaries: tuple[str, ...]) -> dict[str, Any]:
    """Put up the walls of one level once, and return what a worker found by trying.

    Raises
    ------
    SandboxError
        If the level is not reached.
    """
    zygote = Zygote(level, canaries)
    try:
        worker = zygote.worker(Limits())
        held = begin(zygote, worker, {}, "")
        worker.close()
        return held
    finally:
        zygote.close()


def begin(zygote: Zygote, worker: Worker, earlier: dict[str, str], prelude: str) -> dict[str, Any]:
    """Have a new worker say what holds, check it, and give it what its exercise provides.

    Raises
    ------
    SandboxError
        If the walls do not hold, or the exercise's own modules fail there.
    """
    question = {"earlier": earlier, "prelude": prelude}
    try:
        said, held = worker.ask(protocol.START, question, SETUP_SECONDS, 5 * SETUP_SECONDS)
    except WorkerEnded as error:
        raise SandboxError(f"a worker could not be started: {error.text}") from error
    if said != protocol.DONE:
        worker.close()
        raise SandboxError(f"a worker could not be started: {held['text']}")
    try:
        zygote.check(held)
    except SandboxError:
        worker.close()
        raise
    return held


def _widen(end: socket.socket) -> None:
    """Let a few megabytes lie in the channel, so that large arrays cross in few steps.

    Only root may go beyond the system's bound; below it the channel is slower and the same.
    """
    force = 32  # SO_SNDBUFFORCE
    try:
        end.setsockopt(socket.SOL_SOCKET, force, 2**22)
    except OSError:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**22)


def _worker_file() -> str:
    return str(Path(__file__).with_name("worker.py"))


def _course_data() -> bytes:
    """What `course_lib.data` is in a worker: its source, and the digits."""
    from course_lib import data

    source = Path(data.__file__).read_text(encoding="utf-8")
    return protocol.encode({"source": source, "digits": data.digits()}, protocol.REQUEST)


def _send_json(control: socket.socket, said: dict[str, Any]) -> None:
    text = json.dumps(said).encode()
    control.sendall(struct.pack("<I", len(text)) + text)


def _receive_json(control: socket.socket) -> dict[str, Any]:
    size = struct.unpack("<I", _exactly(control, 4))[0]
    return json.loads(_exactly(control, size))


def _exactly(control: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = control.recv(size - len(parts))
        if not part:
            raise OSError("it hung up")
        parts += part
    return parts
