"""The way back: Canvas's and Moodle's importers take the tables, and clear no mark of anybody's."""

from __future__ import annotations

from pathlib import Path

import pytest
from grader import importers
from grader.journal import outcome
from grader.rosters import ANN, CANVAS, GRADES, MOODLE_ANN, SHEET, roster

from course_lib.grading.export import gradebooks
from course_lib.grading.submissions.owners import Person

EIGHT, FIVE = "08_backward_pass", "05_two_neurons"
HELD = {
    17: {"Exercise 5 (98)": "3.5", "Exercise 8 (99)": "", "Exam (97)": "50"},
    18: {"Exercise 5 (98)": "", "Exercise 8 (99)": "12.25", "Exam (97)": "60"},
    19: {"Exercise 5 (98)": "", "Exercise 8 (99)": "", "Exam (97)": ""},
    20: {"Exercise 5 (98)": "", "Exercise 8 (99)": "", "Exam (97)": ""},
}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_canvas_takes_its_own_gradebook_back(tmp_path: Path, mark: str, encoding: str) -> None:
    text = CANVAS if mark == "," else _separated(CANVAS, mark)
    known = roster(tmp_path, text, ANN, encoding=encoding)
    files = gradebooks.gradebooks([outcome(ANN.name, score=7.5)], known)
    after = importers.canvas(files["canvas.csv"], HELD)
    assert after[17].pop("Exercise 8 (99)") == "7.5"
    assert after[19].pop("Exercise 8 (99)") in ("", "N/A")
    for student, scores in after.items():
        assert scores.items() <= HELD[student].items(), "no other mark was touched"


def _separated(text: str, mark: str) -> str:
    import csv
    import io

    made = io.StringIO()
    csv.writer(made, delimiter=mark).writerows(csv.reader(io.StringIO(text)))
    return made.getvalue()


def test_rows_that_are_no_students_stay_as_they_are(tmp_path: Path) -> None:
    known = roster(tmp_path, CANVAS, ANN)
    lines = gradebooks.gradebooks([outcome(ANN.name)], known)["canvas.csv"].splitlines()
    assert lines[0] == "Student,ID,SIS User ID,SIS Login ID,Section,Exercise 8 (99)"
    assert lines[1:3] == [",,,,,", "    Points Possible,,,,,19"]
    assert lines[4] == '"Beck, Ben",18,B2,bb,S1,12.25'
    assert lines[5] == "Cole (Cat),19,,cc,S2,N/A"
    assert lines[6] == '"Student, Test",20,,tt,S1,'
    assert known.missing([ANN.name]) == ["Beck, Ben", "Cole (Cat)"]


@pytest.mark.parametrize(
    "old",
    ["Exercise 8 (99)", "08_backward_pass (99)", "The backward pass (99)", "Homework 08 (99)"],
)
def test_the_column_of_an_exercise_is_found_by_its_title(tmp_path: Path, old: str) -> None:
    known = roster(tmp_path, CANVAS.replace("Exercise 8 (99)", old), ANN)
    assert gradebooks.column_of(EIGHT, known) == old


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Exercise 8 (99)", "Exercise 9 (99)"),
        ("Exercise 8 (99)", "Week 8 sheet 3 (99)"),
        ("14,19,100", "14,18,100"),
        ("Exercise 5 (98)", "Exercise 8 (98)"),
        ("14,19,100", "14,(read only),100"),
        ("Exercise 8 (99)", "Exercise 8 Final Score"),
    ],
)
def test_a_column_that_may_be_anothers_is_not_written(tmp_path: Path, old: str, new: str) -> None:
    text = CANVAS.replace(old, new)
    if new == "Exercise 8 (98)":
        text = text.replace("14,19,100", "19,19,100")
    known = roster(tmp_path, text, ANN)
    assert gradebooks.column_of(EIGHT, known) == ""
    assert "Canvas will ask" in " ".join(gradebooks.notes([EIGHT], known))
    after = importers.canvas(gradebooks.gradebooks([outcome(ANN.name)], known)["canvas.csv"], HELD)
    assert after[17].pop(EIGHT) == "1"
    assert after == HELD


