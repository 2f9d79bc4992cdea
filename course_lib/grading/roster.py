"""Who the students are to other systems: a roster, and names that stay out of the files."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.grading.names import as_cell

MAX_ROSTER = 100_000
PSEUDONYMS = "pseudonyms.csv"


class RosterError(ValueError):
    """A roster that cannot be used; the text says why."""


@dataclass(frozen=True)
class Roster:
    """A class list: for every folder's name the columns that other systems know a student by.

    Parameters
    ----------
    columns : tuple of str
        The columns besides ``student``.
    people : dict of str to dict
        By folder.
    """

    columns: tuple[str, ...] = ()
    people: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a CSV file with a column ``student`` (the folder) and any others.

        Raises
        ------
        RosterError
            If there is no such file or column, or a folder is listed twice.
        """
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                columns = [name for name in reader.fieldnames or [] if name]
                if "student" not in columns:
                    raise RosterError(
                        f"{path} has the columns {', '.join(columns) or '(none)'}; one called "
                        "'student', with the names of the folders, was expected"
                    )
                people: dict[str, dict[str, str]] = {}
                for row in reader:
                    student = (row["student"] or "").strip()
                    if student in people:
                        raise RosterError(f"{path} lists {student!r} twice")
                    if len(people) > MAX_ROSTER:
                        raise RosterError(f"{path} has more than {MAX_ROSTER} rows")
                    people[student] = {
                        name: (row[name] or "").strip() for name in columns if name != "student"
                    }
        except OSError as error:
            raise RosterError(f"{path} cannot be read: {error.strerror}") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise RosterError(f"{path} is not a CSV file in UTF-8: {error}") from error
        return cls(tuple(name for name in columns if name != "student"), people)

    def missing(self, students: Iterable[str]) -> list[str]:
        """Return who is on the roster and handed nothing in."""
        return sorted(self.people.keys() - set(students))

    def unknown(self, students: Iterable[str]) -> list[str]:
        """Return who handed in and is not on the roster."""
        return sorted(set(students) - self.people.keys()) if self.people else []


def pseudonyms(students: Sequence[str], seed: str) -> dict[str, str]:
    """Return a name for each student that says nothing without the list.

    >>> pseudonyms(["ann"], "s")["ann"] == pseudonyms(["ben", "ann"], "s")["ann"]
    True
    >>> pseudonyms(["ann"], "s")["ann"] == pseudonyms(["ann"], "t")["ann"]
    False
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for student in sorted(set(students)):
        raw = f"{seed}\0{student}".encode("utf-8", "surrogatepass")
        mark = hashlib.sha256(raw).hexdigest()
        size = 8
        while f"student-{mark[:size]}" in taken:
            size += 1
        found[student] = f"student-{mark[:size]}"
        taken.add(found[student])
    return found


def read_pseudonyms(path: Path) -> dict[str, str]:
    """Return the students behind a run's pseudonyms, or nothing where the list is not there."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["pseudonym"]: row["student"] for row in csv.DictReader(file)}
    except (FileNotFoundError, KeyError):
        return {}


def table(known: dict[str, str], roster: Roster) -> str:
    """Return the list that says who is who, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["pseudonym", "student", *map(as_cell, roster.columns)])
    for pseudonym, student in sorted((two, one) for one, two in known.items()):
        person = roster.people.get(student, {})
        row = [pseudonym, student, *(person.get(name, "") for name in roster.columns)]
        writer.writerow([as_cell(value) for value in row])
    return text.getvalue()
