"""What every page carries: the course's script and style, a description, a picture for links."""

from __future__ import annotations

import os
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes

from course_lib import address
from course_lib.colours import SHEET

from .elements import element

ASSETS = Path(__file__).with_name("assets")
FACE = "fonts/source-sans-3-latin-wght-normal.woff2"
PICTURE = Path(__file__).parents[1] / "preview.png"
SHORTEST, LONGEST = 50, 200


def _add_assets(app: Any, config: Any) -> None:
    config.html_static_path = [*config.html_static_path, str(ASSETS), str(SHEET), str(PICTURE)]
    config.html_baseurl = address.book()


def description(doctree: nodes.document | None, title: str) -> str:
    """Return a page's first paragraph of some length, cut at a word; questions are none."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        place = paragraph.parent
        while place is not None and not isinstance(place, element):
            place = place.parent
        text = " ".join(paragraph.astext().replace("\\", " ").split())
        if place is None and len(text) >= SHORTEST and "$" not in text and "{" not in text:
            short = text[:LONGEST].rsplit(" ", 1)[0]
            return text if len(text) <= LONGEST else f"{short} …"
    return f"{title}. An open course on how neural networks learn: forward, backward, update."


def _describe(app: Any, page: str, _template: str, context: dict, doctree: Any) -> None:
    """Write the description and what a link to the page shows; offer to report a problem."""
    title = (
        nodes.Text(context.get("title") or "").astext().split("<")[0] or "Forward, Backward, Update"
    )
    picture = f"_static/{PICTURE.name}"
    about = {
        "og:title": title,
        "og:type": "website",
        "og:image": f"{address.book()}{picture}" if address.book() else picture,
        "og:image:alt": "Two half moons, told apart by a network; three lines of code; its loss.",
    }
    if address.book():
        about["og:url"] = f"{address.book()}{page}.html"
    said = description(doctree, title)
    lines = [f'<meta name="description" content="{escape(said)}" />',
             f'<meta property="og:description" content="{escape(said)}" />']  # fmt: skip
    lines += [
        f'<meta property="{name}" content="{escape(value)}" />' for name, value in about.items()
    ]
    face = context["pathto"](f"_static/{FACE}", 1)
    lines.append(f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{face}" />')
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines])
    if address.repository() and doctree is not None:
        issue = f"{address.repository()}/issues/new?title={quote(f'On the page “{title}”: ')}"
        context["body"] += (
            f'<p class="fbu-report"><a href="{issue}">Report a problem on this page</a></p>'
        )


def connect(app: Any) -> None:
    # Pages run in kernels of their own; one thread each is enough for small arrays.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    app.connect("config-inited", _add_assets)
    app.connect("html-page-context", _describe)
    app.add_css_file(SHEET.name)
    app.add_css_file("course.css")
    app.add_js_file("course.js", loading_method="defer")
