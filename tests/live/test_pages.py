"""Each graded exercise has a page, made from its released notebook."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from course_lib import checks
from course_lib.live import files, pages
from course_lib.live.build import Placed
from course_lib.notebooks import release, source

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
PLACED = Placed("live/a/", "live/course-a.zip", "live/page-a/", "live/page-a/plain.js", 17_000_000)


def released(name: str) -> dict[str, Any]:
    return json.loads((EXERCISES / f"{name}.ipynb").read_text(encoding="utf-8"))


class Reader(HTMLParser):
    """What a page has: tasks, buttons, ids, links, headings, tags that are open."""

    VOID = {"meta", "link", "input", "br", "img", "hr"}  # noqa: RUF012

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tasks: dict[str, set[str]] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.headings: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        attrs = dict(attributes)
        if "data-task" in attrs:
            self.tasks[attrs["data-task"]] = set()
        elif self.tasks:
            list(self.tasks.values())[-1].update(name for name in attrs if name.startswith("data-"))
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs[name] for name in ("href", "src") if attrs.get(name)]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_text_that_people_mark_is_asked_for_without_its_answer(tmp_path: Path) -> None:
    name = checks.names()[1]
    for folder in ("exercises", "solutions"):
        (tmp_path / folder).mkdir()
    solution = tmp_path / "solutions" / f"{name}.md"
    text = (EXERCISES.parent / "solutions" / f"{name}.md").read_text("utf-8")
    answer = '+++ {"answer": "why", "points": 3}\n\nThe secret reason.\n\n+++\n'
    solution.write_text(f"{text.rstrip()}\n\n{answer}", "utf-8")
    notebook = released(name)
    made = release.solved(source.read(solution))["cells"]
    [asked] = [entry for entry in made if entry["id"] == "answer-why"]
    notebook["cells"].insert(made.index(asked), asked | {"source": ["Write here."]})
    (tmp_path / "exercises" / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
    page = pages.page(name, tmp_path / "exercises", PLACED)
    assert "The secret reason" not in page
    assert "A person marks it, with at most 3 points" in page
    assert "Check gives no points for it" in page


@pytest.mark.parametrize("name", checks.names())
def test_the_page_of_an_exercise_is_whole(name: str) -> None:
    notebook = released(name)
    text = pages.page(name, EXERCISES, PLACED)
    reader = Reader(text)
    assert not reader.open
    assert list(reader.tasks) == [question.name for question in checks.load(name).questions]
    for parts in reader.tasks.values():
        assert {"data-editor", "data-check", "data-feedback"} <= parts
    assert len(set(reader.ids)) == len(reader.ids)
    assert reader.headings[0] == "h1"
    assert reader.headings.count("h1") == 1
    for before, after in zip(reader.headings, reader.headings[1:], strict=False):
        assert int(after[1]) <= int(before[1]) + 1, "a level of headings is left out"
    for link in reader.links:
        assert link.startswith(("../", "#")), f"{link} leads away from the site"
    data = re.search(r'<script type="application/json" id="live-notebook">(.*?)</script>', text)
    assert data
    assert json.loads(data[1]) == notebook
    assert "a cell <code>check(" not in text
    assert "Run this cell first" not in text.partition('id="live-place"')[0]


@pytest.mark.parametrize("name", checks.names())
def test_every_link_into_the_book_has_its_target(name: str) -> None:
    book = EXERCISES.parent / "book"
    text = pages.page(name, EXERCISES, PLACED)
    assert f'href="../{name}.html' in text.partition("<main")[2]
    for page, label in re.findall(r'href="\.\./(\w+)\.html(?:#([\w-]+))?"', text):
        source = book / f"{page}.md"
        assert source.is_file()
        assert not label or re.search(
            rf"\({label}\)=|:name: {label}|\({label}\)\s*$",
            source.read_text(encoding="utf-8"),
            re.MULTILINE,
        ), f"{page}.md has no label {label}"


def test_formulas_are_written_as_the_book_writes_them() -> None:
    made = pages._text(pages._renderer(), "Let $a < b$ and\n\n$$\nz = W a\n$$\n")
    assert '<span class="math notranslate nohighlight">\\(a &lt; b\\)</span>' in made
    assert '<div class="math notranslate nohighlight">\\[\nz = W a\n\\]</div>' in made


def test_the_licences_name_everything() -> None:
    text = pages.licence_page(PLACED)
    assert not Reader(text).open
    for licence in files.manifest()["licences"]:
        assert licence["licence"] in text
