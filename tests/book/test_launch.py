"""From a page to its exercise and back; Colab and Binder only with a public repository."""

from __future__ import annotations

import json
import re

import pytest
from _ext.elements import html
from _ext.exercise import (
    PLACEHOLDER,
    WHOLE,
    WRITE,
    facts,
    first_lines,
    lead_to_live_pages,
    offer,
)
from _ext.launch import links
from book_sources import BOOK, ROOT
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.errors import ConfigError

from course_lib import checks
from course_lib.address import repository, where

PUBLIC = "https://github.com/someone/course"
NOTEBOOKS = sorted((ROOT / "exercises").glob("*.ipynb"), key=lambda path: path.name)
each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
SERVICES = re.compile(r"colab\.research|mybinder\.org")


NAME = "01_downhill"


def page_with_an_exercise() -> nodes.document:
    page = new_document("page")
    paragraph = nodes.paragraph()
    paragraph += addnodes.download_reference("", "", reftarget=f"../exercises/{NAME}.ipynb")
    section = nodes.section("", nodes.title("", "Downhill"), html("p", nodes.Text("A while.")))
    section += [nodes.paragraph("", "text"), paragraph, nodes.paragraph("", "what follows")]
    page += section
    return page


def services(page: nodes.document) -> list[str]:
    return [link["refuri"] for link in page.findall(nodes.reference) if "refuri" in link]


def test_an_exercise_has_a_line_at_the_top_and_a_card_behind_its_offer() -> None:
    page = page_with_an_exercise()
    offer(page, NAME, "")
    _, time, line, text, paragraph, card, after = page[0].children
    assert time.astext() == "A while."
    assert "Exercise 1" in line.astext()
    assert "minutes" in line.astext()
    assert text.astext() == "text"
    assert after.astext() == "what follows"
    words = card.astext()
    for question in checks.load(NAME).questions:
        assert question.name in words
    assert "course start" in words
    assert f"course check {NAME}.ipynb" in words
    assert not services(page)
    assert not links("", f"exercises/{NAME}.ipynb")
    assert paragraph.parent is page[0]


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC + "/", PUBLIC + ".git"])
def test_with_a_repository_the_card_leads_to_colab_and_binder(address: str) -> None:
    page = page_with_an_exercise()
    offer(page, NAME, address)
    assert services(page) == [
        "https://colab.research.google.com/github/someone/course/blob/main/exercises/01_downhill.ipynb",
        "https://mybinder.org/v2/gh/someone/course/main?labpath=exercises%2F01_downhill.ipynb",
    ]
    assert f' @ git+{address.removesuffix("/")}"\n' in page.astext()


@pytest.mark.parametrize("name", ["02_one_neuron", "map"])
def test_a_page_that_offers_no_exercise_of_its_own_is_left_alone(name: str) -> None:
    page = page_with_an_exercise()
    before = page.pformat()
    offer(page, name, PUBLIC)
    assert page.pformat() == before


@each
def test_what_a_card_says_is_known_of_every_exercise(notebook) -> None:
    exercise = facts(notebook.stem)
    assert exercise.title.split(":")[0].split()[1] == str(int(notebook.stem[:2]))
    assert 20 <= int(exercise.minutes) <= 60
    for function in exercise.functions:
        assert f"def {function}(" in first_lines(notebook.stem, function)


def test_a_page_leads_to_the_exercises_that_can_be_written_on_the_site(tmp_path) -> None:
    places = [PLACEHOLDER.format(WRITE, NAME), PLACEHOLDER.format(WHOLE, NAME)]
    other = PLACEHOLDER.format(WRITE, "02_one_neuron")
    (tmp_path / "page.html").write_text("".join(places) + other)
    lead_to_live_pages(tmp_path)
    assert "href" not in (tmp_path / "page.html").read_text()
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / f"{NAME}.html").touch()
    lead_to_live_pages(tmp_path)
    text = (tmp_path / "page.html").read_text()
    assert text.count("href=") == 2
    for words in (WRITE, WHOLE):
        assert f'href="exercises/{NAME}.html">{words}</a>' in text
    assert other in text


@pytest.mark.parametrize("address", ["github.com/a/b", "https://example.org/a/b", "yes"])
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="OWNER/NAME was expected"):
        links(address, "exercises/01_downhill.ipynb")


@each
def test_the_chapter_offers_its_notebook_and_the_notebook_leads_back(notebook) -> None:
    chapter = (BOOK / f"{notebook.stem}.md").read_text("utf-8")
    assert f"<../exercises/{notebook.name}>`" in chapter
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    assert where(f"{notebook.stem}.html") in "".join(cells[0]["source"])


@pytest.mark.long
@each
def test_the_built_page_gives_the_very_file(built_book, notebook) -> None:
    page = (built_book / f"{notebook.stem}.html").read_text("utf-8")
    offered = re.findall(r'href="(_downloads/\w+/[\w.]+)"', page)
    files = [built_book / address for address in offered if address.endswith(notebook.name)]
    assert files
    assert files[0].read_bytes() == notebook.read_bytes()


@pytest.mark.long
def test_no_dead_button_shows(built_book) -> None:
    assert not repository()
    for page in built_book.glob("*.html"):
        assert not SERVICES.search(page.read_text("utf-8")), page.name


@pytest.mark.long
@each
def test_the_menu_offers_the_exercise_and_no_chapter_with_its_answers(built_book, notebook) -> None:
    page = (built_book / f"{notebook.stem}.html").read_text("utf-8")
    offered = set(re.findall(r'href="(_sources/[^"]+)"', page))
    assert offered == {f"_sources/{notebook.name}"}
    assert (built_book / offered.pop()).read_bytes() == notebook.read_bytes()
