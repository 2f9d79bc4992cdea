"""What other systems take: tables for gradebooks, and the workflow of GitHub Classroom."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from grader.journal import outcome
from grader.members import DENSE, NOTEBOOK, POINTS, SOLVED, WRONG, notebook

from course_lib import cli
from course_lib.grading import classroom
from course_lib.grading.export import gradebooks
from course_lib.grading.sandbox.isolation import Isolation
from course_lib.grading.submissions.roster import Roster

PEOPLE = Roster(
    (*gradebooks.CANVAS, "Identifier", "ID number", "Email address", "last_name"),
    {
        "ann": {"Student": "Archer, Ann", "ID": "17", "SIS Login ID": "ann1",
                "Identifier": "Participant 5", "ID number": "900",
                "Email address": "ann@example.org", "last_name": "Archer"},
        "ben": {"Student": "=cmd()", "ID": "18"},
    },
)  # fmt: skip


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_gradebook_has_its_columns_its_people_and_their_marks() -> None:
    files = gradebooks.gradebooks([outcome("ann"), outcome("eve")], PEOPLE)
    points, student = rows(files["canvas.csv"])
    assert points["Student"].strip() == "Points Possible"
    assert float(points["08_backward_pass"]) == POINTS
    assert (student["Student"], student["ID"]) == ("Archer, Ann", "17")
    assert student["08_backward_pass"] == "1"
    assert [row["08_backward_pass"] for row in rows(files["moodle.csv"])] == ["1"]
    [sheet] = rows(files["moodle/08_backward_pass.csv"])
    assert (sheet["Identifier"], sheet["Grade"]) == ("Participant 5", "1")
    both = gradebooks.gradebooks([outcome("ann"), outcome("ben")], PEOPLE)
    assert rows(both["canvas.csv"])[2]["Student"] == "'=cmd()"
    known, unknown = rows(files["nbgrader.csv"])
    assert tuple(known) == gradebooks.NBGRADER
    assert (known["last_name"], known["score"], known["max_score"]) == ("Archer", "1", "2")
    assert unknown["student_id"] == "eve"


def test_without_a_roster_only_what_needs_none_is_written() -> None:
    assert set(gradebooks.gradebooks([outcome()], Roster())) == {"nbgrader.csv"}


def test_the_workflow_is_yaml_and_asks_for_the_exercise(tmp_path: Path) -> None:
    path = tmp_path / "course.yml"
    options = ["--exercise", "08_backward_pass", "--feedback", "named"]
    assert cli.main(["export", "classroom", "--out", str(path), *options]) == 0
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    # By these two names, as the reporter's description says, GitHub Classroom finds the points.
    assert workflow["name"] == "Autograding Tests"
    assert list(workflow["jobs"]) == ["run-autograding-tests"]
    steps = workflow["jobs"]["run-autograding-tests"]["steps"]
    commands = " ".join(step.get("run", "") for step in steps)
    assert "--exercise 08_backward_pass --feedback named" in commands
    assert steps[-1]["uses"] == "classroom-resources/autograding-grading-reporter@v1"
    assert steps[-1]["with"]["runners"] == "mark"
    assert steps[-1]["env"]["MARK_RESULTS"] == "${{ steps.mark.outputs.result }}"


def test_github_classroom_gets_a_line_with_every_question(tmp_path: Path) -> None:
    """The workflow's own command, over a repository in which Python's modules are planted."""
    workflow = tmp_path / "course.yml"
    options = ["--exercise", "08_backward_pass"]
    assert cli.main(["export", "classroom", "--out", str(workflow), *options]) == 0
    steps = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    command = steps["jobs"]["run-autograding-tests"]["steps"][-2]["run"]
    command = command.replace("sudo /opt/course/.venv/bin/python", sys.executable)
    work = tmp_path / "work"
    (work / "exercises").mkdir(parents=True)
    (work / "exercises" / NOTEBOOK).write_bytes(notebook(*SOLVED, DENSE + WRONG))
    for name in ("course_lib", "multiprocessing", "numpy", "signal"):
        (work / f"{name}.py").write_text(f"open({str(work / 'ran')!r}, 'w')\n")
    output = tmp_path / "output"
    output.write_text("before=1\n")
    names = {"GITHUB_WORKSPACE": str(work), "GITHUB_OUTPUT": str(output)}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=work / steps.get("defaults", {}).get("run", {}).get("working-directory", "."),
        env=os.environ | names | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not (work / "ran").exists()
    assert done.returncode == 0, done.stderr
    first, line = output.read_text(encoding="utf-8").splitlines()
    assert first == "before=1"
    result = json.loads(base64.b64decode(line.removeprefix("result=")))
    assert (result["version"], result["status"], result["max_score"]) == (1, "fail", POINTS)
    wrong = [test for test in result["tests"] if test["status"] == "fail"]
    assert [test["name"] for test in wrong] == ["08_backward_pass: dense_backward"]
    # The reporter adds the scores up, and shows a name and a sign for each test: what else there
    # is to say to a student stands in the log.
    assert sum(test["score"] for test in result["tests"]) == POINTS - 5
    assert {test["line_no"] for test in result["tests"]} == {0}
    # What a student says there is no command to GitHub.
    start, _, said = done.stdout.partition("\n")
    assert re.fullmatch("::stop-commands::[0-9a-f]{32}", start)
    assert re.match(r"Isolation: \w+ \(.+\)\.\n", said)
    assert said.endswith(f"\n::{start.rpartition(':')[2]}::\n")
    assert "08_backward_pass: dense_backward\n| 0 of 5, not right yet\n| " in said
    assert wrong[0]["message"].replace("\n", "\n| ") in said


@pytest.mark.parametrize(
    ("name", "asked", "marked"),
    [
        (NOTEBOOK, [], True),
        ("08_backward_pass (1).ipynb", [], True),
        ("exercises/Copy of 08_backward_pass.ipynb", [], True),
        ("work.ipynb", ["08_backward_pass"], True),
        ("work.ipynb", [], False),
        ("deeper/still/08_backward_pass.ipynb", [], False),
    ],
)
def test_which_file_of_a_folder_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, asked: list[str], marked: bool
) -> None:
    called = []

    def grade(options: classroom.run.Options) -> classroom.run.Report:
        called.append((options.submissions.read_bytes(), options.exercises))
        return classroom.run.Report([outcome()], [], [], Isolation("full", ("own mounts",)))

    monkeypatch.setattr(classroom.run, "grade", grade)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook("x = 1"))
    exercises = asked or ["05_two_neurons", "08_backward_pass"]
    outcomes = classroom.mark_folder(tmp_path, exercises, asked)
    assert called == ([(path.read_bytes(), ("08_backward_pass",))] if marked else [])
    assert len(outcomes) == marked


def test_a_link_in_a_students_repository_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "solved").mkdir()
    (tmp_path / "solved" / NOTEBOOK).write_bytes(notebook(*SOLVED))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "exercises").symlink_to(tmp_path / "solved")
    assert classroom.mark_folder(tmp_path / "work", ["08_backward_pass"]) == []


@pytest.mark.parametrize("name", [NOTEBOOK, "08_backward_pass", "Copy of 08_backward_pass.ipynb"])
@pytest.mark.parametrize("to", ["class", "class.zip", "right.ipynb"])
def test_a_link_to_others_work_is_refused(tmp_path: Path, name: str, to: str) -> None:
    """A folder or a zip behind a link would be marked as a whole class."""
    (tmp_path / "class" / "ann").mkdir(parents=True)
    (tmp_path / "class" / "ann" / NOTEBOOK).write_bytes(notebook(*SOLVED))
    (tmp_path / "right.ipynb").write_bytes(notebook(*SOLVED))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as made:
        made.writestr(f"ann/{NOTEBOOK}", notebook(*SOLVED))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / name).symlink_to(tmp_path / to)
    [result] = classroom.mark_folder(tmp_path / "work", ["08_backward_pass"])
    assert (result["status"], result["score"]) == ("rejected", 0)
