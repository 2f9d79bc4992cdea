"""What a cell prints, returns and draws, as the page shows it; and panels' controls as data."""

from __future__ import annotations

import base64
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from course_lib.worker.stubs import Stub, StubFinder

SHOWN = 20_000  # characters of output that are shown


class Output(io.TextIOBase):
    """A text stream that passes on the beginning of what is written, and counts the rest."""

    encoding = "utf-8"

    def __init__(self, show: Callable[[str], object] | None = None) -> None:
        self._show = show
        self._left = SHOWN
        self.dropped = 0

    def write(self, text: str) -> int:
        """Show `text` as far as there is room."""
        shown = text[: self._left]
        self._left -= len(shown)
        if shown and self._show:
            self._show(shown)
        self.dropped += len(text) - len(shown)
        return len(text)


def described(error: BaseException) -> str:
    """Return a traceback without what lies outside the reader's cells."""
    lines = [f"{type(error).__name__}: {error}"[:2000]]
    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error))[:2000]
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith("<cell "):
            place = f"{frame.filename.strip('<>')}, line {frame.lineno}, in {frame.name}"
            lines.insert(-1, f"{place}\n    {frame.line or ''}")
    return "\n".join(lines[-12:])


def absent(error: BaseException) -> str:
    """Return the module for want of which a cell failed; empty where it failed otherwise.

    >>> absent(ModuleNotFoundError(name="torch")), absent(ModuleNotFoundError(name="os.x"))
    ('torch', '')
    """
    name = getattr(error, "name", None) or ""
    if isinstance(error, ModuleNotFoundError):
        top = name.partition(".")[0]
        return name if top == "course_lib" or top not in sys.modules else ""
    return name if isinstance(error, ImportError) and name == "course_lib.widgets" else ""


def plain(value: Any) -> str:
    """Return the text of a cell's last value; nothing for None, and nothing for what is drawn."""
    if value is None or isinstance(value, Stub) or type(value).__module__.startswith("matplotlib"):
        return ""
    drawn = value if isinstance(value, (list, tuple)) else [None]
    if drawn and all(type(item).__module__.startswith("matplotlib") for item in drawn):
        return ""
    return repr(value)[:SHOWN]


def control(value: Any) -> dict[str, Any]:
    """Return a control of a panel as data, as ``ipywidgets.interactive`` reads it.

    >>> control((0.0, 3.0, 0.5)), control(["tanh", "relu"])["options"], control(True)["kind"]
    ({'kind': 'number', 'min': 0.0, 'max': 3.0, 'step': 0.5, 'value': 1.5, 'whole': False}, \
['tanh', 'relu'], 'switch')
    """
    if isinstance(value, bool):
        return {"kind": "switch", "value": value}
    if isinstance(value, (dict, list)):
        values = list(value.values()) if isinstance(value, dict) else value
        return {"kind": "choice", "options": [str(option) for option in value], "values": values}
    if isinstance(value, str):
        return {"kind": "text", "value": value}
    if isinstance(value, (int, float)):
        low, high = (-value, 3 * value) if value > 0 else (3 * value, -value) if value else (0, 1)
        step: float = 1 if isinstance(value, int) else 0.1
        start = value
    else:
        low, high, *rest = value
        step = rest[0] if rest else (1 if isinstance(low, int) and isinstance(high, int) else 0.1)
        start = low + (high - low) / 2
    whole = all(isinstance(number, int) for number in (low, high, step))
    start = low + round((start - low) / step) * step
    return {
        "kind": "number",
        "min": low,
        "max": high,
        "step": step,
        "value": int(start) if whole else start,
        "whole": whole,
    }


def drawing(value: Any) -> list[str]:
    """Return a value's own picture as a list: the SVG that a notebook would show, or nothing."""
    picture = getattr(type(value), "_repr_svg_", None)
    return [picture(value)] if picture else []


def stub_drawing() -> None:
    """Give stubs for what is not installed: Matplotlib (until it is loaded), tqdm and others."""
    sys.meta_path.append(StubFinder())


def unstub_drawing() -> None:
    """Take the stubs of Matplotlib away: the real one has been loaded."""
    for name in list(sys.modules):
        if name.partition(".")[0] == "matplotlib" or name.startswith("course_lib.figures"):
            del sys.modules[name]
    vars(sys.modules["course_lib"]).pop("figures", None)
    importlib.invalidate_caches()
    os.environ["MPLBACKEND"] = "agg"


def figures(value: Any = None) -> list[str]:
    """Return the open figures as images, and close them; `value` too where it is a figure."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    numbers = pyplot.get_fignums() if pyplot is not None else []
    drawn = [pyplot.figure(number) for number in numbers] if isinstance(numbers, list) else []
    if type(value).__module__ == "matplotlib.figure" and value not in drawn:
        drawn.append(value)
    made = []
    for figure in drawn:
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=110, bbox_inches="tight")
        made.append(base64.b64encode(stream.getvalue()).decode("ascii"))
    close_figures()
    return made


def close_figures() -> None:
    """Close what a cell has drawn."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and hasattr(pyplot, "close"):
        pyplot.close("all")
