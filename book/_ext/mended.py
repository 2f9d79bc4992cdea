"""Mend what the theme and its extensions write that a screen reader stumbles over.

Each row of `MENDED` is a pattern in a built page, what stands there instead, and why.
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
)


# A symbol's place in the index holds no text, and the search would stop at its summary.
SEARCH = (
    "if (anchorContent) return anchorContent.textContent;",
    "if (anchorContent?.textContent.trim()) return anchorContent.textContent;",
)


def _mend(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.format != "html":
        return
    for page in Path(app.outdir).glob("*.html"):
        text = before = page.read_text("utf-8")
        for pattern, instead in MENDED:
            text = pattern.sub(instead, text)
        if text != before:
            page.write_text(text, "utf-8")
    tools = Path(app.outdir) / "_static" / "searchtools.js"
    tools.write_text(tools.read_text("utf-8").replace(*SEARCH), "utf-8")


def setup(app: Any) -> dict[str, Any]:
    app.connect("build-finished", _mend)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
