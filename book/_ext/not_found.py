"""``404.html``: the page that a web server shows for an address that does not exist.

It may be shown at any depth below the site, so it carries its own style and looks upwards for the
folder in which the book lies: the nearest one with a `objects.inv`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from course_lib.colours import DARK, LIGHT

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>Not found: Forward, Backward, Update</title>
<style>
COLOURS
:root { color-scheme: light dark; }
body { font: 1.125rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto;
  padding: 0 1rem;  background: var(--fbu-paper); color: var(--fbu-ink); }
h1 { font-size: 2rem; line-height: 1.2; }
p { color: var(--fbu-quiet); }
ul { list-style: none; padding: 0; }
li { margin: .6rem 0; }
a { display: inline-block; padding: .4rem 1rem; border-radius: 5px;
  border: 1px solid var(--fbu-line); color: var(--fbu-action); background: var(--fbu-panel); }
a:focus-visible { outline: 3px solid var(--fbu-action); outline-offset: 2px; }
svg { display: block; max-width: 100%; fill: none; stroke-width: 3; }
</style>
</head>
<body>
<main>
<svg viewBox="0 0 320 90" width="320" height="90" aria-hidden="true">
<path d="M5,10C60,80 110,88 160,84S260,40 315,5" stroke="var(--fbu-forward)"/>
<path d="M40,48L110,84" stroke="var(--fbu-backward)" stroke-dasharray="7 5"/>
<circle cx="75" cy="66" r="7" fill="var(--fbu-update)"/>
</svg>
<h1>There is no page at this address</h1>
<p>No gradient leads back from here. These do:</p>
<ul>
<li><a href="index.html">The start of the book</a></li>
<li><a href="map.html">The map of all chapters</a></li>
<li><a href="search.html">Search</a></li>
</ul>
</main>
<script>
(async () => {
  let folder = location.pathname.replace(/[^/]*$/, "");
  for (;;) {
    const found = await fetch(folder + "objects.inv", { method: "HEAD" }).catch(() => null);
    if (found && found.ok) break;
    if (folder === "/") return;
    folder = folder.replace(/[^/]+\\/$/, "");
  }
  for (const link of document.links) link.href = folder + link.getAttribute("href");
})();
</script>
</body>
</html>
"""


def colours() -> str:
    """Return the colours of both themes, chosen by the reader's system: no script has run yet."""
    light, dark = (
        "".join(f"--fbu-{name}: {value}; " for name, value in theme.items())
        for theme in (LIGHT, DARK)
    )
    return f":root {{ {light}}}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark}}} }}"


def _write(app: Any, failure: Exception | None) -> None:
    if not failure and app.builder.format == "html":
        page = PAGE.replace("COLOURS", colours())
        (Path(app.outdir) / "404.html").write_text(page, encoding="utf-8")


def connect(app: Any) -> None:
    app.connect("build-finished", _write)
