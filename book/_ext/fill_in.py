"""``{faded}``: a worked example with ``{blank}`` places that the reader fills and that answer.

``{blank}`expression ; .3f ; what it is ; hint` `` stands inside a ``{faded}`` directive; further
parts ``; expression => words`` answer a value that a known mistake gives. Without JavaScript each
blank shows its number and the values are listed, folded away, below.
"""

from __future__ import annotations

import json
import re
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

from .elements import element, html, parse
from .values import ValueFault, filled, formatted, number, ready

FORMAT = re.compile(r"^\.(\d)f$")


class Blank(SphinxRole):
    """``{blank}``: one number for the reader to fill in."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            return [self.blank()], []
        except ValueFault as fault:
            return [], [self.inliner.reporter.error(f"blank: {fault}", line=self.lineno)]

    def blank(self) -> nodes.Element:
        parts = [part.strip() for part in self.text.split(";")]
        if len(parts) < 4 or not FORMAT.match(parts[1]):
            raise ValueFault(f"{self.text!r}: expected 'expression ; .3f ; what it is ; hint'")
        expression, spec, what, hint, *mistakes = parts
        document = self.inliner.document
        value = number(document, expression)
        digits = int(FORMAT.match(spec)[1])  # type: ignore[index]
        tolerance = 10.0**-digits if digits else 1e-6
        known = []
        for mistake in mistakes:
            wrong, _, words = mistake.partition("=>")
            at = number(document, wrong)
            taken = [value, *(earlier for earlier, _ in known)]
            if not words.strip() or any(abs(at - earlier) <= 2 * tolerance for earlier in taken):
                raise ValueFault(f"{mistake!r}: too near another value, or nothing to say")
            known.append([at, words.strip()])
        node = html(
            "span",
            nodes.Text("( )"),
            class_="fbu-blank",
            data_value=repr(value),
            data_digits=digits,
            data_tolerance=repr(tolerance),
            data_what=what,
            data_hint=hint,
            data_known=json.dumps(known) if known else None,
        )
        node["shown"] = formatted(document, f"{expression} ; {spec}")
        return node


class Faded(SphinxDirective):
    """``{faded}``: Markdown with blanks."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        ready(self.state.document, self.lineno)
        try:
            text = filled(self.state.document, "\n".join(self.content))
        except ValueFault as fault:
            raise self.error(str(fault)) from None
        box = html("div", *parse(self, text.splitlines()), class_="fbu-faded")
        blanks = [node for node in box.findall(element) if "shown" in node]
        if not blanks:
            raise self.error("a faded example needs at least one {blank}")
        items = []
        for count, blank in enumerate(blanks, 1):
            blank[0] = nodes.Text(f"({count})")
            items.append(html("li", nodes.Text(f"{blank['html']['data-what']}: {blank['shown']}")))
        summary = html("summary", nodes.Text("Show the values"))
        box += html("details", summary, html("ol", *items), class_="fbu-answer")
        return [box]


def connect(app: Any) -> None:
    app.add_role("blank", Blank())
    app.add_directive("faded", Faded)
