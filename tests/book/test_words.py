"""The field's terms: each is defined in bold on its page, and is in the glossary."""

import csv
import re

import pytest
from book_sources import BOOK

from course_lib.notation import SYMBOLS, WORDS

with (BOOK / "terms.csv").open(encoding="utf-8") as file:
    TERMS = [(row["term"], row["page"]) for row in csv.DictReader(file)]
GLOSSARY = {name.lower() for entry in (*SYMBOLS, *WORDS) for name in (entry.name, *entry.also)}


def bold(page):
    """Return what is bold in the prose of a page, with index roles as the words they show."""
    text = (BOOK / f"{page}.md").read_text("utf-8")
    text = re.sub(
        r"^```\{code-cell\}.*?^```|«[^»]*»|\{(?:blank|calc|tex)\}`[^`]*`",
        "x",
        text,
        flags=re.M | re.S,
    )
    text = re.sub(r"\{(?:index|term)\}`([^`<]*?)\s*(?:<[^`]*>)?`", r"\1", text)
    return [" ".join(words.split()).lower() for words in re.findall(r"\*\*([^*]+)\*\*", text)]


def singular(word):
    """Return `word` without a plural's s."""
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "bias")) else word


@pytest.mark.parametrize(("term", "page"), TERMS, ids=[term for term, _ in TERMS])
def test_a_term_is_defined_in_bold_on_its_page(term, page):
    terms = [re.sub(r"[^\w–-]+$", "", words) for words in bold(page)]
    assert any(term.lower() in (words, singular(words)) for words in terms), sorted(terms)


@pytest.mark.parametrize("term", [term for term, _ in TERMS])
def test_a_term_is_in_the_glossary(term):
    names = GLOSSARY | {singular(name) for name in GLOSSARY}
    assert term.lower() in names
