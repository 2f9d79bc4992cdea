"""Search by section, without a server: one record of pagefind for each section of each page.

After the build, when the formulas are set, every section becomes a record of its heading, its
page's title and its text, with the words that lead to it and how much each counts: the terms that
it defines (``book/terms.csv`` names the page of each, the section is the first with it in bold),
what introductory texts cover (``book/coverage.csv``), ``search_words.toml``, other bold terms, and
the index. Answers that a page hides, the index and the proof table are left out. ``search.html``
(``templates/search.html``, ``assets/search.js``) loads the records when something is searched for.
"""

from __future__ import annotations

import asyncio
import csv
import json
import re
import shutil
import tempfile
import tomllib
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from pagefind.index import IndexConfig, PagefindIndex

FOLDER = "pagefind"
HERE = Path(__file__).parent
LEFT_OUT = {"genindex", "search", "proof_table", "py-modindex", "404"}
# Answers wait until the reader has given one; the rest are signs, not text.
HIDDEN = (
    ".headerlink, script, style, svg, .fbu-answer, .fbu-known, .fbu-feedback, .fbu-library, "
    ".cw-mount, .toctree-wrapper, img, .cell_output, #jb-print-docs-body, .fbu-facts, .eqno"
)
# How much a word counts for pagefind by where it stands; text counts 1.
HEADING, WORDS, PAGE = 10, 8, 3
# How much a word counts that is all that was asked for; search.js adds it to pagefind's score.
DEFINED, CHOSEN, COVERED, BOLD, INDEXED = 18, 17, 16, 5, 4
TEXT_ENDS = "⁂"  # around the text proper: search.js takes excerpts from it alone
NOT_LOADED = ("pagefind-*ui*", "pagefind-component*", "pagefind-highlight*")
FORMULA = re.compile(r"<mjx-container.*?<math[^>]*>(.*?)</math>.*?</mjx-container>", re.DOTALL)
LOSS = re.compile(r'<mi[^>]*mathvariant="script">L</mi>')

Words = dict[str, int]


def plain(html: str) -> str:
    """Return a page with its formulas as words that somebody may search for.

    >>> inside = '<mo>∂</mo><mi mathvariant="script">L</mi>'
    >>> plain(f"<mjx-container>…<math>{inside}</math></mjx-container>")
    ' ∂ ℒ '
    """
    return FORMULA.sub(
        lambda match: f" {' '.join(re.sub('<[^>]*>', ' ', LOSS.sub('ℒ', match[1])).split())} ", html
    )


def singular(term: str) -> str:
    """Return a term in lower case, without a plural's s."""
    term = " ".join(term.split()).lower()
    return term[:-1] if term.endswith("s") and not term.endswith(("ss", "bias")) else term


def _text(tag: Tag | None, between: str = "") -> str:
    return " ".join(tag.get_text(between).split()) if tag else ""


def records(
    html: str, name: str, keywords: dict[str, Words], terms: set[str] | None = None
) -> list[str]:
    """Return a record of every section of a page.

    Parameters
    ----------
    html : str
        The page.
    name : str
        Its file's name.
    keywords : dict
        Words for the element with this id on the page, and how much they count.
    terms : set of str, optional
        What this page defines, in the first section that has it in bold.
    """
    page = BeautifulSoup(plain(html), "html.parser")
    article = page.find("article") or page.body
    if not isinstance(article, Tag):
        return []
    for hidden in article.select(HIDDEN):
        hidden.decompose()
    undefined = {singular(term) for term in terms or ()}
    for words in keywords.values():
        for word in words:
            # A section that covers what its page defines is what is looked for.
            if words[word] == COVERED and singular(word) in undefined:
                words[word] = DEFINED
    undefined -= {
        singular(word) for words in keywords.values() for word in words if words[word] == DEFINED
    }
    title = _text(article.find("h1"))
    parts = [(section, _bold(section)) for section in article.find_all("section")]
    defining = {term: bold for _, bold in reversed(parts) for term in bold if term in undefined}
    entries = []
    for section, bold in reversed(parts):  # a section's own sections are taken out before it
        heading = section.find(re.compile(r"^h[1-6]$"))
        address = name if heading and heading.name == "h1" else f"{name}#{section['id']}"
        words = {term: DEFINED if defining.get(term) is bold else BOLD for term in bold}
        for element in (section, *section.find_all(id=True)):
            for word, weight in keywords.get(str(element.get("id")), {}).items():
                words[word] = max(words.get(word, 0), weight)
        named = _text(heading.extract()) if isinstance(heading, Tag) else ""
        if (text := _text(section.extract(), " ")) or words:
            entries.append(_record(address, named, title, words, text))
    return entries[::-1]


