"""The picture of the README and of links to the book: ``python book/cover.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course_lib.data import moons
from course_lib.figures.style import PALETTE
from course_lib.layers import Dense, Tanh
from course_lib.losses import SoftmaxCrossEntropy
from course_lib.network import Network
from course_lib.optimizers import SGD

LINES = (
    ("forward", "loss = network.forward(x, y)"),
    ("backward", "network.backward()"),
    ("update", "optimizer.update()"),
)


def cover() -> Figure:
    """Draw a network that has learned two half moons, the three lines that did it, and the loss."""
    x, y = moons(200, noise=0.1, seed=0)
    network = Network(Dense(2, 8), Tanh(), Dense(8, 2), loss=SoftmaxCrossEntropy(), seed=0)
    optimizer = SGD(network, learning_rate=1.0)
    losses = []
    for _ in range(300):
        losses.append(network.forward(x, y))
        network.backward()
        optimizer.update()
    figure = Figure(figsize=(12, 6.3), facecolor=PALETTE["paper"])
    figure.text(0.06, 0.86, "How neural networks learn", fontsize=34, weight="bold",
                color=PALETTE["ink"])  # fmt: skip
    plane = figure.add_axes((0.06, 0.08, 0.42, 0.7))
    low, high = x.min(axis=0) - 0.3, x.max(axis=0) + 0.3
    across, up = np.linspace(low[0], high[0], 200), np.linspace(low[1], high[1], 200)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    p = network.predict(grid)[:, 1].reshape(200, 200)
    plane.contourf(across, up, p, levels=[0, 0.5, 1], colors=[PALETTE["two"], PALETTE["one"]],
                   alpha=0.22)  # fmt: skip
    for label, mark, colour in ((0, "^", "two"), (1, "o", "one")):
        plane.plot(*x[y == label].T, mark, color=PALETTE[colour], markersize=7)
    plane.set(xticks=[], yticks=[])
    for row, (colour, line) in enumerate(LINES):
        figure.text(0.54, 0.7 - 0.1 * row, line, fontsize=21, family="monospace", weight="bold",
                    color=PALETTE[colour])  # fmt: skip
    fall = figure.add_axes((0.54, 0.08, 0.4, 0.3))
    fall.plot(losses, color=PALETTE["forward"], linewidth=3)
    fall.set(xticks=[], yticks=[], ylim=(0, None))
    fall.set_title("loss", loc="left", fontsize=16, color=PALETTE["ink"])
    for axes in (plane, fall):
        for spine in axes.spines.values():
            spine.set_color(PALETTE["line"])
    return figure


def main() -> None:
    """Write the picture to ``book/preview.png``."""
    target = Path(__file__).with_name("preview.png")
    FigureCanvasAgg(cover()).print_figure(target, dpi=100, metadata={"Software": None})
    print(target)


if __name__ == "__main__":
    main()
