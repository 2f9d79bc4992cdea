"""What a teacher reads about a whole class: the report, a roster, a comparison with before."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from grader.members import DENSE, EXERCISE, MEMBERS, WRONG, Member, notebook, write_class
from grader.runs import LIMITS, SEED, course_grade, outcomes

from course_lib.grading.results import class_report, comparison
from course_lib.grading.submissions import roster


def test_the_report_counts_what_the_journal_holds(marked: tuple[Path, str]) -> None:
    page = (marked[0] / "report.html").read_text(encoding="utf-8")
    records = outcomes(marked[0]).values()
    assert f"{len(MEMBERS)} notebooks" in page
    complete = sum(record["score"] == record["max_score"] for record in records)
    assert f"{complete} complete" in page
    transposed = sum(
        "B01" in question["mistakes"]
        for record in records
        for question in record["questions"]
        if question["name"] == "dense_backward"
    )
    assert transposed >= 1
    row = rf"<tr><td>{transposed} of {len(MEMBERS)}</td><td[^>]*><code>dense_backward</code><br>"
    assert re.search(row, page)
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)


def test_the_report_is_the_same_each_time(marked: tuple[Path, str]) -> None:
    records = [record for _, record in sorted(outcomes(marked[0]).items())]
    first, second = (class_report.page(records, "full", "") for _ in range(2))
    assert first == second


def test_one_notebook_is_no_plural(marked: tuple[Path, str]) -> None:
    records = list(outcomes(marked[0]).values())[:1]
    page = class_report.page(records, "full", "")
    assert "<p>1 notebook, 1 student." in page
    assert "1 notebooks" not in page


def test_the_hardest_question_comes_first(marked: tuple[Path, str]) -> None:
    records = list(outcomes(marked[0]).values())
    means = {}
    for record in records:
        for question in record["questions"]:
            share = question["score"] / question["max_score"]
            means.setdefault(question["name"], []).append(share)
    order = sorted(means, key=lambda name: sum(means[name]) / len(means[name]))
    page = class_report.page(records, "full", "")
    table = page[page.index("the hardest first") :]
    places = [table.index(f"<td>{name}</td>") for name in order]
    assert places[0] == min(places)


def test_a_roster_names_who_is_missing_and_who_is_unknown(
    classroom: Path, marked: tuple[Path, str], tmp_path: Path
) -> None:
    shutil.copytree(marked[0], tmp_path / "out")
    listed = tmp_path / "roster.csv"
    listed.write_text("student,ID,name\nright,17,Ann Lee\nabsent,18,=Ben\n", encoding="utf-8")
    more = ("--seed", SEED, *LIMITS, "--resume", "--roster", str(listed))
    old = ("--against", str(marked[0]))
    done = course_grade(classroom, tmp_path / "out", *more, *old)
    assert done.returncode == 0, done.stderr
    assert "1 submitted nothing: absent." in done.stdout
    assert f"{len(MEMBERS) - 1} not on the roster" in done.stdout
    assert "0 marks differ" in done.stdout
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert (rows["right"]["ID"], rows["right"]["name"]) == ("17", "Ann Lee")
    assert rows["empty"]["ID"] == ""
    absent = rows["absent"]
    assert (absent["status"], absent["score"], absent["ID"]) == ("missing", "", "18")


@pytest.mark.parametrize(
    ("text", "said"),
    [("name\nx\n", "'student'"), ("", "'student'"), ("student\na\na\n", "twice")],
)
def test_a_roster_that_cannot_be_used_says_why(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(roster.RosterError, match=said):
        roster.Roster.read(path)


def one(student: str, score: float, status: str = "graded", submission: str = "a") -> dict:
    """Return a small outcome."""
    question = {"name": "f", "score": score, "status": "right" if score else "wrong"}
    return {
        "student": student,
        "exercise": EXERCISE,
        "score": score,
        "status": status,
        "submission": submission,
        "questions": [question],
    }


def test_a_comparison_says_which_marks_changed_and_why() -> None:
    before = {("ann", EXERCISE): one("ann", 0), ("ben", EXERCISE): one("ben", 1)}
    before[("dan", EXERCISE)] = one("dan", 1)
    after = [one("ann", 1, submission="b"), one("ben", 1), one("eve", 0)]
    runs = {"suite": "1", "slowness": 1.0}, {"suite": "2", "slowness": 1.5}
    rows = comparison.compare(before, after, *runs)
    assert [row["student"] for row in rows] == ["ann", "dan", "eve"]
    assert rows[0]["why"] == "the file changed; the run's suite changed; f: 0 (wrong) to 1 (right)"
    assert rows[1]["why"] == "it has no mark now"
    assert rows[2]["why"] == "it had no mark before"
    assert len(list(csv.DictReader(comparison.table(rows).splitlines()))) == 3


def test_a_comparison_with_nothing_is_refused(classroom: Path, tmp_path: Path) -> None:
    done = course_grade(classroom, tmp_path / "out", "--against", str(tmp_path))
    assert done.returncode == 2
    assert "no results to compare with" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.long
def test_pseudonyms_keep_names_out_of_every_file_but_one(tmp_path: Path) -> None:
    class_of_two = [Member("anneliese"), Member("bartholomew", (DENSE + WRONG,))]
    write_class(tmp_path / "in", class_of_two)
    # An earlier attempt, whose file has the name in it, and somebody who is in the old run alone.
    earlier = tmp_path / "in" / "anneliese" / "08_backward_pass_anneliese.ipynb"
    earlier.write_bytes(notebook())
    os.utime(earlier, (0, 0))
    old = tmp_path / "old"
    write_class(tmp_path / "before", [Member("anneliese", (DENSE + WRONG,)), Member("theodora")])
    done = course_grade(tmp_path / "before", old, "--seed", SEED, "--jobs", "1")
    assert done.returncode == 0, done.stderr
    listed = tmp_path / "roster.csv"
    listed.write_text("student,ID,Identifier,last_name\nanneliese,1,2,Anneliese\nkunigunde,,,\n")
    out = tmp_path / "out"
    more = ("--pseudonyms", "--similar", "--roster", str(listed), "--against", str(old))
    done = course_grade(tmp_path / "in", out, "--seed", SEED, "--jobs", "1", *more)
    assert done.returncode == 0, done.stderr
    for path in out.rglob("*"):
        for name in ("anneliese", "bartholomew", "theodora", "kunigunde"):
            assert name not in str(path).lower()
            if path.is_file() and path.name != "pseudonyms.csv":
                assert name not in path.read_text(encoding="utf-8").lower(), path
    with (out / "pseudonyms.csv").open(encoding="utf-8", newline="") as file:
        known = {row["student"]: row["pseudonym"] for row in csv.DictReader(file)}
    assert set(known) == {"anneliese", "bartholomew", "theodora", "kunigunde"}
    with (out / "against.csv").open(encoding="utf-8", newline="") as file:
        changed = {row["student"]: row["why"] for row in csv.DictReader(file)}
    assert set(changed) == set(known.values()) - {known["kunigunde"]}
    assert "dense_backward: 0 (wrong) to 5 (right)" in changed[known["anneliese"]]
    page = out / "feedback" / known["anneliese"] / f"{EXERCISE}.html"
    assert "Not marked: file 1." in page.read_text(encoding="utf-8")
    lines = (out / "results.jsonl").read_text(encoding="utf-8").splitlines()
    scores = {record["student"]: record["score"] for record in map(json.loads, lines)}
    assert scores[known["anneliese"]] > scores[known["bartholomew"]]
