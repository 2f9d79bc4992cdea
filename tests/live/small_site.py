"""The exercise pages as a site of their own: without the chapters, and so without their build."""

from __future__ import annotations

import shutil
import sys
import types
from pathlib import Path

from needs import absent

from course_lib.colours import SHEET
from course_lib.live import files

ROOT = Path(__file__).resolve().parents[2]
START = (
    '<!doctype html><html><head><link rel="icon" href="_static/favicon.svg"></head>'
    "<body><!-- Write it here: 08_backward_pass --></body></html>"
)


def make(site: Path) -> None:
    """Make the pages by the steps of the book's build, in their order, below a start page."""
    why = files.why_not()
    if why:
        absent(why, files.HOW)
    sys.path.insert(0, str(ROOT / "book"))
    try:
        from _ext import exercise, exercise_pages, formulas, prune
    finally:
        sys.path.pop(0)
    shutil.copytree(ROOT / "book" / "_ext" / "assets", site / "_static", dirs_exist_ok=True)
    shutil.copy(SHEET, site / "_static")
    (site / "index.html").write_text(START, encoding="utf-8")
    app = types.SimpleNamespace(
        outdir=str(site),
        confdir=str(ROOT / "book"),
        builder=types.SimpleNamespace(format="html"),
        config=types.SimpleNamespace(html_math_renderer="built"),
    )
    exercise_pages._write(app, None)
    formulas._set(app, None)
    exercise._lead(app, None)
    prune._leave_out(app, None)
    exercise_pages._write_service_worker(app, None)
