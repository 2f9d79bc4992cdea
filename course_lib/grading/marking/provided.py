"""What the repository provides for marking: solutions, suites, and the titles of the book."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from course_lib.checks import teacher_exercises


def solutions_folder() -> Path:
    """Return the folder of the solutions, which lies beside the package in the repository."""
    return Path(__file__).parents[3] / "solutions"


def suite_folder() -> Path:
    """Return the folder of the marking suite: a teacher's own, or the repository's."""
    own = teacher_exercises.source()
    return own / "grading" if own else solutions_folder().parent / "tests" / "grading"


@cache
def section_title(section: str) -> str:
    """Return a section's chapter and heading, as a reader finds them; empty without the book.

    Parameters
    ----------
    section : str
        A page of the book and a label on it.

    >>> section_title("08_backward_pass.html#batch-sum")
    '8. The backward pass: From one example to a batch'
    >>> section_title("08_backward_pass.html#activation-derivative")
    '8. The backward pass: g′ of z, or of a?'
    """
    page, _, label = section.partition("#")
    path = solutions_folder().parent / "book" / page.replace(".html", ".md")
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    titles = [r"^# (.+)$", rf"^\({re.escape(label)}\)=\n+#+ (.+)$"]
    found = [match[1] for one in titles if (match := re.search(one, text, re.MULTILINE))]
    return re.sub(r"[$`]([^$`]*)[$`]", _plain, ": ".join(found))


def _plain(formula: re.Match[str]) -> str:
    return formula[1].replace("'", "′").replace(r"\beta", "β")
