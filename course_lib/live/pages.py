"""An exercise as a page: made from its released notebook when the book is built."""

from __future__ import annotations

import hashlib
import json
import os
import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from unittest import mock

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from course_lib import checks
from course_lib.checks.verdict import of_points
from course_lib.live.build import Placed
from course_lib.live.files import HERE, LiveFilesError, manifest
from course_lib.notebooks import release
from course_lib.notebooks import source as source_of

FOLDER = "exercises"
LICENCES = "live/licences.html"
SERVICE_WORKER = "service-worker.js"


def write(site: Path, exercises: Path, placed: Placed) -> list[Path]:
    """Write the page of every graded exercise; return their paths."""
    names = checks.names()
    written = []
    for position, name in enumerate(names):
        path = site / FOLDER / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        around = (names[position - 1] if position else "", (*names, "")[position + 1])
        path.write_text(page(name, exercises, placed, around), encoding="utf-8")
        written.append(path)
    (site / LICENCES).write_text(licence_page(placed), encoding="utf-8")
    return written


def page(name: str, exercises: Path, placed: Placed, around: tuple[str, str] = ("", "")) -> str:
    """Return the page of one exercise, whose notebook lies in `exercises`.

    `around` names the exercises before and after it.

    Raises
    ------
    LiveFilesError
        If a question has no cell of its own.
    """
    exercise = checks.load(name)
    notebook = json.loads((exercises / f"{name}.ipynb").read_text(encoding="utf-8"))
    texts = linked_texts(exercises.parent / "solutions" / f"{name}.md")
    tasks: list[dict[str, Any]] = [
        {
            "name": question.name,
            "cell": f"solution-{question.name}",
            "points": float(question.points),
        }
        for question in exercise.questions
    ]
    cells = {cell["id"] for cell in notebook["cells"]}
    for task in tasks:
        if task["cell"] not in cells:
            raise LiveFilesError(f"{name} has no cell for {task['name']}")
    asked = {task["cell"]: task for task in tasks}
    renderer = _renderer()
    body, title = [], name
    for place, cell in enumerate(notebook["cells"]):
        source = texts.get(place) or "".join(cell["source"])
        if cell["id"] == "text-points" or cell["id"].startswith(("points-", "check-")):
            continue
        if cell["id"].startswith("answer-"):
            points = cell["metadata"]["nbgrader"]["points"]
            body.append(_text(renderer, ANSWER.format(points=points)))
            continue
        if cell["cell_type"] == "markdown":
            heading = re.match(r"# (.+)", source)
            title = heading[1] if heading else title
            body.append(_text(renderer, source))
            continue
        if cell["id"] in asked:
            task = asked[cell["id"]]
            filled = task | {"points": of_points(0, task["points"]), "source": escape(source)}
            body.append(_template("task.html").substitute(filled))
        else:
            body.append(_cell(cell, source))
    config = {
        "exercise": name,
        "tasks": tasks,
        "exercises": {
            stem: sum(float(question.points) for question in checks.load(stem).questions)
            for stem in checks.names()
        },
        **placed.addresses(),
    }
    links = [f'<a href="../{name}.html">Chapter {int(name[:2])}</a>']
    for word, other in zip(("Previous exercise", "Next exercise"), around, strict=True):
        if other:
            links.append(f'<a href="{other}.html">{word}</a>')
    total = of_points(0, sum(task["points"] for task in tasks)).removeprefix("0 of ")
    return _template("page.html").substitute(
        title=escape(title),
        description=escape(f"{title}. Write it here, check it, hand it in: {total}."),
        links="\n".join(links),
        body="\n".join(body),
        name=name,
        scripts=f"../{placed.page}",
        editor=f"../{placed.editor}",
        megabytes=f"{placed.total / 1e6:.0f}",
        place=_data(config),
        notebook=_data(notebook),
        licences=f"../{LICENCES}",
    )


def linked_texts(path: Path) -> dict[int, str]:
    """Return the texts of a solution's notebook by position, links leading up to the site's root.

    The released notebook says in words where a section is while the book has no address.
    """
    with mock.patch.dict(os.environ, {"COURSE_BOOK": ".."}):
        cells = release.solved(source_of.read(path))["cells"]
    return {
        place: "".join(cell["source"])
        for place, cell in enumerate(cells)
        if cell["cell_type"] == "markdown"
    }


def _template(name: str) -> Template:
    return Template((HERE / name).read_text(encoding="utf-8"))


