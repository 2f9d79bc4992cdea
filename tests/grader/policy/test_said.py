"""What a run says of a class: late files, an exercise that one person submitted, lost decisions."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from grader.members import SOLUTIONS, notebook
from grader.runs import LIMITS, SEED, course_grade, outcomes

from course_lib.grading import run
from course_lib.grading.errors import CallError
from course_lib.grading.options import Options
from course_lib.grading.plan import Plan

ONE, TWO = "01_downhill", "02_one_neuron"
PEOPLE = {"archerann": 17, "beckben_LATE": 18, "colecat": 19, "engeva": 21, "foxfay": 22}
POLICY = """\
timezone = "UTC"
[exercise.01]
due = 2026-11-02T22:00:00
late = { each = "1 day", minus = "5 %" }
"""
SUBMITTED = "[student.beckben_18]\nsubmitted = { 01 = 2026-11-03T10:00:00 }\n"
HEAD = "student,exercise,question,points\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A class of six: one file is broken, one late, one for another exercise."""
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for name, number in PEOPLE.items():
            raw = notebook(*SOLUTIONS[ONE]) if name != "colecat" else b"{"
            archive.writestr(f"{name}_{number}_5{number}_{ONE}.ipynb", raw)
        archive.writestr(f"dunndan_20_520_{TWO}.ipynb", notebook(*SOLUTIONS[TWO]))
    return tmp_path


def prepared(desk: Path, policy: str = "", roster: str = "", *exercises: str) -> Plan:
    """Prepare a run; nothing is marked."""
    given: dict[str, Path] = {}
    for name, text in (("policy", policy), ("roster", roster)):
        if text:
            given[name] = desk / name
            given[name].write_text(text)
    return run.prepare(Options(desk / "class.zip", desk / "out", exercises=exercises, **given))  # type: ignore[arg-type]


def test_an_exercise_that_one_person_submitted_is_said(desk: Path) -> None:
    said = f"{TWO} was submitted by dunndan_20 alone"
    assert said in " ".join(prepared(desk).messages)
    assert said not in " ".join(prepared(desk, "[exercise.02]\nweight = 1\n").messages)
    assert said not in " ".join(prepared(desk, "", "", "01").messages)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("", "nothing comes off, because no policy has a due date"),
        (POLICY, "Look the time up in Canvas"),
    ],
)
def test_who_is_late_on_canvas_is_said_until_a_time_is_known(
    desk: Path, policy: str, said: str
) -> None:
    [line] = [text for text in prepared(desk, policy).messages if "late on Canvas" in text]
    assert line.startswith(f"1 late on Canvas: beckben_18/{ONE}: ")
    assert said in line
    assert "late on Canvas" not in " ".join(prepared(desk, POLICY + SUBMITTED).messages)


def test_a_roster_of_which_nobody_submitted_anything_is_refused(desk: Path) -> None:
    with pytest.raises(CallError, match=r"Teilnehmer 5.*archerann_17.*in English"):
        prepared(desk, "", "ID-Nummer,Identifier,Name\n5,Teilnehmer 5,\n")
    assert prepared(desk, "", "student\nfoxfay_22\n").roster.people


@pytest.mark.long
def test_a_run_goes_on_with_the_exercises_and_decisions_that_it_has(desk: Path) -> None:
    def grade(*more: str | Path) -> tuple[int, str]:
        where = (desk / "class.zip", desk / "out", *LIMITS, "--seed", SEED)
        done = course_grade(*where, *map(str, more))  # type: ignore[arg-type]
        return done.returncode, done.stdout + done.stderr

    status, said = grade("--exercise", "01")
    assert status == 1, "the file for another exercise has no verdict"
    assert "rejected (0 points, nothing in the file was run" in said
    assert f"grades.csv): colecat_19/{ONE}." in said
    status, said = grade("--resume")
    assert (status, "it belongs to 02_one_neuron" in said) == (1, True)
    assert {outcome["exercise"] for outcome in outcomes(desk / "out").values()} == {ONE}
    status, said = grade("--resume", "--exercise", "02")
    assert status == 2
    assert f"exercises was ['{ONE}'] and is ['{TWO}'] now" in said

    first, second = desk / "first.csv", desk / "second.csv"
    first.write_text(HEAD + "engeva_21,01,update_weight,1\n")
    second.write_text(HEAD + "foxfay_22,01,update_weight,1\n")
    assert "undone" not in grade("--resume", "--overrides", first)[1]
    assert "undone" not in grade("--resume", "--overrides", first, "--overrides", second)[1]
    said = grade("--resume", "--overrides", second)[1]
    assert (
        f"1 override of before undone, because no --overrides holds it now: engeva_21/{ONE}" in said
    )
    second.write_text(first.read_text().replace(",1\n", ",0\n"))
    status, said = grade("--resume", "--overrides", first, "--overrides", second)
    assert status == 2
    assert "second.csv, line 2: " in said
    assert "decides the same mark in another way" in said