def test_a_column_with_other_points_is_named_with_both(tmp_path: Path) -> None:
    known = roster(tmp_path, CANVAS.replace("14,19,100", "14,20,100"), ANN)
    [said] = gradebooks.notes([EIGHT], known)
    assert "'Exercise 8 (99)' of the gradebook has 20 points, and 08_backward_pass has 19" in said
    assert "`points` in a policy" in said


def test_with_several_exercises_no_cell_is_blank(tmp_path: Path) -> None:
    """Ann has submitted both, Ben one: a blank cell of his would clear what Canvas holds."""
    ben = Person("beckben_18", "canvas", "18", ("beckben",))
    text = "\n".join(line.rsplit(",", 4)[0] for line in CANVAS.splitlines())
    known = roster(tmp_path, text, ANN, ben)
    marks = [outcome(ANN.name), outcome(ANN.name, exercise=FIVE), outcome(ben.name)]
    files = gradebooks.gradebooks(marks, known)
    assert {name for name in files if name.startswith("canvas")} == {
        f"canvas_{EIGHT}.csv",
        f"canvas_{FIVE}.csv",
    }
    held = {number: {EIGHT: "2", FIVE: "2"} for number in HELD}
    after = importers.canvas(files[f"canvas_{FIVE}.csv"], held)
    after = importers.canvas(files[f"canvas_{EIGHT}.csv"], after)
    assert after == {17: {EIGHT: "1", FIVE: "1"}, 18: {EIGHT: "1", FIVE: "2"}} | {
        number: held[number] for number in (19, 20)
    }


def test_who_is_excused_is_excused_in_canvas_and_no_other_mark_changes(tmp_path: Path) -> None:
    known = roster(tmp_path, CANVAS, ANN)
    excused = {(ANN.name, FIVE), ("Beck, Ben", EIGHT)}
    files = gradebooks.gradebooks([outcome(ANN.name, score=7.5)], known, excused=excused)
    after = importers.canvas(files["canvas.csv"], HELD)
    assert (after[17]["Exercise 8 (99)"], after[17]["Exercise 5 (98)"]) == ("7.5", "EX")
    assert after[18] == HELD[18] | {"Exercise 8 (99)": "EX"}
    # Without a column of the gradebook, there is a row for those with a mark or an excuse.
    text = "\n".join(line.rsplit(",", 4)[0] for line in CANVAS.splitlines())
    files = gradebooks.gradebooks([outcome(ANN.name)], roster(tmp_path, text, ANN), excused=excused)
    after = importers.canvas(files["canvas.csv"], {number: {} for number in HELD})
    assert after == {17: {EIGHT: "1"}, 18: {EIGHT: "EX"}, 19: {}, 20: {}}
    assert "EX" not in files["nbgrader.csv"]


def test_what_has_no_mark_yet_is_no_zero_anywhere(tmp_path: Path) -> None:
    known = roster(tmp_path, CANVAS, ANN)
    files = gradebooks.gradebooks([outcome(ANN.name, status="unmarked", score=0)], known)
    for name, text in files.items():
        assert "archerann" not in text
        assert not name.startswith("canvas") or importers.canvas(text, HELD) == HELD


# --- Moodle ---------------------------------------------------------------------------------------

HELD_SHEET = {
    5: {"grade": "", "comment": "", "modified": "-"},
    6: {"grade": "12", "comment": "Well done", "modified": "Friday, 6 November 2026, 1:00 PM"},
    7: {"grade": "", "comment": "", "modified": "-"},
}


@pytest.mark.parametrize("feedback", ["score", "symptom", "named"])
def test_moodle_takes_its_own_worksheet_back(tmp_path: Path, feedback: str) -> None:
    known = roster(tmp_path, SHEET, MOODLE_ANN)
    files = gradebooks.gradebooks([outcome(MOODLE_ANN.name, score=7.5)], known, feedback)
    after = importers.worksheet(files[f"moodle/{EIGHT}.csv"], HELD_SHEET, most=19)
    ann = after.pop(5)
    assert ann["grade"] == "7.5"
    assert "7.5 of 2 points" in ann["comment"]
    assert ("db is 11 times too large." in ann["comment"]) == (feedback != "score")
    assert ("The mean was taken twice." in ann["comment"]) == (feedback == "named")
    assert after == {number: HELD_SHEET[number] for number in (6, 7)}


