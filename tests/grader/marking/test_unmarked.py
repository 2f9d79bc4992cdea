"""No student without a row: where the grader itself fails, a question is unmarked and listed."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from grader.private_variant import NAME, RIGHT, TEMPLATE, completed, course

from course_lib.checks import find
from course_lib.checks.marking import mark_question
from course_lib.checks.notebook.check import check
from course_lib.grading.export.gradebooks import gradebooks
from course_lib.grading.marking.judge import Marked, given_up
from course_lib.grading.marking.worker_pool import JudgeHandle, share_out
from course_lib.grading.sandbox.worker_client import Budget
from course_lib.grading.submissions.ingest import Submission
from course_lib.grading.submissions.roster import Roster

FAULT = "raise ZeroDivisionError('planted')"
PLANTED = {
    "reference": ("reference.py", "    return da / (1 + np.abs(z)) ** 2\n"),
    "fixture": ("softsign_backward.py", "    size = (fixture.widths[1], fixture.n)\n"),
}
STUDENTS = {"ann": RIGHT, "ben": {**RIGHT, "softsign_backward": "    return da\n"}}


@pytest.fixture(
    scope="module", params=["reference", pytest.param("fixture", marks=pytest.mark.long)]
)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A class of two, marked with a question that fails by itself; what the run printed."""
    base = tmp_path_factory.mktemp("planted")
    source = base / "my_class"
    shutil.copytree(TEMPLATE, source, ignore=shutil.ignore_patterns("__pycache__"))
    course("release", "--source", source)
    for student, answers in STUDENTS.items():
        (base / "in" / student).mkdir(parents=True)
        (base / "in" / student / NAME).write_text(completed(source, answers), "utf-8")
    name, right = PLANTED[request.param]
    place = source / "checks" / "ex08_columns" / name
    text = place.read_text("utf-8")
    assert right in text
    place.write_text(text.replace(right, f"    {FAULT}\n"), "utf-8")
    said = course("grade", base / "in", "--source", source, "--out", base / "out", status=1)
    return base, said


def test_every_student_has_a_row_that_says_what_is_missing(run) -> None:
    rows = list(csv.DictReader(io.StringIO((run[0] / "out/grades.csv").read_text("utf-8"))))
    assert [row["student"] for row in rows] == sorted(STUDENTS)
    for row in rows:
        # No final mark before a person has marked the rest; what was computed is not lost.
        assert (row["status"], row["score"], row["max_score"]) == ("unmarked", "", "7")
        assert row["computed"] == "5"
        assert row["questions"] == "dense_backward_columns 5/5; softsign_backward unmarked"
        assert "by hand: softsign_backward" in row["notes"]


def test_every_output_lists_it_and_no_student_reads_a_traceback(run) -> None:
    out = run[0] / "out"
    for student in STUDENTS:
        page = (out / "feedback" / student / "08_columns.html").read_text("utf-8")
        scope = json.loads((out / "gradescope" / student / "08_columns/results.json").read_text())
        tests = {test["name"]: test for test in scope["tests"]}
        for text in (page, tests["softsign_backward"]["output"]):
            assert "not your mistake" in text
            assert "planted" not in text
            assert "Traceback" not in text
    assert "To be marked by hand" in (out / "report.html").read_text("utf-8")
    suites = ET.fromstring((out / "junit.xml").read_text("utf-8"))
    for suite in suites:
        assert suite.get("errors") == "1"
        assert suite.get("failures") == "0"
        errors = [case.get("name") for case in suite if case.find("error") is not None]
        assert errors == ["softsign_backward"]
    assert "planted" not in (out / "results.jsonl").read_text("utf-8")


def test_the_terminal_shows_the_traceback(run) -> None:
    said = run[1]
    assert "ZeroDivisionError: planted" in said
    for student in STUDENTS:
        assert f"{student}/08_columns: softsign_backward: Traceback" in said


