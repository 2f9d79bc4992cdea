"""Set formulas when the book is built, not in each reader's browser.

After the build, MathJax runs in the JavaScript engine that `mini-racer` brings along and every
formula of a page is replaced by what it makes of it: glyphs for the eye, MathML beside them for a
screen reader. Pages so show their formulas at once and without a script. The site gets one style
sheet and fonts with the glyphs that its pages use. TeX that MathJax cannot read stops the build.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from fontTools import subset
from myst_parser.sphinx_ext.mathjax import html_visit_displaymath
from sphinx.errors import ExtensionError
from sphinx.ext.mathjax import html_visit_math

SHEET = "_static/formulas.css"
FONTS = "_static/formula-fonts"
PARTS = (
    "loader.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",
)
START = """
var { mathjax } = MathJax._.mathjax;
var adaptor = MathJax._.adaptors.liteAdaptor.liteAdaptor();
var handler = MathJax._.handlers.html_ts.RegisterHTMLHandler(adaptor);
MathJax._.a11y["assistive-mml"].AssistiveMmlHandler(handler);
var font = new MathJax._.output.chtml.fonts.tex_ts.TeXFont({ fontURL: "formula-fonts" });
var output = new MathJax._.output.chtml_ts.CHTML({ font, adaptiveCSS: false });
var input = new MathJax._.input.tex_ts.TeX({ packages: ["base", "ams"] });
var page = mathjax.document("", { InputJax: input, OutputJax: output });
var set = (tex, display) => adaptor.outerHTML(page.convert(tex, { display }));
var sheet = () => adaptor.textContent(output.styleSheet(page));
"""
# What only a screen reader meets is laid out when it comes near: a third of a page's elements.
UNSEEN = "\nmjx-assistive-mml { content-visibility: auto; }\n"
FORMULA = re.compile(r'<(span|div) class="math notranslate nohighlight.*?</\1>', re.DOTALL)
# A formula with the link or emphasis around it, and what is written next to it without a space.
ATOM = (
    r"(?:<(?:a|em|strong|span)\b[^>]*>)*"
    r'<span class="math notranslate nohighlight">[^<]*</span>'
    r"(?:</(?:a|em|strong|span)>)*"
)
TIED = re.compile(rf"[^\s<>]*(?:{ATOM}[^\s<>]*)+")
TEX = re.compile(r"\\\((.*)\\\)|\\\[(.*)\\\]", re.DOTALL)
FAULT = re.compile(r'data-mjx-error="([^"]*)"')
GLYPH = re.compile(r'<mjx-c class="(mjx-c[0-9A-F]+)(?: TEX-([A-Z0-9]+))?"')
GROWN = re.compile(r'<mjx-stretchy-[vh]\b[^>]*\bclass="(mjx-c[0-9A-F]+)"')
RULE = re.compile(  # a glyph's content may itself be a brace
    r"((?:\.mjx-stretched )*mjx-c|mjx-stretchy-[vh])\.(mjx-c[0-9A-F]+)(?:\.TEX-([A-Z0-9]+))?"
    r"[^{}]*\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\}\s*"
)
FACE = re.compile(
    r'@font-face[^{}]*\{\s*font-family: (MJX[\w-]+);\s*src: url\("([^"]+)"\)[^{}]*\}\s*'
)
STRETCHED = {"MJXTEX-S1", "MJXTEX-S4", "MJXTEX-A"}  # of brackets and roots that have grown
WRITTEN = re.compile(r'([^{}]*)\{[^{}"]*content: "((?:[^"\\]|\\.)*)"')
LETTERS = re.compile(r"\bTEX-([A-Z0-9]+)\b")

Setter = Callable[[str, bool], str]


class FormulaFault(ExtensionError):
    """MathJax cannot read a formula."""


def library() -> Path:
    """Return the folder of MathJax, which `sphinx-mathjax-offline` brings."""
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("formulas: sphinx-mathjax-offline is missing")
    return Path(spec.origin).parent / "static" / "mathjax"


@contextmanager
def mathjax() -> Iterator[tuple[Setter, Callable[[], str]]]:
    """Start MathJax; yield what sets a formula as HTML, and what gives the whole style sheet."""
    from py_mini_racer import MiniRacer

    with MiniRacer() as engine:  # closed here: an engine left to itself holds up Python's end
        engine.eval("var global = this, MathJax = {};")
        for part in PARTS:
            engine.eval((library() / part).read_text("utf-8") + "\n;0")
        engine.eval(START)

        @cache
        def set_formula(tex: str, display: bool) -> str:
            made = str(engine.eval(f"set({json.dumps(tex)}, {json.dumps(display)})"))
            fault = FAULT.search(made)
            if fault:
                raise FormulaFault(f"MathJax cannot read {tex.strip()!r}: {unescape(fault[1])}")
            return made

        yield set_formula, lambda: str(engine.eval("sheet()"))


def with_formulas(text: str, set_formula: Setter) -> str:
    """Return a page in which every formula stands as MathJax sets it."""

    def formula(match: re.Match[str]) -> str:
        display = match[1] is None
        return set_formula(unescape(match[2] if display else match[1]), display)

    return FORMULA.sub(lambda place: TEX.sub(formula, place[0]), tied(text))


def tied(text: str) -> str:
    """Return a page whose inline formulas stay on a line with what is written next to them.

    A browser may otherwise break the line there, even before a full stop.
    """

    def tie(run: re.Match[str]) -> str:
        alone = re.fullmatch(ATOM, run[0])
        nested = run[0].count("</") == len(re.findall(r"<\w", run[0]))
        return f'<span class="fbu-tied">{run[0]}</span>' if nested and not alone else run[0]

    return TIED.sub(tie, text)


def families(page: str) -> set[str]:
    """Return the names of the fonts that a page's letters are taken from."""
    return {"MJXZERO", "MJXTEX", *(f"MJXTEX-{name}" for name in LETTERS.findall(page))}


