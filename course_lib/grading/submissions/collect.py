"""Which notebooks were submitted, by whom, for which exercise: folders, nbgrader's tree, zips.

The shapes that are known:

- one notebook;
- ``STUDENT/NN_name.ipynb``, at any depth below the student's folder, so nbgrader's
  ``submitted/STUDENT/ASSIGNMENT/NN_name.ipynb`` too, and with any folders around the class;
- the zips that Canvas, Moodle and Gradescope offer a teacher.

Nothing is guessed in silence: everyone who submitted a file is among the entries or among those who
are not marked, and every choice is said.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from course_lib import checks
from course_lib.checks.notebook_file import RefusedError, read_answers, read_notebook
from course_lib.grading.errors import CallError
from course_lib.grading.escaping import as_text
from course_lib.grading.submissions.attempts import Found, NotMarked, work_of
from course_lib.grading.submissions.ingest import Submission, UnmarkedError, digest
from course_lib.grading.submissions.listing import (
    alone,
    bounded,
    one_form,
    unzip,
    walk,
    with_second_names,
)
from course_lib.grading.submissions.owners import Knows, Owned, Person, around, nobody, owners
from course_lib.grading.submissions.roster import Roster, RosterError
from course_lib.grading.submissions.times import with_stamps

MAX_FILES = 500_000
MAX_EACH = 2_000  # files in one student's folder: nobody's can be so full that nobody is marked


@dataclass(frozen=True)
class Collection:
    """Everything found: per student and exercise the file that counts, and what became of the rest.

    Parameters
    ----------
    entries : list of (Found, list of str)
        Sorted by student and exercise; with each, the names of files that do not count.
    ignored : list of str
        Files that are not marked, each with the reason.
    not_marked : list of NotMarked
        Everyone who submitted something, and nothing that can be marked.
    said : list of str
        Choices that were made, for the teacher.
    people : dict of str to Person
        Everyone who submitted something, by name.
    attempts : dict of (str, str) to list of Found
        By student and exercise all notebooks, where there are several; the last of them counts.
    keys : dict of (str, str) to int
        By student and exercise which numbers a notebook has, where they are the student's own.
    """

    entries: list[tuple[Found, tuple[str, ...]]]
    ignored: list[str]
    not_marked: list[NotMarked] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    attempts: dict[tuple[str, str], list[Found]] = field(default_factory=dict)
    keys: dict[tuple[str, str], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.entries)

    def students(self) -> list[str]:
        """Return everyone who has a row in the results, sorted."""
        names = {found.student for found, _ in self.entries}
        return sorted(names | {one.student for one in self.not_marked})

    def renamed(self, names: dict[str, str]) -> Collection:
        """Return the same collection under other names of students, in their order.

        File names can hold a name too, so they are only counted.
        """
        entries = [
            (
                replace(
                    found,
                    student=names[found.student],
                    version=anonymous(found.version),
                ),
                tuple(f"file {number}" for number in range(1, len(others) + 1)),
            )
            for found, others in self.entries
        ]
        entries.sort(key=lambda entry: (entry[0].student, entry[0].exercise))
        not_marked = [replace(one, student=names[one.student], files=()) for one in self.not_marked]
        not_marked.sort(key=lambda one: one.student)
        keys = {(names[who], exercise): key for (who, exercise), key in self.keys.items()}
        return Collection(entries, self.ignored, not_marked, self.said, keys=keys)

    def read(self, index: int) -> Submission:
        """Read one submission; what cannot be read comes back refused, with the reason."""
        found, others = self.entries[index]
        submission = Submission(
            found.student, found.exercise, digest="unread", others=others, version=found.version,
            key=self.keys.get((found.student, found.exercise), 0),
        )  # fmt: skip
        try:
            raw = found.read()
            submission = replace(submission, digest=digest(raw))
            cells, notes = read_notebook(raw)
        except RefusedError as error:
            unmarked = isinstance(error, UnmarkedError)
            return replace(submission, refused=str(error), unmarked=unmarked)
        answers = tuple(read_answers(raw).items()) if checks.load(found.exercise).answers else ()
        return replace(submission, cells=tuple(cells), notes=tuple(notes), answers=answers)


def anonymous(version: str) -> str:
    """Return a file's name as a number that says nothing of it."""
    return version and digest(version.encode("utf-8", "surrogatepass"))[:8]


