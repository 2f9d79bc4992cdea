"""A widget's module as one text without imports, for anywidget.

The book loads ``stepper.js``, which imports ``./core.js`` and ``./ui.js`` from beside it. anywidget
loads a module's text from a blob, which has no "beside": there each shared module becomes a
function called once, and an import a destructuring of what it returned.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.MULTILINE)
COMMENT = re.compile(r"^ *(?://.*|/\*[^`]*?\*/)\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)


def modules() -> list[str]:
    """Return the names of the modules that are widgets, sorted.

    >>> "stepper" in modules(), "core" in modules()
    (True, False)
    """
    return sorted(
        path.stem
        for path in HERE.glob("*.js")
        if "export default widget(" in path.read_text(encoding="utf-8")
    )


def purpose(name: str) -> str:
    """Return what a widget shows, as its module's first comment says.

    >>> purpose("stepper")
    'Every gradient is a local derivative times the gradient that arrives from downstream.'
    """
    text = (HERE / f"{name}.js").read_text(encoding="utf-8")
    insight = re.match(r"// Insight: (.*\n(?:// (?!Misconception).*\n)*)", text)
    words = " ".join((insight[1] if insight else name).replace("\n//", "").split())
    return words[0].upper() + words[1:]


def networks() -> dict[str, dict[str, Any]]:
    """Return the stepper's networks by name: widths, activations, loss, θ, inputs and targets.

    θ is flat in the library's order W1, b1, W2, b2, each W row by row with shape (n_out, n_in).

    >>> {name: len(network["theta"]) for name, network in networks().items()}
    {'1-1-1': 4, '2-3-1': 13, '4-2-3': 19}
    """
    text = (HERE / "networks.js").read_text(encoding="utf-8")
    return {name: json.loads(data) for name, data in re.findall(r'^  "(.*?)": (.*),$', text, re.M)}


def bundle(name: str, folder: Path = HERE) -> str:
    """Return the text of module `name` with every shared module written into it.

    Raises
    ------
    ValueError
        When a module imports or exports in a form this does not rewrite.

    Examples
    --------
    >>> text = bundle("stepper")
    >>> "export default" in text, "import {" in text
    (True, False)
    """
    parts: list[str] = []
    _shared(name, folder, parts, [])
    return "\n".join(parts)


def style() -> str:
    """Return the widgets' style sheet with the course's colours before it.

    >>> "--fbu-forward: #" in style()
    True
    """
    sheets = (HERE.parent / "colours.css", HERE / "widgets.css")
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)


def page_html(places: list[tuple[Any, ...]], theme: str = "light") -> str:
    """Return a page of its own that mounts `places`, as the book's pages do.

    A place is (name, state), or (name, state, True) for a widget that is reduced to one control.
    """
    figures = "".join(
        f'<figure class="cw-figure"><div class="cw-mount" data-widget="{name}" '
        f'data-link="{name}-{i}"{" data-brief" * (brief == [True])}>'
        '<script type="application/json">'
        f"{json.dumps(state).replace('<', chr(92) + 'u003c')}</script></div></figure>"
        for i, (name, state, *brief) in enumerate(places, 1)
    )
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        "<style>figure { margin: 0; }</style>"
        "<title>Widgets</title></head><body><main><h1>Widgets</h1>"
        f'{figures}</main><script type="module" src="course-widgets/mount.js"></script>'
        "</body></html>"
    )


def copy_modules(folder: Path) -> None:
    """Copy the widgets' modules and style into `folder`, without comments on lines of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in HERE.glob("*.js"):
        text = COMMENT.sub("", path.read_text(encoding="utf-8"))
        (folder / path.name).write_text(text, encoding="utf-8")
    (folder / "widgets.css").write_text(COMMENT.sub("", style()), encoding="utf-8")


def _shared(name: str, folder: Path, parts: list[str], done: list[str], top: bool = True) -> None:
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    for _, other in IMPORT.findall(text):
        if other not in done:
            _shared(other, folder, parts, done, top=False)
    text = IMPORT.sub(_destructure, text)
    if re.search(r"^import\b|\bimport\(", text, re.MULTILINE):
        raise ValueError(f'{name}.js: write imports as `import {{ a, b }} from "./other.js";`')
    if top:
        parts.append(text)
        return
    names = EXPORT.findall(text)
    body = EXPORT.sub("", text)
    if re.search(r"^export\b", body, re.MULTILINE):
        raise ValueError(f"{name}.js: export only functions, classes and constants, by name")
    parts.append(f"const ${name} = (() => {{\n{body}\nreturn {{ {', '.join(names)} }};\n}})();")
    done.append(name)


def _destructure(match: re.Match[str]) -> str:
    names = [name.strip().replace(" as ", ": ") for name in match[1].split(",") if name.strip()]
    return f"const {{ {', '.join(names)} }} = ${match[2]};\n"
