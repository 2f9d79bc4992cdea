"""The process that runs student code, and the one it is forked from.

The fork server is a fresh interpreter (see `__main__.py`) with an environment of a few settings: it
builds the file system it wants to see, imports what student code may import, gives up root for
good, and then forks once for every worker it is asked for. It has never held a reference, a seed,
or another student's work.

A worker is two processes: a supervisor, which waits and runs nothing of the student's, and its
child (process 1 of its own namespace where there is one), which isolates itself and then answers
the judge: take this cell, call that function. See grading/THREATS.md for who holds what.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import platform
import select
import signal
import socket
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from . import answering, confine, protocol, seccomp, stubs

JUDGE = 3  # a worker's descriptor of the channel

# The standard library's modules that notebooks ask for: imported once, not in every worker.
IMPORTED_FIRST = """
    abc argparse array ast bisect cmath collections.abc contextlib copy csv dataclasses datetime
    decimal encodings.ascii encodings.idna encodings.latin_1 encodings.unicode_escape
    encodings.utf_16 enum fractions functools heapq html inspect io itertools json linecache
    logging math numbers operator os.path pathlib pickle pprint random re shutil statistics
    string tempfile textwrap threading time timeit traceback types typing unittest urllib.parse
    uuid warnings weakref zlib numpy.fft numpy.lib.stride_tricks numpy.linalg numpy.ma
    numpy.polynomial numpy.random numpy.testing numpy.typing
"""


class WithoutListing(importlib.abc.MetaPathFinder):
    """Finds modules by their files' names, in folders that may not be listed.

    At the level `user` landlock shows the modules of a folder and not the folder. An interpreter
    may also lie behind a closed folder, such as root's home: then the folders of modules are opened
    before root is given up, and reached through their descriptors.
    """

    def __init__(self, folders: list[str]) -> None:
        flags = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
        self.opened: dict[str, int] = {}
        for folder in folders:
            low = os.open(folder, flags)
            self.opened[folder] = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, JUDGE + 1)
            os.close(low)

    def close(self) -> None:
        """Look for the folders by their names from now on."""
        for descriptor in self.opened.values():
            os.close(descriptor)
        self.opened = {}

    def reached(self, path: str) -> str:
        """Return `path` by way of the open folder around it, or as it is."""
        for folder, descriptor in self.opened.items():
            if path == folder or path.startswith(f"{folder}/"):
                return f"/proc/self/fd/{descriptor}{path[len(folder) :]}"
        return path

    def find_spec(
        self, name: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module where the usual finder looks for it."""
        tail = name.rpartition(".")[2]
        for place in sys.path if path is None else path:
            package = f"{place}/{tail}"
            for ending in ("/__init__.py", ".py", *importlib.machinery.EXTENSION_SUFFIXES):
                file = self.reached(package) + ending
                if os.path.isfile(file):
                    inside = [package] if ending.startswith("/") else None
                    return importlib.util.spec_from_file_location(
                        name, file, submodule_search_locations=inside
                    )
        return None


