"""``{library} course_lib.layers.Dense.backward``: source of the library, as it runs.

Several names may follow each other. What is shown is read from the installed package at build
time, so a page never shows code that is no longer there.
"""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from .elements import html


def find(name: str) -> Any:
    """Return the object with the dotted `name`, which begins with a module."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            target: Any = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            target = getattr(target, part)
        return target
    raise ModuleNotFoundError(f"no module at the beginning of {name!r}")


def listing(name: str) -> str:
    """Return the source of the object with the dotted `name`, without comments for tools."""
    source = textwrap.dedent(inspect.getsource(find(name))).rstrip()
    return re.sub(r"  # (?:noqa|type|pragma)\b.*", "", source)


class Library(SphinxDirective):
    """``{library}``: one or more functions, methods or classes by their dotted names."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        names = self.arguments[0].split()
        try:
            sources = [listing(name) for name in names]
        except (ModuleNotFoundError, AttributeError, TypeError) as fault:
            raise self.error(f"library: {fault}") from None
        block = nodes.literal_block("", "\n\n".join(sources), language="python")
        self.set_source_info(block)
        modules = dict.fromkeys(name.split(".")[1] for name in names)
        files = ", ".join(f"course_lib/{module}.py" for module in modules)
        place = html("p", nodes.Text("from "), nodes.literal("", files), class_="fbu-place")
        return [html("div", place, block, class_="fbu-library")]


def connect(app: Any) -> None:
    app.add_directive("library", Library)
