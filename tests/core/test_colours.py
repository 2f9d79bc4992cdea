"""The sixteen colours: readable in both themes, told apart without colour vision, and no others."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from course_lib.colours import DARK, LIGHT, SHEET

ROOT = SHEET.parents[1]
THEMES = {"light": LIGHT, "dark": DARK}
PASSES = ("forward", "backward", "update")
SERIES = ("one", "two", "three", "four")
TEXT = ("ink", "quiet", "action", "right", "wrong", *PASSES, *SERIES)
# What people with one kind of cones missing see (Machado, Oliveira and Fernandes 2009, severity 1).
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip


def linear(colour):
    """Return red, green and blue as amounts of light."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(first, other):
    """Return the contrast of WCAG 2."""
    low, high = sorted(0.05 + linear(colour) @ TO_XYZ[1] for colour in (first, other))
    return high / low


def difference(first, other, vision):
    """Return ΔE (CIE 1976) as seen with `vision`."""

    def lab(colour):
        light = np.clip(VISION[vision] @ linear(colour), 0, 1)
        xyz = (TO_XYZ @ light) / TO_XYZ.sum(axis=1)
        f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    return np.linalg.norm(lab(first) - lab(other))


@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_is_readable_on_every_ground(theme):
    colours = THEMES[theme]
    assert len(colours) <= 16
    for ground in ("paper", "panel"):
        for name in TEXT:
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        assert contrast(colours["line"], colours[ground]) >= 3
    assert contrast(colours["ink"], colours["fill"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("group", [PASSES, SERIES])
def test_colours_of_a_group_are_told_apart_by_everybody(theme, vision, group):
    for first, other in combinations(group, 2):
        apart = difference(THEMES[theme][first], THEMES[theme][other], vision)
        assert apart > 18, (first, other, apart)


# What looks like a colour and is none: ids, addresses, lines for the terminal.
NO_COLOUR = re.compile(r"logger\.\w+\(.*|url\([^)]*\)|https?://\S+|\"#\w[\w-]*\"(?=\)| in)")


def code_without_links(path: Path) -> str:
    return NO_COLOUR.sub("", path.read_text("utf-8"))


COLOURED = [
    *sorted((ROOT / "course_lib" / "widgets").glob("*.js")),
    *sorted((ROOT / "course_lib" / "widgets").glob("*.css")),
    *sorted((ROOT / "course_lib" / "figures").glob("*.py")),
    ROOT / "course_lib" / "graph_drawing.py",
    *sorted((ROOT / "book" / "_ext" / "assets").glob("*.css")),
    *sorted((ROOT / "book" / "_ext").glob("*.py")),
]
HEX = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}\b(?!\w)|\b(?:rgb|hsl|oklch|lab)a?\(")
NAMED = re.compile(
    r"(?:colou?r|fill|stroke|background|facecolor|edgecolor)[\"']?\s*[:=]\s*[\"']?"
    r"(red|green|blue|orange|black|white|gr[ae]y|purple|yellow|C\d|tab:\w+)\b"
)


@pytest.mark.parametrize("path", COLOURED, ids=lambda path: path.name)
def test_no_colour_stands_outside_the_sheet(path):
    text = code_without_links(path)
    assert not HEX.findall(text), path
    assert not NAMED.findall(text), path


def test_pictures_of_widgets_use_the_colours_of_the_light_theme():
    for path in sorted((ROOT / "book" / "widget-figures").glob("*.svg")):
        text = path.read_text("utf-8")
        colours = {
            "#" + "".join(f"{int(part):02x}" for part in numbers)
            for numbers in re.findall(r"rgb\((\d+), (\d+), (\d+)\)", text)
        } | set(re.findall(r"#[0-9a-f]{6}", text))
        assert colours <= set(LIGHT.values()), (path.name, colours - set(LIGHT.values()))
