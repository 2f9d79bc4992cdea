"""The course's colours, from ``colours.css``: the one file that pages, widgets and figures use.

>>> sorted(LIGHT) == sorted(DARK), len(LIGHT)
(True, 16)
"""

from __future__ import annotations

import re
from pathlib import Path

SHEET = Path(__file__).with_suffix(".css")


def _themes() -> tuple[dict[str, str], dict[str, str]]:
    blocks = re.findall(r"\{([^}]*)\}", SHEET.read_text(encoding="utf-8"))
    light, dark = (dict(re.findall(r"--fbu-(\w+): (#[0-9a-f]{6});", block)) for block in blocks)
    return light, dark


LIGHT, DARK = _themes()


def variable(name: str) -> str:
    """Return a colour as CSS: the page's own where it has one, else that of the light theme.

    >>> variable("forward")[:23]
    'var(--fbu-forward, #1f6'
    """
    return f"var(--fbu-{name}, {LIGHT[name]})"
