"""One docutils node for the HTML that the book's own directives write."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList


class element(nodes.General, nodes.TextElement):
    """An HTML element `tag` with the attributes in `html`; its children are ordinary nodes.

    Other builders write the children alone.
    """


def html(tag: str, *children: nodes.Node, **attributes: Any) -> element:
    """Make an element; ``class_`` and ``data_value`` become ``class`` and ``data-value``.

    An attribute that is None is left out; one that is True is written without a value.
    """
    named = {
        key.rstrip("_").replace("_", "-"): value
        for key, value in attributes.items()
        if value is not None and value is not False
    }
    node = element("", "", *children)
    node["tag"], node["html"] = tag, named
    return node


def parse(directive: Any, lines: list[str], line: int | None = None) -> list[nodes.Node]:
    """Parse Markdown lines inside a directive and return the nodes."""
    box = nodes.Element()
    box.document = directive.state.document
    source = directive.state.document["source"]
    directive.state.nested_parse(
        StringList(lines, source=source), directive.content_offset if line is None else line, box
    )
    return box.children


def inline(parsed: list[nodes.Node]) -> list[nodes.Node]:
    """Unwrap a single paragraph, so that its words can stand inside a label."""
    if len(parsed) == 1 and isinstance(parsed[0], nodes.paragraph):
        return parsed[0].children
    return parsed


def _visit_html(translator: Any, node: element) -> None:
    attributes = dict(node["html"])
    if node["ids"]:
        attributes.setdefault("id", node["ids"][0])
    written = "".join(
        f" {key}" if value is True else f' {key}="{escape(str(value), quote=True)}"'
        for key, value in attributes.items()
    )
    translator.body.append(f"<{node['tag']}{written}>")
    # Every further label is a place of its own.
    translator.body.extend(f'<span id="{label}"></span>' for label in node["ids"][1:])


def _depart_html(translator: Any, node: element) -> None:
    translator.body.append(f"</{node['tag']}>")


def _pass(translator: Any, node: element) -> None:
    pass


def connect(app: Any) -> None:
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), (_pass, _pass))
    app.add_node(element, html=(_visit_html, _depart_html), **others)
