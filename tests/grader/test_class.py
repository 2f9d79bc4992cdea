"""A class marked as a teacher marks it: every verdict right, none touching another."""

from __future__ import annotations

import csv
import filecmp
import json
from pathlib import Path

import pytest
from grader.members import EXERCISE, MEMBERS, POINTS, Member
from grader.runs import LIMITS, SEED, course_grade, outcomes

from course_lib.grading.escaping import as_path


@pytest.mark.parametrize("member", MEMBERS, ids=lambda member: member.name)
def test_every_member_gets_the_right_verdict(marked: tuple[Path, str], member: Member) -> None:
    outcome = outcomes(marked[0])[member.name]
    assert outcome["status"] == member.status, outcome
    assert outcome["max_score"] == POINTS
    if member.none:
        assert outcome["score"] == 0
        return
    if member.name.startswith("right") and member.status == "graded" and not member.cells:
        assert not outcome["cells"] or "reverse" in member.name
    for question in outcome["questions"]:
        complete = question["score"] == question["max_score"]
        assert complete != (question["name"] in member.lost), question
    assert outcome["score"] == sum(question["score"] for question in outcome["questions"])


def test_what_was_made_good_and_what_failed_is_said(marked: tuple[Path, str]) -> None:
    said = {
        "right-with-duplicated-cells": ["Defined more than once; the last definition counts: "],
        "right-without-the-imports": ["Used without its import, which this exercise does not need"],
        "right-in-an-old-format": ["the old format 3"],
        "right-with-windows-line-ends": ["a byte order mark", "Line ends were made uniform"],
        "right-stripped-of-metadata": ["metadata were missing"],
        "right-among-cells-that-fail": [
            "Commands to IPython or the shell (lines with % or !) were ignored",
            "Cells that did not run to their end",
            "ZeroDivisionError",
            "SyntaxError",
            "input() cannot be answered while your work is marked",
        ],
    }
    said["does-not-parse"] = ["The cell that defines dense_backward fails: SyntaxError"]
    for name, sentences in said.items():
        page = marked[0] / "feedback" / as_path(name) / f"{EXERCISE}.html"
        text = page.read_text(encoding="utf-8")
        for sentence in sentences:
            assert sentence in text, (name, sentence)


def test_the_table_has_one_row_per_notebook_and_no_formula(marked: tuple[Path, str]) -> None:
    with (marked[0] / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:5] == ["student", "exercise", "score", "max_score", "status"]
    assert len(rows) == len(MEMBERS)
    assert {row["exercise"] for row in rows} == {EXERCISE}
    for row in rows:
        assert not any(cell[:1] in tuple("=+-@\t\r") for cell in row.values() if cell)


def test_every_member_has_a_page_and_a_gradescope_file(marked: tuple[Path, str]) -> None:
    for member in MEMBERS:
        outcome = outcomes(marked[0])[member.name]
        folder = as_path(member.name)
        page = (marked[0] / "feedback" / folder / f"{EXERCISE}.html").read_text(encoding="utf-8")
        assert f"{outcome['score']:g} of {POINTS:g} points" in page
        assert "<script" not in page
        assert "<b>" not in page
        path = marked[0] / "gradescope" / folder / EXERCISE / "results.json"
        result = json.loads(path.read_text(encoding="utf-8"))
        assert result["score"] == outcome["score"]
        assert sum(test["max_score"] for test in result["tests"]) in (POINTS, 0)


def test_the_isolation_reached_is_printed_by_what_it_guarantees(
    marked: tuple[Path, str], isolation: str
) -> None:
    assert f"Isolation: {isolation} (" in marked[1]
    if isolation == "full":
        assert "nothing of the course" in marked[1]
        assert "no network" in marked[1]


@pytest.mark.long
def test_a_second_run_writes_the_same_bytes(
    classroom: Path, marked: tuple[Path, str], tmp_path: Path
) -> None:
    again = tmp_path / "again"
    done = course_grade(classroom, again, "--seed", SEED, *LIMITS, "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    first = sorted(path.relative_to(marked[0]) for path in marked[0].rglob("*") if path.is_file())
    assert files == first
    files.remove(Path("timings.csv"))
    _, different, missing = filecmp.cmpfiles(marked[0], again, map(str, files), shallow=False)
    assert not different
    assert not missing
