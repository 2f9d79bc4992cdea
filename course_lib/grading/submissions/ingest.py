"""One student's notebook for one exercise, from a file that is read with care."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from course_lib.checks.notebook_file import MAX_FILE, RefusedError, too_large


class UnmarkedError(RefusedError):
    """A file that cannot be read for a reason that lies with the machine, not with its author."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one exercise, ready to be marked."""

    student: str
    exercise: str  # "08_backward_pass"
    cells: tuple[tuple[int, str], ...] = ()  # number in the notebook, counted from 1, and source
    digest: str = ""  # SHA-256 of the file
    notes: tuple[str, ...] = ()  # what was repaired
    others: tuple[str, ...] = ()  # earlier attempts, which do not count
    refused: str = ""  # why it is not marked; empty when it is
    unmarked: bool = False  # refused for no fault of the student's: no mark, instead of 0 points
    version: str = ""  # the file's name, where another file of the same exercise is marked as well
    answers: tuple[tuple[str, str], ...] = ()  # texts that people mark, each with its name
    key: int = 0  # which numbers were given for calculations by hand; 0: those that it states


def read_file(path: Path, most: int = MAX_FILE, *, linked: bool = False) -> bytes:
    """Return a regular file's bytes; anything else is refused before it is opened or read.

    A file with a second name on this disk is read if it may be `linked`: a student may have linked
    a file of somebody else's, and a teacher may have made a snapshot of the whole class.

    Raises
    ------
    RefusedError
        On a link, a device, a pipe, a folder, or more than `most` bytes.
    UnmarkedError
        If it cannot be read here, or has a second name and is not `linked`.
    """
    try:
        # Not blocking: opening a pipe would wait for its other end.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        if path.is_symlink():
            raise RefusedError("It is a link to another file; submit the file itself.") from error
        kind = UnmarkedError if error.errno in UNREADABLE else RefusedError
        raise kind(f"It cannot be opened ({error.strerror}).") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError("It is not a regular file.")
        if status.st_nlink > 1 and not linked:
            raise UnmarkedError(
                "It is a hard link: the file has a second name on this disk. If it is the "
                "student's own, replace it by a copy (`cp`) and run again."
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            raw = file.read(most + 1)
    except OSError as error:
        raise UnmarkedError(f"It cannot be read ({error.strerror}).") from error
    finally:
        os.close(descriptor)
    if len(raw) > most:
        raise RefusedError(too_large(most))
    return raw


UNREADABLE = (
    errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.ENOMEM,
    errno.ESTALE, errno.ETIMEDOUT,
)  # fmt: skip
"""What keeps the grader from a file and is no property of the file."""


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a file, as text."""
    return hashlib.sha256(raw).hexdigest()
