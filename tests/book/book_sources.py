"""The book's sources as the tests read them: pages in the table of contents, prose, labels."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
PLACE_OF_LABEL = re.compile(r"^\$\$ \((eq-[a-z0-9-]+)\)", re.MULTILINE)


def pages() -> list[Path]:
    """Return the pages that the table of contents names, in its order."""
    toc = (BOOK / "_toc.yml").read_text("utf-8")
    names = re.findall(r"^\s*(?:root|-? ?file):\s*(\S+)", toc, re.MULTILINE)
    return [BOOK / f"{name}.md" for name in names]


def labels(page: Path) -> list[str]:
    """Return the names of the equations that stand on `page`."""
    return PLACE_OF_LABEL.findall(page.read_text("utf-8"))


def prose(page: Path) -> str:
    """Return what a reader reads: without header, code, targets, options and computed values."""
    text = page.read_text("utf-8")
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"^```\{(?:code-cell|library|widget)\}.*?^```", "", text, flags=re.M | re.S)
    text = re.sub(r"^```python.*?^```", "", text, flags=re.M | re.S)
    text = re.sub(r"^(?:```|:::+)\{drawing\}.*$", "", text, flags=re.M)
    text = re.sub(r"\{blank\}`[^`]*`", lambda m: ";".join(m.group(0).split(";")[2:]), text)
    text = re.sub(r"\{(?:calc|cite:?\w*|doc|ref|term|numref|eq)\}`[^`]*`", "", text)
    text = re.sub(r"«[^»]*»", "", text)
    text = re.sub(r"^:(?:answer|digits|tags|name):.*$", "", text, flags=re.M)
    text = re.sub(r"^- \[ \] `[^`]*`", "", text, flags=re.M)
    return re.sub(r"\]\([^)]*\)", "]", text)
