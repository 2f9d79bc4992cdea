"""Whose file is whose: the folders around a class, and the names that three systems write.

A student is the folder directly below SUBMISSIONS, or what Canvas, Moodle and Gradescope write into
names. Folders around the students' folders are looked for and said; they never make one student of
a class. What a student may name (everything inside the own folder) never speaks for anybody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from course_lib.checks.notebook_file import RefusedError
from course_lib.checks.which_exercise import begins, by_name
from course_lib.grading.escaping import as_text
from course_lib.grading.submissions.gradescope_list import LIST, MAX_LIST, submitters
from course_lib.grading.submissions.listing import WRAPPER, File, below

MAX_NAME = 1_000  # signs; more than Canvas writes

# What the system wrote comes first in a name, and is read from the left: what follows is the
# student's own, and may look like anything.
# Canvas: lastfirst_LATE_12345_67890_name-2.ipynb, all files in one folder. The name before the
# numbers is the student's own as well, and may hold numbers: every reading is looked at.
# Of who is marked without a name: LATE_anon_aB3dE_67890_name.ipynb.
CANVAS = re.compile(r"(?<=.)(?=_(?:LATE_)?(?P<user>\d+)_\d+_(?P<file>.+))")
ANONYMOUS = re.compile(r"(?:LATE_)?(?P<student>anon)_(?P<user>[^\W_]+)_\d+_(?P<file>.+)")
# Moodle: "First Last_12345_assignsubmission_file" as a folder (an underscore follows in versions
# before 4.1), or in front of the file's name. What was typed on the page is "onlinetext".
MOODLE = re.compile(
    r"(?P<student>.+?)_(?P<user>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL
)
# Gradescope: assignment_12345_export/submission_67890/name.ipynb and a list of who submitted it.
GRADESCOPE = re.compile(r"submission_\d+")
NBGRADER = {"submitted", "source", "release", "autograded", "feedback", "exchange"}
# Names of folders that are no person's: drafts, weeks, kinds of work.
NO_PERSON = re.compile(
    r"(?:old|new|final|backup|draft|cop(?:y|ie)|version|v|attempt|try|trie|archive|exercise|ex"
    r"|notebook|week|assignment|homework|hw|lab|part|task|my|own|work|src|code|solution|submission"
    r"|file|data|figure|image|chapter|session|day|lecture|unit|lesson|module|problem|question"
    r"|sheet|tutorial|practical)s?[-_ ()\d]*|\d{1,2}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Person:
    """One who submitted: the name in all results, and what a roster may know the person by."""

    name: str  # the folder's, or what a system wrote
    system: str = ""  # "canvas", "moodle", "gradescope", or empty for a plain folder
    number: str = ""  # the system's number of the person
    known_as: tuple[str, ...] = ()  # more names of the person, such as an address


@dataclass(frozen=True)
class Owned:
    """A file with its owner, and its path inside the owner's folder."""

    file: File
    person: Person
    inside: PurePosixPath


