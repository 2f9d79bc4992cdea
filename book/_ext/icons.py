"""The theme's icons as inline SVG instead of a script of half a megabyte.

The theme loads the whole of Font Awesome (543 KB compressed) to draw a dozen icons. After the
build, the icons that pages use are taken from that file and written into the pages, and the file
is left out of the site. Icons: Font Awesome Free, CC BY 4.0.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.util import logging

logger = logging.getLogger(__name__)
SCRIPT = re.compile(r"\s*<!-- So that users[^>]*-->\s*<script[^>]*fontawesome\.js[^>]*></script>")
PLACE = re.compile(
    r'<(i|span)(\s+class="(?:[^"]*\s)?fa(?:s|-solid)\s+fa-([a-z-]+)[^"]*"[^>]*)>\s*</\1>'
)


def icon(library: str, name: str) -> str | None:
    """Return the icon `name` as SVG; the solid form stands last in the library."""
    matches = re.findall(
        rf'[{{,]"?{re.escape(name)}"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","(M[^"]*)"\]', library
    )
    if not matches:
        return None
    width, height, path = matches[-1]
    return (
        f'<svg class="fbu-icon" viewBox="0 0 {width} {height}" aria-hidden="true">'
        f'<path d="{path}"/></svg>'
    )


def _write_icons(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    source = folder / "_static" / "scripts" / "fontawesome.js"
    if not source.is_file():
        return
    library = source.read_text("utf-8")
    drawn: dict[str, str | None] = {}

    def draw(match: re.Match[str]) -> str:
        tag, attributes, name = match.groups()
        if name not in drawn:
            drawn[name] = icon(library, name)
            if drawn[name] is None:
                logger.warning("the theme's icon %r was not found in Font Awesome", name)
        # Without its class names no web font is asked for the same icon.
        attributes = re.sub(rf"\bfa(?:s|-solid)\s+fa-{name}\b", "", attributes)
        return f"<{tag}{attributes}>{drawn[name] or ''}</{tag}>"

    for page in folder.rglob("*.html"):
        text = page.read_text("utf-8")
        if "fontawesome.js" in text:
            page.write_text(PLACE.sub(draw, SCRIPT.sub("", text)), "utf-8")
    for unused in {*source.parent.glob("fontawesome.js*"), *source.parent.glob("*.map")}:
        unused.unlink()


def connect(app: Any) -> None:
    app.connect("build-finished", _write_icons)
