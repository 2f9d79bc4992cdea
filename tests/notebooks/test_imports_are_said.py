"""Every released notebook says at its head what may be imported."""

import json
from pathlib import Path

import pytest

from course_lib import checks

EXERCISES = Path(__file__).parents[2] / "exercises"


@pytest.mark.parametrize("exercise", checks.names())
def test_the_first_cell_says_what_may_be_imported(exercise: str) -> None:
    book = json.loads((EXERCISES / f"{exercise}.ipynb").read_text(encoding="utf-8"))
    assert "**What you may import.**" in "".join(book["cells"][0]["source"])
