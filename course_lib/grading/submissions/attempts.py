"""What was found: which exercise a person's files belong to, and which file of each counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import PurePosixPath

from course_lib.checks import LABORATORIES, load, names
from course_lib.checks.given import released_cells
from course_lib.checks.notebook_file import RefusedError, read_answers, read_notebook
from course_lib.checks.which_exercise import by_functions, by_name
from course_lib.grading.escaping import as_text, counted
from course_lib.grading.submissions.ingest import Submission, UnmarkedError, digest
from course_lib.grading.submissions.listing import File
from course_lib.grading.submissions.owners import Owned, Person

OTHER_KINDS = {
    ".py", ".pdf", ".html", ".htm", ".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".doc", ".docx",
    ".odt", ".rtf", ".md", ".tex",
}  # fmt: skip
UNKNOWN_KINDS = {"", ".json", ".txt", ".download"}  # as which browsers save a notebook
MAX_OPENED = 20  # files of one person that are read to see what they are
ATTEMPT = re.compile(r"(?:[-_ (]|attempt|version|v)(?P<number>\d{1,6})\)?$", re.IGNORECASE)
BY_NAME, BY_FUNCTIONS, BY_FOLDER, ONLY_ONE = 3, 2, 1, 0
TAG = re.compile(rb'"grade_id"\s*:\s*"solution-(\w+)"')


@dataclass(frozen=True)
class Found:
    """One file that is a submission, still unread.

    Of two files of one exercise, the one with the larger `attempt` counts. `version` is the file's
    name, where another file of the same exercise is marked as well.
    """

    student: str
    exercise: str
    name: str  # inside the student's folder
    attempt: tuple[float, ...]
    file: File
    version: str = ""


@dataclass(frozen=True)
class NotMarked:
    """Somebody who has a row in the results and no mark.

    The status is ``"unmarked"``: files, but none that can be marked; ``"laboratory"``: a notebook
    without points; ``"missing"``: on the roster, and without a file.
    """

    student: str
    exercise: str  # as far as it is known
    status: str
    reason: str  # a sentence for the author
    files: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the reason with the files that it is about."""
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""
        return f"{', '.join(self.files[:3])}{more}: {self.reason}" if self.files else self.reason


@dataclass(frozen=True)
class Collection:
    """Everything found: per student and exercise the file that counts, and what became of the rest.

    With each entry are the names of files that do not count. `attempts` has all notebooks where
    there are several for one exercise, and the last of them counts; `keys`, which numbers a
    notebook has, where they are the student's own.
    """

    entries: list[tuple[Found, tuple[str, ...]]] = field(default_factory=list)  # sorted
    ignored: list[str] = field(default_factory=list)  # files that are not marked, with the reason
    not_marked: list[NotMarked] = field(default_factory=list)  # everyone without an entry
    said: list[str] = field(default_factory=list)  # choices that were made, for the teacher
    people: dict[str, Person] = field(default_factory=dict)  # all who submitted something, by name
    attempts: dict[tuple[str, str], list[Found]] = field(default_factory=dict)
    keys: dict[tuple[str, str], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.entries)

    def students(self) -> list[str]:
        """Return everyone who has a row in the results, sorted."""
        names = {work.student for work, _ in self.entries}
        return sorted(names | {unmarked.student for unmarked in self.not_marked})

    def renamed(self, names: dict[str, str]) -> Collection:
        """Return the same collection under other names of students, in their order.

        File names can hold a name too, so they are only counted.
        """
        entries = []
        for work, others in self.entries:
            student, version = names[work.student], anonymous(work.version)
            counted_only = tuple(f"file {number}" for number in range(1, len(others) + 1))
            entries.append((replace(work, student=student, version=version), counted_only))
        entries.sort(key=lambda entry: (entry[0].student, entry[0].exercise))
        not_marked = [
            replace(unmarked, student=names[unmarked.student], files=())
            for unmarked in self.not_marked
        ]
        not_marked.sort(key=lambda unmarked: unmarked.student)
        keys = {(names[who], exercise): key for (who, exercise), key in self.keys.items()}
        return Collection(entries, self.ignored, not_marked, self.said, keys=keys)

    def read(self, index: int) -> Submission:
        """Read one submission; what cannot be read comes back refused, with the reason."""
        work, others = self.entries[index]
        submission = Submission(
            work.student, work.exercise, digest="unread", others=others, version=work.version,
            key=self.keys.get((work.student, work.exercise), 0),
        )  # fmt: skip
        try:
            raw = work.file.read()
            submission = replace(submission, digest=digest(raw))
            cells, notes = read_notebook(raw)
        except RefusedError as error:
            unmarked = isinstance(error, UnmarkedError)
            return replace(submission, refused=str(error), unmarked=unmarked)
        answers = tuple(read_answers(raw).items()) if load(work.exercise).answers else ()
        return replace(submission, cells=tuple(cells), notes=tuple(notes), answers=answers)


