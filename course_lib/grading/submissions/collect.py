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
from pathlib import Path

from course_lib import checks
from course_lib.checks.notebook_file import RefusedError
from course_lib.grading.errors import CallError
from course_lib.grading.escaping import as_text
from course_lib.grading.submissions.attempts import Collection, NotMarked, sort_work
from course_lib.grading.submissions.listing import (
    alone,
    bounded,
    one_form,
    unzip,
    walk,
    with_second_names,
)
from course_lib.grading.submissions.owners import Owned, around, owners
from course_lib.grading.submissions.roster import Roster, RosterError
from course_lib.grading.submissions.times import with_stamps

MAX_FILES = 500_000
MAX_EACH = 2_000  # files in one student's folder: nobody's can be so full that nobody is marked
NOBODY = Roster()


def collect(
    path: Path,
    exercises: Sequence[str],
    asked: Sequence[str] = (),
    *,
    depth: int = 0,
    roster: Roster = NOBODY,
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
    roster : Roster
        The people who are known by the names of their folders, or by Canvas's numbers.

    Raises
    ------
    RefusedError
        If `path` itself is none of these, or holds unreasonably many files.
    """
    ignored: list[str] = []
    said: list[str] = []
    level = 0
    folder = path.is_dir()
    root = path.resolve().name if folder else path.stem
    if folder or (zipfile.is_zipfile(path) and ".ipynb" not in path.name.lower()):
        entries = list(walk(path, MAX_FILES, ignored) if folder else unzip(path, ignored))
        paths = [entry.path.parts for entry in entries]
        level = depth - 1 if depth else around(paths, one_form(root), roster.knows, said)
        files = with_second_names(list(bounded(entries, level, MAX_EACH, MAX_FILES, path, ignored)))
    elif path.suffix.lower() in (".zip", ".tar", ".gz", ".csv", ".pdf", ".py", ".html"):
        raise RefusedError(
            f"{path} is neither a notebook (.ipynb), a folder nor a zip: submissions were expected"
        )
    else:
        files = [alone(path)]
    owned = owners(files, level, exercises, roster.numbers)
    collection = Collection(ignored=ignored + owned.ignored, said=said + owned.said)
    by_person: dict[str, list[Owned]] = {}
    for upload in with_stamps(owned.owned, files, root):
        collection.people.setdefault(upload.person.name, upload.person)
        by_person.setdefault(upload.person.name, []).append(upload)
    for name in sorted(by_person):
        person = collection.people[name]
        sort_work(collection, person, by_person[name], asked or exercises, asked)
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
    roster, wrong = NOBODY, None
    try:
        roster = Roster.read(listed) if listed else NOBODY
    except RosterError as error:
        wrong = error  # that there is nothing to mark is said first
    known = checks.names()
    try:
        collection = collect(path, known, asked, depth=depth, roster=roster)
    except RefusedError as error:
        raise CallError(str(error)) from error
    if not collection.entries:
        reasons = [
            f"{unmarked.student}: {unmarked.sentence()}" for unmarked in collection.not_marked
        ]
        reasons = [as_text(reason) for reason in [*reasons, *collection.ignored][:20]]
        hint = (
            "\nIf it is the work on one exercise, name it with --exercise NN."
            "\nExercises of your own need --source DIR."
        )
        raise CallError(
            f"{path} holds no submission for any exercise ({', '.join(asked or known)})"
            + "".join(f"\n  {reason}" for reason in reasons)
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
    exercises = set(asked) or {work.exercise for work, _ in collection.entries}
    exercise = exercises.pop() if len(exercises) == 1 else ""
    collection.not_marked.extend(
        NotMarked(student, exercise, "missing", "nothing was submitted")
        for student in roster.missing(collection.students())
    )
    return collection, roster
