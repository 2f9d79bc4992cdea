"""One person's files: which exercise each belongs to, and which file of an exercise counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from course_lib.checks import LABORATORIES, names
from course_lib.checks.given import released_cells
from course_lib.checks.notebook_file import RefusedError, read_notebook
from course_lib.checks.which_exercise import by_functions, by_name
from course_lib.grading.escaping import as_text, counted
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

    Parameters
    ----------
    student, exercise : str
        Whose it is, and for what.
    name : str
        The file's name inside the student's folder.
    attempt : tuple
        Of two files of one exercise, the one with the larger value counts.
    read : callable
        Returns its bytes; raises RefusedError.
    file : File
        As it was found, with its path among the submissions and its time.
    version : str
        The file's name, where another file of the same exercise is marked as well.
    """

    student: str
    exercise: str
    name: str
    attempt: tuple[float, ...]
    read: Callable[[], bytes] = field(compare=False)
    file: File
    version: str = ""


@dataclass(frozen=True)
class NotMarked:
    """Somebody who has a row in the results and no mark.

    Parameters
    ----------
    student, exercise : str
        Who, and for what as far as it is known.
    status : str
        ``"unmarked"``: files, but none that can be marked; ``"laboratory"``: a notebook without
        points; ``"missing"``: on the roster, and without a file.
    reason : str
        A sentence for the author.
    files : tuple of str
        The names of the files.
    """

    student: str
    exercise: str
    status: str
    reason: str
    files: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return the reason with the files that it is about."""
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""
        return f"{', '.join(self.files[:3])}{more}: {self.reason}" if self.files else self.reason


@dataclass
class Work:
    """What one person submitted.

    Parameters
    ----------
    entries : list of (Found, tuple of str)
        Per exercise the file that counts, with the names of the others.
    attempts : dict of str to list of Found
        Per exercise all notebooks, where there are several; the last of them counts.
    not_marked : list of NotMarked
        At most one; only where there is no entry.
    ignored, said : list of str
        Files that were passed over, and choices that were made.
    """

    entries: list[tuple[Found, tuple[str, ...]]] = field(default_factory=list)
    attempts: dict[str, list[Found]] = field(default_factory=dict)
    not_marked: list[NotMarked] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


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


def work_of(
    person: Person, owned: Sequence[Owned], exercises: Sequence[str], asked: Sequence[str]
) -> Work:
    """Sort one person's files.

    Parameters
    ----------
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
    work = Work()
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
        ranked = _ranked(person, exercise, groups[exercise], work.said)
        work.entries.append((ranked[-1], tuple(one.name for one in ranked[:-1])))
        notebooks = [one for one in ranked if one.attempt[0]]
        if len(notebooks) > 1:
            work.attempts[exercise] = notebooks
    who = as_text(person.name)
    if not work.entries:
        work.not_marked.append(_not_marked(person, owned, rest, asked))
    else:
        work.ignored += [
            f"{who}/{as_text(file.name)}: {_why(file, asked)}" for file in rest if file.notebook
        ]
    return work


# --- which exercise -----------------------------------------------------------------------------


def _kind(name: str) -> str:
    """Return the suffix of a file's name, without what a second download adds to it."""
    return PurePosixPath(re.sub(r"[ _]*\(\d+\)$", "", name[-100:].lower())).suffix


def _recognised(owned: Sequence[Owned], known: Sequence[str]) -> list[_File]:
    """Return the files that may be work, each with its exercise as far as it can be recognised."""
    files = []
    opened = 0
    for one in sorted(owned, key=lambda each: str(each.inside)):
        name = one.inside.name
        kind = _kind(name)
        notebook = ".ipynb" in name.lower() and kind not in OTHER_KINDS
        exercise = by_name(name, known)
        if not notebook and kind in UNKNOWN_KINDS and opened < MAX_OPENED:
            opened += 1
            notebook = _looks_like_a_notebook(one)
        if not notebook and kind not in OTHER_KINDS and exercise is None:
            continue
        file = _File(one, notebook, exercise)
        if exercise is None and notebook:
            opened += 1
            file.exercise, file.why = _by_content(one) if opened <= MAX_OPENED else (None, "")
            file.how = BY_FUNCTIONS
        if file.exercise is None:
            parents = [by_name(part, known) for part in one.inside.parts[:-1]]
            file.exercise = next((found for found in parents if found), None)
            file.how = BY_FOLDER
        files.append(file)
    return files


def _looks_like_a_notebook(one: Owned) -> bool:
    try:
        raw = one.file.read()
    except RefusedError:
        return False
    start = raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and (b'"cells"' in raw or b'"worksheets"' in raw)


def _by_content(one: Owned) -> tuple[str | None, str]:
    """Return the exercise whose functions a notebook has, or why it cannot be read."""
    try:
        raw = one.file.read()
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
        return f"it belongs to no known exercise by its name, and {_lower(file.why)}"
    return "it belongs to no known exercise, neither by its name nor by its functions"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


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
        files = tuple(as_text(one.inside) for one in owned)
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
    for number, file in enumerate(sorted(files, key=_time, reverse=True)):
        written = not several or (
            file.notebook and number < MAX_OPENED and _written(file.owned, exercise)
        )
        rank = (float(file.notebook), float(written), float(file.how), *_order(person, file))
        read = file.owned.file.read if file.notebook else _refuse(_kind(file.name))
        ranked.append(Found(person.name, exercise, file.name, rank, read, file.owned.file))
    ranked.sort(key=lambda one: (one.attempt, one.name))
    if several:
        passed = ", ".join(as_text(one.name) for one in ranked[:-1][-3:])
        said.append(
            f"{as_text(person.name)}: {counted(len(files), 'file')} for {exercise}; "
            f"{as_text(ranked[-1].name)} is marked, not {passed}"
            + (f" and {len(ranked) - 4} more." if len(ranked) > 4 else ".")
        )
    return ranked


def _time(file: _File) -> float:
    return file.owned.file.time


def _order(person: Person, file: _File) -> tuple[float, float, float]:
    number = _number(file.owned.inside.name)
    resubmission = number if person.system == "canvas" and len(file.owned.inside.parts) == 1 else 0
    return float(resubmission), _time(file), float(number)


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


def _written(one: Owned, exercise: str) -> bool:
    """Whether a notebook holds code that its release does not."""
    try:
        cells, _ = read_notebook(one.file.read())
    except RefusedError:
        return False
    given = _lines(released_cells(exercise))
    return bool(_lines(source for _, source in cells) - given)


def _lines(sources: Iterable[str]) -> set[str]:
    lines = {" ".join(line.split()) for text in sources for line in text.splitlines()}
    return {line for line in lines if line and line[0] not in "#%!"}


def _refuse(kind: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise RefusedError(f"It is a {kind} file; submit the notebook (.ipynb) itself.")

    return read
