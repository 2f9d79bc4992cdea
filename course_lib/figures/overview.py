"""Figures of the page that explains backpropagation on its own: a node, both passes, the cycle."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course_lib.figures.style import PALETTE, arrow, canvas, circle, link, write

__all__ = ["flow", "node", "training_cycle", "two_neurons"]


def node() -> Figure:
    r"""Draw one node z = f(x, y) with its local gradients and what it passes back."""
    figure, axes = canvas(430, 270)
    inputs, middle, output = {"x": (40.0, 215.0), "y": (40.0, 55.0)}, (215.0, 135.0), (395.0, 135.0)
    circle(axes, middle, "$f$", radius=34)
    for name, place in {**inputs, "z": output}.items():
        circle(axes, place, f"${name}$", radius=20)
    for name, (x, y) in inputs.items():
        above = y > middle[1]
        arrow(axes, (x + 22, y - (2 if above else -14)), (181, 155 if above else 131), "forward")
        arrow(axes, (183, 139 if above else 115), (x + 22, y - (14 if above else -2)), "backward")
        words = rf"$\partial$ℒ$/\partial z \cdot \partial z/\partial {name}$"
        write(axes, (112, y + 2 if above else y - 4), words, "backward", "left")
    arrow(axes, (249, 142), (374, 142), "forward")
    arrow(axes, (374, 128), (249, 128), "backward")
    write(axes, (312, 158), "$z = f(x, y)$", "forward", "center")
    write(axes, (312, 108), r"$\partial$ℒ$/\partial z$", "backward", "center")
    write(axes, (312, 86), "upstream gradient", "quiet", "center", 12)
    write(axes, (205, 14), r"local gradients: $\partial z/\partial x$ and $\partial z/\partial y$",
           "quiet", "center", 12)  # fmt: skip
    return figure


def flow() -> Figure:
    r"""Draw both passes and the update of two layers; every dashed edge carries its gradient."""
    rows = ["$x$", "$z^{[1]}$", "$a^{[1]}$", "$z^{[2]}$", "$a^{[2]}$", "ℒ"]
    forward = [
        r"$W^{[1]} x + b^{[1]}$",
        r"$g(z^{[1]})$",
        r"$W^{[2]} a^{[1]} + b^{[2]}$",
        r"$g(z^{[2]})$",
        "loss function",
    ]
    backward = [
        r"not needed: $x$ is given",
        r"$\delta^{[1]} = \partial$ℒ$/\partial a^{[1]} \odot g$′$(z^{[1]})$",
        r"$\partial$ℒ$/\partial a^{[1]} = W^{[2]T} \delta^{[2]}$",
        r"$\delta^{[2]} = \partial$ℒ$/\partial a^{[2]} \odot g$′$(z^{[2]})$",
        r"$\partial$ℒ$/\partial a^{[2]}$",
    ]
    step, middle = 104.0, 165.0
    figure, axes = canvas(440, 80 + step * (len(rows) - 1))
    at = [(middle, 40 + step * (len(rows) - 1 - index)) for index in range(len(rows))]
    for name, place in zip(rows, at, strict=True):
        circle(axes, place, name, radius=24)
    for index, (words, back) in enumerate(zip(forward, backward, strict=True)):
        (x, y), (_, below) = at[index], at[index + 1]
        arrow(axes, (x - 11, y - 24), (x - 11, below + 24), "forward")
        write(axes, (x - 22, (y + below) / 2), words, "forward", "right")
        if index:
            arrow(axes, (x + 11, below + 24), (x + 11, y - 24), "backward")
        write(axes, (x + 24, (y + below) / 2), back, "backward" if index else "quiet", "left")
    write(axes, (middle + 36, at[-1][1]), r"$\partial$ℒ$/\partial$ℒ $= 1$", "backward", "left")
    for row, number, entering in ((1, 1, "x"), (3, 2, "a^{[1]}")):
        x, y = at[row]
        weights, biases = f"W^{{[{number}]}}", f"b^{{[{number}]}}"
        transposed = r"x^T" if entering == "x" else r"a^{[1]T}"
        arrow(axes, (x + 26, y), (x + 66, y), "backward")
        to_weights, to_biases = (
            rf"\partial$ℒ$/\partial {weights}",
            rf"\partial$ℒ$/\partial {biases}",
        )
        for words, height, colour in (
            (rf"${to_weights} = \delta^{{[{number}]}} {transposed}$", 29, "backward"),
            (rf"${to_biases} = \delta^{{[{number}]}}$", 10, "backward"),
            (rf"${weights} \leftarrow {weights} - \eta\,{to_weights}$", -10, "update"),
            (rf"${biases} \leftarrow {biases} - \eta\,{to_biases}$", -29, "update"),
        ):  # fmt: skip
            write(axes, (x + 74, y + height), words, colour, "left", 13)
    return figure


def training_cycle() -> Figure:
    r"""Draw the training cycle: forward pass, loss, backward pass, update, and again."""
    figure, axes = canvas(430, 350)
    height = 46.0
    boxes = {
        "forward pass": (215.0, 290.0, "forward"),
        "loss": (375.0, 175.0, "ink"),
        "backward pass": (215.0, 60.0, "backward"),
        "update": (55.0, 175.0, "update"),
    }
    for words, (x, y, colour) in boxes.items():
        width = 132.0 if "pass" in words else 86.0
        axes.add_patch(
            FancyBboxPatch((x - width / 2, y - height / 2), width, height,
                           boxstyle="round,pad=0,rounding_size=9", facecolor=PALETTE["fill"],
                           edgecolor=PALETTE[colour], linewidth=1.8)
        )  # fmt: skip
        write(axes, (x, y), words, colour, "center", 15)
    edges = [
        ((283, 280), (365, 201), "forward", r"prediction $\hat y$", (330, 252), "left"),
        ((365, 149), (283, 70), "backward", r"$\partial$ℒ$/\partial a^{[L]}$", (330, 100), "left"),
        ((147, 70), (65, 149), "backward", r"$\partial$ℒ$/\partial\theta$", (100, 100), "right"),
        ((65, 201), (147, 280), "update", r"new $\theta$", (100, 252), "right"),
    ]
    for start, end, colour, words, place, side in edges:
        arrow(axes, start, end, colour)
        write(axes, place, words, colour, side, 13)
    write(axes, (215, 338), "mini-batch of examples", "quiet", "center", 13)
    arrow(axes, (215, 330), (215, 314), "quiet")
    for words, y in (("one round: an iteration", 206), ("all examples once: an epoch", 178),
                     ("until convergence", 150)):  # fmt: skip
        write(axes, (215, y), words, "quiet", "center", 12)
    return figure


def two_neurons() -> Figure:
    r"""Draw two neurons in a chain as neurons (above) and as a computational graph (below)."""
    figure, axes = canvas(430, 230)
    height = 170.0
    places = {
        "$x$": (36.0, 20),
        r"$\Sigma,\ \sigma$": (150.0, 30),
        r"$\Sigma,\,\sigma$": (285.0, 30),
    }
    for words, (x, radius) in places.items():
        circle(axes, (x, height), words, radius=radius)
    for start, end, words in ((56, 120, "$w_1$"), (180, 255, "$w_2$"), (315, 372, "")):
        arrow(axes, (start, height), (end, height), "forward")
        write(axes, ((start + end) / 2, height + 14), words, "forward", "center")
    write(axes, (217, height - 14), "$a_1$", "quiet", "center")
    write(axes, (376, height), r"$\hat y$", "ink", "left", 15)
    for x, words in ((150, "$b_1$"), (285, "$b_2$")):
        arrow(axes, (x, height + 56), (x, height + 31), "forward")
        write(axes, (x + 8, height + 48), words, "forward", "left")
    names = ["$x$", "$z_1$", "$a_1$", "$z_2$", r"$\hat y$", "ℒ"]
    spots = [(36.0 + 70 * index, 50.0) for index in range(len(names))]
    for name, spot in zip(names, spots, strict=True):
        circle(axes, spot, name, radius=19)
    for left, right in pairwise(spots):
        link(axes, left, right, 19)
    for index, words in ((1, "$w_1, b_1$"), (3, "$w_2, b_2$")):
        x, y = spots[index]
        arrow(axes, (x, y + 50), (x, y + 20), "forward")
        write(axes, (x + 8, y + 42), words, "forward", "left", 13)
    return figure
