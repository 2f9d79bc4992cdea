"""The rules by which Canvas and Moodle take a table, after their public sources.

Canvas: `lib/gradebook_importer.rb`, and what applies it,
`ui/features/gradebook_uploads/jquery/process_gradebook_upload.js`. Moodle:
`mod/assign/feedback/offline/importgradeslib.php` and `locallib.php`,
`grade/import/csv/classes/load_data.php`, `lib/csvlib.class.php`. Each reader takes a table and the
marks that the system holds, and returns what it would hold afterwards.
"""

from __future__ import annotations

import csv
import io
import re

CANVAS_READ_ONLY = re.compile("Current Score|Current Points|Current Grade|Final Score|Final Grade")


class RefusedError(Exception):
    """The system refuses the table."""


def canvas(table: str, held: dict[int, dict[str, str]]) -> dict[int, dict[str, str]]:
    """Import a gradebook: by Canvas's number of a student, the score of each assignment.

    An assignment's title is "Title (id)", or it is new.
    """
    first = table.splitlines()[:3]
    fields = {
        mark: {len(next(csv.reader([line], delimiter=mark), [])) for line in first} for mark in ";,"
    }
    assert len(fields[","]) == 1, "Canvas could not tell the separator"
    header, *rows = csv.reader(io.StringIO(table))
    if not (len(header) > 3 and "Student" in header[0] and "ID" in header[1]):
        raise RefusedError("Invalid header row")
    count = 3
    if re.search(r"SIS\s+Login\s+ID", header[2]):
        count += 1
    elif re.search(r"SIS\s+User\s+ID", header[2]) and re.search(r"SIS\s+Login\s+ID", header[3]):
        count += 2 + bool(re.search(r"Integration\s+ID", header[4]))
        count += bool(re.search(r"Root\s+Account", header[count - 1]))
    if "Section" not in header[count - 1]:
        raise RefusedError("Invalid header row")
    titles = [name for name in header[count:] if not CANVAS_READ_ONLY.search(name)]
    after = {student: dict(scores) for student, scores in held.items()}
    points: list[str] = []
    for row in rows:
        assert len(row) == len(header)
        if re.fullmatch(r"[;, ]+", ",".join(row)):
            continue
        if "Points Possible" in row[0]:
            points = row
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell, re.I) for cell in row):
            continue
        if not row[1].isdigit() or int(row[1]) not in held:
            raise RefusedError(f"a student that Canvas does not know: {row[:4]}")
        for title in titles:
            column = header.index(title)
            if points and "read only" in points[column]:
                continue
            score = row[column].strip()
            if re.fullmatch(r"-?[0-9.,]+%?", score):
                *whole, last = re.split("[,.]", score)
                score = f"{''.join(whole)}.{last}" if whole else last
            if score.upper() in ("EX", "EXCUSED"):
                score = "EX"  # the student is excused, which is exported like this as well
            # A blank cell beside a score is a change like any other.
            after[int(row[1])][title] = score
    return after


def worksheet(
    table: str,
    held: dict[int, dict[str, str]],
    *,
    most: float = 100,
    language: dict[str, str] | None = None,
) -> dict[int, dict[str, str]]:
    """Import a grading worksheet: by the participant's number a grade, comment and "modified"."""
    header, *rows = _moodle(table)
    name = (language or {}).get
    wanted = [name(title, title) for title in ("Identifier", "Grade", "Last modified (grade)")]
    if any(title not in header for title in wanted):
        raise RefusedError("Moodle has no column to read")
    number, grade, modified = map(header.index, wanted)
    comments = header.index("Feedback comments") if "Feedback comments" in header else 0
    after = {student: dict(grades) for student, grades in held.items()}
    for row in rows:
        participant = row[number][len("Participant ") :]
        if not participant.isdigit() or int(participant) not in held:
            continue
        now = after[int(participant)]
        # What was marked since the worksheet was downloaded is not touched.
        if now.get("modified", "-") not in ("-", row[modified]):
            continue
        value = row[grade].strip()
        if value and 0 <= float(value) <= most:
            now["grade"] = value
        if comments:
            now["comment"] = row[comments]  # a blank one too
    return after


def gradebook(
    table: str, by: str, field: str, held: dict[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    """Import a table of marks: the column `by` finds the person, the others are grade items."""
    header, *rows = _moodle(table)
    after = {student: dict(grades) for student, grades in held.items()}
    student = ""
    for row in rows:
        value = row[header.index(by)].strip()
        if value:
            people = [person for person, about in held.items() if about[field] == value]
            if len(people) != 1:
                raise RefusedError(f"no user with {by} {value!r}")
            student = people[0]
        # A blank value leaves the person of the row before.
        for title in header:
            if re.match(r"\d\d_", title):
                cell = row[header.index(title)].strip()
                if cell in ("", "-"):
                    after[student].pop(title, None)
                else:
                    float(cell)
                    after[student][title] = cell
    return after


def _moodle(table: str) -> list[list[str]]:
    rows = [row for row in csv.reader(io.StringIO(table)) if row]
    header = rows[0]
    if len(header) < 2 or len(set(header)) < len(header) or "" in header:
        raise RefusedError("Moodle refuses the header")
    if any(len(row) != len(header) for row in rows):
        raise RefusedError("Moodle refuses a row of another length")
    return rows


def canvas_comment(name: str) -> tuple[int, int]:
    """Return whose submission a file of a feedback zip is for, as Canvas reads its name.

    ``app/models/assignment.rb``, ``infer_comment_context_from_filename``.
    """
    numbers = [part for part in name.rpartition("/")[2].split("_") if part.isdigit()]
    if name.rpartition("/")[2].startswith("._") or len(numbers) < 2:
        raise RefusedError(name)
    return int(numbers[0]), int(numbers[1])


def moodle_feedback(path: str) -> tuple[int, str]:
    """Return whose feedback a file of a zip is, and for which plug-in, as Moodle reads its path.

    ``mod/assign/feedback/file/importziplib.php``, ``is_valid_filename_for_import``: any part of the
    path may say it, with an underscore at its end up to version 4.0 and without one since.
    """
    for part in path.split("/"):
        cut = part.split("_", 4)
        if len(cut) >= 4 and cut[1].isdigit() and cut[2].startswith("assign"):
            return int(cut[1]), f"{cut[2]}_{cut[3]}"
    raise RefusedError(path)