def _bold(section: Tag) -> list[str]:
    """Return the bold terms of a section, without those of the sections in it."""
    bold = section.find_all("strong")
    return [singular(_text(term)) for term in bold if term.find_parent("section") is section]


def _record(address: str, heading: str, title: str, words: Words, text: str) -> str:
    where = title if title != heading else ""
    leads = "".join(
        f'<p data-pagefind-filter="leads" data-pagefind-ignore>{escape(singular(word))}</p>'
        for word, weight in words.items()
        if weight >= COVERED
    )
    return (
        '<html lang="en"><body>'
        f'<h1 data-pagefind-meta="title" data-pagefind-weight="{HEADING}">{escape(heading)}</h1>'
        f'<p data-pagefind-meta="page" data-pagefind-weight="{PAGE}">{escape(where)}</p>'
        f"<p>{TEXT_ENDS}</p><p>{escape(text)}</p><p>{TEXT_ENDS}</p>"
        f'<p data-pagefind-weight="{WORDS}">{escape(". ".join(words))}</p>'
        f'<p data-pagefind-meta="address" data-pagefind-ignore>{escape(address)}</p>'
        f'<p data-pagefind-meta="words" data-pagefind-ignore>{escape(json.dumps(words))}</p>'
        f"{leads}</body></html>"
    )


def _table(source: Path, name: str) -> list[dict[str, str]]:
    with (source / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _keywords(app: Any) -> tuple[dict[str, dict[str, Words]], dict[str, set[str]]]:
    """Return page → id → words, and page → terms that are defined there."""
    keywords: dict[str, dict[str, Words]] = defaultdict(lambda: defaultdict(dict))
    for page, entries in app.env.get_domain("index").entries.items():
        for _, value, target, *_ in entries:
            keywords[page][target][value.replace(";", " ")] = INDEXED
    for row in _table(Path(app.srcdir), "coverage.csv"):
        page, target = row["place"].split("#")
        covered = filter(None, map(str.strip, row["words"].split(";")))
        keywords[page][target] |= dict.fromkeys(covered, COVERED)
    for address, words in tomllib.loads((HERE / "search_words.toml").read_text("utf-8")).items():
        page, _, target = address.partition("#")
        keywords[page][target] |= {word.strip(): CHOSEN for word in words.split(",")}
    terms: dict[str, set[str]] = defaultdict(set)
    for row in _table(Path(app.srcdir), "terms.csv"):
        terms[row["page"]].add(row["term"])
    return keywords, terms


def _write_records(site: Path, folder: Path, app: Any) -> None:
    keywords, terms = _keywords(app)
    for path in sorted(site.glob("*.html")):
        if path.stem not in LEFT_OUT:
            about = (keywords.get(path.stem, {}), terms.get(path.stem))
            for number, record in enumerate(records(path.read_text("utf-8"), path.name, *about)):
                (folder / f"{path.stem}-{number}.html").write_text(record, "utf-8")


async def _write_index(folder: Path, target: Path) -> None:
    config = IndexConfig(include_characters="δΔ∂ℒηθσ∇⊙⁻ŷ", output_path=str(target))
    async with PagefindIndex(config=config) as index:
        # One message for all: pagefind's own client waits a tenth of a second after each.
        await index.add_directory(str(folder))


def _index(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.format != "html" or app.config.html_theme != "sphinx_book_theme":
        return
    site = Path(app.outdir)
    shutil.rmtree(site / FOLDER, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        _write_records(site, Path(folder), app)
        asyncio.run(_write_index(Path(folder), site / FOLDER))
    for pattern in NOT_LOADED:
        for file in (site / FOLDER).glob(pattern):
            file.unlink()


def _templates(app: Any, config: Any) -> None:
    config.templates_path = [*config.templates_path, str(HERE / "templates")]


def connect(app: Any) -> None:
    app.connect("config-inited", _templates)
    app.connect("build-finished", _index)
