"""Chapters whose code cells can be edited and run in place: what is placed beside them for that.

A page gets one script element. The script places the buttons and loads everything else at the first
press, the page's cells among it: ``live/cells/NAME.json``, made from the page as it was executed.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from course_lib import checks
from course_lib.live.build import Placed
from course_lib.live.files import LiveFilesError

CELLS = "live/cells"
PRINTED = '<div class="cell_input '
OFFERS = (PRINTED, '<div class="fbu-write"')
SCRIPT = re.compile(r'<script type="module" data-live="[^"]*" src="[^"]*"></script>\n')


def write(site: Path, executed: Path, placed: Placed) -> list[str]:
    """Make the pages of `site` that have code cells editable; return their names.

    The folder `executed` has each page with code as an executed notebook.

    Raises
    ------
    LiveFilesError
        If a page does not print the cells of its notebook.
    """
    folder = site / CELLS
    folder.mkdir(exist_ok=True)
    written = []
    for page in sorted(site.glob("*.html")):
        before = page.read_text(encoding="utf-8")
        text = SCRIPT.sub("", before)
        notebook = executed / f"{page.stem}.ipynb"
        if notebook.is_file() and any(offer in text for offer in OFFERS):
            cells = cells_of(notebook)
            printed = sum(cell["printed"] is True for cell in cells)
            if printed != text.count(PRINTED):
                raise LiveFilesError(
                    f"{page.name} prints {text.count(PRINTED)} code cells; "
                    f"{notebook.name} has {printed} without a tag that hides them"
                )
            exercise = page.stem if page.stem in checks.names() else None
            made = {"cells": cells, "exercise": exercise, "place": placed.addresses()}
            data = json.dumps(made, ensure_ascii=False)
            (folder / f"{page.stem}.json").write_text(data, encoding="utf-8")
            text = text.replace("</body>", f"{script(page.stem, placed)}</body>")
            written.append(page.stem)
        if text != before:
            page.write_text(text, encoding="utf-8")
    return written


def script(page: str, placed: Placed) -> str:
    """Return the script element of a page.

    >>> script("04_loss", Placed("live/a/", "live/b.zip", "live/page-c/", "live/page-c/e.js", 1))
    '<script type="module" data-live="live/cells/04_loss.json" src="live/page-c/chapter.js">\
</script>\\n'
    """
    cells = f"{CELLS}/{page}.json"
    return f'<script type="module" data-live="{cells}" src="{placed.page}chapter.js"></script>\n'


def cells_of(notebook: Path) -> list[dict[str, str | bool]]:
    """Return the code cells of a notebook: the source of each, and whether the page prints it."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [
        {
            "source": "".join(cell["source"]),
            "printed": not {"remove-cell", "remove-input"} & set(cell["metadata"].get("tags", [])),
        }
        for cell in cells
        if cell["cell_type"] == "code"
    ]
