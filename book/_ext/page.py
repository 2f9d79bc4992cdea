"""What every page carries: one script and one style sheet of the course, both small."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from course_lib.address import book
from course_lib.colours import SHEET

ASSETS = Path(__file__).with_name("assets")


def _add_assets(app: Any, config: Any) -> None:
    config.html_static_path = [*config.html_static_path, str(ASSETS), str(SHEET)]
    config.html_baseurl = book()


def connect(app: Any) -> None:
    # Pages run in kernels of their own; one thread each is enough for small arrays.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    app.connect("config-inited", _add_assets)
    app.add_css_file(SHEET.name)
    app.add_css_file("course.css")
    app.add_js_file("course.js", loading_method="defer")
