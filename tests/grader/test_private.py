"""A teacher's own exercises, outside the repository: released, completed, checked, marked."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from grader.private_variant import NAME, RIGHT, TEMPLATE, completed, course

ROWS = {**RIGHT, "dense_backward_columns": "    return delta.T @ a, delta.sum(0), delta @ W\n"}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template outside the repository, released as its README says."""
    folder = tmp_path_factory.mktemp("teacher") / "my_class"
    shutil.copytree(TEMPLATE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    assert "wrote exercises/08_columns.ipynb" in course("release", "--source", folder)
    return folder


@pytest.fixture(scope="module")
def marked(mine: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The marks of a class of four."""
    thief = f"    return eval(open({str(mine / 'checks/ex08_columns/reference.py')!r}).read())\n"
    work = {
        "ann": completed(mine, RIGHT),
        "ben": completed(mine, ROWS),
        "cem": (mine / "exercises" / NAME).read_text("utf-8"),
        "dan": completed(mine, dict.fromkeys(RIGHT, thief)),
    }
    for student, text in work.items():
        folder = mine.parent / "in" / student
        folder.mkdir(parents=True)
        (folder / NAME).write_text(text, "utf-8")
    # A notebook of the public exercise is none of this assignment.
    shutil.copy(TEMPLATE.parents[1] / "exercises" / "01_downhill.ipynb", mine.parent / "in" / "ann")
    out = mine.parent / "out"
    course("grade", mine.parent / "in", "--source", mine, "--out", out, "--jobs", "1")
    rows = csv.DictReader(io.StringIO((out / "grades.csv").read_text("utf-8")))
    return {(row["student"], row["exercise"]): row for row in rows}


def test_the_release_holds_no_line_of_the_solution(mine: Path) -> None:
    text = (mine / "exercises" / NAME).read_text("utf-8")
    assert "delta @ a.T" not in text
    assert "softsign_backward is not written yet" in text
    course("release", "--source", mine, "--check")


def test_a_class_is_marked_by_the_folder_alone(marked) -> None:
    scores = {student: row["score"] for (student, _), row in marked.items()}
    assert scores == {"ann": "7", "ben": "2", "cem": "0", "dan": "0"}
    assert {exercise for _, exercise in marked} == {"08_columns"}


def test_the_answer_to_the_public_exercise_is_named(mine: Path, tmp_path: Path, marked) -> None:
    (tmp_path / NAME).write_text(completed(mine, ROWS), "utf-8")
    said = course("check", tmp_path / NAME, "--source", mine, "--hint", "2", status=1)
    assert "examples as rows" in said
    assert "08_columns: 2 of 7 points" in said


PROOF = """
from course_lib import checks
from course_lib.checks.proof import rows
for name in checks.names():
    for question in checks.load(name).questions:
        for row in rows(question, seed=3):
            full = row.result.score == question.points
            named = row.kind != "mistake" or row.answer in row.result.mistakes
            assert full == (row.kind == "right") and named, (question.name, row.kind, row.answer)
print(*checks.names())
"""


def test_the_templates_checks_are_proved_both_ways(mine: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROOF],
        env=os.environ | {"COURSE_SOURCE": str(mine)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "08_columns\n", done.stderr


def test_without_the_folder_the_notebook_is_no_exercise(mine: Path) -> None:
    said = course("check", mine / "exercises" / NAME, status=2)
    assert "belongs to no exercise" in said


def test_on_a_students_machine_check_says_where_the_checks_are() -> None:
    from course_lib.checks import check

    def dense_backward_columns(delta, a, W):
        return delta

    assert "where your teacher marks" in repr(check(dense_backward_columns))


def test_gradescopes_zip_carries_the_folder_and_marks_with_it(mine: Path, tmp_path: Path) -> None:
    zipped, base = tmp_path / "autograder.zip", tmp_path / "autograder"
    course("export", "gradescope", "--out", zipped, "--source", mine)
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(base / "source")
    (base / "submission").mkdir()
    (base / "submission" / NAME).write_text(completed(mine, RIGHT), "utf-8")
    script = (base / "source" / "run_autograder").read_text()
    script = script.replace("/opt/course/bin/python", sys.executable)
    script = script.replace("/autograder", str(base))
    subprocess.run(["bash", "-c", script], check=True, capture_output=True)
    assert json.loads((base / "results" / "results.json").read_text())["score"] == 7


def test_a_workflow_can_only_name_a_folder_of_the_repository(mine: Path, tmp_path: Path) -> None:
    out = tmp_path / "course.yml"
    said = course("export", "classroom", "--out", out, "--source", mine, status=2)
    assert "lies outside the repository" in said
    course("export", "classroom", "--out", out, "--source", TEMPLATE)
    assert "sudo COURSE_SOURCE=/opt/course/examples/private_variant /opt" in out.read_text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: shutil.rmtree(folder / "solutions"), "has no folder solutions"),
        (lambda folder: shutil.rmtree(folder / "checks/ex08_columns"), "holds no folder exNN_"),
        (
            lambda folder: (folder / "checks/ex08_columns").rename(
                folder / "checks/ex08_backward_pass"
            ),
            "is the name of an exercise of the course",
        ),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path, change, said: str) -> None:
    folder = tmp_path / "my_class"
    shutil.copytree(TEMPLATE, folder)
    change(folder)
    assert said in course("release", "--source", folder, status=2)


def test_a_function_of_the_courses_name_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "my_class"
    shutil.copytree(TEMPLATE, folder)
    questions = folder / "checks" / "ex08_columns"
    (questions / "dense_backward_columns.py").rename(questions / "dense_backward.py")
    for path in folder.rglob("*.*"):
        if path.suffix in {".py", ".md"}:
            text = path.read_text("utf-8").replace("dense_backward_columns", "dense_backward")
            text = text.replace("DENSE_BACKWARD_COLUMNS", "DENSE_BACKWARD")
            path.write_text(text, "utf-8")
    said = course("release", "--source", folder, status=1)
    assert "asks for a function dense_backward too" in said
