"""The addresses of the book and the repository (``address.toml``), or words instead."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from course_lib.course_files import section_titles

DISTRIBUTION = "forward-backward-update"
FILE = Path(__file__).with_suffix(".toml")


def book() -> str:
    """Return the address of the published book, with a slash at its end, or ``""``."""
    return _address("book").rstrip("/") + "/" if _address("book") else ""


def repository() -> str:
    """Return the address of the public repository, or ``""``."""
    return _address("repository").removesuffix("/").removesuffix(".git")


def _address(name: str) -> str:
    variable = os.environ.get(f"COURSE_{name.upper()}")
    return tomllib.loads(FILE.read_text("utf-8"))[name] if variable is None else variable


def install(extra: str) -> str:
    """Return the command that installs the course with one of its extras.

    >>> install("grade")  # while no repository is published
    'python -m pip install ".[grade]" in the folder of the course'
    """
    if repository():
        return f'python -m pip install "{DISTRIBUTION}[{extra}] @ git+{repository()}"'
    return f'python -m pip install ".[{extra}]" in the folder of the course'


def section_title(section: str) -> str:
    """Return a section's chapter and heading in words; the section itself if it is unknown.

    Parameters
    ----------
    section : str
        A page of the book and a label on it.

    >>> section_title("08_backward_pass.html#batch-sum")
    'chapter 8, section “Sums over the batch”'
    >>> section_title("08_backward_pass.html"), section_title("06_computational_graphs.html")
    ('chapter 8', 'chapter 6')
    """
    titles, page = section_titles(), section.partition("#")[0]
    if section not in titles:
        return section
    number = page.partition("_")[0]
    words = f"chapter {int(number)}" if number.isdigit() else f"the page “{titles[page]}”"
    return words if page == section else f"{words}, section “{titles[section]}”"


def where(section: str) -> str:
    """Return the address of a section of the published book; without one, its title.

    >>> where("08_backward_pass.html#batch-sum")  # while no book is published
    'chapter 8, section “Sums over the batch”'
    """
    return book() + section if book() else section_title(section)


LINK = re.compile(r"(\()?\[([^\]]+)\]\((\w[\w-]*\.html(?:#[\w-]+)?)\)")


def with_places(markdown: str) -> str:
    """Return Markdown in which every link to a page of the book leads there, or says where it is.

    >>> with_places("[Chapter 8](08_backward_pass.html) ([why](08_backward_pass.html#mistakes)).")
    'Chapter 8 (why: chapter 8, section “Common mistakes”).'
    """
    if book():
        return LINK.sub(lambda link: f"{link[1] or ''}[{link[2]}]({book()}{link[3]})", markdown)
    return LINK.sub(_place, markdown)


def _place(link: re.Match[str]) -> str:
    opening, text, section = link.groups(default="")
    title = section_title(section)
    chapter, _, heading = title.partition(", section ")
    if text.lower() == chapter:
        said = text + title.removeprefix(chapter)
    elif text.isdigit():  # in a column of chapters
        said = f"{text}, {heading}"
    elif text.lower() == heading.strip("“”").lower():
        said = f"{heading}, {chapter}" if opening else f"{heading} ({chapter})"
    else:
        said = f"{text}: {title}" if opening else f"{text} ({title})"
    return opening + said
