"""What the course has to cover: every item has its section, found under its words.

`book/coverage.csv`, which the search index reads as well, names, for each of 34 ideas of
introductory texts, the section that explains it, what else must be there (a figure, a formula, a
table), the words under which it is looked for, and words that it says although others explain them.
"""

import csv
import re

import pytest
from book_sources import BOOK, pages

with (BOOK / "coverage.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
PARTS = {
    "figure": r"^(?:```|:::+)\{drawing\}",
    "formula": r"^\$\$$|^\$\$ |^```\{formula\}",
    "table": r"^\|[-:| ]+\|$",
}


def section(place):
    """Return a section with its heading, up to the next heading of its level or above."""
    page, target = place.split("#")
    text = (BOOK / f"{page}.md").read_text("utf-8")
    match = re.search(rf"^\({re.escape(target)}\)=\n(?:\([\w-]+\)=\n)*(#+) ", text, re.M)
    assert match, f"{place}: no section has this target"
    rest = text[match.start(1) :]
    level = len(match[1]) if match[1] != "#" else 2  # a page's own section is its opening
    # A comment of a code cell begins like a heading.
    lines = re.sub(
        r"^```.*?^```$", lambda cell: re.sub("(?m)^#", "-", cell[0]), rest, flags=re.M | re.S
    )
    end = re.search(rf"^#{{1,{level}}} ", lines[len(match[1]) :], re.M)
    return rest[: len(match[1]) + end.start()] if end else rest


def test_every_item_has_a_place_on_a_page_of_the_book():
    assert {int(row["item"]) for row in ROWS} == set(range(1, 35))
    listed = {page.stem for page in pages()}
    assert {row["place"].split("#")[0] for row in ROWS} <= listed


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['item']}-{row['place']}" for row in ROWS])
def test_the_section_has_the_words_and_the_parts(row):
    text = section(row["place"])
    plain = re.sub(r"\{(?:index|term)\}`([^`<]*?)\s*(?:<[^`]*>)?`", r"\1", text)
    plain = " ".join(re.sub(r"[*_]", "", plain).split()).lower()
    for words in f"{row['words']};{row['says']}".split(";"):
        assert words.strip().lower() in plain, f"{row['place']} does not say {words.strip()!r}"
    if row["also"]:
        assert re.search(PARTS[row["also"]], text, re.M), f"{row['place']} has no {row['also']}"
