"""The suites that mark exercises: one test per question, in the notebook's order."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from course_lib import course_files
from course_lib.checks import load, names, teacher_exercises

FIRST = "# Generated from solutions/{name}.md by `course release`: change that file."


def suite(name: str, graded: list[str]) -> str:
    """Return the text of an exercise's suite.

    >>> print(suite("08_backward_pass", ["dense_backward"]))
    # Generated from solutions/08_backward_pass.md by `course release`: change that file.
    <BLANKLINE>
    <BLANKLINE>
    def test_dense_backward(student, mark):
        mark("dense_backward")
    <BLANKLINE>
    """
    tests = [f'\n\ndef test_{task}(student, mark):\n    mark("{task}")\n' for task in graded]
    return "".join([FIRST.format(name=name), "\n", *tests])


@cache
def suite_folder() -> Path:
    """Return the folder of the suites.

    Those of a teacher's own exercises are written into a temporary folder, which is removed at the
    end of the process.
    """
    if teacher_exercises.source() is None:
        return course_files.folder("suites")
    folder = Path(tempfile.mkdtemp(prefix="course_suites_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in names():
        graded = [question.name for question in load(name).questions]
        path = folder / f"test_{name}.py"
        path.write_text(suite(name, graded), encoding="utf-8", newline="\n")
    return folder
