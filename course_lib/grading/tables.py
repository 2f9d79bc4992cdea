"""Tables as spreadsheets and other systems write them: CSV with any separator and encoding."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from course_lib.grading.escaping import as_cell


class TableError(Exception):
    """A file that cannot be read as a table; the text says why."""


def read(path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of a table, each with the line in which it ends.

    Commas, semicolons and tabs separate cells; UTF-8 and UTF-16 are read, with and without a mark.

    Raises
    ------
    TableError
        If there is no such file, or it is none of these.
    """
    try:
        raw = path.read_bytes()
        utf_16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = raw.decode("utf-16" if utf_16 else "utf-8-sig")
        declared = re.match(r"sep=(.)\r?\n", text)  # Excel's own first line
        body = text[declared.end() :] if declared else text
        first = body[: body.find("\n")] if "\n" in body else body
        counts = {mark: len(next(csv.reader([first], delimiter=mark), [])) for mark in ",;\t"}
        separator = max(counts, key=lambda mark: counts[mark])
        rows = csv.reader(io.StringIO(body, newline=""), delimiter=separator)
        return [(rows.line_num + bool(declared), cells) for cells in rows]
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TableError(
            f'{path}, line {line}: it is not a CSV file in UTF-8; save it as "CSV UTF-8"'
        ) from error
    except csv.Error as error:
        raise TableError(f"{path} is not a CSV file in UTF-8: {error}") from error


def text(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    cell: Callable[[object], str] = as_cell,
) -> str:
    """Return a table as CSV that no spreadsheet executes."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(map(as_cell, columns))
    writer.writerows(map(cell, row) for row in rows)
    return made.getvalue()