def test_what_is_unmarked_is_tried_again_by_resume(run) -> None:
    base, _ = run
    shutil.copytree(base / "out", base / "again", dirs_exist_ok=True)
    said = course(
        *("grade", base / "in", "--source", base / "my_class", "--out", base / "again", "--resume"),
        status=1,
    )
    assert "planted" in said, "what is unmarked is tried again"
    lines = (base / "again" / "results.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["student"] for line in lines] == sorted(STUDENTS)


def test_course_check_says_one_sentence(run) -> None:
    base, _ = run
    said = course("check", base / "in" / "ann" / NAME, "--source", base / "my_class", status=1)
    assert "The check of softsign_backward itself failed. This is not your mistake" in said
    assert "Traceback" not in said
    assert "planted" not in said


def test_check_in_a_notebook_says_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from course_lib.checks import verdict

    def fails(*_args: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(verdict, "judge", fails)
    question = find("dense_backward")[1]
    assert mark_question(question, lambda *_args, **_rest: fails(), 0).status == "unmarked"

    def dense_backward(delta: object, a: object, W: object) -> object:
        return question.reference(delta, a, W)

    said = repr(check(dense_backward))
    assert "itself failed. This is not your mistake" in said
    assert "planted" not in said


OUTCOME = {
    "student": "ann",
    "exercise": "08_backward_pass",
    "score": 3,
    "max_score": 19,
    "status": "unmarked",
    "questions": [],
}


def test_no_gradebook_takes_a_sum_that_nobody_knows() -> None:
    roster = Roster(("student", "ID"), {"ann": {"ID": "7"}})
    for text in gradebooks([OUTCOME], roster).values():
        assert "08_backward_pass" not in text
        assert ",3," not in text


class Dying(JudgeHandle):
    """A judge that ends whenever it is given something."""

    def __init__(self) -> None:
        import multiprocessing

        self.link, self._theirs = multiprocessing.Pipe()

    def send(self, submissions: list[Submission]) -> None:
        self._theirs.close()


class Ending(Dying):
    """A judge that marks all that it is given, and then ends with an error of its own."""

    def send(self, submissions: list[Submission]) -> None:
        for submission in submissions:
            self._theirs.send(given_up(submission, "full", "marked"))
        self._theirs.send("an error at the end")


def test_a_judge_that_ends_after_its_last_submission_costs_nobody_a_mark() -> None:
    taken: list[Marked] = []
    submissions = [
        (0, Submission("ann", "08_backward_pass")),
        (1, Submission("ben", "08_backward_pass")),
    ]
    share_out(
        iter(submissions),
        lambda _slot: Ending(),
        1,
        1,
        lambda _index, marked: taken.append(marked),
        lambda _index, work, reason: pytest.fail(reason),
    )
    assert [marked.outcome["student"] for marked in taken] == ["ann", "ben"]


def test_what_ends_two_judges_is_given_up_with_a_row() -> None:
    results: list[Marked] = []
    submission = Submission("ann", "08_backward_pass")
    share_out(
        iter([(0, submission)]),
        lambda _slot: Dying(),
        1,
        1,
        lambda _index, marked: results.append(marked),
        lambda _index, work, reason: results.append(given_up(work, "full", reason)),
    )
    (result,) = results
    assert (result.outcome["student"], result.outcome["status"]) == ("ann", "unmarked")
    assert "by hand" in result.outcome["notes"][0]
    assert result.error == "the judge's process ended"
    assert "ended" not in json.dumps(result.outcome)


def test_the_speed_of_the_machine_is_kept_with_the_seed(run) -> None:
    kept = json.loads((run[0] / "out" / "run.json").read_text("utf-8"))
    assert kept["slowness"] >= 0
    assert kept["seed"]


def test_the_limit_of_a_large_call_follows_the_machine_and_the_timeout() -> None:
    assert Budget.of(10.0, 1).large == 1.0
    assert Budget.of(10.0, 1, 2.5).large == 2.5
    assert Budget.of(20.0, 1, 2.5).large == 5.0
    assert Budget.of(1.0, 1, 0.3).large == 1.0


def test_one_measurement_serves_a_process() -> None:
    code = (
        "from course_lib.checks import limits; first = limits.slowness(); "
        "limits._product = None; print(first == limits.slowness())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
