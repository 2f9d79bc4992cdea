"""Change what the theme and its extensions write that a screen reader or a reader stumbles over.

Each row is a pattern in a built file, what replaces it, and (above it) why. A row that matches
nothing stops the build: the theme has changed, and the row with it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError

THEME = "sphinx_book_theme"
EVERY_PAGE = (
    # The sidebar holds a logo and a search button outside any landmark.
    (
        r'<div id="pst-primary-sidebar" class=',
        '<div id="pst-primary-sidebar" role="complementary" aria-label="The course" class=',
    ),
    # The theme says three times how wide a page is.
    (r'<meta name="viewport"[^>]*>(?=[\s\S]*<meta name="viewport")', ""),
    # An empty corner of a table is no heading.
    (r'<th class="head[^"]*">\s*(?:<p>\s*</p>)?\s*</th>', "<td></td>"),
    # An emoji is a picture that not every machine has.
    ("✅", "✓"),
    # This role was taken out of ARIA, and what stands in a list of it must be its items.
    (r' role="doc-biblioentry"', ""),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    # The theme learns from its last script whether it is dark, and then styles the page anew.
    (
        r'(dataset\.theme = localStorage\.getItem\("theme"\) \|\| )"auto";',
        r'\1(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");',
    ),
    # Scripts that wait for the whole page in any case need not hold it up.
    *(
        (rf'<script (?=[^>]*src="_static/{script}\b)', "<script defer ")
        for script in (
            "doctools", "sphinx_highlight", "clipboard", "copybutton",
            "scripts/sphinx-book-theme", "togglebutton", "design-tabs",
        )
    ),
    # The theme loads the whole index of its own search; this book has another (search.py).
    *(
        (rf'\s*<script src="{script}\.js"></script>', "")
        for script in ("_static/searchtools", "_static/language_data", "searchindex")
    ),
)  # fmt: skip


def patched(text: str, rows: tuple[tuple[str, str], ...], matches: Counter[str]) -> str:
    """Return `text` with every row applied; count in `matches` how often each pattern matched.

    >>> matches = Counter()
    >>> patched("a ✅", (("✅", "✓"), ("gone", "")), matches), matches["✅"], matches["gone"]
    ('a ✓', 1, 0)
    """
    for pattern, instead in rows:
        text, count = re.subn(pattern, instead, text)
        matches[pattern] += count
    return text


def require_matches(matches: Counter[str], rows: tuple[tuple[str, str], ...] = EVERY_PAGE) -> None:
    """Raise an error that names the patterns which have matched nothing."""
    dead = [pattern for pattern, _ in rows if not matches[pattern]]
    if dead:
        raise ExtensionError(
            "theme_patches: no built page has what these patterns look for; change or remove "
            f"them: {', '.join(map(repr, dead))}"
        )


def _note_whole_build(app: Any, env: Any, docnames: list[str]) -> None:
    """Note whether every page is written in this build: the others are patched already."""
    app.course_whole_build = set(docnames) >= env.found_docs


def _patch(app: Any, failure: Exception | None) -> None:
    if failure or app.config.html_theme != THEME or app.builder.format != "html":
        return
    matches: Counter[str] = Counter()
    site = Path(app.outdir)
    for page in site.glob("*.html"):
        before = page.read_text("utf-8")
        if (text := patched(before, EVERY_PAGE, matches)) != before:
            page.write_text(text, "utf-8")
    if app.course_whole_build:
        require_matches(matches)


def connect(app: Any) -> None:
    app.connect("env-before-read-docs", _note_whole_build)
    app.connect("build-finished", _patch)
