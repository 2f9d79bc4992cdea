"""Values from the page's own kernel, so that no number is typed where it can be computed.

- ``{calc}`loss ; .4f` `` writes the value of a Python expression, formatted;
- ``{tex}`z_1 = «z[0] ; .2f»` `` is inline mathematics with values in it;
- ``{formula}`` is display mathematics, ``{values}`` any Markdown, with values in ``«…»``.

The format after the semicolon is Python's (``.3f``, ``.2e``, ``d``); arrays become matrices in
mathematics. Expressions see what the cells above them on the page have defined.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective, SphinxRole

from .elements import parse

PACKAGE = Path(__file__).resolve().parents[2] / "course_lib"
COMMAND = {"cli.py", "site.py"}  # what no page shows or uses
PLACE = re.compile(r"«(.+?)»", re.DOTALL)
OPEN_TEX = re.compile(r"\{tex\}`[^`]*\Z")


class ValueFault(Exception):
    """An expression could not be evaluated; the message says which and why."""


def ready(document: nodes.document, line: int | None) -> None:
    """Run the cells above `line` that have not run yet, because their outputs are hidden."""
    if "nb_renderer" not in document or line is None:
        return
    client = document["nb_renderer"].renderer.nb_client
    starts = getattr(client, "_source_map", None) or []
    above = [index for index, start in enumerate(starts) if start <= line]
    if above:
        client.code_cell_outputs(above[-1])


def evaluate(document: nodes.document, expression: str) -> Any:
    """Return a Python literal: the value of `expression` in the page's kernel."""
    if "nb_renderer" not in document:
        raise ValueFault(f"{expression!r}: this page has no kernel (its first lines name one)")
    try:
        outputs = document["nb_renderer"].renderer.nb_client.eval_variable(expression)
    except NotImplementedError:
        raise ValueFault(f"{expression!r}: the book is built without inline execution") from None
    for output in outputs:
        if output.get("output_type") == "error":
            raise ValueFault(f"{expression!r}: {output['ename']}: {output['evalue']}")
    texts = [output["data"]["text/plain"] for output in outputs if "data" in output]
    if len(texts) != 1:
        raise ValueFault(f"{expression!r}: one value was expected, {len(texts)} came")
    return ast.literal_eval(texts[0])


def number(document: nodes.document, expression: str) -> float:
    """Return the value of `expression` as a float."""
    return float(evaluate(document, f"float({expression.strip()})"))


def formatted(document: nodes.document, text: str, form: str = "text") -> str:
    """Return ``expression ; format`` evaluated and formatted as "text" or "tex"."""
    expression, _, spec = text.partition(";")
    call = f"__import__('course_lib.number_format').number_format.{form}(({expression.strip()}), "
    return str(evaluate(document, f"{call}{spec.strip()!r})"))


def filled(document: nodes.document, text: str) -> str:
    """Return `text` with every ``«expression ; format»`` replaced by its value.

    Inside ``$…$`` and ``{tex}`…` `` the value is written for mathematics, elsewhere for prose.
    """

    def value(match: re.Match[str]) -> str:
        before = text[: match.start()]
        inside = len(re.findall(r"\$\$?", before)) % 2 == 1 or OPEN_TEX.search(before) is not None
        return formatted(document, match.group(1), "tex" if inside else "text")

    return PLACE.sub(value, text)


def filled_tex(document: nodes.document, text: str) -> str:
    """Return TeX with every ``«expression ; format»`` replaced by its value as TeX."""
    return PLACE.sub(lambda match: formatted(document, match.group(1), "tex"), text)


class Calc(SphinxRole):
    """``{calc}`expression ; format` ``: a computed number in the text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        ready(self.inliner.document, self.lineno)
        try:
            return [nodes.Text(formatted(self.inliner.document, self.text))], []
        except ValueFault as fault:
            return [], [self.inliner.reporter.error(f"calc: {fault}", line=self.lineno)]


class Tex(SphinxRole):
    """``{tex}`…` ``: inline mathematics with computed numbers."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        ready(self.inliner.document, self.lineno)
        try:
            text = filled_tex(self.inliner.document, self.text)
        except ValueFault as fault:
            return [], [self.inliner.reporter.error(f"tex: {fault}", line=self.lineno)]
        return [nodes.math(text, text)], []


class Formula(SphinxDirective):
    """``{formula}``: display mathematics with computed numbers."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        ready(self.state.document, self.lineno)
        try:
            text = filled_tex(self.state.document, "\n".join(self.content))
        except ValueFault as fault:
            raise self.error(f"formula: {fault}") from None
        node = nodes.math_block(text, text, nowrap=False, number=None)
        self.set_source_info(node)
        return [node]


class Values(SphinxDirective):
    """``{values}``: Markdown with computed numbers, in or out of ``$…$``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        ready(self.state.document, self.lineno)
        try:
            text = filled(self.state.document, "\n".join(self.content))
        except ValueFault as fault:
            raise self.error(f"values: {fault}") from None
        return parse(self, text.splitlines())


def _depend_on_the_library(app: Any, doctree: nodes.document) -> None:
    """Read a page again when the library or an extension it used has changed."""
    for folder in (PACKAGE, Path(__file__).parent):
        for path in sorted(folder.glob("*.py")):
            if path.name not in COMMAND:
                app.env.note_dependency(str(path))


def connect(app: Any) -> None:
    app.add_role("calc", Calc())
    app.add_role("tex", Tex())
    app.add_directive("formula", Formula)
    app.add_directive("values", Values)
    app.connect("doctree-read", _depend_on_the_library)
