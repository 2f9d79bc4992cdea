"""``{aside} Title``: a fold beside the core of a chapter, with a title that says what is in it.

It is a ``<details>``: it opens without JavaScript, the browser's search and a link to its label
open it by themselves (its labels are on what the fold holds), and print shows it open. A label in
the line above it makes it the target of references, which read as its title.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .elements import element, html, parse
from .values import ValueFault, filled, ready


class Aside(SphinxDirective):
    """``{aside} Title``: any Markdown, folded."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        if not "".join(self.content).strip():
            raise self.error(f"the aside {self.arguments[0]!r} is empty")
        ready(self.state.document, self.lineno)
        try:
            text = filled(self.state.document, "\n".join(self.content))
        except ValueFault as fault:
            raise self.error(str(fault)) from None
        title, messages = self.state.inline_text(self.arguments[0], self.lineno)
        inside = html("div", class_="fbu-inside")
        # Its own label, so that a link without one can lead here as well.
        inside["ids"].append(nodes.make_id(f"aside-{self.arguments[0]}"))
        inside += parse(self, text.splitlines())
        fold = html("details", html("summary", *title), inside, class_="fbu-aside")
        fold["aside"] = self.arguments[0]
        self.set_source_info(fold)
        return [fold, *messages]


def asides(doctree: nodes.Node) -> list[element]:
    """Return the asides of a page."""
    return [node for node in doctree.findall(element) if "aside" in node]


def _name(app: Any, doctree: nodes.document) -> None:
    """Move labels from the fold to what it holds, and let references read as the title."""
    labels = app.env.get_domain("std").labels
    for fold in asides(doctree):
        inside = fold.children[1]
        inside["ids"], fold["ids"] = [*fold["ids"], *inside["ids"]], []
        for name in fold["names"]:
            labels[name] = (app.env.docname, doctree.nameids[name], fold.children[0].astext())


def connect(app: Any) -> None:
    app.add_directive("aside", Aside, override=True)  # the theme has one of this name
    app.connect("doctree-read", _name)
