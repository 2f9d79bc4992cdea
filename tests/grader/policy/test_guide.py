"""The teacher's guide, followed to the letter: from Canvas's zip to marks in Canvas."""

from __future__ import annotations

import csv
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from grader import importers
from grader.members import DENSE, SOLVED, notebook

PAGE = Path(__file__).parents[3] / "book" / "for_teachers.md"
GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Exercise 8 (99)
    Points Possible,,,,,19
"Archer, Ann",17,A1,aa,S1,
"Beck, Ben",18,B2,bb,S1,
"Cole, Cat",19,C3,cc,S1,
"Dunn, Dan",20,D4,dd,S1,11
"""
SIGN = DENSE + "return -(delta.T @ a), -delta.sum(axis=0), -(delta @ W)"


def blocks(kind: str) -> list[str]:
    section = PAGE.read_text("utf-8").split("(teachers-policy)=")[1].split("\n### Large")[0]
    return re.findall(rf"^```{kind}\n(.*?)^```", section, re.M | re.S)


@pytest.mark.long
def test_the_guide_leads_to_marks_in_canvas(tmp_path: Path) -> None:
    files = {
        "archerann_LATE_17_501": notebook(*SOLVED),
        "beckben_LATE_18_502": notebook(*SOLVED),
        "colecat_19_503": notebook(*SOLVED, SIGN),
    }
    with zipfile.ZipFile(tmp_path / "submissions.zip", "w") as archive:
        for name, raw in files.items():
            archive.writestr(f"{name}_08_backward_pass.ipynb", raw)
    (tmp_path / "gradebook.csv").write_text(GRADEBOOK)
    [policy], [overrides] = blocks("toml"), blocks("text")
    (tmp_path / "policy.toml").write_text(policy)
    (tmp_path / "overrides.csv").write_text(overrides)
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 3
    marks = []
    for command in commands:
        words = shlex.split(command)
        assert words[0] == "course"
        done = subprocess.run(
            [sys.executable, "-m", "course_lib.cli", *words[1:]],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        out = tmp_path / words[words.index("--out") + 1]
        held = {number: {"Exercise 8 (99)": ""} for number in (17, 18, 19)}
        held[20] = {"Exercise 8 (99)": "11"}
        after = importers.canvas((out / "canvas.csv").read_text("utf-8"), held)
        marks.append([float(row["Exercise 8 (99)"]) for row in after.values()])
    before = marks[0][2]
    assert marks == [[17.1, 19, before, 11], [17.1, 19, 18, 11], [17.1, 19, 18, 11]]
    assert before < 18
    page = next(out.glob("feedback/archer*/*.html")).read_text("utf-8")
    assert "19 of 19, 2 days late: 17.1." in page
    with (out / "against.csv").open(encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == []
