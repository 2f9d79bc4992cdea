"""What a run writes while it marks: a journal that survives being killed.

``results.jsonl`` is the journal: one line per notebook, flushed to the disk before the next is
counted as done. ``run.json`` holds what must not change between a run and its continuation.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from course_lib.grading import escaping
from course_lib.grading.errors import CallError
from course_lib.grading.marking.judge import Marked

JOURNAL, RUN, TIMINGS, ROSTER = "results.jsonl", "run.json", "timings.csv", "roster.csv"

Key = tuple[str, str, str]


class ResultsError(CallError):
    """The folder of results cannot be used as asked; the text says why."""


class FullError(ResultsError):
    """The folder of results can no longer be written; what was written before stays."""

    exit_status = 1


class Store:
    """The folder of one run, which is created if it is missing.

    `run` is what the run depends on: seed, digest of the suite, limits, isolation. `inputs` are
    files by which marks are decided; they are there before the run has begun, so that a run that
    was killed can be continued by them. `seen` is the `state` of the folder when this run has read
    what is in it.

    Raises
    ------
    ResultsError
        If the folder is not empty, holds a run that this one does not continue, or was written into
        by another run in between.
    """

    def __init__(
        self,
        folder: Path,
        run: dict[str, Any],
        *,
        resume: bool,
        inputs: Mapping[str, str | bytes] | None = None,
        seen: dict[str, tuple[int, int]] | None = None,
    ) -> None:
        self.folder, self.run = folder, run
        self.outcomes: dict[Key, dict[str, Any]] = {}
        self._texts: dict[str, str] = {}
        check_folder(folder, resume=resume)
        try:
            with contextlib.ExitStack() as opened:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                opened.enter_context(locked(folder))
                check_folder(folder, resume=resume)  # another run may have ended in between
                if seen is not None and state(folder) != seen:
                    raise ResultsError(
                        f"another run has written into {folder} since this one has read what is in "
                        "it; nothing was changed: give the command again"
                    )
                for name, content in (inputs or {}).items():
                    write_file(folder / name, content, lasting=True)
                if resume and (folder / RUN).is_file():
                    self.run = continued(folder, run)
                    for outcome in read_journal(folder / JOURNAL):
                        self.outcomes[key(outcome)] = self._shared(outcome)
                else:
                    write_file(folder / RUN, as_json(run), lasting=True)
                self._journal = opened.enter_context((folder / JOURNAL).open("ab"))
                timings = (folder / TIMINGS).open("a", encoding="utf-8", newline="")
                self._timings = opened.enter_context(timings)
                for place in (folder, folder.absolute().parent):
                    _sync_folder(place)
                self._open = opened.pop_all()
        except OSError as error:
            raise ResultsError(f"{folder} cannot be written: {error.strerror}") from error
        if self._timings.tell() == 0:
            self._timings.write("student,exercise,cpu_seconds,wall_seconds\n")

    def add(self, marked: Marked) -> None:
        """Append one outcome to the journal; it is on the disk when this returns.

        Raises
        ------
        FullError
            If the disk is full or gone.
        """
        outcome = marked.outcome | {
            "suite": str(self.run["suite"])[:16],
            "seed": hashlib.sha256(str(self.run["seed"]).encode()).hexdigest()[:16],
        }
        raw = as_line(outcome).encode("utf-8", "backslashreplace")
        try:
            self._journal.write(raw)
            self._journal.flush()
            os.fsync(self._journal.fileno())
            row = [escaping.as_cell(outcome["student"]), outcome["exercise"]]
            row += [f"{marked.cpu_seconds:.3f}", f"{marked.wall_seconds:.3f}"]
            csv.writer(self._timings, lineterminator="\n").writerow(row)
        except OSError as error:
            raise FullError(
                f"{self.folder} cannot be written any more ({error.strerror}). Results so far "
                "are kept: make room, and continue with --resume."
            ) from error
        self.outcomes[key(outcome)] = self._shared(json.loads(raw))

    def _shared(self, value: Any) -> Any:
        """Return the same data with equal texts kept once: a class loses its points alike."""
        if isinstance(value, str):
            return self._texts.setdefault(value, value)
        if isinstance(value, list):
            return [self._shared(entry) for entry in value]
        if isinstance(value, dict):
            return {self._shared(name): self._shared(entry) for name, entry in value.items()}
        return value

    def forget(self, student: str) -> None:
        """Let a student be marked again; the journal's last line of a notebook counts."""
        for entry in [entry for entry in self.outcomes if entry[0] == student]:
            del self.outcomes[entry]

    def sorted(self) -> list[dict[str, Any]]:
        """Return all outcomes by student and exercise."""
        return [self.outcomes[entry] for entry in sorted(self.outcomes)]

    def close(self) -> None:
        """Close the journal, and let another run into the folder."""
        with contextlib.suppress(OSError):
            self._open.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def asked_before(folder: Path) -> tuple[str, ...]:
    """Return the exercises that alone were asked for when a run was begun; none: any exercise."""
    try:
        return tuple(read_run(folder).get("exercises", ()))
    except ResultsError:
        return ()  # `continued` says what is wrong


