"""Which notebooks were handed in, by whom, for which exercise: folders, nbgrader's tree, zips.

Only names are looked at here; files are read one at a time, when their turn comes. The shapes
that are known:

- one notebook;
- ``STUDENT/NN_name.ipynb``, at any depth below the student's folder, so nbgrader's
  ``submitted/STUDENT/ASSIGNMENT/NN_name.ipynb`` too;
- the zips that Canvas, Moodle and Gradescope offer a teacher.

Of several attempts the last counts, and the others are listed.
"""

from __future__ import annotations

import functools
import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from course_lib.grading.ingest import (
    MAX_FILE,
    RefusedError,
    Submission,
    UnmarkedError,
    digest,
    read_file,
    read_notebook,
)

MAX_FILES = 500_000
MAX_EACH = 2_000  # files in one student's folder: nobody's can be so full that nobody is marked
MAX_DEPTH = 8
MAX_NAME = 1_000  # signs; more than Canvas writes
LEFT_OUT = {".ipynb_checkpoints", "__MACOSX", "__pycache__", ".git"}

# What the system wrote comes first in a name, and is read from the left: what follows is the
# student's own, and may look like anything.
# Canvas: lastfirst_LATE_12345_67890_name-2.ipynb, all files in one folder. The name before the
# numbers is the student's own as well, and may hold numbers: every reading is looked at.
# Of who is marked without a name: LATE_anon_aB3dE_67890_name.ipynb.
CANVAS = re.compile(r"(?<=.)(?=_(?:LATE_)?(?P<user>\d+)_\d+_(?P<file>.+))")
ANONYMOUS = re.compile(r"(?:LATE_)?(?P<student>anon)_(?P<user>[^\W_]+)_\d+_(?P<file>.+)")
# Moodle: "First Last_12345_assignsubmission_file" as a folder (an underscore follows in versions
# before 4.1), or in front of the file's name.
MOODLE = re.compile(r"(?P<student>.+?)_(?P<user>\d+)_assignsubmission_file(?:_(?P<file>.*))?")
# Gradescope: assignment_12345_export/submission_67890/name.ipynb and a list of who handed in.
GRADESCOPE = re.compile(r"submission_\d+")
WRAPPER = re.compile(r"submitted|assignment_\d+_export")
ATTEMPT = re.compile(
    r"[-_ ]*+\(?(?:attempt|version|v)?[-_ ]*+(?P<number>\d{1,6})\)?", re.IGNORECASE
)


@dataclass(frozen=True)
class Found:
    """One file that is a submission, still unread."""

    student: str
    exercise: str
    name: str
    attempt: tuple[int, float, str]
    read: Callable[[], bytes] = field(compare=False)


@dataclass
class Collection:
    """Everything found: per student and exercise the attempt that counts, and what was ignored.

    Parameters
    ----------
    entries : list of (Found, list of str)
        Sorted by student and exercise; with each, the names of its earlier attempts.
    ignored : list of str
        Files that belong to no exercise, each with the reason.
    """

    entries: list[tuple[Found, tuple[str, ...]]]
    ignored: list[str]

    def __len__(self) -> int:
        return len(self.entries)

    def renamed(self, names: dict[str, str]) -> Collection:
        """Return the same collection under other names of students, in their order.

        File names can hold a name too, so earlier attempts are only counted.
        """
        entries = [
            (
                replace(found, student=names[found.student]),
                tuple(f"attempt {number}" for number in range(1, len(others) + 1)),
            )
            for found, others in self.entries
        ]
        entries.sort(key=lambda entry: (entry[0].student, entry[0].exercise))
        return Collection(entries, self.ignored)

    def read(self, index: int) -> Submission:
        """Read one submission; what cannot be read comes back refused, with the reason."""
        found, others = self.entries[index]
        try:
            raw = found.read()
        except RefusedError as error:
            return Submission(
                found.student,
                found.exercise,
                others=others,
                refused=str(error),
                unmarked=isinstance(error, UnmarkedError),
                digest="unread",
            )
        fingerprint = digest(raw)
        try:
            cells, notes = read_notebook(raw)
        except RefusedError as error:
            return Submission(
                found.student,
                found.exercise,
                digest=fingerprint,
                others=others,
                refused=str(error),
            )
        return Submission(
            found.student,
            found.exercise,
            cells=tuple(cells),
            digest=fingerprint,
            notes=tuple(notes),
            others=others,
        )


