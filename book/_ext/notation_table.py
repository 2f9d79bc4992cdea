"""``{notation}``, ``{notation-glossary}``: the one table, and the glossary and index it feeds.

Both read ``course_lib.notation``; nothing is typed twice.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from course_lib.notation import SYMBOLS, WORDS, Symbol

from .elements import html, inline, parse

HEAD = ("symbol", "name", "shape", "in code")


class Notation(SphinxDirective):
    """``{notation}``: one row per symbol; each name links to its glossary entry."""

    def run(self) -> list[nodes.Node]:
        head = html("tr", *(html("th", nodes.Text(title), scope="col") for title in HEAD))
        rows = [self.row(symbol) for symbol in SYMBOLS]
        table = html(
            "table", html("thead", head), html("tbody", *rows), class_="table fbu-notation"
        )
        return [html("div", table, class_="fbu-scroll")]

    def row(self, symbol: Symbol) -> nodes.Node:
        code = [nodes.literal("", symbol.code)] if symbol.code else [nodes.Text("–")]
        return html(
            "tr",
            html("td", nodes.math(symbol.symbol, symbol.symbol)),
            html("td", *inline(parse(self, [f"{{term}}`{symbol.name}`"]))),
            html("td", self.shape(symbol.shape)),
            html("td", *code),
        )

    def shape(self, shape: str) -> nodes.Node:
        if "(" in shape or "\\" in shape:
            return nodes.math(shape, shape)
        return nodes.Text(shape)


class NotationGlossary(SphinxDirective):
    """``{notation-glossary}``: symbols and words, with index entries for their other names."""

    def run(self) -> list[nodes.Node]:
        lines = [":::::{glossary}"]
        for entry in sorted((*SYMBOLS, *WORDS), key=lambda entry: entry.name.lower()):
            symbol = f"${entry.symbol}$. " if isinstance(entry, Symbol) else ""
            code = f" In code: `{entry.code}`." if isinstance(entry, Symbol) and entry.code else ""
            lines += [entry.name, f"  {symbol}{entry.meaning}{code}", ""]
        lines += [":::::"]
        glossary = parse(self, lines)
        places = {
            term.astext(): term["ids"][0] for part in glossary for term in part.findall(nodes.term)
        }
        # The index says "see"; the search leads to the symbol itself, before any other page.
        other_names = addnodes.index(
            entries=[
                ("see", f"{other}; {entry.name}", places[entry.name], "main", None)
                for entry in (*SYMBOLS, *WORDS)
                for other in entry.also
            ]
        )
        return [other_names, *glossary]


def connect(app: Any) -> None:
    app.add_directive("notation", Notation)
    app.add_directive("notation-glossary", NotationGlossary)
