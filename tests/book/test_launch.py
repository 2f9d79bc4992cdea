"""From a page to its exercise and back; Colab and Binder only with a public repository."""

from __future__ import annotations

import json
import re

import pytest
from _ext.launch import links, offer
from book_sources import BOOK, ROOT
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.errors import ConfigError

from course_lib.address import repository, where

PUBLIC = "https://github.com/someone/course"
NOTEBOOKS = sorted((ROOT / "exercises").glob("*.ipynb"), key=lambda path: path.name)
each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
SERVICES = re.compile(r"colab\.research|mybinder\.org")


def page_with_an_exercise() -> nodes.document:
    page = new_document("page")
    paragraph = nodes.paragraph()
    paragraph += addnodes.download_reference("", "", reftarget="../exercises/01_downhill.ipynb")
    page += [paragraph, nodes.paragraph("", "what follows")]
    return page


def test_without_a_repository_no_page_changes() -> None:
    page = page_with_an_exercise()
    before = page.pformat()
    offer(page, "")
    assert page.pformat() == before
    assert links("", "exercises/01_downhill.ipynb") == []


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC + "/", PUBLIC + ".git"])
def test_with_a_repository_the_links_follow_the_exercise(address: str) -> None:
    page = page_with_an_exercise()
    offer(page, address)
    assert len(page.children) == 3
    targets = [one["refuri"] for one in page.children[1].findall(nodes.reference)]
    assert targets == [
        "https://colab.research.google.com/github/someone/course/blob/main/exercises/01_downhill.ipynb",
        "https://mybinder.org/v2/gh/someone/course/main?labpath=exercises%2F01_downhill.ipynb",
    ]
    assert page.children[2].astext() == "what follows"


def test_other_downloads_get_no_link() -> None:
    page = new_document("page")
    page += nodes.paragraph("", "", addnodes.download_reference("", "", reftarget="data.csv"))
    offer(page, PUBLIC)
    assert len(page.children) == 1


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
    files = [built_book / one for one in offered if one.endswith(notebook.name)]
    assert files
    assert files[0].read_bytes() == notebook.read_bytes()


@pytest.mark.long
def test_every_executed_page_offers_its_own_notebook(built_book) -> None:
    for source in BOOK.glob("*.md"):
        if "{code-cell}" not in source.read_text("utf-8"):
            continue
        name = f"_sources/{source.stem}.ipynb"
        assert f'href="{name}"' in (built_book / f"{source.stem}.html").read_text("utf-8")
        own = json.loads((built_book / name).read_text("utf-8"))
        assert any(cell["cell_type"] == "code" for cell in own["cells"])


@pytest.mark.long
def test_no_dead_button_shows(built_book) -> None:
    assert not repository()
    for page in built_book.glob("*.html"):
        assert not SERVICES.search(page.read_text("utf-8")), page.name


@pytest.mark.long
def test_no_built_page_names_a_machine(built_book) -> None:
    pages = [*built_book.rglob("*.html"), *built_book.rglob("*.ipynb")]
    assert len(pages) > len(NOTEBOOKS)
    named = [
        path.name for path in pages if re.search(r"127\.0\.0\.1|localhost", path.read_text("utf-8"))
    ]
    assert named == []
