"""The exercises as pages with Python in them, beside the chapters: `exercises/NN_name.html`.

They are made when the chapters have been written. Where the files of Python cannot be had, the book
is built without them, and the build says so; with `REQUIRE_TOOLS=1` that stops the build.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from sphinx.errors import ExtensionError
from sphinx.util import logging

from course_lib.live import build, files, pages

BESIDE = ("exercises", "live", pages.SERVICE_WORKER)
logger = logging.getLogger(__name__)


def _exercises(app: Any) -> Path | None:
    """Return the folder of the exercises beside the book; None where there is no such folder."""
    folder = Path(app.confdir).parent / pages.FOLDER
    return folder if folder.is_dir() and app.builder.format == "html" else None


def _write(app: Any, failure: Exception | None) -> None:
    exercises, site = _exercises(app), Path(app.outdir)
    if failure or exercises is None:
        return
    if not files.wanted():
        _remove(site)
        return
    try:
        placed = build.place(site, exercises)
        pages.write(site, exercises, placed)
    except files.LiveFilesError as error:
        _remove(site)
        _missing(str(error), "the book is built without Python on its pages")
        return
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
    site = Path(app.outdir)
    if failure or _exercises(app) is None or not (site / "live").is_dir():
        return
    (site / pages.SERVICE_WORKER).write_text(pages.service_worker(site), encoding="utf-8")


def connect(app: Any) -> None:
    app.connect("build-finished", _write, priority=400)  # before their formulas are set
    app.connect("build-finished", _write_service_worker, priority=950)  # of what is kept
