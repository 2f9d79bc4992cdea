"""Copies are found through renaming and new layout; short right answers are left in peace."""

from __future__ import annotations

import csv
from pathlib import Path

from grader.conftest import course_grade
from grader.members import NOTEBOOK, SOLVED, notebook

from course_lib.grading import similar

OWN = """def dense_backward(delta, a, W):
    # first the weights
    total = a * 0
    helper = delta.shape[0] + {n}
    for row in range(helper - {n}):
        total = total + row * {n}
    total = total / {n}
    extra = total.sum() + {n}
    dW = delta.T @ a + 0 * extra
    db = delta.sum(axis=0)
    return dW, db, delta @ W
"""
COPIED = (
    OWN.replace("total", "t").replace("helper", "h").replace("row", "i").replace("# first", "#")
)


def test_a_renamed_copy_is_found_and_answers_that_are_merely_right_are_not(tmp_path: Path) -> None:
    class_ = {f"honest{n}": SOLVED for n in range(4)}
    class_ |= {f"other{n}": [*SOLVED, OWN.format(n=n + 2)] for n in range(3)}
    class_ |= {"ann": [*SOLVED, OWN.format(n=71)], "ben": [*SOLVED, COPIED.format(n=71)]}
    for student, cells in class_.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / NOTEBOOK).write_bytes(notebook(*cells))
    done = course_grade(tmp_path / "in", tmp_path / "out", "--similar", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert "1 group of near-identical notebooks" in done.stdout
    with (tmp_path / "out" / "similar.csv").open(encoding="utf-8") as file:
        assert [row["students"] for row in csv.DictReader(file)] == ["ann; ben"]


def test_nobody_is_compared_unasked(marked: tuple[Path, str]) -> None:
    assert not (marked[0] / "similar.csv").exists()
    assert "identical" not in marked[1]


def test_hostile_cells_are_passed_over() -> None:
    cells = ["def f(:", "\x00", "x = " + "(" * 5000, "def f():\n    return " + "-" * 20000 + "1"]
    assert similar.statements(cells) == frozenset()