@dataclass
class Server:
    """The process all workers are forked from; `ForkServer` has its configuration."""

    control: socket.socket
    level: str
    user: int
    python: list[str]
    packages: list[str]
    forbidden: list[str]
    scratch_megabytes: int
    data: str

    def __post_init__(self) -> None:
        # Root in a namespace of one user has nobody to become: it is an ordinary user outside.
        self.root = os.geteuid() == 0 and (sys.platform != "linux" or confine.exists(self.user))
        self.pid = os.getpid()
        self.kept: list[int] = []  # descriptors that a worker needs
        self.readable, self.writable = ["/"], ["/tmp", "/dev/null"]  # by landlock

    def prepare(self) -> None:
        """Put up the walls that every worker shares, then import, then give up root."""
        judge = os.getppid()
        os.umask(0o022)  # the caller's own may hide from the worker what is made for it here
        confine.die_with_parent(judge)
        if self.level == "full":
            self._new_root()
            if self.root:
                confine.give_up_root(self.user, self.user)
                self._can_import([*self.python[1:], *self.packages])
        self._import()
        if self.level == "user":
            roots = [*self.python, *confine.SYSTEM]
            folders = [folder for path in roots for folder in confine.without_packages(path)]
            self.readable = [*folders, *self.packages, *confine.SYSTEM_FILES, *confine.DEVICES]
            self.writable = ["/dev/null"]
            self._give_up_root_here()
        confine.die_with_parent(judge)  # the change of user has cleared the first one
        if sys.platform == "linux":
            confine.prctl(confine.PR_SET_DUMPABLE, 0, "not dumpable")
            confine.prctl(confine.PR_SET_CHILD_SUBREAPER, 1, "reap what is left over")
        gc.collect()
        gc.freeze()
        self.space = _address_space()

    def _give_up_root_here(self) -> None:
        """Give up root without mounts; keep what student code imports within reach."""
        folders = [os.path.realpath(path) for path in (*self.python[1:], *self.packages)]
        finder = WithoutListing(folders)
        confine.give_up_root(self.user, self.user)
        # An open folder is a way to those around it, which landlock closes.
        if not confine.landlock_version() or all(os.access(folder, os.X_OK) for folder in folders):
            finder.close()
        self._can_import([finder.reached(folder) for folder in folders])
        self.kept = sorted(finder.opened.values())
        self.readable = [finder.reached(path) for path in self.readable]
        usual = sys.meta_path.index(importlib.machinery.PathFinder)
        sys.meta_path.insert(usual + 1, finder)

    def _can_import(self, folders: list[str]) -> None:
        """Raise PermissionError where the user that root became cannot read every module."""
        closed = confine.unreadable(folders)
        if closed:
            raise PermissionError(
                f"Python or NumPy was installed where root alone can read it ({closed}), and "
                "student code does not run as root. Install both where everyone can read them, "
                "for example below /opt with umask 022, or allow it: chmod go+rX on that path and "
                "chmod go+x on the folders above it"
            )

    def _new_root(self) -> None:
        uid, gid = os.geteuid(), os.getegid()
        if self.root:
            confine.unshare(confine.CLONE_NEWNS)
        else:
            confine.unshare(confine.CLONE_NEWUSER | confine.CLONE_NEWNS)
            confine.map_user(uid, gid, protocol.STUDENT)
        confine.build_root(platform.machine(), self.python, self.packages)

    def _import(self) -> None:
        """Import of the standard library what notebooks ask for, and put the stubs in place."""
        for name in IMPORTED_FIRST.split():
            importlib.import_module(name)
        stubs.install()
        stubs.install_data(**protocol.decode(bytes.fromhex(self.data), protocol.REQUEST))
        # A submission's own draws are the same each time it is marked.
        np.random.seed(0)
        sys.modules["random"].seed(0)

    def run(self) -> None:
        """Fork a worker whenever the judge asks, until it hangs up."""
        while True:
            message, descriptors, _, _ = socket.recv_fds(self.control, protocol.SPAWN.size, 2)
            _reap()
            if len(message) != protocol.SPAWN.size or len(descriptors) != 2:
                return
            magic, cpu, threads, memory = protocol.SPAWN.unpack(message)
            assert magic == protocol.SPAWN_MAGIC
            if self.level == "user":
                # Without a process namespace this is what ends a left-over process: everything
                # of this user, which is the workers' alone, but for the caller itself.
                assert os.getuid() == self.user != 0
                _try_kill(-1)
            channel, status = descriptors
            pid = os.fork()
            if pid == 0:
                self.control.close()
                _last(self.supervise, channel, status, (cpu, threads, memory))
            os.close(channel)
            os.close(status)

    def supervise(self, channel: int, status: int, limits: tuple[int, int, int]) -> None:
        """Make the namespaces, fork process 1, wait for it, and end it when the judge leaves."""
        try:
            confine.die_with_parent(self.pid)
            if self.level == "full":
                self._namespaces()
        except OSError as error:
            os.write(status, f"failed {error.errno or 0} {error.strerror or error}\n".encode())
            return
        wakeup, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _last(self.work, channel, supervisor, limits)
        os.close(channel)
        os.write(status, f"pid {pid}\n".encode())
        poll = select.poll()
        poll.register(wakeup, select.POLLIN)
        poll.register(status, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if wakeup in ready:
                os.read(wakeup, 64)
                ended, how = os.waitpid(pid, os.WNOHANG)
                if ended:
                    os.write(status, f"end {how}\n".encode())
                    os._exit(0)
            if status in ready:  # the judge never writes here: it has closed its end
                _try_kill(pid)
                os.waitpid(pid, 0)
                os._exit(0)

    def _namespaces(self) -> None:
        uid, gid = os.getuid(), os.getgid()
        # Only a dumpable process may write its own map of users.
        confine.prctl(confine.PR_SET_DUMPABLE, 1, "dumpable")
        confine.unshare(confine.CLONE_NEW)
        confine.map_user(uid, gid, protocol.STUDENT)
        confine.prctl(confine.PR_SET_DUMPABLE, 0, "not dumpable")
        confine.private_mounts(self.scratch_megabytes, [*self.python, *self.packages])

    def work(self, channel: int, supervisor: int, limits: tuple[int, int, int]) -> None:
        """Isolate this process, say what holds, then answer the judge."""
        os.dup2(channel, JUDGE)
        for below, above in zip([JUDGE, *self.kept], [*self.kept, 4096], strict=True):
            os.closerange(below + 1, above)
        with socket.socket(fileno=JUDGE) as judge:
            try:
                held = self._isolate(supervisor, *limits)
            except Exception as error:
                why = f"{type(error).__name__}: {error}"
                text = protocol.encode({"kind": "setup", "text": why, "line": 0})
                judge.sendall(b"".join(protocol.frame(protocol.FAILED, bytes(16), [text])))
                return
            answering.answer(judge, held)

    def _isolate(self, supervisor: int, cpu: int, threads: int, memory: int) -> dict[str, Any]:
        """Put up this process's own walls, in the one order the kernel allows."""
        inside = self.level == "full"
        held: dict[str, Any] = {"landlock": "not asked for", "seccomp": "not asked for"}
        # A process namespace hides the supervisor: the parent's number reads 0 there.
        confine.die_with_parent(0 if inside else supervisor)
        if inside:
            confine.private_proc()
            confine.drop_capabilities()
        confine.limit(self.space + memory, cpu, threads, self.scratch_megabytes * 2**20)
        if sys.platform == "linux":
            confine.prctl(confine.PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")
            held.update(self._filters())
        return held | {"level": self.level} | _look_around(self.forbidden)

    def _filters(self) -> dict[str, Any]:
        """Apply landlock and seccomp; at the lower levels as far as the kernel has them."""
        held: dict[str, Any] = {}
        if self.level == "limits":
            return held
        landlock = partial(confine.landlock, self.readable, self.writable)
        for name, apply in (("landlock", landlock), ("seccomp", seccomp.install)):
            held[name] = ""
            try:
                apply()
            except (OSError, ValueError) as error:
                if self.level == "full":
                    raise
                held[name] = str(error)
        return held


def _last(run: Any, *args: Any) -> None:
    """Run a forked child's part; it never returns into the loop of its parent."""
    try:
        run(*args)
    finally:
        os._exit(0)


def _reap() -> None:
    """Take note of every child that has ended, also those that others left behind."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _try_kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _address_space() -> int:
    """Bytes of address space in use, which the limit on memory comes on top of."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError):
        return 2**30
    return pages * os.sysconf("SC_PAGE_SIZE")


def _look_around(forbidden: list[str]) -> dict[str, Any]:
    """Try what must not be possible, from where student code will stand."""
    readable = {}
    for path in forbidden:
        with contextlib.suppress(OSError):
            if os.path.isdir(path):
                readable[path] = sorted(os.listdir(path))[:100]
            else:
                os.close(os.open(path, os.O_RDONLY))
                readable[path] = ["."]
    held: dict[str, Any] = {"readable": readable, "user": os.getuid(), "process": os.getpid()}
    held |= {"processes": [], "sockets": False}
    with contextlib.suppress(OSError):
        held["processes"] = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
    with contextlib.suppress(OSError):
        socket.socketpair()
        held["sockets"] = True
    return held


def serve(control: socket.socket, config: dict[str, Any]) -> None:
    """Be the fork server: say whether the walls hold, then fork a worker for each request."""
    server = Server(control, **config)
    try:
        server.prepare()
        said: dict[str, Any] = {"ready": True}
    except OSError as error:
        said = {"ready": False, "why": str(error.strerror or error), "errno": error.errno or 0}
    except Exception as error:
        said = {"ready": False, "why": f"{type(error).__name__}: {error}", "errno": 0}
    control.sendall(json.dumps(said).encode() + b"\n")
    if said["ready"]:
        server.run()
