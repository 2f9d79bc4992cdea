"""``{drawing}``: a figure of ``course_lib.figures``, set into the page as SVG with text as text.

Its argument is a Python expression of this page that gives a matplotlib figure; ``:alt:`` says
what the picture shows, the content (one paragraph) is the caption that says what to see.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from .elements import html, inline, parse
from .values import ValueFault, evaluate, filled, ready

WIDTH = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)')
COLUMN = 450  # what is wider scrolls on a phone: its letters would be too small to read


class Drawing(SphinxDirective):
    """``{drawing} expression``."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "name": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        if "alt" not in self.options or not self.content:
            raise self.error("a drawing needs :alt: and a caption")
        document = self.state.document
        ready(document, self.lineno)
        serial = self.env.new_serialno("drawing")
        call = "__import__('course_lib.figures').figures.svg(({}), {!r}, {!r})"
        salt = f"{self.env.docname}-{serial}"
        try:
            alt = filled(document, self.options["alt"])
            markup = evaluate(document, call.format(self.arguments[0], alt, salt))
            caption = filled(document, "\n".join(self.content))
        except ValueFault as fault:
            raise self.error(str(fault)) from None
        drawn = nodes.raw("", markup, format="html")
        width = float(WIDTH.search(markup)[1])
        sizes = f"--own: {width:.0f}px"
        if width > COLUMN:
            sizes += f"; --least: {0.75 * width:.0f}px"
        box = html("div", drawn, class_="fbu-drawing", style=sizes)
        figure = nodes.figure("", box)
        words = inline(parse(self, caption.splitlines()))
        figure += nodes.caption("", "", *words)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]


def connect(app: Any) -> None:
    app.add_directive("drawing", Drawing)
