"""Every exercise with checks has a suite that asks each of its questions once."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest
from grader.members import NOTEBOOK, notebook
from grader.runs import course_grade

from course_lib import checks

SUITES = Path(__file__).parents[2] / "grading"


@pytest.mark.parametrize("exercise", checks.names())
def test_a_suite_asks_every_question_once(exercise: str) -> None:
    path = SUITES / f"test_{exercise}.py"
    names = [question.name for question in checks.load(exercise).questions]
    expected = "\n\n".join(f'def test_{n}(student, mark):\n    mark("{n}")' for n in names)
    assert path.is_file(), f"write {path} with:\n\n{expected}"
    marked = [
        node.args[0].value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "mark"
        and isinstance(node.args[0], ast.Constant)
    ]
    assert marked == names, f"{path} should hold:\n\n{expected}"


def test_a_conftest_above_the_suite_takes_no_part(tmp_path: Path) -> None:
    suite = tmp_path / "suite" / "grading"
    shutil.copytree(SUITES, suite)
    (suite.parent / "conftest.py").write_text("raise RuntimeError('not part of the suite')\n")
    (tmp_path / "in" / "ann").mkdir(parents=True)
    (tmp_path / "in" / "ann" / NOTEBOOK).write_bytes(notebook("1"))
    done = course_grade(tmp_path / "in", tmp_path / "out", "--suite", str(suite), "--jobs", "1")
    assert done.returncode == 0, done.stderr