def read_run(folder: Path) -> dict[str, Any]:
    """Return what a run depends on, as it was written down; raise ResultsError if it is broken."""
    try:
        return json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{folder / RUN} cannot be read: {error}") from error


def continued(folder: Path, run: dict[str, Any]) -> dict[str, Any]:
    """Return a run as it was begun in a folder, with the seed and the speed measured then.

    Raises
    ------
    ResultsError
        If anything else that marks depend on has changed.
    """
    before = read_run(folder)
    run = run | {name: run.get(name) or before.get(name) for name in ("seed", "slowness")}
    for name in {**before, **run}:
        old, new = before.get(name), run.get(name)
        if old != new:
            was, now = ("not given" if value is None else repr(value) for value in (old, new))
            raise ResultsError(
                f"{folder} cannot be continued: {name} was {was} and is {now} now. "
                "Nothing was changed; give the command as it was, or start again in another folder."
            )
    return run


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder, where the system and the file system have locks.

    Raises
    ------
    ResultsError
        If another run holds it.
    """
    with contextlib.ExitStack() as held:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            held.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ResultsError(
                f"another run is writing into {folder}: wait until it has ended, or choose "
                "another folder"
            ) from error
        except OSError:
            pass
        yield


def check_folder(folder: Path, *, resume: bool) -> None:
    """Raise ResultsError if a folder holds what a run must not mix with."""
    try:
        # A run that was killed in its first moment has left nothing but the part of a file.
        empty = not folder.exists() or all(path.suffix == ".part" for path in folder.iterdir())
    except OSError as error:
        raise ResultsError(f"{folder} cannot be written: {error.strerror}") from error
    if not resume and not empty:
        raise ResultsError(
            f"{folder} is not empty: choose another folder, or continue its run with --resume"
        )
    if resume and not empty and not (folder / RUN).is_file():
        raise ResultsError(f"{folder} holds no run that could be continued (no {RUN})")


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return what tells whether a file of a folder was written since: times and sizes, by name."""
    if not folder.is_dir():
        return {}
    files = [path for path in folder.iterdir() if path.is_file() and path.suffix != ".part"]
    return {path.name: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


def key(outcome: dict[str, Any]) -> Key:
    """Return whose and of what an outcome is, with the file's name if several are marked."""
    return outcome["student"], outcome["exercise"], outcome.get("version", "")


def read_journal(path: Path, *, mend: bool = True) -> list[dict[str, Any]]:
    """Read a journal; a last line that was cut off is left out, and removed with `mend`.

    Raises
    ------
    ResultsError
        If a line other than the last one is broken.
    """
    if not path.is_file():
        return []
    raw = path.read_bytes()
    whole = raw.rfind(b"\n") + 1
    outcomes = []
    for number, line in enumerate(raw[:whole].splitlines(), start=1):
        try:
            outcome = json.loads(line)
            key(outcome)
        except (ValueError, KeyError, TypeError) as error:
            raise ResultsError(f"{path}, line {number}, is broken: {error}") from error
        outcomes.append(outcome)
    if mend and whole != len(raw):
        with open(path, "r+b") as file:
            file.truncate(whole)
    return outcomes


def write_file(path: Path, text: str | bytes | Iterable[str], *, lasting: bool = False) -> None:
    """Write a file whole or not at all, from a text or from its pieces, in place of an old one.

    With `lasting`, for what cannot be made again, the content is on the disk before that one goes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    pieces = [text] if isinstance(text, (str, bytes)) else text
    try:
        with open(part, "wb") as file:
            for piece in pieces:
                raw = piece.encode("utf-8", "backslashreplace") if isinstance(piece, str) else piece
                file.write(raw)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can and lets us."""
    with contextlib.suppress(OSError):
        place = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)


def as_line(value: Any) -> str:
    """Return data as a line of a file."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n"


def as_json(value: Any) -> str:
    """Return data as the text of a file."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
