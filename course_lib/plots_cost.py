"""The figure of the chapter on cost: one graph, walked in either direction."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Circle

from course_lib.plots import PALETTE, Point, _canvas, _label, _link

__all__ = ["two_modes"]


def two_modes() -> Figure:
    """Draw forward mode from one input above, reverse mode from one end below."""
    figure, axes = _canvas(430, 400)
    for low, way, words in (
        (215.0, "forward", "forward mode: one input, all that it moves"),
        (10.0, "backward", "reverse mode: one end, all that move it"),
    ):
        inputs: list[Point] = [(60.0, low + 25 + 58 * row) for row in range(3)]
        between: list[Point] = [(210.0, low + 54 + 58 * row) for row in range(2)]
        end: Point = (360.0, low + 83)
        edges = [(one, two) for one in inputs for two in between] + [(two, end) for two in between]
        for one, two in edges:
            reached = one in (inputs[2], *between)
            if way == "forward" and reached:
                _link(axes, one, two, 17, 0, way, "", 0.5)
            elif way == "backward":
                _link(axes, two, one, 17, 0, way, "", 0.5)
            else:
                axes.plot(*zip(one, two, strict=True), color=PALETTE["quiet"], lw=0.7, zorder=0)
        start = inputs[2] if way == "forward" else end
        for place in [*inputs, *between, end]:
            colour = PALETTE[way] if place == start else PALETTE["fill"]
            axes.add_patch(Circle(place, 17, facecolor=colour, edgecolor=PALETTE["ink"]))
        _label(axes, (215, low + 172), words, way, "center", 13)
    return figure