def collect(path: Path, exercises: Sequence[str]) -> Collection:
    """Find the submissions below `path`.

    Parameters
    ----------
    path : Path
        A notebook, a folder or a zip.
    exercises : sequence of str
        The exercises that are known, such as ``"08_backward_pass"``.

    Raises
    ------
    RefusedError
        If `path` itself is none of these, or holds unreasonably many files.
    """
    ignored: list[str] = []
    if path.is_dir():
        files = _with_second_names(list(_bounded(_walk(path, ignored), path, ignored)))
    elif path.suffix.lower() == ".ipynb":
        parent = path.absolute().parent.name or "student"
        files = [_File(PurePosixPath(parent, path.name), _reader(path), _time(path))]
    elif zipfile.is_zipfile(path):
        files = list(_bounded(_unzip(path, ignored), path, ignored))
    else:
        raise RefusedError(
            f"{path} is neither a notebook (.ipynb), a folder nor a zip: submissions were expected"
        )
    people = _gradescope_people(files)
    groups: dict[tuple[str, str], list[Found]] = {}
    for file in files:
        found = _identify(file, exercises, people)
        if isinstance(found, str):
            ignored.append(f"{_printable(str(file.path))}: {found}")
        elif found is not None:
            groups.setdefault((found.student, found.exercise), []).append(found)
    entries = []
    for key in sorted(groups):
        attempts = sorted(groups[key], key=lambda one: one.attempt)
        entries.append((attempts[-1], tuple(one.name for one in attempts[:-1])))
    return Collection(entries, sorted(ignored))


@dataclass(frozen=True)
class _File:
    path: PurePosixPath
    read: Callable[[], bytes]
    time: float
    linked: Path | None = None


def _with_second_names(files: list[_File]) -> list[_File]:
    """Let files with a second name on the disk be read, if most of them have one.

    A snapshot of a whole class made of hard links is the teacher's; a single hard link may be a
    student's, to a file of somebody else's.
    """
    linked = [file for file in files if file.linked is not None]
    if 2 * len(linked) < len(files):
        return files
    return [
        file
        if file.linked is None
        else replace(file, read=functools.partial(read_file, file.linked, linked=True))
        for file in files
    ]


def _walk(root: Path, ignored: list[str]) -> Iterator[_File]:
    """Every file below a folder, links not followed."""
    stack = [(root, PurePosixPath())]
    while stack:
        folder, inside = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            why = f"a folder that cannot be opened ({error.strerror})"
            ignored.append(f"{_printable(str(inside))}: {why}")
            continue
        for entry in listed:
            path = inside / entry.name
            if _left_out(path):
                continue
            notebook = entry.name.lower().endswith(".ipynb")
            if entry.is_dir(follow_symlinks=False) and not notebook:
                if len(path.parts) < MAX_DEPTH:
                    stack.append((Path(entry.path), path))
                else:
                    ignored.append(f"{_printable(str(path))}: a folder that lies too deep")
                continue
            if entry.is_symlink() and not notebook:
                ignored.append(f"{_printable(str(path))}: a link, which is not followed")
                continue
            place = Path(entry.path)
            linked = place if _second_names(entry) else None
            yield _File(path, _reader(place), _time(place), linked)