def style(whole: str, pages: list[str]) -> str:
    """Return MathJax's style sheet without the glyphs and the fonts that no page has."""
    glyphs = {glyph for page in pages for glyph in GLYPH.findall(page)}
    grown = {name for page in pages for name in GROWN.findall(page)}
    fonts = STRETCHED.union(*map(families, pages))

    def kept(rule: re.Match[str]) -> str:
        element, name, font = rule.groups(default="")
        if element.startswith("mjx-stretchy"):
            return rule[0] if name in grown else ""
        return rule[0] if (name, font) in glyphs else ""

    whole = RULE.sub(kept, whole)
    return FACE.sub(lambda face: face[0] if face[1] in fonts else "", whole) + UNSEEN


def letters(css: str, family: str) -> set[int]:
    """Return the code points of the glyphs that a style sheet takes from a font.

    Examples
    --------
    >>> css = r'mjx-c.mjx-c2211.TEX-S2::before { content: "\\2211"; } mjx-c { content: "x"; }'
    >>> [sorted(map(chr, letters(css, family))) for family in ("MJXTEX", "MJXTEX-S2")]
    [['x'], ['∑']]
    """
    points = set()
    for classes, text in WRITTEN.findall(css):
        fonts = {f"MJXTEX-{name}" for name in LETTERS.findall(classes)} or {"MJXTEX"}
        if "mjx-stretchy" in classes:
            fonts |= STRETCHED
        if family in fonts:
            plain = re.sub(r"\\([0-9A-Fa-f]+) ?", lambda match: chr(int(match[1], 16)), text)
            points |= set(map(ord, plain.replace("\\", "")))
    return points


def write_font(source: Path, target: Path, needed: set[int]) -> None:
    """Write the glyphs of `needed` from the font `source` to `target`."""
    options = subset.Options(flavor="woff", hinting=False, layout_features=[])
    options.drop_tables += ["FFTM"]  # when it was made
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=needed)
    with subset.load_font(str(source), options) as font:
        subsetter.subset(font)
        subset.save_font(font, str(target), options)


def links(css: str, page: str, root: str = "") -> list[str]:
    """Return what a page's head asks for: the sheet and, before it is read, the letters' fonts.

    `root` leads from the page to the site's root: empty, or ``"../"``.
    """
    version = hashlib.sha256(css.encode()).hexdigest()[:8]
    needed = families(page)
    return [f'<link rel="stylesheet" href="{root}{SHEET}?v={version}">'] + [
        f'<link rel="preload" as="font" type="font/woff" crossorigin href="{root}_static/{file}">'
        for family, file in FACE.findall(css)
        if family in needed
    ]


def _pages(site: Path) -> list[Path]:
    return [*site.glob("*.html"), *site.glob("exercises/*.html")]


def _set(app: Any, failure: Exception | None) -> None:
    if failure or app.builder.format != "html" or app.config.html_math_renderer != "built":
        return
    site = Path(app.outdir)
    texts = {path: path.read_text("utf-8") for path in sorted(_pages(site))}
    done = {}
    with mathjax() as (set_formula, sheet):
        for path, text in texts.items():
            try:
                done[path] = with_formulas(text, set_formula)
            except FormulaFault as fault:
                raise ExtensionError(f"{path.name}: {fault}") from None
        css = style(sheet(), list(done.values()))
    (site / SHEET).write_text(css, "utf-8")
    (site / FONTS).mkdir(exist_ok=True)
    for old in (site / FONTS).iterdir():
        old.unlink()
    for family, file in FACE.findall(css):
        name = Path(file).name
        whole = library() / "output/chtml/fonts/woff-v2" / name
        if family == "MJXZERO":  # of no glyph, for the height of lines
            shutil.copyfile(whole, site / FONTS / name)
        else:
            write_font(whole, site / FONTS / name, letters(css, family))
    for path, text in done.items():
        if text != texts[path]:
            root = "../" * len(path.relative_to(site).parent.parts)
            head = "\n".join([*links(css, text, root), "</head>"])
            path.write_text(text.replace("</head>", head, 1), "utf-8")


def connect(app: Any) -> None:
    # TeX as Sphinx writes it for MathJax in a browser, without MathJax in the page.
    app.add_html_math_renderer("built", (html_visit_math, None), (html_visit_displaymath, None))
    app.connect("build-finished", _set)