def anonymous(version: str) -> str:
    """Return a file's name as a number that says nothing of it."""
    return version and digest(version.encode("utf-8", "surrogatepass"))[:8]


@dataclass
class _File:
    owned: Owned
    notebook: bool
    exercise: str | None = None
    how: int = BY_NAME
    why: str = ""  # nothing is known about it

    @property
    def name(self) -> str:
        return str(self.owned.inside)


def sort_work(
    collection: Collection,
    person: Person,
    owned: Sequence[Owned],
    exercises: Sequence[str],
    asked: Sequence[str],
) -> None:
    """Add one person's files to a collection.

    Parameters
    ----------
    collection : Collection
    person : Person
        Whose they are.
    owned : sequence of Owned
        All of the person's files.
    exercises : sequence of str
        What is marked in this run.
    asked : sequence of str
        What the teacher has named with ``--exercise``; of one exercise alone, a single notebook
        counts whatever its name is.
    """
    files = _recognised(owned, sorted({*exercises, *names(), *LABORATORIES}))
    if len(asked) == 1:
        _only_one(files, asked[0])
    groups: dict[str, list[_File]] = {}
    rest = []
    for file in files:
        if file.exercise in exercises:
            groups.setdefault(file.exercise or "", []).append(file)
        else:
            rest.append(file)
    for exercise in sorted(groups):
        ranked = _ranked(person, exercise, groups[exercise], collection.said)
        collection.entries.append((ranked[-1], tuple(work.name for work in ranked[:-1])))
        notebooks = [work for work in ranked if work.attempt[0]]
        if len(notebooks) > 1:
            collection.attempts[person.name, exercise] = notebooks
    if not groups:
        collection.not_marked.append(_not_marked(person, owned, rest, asked))
        return
    for file in rest:
        if file.notebook:
            whose = f"{as_text(person.name)}/{as_text(file.name)}"
            collection.ignored.append(f"{whose}: {_why(file, asked)}")


# --- which exercise -----------------------------------------------------------------------------


def _kind(name: str) -> str:
    """Return the suffix of a file's name, without what a second download adds to it."""
    return PurePosixPath(re.sub(r"[ _]*\(\d+\)$", "", name[-100:].lower())).suffix


def _recognised(owned: Sequence[Owned], known: Sequence[str]) -> list[_File]:
    """Return the files that may be work, each with its exercise as far as it can be recognised."""
    files = []
    opened = 0
    for upload in sorted(owned, key=lambda each: str(each.inside)):
        name = upload.inside.name
        kind = _kind(name)
        notebook = ".ipynb" in name.lower() and kind not in OTHER_KINDS
        exercise = by_name(name, known)
        if not notebook and kind in UNKNOWN_KINDS and opened < MAX_OPENED:
            opened += 1
            notebook = _looks_like_a_notebook(upload)
        if not notebook and kind not in OTHER_KINDS and exercise is None:
            continue
        file = _File(upload, notebook, exercise)
        if exercise is None and notebook:
            opened += 1
            file.exercise, file.why = _by_content(upload) if opened <= MAX_OPENED else (None, "")
            file.how = BY_FUNCTIONS
        if file.exercise is None:
            parents = [by_name(part, known) for part in upload.inside.parts[:-1]]
            file.exercise = next((parent for parent in parents if parent), None)
            file.how = BY_FOLDER
        files.append(file)
    return files


def _looks_like_a_notebook(upload: Owned) -> bool:
    try:
        raw = upload.file.read()
    except RefusedError:
        return False
    start = raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and (b'"cells"' in raw or b'"worksheets"' in raw)


def _by_content(upload: Owned) -> tuple[str | None, str]:
    """Return the exercise whose functions a notebook has, or why it cannot be read."""
    try:
        raw = upload.file.read()
        cells, _ = read_notebook(raw)
    except RefusedError as error:
        return None, str(error)
    tags = [tag.decode() for tag in TAG.findall(raw)]
    return by_functions((source for _, source in cells), tags), ""


def _only_one(files: Sequence[_File], asked: str) -> None:
    """Let a person's only notebook, or other file, be the one that was asked for."""
    if any(file.exercise == asked and file.notebook for file in files):
        return
    notebooks = [file for file in files if file.notebook]
    candidates = notebooks or files
    unknown = [file for file in candidates if file.exercise is None]
    if len(notebooks) == 1 and not unknown and _by_content(notebooks[0].owned)[0] == asked:
        unknown = notebooks  # named after another exercise: its functions decide
    if len(unknown) == 1:
        unknown[0].exercise, unknown[0].how = asked, ONLY_ONE


def _why(file: _File, asked: Sequence[str]) -> str:
    """Say why a file is not marked."""
    if file.exercise in LABORATORIES:
        return f"{file.exercise} is a laboratory, without points"
    if file.exercise is not None:
        meant = f", and {' and '.join(asked)} was asked for" if asked else ""
        return f"it belongs to {file.exercise}{meant}"
    if not file.notebook:
        return f"it is a {_kind(file.name)} file; submit the notebook (.ipynb) itself"
    if file.why:
        why = file.why[:1].lower() + file.why[1:].rstrip(".")
        return f"it belongs to no known exercise by its name, and {why}"
    return "it belongs to no known exercise, neither by its name nor by its functions"


def _not_marked(
    person: Person, owned: Sequence[Owned], rest: Sequence[_File], asked: Sequence[str]
) -> NotMarked:
    exercise = asked[0] if len(asked) == 1 else ""
    laboratory = next((file.exercise for file in rest if file.exercise in LABORATORIES), None)
    if laboratory and not asked:
        files = tuple(as_text(file.name) for file in rest if file.exercise == laboratory)
        reason = "it is a laboratory, without points, and nothing is marked"
        return NotMarked(person.name, laboratory, "laboratory", reason, files)
    shown = [file for file in rest if file.notebook] or rest
    if shown:
        files = tuple(as_text(file.name) for file in shown)
        reason = _why(shown[0], asked)
        if len(shown) > 1 and len(asked) == 1:
            reason = f"which of these is {asked[0]} cannot be told; submit one, under its own name"
    else:
        files = tuple(as_text(upload.inside) for upload in owned)
        reason = "there is no notebook (.ipynb) among the files"
    return NotMarked(person.name, exercise, "unmarked", reason, files)


# --- which file ---------------------------------------------------------------------------------


def _ranked(person: Person, exercise: str, files: list[_File], said: list[str]) -> list[Found]:
    """Return all files of an exercise; the last one counts.

    A notebook goes before any other file, one in which something was written before one that is as
    it was released, and one that is known by its name before one that is known by its folder. Then
    Canvas's number of the resubmission counts, then the time. The number that a browser writes
    behind the name of a second download decides where nothing else does.
    """
    several = sum(file.notebook for file in files) > 1
    ranked = []
    latest_first = sorted(files, key=lambda file: file.owned.file.time, reverse=True)
    for place, file in enumerate(latest_first):
        written = not several or (
            file.notebook and place < MAX_OPENED and _written(file.owned, exercise)
        )
        inside, source = file.owned.inside, file.owned.file
        number = _number(inside.name)
        resubmission = number if person.system == "canvas" and len(inside.parts) == 1 else 0
        rank = (file.notebook, written, file.how, resubmission, source.time, number)
        if not file.notebook:
            source = replace(source, read=partial(_refuse, _kind(file.name)))
        ranked.append(Found(person.name, exercise, file.name, rank, source))
    ranked.sort(key=lambda work: (work.attempt, work.name))
    if several:
        passed = ", ".join(as_text(work.name) for work in ranked[:-1][-3:])
        said.append(
            f"{as_text(person.name)}: {counted(len(files), 'file')} for {exercise}; "
            f"{as_text(ranked[-1].name)} is marked, not {passed}"
            + (f" and {len(ranked) - 4} more." if len(ranked) > 4 else ".")
        )
    return ranked


def _number(name: str) -> int:
    """Return the number of the attempt or download that a file's name says, else 0.

    >>> _number("08_backward_pass-2.ipynb"), _number("08_backward_pass.ipynb (1)")
    (2, 1)
    >>> _number("08_backward_pass.ipynb"), _number("homework 3.ipynb")
    (0, 3)
    """
    stem = re.sub(r"\.ipynb", "", name[-200:], flags=re.IGNORECASE)
    match = ATTEMPT.search(stem)
    return int(match["number"]) if match else 0


def _written(upload: Owned, exercise: str) -> bool:
    """Whether a notebook holds code that its release does not."""
    try:
        cells, _ = read_notebook(upload.file.read())
    except RefusedError:
        return False
    given = _lines(released_cells(exercise))
    return bool(_lines(source for _, source in cells) - given)


def _lines(sources: Iterable[str]) -> set[str]:
    lines = {" ".join(line.split()) for text in sources for line in text.splitlines()}
    return {line for line in lines if line and line[0] not in "#%!"}


def _refuse(kind: str) -> bytes:
    raise RefusedError(f"It is a {kind} file; submit the notebook (.ipynb) itself.")
