"""Rosters as systems export them: who is who without a column of the teacher's, or a question."""

from __future__ import annotations

import csv
import unicodedata
from pathlib import Path

import pytest
from grader.members import NOTEBOOK, SOLVED, notebook
from grader.rosters import ANN, CANVAS, GRADES, MOODLE_ANN, SHEET, roster
from grader.runs import course_grade

from course_lib.grading.submissions.owners import Person
from course_lib.grading.submissions.roster import Roster, RosterError

BOTH = (
    "student,First name,Last name,Email address,ID number\n"
    ",Ann,Archer,ann@example.org,901\n"
    ",Ben,Beck,Ben@Example.org,902\n"
    ",Jürgen,Groß,groß@example.org,S-903\n"
)


def key(known: Roster, name: str) -> str:
    """Return the first of the roster's columns of a person that is filled."""
    return next(filter(None, known.people[name].values()))


@pytest.mark.parametrize(
    ("text", "person", "whose"),
    [
        (CANVAS, ANN, "Archer, Ann"),
        (CANVAS, Person("somebody_else_17", "canvas", "17"), "Archer, Ann"),
        (CANVAS, Person("archerann_17"), "Archer, Ann"),
        (CANVAS, Person("AA"), "Archer, Ann"),
        (CANVAS, Person("Ann Archer"), "Archer, Ann"),
        (SHEET, MOODLE_ANN, "Participant 5"),
        (SHEET, Person("Ann Archer_5"), "Participant 5"),
        (SHEET, Person("Participant_5", "moodle", "5", ("Participant",)), "Participant 5"),
        (SHEET, Person("ann@example.org", "gradescope"), "Participant 5"),
        (BOTH, Person("Ann Archer_77", "moodle", "77", ("Ann Archer",)), "Ann"),
        (BOTH, Person("Archer Ann_77", "moodle", "77", ("Archer Ann",)), "Ann"),
        (BOTH, Person("902", "gradescope", "", ("ben@example.org", "B")), "Ben"),
        (BOTH, Person("12", "gradescope", "", ("ben@example.org", "B")), "Ben"),
        (BOTH, Person(unicodedata.normalize("NFC", "Jürgen Groß")), "Jürgen"),
        (BOTH, Person("s903"), "Jürgen"),
        (BOTH, Person("GROß@example.org"), "Jürgen"),
        (unicodedata.normalize("NFD", BOTH), Person("Jürgen Groß"), "Jürgen"),
    ],
)  # fmt: skip
def test_nobody_has_to_add_a_column(tmp_path: Path, text: str, person: Person, whose: str) -> None:
    known = roster(tmp_path, text, person)
    assert key(known, person.name) == whose
    assert known.unknown([person.name]) == []
    assert person.name not in known.missing([person.name])
    assert len(known.missing([person.name])) == len(known.people) - 1


@pytest.mark.parametrize(
    ("text", "person"),
    [
        (CANVAS, Person("archerann_99", "canvas", "99", ("archerann",))),
        (SHEET, Person("Ann Archer_99", "moodle", "99", ("Ann Archer",))),
        (CANVAS, Person("eve")),
    ],
)
def test_somebody_with_another_number_is_not_on_the_roster(
    tmp_path: Path, text: str, person: Person
) -> None:
    """Whoever has another number in the same system is another person, whatever the name."""
    known = roster(tmp_path, text, person)
    assert known.unknown([person.name]) == [person.name]


@pytest.mark.parametrize(
    ("text", "people", "said"),
    [
        (BOTH.replace("Ben,Beck", "Ann,Archer"), [Person("Ann Archer")], "may be"),
        (BOTH, [Person("Ann Archer"), Person("901")], "both"),
        (BOTH, [Person("Ann Archer_1", "moodle", "1", ("Ann Archer",)),
                Person("Ann Archer_2", "moodle", "2", ("Ann Archer",))], "both"),
        (SHEET, [Person("Ben Beck_5", "moodle", "5", ("Ben Beck",)),
                 Person("Ann Archer_7", "moodle", "7", ("Ann Archer",))], "anew in each assignm"),
        ("student,ID\nann,1\nann,2\n", [], "twice"),
        ("name\nx\n", [], "'student'"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_with_a_sentence(
    tmp_path: Path, text: str, people: list[Person], said: str
) -> None:
    with pytest.raises(RosterError, match=said):
        roster(tmp_path, text, *people)


def test_rows_of_nobody_are_no_people(tmp_path: Path) -> None:
    known = roster(tmp_path, CANVAS)
    assert sorted(known.people) == ["Archer, Ann", "Beck, Ben", "Cole (Cat)"]
    assert known.columns == ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    blank = roster(tmp_path, "student,ID\n,\n , \nann,1\n,2\n")
    assert sorted(blank.people) == ["2", "ann"]


def test_one_person_of_two_sections_is_one(tmp_path: Path) -> None:
    lines = CANVAS.splitlines(keepends=True)
    known = roster(tmp_path, "".join([*lines, lines[4].replace("S1", "S2")]), ANN)
    assert sorted(known.people) == ["Beck, Ben", "Cole (Cat)", "archerann_17"]


def test_excels_first_line_and_a_table_of_another_encoding(tmp_path: Path) -> None:
    text = "sep=;\nstudent;ID\nann;1\n"
    assert sorted(roster(tmp_path, text).people) == ["ann"]
    with pytest.raises(RosterError, match="UTF-8"):
        roster(tmp_path, BOTH, encoding="latin-1")
    assert "Ann" in key(roster(tmp_path, GRADES.format("")), "Archer, Ann")


def test_everyone_has_a_row_and_no_mark_but_the_own(tmp_path: Path) -> None:
    """A whole run over Canvas's files and its gradebook as exported."""
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / f"archerann_17_500_{NOTEBOOK}").write_bytes(notebook(*SOLVED))
    (folder / "beckben_LATE_18_501_homework.py").write_bytes(b"")
    listed = tmp_path / "gradebook.csv"
    listed.write_text(CANVAS, encoding="utf-8")
    done = course_grade(folder, tmp_path / "out", "--roster", str(listed))
    assert done.returncode == 1, "Ben's file has no verdict"
    assert "1 submitted nothing: Cole (Cat)." in done.stdout
    assert "not on the roster" not in done.stdout
    assert "beckben_18: homework.py: it is a .py file" in done.stdout
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: (row["status"], row["score"], row["ID"]) for name, row in rows.items()} == {
        "archerann_17": ("graded", "19", "17"),
        "beckben_18": ("unmarked", "", "18"),
        "Cole (Cat)": ("missing", "", "19"),
    }
    assert "submit the notebook" in rows["beckben_18"]["notes"]
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "beckben_18" in report
    assert "Cole (Cat)" in report
    again = course_grade(folder, tmp_path / "named", "--roster", str(listed), "--exercise", "8")
    assert again.returncode == 0, again.stderr
    with (tmp_path / "named" / "grades.csv").open(encoding="utf-8", newline="") as file:
        statuses = {row["student"]: row["status"] for row in csv.DictReader(file)}
    assert statuses == {
        "archerann_17": "graded",
        "beckben_18": "rejected",
        "Cole (Cat)": "missing",
    }


@pytest.mark.parametrize("name", ["99", "08_backward", "14", "x"])
def test_an_exercise_that_there_is_not_is_a_wrong_call(tmp_path: Path, name: str) -> None:
    done = course_grade(tmp_path, tmp_path / "out", "--exercise", name)
    assert done.returncode == 2
    assert ("a laboratory" in done.stderr) == (name == "14")
    assert not (tmp_path / "out").exists()
