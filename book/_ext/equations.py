"""Equations are labelled by name, and the name is what the reader sees beside them.

``$$ … $$ (eq-backward-weights)`` shows "(backward-weights)" at its edge, and so does a reference
``{eq}`eq-backward-weights` ``. The directive ``{equations}`` lists every named equation of the
book with a link to its place. A name in a docstring of the library becomes such a reference.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from .elements import html

logger = logging.getLogger(__name__)
PREFIX = "eq-"


class equation_list(nodes.General, nodes.Element):
    """Stands where the table of all named equations will be."""


class Equations(SphinxDirective):
    """``{equations}``: the table of all named equations."""

    def run(self) -> list[nodes.Node]:
        return [equation_list("")]


def _collected(env: Any) -> dict[str, list[tuple[str, str]]]:
    if not hasattr(env, "course_equations"):
        env.course_equations = {}
    return env.course_equations


def _name_by_label(app: Any, doctree: nodes.document) -> None:
    """Show an equation's name for its number, and remember where it stands."""
    equations = []
    for node in doctree.findall(nodes.math_block):
        label = node.get("label")
        if not label:
            continue
        if not label.startswith(PREFIX):
            logger.warning("equation label %r should begin with %r", label, PREFIX, location=node)
        node["number"] = label.removeprefix(PREFIX)
        app.env.get_domain("math").equations[label] = (app.env.docname, node["number"])
        equations.append((label, node.astext()))
    _collected(app.env)[app.env.docname] = equations


def _forget(app: Any, env: Any, docname: str) -> None:
    _collected(env).pop(docname, None)


def _merge(app: Any, env: Any, docnames: list[str], other: Any) -> None:
    for docname in docnames:
        _collected(env)[docname] = _collected(other).get(docname, [])


def _lists_to_write_again(app: Any, env: Any) -> list[str]:
    return [name for name in env.found_docs if name in getattr(env, "course_equation_lists", ())]


def _note_lists(app: Any, doctree: nodes.document) -> None:
    if any(doctree.findall(equation_list)):
        lists = getattr(app.env, "course_equation_lists", set())
        app.env.course_equation_lists = lists | {app.env.docname}


def _fill_lists(app: Any, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(equation_list)):
        tables = []
        for other in _in_order(app.env):
            named = _collected(app.env).get(other, [])
            rows = [_row(app, docname, other, label, text) for label, text in named]
            if rows:
                tables.append(html("div", _table(app.env.titles[other], rows), class_="fbu-scroll"))
        place.replace_self(tables)


def _table(title: nodes.title, rows: list[nodes.Node]) -> nodes.Node:
    head = html("tr", *(html("th", nodes.Text(t), scope="col") for t in ("name", "equation")))
    caption = html("caption", nodes.Text(title.astext()))
    parts = caption, html("thead", head), html("tbody", *rows)
    return html("table", *parts, class_="fbu-equations table")


def _in_order(env: Any) -> list[str]:
    order = list(env.toctree_includes.get(env.config.root_doc, ()))
    return order + sorted(set(_collected(env)) - set(order))


def _row(app: Any, here: str, there: str, label: str, text: str) -> nodes.Node:
    target = app.builder.get_relative_uri(here, there) + f"#equation-{label}"
    link = nodes.reference("", label.removeprefix(PREFIX), refuri=target, internal=True)
    formula = nodes.math(text, text)
    return html("tr", html("td", link), html("td", formula))


def _link_names(app: Any, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    """Make references of the names of equations in a docstring (autodoc)."""
    lines[:] = [re.sub(rf"\b{PREFIX}[a-z-]+[a-z]", r":eq:`\g<0>`", line) for line in lines]


def connect(app: Any) -> None:
    app.add_node(equation_list)
    app.add_directive("equations", Equations)
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", _link_names)
    app.connect("doctree-read", _name_by_label)
    app.connect("doctree-read", _note_lists)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("env-updated", _lists_to_write_again)
    app.connect("doctree-resolved", _fill_lists)
