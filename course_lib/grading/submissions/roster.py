"""Who the students are to other systems: a roster, and names that stay out of the files.

A roster is a table as it was exported: Canvas's gradebook, Moodle's gradebook, the grading
worksheet of an assignment of Moodle's, or any table with a column ``student``. Nobody has to add a
column: the number in a file's name on Canvas is the gradebook's ``ID``, and the one of a folder
from Moodle is the worksheet's ``Identifier``.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from course_lib.grading import tables
from course_lib.grading.errors import CallError
from course_lib.grading.escaping import as_text
from course_lib.grading.submissions.listing import one_form
from course_lib.grading.submissions.owners import Person

MAX_ROSTER = 100_000
PSEUDONYMS = "pseudonyms.csv"
STUDENT = "student"
CANVAS_INFO = (
    "Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID",
    "Root Account", "Section",
)  # fmt: skip
# Columns that name a person, and no other; the first that is filled is the name in the results.
IDS = (
    "Email address", "Email", "Username", "ID number", "SIS Login ID", "SIS User ID", "SID", "ID",
    "Student ID", "Identifier",
)  # fmt: skip
NAMES = ("Full name", "Student", "Name", "name")
FIRST, LAST = ("First name", "FirstName", "first_name"), ("Last name", "LastName", "last_name")
# What a table of Moodle's holds of marks; of Canvas's it is all that follows the section.
MARKS = re.compile(
    r"Status|Grade|Maximum grade|Scale|Grade can be changed|Last modified.*|Feedback comments"
    r"|Online text|Last downloaded from this course|.*\((?:Real|Percentage|Letter|Feedback)\)"
)
NO_MARKS = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE | re.DOTALL)


class RosterError(CallError):
    """A roster that cannot be used; the text says why."""


@dataclass(frozen=True)
class Roster:
    """A class list: for every student the columns that other systems know the person by.

    `table` and `rows` are all columns and rows of the file, in their order. Each row comes with the
    name in `people`; it is empty for a row that is nobody's, such as the points that are possible.
    """

    columns: tuple[str, ...] = ()  # those that describe a person, without "student"
    people: dict[str, dict[str, str]] = field(default_factory=dict)  # by the name in the results
    table: tuple[str, ...] = ()
    rows: tuple[tuple[str, dict[str, str]], ...] = ()

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a table as it was exported, separated by commas, semicolons or tabs.

        Raises
        ------
        RosterError
            If there is no such file or no column that names people, or two rows are of one name.
        """
        try:
            lines = iter([cells for _, cells in tables.read(path)])
        except tables.TableError as error:
            raise RosterError(str(error)) from error
        header = [one_form(name.strip()) for name in next(lines, [])]
        columns = tuple(name for name in header if name)
        if not {STUDENT, *IDS} & set(columns):
            raise RosterError(
                f"{path} has the columns {', '.join(columns) or '(none)'}; expected were a "
                "gradebook as Canvas or Moodle exports it, a grading worksheet of Moodle's, or a "
                "column 'student' with the names of the folders"
            )
        rows: list[dict[str, str]] = []
        for cells in lines:
            if len(rows) >= MAX_ROSTER:
                raise RosterError(f"{path} has more than {MAX_ROSTER} rows")
            if any(cell.strip() for cell in cells):
                named = zip(header, cells + [""] * (len(header) - len(cells)), strict=False)
                rows.append({name: one_form(cell) for name, cell in named if name})
        people, listed = _people(path, rows)
        return cls(_describing(columns), people, columns, listed)

    def knows(self, name: str) -> bool:
        """Return whether somebody is known by a folder's name."""
        return one_form(name) in self.people or plain_name(name) in self._aliases

    @property
    def numbers(self) -> frozenset[str]:
        """Canvas's numbers of all people."""
        return frozenset(row.get("ID", "").strip() for row in self.people.values()) - {""}

    @cached_property
    def _aliases(self) -> frozenset[str]:
        return frozenset(name for row in self.people.values() for name in _all_names(row))

    def linked(self, people: Mapping[str, Person]) -> Roster:
        """Return the same roster by the names in the results of all who submitted something.

        Raises
        ------
        RosterError
            If it cannot be told who of the roster somebody is.
        """
        names: dict[str, str] = {}
        index = _Index(self.people)
        for person in people.values():
            _take(names, index.surely(person), person)
        taken, known = set(names), set(names.values())
        for person in people.values():
            if person.name not in known:
                _take(names, index.by_name(person, taken), person)
        index.check_worksheet(names, people)
        return replace(
            self,
            people={names.get(key, key): row for key, row in self.people.items()},
            rows=tuple((names.get(key, key), row) for key, row in self.rows),
        )

    def missing(self, students: Iterable[str]) -> list[str]:
        """Return who is on the roster and submitted nothing."""
        return sorted(self.people.keys() - set(students))

    def unknown(self, students: Iterable[str]) -> list[str]:
        """Return who submitted something and is not on the roster."""
        return sorted(set(students) - self.people.keys()) if self.people else []