def collect(
    path: Path,
    exercises: Sequence[str],
    asked: Sequence[str] = (),
    *,
    depth: int = 0,
    knows: Knows = nobody,
    numbers: frozenset[str] = frozenset(),
) -> Collection:
    """Find the submissions below `path`.

    Parameters
    ----------
    path : Path
        A notebook, a folder or a zip.
    exercises : sequence of str
        The exercises that are known, such as ``"08_backward_pass"``.
    asked : sequence of str
        Those that alone are marked; of one, any single notebook of a student counts.
    depth : int
        How deep the students' folders lie (1: directly below `path`); 0: it is found out.
    knows : callable
        Whether a roster knows somebody by a folder's name.
    numbers : frozenset of str
        Canvas's numbers of the people on a roster.

    Raises
    ------
    RefusedError
        If `path` itself is none of these, or holds unreasonably many files.
    """
    ignored: list[str] = []
    said: list[str] = []
    level = 0
    if path.is_dir() or (zipfile.is_zipfile(path) and ".ipynb" not in path.name.lower()):
        found = list(walk(path, MAX_FILES, ignored) if path.is_dir() else unzip(path, ignored))
        if depth:
            level = depth - 1
        else:
            name = path.resolve().name if path.is_dir() else path.stem
            level = around([one.path.parts for one in found], one_form(name), knows, said)
        files = with_second_names(list(bounded(found, level, MAX_EACH, MAX_FILES, path, ignored)))
    elif path.suffix.lower() in (".zip", ".tar", ".gz", ".csv", ".pdf", ".py", ".html"):
        raise RefusedError(
            f"{path} is neither a notebook (.ipynb), a folder nor a zip: submissions were expected"
        )
    else:
        files = [alone(path)]
    owned = owners(files, level, exercises, numbers)
    root = path.resolve().name if path.is_dir() else path.stem
    collection = Collection([], ignored + owned.ignored, said=said + owned.said)
    by_person: dict[str, list[Owned]] = {}
    for one in with_stamps(owned.owned, files, root):
        collection.people.setdefault(one.person.name, one.person)
        by_person.setdefault(one.person.name, []).append(one)
    for name in sorted(by_person):
        work = work_of(collection.people[name], by_person[name], asked or exercises, asked)
        collection.entries.extend(work.entries)
        collection.attempts.update({(name, one): work.attempts[one] for one in work.attempts})
        collection.not_marked.extend(work.not_marked)
        collection.ignored.extend(work.ignored)
        collection.said.extend(work.said)
    for person, names in owned.doubtful.items():
        if person.name not in by_person:
            collection.people[person.name] = person
            collection.not_marked.append(
                NotMarked(person.name, "", "unmarked", "it may be somebody else's", tuple(names))
            )
    collection.ignored.sort()
    return collection


def collect_class(
    path: Path, asked: Sequence[str] = (), listed: Path | None = None, *, depth: int = 0
) -> tuple[Collection, Roster]:
    """Find the submissions of a class, and the class list by the same names.

    Everyone on the list who submitted nothing is among those who are not marked.

    Parameters
    ----------
    path, asked, depth
        See `collect`.
    listed : Path, optional
        The file of the class list.

    Raises
    ------
    CallError
        If nothing can be marked, or it cannot be told who somebody is.
    """
    roster, wrong = Roster(), None
    try:
        roster = Roster.read(listed) if listed else roster
    except RosterError as error:
        wrong = error  # that there is nothing to mark is said first
    known = checks.names()
    try:
        collection = collect(
            path, known, asked, depth=depth, knows=roster.knows, numbers=roster.numbers
        )
    except RefusedError as error:
        raise CallError(str(error)) from error
    if not collection.entries:
        reasons = [f"{one.student}: {one.sentence()}" for one in collection.not_marked]
        reasons = [as_text(one) for one in [*reasons, *collection.ignored][:20]]
        hint = (
            "\nIf it is the work on one exercise, name it with --exercise NN."
            "\nExercises of your own need --source DIR."
        )
        raise CallError(
            f"{path} holds no submission for any exercise ({', '.join(asked or known)})"
            + "".join(f"\n  {one}" for one in reasons)
            + (hint if collection.not_marked and not asked else "")
        )
    if wrong:
        raise wrong
    roster = roster.linked(collection.people)
    if roster.people and not roster.people.keys() & collection.people.keys():
        raise CallError(
            f"nobody on the roster {listed} submitted anything: it has, for example, "
            f"{as_text(min(roster.people))}, and there are files of "
            f"{as_text(min(collection.people))}. The roster of this class was expected, as the "
            "system exports it in English (of Moodle, this assignment's worksheet)"
        )
    exercises = set(asked) or {found.exercise for found, _ in collection.entries}
    exercise = exercises.pop() if len(exercises) == 1 else ""
    collection.not_marked.extend(
        NotMarked(student, exercise, "missing", "nothing was submitted")
        for student in roster.missing(collection.students())
    )
    return collection, roster
