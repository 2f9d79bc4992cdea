"""Classroom 50 starts what is exported as its runner does, and takes what comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from grader.journal import outcome
from grader.members import SOLUTIONS, notebook
from needs import absent

from course_lib import cli
from course_lib.grading import classroom

WHOLE = {"type": "integer", "minimum": 0}
TEXT = {"type": "string", "minLength": 1}
# After schemas/result-v1.schema.json of foundation50/classroom50.
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema", "classroom", "assignment", "assignment_type", "owner", "submission", "commit",
        "release", "review", "datetime", "score", "max-score", "tests",
    ],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "assignment_type": {"enum": ["individual", "group"]},
        "submission": {"type": "string", "pattern": "^submit/"},
        "datetime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "score": WHOLE,
        "max-score": WHOLE,
        **dict.fromkeys(("classroom", "assignment", "owner", "commit", "release", "review"), TEXT),
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": TEXT,
                    "passed": {"type": "boolean"},
                    "score": WHOLE,
                    "max-score": WHOLE,
                },
            },
        },
    },
}  # fmt: skip
RUNNER = {
    "CLASSROOM": "nets",
    "ASSIGNMENT": "week-1",
    "ASSIGNMENT_TYPE": "individual",
    "USERNAME": "ann",
    "SUBMISSION_TAG": "submit/20261102T220000Z-0123456",
    "COMMIT_URL": "https://example.org/c",
    "RELEASE_URL": "https://example.org/r",
}


def checked(result: dict) -> dict:
    jsonschema.validate(result, SCHEMA)
    assert result["score"] <= result["max-score"]
    assert all(test["score"] <= test["max-score"] for test in result["tests"])
    return result


@pytest.mark.parametrize(("score", "by"), [(1.0, 1), (0.5, 2), (0.25, 4), (0.1, 10), (1 / 3, 100)])
def test_scores_are_whole_numbers(score: float, by: int) -> None:
    record = outcome()
    record["questions"][0]["score"] = record["score"] = score
    result, body = classroom.classroom50([record], "symptom", "x.ipynb", RUNNER)
    checked(result)
    assert result["max-score"] == 2 * by
    assert result["score"] == int(by * score)
    assert f"{score:g} of 2 points" in body
    assert (f"multiplied by {by}" in body) == (by > 1)


def test_who_submitted_nothing_is_told_what_to_submit() -> None:
    result, body = classroom.classroom50([], "symptom", "08_backward_pass.ipynb", RUNNER)
    assert (checked(result)["score"], result["max-score"]) == (0, 0)
    assert "Submit the notebook (.ipynb) itself, for example 08_backward_pass.ipynb." in body


@pytest.mark.long
def test_the_exported_file_marks_a_repository_and_imports_nothing_from_it(tmp_path: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        absent("root", "run these tests as root, as CI does")
    script = tmp_path / "bundle" / "autograder.py"
    script.parent.mkdir()
    exercise = "01_downhill"
    assert cli.main(["export", "classroom50", "--out", str(script), "--exercise", exercise]) == 0
    python = tmp_path / "course" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / f"{exercise}.ipynb").write_bytes(notebook(*SOLUTIONS[exercise]))
    (work / "result.json").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("mine")
    for name in ("json", "course_lib", "subprocess"):
        (work / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    root = str(Path(__file__).parents[3])
    environment = os.environ | RUNNER | {"COURSE_FOLDER": str(tmp_path / "course")}
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=work, env=environment | {"PYTHONPATH": root}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "ran").exists()
    assert (tmp_path / "precious").read_text() == "mine"
    result = checked(json.loads((work / "result.json").read_text("utf-8")))
    assert result["score"] == result["max-score"] > 0
    assert (result["classroom"], result["owner"]) == ("nets", "ann")
    assert "#### `01_downhill`: `update_weight`" in (work / "release-body.md").read_text("utf-8")
