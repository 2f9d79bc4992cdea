"""A class from a zip of Canvas's to marks in Canvas: late, extended, overridden, marked again."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from grader import importers
from grader.desk import EXERCISE, HEAD, MORE, POINTS, POLICY, grade, write_desk
from grader.runs import contents, course_grade


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a teacher has."""
    return write_desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def marked(desk: Path) -> Path:
    """The first marks."""
    policy = ("--policy", str(desk / "policy.toml"), "--overrides", str(desk / "overrides.csv"))
    said = grade(desk, "marks", *policy)
    assert "1 submitted nothing: Cole, Cat." in said, "Dunn is excused"
    assert "Not marked (excused): Dunn, Dan/01_downhill: " in said
    return desk / "marks"


def rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def pages(out: Path) -> dict[str, str]:
    return {path.parent.name: path.read_text("utf-8") for path in out.glob("feedback/*/*.html")}


@pytest.mark.long
def test_every_output_shows_what_was_computed_and_what_became_of_it(marked: Path) -> None:
    table = rows(marked / "grades.csv")
    names = ("archerann_17", "beckben_18", "Cole, Cat", "Dunn, Dan")
    ann, ben, cat, dan = (table[name] for name in names)
    assert (float(ann["computed"]), float(ann["score"])) == (POINTS - 1, POINTS)
    assert ann["time_from"] == "Canvas: not late"
    assert "update_weight 1 (a request, me, 2026-11-10)" in ann["overrides"]
    assert (ben["score"], ben["time_from"]) == ("7.2", "policy")
    assert ben["changes"] == "8 of 8, 2 days late: 7.2."
    assert (cat["status"], cat["score"]) == ("missing", "")
    assert (dan["status"], dan["score"]) == ("excused", "")
    page = pages(marked)
    assert "One sign only." in page["archerann_17"]
    assert "return w + learning_rate * slope" in page["archerann_17"]
    assert "8 of 8, 2 days late: 7.2." in page["beckben_18"]
    assert "8 of 8, 2 days late: 7.2." in (marked / "report.html").read_text("utf-8")
    results = json.loads((marked / f"gradescope/beckben_18/{EXERCISE}/results.json").read_text())
    assert results["score"] == 7.2
    assert "2 days late" in results["output"]
    audit = [json.loads(line) for line in (marked / "audit.jsonl").read_text().splitlines()]
    assert [(entry["student"], entry["computed"], entry["score"]) for entry in audit] == [
        ("archerann_17", 7, 8),
        ("beckben_18", 8, 7.2),
    ]
    assert (marked / "missing.csv").read_text() == f'student,exercise\n"Cole, Cat",{EXERCISE}\n'
    totals = rows(marked / "totals.csv")
    assert totals["beckben_18"]["total_percent"] == "90"
    assert totals["Dunn, Dan"][EXERCISE] == "excused"


@pytest.mark.long
def test_canvas_takes_the_marks_and_the_feedback(marked: Path) -> None:
    held = {17: {"Exercise 1 (99)": ""}, 18: {"Exercise 1 (99)": ""}}
    held |= {19: {"Exercise 1 (99)": "3"}, 20: {"Exercise 1 (99)": ""}}
    after = importers.canvas((marked / "canvas.csv").read_text(), held)
    scores = {student: row["Exercise 1 (99)"] for student, row in after.items()}
    assert scores == {17: "8", 18: "7.2", 19: "3", 20: "EX"}
    with zipfile.ZipFile(marked / f"canvas/{EXERCISE}.zip") as archive:
        names = archive.namelist()
        assert b"One sign only." in archive.read(names[0])
    assert [importers.canvas_comment(name) for name in names] == [(17, 501), (18, 502)]


@pytest.mark.long
def test_everything_again_is_byte_identical(desk: Path, marked: Path) -> None:
    policy = ("--policy", str(desk / "policy.toml"), "--overrides", str(desk / "overrides.csv"))
    grade(desk, "second", *policy)
    assert contents(desk / "second") == contents(marked)
    grade(desk, "second", "--resume")  # the policy and the overrides are those of the folder
    assert contents(desk / "second") == contents(marked)