def test_a_mark_that_was_changed_in_moodle_meanwhile_stays(tmp_path: Path) -> None:
    known = roster(tmp_path, SHEET, MOODLE_ANN)
    table = gradebooks.worksheet([outcome(MOODLE_ANN.name)], known, EIGHT)
    held = HELD_SHEET | {5: {"grade": "3", "comment": "By hand", "modified": "Today"}}
    assert importers.worksheet(table, held) == held


def test_a_comment_holds_no_markup_of_a_students(tmp_path: Path) -> None:
    record = outcome(MOODLE_ANN.name, notes=["<script>alert(1)</script>"], score=0)
    table = gradebooks.worksheet([record], roster(tmp_path, SHEET, MOODLE_ANN), EIGHT)
    assert "<script" not in table
    assert "&lt;script&gt;" in table


def test_a_table_with_identifiers_alone_becomes_a_whole_worksheet(tmp_path: Path) -> None:
    text = "student,Identifier\nann,Participant 5\nben,\n"
    known = roster(tmp_path, text, Person("ann"), Person("ben"))
    table = gradebooks.worksheet([outcome("ann"), outcome("ben")], known, EIGHT)
    after = importers.worksheet(table, HELD_SHEET)
    assert after[5]["grade"] == "1"
    assert after[6] == HELD_SHEET[6]


def test_another_maximum_is_said(tmp_path: Path) -> None:
    known = roster(tmp_path, SHEET.replace("19.00", "100.00"), MOODLE_ANN)
    [said] = gradebooks.notes([EIGHT], known)
    assert "100.00" in said
    assert "19 points" in said
    assert gradebooks.notes([EIGHT], roster(tmp_path, SHEET, MOODLE_ANN)) == []


PEOPLE = {
    "ann": {"number": "901", "email": "ann@example.org", EIGHT: "4"},
    "ben": {"number": "902", "email": "ben@example.org", EIGHT: "12"},
    "cat": {"number": "903", "email": "cat@example.org", EIGHT: "5"},
}


@pytest.mark.parametrize("number", ["901", ""])
def test_moodles_gradebook_takes_marks_for_the_right_people(tmp_path: Path, number: str) -> None:
    ben = Person("Ben Beck_18", "moodle", "18", ("Ben Beck",))
    ann = Person("Ann Archer_17", "moodle", "17", ("Ann Archer",))
    known = roster(tmp_path, GRADES.format(number), ann, ben)
    marks = [outcome(ann.name, score=2), outcome(ben.name, score=1)]
    table = gradebooks.gradebooks(marks, known)["moodle.csv"]
    header = table.splitlines()[0].split(",")
    assert ("ID number" in header) == bool(number), "a row without it would be of the one before"
    for by, field in {"ID number": "number", "Email address": "email"}.items():
        if by in header:
            after = importers.gradebook(table, by, field, PEOPLE)
            assert {student: about[EIGHT] for student, about in after.items()} == {
                "ann": "2",
                "ben": "1",
                "cat": "5",
            }


def test_the_readers_refuse_what_the_systems_refuse() -> None:
    """A reader that takes everything would prove nothing."""
    with pytest.raises(importers.RefusedError):
        importers.canvas("Name,ID,Section,x\n,,,\n", {})
    with pytest.raises(importers.RefusedError):
        importers.canvas("Student,ID,Section,x\nAnn,1,S,1\n", {})
    with pytest.raises(importers.RefusedError):
        importers.worksheet("Identifier,Grade\nParticipant 5,1\n", HELD_SHEET)
    cleared = importers.canvas("Student,ID,Section,Exam (97)\nAnn,17,S,\n", HELD)
    assert cleared[17]["Exam (97)"] == ""
    table = f"Email address,{EIGHT}\nann@example.org,1\n,2\n"
    assert importers.gradebook(table, "Email address", "email", PEOPLE)["ann"][EIGHT] == "2"
