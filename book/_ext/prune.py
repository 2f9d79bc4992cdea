"""Leave out of the site what no page uses.

The theme and its extensions bring megabytes of files of which pages load a few hundred kilobytes:
source maps, translations for the build alone, web fonts for icons that `icons.py` has drawn. After
the build every file that no page leads to is removed: what stands in an attribute of a page, in a
`url()` of a style sheet or in an import of a script is kept, and so is what a script asks for by a
name that it puts together (`ASKED_BY_SCRIPTS`). A file that is missed after all shows in the tests
of the pages as a failed request.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ASKED_BY_SCRIPTS = (
    "course-widgets/*",  # mount.js asks for the modules that a page names
    "_static/copybutton_funcs.js",
    "_static/preview.png",  # what a link to a page shows elsewhere
    "pagefind/**/*",  # search.js asks for the index; its parts are named by the query
    "objects.inv",  # other books link to labels of this one by it
    "exercises/*.html",  # chapters lead to them; they lead to each other
    "live/**/*",  # what an exercise page's Python consists of
    ".buildinfo",  # Sphinx compares its settings with those of the last build
    "searchindex.js",  # no page loads it; Sphinx reads it where the next build writes some pages
)
ICON_FONT = re.compile(r"@font-face\s*\{[^}]*fa-(?:brands|regular|solid|v4)[^}]*\}")
REFERENCES = {
    ".html": (r'(?:src|href|data|poster)\s*=\s*"([^"#?]+)', r"url\(\s*['\"]?([^'\")]+)"),
    ".css": (r"(?:url\(\s*|@import\s+)['\"]?([^'\")\s]+)",),
    ".js": (r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""",),
    ".svg": (r'href="([^"#]+)',),
}


def used(site: Path) -> set[Path]:
    """Return the files that the pages of `site` lead to, the pages themselves among them."""
    kept: set[Path] = set()
    waiting = list(site.glob("*.html"))
    waiting += [path for pattern in ASKED_BY_SCRIPTS for path in site.glob(pattern)]
    while waiting:
        path = waiting.pop()
        if path in kept or not path.is_file():
            continue
        kept.add(path)
        for pattern in REFERENCES.get(path.suffix, ()):
            for reference in re.findall(pattern, path.read_text("utf-8", "replace")):
                parts = urlsplit(reference)
                if not (parts.scheme or parts.netloc) and parts.path:
                    waiting.append((path.parent / unquote(parts.path)).resolve())
    return kept


def _leave_out(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.format != "html":
        return
    site = Path(app.outdir).resolve()
    for sheet in (site / "_static").rglob("*.css"):
        text = sheet.read_text("utf-8")
        if ICON_FONT.search(text):
            sheet.write_text(ICON_FONT.sub("", text), "utf-8")
    kept = used(site)
    for path in sorted(site.rglob("*"), reverse=True):  # files before their folders
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and path not in kept:
            path.unlink()


def connect(app: Any) -> None:
    # Last of all: what other extensions write when the build has finished has to be there.
    app.connect("build-finished", _leave_out, priority=900)
