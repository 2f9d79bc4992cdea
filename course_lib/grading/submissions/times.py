"""When something was submitted, and what says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath
from typing import TypeVar

from yaml import YAMLError

from course_lib.checks.notebook_file import RefusedError
from course_lib.grading.submissions.attempts import Found
from course_lib.grading.submissions.gradescope_list import LIST, MAX_LIST, created
from course_lib.grading.submissions.listing import File
from course_lib.grading.submissions.owners import Owned, Person

STAMP = "timestamp.txt"  # beside a notebook in nbgrader's tree
WORKSHEET = "Last modified (submission)"  # in Moodle's
WORKSHEET_FORMATS = ("%A, %d %B %Y, %I:%M %p", "%d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M")

Read = TypeVar("Read")


@dataclass(frozen=True)
class Submitted:
    """When a file was submitted."""

    when: datetime | None  # with a time zone; None where nothing says it
    source: str  # what says it
    late: bool | None = None  # what the learning management system itself says, where it does


def submitted(
    work: Found, person: Person, row: Mapping[str, str], zone: tzinfo | None
) -> Submitted:
    """Return when a file was submitted, by the file itself or the person's row of the roster.

    `zone` is that of a clock whose zone is not written down; None: this machine's.
    """
    for layout in WORKSHEET_FORMATS:
        try:
            when = datetime.strptime(row.get(WORKSHEET, "").strip(), layout)
        except ValueError:
            continue
        return Submitted(_in(when, zone), "Moodle's worksheet")
    file = work.file
    when = datetime.fromtimestamp(file.time, UTC)
    time = (when if file.zoned else _in(when.replace(tzinfo=None), zone)) if file.time else None
    if person.system == "canvas":
        if late_on_canvas(work, person):
            return Submitted(time, f"Canvas: late; {file.source}", late=True)
        return Submitted(None, "Canvas: not late", late=False)
    return Submitted(time, file.source if time else "nothing")


def late_on_canvas(work: Found, person: Person) -> bool:
    """Whether Canvas says in the name of a file that it is late; it does not say how late."""
    before = person.name.removesuffix(f"_{person.number}")
    late = (f"{before}_LATE_{person.number}_", "LATE_anon_")
    return person.system == "canvas" and work.file.path.name.startswith(late)


def with_stamps(owned: Sequence[Owned], files: Iterable[File], root: str) -> list[Owned]:
    """Return the files with the times that nbgrader and Gradescope wrote down for them.

    Gradescope's list may be one of `files`; `root` is the name of the folder or zip itself.
    """
    stamps: dict[PurePosixPath, str] = {}
    for upload in owned:
        parts = (root, *upload.file.path.parts)
        whose = len(parts) - len(upload.inside.parts) - 1
        if upload.inside.name == STAMP and parts[whose - 1] == "submitted":
            for said in _read(upload.file, bytes.decode):
                stamps[upload.file.path.parent] = said
    source = "nbgrader's timestamp.txt"
    if any(upload.person.system == "gradescope" for upload in owned):
        source = "Gradescope's list"
        for file in (file for file in files if file.path.name == LIST):
            for listed in _read(file, created):
                stamps |= {file.path.parent / folder: said for folder, said in listed.items()}
    return [_stamped(upload, stamps, source) for upload in owned]


def _read(file: File, use: Callable[[bytes], Read]) -> list[Read]:
    """Return what is made of a file, or nothing where it cannot be read."""
    try:
        return [use(file.read(MAX_LIST))]
    except (RefusedError, ValueError, YAMLError):
        return []


def _stamped(upload: Owned, stamps: Mapping[PurePosixPath, str], source: str) -> Owned:
    said = next((stamps[parent] for parent in upload.file.path.parents if parent in stamps), "")
    match = re.match(r"\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(.*)", said)
    if not match:
        return upload
    zone = match[3].strip().replace("UTC", "").replace("Z", "") or "+00:00"
    try:
        when = datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").timestamp()
    except ValueError:
        return upload
    return replace(upload, file=replace(upload.file, time=when, source=source, zoned=True))


def _in(when: datetime, zone: tzinfo | None) -> datetime:
    return when.replace(tzinfo=zone) if zone else when.astimezone()
