"""Search by section, without a server: one record of pagefind for each section of each page.

After the build, every section becomes a record of its heading, its page's title, the terms it
defines (bold), its entries in the index, and its text. Answers that a page hides, the index and
the proof table are left out. ``search.html`` (``templates/search.html``, ``assets/search.js``)
loads the records when something is searched for.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tomllib
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from pagefind.index import IndexConfig, PagefindIndex

FOLDER = "pagefind"
HERE = Path(__file__).parent
WORDS = HERE / "search_words.toml"
LEFT_OUT = {"genindex", "search", "proof_table", "py-modindex", "404"}
# Answers wait until the reader has given one; the rest are signs, not text.
HIDDEN = (
    ".headerlink, script, style, svg, .fbu-answer, .fbu-known, .fbu-feedback, .fbu-library, "
    ".cw-mount, .toctree-wrapper, img, .cell_output, #jb-print-docs-body, .fbu-facts"
)
# How much a word counts by where it stands; text counts 1.
HEADING, KEYWORDS, TERM, PAGE = 10, 8, 6, 3
NOT_LOADED = ("pagefind-*ui*", "pagefind-component*", "pagefind-highlight*")
LETTERS = {
    "alpha": "α", "beta": "β", "delta": "δ", "Delta": "Δ", "eta": "η", "epsilon": "ε", "theta": "θ",
    "sigma": "σ", "nabla": "∇", "partial": "∂", "odot": "⊙", "mathcal{L}": "ℒ", "mu": "μ",
}  # fmt: skip


def plain(tex: str) -> str:
    r"""Return a formula as words that somebody may search for.

    >>> plain(r"\(\delta = \partial\mathcal{L}/\partial z\)")
    'δ = ∂ ℒ/ ∂ z'
    """
    for name, letter in LETTERS.items():
        tex = re.sub(rf"\\{re.escape(name)}(?![a-z])", f" {letter} ", tex)
    return " ".join(re.sub(r"\\[a-zA-Z]+|[\\{}$&^_()\[\]]", " ", tex).split())


def _own_text(section: Tag) -> tuple[str, list[str]]:
    """Return a section's text without the sections in it, and the terms that it defines."""
    copy = BeautifulSoup(str(section), "html.parser").find("section")
    assert isinstance(copy, Tag)
    for inner in copy.select("section section, " + HIDDEN):
        inner.decompose()
    heading = copy.find(re.compile(r"^h[1-6]$"))
    if isinstance(heading, Tag):
        heading.decompose()
    for formula in copy.select(".math"):
        for name in formula.select(".eqno"):
            name.decompose()
        formula.string = f" {plain(formula.get_text())} "
    terms = [term.get_text(" ", strip=True) for term in copy.select("strong, dt")]
    return " ".join(copy.get_text(" ").split()), terms


def _title(tag: Tag | None) -> str:
    if tag is None:
        return ""
    copy = BeautifulSoup(str(tag), "html.parser")
    for inner in copy.select(".headerlink"):
        inner.decompose()
    return " ".join(plain(copy.get_text()).split())


def records(html: str, name: str, keywords: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return (address, record) of every section of a page.

    Parameters
    ----------
    html : str
        The page, with its formulas still as TeX.
    name : str
        Its file's name.
    keywords : dict
        Words for the element with this id on the page.
    """
    page = BeautifulSoup(html, "html.parser")
    article = page.find("article") or page.body
    if not isinstance(article, Tag):
        return []
    title = _title(article.find("h1"))
    found = []
    for section in article.find_all("section"):
        heading = _title(section.find(re.compile(r"^h[1-6]$")))
        ids = {section.get("id")}
        for one in section.find_all(id=True):
            if one.find_parent("section") is section:
                ids.add(one["id"])
        text, terms = _own_text(section)
        words = [word for one in sorted(map(str, ids)) for word in keywords.get(one, [])]
        if not text and not words:
            continue
        first = section.find("h1", recursive=False) is not None
        address = name if first else f"{name}#{section['id']}"
        found.append((address, _record(heading, title, words, terms, text)))
    return found


def _record(heading: str, title: str, words: list[str], terms: list[str], text: str) -> str:
    def weighed(weight: int, content: str) -> str:
        return f'<p data-pagefind-weight="{weight}">{escape(content)}</p>' if content else ""

    where = title if title != heading else ""
    return (
        '<html lang="en"><body>'
        f'<h1 data-pagefind-meta="title" data-pagefind-weight="{HEADING}">{escape(heading)}</h1>'
        f'<p data-pagefind-meta="page" data-pagefind-weight="{PAGE}">{escape(where)}</p>'
        f"<p>{escape(text)}</p>"
        f"{weighed(KEYWORDS, '. '.join(words))}{weighed(TERM, '. '.join(terms))}</body></html>"
    )


def _keywords(app: Any) -> dict[str, dict[str, list[str]]]:
    """Return page → id → words: the entries of the index, and ``search_words.toml``."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for page, entries in app.env.get_domain("index").entries.items():
        for _, value, target, *_ in entries:
            found[f"{page}.html"][target].append(value.replace(";", " "))
    for address, words in tomllib.loads(WORDS.read_text("utf-8")).items():
        page, _, target = address.partition("#")
        found[page][target].append(words)
    return found


async def _write(site: Path, keywords: dict[str, dict[str, list[str]]]) -> None:
    config = IndexConfig(include_characters="δΔ∂ℒηθσ∇⊙⁻ŷ", output_path=str(site / FOLDER))
    async with PagefindIndex(config=config) as index:
        for path in sorted(site.glob("*.html")):
            if path.stem in LEFT_OUT:
                continue
            for address, record in records(path.read_text("utf-8"), path.name, keywords[path.name]):
                await index.add_html_file(content=record, url=address)


def _index(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.format != "html" or app.config.html_theme != "sphinx_book_theme":
        return
    site = Path(app.outdir)
    shutil.rmtree(site / FOLDER, ignore_errors=True)
    asyncio.run(_write(site, _keywords(app)))
    for pattern in NOT_LOADED:
        for file in (site / FOLDER).glob(pattern):
            file.unlink()


def _templates(app: Any, config: Any) -> None:
    config.templates_path = [*config.templates_path, str(HERE / "templates")]


def connect(app: Any) -> None:
    app.connect("config-inited", _templates)
    app.connect("build-finished", _index)
