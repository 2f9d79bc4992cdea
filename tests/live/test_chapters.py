"""What a chapter is given so that its code cells can be edited and run in place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib.live import chapters
from course_lib.live.build import Placed
from course_lib.live.chapter_cells import ChapterCells
from course_lib.live.files import LiveFilesError

PLACED = Placed("live/a/", "live/course-a.zip", "live/page-a/", "live/page-a/plain.js", 17_000_000)
HIDDEN = {"source": ["import numpy as np\n", "k = 2"], "metadata": {"tags": ["remove-cell"]}}
PRINTED = {"source": "print(k)", "metadata": {}}


def site(folder: Path, *cells: dict, printed: int = 1) -> tuple[Path, Path]:
    """Write a site with one chapter and one page without code, and the executed notebook."""
    made, executed = folder / "html", folder / "executed"
    (made / "live").mkdir(parents=True)
    executed.mkdir()
    body = '<div class="cell_input docutils container"></div>' * printed
    (made / "04_loss.html").write_text(f"<body>{body}</body>", encoding="utf-8")
    (made / "notation.html").write_text("<body></body>", encoding="utf-8")
    book = {"cells": [{"cell_type": "code", **cell} for cell in cells]}
    for name in ("04_loss", "notation"):
        (executed / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")
    return made, executed


def test_a_page_with_cells_gets_one_script_and_its_cells_hidden_ones_too(tmp_path: Path) -> None:
    made, executed = site(tmp_path, HIDDEN, PRINTED)
    for page in ("live/page-a/", "live/page-b/"):  # a later build has other names
        assert chapters.write(made, executed, replace(PLACED, page=page)) == ["04_loss"]
    text = (made / "04_loss.html").read_text("utf-8")
    assert text.count("<script") == 1
    assert 'src="live/page-b/chapter.js"' in text
    assert "<script" not in (made / "notation.html").read_text("utf-8")
    data = json.loads((made / "live/cells/04_loss.json").read_text("utf-8"))
    assert data["cells"] == [
        {"source": "import numpy as np\nk = 2", "printed": False},
        {"source": "print(k)", "printed": True},
    ]
    assert data["exercise"] == "04_loss"
    assert data["place"]["page"] == "live/page-b/"


def test_a_page_that_prints_other_cells_stops_the_build(tmp_path: Path) -> None:
    made, executed = site(tmp_path, HIDDEN, PRINTED, printed=2)
    with pytest.raises(LiveFilesError, match="prints 2 code cells"):
        chapters.write(made, executed, PLACED)


def ran(*sources: str) -> tuple[ChapterCells, dict, str]:
    messages: list[dict] = []
    cells = ChapterCells(messages.append)
    answer = cells.run({"sources": list(sources)})
    return cells, answer, "".join(message.get("output", "") for message in messages)


def test_the_cells_above_run_first_and_only_the_last_is_shown() -> None:
    _, answer, output = ran("print('above'); k = 2", "print(k)\nk + 1")
    assert output == "2\n"
    assert (answer["value"], answer["error"], answer["ran"]) == ("3", "", 2)


def test_cells_run_once_until_one_of_them_changes() -> None:
    cells, _, _ = ran("k = [1]", "k.append(2)")
    assert cells.run({"sources": ["k = [1]", "k.append(2)", "k"]})["value"] == "[1, 2]"
    assert cells.run({"sources": ["k = [1]", "k.append(2)", "k"]})["ran"] == 3
    again = cells.run({"sources": ["k = [0]", "k.append(2)", "k"]})
    assert (again["value"], again["ran"]) == ("[0, 2]", 3)


def test_an_error_above_is_told_and_nothing_half_done_is_kept() -> None:
    cells, answer, _ = ran("k = 1", "k += 1; nonsense", "k")
    assert answer["cell"] == 2
    assert "NameError" in answer["error"]
    assert cells.run({"sources": ["k = 1", "k += 1", "k"]})["value"] == "2"


def test_what_a_cell_sets_for_printing_ends_with_the_page() -> None:
    cells, _, _ = ran("import numpy as np\nnp.set_printoptions(precision=2)", "x = 1")
    shown = {"sources": [*cells._run, "np.array([1 / 3])"]}
    assert cells.run(shown)["value"] == "array([0.33])"
    assert ran("import numpy as np", "np.array([1 / 3])")[1]["value"] == "array([0.33333333])"


def test_a_value_with_a_picture_of_its_own_shows_it() -> None:
    _, answer, _ = ran("from course_lib.graph_drawing import Value", "Value(2.0) * Value(3.0)")
    assert answer["drawings"][0].lstrip().startswith("<svg")
    assert answer["value"] == ""


def test_the_course_itself_is_there_not_what_marking_leaves_of_it() -> None:
    _, answer, _ = ran("from course_lib import Dense", "Dense(4, 2, seed=0).parameters['W'].shape")
    assert answer["value"] == "(2, 4)", answer