@pytest.mark.long
def test_a_later_run_says_what_changed_and_why(desk: Path, marked: Path) -> None:
    (desk / "policy-2.toml").write_text(POLICY.replace("5 %", "10 %"))
    policy = ("--policy", str(desk / "policy-2.toml"), "--overrides", str(desk / "overrides.csv"))
    said = grade(desk, "third", "--against", str(marked), *policy, work="again.zip")
    changed = rows(desk / "third" / "against.csv")
    assert set(changed) == {"beckben_18"}, "ann's override keeps her mark"
    assert changed["beckben_18"]["why"] == "policy: 8 of 8, 2 days late: 6.4"
    assert (
        "archerann_17/01_downhill: the override is kept, and the mark beneath has changed: " in said
    )
    assert "update_weight was 0 and is 1" in said
    (desk / "none.csv").write_text(HEAD)
    without = ("--policy", str(desk / "policy.toml"), "--overrides", str(desk / "none.csv"))
    grade(desk, "fourth", "--against", str(marked), *without)
    [row] = rows(desk / "fourth" / "against.csv").values()
    assert row["why"].startswith("override withdrawn: update_weight 1 (a request")
    grade(desk, "fifth", "--against", str(desk / "fourth"), *without, work="again.zip")
    [row] = rows(desk / "fifth" / "against.csv").values()
    assert row["why"] == "the file changed; update_weight: 0 (wrong) to 1 (right)"
    lines = (desk / "fifth" / "against.diff").read_text().splitlines()
    assert "-    return w + learning_rate * slope" in lines
    assert not [line for line in lines if line.startswith("+ ")]


@pytest.mark.long
def test_one_student_is_marked_again_in_the_same_folder(desk: Path, marked: Path) -> None:
    shutil.copytree(marked, desk / "only")
    ben = pages(desk / "only")["beckben_18"]
    said = grade(desk, "only", "--only", "aa", work="again.zip")
    assert "0 marks differ" in said
    assert "update_weight was 0 and is 1" in said
    assert float(rows(desk / "only" / "grades.csv")["archerann_17"]["computed"]) == POINTS
    assert pages(desk / "only")["beckben_18"] == ben
    done = course_grade(desk / "again.zip", desk / "only", "--only", "eve", *MORE)
    assert done.returncode == 2
    assert "no student is called 'eve'" in done.stderr


@pytest.mark.long
def test_a_mark_that_was_changed_by_hand_is_kept_aside_and_said(desk: Path, marked: Path) -> None:
    out = desk / "by-hand"
    shutil.copytree(marked, out)
    before = contents(out)
    changed = (out / "grades.csv").read_text().replace("7.2", "8.0")
    (out / "grades.csv").write_text(changed)
    said = grade(desk, "by-hand", "--resume")
    assert "grades.csv was changed by hand since it was written: that file is kept as" in said
    after = contents(out)
    assert after.pop("grades.csv.kept").decode() == changed
    assert after == before
    (out / "grades.csv").write_text(changed)
    grade(desk, "by-hand", "--resume")
    assert contents(out).keys() - before.keys() == {"grades.csv.kept", "grades.csv.kept-2"}


@pytest.mark.long
def test_with_pseudonyms_decisions_go_on_by_either_name(desk: Path) -> None:
    """Tables of a run name pseudonyms; the policy, with people's names, is not kept."""
    first = ("--policy", str(desk / "policy.toml"), "--overrides", str(desk / "overrides.csv"))
    grade(desk, "unnamed", "--pseudonyms", *first)
    out = desk / "unnamed"
    before, written = rows(out / "grades.csv"), (out / "overrides.csv").read_text()
    assert "archer" not in written
    given = ("--pseudonyms", "--resume", "--policy", str(desk / "policy.toml"))
    grade(desk, "unnamed", *given)
    assert rows(out / "grades.csv") == before
    assert (out / "overrides.csv").read_text() == written, "the mark beneath is remembered"
    grade(desk, "unnamed", *given, "--overrides", str(desk / "overrides.csv"))
    assert (out / "overrides.csv").read_text() == written
    [who] = [row.partition(",")[0] for row in written.splitlines()[1:]]
    grade(desk, "unnamed", *given, "--only", who)
    assert rows(out / "grades.csv") == before
    roster = ("--roster", str(desk / "gradebook.csv"))
    asked = course_grade(desk / "submissions.zip", out, *roster, *MORE, "--pseudonyms", "--resume")
    assert asked.returncode != 0
    assert "policy was True and is not given now" in asked.stderr
    assert rows(out / "grades.csv") == before
