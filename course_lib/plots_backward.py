"""Figures of the backward part that `plots` does not have: a network's edges, a table's lines."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_lib.plots import PALETTE, _arrow, _canvas, _label, _link, _neuron

__all__ = ["next_neurons", "row_and_column"]


def next_neurons(sizes: tuple[int, int, int] = (4, 2, 3)) -> Figure:
    r"""Draw a network in which one hidden neuron's way forward and blame back stand out.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, hidden neurons, outputs.
    """
    figure, axes = _canvas(430, 330)
    names = ("x", "a", "z")
    places = [
        [(50.0 + 160 * layer, 165 + (count - 1) * 42 - 84.0 * row) for row in range(count)]
        for layer, count in enumerate(sizes)
    ]
    for left, right in pairwise(places):
        for start in left:
            for end in right:
                axes.plot(*zip(start, end, strict=True), color=PALETTE["quiet"], lw=0.7, zorder=0)
    for name, column in zip(names, places, strict=True):
        for number, place in enumerate(column, 1):
            _neuron(axes, place, f"${name}_{number}$", radius=22)
    source = places[1][0]
    for j, target in enumerate(places[2], 1):
        _link(axes, source, target, 22, 5, "forward", "", 0.5)
        _link(axes, target, source, 22, 5, "backward", "", 0.5)
        _label(axes, (target[0] + 32, target[1]), rf"$\delta_{j}$", "backward", "left")
    return figure


def row_and_column(rows: int = 3, columns: int = 2, j: int = 2, k: int = 1) -> Figure:
    r"""Draw the table W twice: row j, which is read forward, and column k, read backward.

    Parameters
    ----------
    rows, columns : int
        The shape of W: neurons that are fed, numbers that feed them.
    j, k : int
        Which row and which column stand out, counted from 1.
    """
    unit = 54.0
    figure, axes = _canvas(2 * columns * unit + 200, rows * unit + 120)
    top = rows * unit + 50
    for x, way, words in ((50.0, "forward", "forward"), (columns * unit + 150, "backward", "back")):
        for row in range(1, rows + 1):
            for column in range(1, columns + 1):
                chosen = row == j if way == "forward" else column == k
                corner = (x + (column - 1) * unit, top - row * unit)
                axes.add_patch(
                    Rectangle(corner, unit, unit, linewidth=2.4 if chosen else 0.8,
                              facecolor=PALETTE["fill"] if chosen else "none",
                              edgecolor=PALETTE[way if chosen else "quiet"],
                              linestyle="--" if chosen and way == "backward" else "-",
                              zorder=2 if chosen else 1)
                )  # fmt: skip
                middle = (corner[0] + unit / 2, corner[1] + unit / 2)
                ink = way if chosen else "quiet"
                _label(axes, middle, f"$W_{{{row}{column}}}$", ink, "center")
        centre = x + columns * unit / 2
        _label(axes, (centre, top + 44), words, way, "center", 15)
        if way == "forward":
            y = top - (j - 0.5) * unit
            _arrow(axes, (x + columns * unit + 3, y), (x + columns * unit + 32, y), way)
            _label(axes, (x + columns * unit + 36, y), f"$z_{j}$", way, "left")
        else:
            below = top - rows * unit
            at = x + (k - 0.5) * unit
            _arrow(axes, (at, below - 3), (at, below - 30), way)
            _label(axes, (at + 12, below - 24), rf"$\partial$ℒ$/\partial a_{k}$", way, "left")
    return figure