def names_of(
    students: Iterable[str], people: Mapping[str, Person], roster: Roster
) -> dict[str, list[str]]:
    """Return by each name, as `plain_name` gives it, the students of the results who have it.

    `people` are all who submitted something, and the roster is by the same names.
    """
    by_name: dict[str, list[str]] = {}
    for student in sorted({*students, *roster.people}):
        known_as = people[student].known_as if student in people else ()
        names = {plain_name(alias) for alias in (student, *known_as)}
        for name in names | _all_names(roster.people.get(student, {})):
            by_name.setdefault(name, []).append(student)
    return by_name


# --- reading ------------------------------------------------------------------------------------


def _describing(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that describe a person: no marks, and not ``student``."""
    if "ID" in columns and "Section" in columns:  # Canvas's gradebook
        columns = columns[: columns.index("Section") + 1]
    return tuple(name for name in columns if name != STUDENT and not MARKS.fullmatch(name))


def _people(
    path: Path, rows: list[dict[str, str]]
) -> tuple[dict[str, dict[str, str]], tuple[tuple[str, dict[str, str]], ...]]:
    """Return the people by a name each, and all rows with these names."""
    people: dict[str, dict[str, str]] = {}
    seen: dict[tuple[str, ...], str] = {}
    listed = []
    for row in rows:
        key = ""
        ids = tuple(row.get(name, "").strip() for name in IDS)
        if _is_person(row):
            key = row.get(STUDENT, "").strip() or _called(row)
            if any(ids) and ids in seen:
                key = seen[ids]  # once more, as for another section
            elif key in people:
                if row.get(STUDENT, "").strip():
                    raise RosterError(f"{path} lists {key!r} twice")
                key = f"{key} ({next(filter(None, reversed(ids)), len(people))})"
            people.setdefault(key, {name: value.strip() for name, value in row.items()})
            seen.setdefault(ids, key)
        listed.append((key, row))
    return people, tuple(listed)


def _is_person(row: dict[str, str]) -> bool:
    """Whether a row is a student's: not one of points, of muted columns, or of the test student."""
    if any(value.strip() == "Points Possible" for value in row.values()):
        return False
    if all(NO_MARKS.fullmatch(value) for value in row.values()):
        return False
    if row.get("Student", "").strip() in ("Student, Test", "Test Student"):
        return False
    return bool(_called(row) or row.get(STUDENT, "").strip())


def _called(row: dict[str, str]) -> str:
    names = [row.get(name, "").strip() for name in (*NAMES, *IDS)]
    both = [_first(row, LAST), _first(row, FIRST)]
    return names[0] or names[1] or ", ".join(filter(None, both)) or next(filter(None, names), "")


def _first(row: Mapping[str, str], columns: Sequence[str]) -> str:
    return next((row[name].strip() for name in columns if row.get(name, "").strip()), "")


# --- who is who -----------------------------------------------------------------------------------


def plain_name(name: str) -> str:
    """Return a name in a form in which case, punctuation and spaces do not matter.

    >>> plain_name("O'Hara,  Ann") == plain_name("ohara ann")
    True
    """
    if "@" in name:
        return one_form(name).casefold().strip()
    return "".join(sign for sign in one_form(name).casefold() if sign.isalnum())


def _real_names(row: Mapping[str, str]) -> set[str]:
    """Return a person's name in the orders in which systems write it."""
    names = set()
    for name in (_first(row, NAMES), f"{_first(row, LAST)}, {_first(row, FIRST)}"):
        last, comma, first = name.partition(",")
        names |= {plain_name(name), plain_name(first + last) if comma else ""}
    return names - {""}


def _number(row: Mapping[str, str]) -> str:
    """Return Moodle's number of a person, out of ``Participant 123``."""
    match = re.fullmatch(r"\D*(\d+)", row.get("Identifier", "").strip())
    return match[1] if match else ""


def _all_names(row: Mapping[str, str]) -> set[str]:
    """Return all that a folder of a person may be called, in plain form."""
    names, identifier = _real_names(row), row.get("ID", "").strip()
    ids = {plain_name(row.get(name, "")) for name in IDS} - {""}
    numbered = {name + number for name in names for number in (identifier, _number(row)) if number}
    return names | ids | numbered


def _take(names: dict[str, str], key: str | None, person: Person) -> None:
    """Add a person by the key on the roster, if there is one."""
    if key is None:
        return
    if key in names:
        raise RosterError(
            f"{as_text(names[key])} and {as_text(person.name)} are both {as_text(key)} of the "
            "roster: put their files into one folder, or say who is who in a column 'student'"
        )
    names[key] = person.name


class _Index:
    """Finds a person on a roster: by the system's number, by other identifiers, by name."""

    def __init__(self, people: Mapping[str, dict[str, str]]) -> None:
        self._people = people
        self._by: list[dict[str, list[str]]] = [{}, {}, {}, {}]
        for key, row in people.items():
            if row.get(STUDENT):
                self._add(0, key, {plain_name(row[STUDENT])})
            self._add(1, key, {f"canvas {row.get('ID', '')}", f"moodle {_number(row)}"})
            self._add(2, key, {plain_name(row.get(name, "")) for name in IDS})
            self._add(3, key, _all_names(row) | {plain_name(key)})

    def _add(self, tier: int, key: str, names: set[str]) -> None:
        for name in names - {"", "canvas ", "moodle "}:
            self._by[tier].setdefault(name, []).append(key)

    def surely(self, person: Person) -> str | None:
        """Return the key of a person by the column ``student`` or the system's number."""
        if self._people.get(person.name, {}).get(STUDENT):
            return person.name
        return self._one(person, self._by[1].get(f"{person.system} {person.number}", []))

    def by_name(self, person: Person, taken: set[str]) -> str | None:
        """Return the key of a person by other identifiers or the name, if it is not taken."""
        names = [plain_name(alias) for alias in (person.name, *person.known_as)]
        for by, wanted in ((self._by[0], names[:1]), (self._by[2], names), (self._by[3], names)):
            keys = [
                key
                for name in wanted
                for key in by.get(name, [])
                if key not in taken and not self._other_number(person, key)
            ]
            if keys:
                return self._one(person, keys)
        return None

    def _one(self, person: Person, keys: Sequence[str]) -> str | None:
        matches = list(dict.fromkeys(keys))
        if len(matches) > 1:
            raise RosterError(
                f"{as_text(person.name)} may be {' and '.join(map(as_text, matches[:3]))} of the "
                "roster: say who it is in a column 'student', or use a table with the number that "
                "the system gives people (Canvas's gradebook: ID; Moodle's grading worksheet: "
                "Identifier)"
            )
        return matches[0] if matches else None

    def _other_number(self, person: Person, key: str) -> bool:
        """Whether a row has a number of the person's system, and it is not the person's."""
        row = self._people[key]
        number = {"canvas": row.get("ID", ""), "moodle": _number(row)}.get(person.system, "")
        return bool(number) and number != person.number

    def check_worksheet(self, names: Mapping[str, str], people: Mapping[str, Person]) -> None:
        """Raise RosterError where Moodle's numbers belong to people of other names."""
        compared: Counter[bool] = Counter()
        example = ""
        for key, name in names.items():
            person, known = people[name], _real_names(self._people[key])
            if person.system != "moodle" or not _number(self._people[key]) or not known:
                continue
            written = plain_name(person.known_as[0])
            if plain_name(self._people[key]["Identifier"]).startswith(written):
                continue  # an anonymous assignment: "Participant" is no name
            same = any(variant in written or written in variant for variant in known)
            compared[same] += 1
            example = example or ("" if same else f"{as_text(name)} is {as_text(key)}")
        if compared[False] > compared[True]:
            raise RosterError(
                f"by the roster's Identifier {example}, and so for {compared[False]} people: "
                "Moodle numbers people anew in each assignment; use the worksheet of this one"
            )


# --- pseudonyms ---------------------------------------------------------------------------------


def pseudonyms(students: Sequence[str], seed: str) -> dict[str, str]:
    """Return a name for each student that says nothing without the list.

    >>> pseudonyms(["ann"], "s")["ann"] == pseudonyms(["ben", "ann"], "s")["ann"]
    True
    >>> pseudonyms(["ann"], "s")["ann"] == pseudonyms(["ann"], "t")["ann"]
    False
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for student in sorted(set(students)):
        raw = f"{seed}\0{student}".encode("utf-8", "surrogatepass")
        mark = hashlib.sha256(raw).hexdigest()
        size = 8
        while f"student-{mark[:size]}" in taken:
            size += 1
        names[student] = f"student-{mark[:size]}"
        taken.add(names[student])
    return names


def read_pseudonyms(path: Path) -> dict[str, str]:
    """Return the students behind a run's pseudonyms, or nothing where the list is not there."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["pseudonym"]: row["student"] for row in csv.DictReader(file)}
    except (FileNotFoundError, KeyError):
        return {}


def pseudonym_table(known: dict[str, str], roster: Roster) -> str:
    """Return the list that says who is who, as CSV."""
    rows = []
    for pseudonym, student in sorted((name, student) for student, name in known.items()):
        person = roster.people.get(student, {})
        rows.append([pseudonym, student, *(person.get(name, "") for name in roster.columns)])
    return tables.text(["pseudonym", "student", *roster.columns], rows)
