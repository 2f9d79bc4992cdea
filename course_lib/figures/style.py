"""What the book's figures share: colours, how an SVG is written, the parts of a drawing.

A figure's colours come from `PALETTE`, which is told apart without colour vision too (forward is
solid, backward dashed). `svg` turns each of them into a CSS variable of the book, so that a
figure follows the page's theme; in a notebook the colours themselves are used.
"""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from course_lib import graph_drawing
from course_lib.colours import LIGHT, variable
from course_lib.graph import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Name of a CSS variable (``--fbu-NAME``) and the colour where there is none.
PALETTE = LIGHT

Point = tuple[float, float]

#: What a solid curve is compared with; the backward pass.
DASHES = (0, (4, 3))


def _rounded(text: str, digits: int) -> str:
    def short(number: re.Match[str]) -> str:
        return f"{float(number[0]):.{digits}f}".rstrip("0").rstrip(".")

    return re.sub(r"\d+\.\d+", short, text)


def svg(figure: Figure | Value | Path, alt: str, salt: str = "figure") -> str:
    """Return `figure` as an SVG element to set into a page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure, course_lib.graph.Value or pathlib.Path
        A value is drawn as the graph that ends in it; a path leads to what `svg` returned before.
    alt : str
        What the picture shows, for a reader who cannot see it.
    salt : str
        Makes ids differ between the figures of one page; the same salt gives the same text.

    Raises
    ------
    ValueError
        If `alt` is empty.

    >>> from course_lib.figures import batch_paths, fan_out
    >>> markup = svg(fan_out(3), "One neuron feeds three.", "a")
    >>> markup.startswith('<svg role="img" aria-label="One neuron feeds three."')
    True
    >>> "var(--fbu-backward, #" in markup
    True
    >>> ">+0.075<" in svg(batch_paths([0.075]), "One example's contribution.")
    True
    """
    if not alt.strip():
        raise ValueError("alt is empty; say what the picture shows")
    if isinstance(figure, Value):
        return graph_drawing.svg(figure, alt)
    if isinstance(figure, Path):
        label = f'aria-label="{escape(alt, quote=True)}"'
        body = re.sub(r'aria-label="[^"]*"', lambda _: label, figure.read_text("utf-8"), count=1)
        return body.replace("max-width: 100%", "min-width: 620px", 1)  # scrolls on a phone
    file = io.StringIO()
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": salt,
        "font.family": "DejaVu Sans",
        "mathtext.fontset": "dejavusans",
    }
    with rc_context(settings):
        FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None})
    body = file.getvalue()
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', body)
    assert box is not None  # matplotlib always writes one
    body = body[body.index(">", box.end()) + 1 : body.rindex("</svg>")]
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, count=1, flags=re.DOTALL)
    # A tenth of a pixel of a curve is seen by nobody, a hundredth of a place neither, nor no turn.
    # What is written in the figure stays.
    body = re.sub(r' d="[^"]*"', lambda curve: _rounded(curve[0], 1), body)
    body = re.sub(r"<[^>]*>", lambda tag: _rounded(tag[0], 2), body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*"', "", body)
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: m.group(0) if m.group(1) in used else "", body)
    for name in sorted(used, key=len, reverse=True):
        body = body.replace(f"#{name}", f"#{salt}-{name}").replace(
            f'id="{name}"', f'id="{salt}-{name}"'
        )
    for name, colour in PALETTE.items():
        body = body.replace(colour, variable(name))
    body = body.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")
    body = re.sub(r"\n\s*", "\n", body)
    head = (
        f'<svg role="img" aria-label="{escape(alt, quote=True)}" '
        f'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {box.group(1)} {box.group(2)}" width="{box.group(1)}" '
        f'style="stroke-linejoin: round; stroke-linecap: butt; max-width: 100%; height: auto">'
    )
    return head + body + "</svg>"


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a drawing whose coordinates are pixels, counted from the lower left corner."""
    figure = Figure(figsize=(width / 72, height / 72), facecolor="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    return figure, axes


def new_axes(
    rows: int = 1, columns: int = 1, width: float = 390, height: float = 270
) -> tuple[Figure, list[Axes]]:
    """Return a figure of so many pixels with panels in the course's colours."""
    figure = Figure(figsize=(width / 72, height / 72), facecolor="none", layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes in panels:
        axes.set_facecolor("none")
        axes.tick_params(colors=PALETTE["ink"], labelsize=11)
        for side, spine in axes.spines.items():
            spine.set_color(PALETTE["quiet"])
            spine.set_visible(side in ("left", "bottom"))
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set(color=PALETTE["ink"], fontsize=13)
    return figure, panels


def write(
    axes: Axes, at: Point, words: str, colour: str, side: str = "center", size: float = 14
) -> None:
    """Write words into a drawing."""
    axes.text(*at, words, color=PALETTE[colour], ha=side, va="center", fontsize=size)


def note(axes: Axes, at: Point, words: str, colour: str = "ink", side: str = "center") -> None:
    """Write a word beside a curve."""
    write(axes, at, words, colour, side, size=12)


def title(axes: Axes, words: str, size: float = 12) -> None:
    """Write a panel's title."""
    axes.set_title(words, fontsize=size, color=PALETTE["ink"])


def circle(
    axes: Axes, at: Point, name: str, radius: float, size: float = 15, fill: str = "fill"
) -> None:
    """Draw a neuron with its name."""
    axes.add_patch(Circle(at, radius, facecolor=PALETTE[fill], edgecolor=PALETTE["ink"]))
    write(axes, at, name, "ink", size=size)


def box(
    axes: Axes, corner: Point, width: float, height: float, edge: str = "ink", **look: Any
) -> None:
    """Draw a rectangle from its lower left corner."""
    look = {"facecolor": PALETTE["fill"], "edgecolor": PALETTE[edge], **look}
    axes.add_patch(Rectangle(corner, width, height, **look))


def arrow(axes: Axes, start: Point, end: Point, way: str, **look: Any) -> None:
    """Draw an edge: forward is solid, backward dashed, so that colour is not needed."""
    look = {
        "mutation_scale": 14,
        "linewidth": 1.7,
        "linestyle": DASHES if way == "backward" else "solid",
        **look,
    }
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", shrinkA=0, shrinkB=0, color=PALETTE[way], **look
        )
    )


def link(
    axes: Axes, start: Point, end: Point, radii: float | tuple[float, float], aside: float = 0,
    way: str = "forward", words: str = "", label_at: float = 0.5,
) -> None:  # fmt: skip
    """Draw an edge between two neurons, moved to its own left, with its label on it."""
    length = np.hypot(end[0] - start[0], end[1] - start[1])
    near, far = np.broadcast_to(radii, 2) / length
    first, last = beside(start, end, near, aside), beside(start, end, 1 - far, aside)
    arrow(axes, first, last, way)
    if words:
        # words are wider than high: a slanting line would cross them
        gap = 13 + 16 * abs(end[1] - start[1]) / length
        write(axes, beside(first, last, label_at, gap), words, way)


def beside(start: Point, end: Point, share: float, aside: float) -> Point:
    """Return the point at a share of the way from `start` to `end`, moved to the left."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = np.hypot(dx, dy)
    x, y = start[0] + share * dx, start[1] + share * dy
    return x - aside * dy / length, y + aside * dx / length
