"""A chapter's exercise: one line below its title, a card at its end, the first function in place.

The card follows the paragraph that offers the chapter's notebook as ``{download}`…```. What is
said comes from the notebook, from its source and from the checks: nothing is typed twice. A link
to the page on which the exercise can be written appears where that page is part of the site, links
to Colab and Binder where the course's repository is public.

``{write} NAME``: the task's own words, then the function's first lines as the notebook has them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from course_lib import checks
from course_lib.address import DISTRIBUTION

from .elements import element, html, parse
from .launch import links
from .reading_time import title_end
from .values import ValueFault, filled, ready

ROOT = Path(__file__).resolve().parents[2]
MINUTES = re.compile(r"about\s+(\d+)\s+minutes", re.IGNORECASE)
PLACEHOLDER = "<!-- {}: {} -->"
WRITE, WHOLE = "Write it here", "The whole exercise"  # of what leads to an exercise's page
LINK = '<a class="fbu-here" href="exercises/{}.html">{}</a> '


@dataclass(frozen=True)
class Facts:
    """What a page says of an exercise."""

    name: str
    title: str
    minutes: str
    functions: tuple[str, ...]


def facts(name: str) -> Facts | None:
    """Return what is known of the exercise `name`; None if there is no such notebook.

    >>> facts("08_backward_pass").functions[:2]
    ('backward_by_hand', 'dense_backward')
    >>> facts("08_backward_pass").title
    'Exercise 8: the backward pass'
    """
    source = ROOT / "solutions" / f"{name}.md"
    if not (ROOT / "exercises" / f"{name}.ipynb").is_file():
        return None
    text = source.read_text("utf-8")
    title, minutes = re.search(r"^# (.+)$", text, re.MULTILINE), MINUTES.search(text)
    if title is None or minutes is None:
        raise ValueError(f"{source.name} has to say 'about NN minutes' below its title")
    functions = () if name in checks.LABORATORIES else checks.load(name).questions
    return Facts(name, title[1], minutes[1], tuple(question.name for question in functions))


def first_lines(name: str, function: str) -> str:
    """Return what the notebook gives of a function that is to be written.

    Raises
    ------
    ValueError
        If the exercise has no such function.
    """
    notebook = json.loads((ROOT / "exercises" / f"{name}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["id"] == f"solution-{function}":
            return "".join(cell["source"]).rstrip()
    raise ValueError(f"exercise {name} has no function {function}")


class Write(SphinxDirective):
    """``{write} NAME``: the function of this chapter's exercise, where it belongs."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        function, name = self.arguments[0], self.env.docname
        ready(self.state.document, self.lineno)
        try:
            lines = first_lines(name, function)
            text = filled(self.state.document, "\n".join(self.content))
        except (OSError, ValueError, ValueFault) as fault:
            raise self.error(str(fault)) from None
        title = html("p", nodes.Text("Write it: "), nodes.literal("", function), class_="fbu-kind")
        block = nodes.literal_block("", lines, language="python")
        box = html("div", title, *parse(self, text.splitlines()), block, class_="fbu-write",
                   data_write=function)  # fmt: skip
        box += ways(name, WHOLE)
        self.set_source_info(box)
        return [box]


def ways(name: str, words: str = WRITE) -> element:
    """Return the line of links that lead to the exercise, its page's with these words."""
    download = addnodes.download_reference(
        "", "", nodes.Text("Download the notebook"), reftarget=f"../exercises/{name}.ipynb"
    )
    return html(
        "p",
        nodes.raw("", PLACEHOLDER.format(words, name), format="html"),
        download,
        class_="fbu-ways",
    )


def card(exercise: Facts, repository: str) -> element:
    """Return the card of an exercise."""
    box = html("div", html("p", nodes.Text(exercise.title), class_="fbu-kind"), class_="fbu-card")
    line = html("p")
    if exercise.functions:
        line += nodes.Text("You write ")
        line += _listed(exercise.functions)
        line += nodes.Text(". ")
    line += nodes.Text(f"About {exercise.minutes} minutes.")
    box += line
    box += ways(exercise.name)
    services = links(repository, f"exercises/{exercise.name}.ipynb")
    for label, address in services:
        box[-1] += nodes.Text(" ")
        box[-1] += nodes.reference("", label, refuri=address, internal=False)
    install = f'pip install "{DISTRIBUTION} @ git+{repository.removesuffix("/")}"'
    if services:
        cell = nodes.literal("", f"%{install}")
        box += html("p", nodes.Text("On Colab, run "), cell, nodes.Text(" in a cell first."))
    lines = [install] * bool(repository) + ["course start"]
    lines += [] if exercise.name in checks.LABORATORIES else [f"course check {exercise.name}.ipynb"]
    box += html("p", nodes.Text("On your own computer:"))
    box += nodes.literal_block("", "\n".join(lines), language="text")
    return box


def _listed(names: tuple[str, ...]) -> list[nodes.Node]:
    parts: list[nodes.Node] = []
    for count, name in enumerate(names):
        last = count == len(names) - 1
        parts += [nodes.Text("" if not count else " and " if last else ", ")]
        parts += [nodes.literal("", name)]
    return parts


def offer(doctree: nodes.document, name: str, repository: str) -> None:
    """Add the line below the title, and the card below the paragraph that offers the notebook."""
    exercise, place = facts(name), title_end(doctree)
    offers = [
        download
        for download in doctree.findall(addnodes.download_reference)
        if download["reftarget"].endswith(f"exercises/{name}.ipynb")
    ]
    if exercise is None or place is None or not offers:
        return
    section, index = place
    words = f"{exercise.title}, about {exercise.minutes} minutes"
    line = html("p", nodes.Text(words), class_="fbu-facts")
    if exercise.functions:
        line += nodes.Text(f": {len(exercise.functions)} functions to write")
    line += nodes.Text(". ")
    line += ways(exercise.name).children
    paragraph = offers[-1]
    while not isinstance(paragraph, nodes.paragraph) and paragraph.parent is not None:
        paragraph = paragraph.parent
    if isinstance(paragraph, nodes.paragraph):
        parent = paragraph.parent
        parent.insert(parent.index(paragraph) + 1, card(exercise, repository))
    section.insert(index + 1, line)  # the reading time comes first


def lead_to_live_pages(site: Path) -> None:
    """Link to the pages of exercises that are part of the site."""
    for page in site.glob("*.html"):
        text = before = page.read_text("utf-8")
        for name in {path.stem for path in (site / "exercises").glob("*.html")}:
            for words in (WRITE, WHOLE):
                text = text.replace(PLACEHOLDER.format(words, name), LINK.format(name, words))
        if text != before:
            page.write_text(text, "utf-8")


def _offer(app: Any, doctree: nodes.document) -> None:
    offer(doctree, app.env.docname, app.config.course_repository)


def _lead(app: Any, failure: Exception | None) -> None:
    if not failure and app.builder.format == "html":
        lead_to_live_pages(Path(app.outdir))


def connect(app: Any) -> None:
    app.add_directive("write", Write)
    # After the reading time; before Sphinx collects what can be downloaded.
    app.connect("doctree-read", _offer, priority=310)
    app.connect("build-finished", _lead, priority=800)
