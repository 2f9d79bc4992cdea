"""Copies are found through renaming and new layout; short right answers are left in peace."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest
from grader.members import NOTEBOOK, SOLVED, notebook
from grader.runs import course_grade

from course_lib.grading.results import similarity

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
    class_ = {f"honest{n}": [*SOLVED, f"# my notes, number {n}"] for n in range(4)}
    class_ |= {f"other{n}": [*SOLVED, OWN.format(n=n + 2)] for n in range(3)}
    class_ |= {"ann": [*SOLVED, OWN.format(n=71)], "ben": [*SOLVED, COPIED.format(n=71)]}
    for student, cells in class_.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / NOTEBOOK).write_bytes(notebook(*cells))
    done = course_grade(tmp_path / "in", tmp_path / "out", "--similar", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert "1 group of near-identical notebooks" in done.stdout
    with (tmp_path / "out" / "similar.csv").open(encoding="utf-8") as file:
        rows = [(row["group"], row["student"]) for row in csv.DictReader(file)]
    assert rows == [("1", "ann"), ("1", "ben")]


def test_nobody_is_compared_unasked(marked: tuple[Path, str]) -> None:
    assert not (marked[0] / "similar.csv").exists()
    assert "identical" not in marked[1]


def test_hostile_cells_are_passed_over() -> None:
    cells = ["def f(:", "\x00", "x = " + "(" * 5000, "def f():\n    return " + "-" * 20000 + "1"]
    assert similarity.statements(cells) == frozenset()


def honest(people: int, seed: int = 0) -> dict[str, similarity.Written]:
    """A class in which everyone writes each of twelve lines in one of four usual forms."""
    rng = random.Random(seed)
    return {
        f"honest{n}": similarity.Written(
            f"file {n}", frozenset(f"line {k}, form {rng.choice('aaabbcd')}" for k in range(12))
        )
        for n in range(people)
    }


def found(class_: dict[str, similarity.Written]) -> list[tuple[str, ...]]:
    return [group.students for group in similarity.groups("e", class_)]


@pytest.mark.parametrize("people", [3, 12, 30, 60, 500])
def test_people_who_write_the_usual_forms_are_no_group(people: int) -> None:
    assert found(honest(people)) == []


@pytest.mark.parametrize("people", [0, 12, 60])
@pytest.mark.parametrize("ring", [2, 3, 4, 5, 12, 500])
def test_equal_files_are_a_group_of_any_size(ring: int, people: int) -> None:
    copied = similarity.Written("one file", frozenset({"line 0, form a", "line 1, form b"}))
    ringed = {f"r{n:03}": copied for n in range(ring)}
    groups = similarity.groups("e", honest(people) | ringed)
    assert [group.students for group in groups if group.equal] == [tuple(sorted(ringed))]
    assert not any(set(group.students) & ringed.keys() for group in groups if not group.equal)


@pytest.mark.parametrize("people", [12, 30, 60])
@pytest.mark.parametrize("ring", [2, 3, 4, 5, 6])
def test_a_ring_that_changed_its_copies_a_little_is_found_as_well(ring: int, people: int) -> None:
    ringed = {
        f"r{n}": similarity.Written(
            f"own file {n}", frozenset({f"own {n}", *(f"copied {k}" for k in range(16))})
        )
        for n in range(ring)
    }
    assert found(honest(people) | ringed) == [tuple(sorted(ringed))]


def test_exercises_that_were_not_begun_are_no_group() -> None:
    assert found({f"s{n}": similarity.Written("the release", frozenset()) for n in range(9)}) == []
