"""The walls around student code, as calls to the Linux kernel: namespaces, mounts, landlock.

Each function does one thing and raises OSError when the kernel refuses. Python 3.11 has no
`os.unshare`, so the calls go through ctypes. The order in which they are put together is the
worker's; which of them hold is found out by trying (see isolation.py), never by asking for a
version.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
CLONE_NEW = 0x7E020000  # these two, and NEWPID, NEWNET, NEWIPC, NEWUTS, NEWCGROUP

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 32, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

# Calls without a wrapper in every C library. Their numbers are the same on all machines but
# pivot_root's.
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "arm64": 41}
SYS_MOUNT_SETATTR = 442
SYS_LANDLOCK_CREATE, SYS_LANDLOCK_ADD, SYS_LANDLOCK_RESTRICT = 444, 445, 446

AT_FDCWD, AT_RECURSIVE = -100, 0x8000
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4

# Directories of the system that hold libraries and nothing of anyone's; links stay links.
SYSTEM = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/etc/alternatives")
SYSTEM_FILES = ("/etc/ld.so.cache",)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
PACKAGES = ("site-packages", "dist-packages")

_libc = ctypes.CDLL(None, use_errno=True)


def _call(what: str, function: Any, *args: Any) -> int:
    """Call a C function; raise OSError, which begins with `what`, where it fails."""
    result: int = function(*map(_argument, args))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _argument(value: Any) -> Any:
    """A number takes a whole register, also where C is not told that it should."""
    if isinstance(value, int):
        return ctypes.c_long(value)
    return os.fsencode(value) if isinstance(value, str) else value


def prctl(option: int, value: int, what: str) -> None:
    """Set one property of this process."""
    _call(what, _libc.prctl, option, value, 0, 0, 0)


def die_with_parent(parent: int) -> None:
    """Have Linux end this process when its parent ends, and end it if that has happened.

    The kernel forgets this wish whenever the user changes, so it is asked again after that.
    """
    if sys.platform != "linux":
        return
    prctl(PR_SET_PDEATHSIG, 9, "die with the parent")
    if os.getppid() != parent:
        os._exit(1)


def unshare(flags: int) -> None:
    """Leave the shared namespaces named in `flags`."""
    _call("unshare", _libc.unshare, flags)


def map_user(uid: int, gid: int, inside: int) -> None:
    """Be user and group `inside` in a new user namespace, and nobody else."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside} {uid} 1"),
        ("gid_map", f"{inside} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def exists(uid: int) -> bool:
    """Whether there is such a user where this process stands; a user namespace may have few."""
    with open("/proc/self/uid_map", encoding="utf-8") as file:
        ranges = [tuple(map(int, line.split())) for line in file]
    return any(first <= uid < first + count for first, _, count in ranges)


def give_up_root(uid: int, gid: int) -> None:
    """Become another user in all three user and group ids, without a way back."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    try:
        os.setuid(0)
    except PermissionError:
        return
    raise PermissionError("root was given up, and came back")


def unreadable(folders: list[str]) -> str:
    """Return the first module below some folders that this process cannot read, or ''.

    Student code imports at any time. A module that only root can read would be missing for it,
    and what a notebook is worth would depend on where Python was installed.
    """
    for folder in folders:
        try:
            os.stat(folder)
        except FileNotFoundError:
            continue
        except OSError:
            return folder
        if not os.access(folder, os.R_OK | os.X_OK):
            return folder
        for path, inside, files in os.walk(folder):
            inside[:] = [name for name in inside if name not in (*PACKAGES, "__pycache__")]
            wanted = dict.fromkeys(inside, os.R_OK | os.X_OK)
            wanted |= {name: os.R_OK for name in files if name.endswith((".py", ".so"))}
            for name, mode in wanted.items():
                if not os.access(os.path.join(path, name), mode):
                    return os.path.join(path, name)
    return ""


def mount(
    source: str | None, target: str, kind: str | None, flags: int, data: str | None = None
) -> None:
    """Mount `source` on `target`."""
    _call(f"mount {target}", _libc.mount, source, target, kind, flags, data)


def read_only(target: str) -> None:
    """Make a mount and everything mounted below it read-only, without devices or setuid."""
    attributes = struct.pack("<QQQQ", ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, 0, 0, 0)
    how = (AT_FDCWD, target, AT_RECURSIVE, attributes, len(attributes))
    _call(f"read-only {target}", _libc.syscall, SYS_MOUNT_SETATTR, *how)


def build_root(machine: str, python: list[str], packages: list[str]) -> None:
    """Replace the file system of this mount namespace by one with libraries and nothing else.

    `machine` is ``platform.machine()``, `python` the directories of the interpreter and its
    standard library. The directories of `packages` (NumPy) are shown at their own path, while every
    folder of installed packages around them is empty.
    """
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m")
    os.chdir("/tmp")
    os.mkdir("old")
    _call("pivot_root", _libc.syscall, SYS_PIVOT_ROOT[machine], ".", "old")
    os.chdir("/")
    shown: list[str] = []
    for path in [*SYSTEM, *python]:
        _show(path, shown)
    for path in SYSTEM_FILES:
        if os.path.isfile("/old" + path):
            _show(path, shown)
    covered = {folder for path in shown for folder in _package_folders(path)}
    for folder in sorted(covered):
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
    for path in packages:
        _show(path, shown, again=True)
    for folder in covered:
        read_only(folder)
    for path in DEVICES:
        _show(path, shown, device=True)
    for folder in ("/proc", "/tmp"):
        os.makedirs(folder, exist_ok=True)
    mount("/old/proc", "/proc", None, MS_BIND | MS_REC)
    with open("/etc/passwd", "w", encoding="ascii") as file:
        file.write("student:x:1000:1000:student:/tmp:/nonexistent\n")
    _call("umount the old root", _libc.umount2, "/old", MNT_DETACH)
    os.rmdir("/old")
    mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _show(path: str, shown: list[str], *, again: bool = False, device: bool = False) -> None:
    """Bind `path` of the old root to the same path of the new one, read-only."""
    old = "/old" + path
    if not os.path.lexists(old) or (not again and any(_inside(path, folder) for folder in shown)):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.islink(old) and not device:
        if not os.path.lexists(path):
            os.symlink(os.readlink(old), path)
        _show(os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(old))), shown)
        return
    if os.path.isdir(old):
        os.makedirs(path, exist_ok=True)
    elif not os.path.lexists(path):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(old, path, None, MS_BIND | MS_REC)
    if not device:
        read_only(path)
    shown.append(path)


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _package_folders(root: str) -> list[str]:
    """Folders of installed packages at most two levels below `root`."""
    return [
        str(path)
        for depth in ("", "*/", "*/*/")
        for name in PACKAGES
        for path in Path(root).glob(depth + name)
        if path.is_dir() and not path.is_symlink()
    ]


def without_packages(folder: str) -> list[str]:
    """Paths that together show a folder without the folders of installed packages in it."""
    if not os.path.isdir(folder) or os.path.basename(folder) in PACKAGES:
        return []
    folder = os.path.realpath(folder)
    inside = _package_folders(folder)
    if not inside:
        return [folder]
    paths = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            paths.append(path)
        elif any(_inside(package, path) for package in inside):
            paths += without_packages(path)
        elif os.path.isdir(path):
            paths.append(path)
    return paths


def private_mounts(megabytes: int, libraries: list[str]) -> None:
    """Give this mount namespace an empty ``/tmp`` of its own, of at most that size.

    The folders of `libraries` stay visible where they lie, also below ``/tmp``: an interpreter may
    have been installed there, and student code imports from it at any time.
    """
    options = f"mode=1777,size={megabytes}m,nr_inodes=4096"
    shown: list[str] = []
    for path in sorted(libraries):
        if _inside(os.path.normpath(path), "/tmp") and not any(_inside(path, a) for a in shown):
            shown.append(path)
    places = [os.open(path, os.O_PATH | os.O_CLOEXEC) for path in shown]
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    for path, place in zip(shown, places, strict=True):
        os.makedirs(path)
        mount(f"/proc/self/fd/{place}", path, None, MS_BIND | MS_REC)
        os.close(place)
    os.chdir("/tmp")


def private_proc() -> None:
    """Show the processes of this process namespace in ``/proc``, and nothing of the machine.

    Containers often cover parts of ``/proc``, and the kernel then allows no other one; where it
    is too old or unwilling, ``/proc`` is empty.
    """
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    try:
        mount("proc", "/proc", "proc", flags, "subset=pid")
    except OSError:
        mount("tmpfs", "/proc", "tmpfs", flags | MS_RDONLY, "size=4k")


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def drop_capabilities() -> None:
    """Give up every capability, also those held in a namespace of one's own."""
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    capset = _CapabilityHeader(0x20080522, 0)
    _call("capset", _libc.capset, ctypes.byref(capset), (ctypes.c_uint32 * 6)())


def limit(memory: int, cpu_seconds: int, threads: int, file_bytes: int) -> None:
    """Bound what this process may use; both the soft and the hard limit are set."""
    bounds = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": cpu_seconds,
        "RLIMIT_AS": memory,
        "RLIMIT_FSIZE": file_bytes,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_NPROC": threads,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_RTPRIO": 0,
    }
    for name, value in bounds.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))


READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
WRITE_FILE, TRUNCATE = 1 << 1, 1 << 14
MAKE_OR_REMOVE = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8  # folders and regular files, nothing else
_LANDLOCK_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # number of file rights by version of the kernel


def landlock_version() -> int:
    """Return the version of landlock this kernel speaks, 0 where there is none."""
    try:
        return _call("landlock", _libc.syscall, SYS_LANDLOCK_CREATE, None, 0, 1)
    except OSError:
        return 0


def landlock(readable: list[str], writable: list[str]) -> None:
    """Forbid every file outside these folders, every TCP port, and signals to outside."""
    version = landlock_version()
    rights = (1 << _LANDLOCK_RIGHTS.get(version, 16)) - 1
    network = 0b11 if version >= 4 else 0
    scopes = 0b11 if version >= 6 else 0
    attributes = struct.pack("<QQQ", rights, network, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _call("landlock", _libc.syscall, SYS_LANDLOCK_CREATE, attributes, size, 0)
    reading = READ_FILE | READ_FOLDER
    writing = reading | WRITE_FILE | TRUNCATE | MAKE_OR_REMOVE
    for paths, allowed in ((readable, reading), (writable, writing)):
        for path in paths:
            if os.path.exists(path):
                _landlock_allow(ruleset, path, allowed & rights)
    try:
        _call("landlock", _libc.syscall, SYS_LANDLOCK_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _landlock_allow(ruleset: int, path: str, allowed: int) -> None:
    if not os.path.isdir(path):
        allowed &= READ_FILE | WRITE_FILE | TRUNCATE
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("<Qi", allowed, place)
        _call(f"landlock {path}", _libc.syscall, SYS_LANDLOCK_ADD, ruleset, 1, rule, 0)
    finally:
        os.close(place)
