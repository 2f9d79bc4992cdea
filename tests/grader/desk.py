"""A teacher's desk: a class's zip of Canvas's, the gradebook, a policy and overrides."""

from __future__ import annotations

import zipfile
from pathlib import Path

from grader.members import SOLUTIONS, notebook
from grader.runs import SEED, course_grade

EXERCISE = "01_downhill"
POINTS = 8
WRONG = "def update_weight(w, slope, learning_rate):\n    return w + learning_rate * slope"
BOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Exercise 1 (99),Exam (97)
    Points Possible,,,,,8,100
"Archer, Ann",17,A1,aa,S1,,50
"Beck, Ben",18,B2,bb,S1,,60
"Cole, Cat",19,C3,cc,S1,3,70
"Dunn, Dan",20,D4,dd,S1,,80
"""
POLICY = """\
timezone = "UTC"
[exercise.01]
due = 2026-11-02T22:00:00
late = { each = "1 day", minus = "5 %" }
[student.bb]
submitted = { 01 = 2026-11-04T10:00:00 }
[student.dd]
excused = ["01"]
"""
HEAD = "student,exercise,question,points,comment,reason,who,when\n"
OVERRIDES = HEAD + "aa,01,update_weight,1,One sign only.,a request,me,2026-11-10\n"
MORE = ("--seed", SEED, "--jobs", "1", "--exercise", "01", "--timeout", "3")


def write_zip(path: Path, **works: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in works.items():
            archive.writestr(f"{name}_{EXERCISE}.ipynb", raw)
    return path


def write_desk(folder: Path) -> Path:
    """Write the files that a teacher has, and return their folder."""
    solved = SOLUTIONS[EXERCISE]
    works = {
        "archerann_17_501": notebook(*solved, WRONG),
        "beckben_LATE_18_502": notebook(*solved),
    }
    write_zip(folder / "submissions.zip", **works)
    write_zip(folder / "again.zip", **(works | {"archerann_17_501": notebook(*solved)}))
    (folder / "gradebook.csv").write_text(BOOK)
    (folder / "policy.toml").write_text(POLICY)
    (folder / "overrides.csv").write_text(OVERRIDES)
    return folder


def grade(desk: Path, out: str, *more: str, work: str = "submissions.zip") -> str:
    """Mark, and return what is said."""
    roster = ("--roster", str(desk / "gradebook.csv"))
    done = course_grade(desk / work, desk / out, *roster, *MORE, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