def _data(value: Any) -> str:
    """Return JSON that can be in a page's script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _renderer() -> MarkdownIt:
    """Return what makes HTML of an exercise's text, formulas as Sphinx writes them."""
    made = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, double_inline=True)

    def math(display: bool) -> Any:
        tag, start, end = ("div", r"\[", r"\]") if display else ("span", r"\(", r"\)")

        def render(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
            tex = escape(tokens[index].content, quote=False)
            return f'<{tag} class="math notranslate nohighlight">{start}{tex}{end}</{tag}>'

        return render

    made.add_render_rule("math_inline", math(False))
    for kind in ("math_inline_double", "math_block", "math_block_label"):
        made.add_render_rule(kind, math(True))
    return made


RUN_FIRST = "Run this cell first."
ANSWER = (
    "*This answer is a text: write it into the notebook that Hand in saves. A person marks it, "
    "with at most {points:g} points; Check gives no points for it.*"
)
ABOUT_CHECK = re.compile(r"(?ms)^Below every task (?:is|stands) a cell `check\(.*?(?=\n\n|\Z)")
ON_A_PAGE = """\
*Check* says what is right and asks a question about the first thing that is not. Press it as often
as you like. Three hints follow on request: where to look, the name of the mistake if it is a known
one, another example. Hints cost nothing."""


def _text(renderer: MarkdownIt, source: str) -> str:
    if source.startswith(RUN_FIRST):
        return ""
    source = ABOUT_CHECK.sub(ON_A_PAGE, source)
    made = str(renderer.render(source)).replace("<th></th>", "<td></td>")
    return re.sub(r"<(/?)h([345])>", lambda tag: f"<{tag[1]}h{int(tag[2]) + 1}>", made)


def _cell(cell: dict[str, Any], source: str) -> str:
    """Return a cell that the reader may run and need not change."""
    tags = cell["metadata"].get("tags", [])
    code = f"<pre><code>{escape(source)}</code></pre>"
    if "setup" in tags:
        summary = "What runs before your code"
        return f'<details class="live-cell"><summary>{summary}</summary>{code}</details>'
    panel = re.search(r"^panel\(", source, re.MULTILINE) is not None
    expected = "".join("".join(output.get("text", "")) for output in cell["outputs"])
    parts = [f'<section class="live-cell" data-cell="{escape(cell["id"])}">']
    if panel or "nbval-ignore-output" in tags:
        parts.append(f"<details><summary>The code of this cell</summary>{code}</details>")
    else:
        parts.append(code)
    if expected:
        parts.append("<p>In the released notebook this prints:</p>")
        parts.append(f"<pre data-expected>{escape(expected)}</pre>")
    word = "Draw it with your function" if panel else "Run with your functions"
    parts.append(f'<div class="live-buttons"><button type="button" data-run>{word}</button></div>')
    parts.append(
        '<div data-output role="region" aria-label="Output" aria-live="polite" hidden></div>'
    )
    parts.append("</section>")
    return "\n".join(parts)


def licence_page(placed: Placed) -> str:
    """Return the list of what the exercise pages are served with, and under which licences."""
    rows = [
        f'<tr><td><a href="{escape(package["home"])}">{escape(package["name"])}</a></td>'
        f"<td>{escape(package['version'])}</td><td>{escape(package['licence'])}</td></tr>"
        for package in manifest()["licences"]
    ]
    return _template("licences.html").substitute(rows="\n".join(rows), scripts=f"../{placed.page}")


ASSET = re.compile(r'(?:src|href)="(\.\./[^"#]+)"')


FIRST = ("pyodide*", "python_stdlib.zip", "numpy-*")  # what a first Run loads of Python


def service_worker(site: Path) -> str:
    """Return the service worker: it keeps the exercise pages and what they load.

    What Python consists of is kept under the name that changes with it and taken from there first;
    everything else is asked of the network first.
    """
    python = [path for name in FIRST for path in sorted((site / "live").glob(f"*/{name}"))]
    python += (site / "live").glob("course-*.zip")
    fixed = [path.relative_to(site).as_posix() for path in python]
    pages = sorted((site / FOLDER).glob("*.html"))
    assets = {path.relative_to(site).as_posix() for path in pages} | {LICENCES}
    for path in pages:
        assets |= {asset.removeprefix("../") for asset in ASSET.findall(path.read_text("utf-8"))}
    assets |= {path.relative_to(site).as_posix() for path in (site / "live").glob("page-*/*")}
    for sheet in [asset for asset in assets if asset.partition("?")[0].endswith(".css")]:
        assets |= _asked_by(site, sheet.partition("?")[0])
    changing = sorted(asset for asset in assets if _kept(site, asset))
    seen = hashlib.sha256(json.dumps(fixed).encode())
    for asset in changing:
        seen.update((site / asset.partition("?")[0]).read_bytes())
    return (
        (HERE / SERVICE_WORKER)
        .read_text(encoding="utf-8")
        .replace("__VERSION__", seen.hexdigest()[:12])
        .replace('"__FIXED__"', json.dumps(fixed))
        .replace('"__CHANGING__"', json.dumps(changing))
    )


def _kept(site: Path, name: str) -> bool:
    """Whether a file is kept for later: of the pages only those of exercises."""
    path = name.partition("?")[0]
    if path.endswith(".html") and not path.startswith((f"{FOLDER}/", "live/")):
        return False
    return (site / path).is_file()


def _asked_by(site: Path, sheet: str) -> set[str]:
    """Return the files that a style sheet names."""
    assets = set()
    for name in re.findall(r"url\(['\"]?([^'\")]+)", (site / sheet).read_text(encoding="utf-8")):
        path = (site / sheet).parent / name.partition("?")[0]
        if not name.startswith(("data:", "http")) and path.is_file():
            assets.add(path.resolve().relative_to(site.resolve()).as_posix())
    return assets
