"""Feedback as Canvas and Moodle take it back: zips with the names that they gave the files.

Canvas (``app/models/assignment.rb``, the comments that are read from names of files) takes the
first two whole numbers between underscores for the person and the submission; what follows is the
name of the file that the comment gets. Moodle (``mod/assign/feedback/file/importziplib.php``) cuts
a path at its first four underscores: name, participant, and what the plug-in is called.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path, PurePosixPath

from course_lib.grading.results.written import Written
from course_lib.grading.submissions.attempts import Found
from course_lib.grading.submissions.owners import Person


def name_of(work: Found, person: Person) -> tuple[str, str] | None:
    """Return the zip for a student's feedback and the name in it; None for any other system."""
    path = work.file.path
    page = f"{work.exercise}.html"
    if person.system == "canvas":
        before = path.name[: path.name.rfind(PurePosixPath(work.name).name)]
        return f"canvas/{work.exercise}.zip", f"{before}{page}"
    if person.system != "moodle":
        return None
    inside = len(PurePosixPath(work.name).parts)
    folder = path.parts[-inside - 1] if len(path.parts) > inside else ""
    if folder.count("_assignsubmission_"):
        return f"moodle/{work.exercise}.zip", f"{folder}/{page}"
    before = path.name[: path.name.rfind(work.name)]
    return f"moodle/{work.exercise}.zip", f"{before}{page}"


def write(written: Written, files: Mapping[tuple[str, str], Path]) -> None:
    """Write the zips, the same bytes each time.

    `files` are by the zip's name and the name in it.
    """
    for name, entries in groupby(sorted(files.items()), key=lambda item: item[0][0]):
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w") as archive:
            for (_, inside), path in entries:
                entry = zipfile.ZipInfo(inside, (2000, 1, 1, 0, 0, 0))
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
        written.write(written.folder / name, raw.getvalue())