@dataclass
class Owners:
    """Whose every file is; files of nobody are `ignored`, and `said` is what was decided.

    `doubtful` are people on the roster who may have submitted files that cannot be assigned.
    """

    owned: list[Owned] = field(default_factory=list)
    doubtful: dict[Person, list[str]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


# --- how many folders lie around the students' ---------------------------------------------------

Knows = Callable[[str], bool]
Paths = Sequence[tuple[str, ...]]


def around(paths: Paths, root: str, knows: Knows, said: list[str]) -> int:
    """Return how many folders lie around the students' folders.

    Parameters
    ----------
    paths : sequence of tuple of str
        The parts of every file's path.
    root : str
        The name of the folder or zip itself, without its suffix.
    knows : callable
        Whether a roster knows somebody by a folder's name.
    said : list of str
        Where it can be decided otherwise, what was decided is added.
    """
    level = 0
    while True:
        tops = {path[0] for path in paths if len(path) > 1}
        if _by_name(paths, knows) or not tops:
            return level
        if "submitted" in tops and tops <= NBGRADER:
            return level
        if len(tops) > 1:
            return level + _sections(paths, level, knows, said)
        (top,) = tops
        below = [path[1:] for path in paths if len(path) > 1]
        if WRAPPER.fullmatch(top):
            return level
        packed = _plain(root) in (top, _plain(top)) and bool(_people_in(below))
        if not _several(below, knows) and not (packed and not _direct(below)):
            inner = {path[0] for path in below if len(path) > 1 and _work(path[-1])}
            if any(by_name(name) is None for name in inner):
                said.append(
                    f"All work lies in one folder, {as_text(top)}, which was taken for one "
                    f"student; if its folders are students, say --depth {level + 2}."
                )
            return level
        said.append(
            f"All work lies in one folder, {as_text(top)}: the folders and files in it were taken "
            f"for the students'. If {as_text(top)} is one student, say --depth {level + 1}."
        )
        level, paths = level + 1, below


def _work(name: str) -> bool:
    return ".ipynb" in name.lower()


def _plain(name: str) -> str:
    """Return a name without the number that a second download gets."""
    return name[:-20] + re.sub(r"[ _-]*\(?\d+\)?$", "", name[-20:])


def _direct(paths: Paths) -> bool:
    """Whether a notebook lies in the folder itself."""
    return any(len(path) == 1 and _work(path[0]) for path in paths)


def _by_name(paths: Paths, knows: Knows) -> bool:
    """Whether this level has the names that a system writes, or a name of the roster."""
    for path in paths:
        name = path[0]
        if len(path) > 1:
            known = bool(GRADESCOPE.fullmatch(name)) or knows(name)
        else:
            canvas = len(name) <= MAX_NAME and CANVAS.search(name)
            known = bool(ANONYMOUS.fullmatch(name) or canvas)
        if known or MOODLE.fullmatch(name):
            return True
    return False


def _people_in(paths: Paths) -> dict[str, set[str]]:
    """Return the folders that may be people's, each with the names of the notebooks below it."""
    people: dict[str, set[str]] = {}
    for name, *_, file in (path for path in paths if len(path) > 1 and _work(path[-1])):
        if not NO_PERSON.fullmatch(name) and by_name(name) is None:
            people.setdefault(name, set()).add(by_name(file) or "")
    return people


def _several(paths: Paths, knows: Knows) -> bool:
    """Whether the content of a folder looks like that of several people."""
    if _by_name(paths, knows):
        return True
    tops = {path[0] for path in paths if len(path) > 1}
    if "submitted" in tops:
        return True
    if len(tops) == 1 and not _direct(paths):
        return _several([path[1:] for path in paths if len(path) > 1], knows)
    people = _people_in(paths)
    return len(people) > 1 and not (_direct(paths) and not _shared(people))


def _shared(people: dict[str, set[str]]) -> bool:
    """Whether two folders hold a notebook of the same exercise."""
    names = [name for exercises in people.values() for name in exercises]
    return len(names) > len(set(names))


def _sections(paths: Paths, level: int, knows: Knows, said: list[str]) -> int:
    """Return 1 where each folder holds folders of several students (sections), else 0."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for path in paths:
        if len(path) > 1:
            groups.setdefault(path[0], []).append(path[1:])
    groups = {name: rest for name, rest in groups.items() if any(_work(path[-1]) for path in rest)}
    if not groups:
        return 0
    people = {name: _people_in(rest) for name, rest in groups.items()}
    several = {name for name in groups if len(people[name]) > 1 and _shared(people[name])}
    inner = [name for exercises in people.values() for name in exercises]
    known = all(_by_name(rest, knows) for rest in groups.values())
    apart = not any(_direct(rest) for rest in groups.values()) and len(inner) == len(set(inner))
    if known or (apart and 2 * len(several) > len(groups)):
        said.append(
            f"The folders {_list(groups)} hold folders of several students each, which were "
            f"taken for the students. If they are students themselves, say --depth {level + 1}."
        )
        return 1
    for name in sorted(several):
        said.append(
            f"{as_text(name)} looks like a folder of several people ({_list(people[name])}) and "
            "was taken for one student: of their files one counts. Move them out, or, if all "
            f"students' folders lie as deep, say --depth {level + 2}."
        )
    return 0


def _list(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    return ", ".join(map(as_text, listed[:5])) + more


# --- who ----------------------------------------------------------------------------------------


def owners(
    files: Sequence[File],
    level: int,
    known: Sequence[str],
    numbers: frozenset[str] = frozenset(),
) -> Owners:
    """Say whose each file is, where `level` folders lie around the students' folders.

    A file's own name is recognised by the exercises that are `known`; Canvas's `numbers` of the
    people on the roster decide between two readings of a name.
    """
    result = Owners()
    tops = {file.path.parts[level] for file in files if len(file.path.parts) > level + 1}
    if "submitted" in tops and tops <= NBGRADER:
        files = [file for file in files if file.path.parts[level : level + 1] == ("submitted",)]
        if others := tops - {"submitted"}:
            result.said.append(f"Of nbgrader's folders submitted is marked, not {_list(others)}.")
    listed = _gradescope(files, level, result.said)
    for file in files:
        parts = below(file.path, level)
        if not parts:
            result.ignored.append(f"{as_text(file.path)}: it lies outside the students' folders")
        elif parts == (LIST,):
            continue
        elif len(parts) > 1:
            moodle, system = MOODLE.fullmatch(parts[0]), GRADESCOPE.fullmatch(parts[0])
            alone = _moodle(moodle) if moodle else Person(parts[0], "gradescope" if system else "")
            people = listed.get(parts[0]) or [alone]
            inside = PurePosixPath(*parts[1:])
            result.owned += [Owned(file, person, inside) for person in people]
        else:
            _flat(file, parts[0], known, numbers, result)
    return result


def _moodle(match: re.Match[str]) -> Person:
    student, user = match["student"], match["user"]
    return Person(f"{student}_{user}", "moodle", user, (student,))


def _flat(
    file: File, name: str, known: Sequence[str], numbers: frozenset[str], result: Owners
) -> None:
    """Add a file that lies in no folder: its name says whose it is, or it is nobody's."""
    readings = _readings(name, known)
    on_roster = [reading for reading in readings if reading[0].number in numbers]
    readings = on_roster if len(on_roster) == 1 else readings
    if len(readings) == 1:
        [(person, rest)] = readings
        result.owned.append(Owned(file, person, PurePosixPath(rest)))
    elif readings:
        whose = " or ".join(person.name for person, _ in readings)
        result.ignored.append(
            f"{as_text(name)}: it may be of {as_text(whose)}; put it into a folder of the "
            "student's own"
        )
        for person, _ in on_roster:
            result.doubtful.setdefault(person, []).append(name)
    elif not name.lower().endswith((".csv", ".yml", ".md")):
        result.ignored.append(
            f"{as_text(name)}: it lies in no student's folder; put it into one that is named after "
            "the student"
        )


def _readings(name: str, known: Sequence[str]) -> list[tuple[Person, str]]:
    """Return the student and the file's own name in every way to read a name.

    Moodle's names and those without a student's are read in one way. Where some readings of one of
    Canvas's leave the name of an exercise's file, the others are none. A name that is too long to
    be read in so many ways is none of Canvas's.
    """
    if moodle := MOODLE.fullmatch(name):
        return [(_moodle(moodle), moodle["file"] or name)]
    if anonymous := ANONYMOUS.fullmatch(name):
        student = f"{anonymous['student']}_{anonymous['user']}"
        return [(Person(student, "canvas", anonymous["user"]), anonymous["file"])]
    if len(name) > MAX_NAME:
        return []
    users: dict[str, tuple[Person, str]] = {}
    for match in CANVAS.finditer(name):
        before = name[: match.start()]
        person = Person(f"{before}_{match['user']}", "canvas", match["user"], (before,))
        users.setdefault(match["user"], (person, match["file"]))
    readings = list(users.values())
    at_start = [reading for reading in readings if begins(reading[1], known)]
    return (
        at_start or [reading for reading in readings if by_name(reading[1], known)] or readings[:1]
    )


# --- Gradescope's list of people --------------------------------------------------------------


def _gradescope(files: Sequence[File], level: int, said: list[str]) -> dict[str, list[Person]]:
    """Return who submitted what by Gradescope's list: folder → people, a group's all."""
    paths = [(below(file.path, level), file) for file in files]
    folders = {parts[0] for parts, _ in paths if len(parts) > 1}
    if not any(map(GRADESCOPE.fullmatch, folders)):
        return {}
    lists = [file for parts, file in paths if parts == (LIST,)]
    try:
        if not lists:
            raise RefusedError("it is not there")
        listed = submitters(lists[0].read(MAX_LIST))
    except RefusedError as error:
        said.append(
            f"{LIST} says who submitted what, and it cannot be used ({error}): "
            "students are called by the numbers of their submissions."
        )
        return {}
    if unknown := folders - listed.keys():
        said.append(f"{LIST} does not say who submitted {_list(unknown)}.")
    return {
        folder: [Person(names[0], "gradescope", "", names[1:]) for names in people]
        for folder, people in listed.items()
    }
