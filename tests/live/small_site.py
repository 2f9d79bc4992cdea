"""The exercise pages as a site of their own: without the chapters, and so without their build."""

from __future__ import annotations

import shutil
import sys
import types
from pathlib import Path

from needs import absent

from course_lib.colours import SHEET
from course_lib.live import build, files, pages

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = ROOT / "exercises"


def live_files() -> Path:
    """Return the folder of the third-party files; skip, or fail in CI, where there is none."""
    try:
        return files.source()
    except files.LiveFilesError as error:
        absent(str(error), files.HOW)
        raise


def make(site: Path) -> build.Placed:
    """Make the pages with their formulas, style and service worker, as the book's build does."""
    live_files()
    sys.path.insert(0, str(ROOT / "book"))
    try:
        from _ext import formulas
    finally:
        sys.path.pop(0)
    shutil.copytree(ROOT / "book" / "_ext" / "assets", site / "_static", dirs_exist_ok=True)
    shutil.copy(SHEET, site / "_static")
    (site / "live").mkdir(exist_ok=True)
    placed = build.place(site, EXERCISES)
    pages.write(site, EXERCISES, placed)
    config = types.SimpleNamespace(html_math_renderer="built")
    html = types.SimpleNamespace(format="html")
    formulas._set(types.SimpleNamespace(outdir=str(site), builder=html, config=config), None)
    (site / pages.SERVICE_WORKER).write_text(pages.service_worker(site), encoding="utf-8")
    return placed
