"""The files of a folder or a zip, by name alone: nothing is read, and no link is followed."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import struct
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath

from course_lib.checks.notebook_file import MAX_FILE, RefusedError
from course_lib.grading.escaping import as_text
from course_lib.grading.submissions.ingest import read_file

MAX_DEPTH = 8
LEFT_OUT = {".ipynb_checkpoints", "__MACOSX", "__pycache__", ".git"}
WRAPPER = re.compile(r"submitted|assignment_\d+_export")  # what nbgrader and Gradescope put around
UTF_8_NAME = 0x800  # the flag of a zip that says how a name is written


@dataclass(frozen=True)
class File:
    """One file that was found, still unread.

    `read` returns its bytes, at most so many as are passed to it, and raises RefusedError.
    """

    path: PurePosixPath  # below the folder or in the zip, in composed Unicode
    read: Callable[..., bytes] = field(compare=False)
    time: float  # when it was changed, in seconds since 1970; 0 if it is not known
    linked: Path | None = None  # where it lies, if it has a second name on the disk
    source: str = "file"  # what says the time
    zoned: bool = True  # the time is UTC; otherwise, of a clock in an unknown time zone


def one_form(text: str) -> str:
    """Return a name in composed Unicode (NFC), the one form in which names are compared.

    >>> one_form("Ju\\u0308rgen") == "J\\xfcrgen"
    True
    """
    return unicodedata.normalize("NFC", text)


def alone(path: Path) -> File:
    """Return one file as if it lay in a student's folder of its own folder's name."""
    parent = one_form(path.absolute().parent.name) or "student"
    return File(
        PurePosixPath(parent, one_form(path.name)), partial(read_file, path), _status(path)[0]
    )


def below(path: PurePosixPath, around: int) -> tuple[str, ...]:
    """Return a path's parts from the student's folder on.

    So many folders as `around` says lie around the students', without those that systems name.
    """
    parts = path.parts[around:]
    return parts[1:] if len(parts) > 1 and WRAPPER.fullmatch(parts[0]) else parts


def walk(root: Path, most: int, ignored: list[str]) -> Iterator[File]:
    """Yield every file below a folder, of each folder in it so many at `most`, and one more.

    What is passed over is added to `ignored`.
    """
    stack = [(root, PurePosixPath())]
    each: Counter[str] = Counter()
    while stack:
        folder, inside = stack.pop()
        if inside.parts and each[inside.parts[0]] > most:
            continue  # `bounded` says so
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            why = f"a folder that cannot be opened ({error.strerror})"
            ignored.append(f"{as_text(inside)}: {why}")
            continue
        for entry in listed:
            path = inside / one_form(entry.name)
            if left_out(path):
                continue
            notebook = ".ipynb" in entry.name.lower()
            if entry.is_dir(follow_symlinks=False) and not entry.name.lower().endswith(".ipynb"):
                if len(path.parts) < MAX_DEPTH:
                    stack.append((Path(entry.path), path))
                else:
                    ignored.append(f"{as_text(path)}: a folder that lies too deep")
                continue
            if entry.is_symlink() and not notebook:
                ignored.append(f"{as_text(path)}: a link, which is not followed")
                continue
            place = Path(entry.path)
            each[path.parts[0]] += 1
            if each[path.parts[0]] <= most + 1:
                time, linked = _status(place)
                yield File(path, partial(read_file, place), time, place if linked else None)


def bounded(
    files: Iterable[File], around: int, most: int, in_all: int, root: Path, ignored: list[str]
) -> Iterator[File]:
    """Pass on `most` files of each student's folder; refuse more than `in_all`, found in `root`.

    Folders that hold too many are added to `ignored`.
    """
    each: Counter[str] = Counter()
    passed = 0
    for file in files:
        whose = (below(file.path, around) or file.path.parts)[0]
        each[whose] += 1
        if each[whose] <= most:
            passed += 1
            yield file
        elif each[whose] == most + 1:
            ignored.append(f"{as_text(whose)}: what it holds beyond {most} files")
        if passed > in_all:
            raise RefusedError(f"{root} holds more than {in_all} files")


def with_second_names(files: list[File]) -> list[File]:
    """Let files with a second name on the disk be read, if most of them have one.

    A snapshot of a whole class made of hard links is the teacher's; a single hard link may be a
    student's, to a file of somebody else's.
    """
    linked = [file for file in files if file.linked is not None]
    if 2 * len(linked) < len(files):
        return files
    return [
        replace(file, read=partial(read_file, file.linked, linked=True)) if file.linked else file
        for file in files
    ]


def left_out(path: PurePosixPath) -> bool:
    """Whether a path is a program's own: in a student's folder, all that begins with a dot."""
    hidden = any(part.startswith(".") and part != ".." for part in path.parts[1:])
    return hidden or path.name.startswith("._") or bool(LEFT_OUT.intersection(path.parts))


def _status(path: Path) -> tuple[float, bool]:
    """Return when a file was changed, and whether it has a second name on the disk."""
    try:
        status = path.lstat()
    except OSError:
        return 0.0, False
    return status.st_mtime, stat.S_ISREG(status.st_mode) and status.st_nlink > 1


# --- zips -----------------------------------------------------------------------------------


def unzip(path: Path, ignored: list[str]) -> Iterator[File]:
    """List a zip's files; nothing is unpacked to disk, and each is read within bounds.

    Raises
    ------
    RefusedError
        If it cannot be read as a zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RefusedError(f"{path} cannot be read as a zip: {error}") from error
    for member in members:
        name = _name(member).replace("\\", "/")
        inside = PurePosixPath(name)
        if not inside.parts or member.is_dir() or left_out(inside):
            continue
        if inside.is_absolute() or ".." in inside.parts or re.match(r"[A-Za-z]:", name):
            ignored.append(f"{as_text(name)}: its path climbs out of the zip")
            continue
        when, zoned = _member_time(member)
        read = partial(_read_member, path, member)
        yield File(inside, read, when, source="file in the zip", zoned=zoned)


def _member_time(member: zipfile.ZipInfo) -> tuple[float, bool]:
    """Return when a member was changed, and whether that is UTC; 0 where no time was written.

    Unix's programs add the time in UTC (an extra field with the number 0x5455) to the time on the
    clock that every zip has.
    """
    rest = member.extra
    while len(rest) >= 4:
        kind, size = struct.unpack("<HH", rest[:4])
        if kind == 0x5455 and size >= 5 and len(rest) >= 9 and rest[4] & 1:
            return float(struct.unpack("<i", rest[5:9])[0]), True
        rest = rest[4 + size :]
    try:
        when = datetime(*member.date_time, tzinfo=UTC)
    except ValueError:
        return 0.0, False
    return (when.timestamp() if when.year > 1980 else 0.0), False


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name in one form.

    macOS writes UTF-8 and does not set the flag for it, so Python reads the bytes as cp437.
    """
    name = member.filename
    if not member.flag_bits & UTF_8_NAME:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return one_form(name)


@lru_cache(maxsize=2)
def _archive(path: Path, process: int) -> zipfile.ZipFile:
    """Open a zip once per process: its list is long, and a forked process shares its position."""
    return zipfile.ZipFile(path)


def _read_member(path: Path, member: zipfile.ZipInfo, most: int = MAX_FILE) -> bytes:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind and kind != stat.S_IFREG:
        raise RefusedError("It is not a regular file but a link or a device.")
    if member.flag_bits & 1:
        raise RefusedError("It is encrypted.")
    try:
        with _archive(path, os.getpid()).open(member) as file:
            raw = file.read(most + 1)
    except Exception as error:
        # Every way in which a zip can be broken ends here, zlib's and struct's included.
        raise RefusedError(f"It cannot be unpacked ({type(error).__name__}).") from error
    if len(raw) > most:
        raise RefusedError(f"It unpacks to more than {most // 2**20} MB.")
    return raw
