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
import tomllib
from pathlib import Path

PR_SET_SECCOMP, MODE_FILTER = 22, 2

_TABLES = tomllib.loads(Path(__file__).with_name("system_calls.toml").read_text("utf-8"))
ALLOWED: dict[str, list[int]] = {
    name: numbers for table in _TABLES.values() for name, numbers in table.items()
}

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


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """Run `body`, which must end in a return, for this call only, if there is such a call."""
    if number < 0:
        return []
    return [_instruction(_JUMP_EQUAL, number, 0, len(body)), *body]


def _one_of(argument: int, values: tuple[int, ...]) -> list[bytes]:
    """Allow the call when an argument (its low half) is one of `values`."""
    body = [_argument(argument)]
    for value in values:
        body += [_instruction(_JUMP_EQUAL, value, 0, 1), _instruction(_RETURN, _ALLOW)]
    return [*body, _instruction(_RETURN, _REFUSE)]


def program(machine: str, pid: int) -> bytes:
    """Return the filter for a ``platform.machine()``, as the kernel's instructions.

    `pid` is the only process that may be sent a signal.

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
    for call, argument, harmless in (
        (PRCTL, 0, PRCTL_HARMLESS),
        (IOCTL, 1, IOCTL_HARMLESS),
        (FCNTL, 1, FCNTL_HARMLESS),
        (SENDTO, 3, NO_FLAGS),
        (RECVFROM, 3, NO_FLAGS),
        (KILL, 0, (pid,)),
        (TGKILL, 0, (pid,)),
    ):
        code += _when(call[column], _one_of(argument, harmless))
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
