"""Texts that people mark: released without the answer, listed, and without points until then."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from grader.private_variant import NAME, RIGHT, TEMPLATE, completed, course

from course_lib.notebooks import source

ANSWER = """
+++ {"answer": "why_transposed", "points": 3}

Because the error of a layer is a column, and each weight meets it in its own row.

+++
"""
WORDS = "Each weight meets\n=its own row; <b>transposed</b>."


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def declared(folder: Path, text: str = ANSWER) -> Path:
    path = folder / "solutions" / NAME.replace("ipynb", "md")
    path.write_text(path.read_text("utf-8").rstrip() + "\n" + text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('+++ {"answer": "why"}\n\nx\n', "such as"),
        ('+++ {"answer": "why", "points": 0}\n\nx\n', "such as"),
        ('+++ {"answer": "why not", "points": 1}\n\nx\n', "such as"),
        ("+++ why\n\nx\n", "such as"),
        ('+++ {"answer": "why", "points": 1}\n\n+++\n', "has no text"),
        (ANSWER + ANSWER, "is there twice"),
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, text: str, said: str
) -> None:
    shutil.copytree(TEMPLATE, tmp_path / "mine")
    with pytest.raises(source.SolutionError, match=r"08_columns\.md:\d+: ") as refused:
        source.read(declared(tmp_path / "mine", text))
    assert said in str(refused.value)


@pytest.mark.long
def test_an_answer_has_no_points_until_a_teacher_gives_them(tmp_path: Path) -> None:
    variant = tmp_path / "mine"
    shutil.copytree(TEMPLATE, variant, ignore=shutil.ignore_patterns("__pycache__"))
    declared(variant)
    course("release", "--source", variant)
    course("release", "--source", variant, "--check")
    released = (variant / "exercises" / NAME).read_text("utf-8")
    assert "each weight meets it" not in released
    [cell] = [raw for raw in json.loads(released)["cells"] if raw["id"] == "answer-why_transposed"]
    assert "A person marks it, with at most 3 points" in "".join(cell["source"])
    grading = cell["metadata"]["nbgrader"]
    assert (grading["grade"], grading["solution"], grading["points"]) == (True, True, 3)
    for student, words in (("ann", WORDS), ("ben", "Because.")):
        book = json.loads(completed(variant, RIGHT))
        for entry in book["cells"]:
            if entry["id"] == cell["id"]:
                entry["source"] = words.splitlines(keepends=True)
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / NAME).write_text(json.dumps(book), "utf-8")
    said = course("check", tmp_path / "in" / "ann" / NAME, "--source", variant)
    assert "why_transposed: 3 points, which a person gives" in said
    out = tmp_path / "out"
    grade = ("grade", tmp_path / "in", "--source", variant, "--out", out, "--jobs", "1")
    said = course(*grade)
    assert "2 answers to mark by hand: fill in to_mark.csv" in said
    rows = table(out / "grades.csv")
    assert [(row["score"], row["status"]) for row in rows] == [("", "unmarked")] * 2
    assert "why_transposed unmarked" in rows[0]["questions"]
    assert "ann" not in (out / "nbgrader.csv").read_text("utf-8")
    open_ones = table(out / "to_mark.csv")
    assert [(row["question"], row["most"]) for row in open_ones] == [("why_transposed", "3")] * 2
    assert "its own row" in open_ones[0]["text"]
    assert not open_ones[0]["text"].startswith("=")
    page = (out / "feedback" / "ann" / NAME.replace("ipynb", "html")).read_text("utf-8")
    assert "&lt;b&gt;transposed&lt;/b&gt;" in page
    open_ones[0] |= {"points": "2.5", "comment": "Whose row?"}
    write(tmp_path / "marked.csv", open_ones)
    said = course(*grade, "--resume", "--overrides", tmp_path / "marked.csv")
    assert "1 answer to mark by hand" in said
    rows = table(out / "grades.csv")
    assert [(row["score"], row["status"]) for row in rows] == [("9.5", "graded"), ("", "unmarked")]
    # What is filled in step by step, in the folder of the run itself, loses nothing.
    listed = table(out / "to_mark.csv")
    assert [(row["points"], row["comment"]) for row in listed] == [("2.5", "Whose row?"), ("", "")]
    listed[1]["points"] = "1"
    write(out / "to_mark.csv", listed)
    said = course(*grade, "--resume", "--overrides", out / "to_mark.csv")
    assert "to mark by hand" not in said
    assert "changed by hand" not in said
    assert [row["score"] for row in table(out / "grades.csv")] == ["9.5", "8"]
