"""A shorter route through the book uses nothing of the chapters that it skips."""

import re

import pytest
from book_pages import run_cells
from book_sources import BOOK, labels

ROUTES = run_cells(BOOK / "map.md")["ROUTES"]
CHAPTERS = {int(page.name[:2]): page for page in BOOK.glob("[01][0-9]_*.md")}
HOME = {label: number for number, page in CHAPTERS.items() for label in labels(page)}


def uses(number):
    """Return the earlier chapters whose equations or recall questions a chapter uses."""
    text = CHAPTERS[number].read_text("utf-8")
    equations = {HOME[name] for name in re.findall(r"\{eq\}`(eq-[\w-]+)`", text) if name in HOME}
    recalled = {int(chapter) for chapter in re.findall(r":title: From chapter (\d+)", text)}
    return {chapter for chapter in equations | recalled if chapter < number}


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_uses_nothing_that_it_skips(name):
    chapters, known = ROUTES[name]
    assert chapters == sorted(chapters)
    for place, number in enumerate(chapters):
        missing = uses(number) - set(chapters[:place]) - set(known) - {0}
        assert not missing, f"chapter {number} uses {missing}"
