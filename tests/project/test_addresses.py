"""One value says where the course is published; without it nothing names a machine of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_lib import address, checks, course_files
from course_lib.checks.notebook.check import report
from course_lib.checks.verdict import QuestionResult
from course_lib.notebooks import release, source

NOTEBOOKS = sorted(course_files.folder("exercises").glob("*.ipynb"))
QUESTIONS = [question for name in checks.names() for question in checks.load(name).questions]
MACHINE = re.compile(r"127\.0\.0\.1|localhost|\[::1\]")
BOOK = "https://example.org/the-course/"
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
each_question = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)


def links(notebook: dict) -> list[str]:
    """Return the targets of the links in a notebook's text."""
    texts = ["".join(raw["source"]) for raw in notebook["cells"] if raw["cell_type"] == "markdown"]
    return [target for text in texts for target in re.findall(r"\]\(([^)\s]+)\)", text)]


def sections(question: checks.Question) -> Iterator[str]:
    yield question.section
    yield from filter(None, (item.section for item in (*question.parts, *question.mistakes)))


def wrong(question: checks.Question, section: str) -> QuestionResult:
    return QuestionResult(question.name, 0, question.points, "wrong", section=section)


@each_notebook
def test_a_released_notebook_names_no_machine_and_links_to_no_page(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not MACHINE.search(text)
    assert [link for link in links(json.loads(text)) if ".html" in link] == []


@each_notebook
def test_with_an_address_every_link_of_a_notebook_leads_to_the_book(
    path: Path, monkeypatch
) -> None:
    solution = source.read(course_files.folder("solutions") / f"{path.stem}.md")
    monkeypatch.setenv("COURSE_BOOK", BOOK.rstrip("/"))
    pages = [link for link in links(release.solved(solution)) if ".html" in link]
    assert pages
    assert all(link.startswith(BOOK) for link in pages)
    titles = course_files.section_titles()
    assert all(link.removeprefix(BOOK) in titles for link in pages)


@each_question
def test_feedback_says_where_to_read(question: checks.Question, monkeypatch) -> None:
    for section in sections(question):
        said = [text for kind, text in report(question, wrong(question, section), 1)]
        assert f"In the book: {address.section_title(section)}" in said
        assert re.match(r"chapter \d+, section “.+”$", address.section_title(section))
        assert not MACHINE.search("\n".join(said))
    monkeypatch.setenv("COURSE_BOOK", BOOK)
    said = [text for kind, text in report(question, wrong(question, question.section), 1)]
    assert f"In the book: {BOOK}{question.section}" in said


def test_the_repository_gives_the_command_that_installs(monkeypatch) -> None:
    monkeypatch.setenv("COURSE_REPOSITORY", "https://github.com/someone/course.git")
    assert address.install("student") == (
        'python -m pip install "forward-backward-update[student] @ '
        'git+https://github.com/someone/course"'
    )
    assert address.install("student") in release.preface()
