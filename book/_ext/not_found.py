"""``404.html``: the page that a web server shows for an address that does not exist.

It may be shown at any depth below the site, so it carries its own style and looks upwards for the
folder in which the book lies: the nearest one with a `searchindex.js`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>Not found: Forward, Backward, Update</title>
<style>
:root { color-scheme: light dark; }
body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.3; }
li { margin: .6rem 0; }
a { display: inline-block; min-height: 24px; }
</style>
</head>
<body>
<main>
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
    const found = await fetch(folder + "searchindex.js", { method: "HEAD" }).catch(() => null);
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


def _write(app: Any, failure: Exception | None) -> None:
    if not failure and app.builder.format == "html":
        (Path(app.outdir) / "404.html").write_text(PAGE, encoding="utf-8")


def connect(app: Any) -> None:
    app.connect("build-finished", _write)
