"""What is taken from a file that was handed in, what is repaired, and what is refused."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from grader.members import notebook

from course_lib import checks
from course_lib.checks.given import imported
from course_lib.checks.notebook_file import (
    MAX_CELLS,
    MAX_FILE,
    RefusedError,
    prepared,
    read_notebook,
    remarks,
)
from course_lib.course_files import folder
from course_lib.grading.submissions.ingest import UnmarkedError, read_file
from course_lib.notebooks import release
from course_lib.notebooks.source import read as source_of

CODE = "def f():\n    return 1"


def book(**fields: object) -> dict:
    """Return a small notebook as a dictionary."""
    return json.loads(notebook(CODE)) | fields


REFUSED = {
    "empty": (b"", "empty"),
    "a PDF": (b"%PDF-1.4", "PDF"),
    "a zip": (b"PK\x03\x04", "zip"),
    "a page": (b"<html>", "web page"),
    "broken JSON": (b'{"cells": [', "broken at line 1"),
    "not an object": (b"[1, 2]", "not a notebook"),
    "a list that is nested too deeply": (b"[" * 100_000, "nested too deeply"),
    "objects that are nested too deeply": (b'{"a":' * 100_000, "nested too deeply"),
    "no format": (json.dumps({"cells": []}).encode(), "not a notebook"),
    "an unknown format": (json.dumps(book(nbformat=7)).encode(), "format '7'"),
    "a format that is a list": (json.dumps(book(nbformat=[4] * 99)).encode(), "format"),
    "no cells": (json.dumps(book(cells=None)).encode(), "no list of cells"),
    "cells that are text": (json.dumps(book(cells="x")).encode(), "no list of cells"),
    "too many cells": (notebook(*["1"] * (MAX_CELLS + 1)), "cells"),
    "too much code": (notebook("#" * 2**20, "#"), "code"),
    "a number of too many digits": (b"1" * 10_000, "not a notebook"),
}


@pytest.mark.parametrize(("raw", "word"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_notebook_is_refused_with_a_sentence(raw: bytes, word: str) -> None:
    with pytest.raises(RefusedError, match=word) as caught:
        read_notebook(raw)
    assert len(str(caught.value)) < 200
    assert str(caught.value).endswith(".")


def old_format() -> bytes:
    """Return the same notebook in format 3."""
    cells = [{"cell_type": "code", "input": CODE.splitlines(keepends=True)}]
    return json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}], "metadata": {}}).encode()


REPAIRED = {
    "a byte order mark": (b"\xef\xbb\xbf" + notebook(CODE), "byte order mark"),
    "UTF-16": (json.dumps(book()).encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (json.dumps(book()).encode("utf-16-be"), "UTF-16"),
    "Latin-1": (
        notebook(CODE).replace(b'"metadata": {}', b'"metadata": {"by": "J\xfcrg"}'),
        "UTF-8",
    ),
    "line ends": (notebook(CODE.replace("\n", "\r\n")), "Line ends"),
    "format 3": (old_format(), "format 3"),
    "no metadata": (json.dumps({"nbformat": 4, "cells": book()["cells"]}).encode(), "metadata"),
    "no ids": (json.dumps(book()).encode(), "no id"),
    "one id for two cells": (
        json.dumps(book(cells=[book()["cells"][0] | {"id": "x"}] * 2)).encode(),
        "no id of their own",
    ),
    "a cell that is none": (json.dumps(book(cells=[7, *book()["cells"]])).encode(), "no cell"),
    "a magic": (notebook("%matplotlib inline", CODE), "ignored"),
}


@pytest.mark.parametrize(("raw", "said"), REPAIRED.values(), ids=REPAIRED)
def test_what_can_be_repaired_is_repaired_and_said(raw: bytes, said: str) -> None:
    cells, notes = read_notebook(raw)
    assert cells[-1][1] == CODE
    assert any(said in note for note in notes), notes


LEFT_OUT = {
    "import numpy as np\nnp.exp(1)": "",
    "np.exp(1)": "np",
    "# the np\nx = 'np'": "",
    "def f(x):\n    from numpy import (\n        linalg,\n        np,\n    )\n    np.exp(1)": "",
    "from course_lib.checks import other\ncheck(f)": "check",
    "math.exp(np.exp(1))": "math, np",
}


@pytest.mark.parametrize(("source", "names"), LEFT_OUT.items())
def test_an_import_that_the_release_had_is_given_and_said(source: str, names: str) -> None:
    said = remarks([source], ["f"], ["check", "math", "np"])
    assert [line.rpartition(": ")[2] for line in said] == ([f"{names}."] if names else [])


def test_a_function_that_is_defined_again_is_said() -> None:
    cells = ["def f(x):\n    def g(x): pass", "def g (x): pass", "def f(\n    x): pass"]
    assert remarks(cells, ["f", "g"], []) == [
        "Defined more than once; the last definition counts: f."
    ]


@pytest.mark.parametrize("exercise", checks.names())
def test_what_the_course_writes_needs_no_repair(exercise: str) -> None:
    solved = release.dump(release.solved(source_of(folder("solutions") / f"{exercise}.md")))
    released = folder("solutions").parent / "exercises" / f"{exercise}.ipynb"
    for raw in (solved.encode(), released.read_bytes()):
        cells, notes = read_notebook(raw)
        functions = [question.called for question in checks.load(exercise).questions]
        assert notes == []
        assert remarks([text for _, text in cells], functions, imported(exercise)) == []


def test_cells_are_matched_by_nothing_that_a_student_can_lose() -> None:
    cells = [{"cell_type": "code", "id": "same", "source": CODE}] * 2
    assert len(read_notebook(json.dumps(book(cells=cells)).encode())[0]) == 2


TOO_MUCH = {
    "commands in a long cell": "%who\n" * 400 + "x = 1\n" * 10_000,
    "a long word before a question mark": "!ls\n" + "a" * 200_000 + "?",
    "a chain before a question mark": "!ls\n" + "a." * 100_000 + "a?",
    "quotes that do not end": "%x\n" + "'\\'" * 50_000,
    "more commands than IPython takes": "%who\n" * 600,
}


@pytest.mark.parametrize("source", TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_cell_that_would_take_long_is_left_as_it_is(source: str) -> None:
    assert prepared(source) == source


def test_many_cells_together_take_no_longer_than_one() -> None:
    cells, notes = read_notebook(notebook(*["%who\nx = 1\n" * 50] * 500))
    assert len(cells) == 500
    assert any("more commands" in note for note in notes)


def test_a_regular_file_is_read_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "file.ipynb"
    file.write_bytes(b"content")
    assert read_file(file) == b"content"
    link, hard, pipe = tmp_path / "link", tmp_path / "hard", tmp_path / "pipe"
    link.symlink_to(file)
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for path, word in (
            (link, "link"),
            (pipe, "regular file"),
            (tmp_path, "regular file"),
            (tmp_path / "socket", "opened"),
            (Path("/dev/zero"), "regular file"),
            (tmp_path / "missing", "opened"),
        ):
            with pytest.raises(RefusedError, match=word):
                read_file(path)
    hard.hardlink_to(file)
    with pytest.raises(UnmarkedError, match="hard link"):
        read_file(hard)
    assert read_file(hard, linked=True) == b"content"
    large = tmp_path / "large"
    with large.open("wb") as opened:
        opened.truncate(MAX_FILE + 1)
    with pytest.raises(RefusedError, match="more than 10 MB"):
        read_file(large)
