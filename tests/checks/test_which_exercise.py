"""An exercise is recognised under every name that browsers, systems and people give its file."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from course_lib import checks
from course_lib.checks.which_exercise import by_functions, by_name

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
RENAMED = [
    "{}.ipynb", "Copy of {}.ipynb", "Kopie von {}.ipynb", "Copie de {}.ipynb", "{} (1).ipynb",
    "{}(1).ipynb", "{}.ipynb (1)", "{} - Kopie.ipynb", "{} - Copy (2).ipynb", "{} copy.ipynb",
    "{}-1.ipynb", "{}_v2.ipynb", "{}-Copy1.ipynb", "{}.ipynb.txt", "{}.ipynb.json", "{}.json",
    "{}.ipynb.download", "ann_{}.ipynb", "{}_ann.ipynb", "{}_final.ipynb", "Copy%20of%20{}.ipynb",
    "{} 2.ipynb", "[{}].ipynb", "Kopie von Kopie von {}.ipynb",
]  # fmt: skip


@pytest.mark.parametrize("form", RENAMED)
def test_a_renamed_file_keeps_its_exercise(form: str) -> None:
    for name in [*checks.names(), *checks.LABORATORIES]:
        for written in (name, name.upper(), name.replace("_", " "), name.replace("_", "-")):
            assert by_name(form.format(written)) == name
        assert by_name(unicodedata.normalize("NFD", "Ä" + form.format(name))) == name


@pytest.mark.parametrize("name", ["essay.ipynb", "homework.ipynb", "Untitled.ipynb", "1.ipynb", ""])
def test_a_name_that_says_nothing_is_not_guessed(name: str) -> None:
    assert by_name(name) is None


def test_a_name_that_says_two_things_is_not_guessed() -> None:
    assert by_name("01_downhill and 08_backward_pass.ipynb") is None
    assert by_name("108_backward_pass.ipynb") is None


def test_the_longest_of_two_names_is_meant() -> None:
    known = ["08_columns", "08_columns_again"]
    assert by_name("08_columns_again (1).ipynb", known) == "08_columns_again"
    assert by_name("08_columns (1).ipynb", known) == "08_columns"
    assert by_name("08_columns.ipynb", []) is None


@pytest.mark.parametrize("name", checks.names())
def test_every_released_notebook_is_known_by_what_is_in_it(name: str) -> None:
    cells = json.loads((EXERCISES / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert by_functions(sources) == name
    marked = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in cells]
    tags = [label.removeprefix("solution-") for label in marked if label.startswith("solution-")]
    assert by_functions([], tags) == name
