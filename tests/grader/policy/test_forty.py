"""A class of forty over three exercises, from the files to the last request.

``pytest -s -m long tests/grader/policy/test_forty.py`` prints each command with its output.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from grader.members import SOLUTIONS, notebook
from grader.runs import SEED, contents

from course_lib.checks.suites import suite_folder

EXERCISES = ("01_downhill", "02_one_neuron", "05_two_neurons")
BERLIN = ZoneInfo("Europe/Berlin")
IN_TIME = datetime(2026, 11, 2, 20, tzinfo=BERLIN)
UPHILL = "def update_weight(w, slope, learning_rate):\n    return w + learning_rate * slope"
COARSE = (
    "def numerical_slope(f, w, h):\n    h = max(h, 0.1)\n    return (f(w + h) - f(w - h)) / (2 * h)"
)
POLICY = """\
timezone = "Europe/Berlin"

[default]
grace = "15 min"
late = { each = "1 day", minus = "10 %", floor = "50 %" }

[exercise.01]
due = 2026-11-02T23:59:00

[exercise.02]
due = 2026-11-02T23:59:00

[exercise.05]
due = 2026-11-02T23:59:00
drop = { two_neurons_epoch = "full points" }

[student.s05]
due = { 05 = 2026-11-09T23:59:00 }

[student.s06]
excused = ["05"]
"""
OVERRIDES = """\
student,exercise,question,points,comment,reason,who,when
s07,01,update_weight,0.5,The sign alone is wrong.,,T. Eacher,2026-11-05
s14,01,update_weight,0.5,The sign alone is wrong.,,T. Eacher,2026-11-05
s21,01,update_weight,0.5,The sign alone is wrong.,,T. Eacher,2026-11-05
s08,02,,6,Shown on paper.,an illness,T. Eacher,2026-11-05
s09,05,,,A clear explanation.,,T. Eacher,2026-11-05
"""
REQUEST = "s28,01,update_weight,0.5,The sign alone is wrong.,a request,T. Eacher,2026-11-12\n"
# The suite of the first run calls `numerical_slope` with a tiny step as well; nobody had said so.
CORRECTED = """\
from course_lib import checks

question = checks.load("01_downhill").question("numerical_slope")
kept = tuple(one for one in question.fixtures if one.name != "cube, small step")
object.__setattr__(question, "fixtures", kept)
"""


def write_class(desk: Path) -> None:
    """Write forty folders, the class list, the policy, the overrides and a corrected suite."""
    for number in range(1, 41):
        student = f"s{number:02}"
        for exercise in EXERCISES:
            if (student, exercise) in (("s06", "05_two_neurons"), ("s08", "02_one_neuron")):
                continue  # excused, and ill
            cells = list(SOLUTIONS[exercise])
            if exercise == "01_downhill":
                cells += [UPHILL] * (number % 7 == 0) + [COARSE] * (number == 33)
            path = desk / "submissions" / student / f"{exercise}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(notebook(*cells))
            late = {("s03", "01_downhill"): 1, ("s04", "05_two_neurons"): 3}
            days = late.get((student, exercise), 5 if (number, exercise[:2]) == (5, "05") else 0)
            when = IN_TIME.timestamp() + days * 86400
            os.utime(path, (when, when))
    lines = [f"s{number:02},s{number:02}@example.org\n" for number in range(1, 41)]
    (desk / "class.csv").write_text("student,email\n" + "".join(lines))
    (desk / "policy.toml").write_text(POLICY)
    (desk / "overrides.csv").write_text(OVERRIDES)
    shutil.copytree(suite_folder(), desk / "suite")
    (desk / "suite" / "conftest.py").write_text(CORRECTED)


def course(desk: Path, *words: str) -> str:
    """Run a command as the teacher types it, show it, and return what it says."""
    print(f"\n$ course {' '.join(words)}")
    done = subprocess.run(
        [sys.executable, "-m", "course_lib.cli", *words, "--seed", SEED],
        cwd=desk, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(done.stdout + done.stderr)
    assert done.returncode == 0
    return done.stdout


def marks(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {(row["student"], row["exercise"][:2]): row for row in csv.DictReader(file)}


@pytest.mark.long
def test_a_class_of_forty_to_the_last_request(tmp_path: Path) -> None:
    write_class(tmp_path)
    given = ("--roster", "class.csv", "--policy", "policy.toml", "--overrides", "overrides.csv")
    said = course(tmp_path, "grade", "submissions", "--out", "MARKS", *given)
    first = marks(tmp_path / "MARKS")
    assert len(first) == 120
    assert first["s03", "01"]["changes"] == "8 of 8, 1 day late: 7.2."
    assert first["s04", "05"]["changes"].endswith("14 of 14, 3 days late: 9.8.")
    assert "In time by an extension until 2026-11-09 23:59 CET." in first["s05", "05"]["changes"]
    assert (first["s06", "05"]["status"], first["s06", "05"]["score"]) == ("excused", "")
    assert first["s07", "01"]["score"] == "7.5"
    assert first["s08", "02"]["score"] == "6"
    assert first["s28", "01"]["score"] == "7"
    assert first["s33", "01"]["score"] == "6"
    assert "submitted nothing" not in said
    with (tmp_path / "overrides.csv").open("a") as file:
        file.write(REQUEST)
    asked = ("--resume", "--overrides", "overrides.csv")
    course(tmp_path, "grade", "submissions", "--out", "MARKS", *asked)
    answered = marks(tmp_path / "MARKS")
    changed = {key for key in first if first[key]["score"] != answered[key]["score"]}
    assert changed == {("s28", "01")}
    again = (*given, "--suite", "suite", "--against", "MARKS")
    said = course(tmp_path, "grade", "submissions", "--out", "MARKS_2", *again)
    assert "see against.csv" in said
    assert "s33/01_downhill: 6 to 8, the run's suite changed; numerical_slope: 0 (wrong) to" in said
    after = marks(tmp_path / "MARKS_2")
    assert {key for key in first if after[key]["score"] != answered[key]["score"]} == {
        ("s33", "01")
    }
    course(tmp_path, "grade", "submissions", "--out", "MARKS_3", *again)
    assert contents(tmp_path / "MARKS_3") == contents(tmp_path / "MARKS_2")
    for name in ("totals.csv", "against.csv"):
        print(f"\n{name}:\n{(tmp_path / 'MARKS_2' / name).read_text('utf-8')}")