def _bounded(files: Iterable[_File], root: Path, ignored: list[str]) -> Iterator[_File]:
    """Pass on so many files of each folder at the top; refuse unreasonably many in all."""
    each: Counter[str] = Counter()
    passed = 0
    for file in files:
        whose = _unwrapped(file.path)[0]
        each[whose] += 1
        if each[whose] <= MAX_EACH:
            passed += 1
            yield file
        elif each[whose] == MAX_EACH + 1:
            ignored.append(f"{_printable(whose)}: what it holds beyond {MAX_EACH} files")
        if passed > MAX_FILES:
            raise RefusedError(f"{root} holds more than {MAX_FILES} files")


def _left_out(path: PurePosixPath) -> bool:
    """Whether a path is a program's own: in a student's folder, all that begins with a dot."""
    hidden = any(part.startswith(".") and part != ".." for part in path.parts[1:])
    return hidden or path.name.startswith("._") or bool(LEFT_OUT.intersection(path.parts))


def _reader(path: Path) -> Callable[[], bytes]:
    return lambda: read_file(path)


def _second_names(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file(follow_symlinks=False) and os.lstat(entry.path).st_nlink > 1
    except OSError:
        return False


def _time(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


# --- zips -----------------------------------------------------------------------------------


def _unzip(path: Path, ignored: list[str]) -> Iterator[_File]:
    """List a zip's files; nothing is unpacked to disk, and each is read within bounds.

    Where everything lies in one folder of the zip's own name, as when a folder was packed, that
    folder is left out.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RefusedError(f"{path} cannot be read as a zip: {error}") from error
    tops = {one.filename.replace("\\", "/").partition("/")[0] for one in members}
    packed = tops - LEFT_OUT == {path.stem}
    for member in members:
        name = member.filename.replace("\\", "/")
        inside = PurePosixPath(name)
        if not inside.parts or member.is_dir() or LEFT_OUT.intersection(inside.parts):
            continue
        if packed and len(inside.parts) > 1:
            inside = PurePosixPath(*inside.parts[1:])
        if _left_out(inside):
            continue
        if inside.is_absolute() or ".." in inside.parts or re.match(r"[A-Za-z]:", name):
            ignored.append(f"{_printable(name)}: its path climbs out of the zip")
            continue
        when = sum(part * unit for part, unit in zip(member.date_time, _UNITS, strict=True))
        yield _File(inside, _member_reader(path, member), when)


_UNITS = (31536000, 2678400, 86400, 3600, 60, 1)


@functools.lru_cache(maxsize=2)
def _archive(path: Path, process: int) -> zipfile.ZipFile:
    """Open a zip once per process: its list is long, and a forked process shares its position."""
    return zipfile.ZipFile(path)


def _member_reader(path: Path, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind and kind != stat.S_IFREG:
            raise RefusedError("It is not a regular file but a link or a device.")
        if member.flag_bits & 1:
            raise RefusedError("It is encrypted.")
        try:
            with _archive(path, os.getpid()).open(member) as file:
                raw = file.read(MAX_FILE + 1)
        except Exception as error:
            # Every way in which a zip can be broken ends here, zlib's and struct's included.
            raise RefusedError(f"It cannot be unpacked ({type(error).__name__}).") from error
        if len(raw) > MAX_FILE:
            raise RefusedError(f"It unpacks to more than {MAX_FILE // 2**20} MB.")
        return raw

    return read


# --- who and what -----------------------------------------------------------------------------


def _identify(file: _File, exercises: Sequence[str], people: dict[str, str]) -> Found | str | None:
    """Say whose file this is and for which exercise, or why it is none."""
    parts = _unwrapped(file.path)
    name = parts[-1]
    student = ""
    system = MOODLE.fullmatch(parts[0])
    if len(parts) == 1:
        system = system or ANONYMOUS.fullmatch(name)
        readings = [] if system else _canvas(name, exercises)
        if len(readings) > 1:
            whose = " or ".join(one for one, _ in readings)
            return f"it may be of {whose}; put it into a folder of the student's own"
        if readings:
            student, name = readings[0]
    if system:
        student = f"{system['student']}_{system['user']}"
        name = system["file"] or "" if len(parts) == 1 else name
    elif len(parts) > 1:
        student = people.get(parts[0], parts[0])
    exercise, attempt = _exercise(name, parts[:-1], exercises)
    if exercise is None:
        return None if not name.lower().endswith(".ipynb") else "it belongs to no known exercise"
    if not student:
        return "it lies in no student's folder"
    suffix = PurePosixPath(name).suffix.lower()
    read = file.read
    if suffix != ".ipynb":
        if suffix not in (".py", ".pdf", ".html", ".zip", ".txt", ".docx", ".md", ".json"):
            return None
        attempt = -1  # any notebook goes before it
        read = _not_a_notebook(suffix)
    return Found(student, exercise, name, (attempt, file.time, name), read)


def _canvas(name: str, exercises: Sequence[str]) -> list[tuple[str, str]]:
    """Return the student and the file's own name in every way to read a name as one of Canvas's.

    Where some readings leave the name of an exercise's file, the others are none. A name that is
    too long to be read in so many ways is none of Canvas's.
    """
    if len(name) > MAX_NAME:
        return []
    users: dict[str, tuple[str, str]] = {}
    for match in CANVAS.finditer(name):
        reading = f"{name[: match.start()]}_{match['user']}", match["file"]
        users.setdefault(match["user"], reading)
    found = list(users.values())
    return [one for one in found if _exercise(one[1], (), exercises)[0]] or found[:1]


def _unwrapped(path: PurePosixPath) -> list[str]:
    """Leave out the one folder that a system puts around everything."""
    parts = list(path.parts)
    return parts[1:] if len(parts) > 1 and WRAPPER.fullmatch(parts[0]) else parts


def _not_a_notebook(suffix: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise RefusedError(f"It is a {suffix} file; hand in the notebook (.ipynb) itself.")

    return read


def _exercise(
    name: str, folders: Sequence[str], exercises: Sequence[str]
) -> tuple[str | None, int]:
    """Return the exercise a file belongs to and the number of the attempt its name says."""
    stem = PurePosixPath(name).stem
    for exercise in exercises:
        if stem.lower() == exercise.lower():
            return exercise, 0
    for exercise in exercises:
        if stem.lower().startswith(exercise.lower()):
            rest = ATTEMPT.fullmatch(stem[len(exercise) :])
            return exercise, int(rest["number"]) if rest else 0
    number = re.fullmatch(r"(\d\d)", stem)
    for exercise in exercises:
        if number and exercise.startswith(f"{number[1]}_"):
            return exercise, 0
        if exercise in folders and name.lower().endswith(".ipynb"):
            return exercise, 0
    return None, 0


def _gradescope_people(files: Sequence[_File]) -> dict[str, str]:
    """Read who handed in what from Gradescope's list: folder → student's number or address.

    The list is YAML; only its three plain kinds of line are looked at.
    """
    for file in files:
        if _unwrapped(file.path) == ["submission_metadata.yml"]:
            try:
                text = file.read().decode("utf-8", "replace")
            except RefusedError:
                return {}
            return _people(text)
    return {}


def _people(text: str) -> dict[str, str]:
    people: dict[str, str] = {}
    folder = ""
    for line in text.splitlines():
        start = re.match(rf"({GRADESCOPE.pattern}):\s*$", line)
        if start:
            folder = start[1]
            continue
        entry = re.match(r"\s*+(?:- \s*+)?:(sid|email|name):(.*)$", line)
        if folder and entry:
            value = entry[2].strip().strip("'\"")
            # The student's number goes before the address, and that before the name.
            if value and (entry[1] == "sid" or folder not in people or "@" in value):
                if people.get(folder, "").isdigit() and entry[1] != "sid":
                    continue
                people[folder] = value
    return people


def _printable(name: str) -> str:
    return name.encode("utf-8", "backslashreplace").decode().encode("unicode_escape").decode()
