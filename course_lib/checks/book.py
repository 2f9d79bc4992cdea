"""Where the book is read: one value, for feedback and for the links in the notebooks."""

from __future__ import annotations

import os

DEFAULT = "http://127.0.0.1:8000/"
"""The address at which `course book` serves."""


def address(section: str = "") -> str:
    """Return the address of a page or section; the variable COURSE_BOOK replaces the start.

    >>> address("08_backward_pass.html#batch-sum").endswith("/08_backward_pass.html#batch-sum")
    True
    """
    return os.environ.get("COURSE_BOOK", DEFAULT).rstrip("/") + "/" + section
