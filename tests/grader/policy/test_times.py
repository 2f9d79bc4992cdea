"""When a file was submitted, what says so, and which of several files counts."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from grader.importers import moodle_feedback
from grader.members import NOTEBOOK, SOLVED, notebook

from course_lib.grading.policy import inputs
from course_lib.grading.results.feedback_zips import name_of
from course_lib.grading.submissions.attempts import Collection
from course_lib.grading.submissions.collect import collect_class

EXERCISE = "08_backward_pass"
DUE = datetime(2026, 11, 2, 22, 0, tzinfo=UTC)
POLICY = 'timezone = "Europe/Berlin"\n[exercise.08]\ndue = 2026-11-02T22:00:00Z\n'


def put(path: Path, when: datetime = DUE, text: bytes | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text or notebook(*SOLVED))
    os.utime(path, (when.timestamp(), when.timestamp()))


def decided(
    tmp_path: Path, where: Path, policy: str = POLICY, roster: str = ""
) -> tuple[Collection, inputs.Decisions]:
    path, listed = tmp_path / "policy.toml", None
    path.write_text(policy)
    if roster:
        listed = tmp_path / "roster.csv"
        listed.write_text(roster)
    collection, people = collect_class(where, listed=listed)
    made = inputs.decisions(path, (), collection, people)
    return inputs.with_attempts(collection, made)


def times(*arguments: object, **more: str) -> list[tuple[datetime | None, str]]:
    _, made = decided(*arguments, **more)  # type: ignore[arg-type]
    return [(file.when, file.source) for key, file in sorted(made.submitted.items()) if not key[2]]


def test_a_files_own_time(tmp_path: Path) -> None:
    put(tmp_path / "class" / "ann" / NOTEBOOK, DUE - timedelta(hours=1))
    assert times(tmp_path, tmp_path / "class") == [(DUE - timedelta(hours=1), "file")]


def test_a_zips_clock_is_in_the_policys_time_zone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for student, when in (("ann", (2026, 11, 2, 23, 30, 0)), ("ben", (1980, 1, 1, 0, 0, 0))):
            archive.writestr(zipfile.ZipInfo(f"{student}/{NOTEBOOK}", when), notebook(*SOLVED))
        in_utc = zipfile.ZipInfo(f"cem/{NOTEBOOK}", (2026, 11, 2, 23, 30, 0))
        seconds = int(DUE.timestamp()).to_bytes(4, "little")
        in_utc.extra = b"\x01\x00\x02\x00xx" + b"UT\x05\x00\x01" + seconds
        archive.writestr(in_utc, notebook(*SOLVED))
    assert times(tmp_path, tmp_path / "class.zip") == [
        (datetime(2026, 11, 2, 22, 30, tzinfo=UTC), "file in the zip"),
        (None, "nothing"),
        (DUE, "file in the zip"),
    ]


@pytest.mark.parametrize("inside", ["", "course"])
def test_nbgraders_timestamp(tmp_path: Path, inside: str) -> None:
    folder = tmp_path / inside / "submitted" / "ann" / EXERCISE
    put(folder / NOTEBOOK)
    put(folder / "timestamp.txt", text=b"2026-11-02 21:05:00.123456 UTC")
    root = tmp_path / inside if inside else tmp_path / "submitted"
    expected = (datetime(2026, 11, 2, 21, 5, tzinfo=UTC), "nbgrader's timestamp.txt")
    assert times(tmp_path, root) == [expected]


def test_a_student_writes_no_time(tmp_path: Path) -> None:
    put(tmp_path / "class" / "ann" / EXERCISE / NOTEBOOK)
    put(tmp_path / "class" / "ann" / EXERCISE / "timestamp.txt", text=b"2026-01-01 00:00:00 UTC")
    put(
        tmp_path / "class" / "ann" / "submitted" / "x" / "timestamp.txt",
        text=b"2026-01-01 00:00:00",
    )
    assert times(tmp_path, tmp_path / "class") == [(DUE, "file")]


def test_gradescopes_list(tmp_path: Path) -> None:
    root = tmp_path / "assignment_1_export"
    put(root / "submission_7" / NOTEBOOK)
    listed = "submission_7:\n  :submitters:\n  - :name: Ann\n    :sid: s1\n"
    listed += "  :created_at: 2026-11-02 21:05:00.123456000 Z\n"
    (root / "submission_metadata.yml").write_text(listed)
    expected = (datetime(2026, 11, 2, 21, 5, tzinfo=UTC), "Gradescope's list")
    assert times(tmp_path, root) == [expected]


def test_moodles_worksheet(tmp_path: Path) -> None:
    put(tmp_path / "class" / "Ann Archer_5_assignsubmission_file" / NOTEBOOK)
    roster = (
        "Identifier,Full name,Status,Grade,Last modified (submission)\n"
        'Participant 5,Ann Archer,Submitted,,"Monday, 2 November 2026, 9:05 PM"\n'
    )
    expected = (datetime(2026, 11, 2, 20, 5, tzinfo=UTC), "Moodle's worksheet")
    assert times(tmp_path, tmp_path / "class", roster=roster) == [expected]


@pytest.mark.parametrize(
    ("name", "late"),
    [
        ("archerann_17_501_{}", False),
        ("archerann_LATE_17_501_{}", True),
        ("archerann_17_501_x_LATE_17_501_{}", False),  # the file's own name is the student's
        ("LATE_anon_aB3_501_{}", True),
        ("anon_aB3_501_{}", False),
    ],
)
def test_canvas_says_in_the_name_who_is_late(tmp_path: Path, name: str, late: bool) -> None:
    put(tmp_path / "class" / name.format(NOTEBOOK))
    put(tmp_path / "class" / f"beckben_18_502_{NOTEBOOK}")
    _, made = decided(tmp_path, tmp_path / "class")
    lateness = {key[0]: file.late for key, file in made.submitted.items() if "beck" not in key[0]}
    assert list(lateness.values()) == [late]


ATTEMPTS = {"first": -2, "second": -1, "third": 1, "fourth": 2}  # hours after it was due


@pytest.mark.parametrize(
    ("attempt", "extension", "marked"),
    [
        ("last", "", ["fourth"]),
        ("last before due", "", ["second"]),
        ("last before due", "[student.ann]\ndue = { 08 = 2026-11-02T23:30:00Z }", ["third"]),
        ("best", "", list(ATTEMPTS)),
    ],
)
def test_which_of_several_files_is_marked(
    tmp_path: Path, attempt: str, extension: str, marked: list[str]
) -> None:
    for name, hours in ATTEMPTS.items():
        own = notebook(*SOLVED, f"x = {hours}")
        put(tmp_path / "class" / "ann" / name / NOTEBOOK, DUE + timedelta(hours=hours), own)
    put(tmp_path / "class" / "ben" / NOTEBOOK)
    policy = f"{POLICY}attempt = '{attempt}'\n{extension}"
    collection, made = decided(tmp_path, tmp_path / "class", policy)
    entries = [(work, others) for work, others in collection.entries if work.student == "ann"]
    assert sorted(work.name.split("/")[0] for work, _ in entries) == sorted(marked)
    chosen, others = entries[-1]
    assert len(others) == 4 - len(marked)
    hours = timedelta(hours=ATTEMPTS[chosen.name.split("/")[0]])
    assert made.submitted["ann", EXERCISE, ""].when == DUE + hours
    assert chosen.version == ""


@pytest.mark.parametrize(
    "path",
    [
        f"Ann Archer_5_assignsubmission_file/{NOTEBOOK}",
        f"Ann Archer_5_assignsubmission_file_/{NOTEBOOK}",
        f"Ann Archer_5_assignsubmission_file_/homework/{NOTEBOOK}",
        f"Ann Archer_5_assignsubmission_file_{NOTEBOOK}",
    ],
)
def test_moodle_gets_feedback_under_its_own_names(tmp_path: Path, path: str) -> None:
    put(tmp_path / "class" / path)
    collection, _ = collect_class(tmp_path / "class")
    [(submission, _)] = collection.entries
    name = name_of(submission, collection.people[submission.student])
    assert name
    assert name[0] == f"moodle/{EXERCISE}.zip"
    assert name[1].endswith(f"{EXERCISE}.html")
    assert moodle_feedback(name[1]) == (5, "assignsubmission_file")
