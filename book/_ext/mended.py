"""Mend what the theme and its extensions write that a screen reader stumbles over or waits for.

Each row of `MENDED` and `EARLIER` is a pattern in a built page, what stands there instead, and why.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

MENDED = (
    # The sidebar holds a logo and a search button outside any landmark.
    (
        re.compile(r'<div id="pst-primary-sidebar" class='),
        '<div id="pst-primary-sidebar" role="complementary" aria-label="The course" class=',
    ),
    # An empty corner of a table is no heading.
    (re.compile(r'<th class="head[^"]*">\s*(?:<p>\s*</p>)?\s*</th>'), "<td></td>"),
    # An emoji is a picture that not every machine has.
    (re.compile("✅"), "✓"),
    # This role was taken out of ARIA, and what stands in a list of it must be its items.
    (re.compile(r' role="doc-biblioentry"'), ""),
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
    # The theme learns from its last script whether it is dark, and then styles the page anew.
    (
        re.compile(r'(dataset\.theme = localStorage\.getItem\("theme"\) \|\| )"auto";'),
        r'\1(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");',
    ),
)
# On every page but the search, whose scripts build on each other as they are read:
EARLIER = (
    # Scripts that wait for the whole page in any case need not hold it up.
    (
        re.compile(
            r'<script (?=[^>]*src="_static/(?:doctools|sphinx_highlight|clipboard|copybutton|'
            r"scripts/sphinx-book-theme|togglebutton|design-tabs)\b)"
        ),
        "<script defer ",
    ),
    # The theme loads the whole index for a search while one types, which this book does not offer.
    (
        re.compile(
            r'\s*<script src="(?:_static/searchtools|_static/language_data|searchindex)\.js">'
            r"</script>"
        ),
        "",
    ),
)


SEARCH = (
    # A symbol's place in the index holds no text, and the search would stop at its summary.
    (
        "if (anchorContent) return anchorContent.textContent;",
        "if (anchorContent?.textContent.trim()) return anchorContent.textContent;",
    ),
    # What stands around a page, and an equation in one line, say nothing in a summary.
    (
        '[".headerlink", "script", "style"]',
        '[".headerlink", "script", "style", ".bd-header-article", "#jb-print-docs-body",'
        ' "mjx-container[display]"]',
    ),
    (
        "if (docContent) return docContent.textContent;",
        'if (docContent) return docContent.textContent.replace(/\\s+/g, " ").trim();',
    ),
)


def _mend(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.format != "html":
        return
    for page in Path(app.outdir).glob("*.html"):
        text = before = page.read_text("utf-8")
        for pattern, instead in MENDED + (() if page.name == "search.html" else EARLIER):
            text = pattern.sub(instead, text)
        if text != before:
            page.write_text(text, "utf-8")
    tools = Path(app.outdir) / "_static" / "searchtools.js"
    script = tools.read_text("utf-8")
    for before, instead in SEARCH:
        script = script.replace(before, instead)
    tools.write_text(script, "utf-8")


def setup(app: Any) -> dict[str, Any]:
    app.connect("build-finished", _mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
