"""The reading time of a page, stated below its title: of its core, counted when it is read.

Core words at 150 a minute, half a minute for each displayed formula, 1 minute for each question or
prediction, 3 for each faded example, 5 for each widget. Code, formulas, and what an aside holds are
no core; neither are the words of questions and faded examples, which have minutes of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx import addnodes

from .elements import element, html
from .widget import mount

WORD = re.compile(r"[^\W\d_][\w’'-]*")
NO_PROSE = (nodes.literal_block, nodes.math, nodes.raw, nodes.Invisible, addnodes.desc, mount)
OWN_MINUTES = {"fbu-question": "questions", "fbu-prediction": "questions", "fbu-faded": "faded"}


@dataclass
class Counts:
    """What a page consists of."""

    core: int = 0
    asides: int = 0
    asked: int = 0  # words of questions, predictions and faded examples, feedback included
    formulas: int = 0
    questions: int = 0
    faded: int = 0
    widgets: int = 0

    @property
    def page(self) -> int:
        """Return all words of the page."""
        return self.core + self.asides + self.asked

    @property
    def minutes(self) -> int:
        """Return the reading time of the core.

        >>> Counts(core=1500, formulas=4, questions=3, faded=1, widgets=1).minutes
        23
        """
        exact = self.core / 150 + self.formulas / 2 + self.questions
        return round(exact + 3 * self.faded + 5 * self.widgets)


def counted(doctree: nodes.Node) -> Counts:
    """Count what a page, or a part of it, consists of."""
    counts = Counts()
    _count(doctree, counts, "core")
    return counts


def _count(node: nodes.Node, counts: Counts, place: str) -> None:
    core = place == "core"
    if isinstance(node, nodes.Text):
        setattr(counts, place, getattr(counts, place) + len(WORD.findall(node.astext())))
        return
    if isinstance(node, nodes.math_block):
        counts.formulas += core
        return
    if isinstance(node, mount):
        counts.widgets += core
    if isinstance(node, NO_PROSE) or "cell" in node.get("classes", ()):
        return
    if isinstance(node, element):
        if "aside" in node:
            place = "asides"
        for kind in str(node["html"].get("class", "")).split():
            if kind in OWN_MINUTES:
                name = OWN_MINUTES[kind]
                setattr(counts, name, getattr(counts, name) + core)
                place = "asked"
    for child in node.children:
        _count(child, counts, place)


def title_end(doctree: nodes.Node) -> tuple[nodes.Element, int] | None:
    """Return the first section of a page and where its text begins, below its title."""
    for section in doctree.findall(nodes.section):
        return section, 1 + section.first_child_matching_class(nodes.title)
    return None


def _state(app: Any, doctree: nodes.document) -> None:
    place = title_end(doctree)
    if place is None or app.env.docname == app.config.root_doc:
        return
    counts = counted(doctree)
    minutes = max(1, counts.minutes)
    words = f"Reading time: about {minutes} minute" + "s" * (minutes > 1)
    if counts.asides:
        words += ", without the folded asides"
    facts = html(
        "p",
        nodes.Text(words + "."),
        class_="fbu-facts",
        data_minutes=minutes,
        data_core_words=counts.core,
        data_page_words=counts.page,
        data_formulas=counts.formulas,
    )
    place[0].insert(place[1], facts)


def connect(app: Any) -> None:
    # Before the exercise's line and card are there.
    app.connect("doctree-read", _state, priority=300)
