"""Figures of the pages around the chapters: a node, both passes, the training cycle, the map."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course_lib.figures.backward import two_passes
from course_lib.figures.style import PALETTE, arrow, box, canvas, circle, link, write

PARTS = (
    ("Forward", range(0, 5), "forward"),
    ("Backward", range(5, 11), "backward"),
    ("Update", range(11, 14), "update"),
    ("Beyond", range(14, 15), "quiet"),
)


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
    write(axes, (312, 158), "$z = f(x, y)$", "forward")
    write(axes, (312, 108), r"$\partial$ℒ$/\partial z$", "backward")
    write(axes, (312, 86), "upstream gradient", "quiet", size=12)
    words = r"local gradients: $\partial z/\partial x$ and $\partial z/\partial y$"
    write(axes, (205, 14), words, "quiet", size=12)
    return figure


def flow() -> Figure:
    r"""Draw both passes and the update of two layers; every dashed edge carries its gradient."""
    figure, axes = canvas(440, 600)
    at = two_passes(
        axes,
        ["$x$", "$z^{[1]}$", "$a^{[1]}$", "$z^{[2]}$", "$a^{[2]}$", "ℒ"],
        [
            r"$W^{[1]} x + b^{[1]}$",
            r"$g(z^{[1]})$",
            r"$W^{[2]} a^{[1]} + b^{[2]}$",
            r"$g(z^{[2]})$",
            "loss function",
        ],
        [
            r"not needed: $x$ is given",
            r"$\delta^{[1]} = \partial$ℒ$/\partial a^{[1]} \odot g$′$(z^{[1]})$",
            r"$\partial$ℒ$/\partial a^{[1]} = W^{[2]T} \delta^{[2]}$",
            r"$\delta^{[2]} = \partial$ℒ$/\partial a^{[2]} \odot g$′$(z^{[2]})$",
            r"$\partial$ℒ$/\partial a^{[2]}$",
        ],
        middle=165,
        step=104,
        radius=24,
    )
    for (x, y), number, entering in ((at[1], 1, "x^T"), (at[3], 2, "a^{[1]T}")):
        arrow(axes, (x + 26, y), (x + 66, y), "backward")
        weights, biases, error = (f"{name}^{{[{number}]}}" for name in ("W", "b", r"\delta"))
        for words, height, colour in (
            (rf"$\partial$ℒ$/\partial {weights} = {error} {entering}$", 29, "backward"),
            (rf"$\partial$ℒ$/\partial {biases} = {error}$", 10, "backward"),
            (rf"${weights} \leftarrow {weights} - \eta\,\partial$ℒ$/\partial {weights}$", -10,
             "update"),
            (rf"${biases} \leftarrow {biases} - \eta\,\partial$ℒ$/\partial {biases}$", -29,
             "update"),
        ):  # fmt: skip
            write(axes, (x + 74, y + height), words, colour, "left", 13)
    return figure


def training_cycle() -> Figure:
    r"""Draw the training cycle: forward pass, loss, backward pass, update, and again."""
    figure, axes = canvas(430, 350)
    for words, x, y, width, colour in (
        ("forward pass", 215.0, 290.0, 132.0, "forward"),
        ("loss", 375, 175, 86, "ink"),
        ("backward pass", 215, 60, 132, "backward"),
        ("update", 55, 175, 86, "update"),
    ):
        axes.add_patch(
            FancyBboxPatch((x - width / 2, y - 23), width, 46,
                           boxstyle="round,pad=0,rounding_size=9", facecolor=PALETTE["fill"],
                           edgecolor=PALETTE[colour], linewidth=1.8)
        )  # fmt: skip
        write(axes, (x, y), words, colour, size=15)
    for start, end, colour, words, place, side in (
        ((283, 280), (365, 201), "forward", r"prediction $\hat y$", (330, 252), "left"),
        ((365, 149), (283, 70), "backward", r"$\partial$ℒ$/\partial a^{[L]}$", (330, 100), "left"),
        ((147, 70), (65, 149), "backward", r"$\partial$ℒ$/\partial\theta$", (100, 100), "right"),
        ((65, 201), (147, 280), "update", r"new $\theta$", (100, 252), "right"),
    ):
        arrow(axes, start, end, colour)
        write(axes, place, words, colour, side, 13)
    write(axes, (215, 338), "mini-batch of examples", "quiet", size=13)
    arrow(axes, (215, 330), (215, 314), "quiet")
    rounds = ("one round: an iteration", "all examples once: an epoch", "until convergence")
    for row, words in enumerate(rounds):
        write(axes, (215, 206 - 28 * row), words, "quiet", size=12)
    return figure


def two_neurons() -> Figure:
    r"""Draw two neurons in a chain as neurons (above) and as a computational graph (below)."""
    figure, axes = canvas(430, 230)
    height = 170.0
    for x, words, radius in (
        (36.0, "$x$", 20), (150.0, r"$\Sigma,\ \sigma$", 30), (285.0, r"$\Sigma,\,\sigma$", 30)
    ):  # fmt: skip
        circle(axes, (x, height), words, radius)
    for start, end, words in ((56, 120, "$w_1$"), (180, 255, "$w_2$"), (315, 372, "")):
        arrow(axes, (start, height), (end, height), "forward")
        write(axes, ((start + end) / 2, height + 14), words, "forward")
    write(axes, (217, height - 14), "$a_1$", "quiet")
    write(axes, (376, height), r"$\hat y$", "ink", "left", 15)
    for x, words in ((150, "$b_1$"), (285, "$b_2$")):
        arrow(axes, (x, height + 56), (x, height + 31), "forward")
        write(axes, (x + 8, height + 48), words, "forward", "left")
    spots = [(36.0 + 70 * index, 50.0) for index in range(6)]
    for name, spot in zip(["$x$", "$z_1$", "$a_1$", "$z_2$", r"$\hat y$", "ℒ"], spots, strict=True):
        circle(axes, spot, name, 19)
    for left, right in pairwise(spots):
        link(axes, left, right, 19)
    for (x, y), words in ((spots[1], "$w_1, b_1$"), (spots[3], "$w_2, b_2$")):
        arrow(axes, (x, y + 50), (x, y + 20), "forward")
        write(axes, (x + 8, y + 42), words, "forward", "left", 13)
    return figure


def course_map(words: tuple[str, ...]) -> Figure:
    """Draw the chapters as one path down the page, the parts beside it.

    `words` holds one short line per chapter, from chapter 0.

    >>> course_map(("before you start", "downhill"))
    Traceback (most recent call last):
    ValueError: 2 lines came; the map has 15 chapters, one line each
    """
    count = PARTS[-1][1].stop
    if len(words) != count:
        raise ValueError(f"{len(words)} lines came; the map has {count} chapters, one line each")
    step, gap = 36.0, 14.0
    height = step * count + gap * (len(PARTS) - 1) + 16
    figure, axes = canvas(350, height)
    y, places = height - 8 - step / 2, []
    for name, chapters, colour in PARTS:
        top = y + step / 2
        for chapter in chapters:
            places.append((118.0, y))
            write(axes, (142, y), words[chapter], "ink", "left")
            y -= step
        box(axes, (4, y + step / 2 + 3), 88, top - y - step / 2 - 6, colour)
        write(axes, (48, (top + y + step / 2) / 2), name, colour)
        y -= gap
    for start, end in pairwise(places):
        link(axes, start, end, 13)
    for chapter, place in enumerate(places):
        circle(axes, place, str(chapter), 13, size=12)
    return figure
