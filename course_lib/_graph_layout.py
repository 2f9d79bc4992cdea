"""Where the values and the wires of a drawn graph lie.

Values lie in columns, inputs on the left, each result one column right of its last input. A value
that is used several times has one wire for each use: right of its column is another one, in which
these wires lie one below the other. A wire that passes a column has a point in it. The order within
the columns is the one with the fewest crossings that was found.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

ROW = 56.0  # room for a value, its number above and its gradient below
PORT = 17.0  # between two wires at one side of a box
CURVE = 34.0  # from the straight end of one column's wires to the next column's
ARROW = 14.0  # the straight end of a wire, with its arrowhead
TEXT = 15.0  # height of a line of text
TRIES = 2000  # over the number of points: how many orders a drawing starts from at most

Point = tuple[float, float]


@dataclass(frozen=True)
class Wire:
    """One use of a value: the number of the value, of its result, and the points between."""

    source: int
    result: int
    rank: int  # its place among the result's inputs
    path: tuple[int, ...]


class Layout:
    """Coordinates for the values of one graph.

    Parameters
    ----------
    inputs : sequence of sequences of int
        For each value the numbers of its inputs; a value comes after its inputs.
    fixed : sequence of bool
        For each value whether the order of its inputs matters, as in a difference.
    half : sequence of float
        Half the width of each value's box.
    label : float
        The width of the widest number that is written on a wire.
    """

    def __init__(
        self,
        inputs: Sequence[Sequence[int]],
        fixed: Sequence[bool],
        half: Sequence[float],
        label: float,
    ) -> None:
        self.count, self.fixed, self.half, self.label = len(inputs), fixed, half, label
        self.uses = [sum(of.count(i) for of in map(list, inputs)) for i in range(self.count)]
        self._find_columns(inputs)
        self._route(inputs)
        self._order()
        self._place_columns()
        self._place_rows(inputs)

    # Columns, the points of each wire, the order within a column.

    def _find_columns(self, inputs: Sequence[Sequence[int]]) -> None:
        column = [0] * self.count
        for i, of in enumerate(inputs):
            column[i] = max((column[k] + 1 for k in of), default=0)
        for i, of in enumerate(inputs):
            if not of and self.uses[i]:
                column[i] = min(column[r] for r in range(self.count) if i in inputs[r]) - 1
        several = {2 * column[i] + 1 for i in range(self.count) if self.uses[i] > 1}
        kept = {c: k for k, c in enumerate(sorted({2 * c for c in column} | several))}
        self.column = [kept[2 * c] for c in column]

    def _route(self, inputs: Sequence[Sequence[int]]) -> None:
        self.wires: list[Wire] = []
        for result, of in enumerate(inputs):
            for rank, source in enumerate(of):
                passed = range(self.column[source] + 1, self.column[result])
                first = len(self.column)
                self.column += passed
                path = (source, *range(first, len(self.column)), result)
                self.wires.append(Wire(source, result, rank, path))
        self.columns: list[list[int]] = [[] for _ in range(max(self.column) + 1)]
        for point, column in enumerate(self.column):
            self.columns[column].append(point)
        self.before: list[list[int]] = [[] for _ in self.column]
        # Each with its place at the box where that is fixed.
        self.ports: list[list[tuple[int, int]]] = [[] for _ in self.column]
        for wire in self.wires:
            for a, b in pairwise(wire.path):
                self.before[b].append(a)
                fixed = b == wire.result and self.fixed[b]
                self.ports[a].append((b, wire.rank if fixed else 0))
        self.after = [[b for b, _ in ports] for ports in self.ports]

    def _order(self) -> None:
        """Start from the given order, then from random ones, until no wires cross.

        The seed is fixed, so the same graph always has the same picture.
        """
        draw = random.Random(0)
        best, fewest = self.columns, len(self.column) ** 2
        for _ in range(1 + TRIES // len(self.column)):
            crossings = self._improve()
            if crossings < fewest:
                best, fewest = self.columns, crossings
            if not fewest:
                break
            self.columns = [draw.sample(column, len(column)) for column in best]
        self.columns = best

    def _improve(self) -> int:
        """Sort columns by their neighbours' mean place, to and fro; then exchange neighbours."""
        best, fewest = [list(c) for c in self.columns], self._crossings()
        for sweep in range(8):
            near = self.after if sweep % 2 else self.before
            for points in reversed(self.columns) if sweep % 2 else self.columns:
                place = self._places()
                mean = {p: _mean(place, near[p], p) for p in points}
                points.sort(key=mean.__getitem__)
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(c) for c in self.columns], crossings
        self.columns = best
        while any(self._exchange(points) for points in self.columns):
            pass
        return self._crossings()

    def _places(self) -> dict[int, int]:
        return {p: i for column in self.columns for i, p in enumerate(column)}

    def _crossings(self) -> int:
        place, count = self._places(), 0
        for column in self.columns:
            steps = [(place[a], (place[b], rank)) for a in column for b, rank in self.ports[a]]
            count += sum(a < c and b > d for a, b in steps for c, d in steps)
        return count

    def _exchange(self, points: list[int]) -> bool:
        """Exchange neighbours in a column where this leaves fewer crossings."""
        place, better = self._places(), False
        for i, (p, q) in enumerate(pairwise(list(points))):
            p = points[i]  # moved down, if it was exchanged with the one above
            sides = [
                [[(place[b], rank) for b, rank in self.ports[point]] for point in (p, q)],
                [[(place[a], 0) for a in self.before[point]] for point in (p, q)],
            ]
            now = sum(a > b for upper, lower in sides for a in upper for b in lower)
            then = sum(a < b for upper, lower in sides for a in upper for b in lower)
            if then < now:
                points[i], points[i + 1] = q, p
                better = True
        return better

    # Coordinates.

    def _place_columns(self) -> None:
        """Choose x from the widths of the boxes and of the numbers."""
        self.x, self.left, self.right = [0.0] * len(self.column), [], []
        x = 16.0
        for points in self.columns:
            boxes = [p for p in points if p < self.count]
            widest = 2 * max((self.half[p] for p in boxes), default=0.0)
            # Numbers are written right of a box that is used once, or on wires that pass.
            straight = self.label if any(self.uses[p] < 2 for p in boxes) else ARROW
            if len(boxes) < len(points):
                straight = max(straight, self.label - widest)
            self.left.append(x)
            self.right.append(x + widest + straight)
            for p in points:
                self.x[p] = x + widest / 2
            x = self.right[-1] + CURVE + ARROW
        self.width = self.right[-1] + 1.5 * ARROW
        several = [wire for wire in self.wires if self.uses[wire.source] > 1]
        self.labelled = {wire: self._middle(wire) for wire in several}

    def _middle(self, wire: Wire) -> tuple[int, float]:
        """Return where the numbers of a wire are, near its middle: a point it passes, and x."""
        middle = (self.x[wire.source] + self.x[wire.result]) / 2
        places = []
        for point in wire.path[1:-1]:
            column = self.column[point]
            least, most = self.left[column] + self.label / 2, self.right[column] - self.label / 2
            places.append((point, min(max(middle, least), most)))
        return min(places, key=lambda place: abs(place[1] - middle))

    def _place_rows(self, inputs: Sequence[Sequence[int]]) -> None:
        """Choose y close to the neighbours, without overlaps."""
        ports = [max(len(of), use) for of, use in zip(inputs, self.uses, strict=True)]
        passing = len(self.column) - self.count
        self.tall = [max(28.0, PORT * (k - 1) + 18) for k in ports] + [0.0] * passing
        # Beside its height a box has a sum below it; a point has two numbers on its wire.
        extra = [2 * TEXT if use > 1 else 0.0 for use in self.uses] + [0.0] * passing
        for point, _ in self.labelled.values():
            extra[point] = TEXT
        room = [tall + more for tall, more in zip(self.tall, extra, strict=True)]
        y = [0.0] * len(self.column)
        for sweep in range(7):
            near = self.after if sweep % 2 else self.before
            for points in reversed(self.columns) if sweep % 2 else self.columns:
                wanted = [_mean(y, near[p], p) for p in points]
                apart = [(ROW + room[p] + room[q]) / 2 for p, q in pairwise(points)]
                for p, at in zip(points, _spread(wanted, apart), strict=True):
                    y[p] = at
        top = min(at - more / 2 for at, more in zip(y, room, strict=True))
        self.y = [at - top + ROW / 2 for at in y]
        self.height = max(at + more / 2 for at, more in zip(self.y, room, strict=True)) + 58

    def start(self, wire: Wire) -> Point:
        """Return where a wire leaves its value's box: in the order in which the wires go on."""
        wires = [w for w in self.wires if w.source == wire.source]
        wires.sort(key=lambda w: self.y[w.path[1]])
        port = PORT * (wires.index(wire) - (len(wires) - 1) / 2)
        return self.x[wire.source] + self.half[wire.source], self.y[wire.source] + port

    def end(self, wire: Wire) -> Point:
        """Return where a wire arrives: in the order of the inputs if it matters, or from above."""
        wires = [w for w in self.wires if w.result == wire.result]
        if not self.fixed[wire.result]:
            wires.sort(key=lambda w: self.y[w.path[-2]])
        port = PORT * (wires.index(wire) - (len(wires) - 1) / 2)
        return self.x[wire.result] - self.half[wire.result], self.y[wire.result] + port

    def curve(self, wire: Wire) -> str:
        """Return a wire as an SVG path: straight where numbers are written, curves between."""
        (x, y), (end_x, end_y) = self.start(wire), self.end(wire)
        d = f"M{x:.1f},{y:.1f}"
        for a, b in pairwise(wire.path):
            height = end_y if b == wire.result else self.y[b]
            x0, x1 = self.right[self.column[a]], self.left[self.column[b]] - ARROW
            middle = (x0 + x1) / 2
            d += f" H{x0:.1f} C{middle:.1f},{y:.1f} {middle:.1f},{height:.1f} {x1:.1f},{height:.1f}"
            y = height
        return f"{d} H{end_x:.1f}"

    def numbers(self, wire: Wire) -> Point:
        """Return the place of the numbers of a wire whose value is used several times."""
        point, x = self.labelled[wire]
        return x, self.y[point]


def _mean(values: Any, neighbours: list[int], point: int) -> float:
    """Return the mean of the neighbours' values, or a point's own if it has none."""
    if not neighbours:
        return values[point]
    return sum(values[q] for q in neighbours) / len(neighbours)


def _spread(wanted: list[float], apart: list[float]) -> list[float]:
    """Move places as little as needed until neighbours are as far apart as asked."""
    offsets = list(accumulate(apart, initial=0.0))
    blocks: list[tuple[float, int]] = []  # mean of (wanted − offset), number of places
    for place, offset in zip(wanted, offsets, strict=True):
        mean, size = place - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, count = blocks.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
