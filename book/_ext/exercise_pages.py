"""Python on the pages: the exercises beside the chapters, and the chapters' own code cells.

The pages of the exercises, `exercises/NN_name.html`, are made when the chapters have been written,
before `exercise.py` links to those that are there. Where the files of Python cannot be had, the
book is built without them, and the build says so; with `REQUIRE_TOOLS=1` that stops the build.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError
from sphinx.util import logging

from course_lib.live import build, chapters, files, pages

BESIDE = ("exercises", "live", pages.SERVICE_WORKER)
logger = logging.getLogger(__name__)


def offered(app: Any) -> bool:
    """Return whether this build has exercise pages: its files are there and what they should be."""
    if not hasattr(app, "_has_exercise_pages"):
        app._has_exercise_pages = _complete(app)
    return app._has_exercise_pages


def _complete(app: Any) -> bool:
    beside = Path(app.confdir).parent / pages.FOLDER
    if not (beside.is_dir() and app.builder.format == "html" and files.wanted()):
        return False
    why = files.why_not()
    if why:
        _missing(why, "the book is built without Python on its pages")
    return not why


def _write(app: Any, failure: Exception | None) -> None:
    site = Path(app.outdir)
    if failure or app.builder.format != "html":
        return
    if not offered(app):
        _remove(site)
        return
    exercises = Path(app.confdir).parent / pages.FOLDER
    placed = build.place(site, exercises)
    pages.write(site, exercises, placed)
    chapters.write(site, site.parent / "jupyter_execute", placed)
    for note in placed.notes:
        _missing(note, "the exercise pages are built with a plain editor")


def _missing(what: str, so: str) -> None:
    if os.environ.get("REQUIRE_TOOLS") == "1":
        raise ExtensionError(f"exercise pages: {what}")
    logger.info(f"course: {so}: {what}", color="yellow")


def _remove(site: Path) -> None:
    """Leave nothing of an earlier build that had the pages."""
    for name in BESIDE:
        if (site / name).is_dir():
            shutil.rmtree(site / name)
        else:
            (site / name).unlink(missing_ok=True)


def _write_service_worker(app: Any, failure: Exception | None) -> None:
    if failure or not offered(app):
        return
    text = pages.service_worker(Path(app.outdir))
    (Path(app.outdir) / pages.SERVICE_WORKER).write_text(text, encoding="utf-8")


def connect(app: Any) -> None:
    app.connect("build-finished", _write, priority=400)  # before their formulas are set
    app.connect("build-finished", _write_service_worker, priority=950)  # of what is kept
