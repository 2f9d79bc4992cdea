"""The directive ``{widget}``: a live widget with a figure for readers without JavaScript.

.. code-block:: markdown

   ```{widget} stepper
   :alt: The 4-2-3 network with a weight on every edge.
   :caption: Forward, loss, backward, update: one step at a time.
   :name: stepper-worked

   {"network": "4-2-3", "example": 2}
   ```

The body is the starting state (JSON). ``:figure:`` is an image beside the page; without it, the
drawing that ``python book/widget_figures.py`` made of this very state is shown (until it
has, that of the widget's own default). The module is loaded by a relative address, so a page
works in a subfolder, below a sub-path and from any plain file server; pages without widgets load
nothing. ``:brief:`` reduces the widget to its drawing, one control and the status: what opens a
chapter responds before the reader knows what every part is.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri
from widget_figures import figure_name

from course_lib.widgets.bundle import HERE, copy_modules, modules

ASSETS = "course-widgets"
FIGURES = "widget-figures"
IMPORT = re.compile(r'\bfrom "\./([\w.]+)"')
KNOWN = modules()


class mount(nodes.General, nodes.Element):
    """The place where a widget comes alive; only HTML shows it."""


def safe_json(state: dict[str, Any]) -> str:
    """Return `state` as JSON that no markup can end early, inside a script element."""
    return json.dumps(state, ensure_ascii=True).replace("<", "\\u003c")


class Widget(SphinxDirective):
    """``{widget} NAME``: see the module's text."""

    required_arguments = 1
    has_content = True
    option_spec = {  # noqa: RUF012 - docutils' own way
        "figure": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "caption": directives.unchanged_required,
        "name": directives.unchanged_required,
        "brief": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the figure: the live place, the static picture, the caption."""
        name = self.arguments[0]
        if name not in KNOWN:
            raise self.error(f"no widget is called {name!r}; there are {', '.join(KNOWN)}")
        missing = [option for option in ("alt", "caption") if option not in self.options]
        if missing:
            raise self.error(f"widget {name} needs :{missing[0]}:, a sentence for its picture")
        try:
            state = json.loads("\n".join(self.content) or "{}")
        except json.JSONDecodeError as problem:
            raise self.error(f"widget {name}: the body is not JSON: {problem}") from problem
        if not isinstance(state, dict):
            raise self.error(f"widget {name}: the body must be an object of settings")

        figure = nodes.figure(classes=["cw-figure"])
        figure += mount(
            widget=name, state=state, link=self._link(name), brief="brief" in self.options
        )
        figure += nodes.image(
            uri=self._picture(name, state), alt=self.options["alt"], candidates={}
        )
        inline, messages = self.state.inline_text(self.options["caption"], self.lineno)
        figure += nodes.caption("", "", *inline)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure, *messages]

    def _link(self, name: str) -> str:
        label = self.options.get("name")
        if not label:
            count = self.env.temp_data.get("widgets", 0) + 1
            self.env.temp_data["widgets"] = count
            label = f"{name}-{count}"
        return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")

    def _picture(self, name: str, state: dict[str, Any]) -> str:
        chosen = self.options.get("figure", "auto")
        if chosen != "auto":
            return chosen
        folder = Path(self.env.srcdir) / FIGURES
        self.env.note_dependency(str(folder / figure_name(name, state)))
        for file in (figure_name(name, state), figure_name(name, {})):
            if (folder / file).is_file():
                return f"/{FIGURES}/{file}"
        raise self.error(
            f"widget {name}: {FIGURES}/{figure_name(name, {})} is missing; make it with: "
            "python book/widget_figures.py"
        )


def visit_mount(self: Any, node: mount) -> None:
    """Write the place, its state and the one script that mounts every widget of the page."""
    builder = self.builder
    script = relative_uri(builder.get_target_uri(builder.current_docname), f"{ASSETS}/mount.js")
    self.body.append(
        f'<div class="cw-mount" data-widget="{node["widget"]}" data-link="{node["link"]}"'
        f"{' data-brief' * node['brief']}>"
        f'<script type="application/json">{safe_json(node["state"])}</script></div>\n'
        f'<script type="module" src="{script}"></script>\n'
    )


def pass_by(self: Any, node: mount) -> None:
    """Write nothing: other formats have the static picture."""
    raise nodes.SkipNode


def preload(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Ask for the modules of a page in its head, so that they are there when it is read."""
    names = {node["widget"] for node in doctree.findall(mount)} if doctree else set()
    waiting = [f"{name}.js" for name in names] + ["mount.js"] * bool(names)
    needed: set[str] = set()
    while waiting:
        file = waiting.pop()
        if file not in needed:
            needed.add(file)
            waiting += IMPORT.findall((HERE / file).read_text("utf-8"))
    folder = context["pathto"](ASSETS, 1)
    links = [f'<link rel="modulepreload" href="{folder}/{file}" />' for file in sorted(needed)]
    if links:
        links.append(f'<link rel="preload" as="style" href="{folder}/widgets.css" />')
    context["metatags"] = "\n".join([context.get("metatags", ""), *links])


def copy_assets(app: Sphinx, failure: Exception | None) -> None:
    """Put the modules and their style beside the pages."""
    if failure or app.builder.format != "html":
        return
    target = Path(app.outdir) / ASSETS
    shutil.rmtree(target, ignore_errors=True)
    copy_modules(target)


def connect(app: Any) -> None:
    """Register the directive."""
    app.add_node(
        mount,
        html=(visit_mount, lambda self, node: None),
        **dict.fromkeys(("latex", "text", "man", "texinfo", "epub"), (pass_by, None)),
    )
    app.add_directive("widget", Widget)
    app.connect("html-page-context", preload)
    app.connect("build-finished", copy_assets)
