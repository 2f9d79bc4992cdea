"""The system calls a NumPy function needs, as a filter the kernel applies to all others.

The filter is assembled here, so that no library has to be found: a list of allowed calls, some
of them only with certain arguments; every other call fails with EPERM. It is the innermost of
the walls (see THREATS.md): no new process or program, no socket, no other process's memory or
limits, no mount, no namespace, no kernel interface that numerical code has no use for.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

PR_SET_SECCOMP, MODE_FILTER = 22, 2

# Names, then the number on x86_64 and on aarch64 (None: the call does not exist there).
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # files that are already open, or that the mounts let it open
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66),
    "pread64": (17, 67), "pwrite64": (18, 68), "close": (3, 57), "lseek": (8, 62),
    "open": (2, None), "openat": (257, 56), "stat": (4, None), "lstat": (6, None),
    "fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291), "access": (21, None),
    "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None),
    "readlinkat": (267, 78), "getcwd": (79, 17), "chdir": (80, 49), "getdents64": (217, 61),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "ftruncate": (77, 46), "truncate": (76, 45), "fsync": (74, 82), "fdatasync": (75, 83),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None),
    "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "statfs": (137, 43), "fstatfs": (138, 44), "umask": (95, 166),
    "pipe": (22, None), "pipe2": (293, 59), "close_range": (436, 436),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    # memory
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216),
    "madvise": (28, 233), "brk": (12, 214), "msync": (26, 227),
    # threads, waiting, signals of its own
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293),
    "set_tid_address": (218, 96), "gettid": (186, 178), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "membarrier": (324, 283), "restart_syscall": (219, 128),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132), "pause": (34, None), "alarm": (37, None),
    "setitimer": (38, 103), "getitimer": (36, 102), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "exit": (60, 93), "exit_group": (231, 94),
    # asking about itself and the time
    "getpid": (39, 172), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getresuid": (118, 148),
    "getresgid": (120, 150), "getgroups": (115, 158), "getpgrp": (111, None),
    "getpgid": (121, 155), "getsid": (124, 156), "getrusage": (98, 165), "times": (100, 153),
    "getrlimit": (97, 163), "uname": (63, 160), "sysinfo": (99, 179),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "time": (201, None), "getrandom": (318, 278), "getcpu": (309, 168),
}  # fmt: skip

CLONE, CLONE3 = (56, 220), (435, 435)
PRCTL, PRLIMIT64, IOCTL = (157, 167), (302, 261), (16, 29)
KILL, TGKILL = (62, 129), (234, 131)
FCNTL, SENDTO, RECVFROM = (72, 25), (44, 206), (45, 207)

CLONE_THREAD = 0x00010000
CLONE_NEW_ANYTHING = 0x7E020080
PRCTL_HARMLESS = (3, 15, 16, 39)  # get dumpable, set and get name, get no_new_privs
IOCTL_HARMLESS = (0x5401, 0x541B, 0x5450, 0x5451)  # isatty, bytes waiting, close on exec

# Copy a descriptor, its flags, locks; none that has the kernel send signals to a process.
FCNTL_HARMLESS = (*range(8), 36, 37, 38, 1030)
NO_FLAGS = (0,)  # no data out of band, which the other end would have to expect

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7), "arm64": (1, 0xC00000B7)}

_LOAD, _JUMP_EQUAL, _JUMP_SET, _JUMP_OVER = 0x20, 0x15, 0x45, 0x35
_RETURN = 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000 | errno.EPERM
_ABSENT = 0x00050000 | errno.ENOSYS
_X32 = 0x40000000


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)


def _argument(index: int, *, high: bool = False) -> bytes:
    return _instruction(_LOAD, 16 + 8 * index + 4 * high)


def _when(number: int | None, body: list[bytes]) -> list[bytes]:
    """Run `body`, which must end in a return, for this call only."""
    if number is None:
        return []
    return [_instruction(_JUMP_EQUAL, number, 0, len(body)), *body]


def _one_of(argument: int, values: tuple[int, ...]) -> list[bytes]:
    """Allow the call when an argument (its low half) is one of `values`."""
    body = [_argument(argument)]
    for value in values:
        body += [_instruction(_JUMP_EQUAL, value, 0, 1), _instruction(_RETURN, _ALLOW)]
    return [*body, _instruction(_RETURN, _REFUSE)]


def program(machine: str, pid: int) -> bytes:
    """Return the filter for a machine, as the kernel's instructions.

    Parameters
    ----------
    machine : str
        ``platform.machine()``.
    pid : int
        The only process that may be sent a signal.

    Raises
    ------
    ValueError
        Where the numbers of the system calls are not known.
    """
    if machine not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise ValueError(f"no table of system calls for {machine}; there are: {known}")
    column, audit = ARCHITECTURES[machine]
    code = [
        _instruction(_LOAD, 4),
        _instruction(_JUMP_EQUAL, audit, 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, 0),
        _instruction(_JUMP_OVER, _X32, 0, 1),
        _instruction(_RETURN, _KILL),
    ]
    for numbers in ALLOWED.values():
        code += _when(numbers[column], [_instruction(_RETURN, _ALLOW)])
    code += _when(CLONE3[column], [_instruction(_RETURN, _ABSENT)])
    code += _when(
        CLONE[column],
        [
            _argument(0),
            _instruction(_JUMP_SET, CLONE_NEW_ANYTHING, 2, 0),
            _instruction(_JUMP_SET, CLONE_THREAD, 0, 1),
            _instruction(_RETURN, _ALLOW),
            _instruction(_RETURN, _REFUSE),
        ],
    )
    code += _when(PRCTL[column], _one_of(0, PRCTL_HARMLESS))
    code += _when(IOCTL[column], _one_of(1, IOCTL_HARMLESS))
    code += _when(FCNTL[column], _one_of(1, FCNTL_HARMLESS))
    for call in (SENDTO, RECVFROM):
        code += _when(call[column], _one_of(3, NO_FLAGS))
    for call in (KILL, TGKILL):
        code += _when(call[column], _one_of(0, (pid,)))
    code += _when(
        PRLIMIT64[column],  # reading a limit, not setting one: no new limit is given
        [
            _argument(2),
            _instruction(_JUMP_EQUAL, 0, 0, 3),
            _argument(2, high=True),
            _instruction(_JUMP_EQUAL, 0, 0, 1),
            _instruction(_RETURN, _ALLOW),
            _instruction(_RETURN, _REFUSE),
        ],
    )
    code.append(_instruction(_RETURN, _REFUSE))
    return b"".join(code)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install() -> None:
    """Apply the filter to this process, for good. It needs no_new_privs to be set.

    Raises
    ------
    OSError, ValueError
        When the kernel refuses it, or does not run on a known machine.
    """
    code = program(platform.machine(), os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    filters = _Program(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    # Threads share the filter from here on; there is one thread when this is called.
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(filters), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
