"""Policies: what is refused, with the line; and what each rule does to a mark."""

from __future__ import annotations

import re
import sys
import zoneinfo
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from grader.journal import outcome

from course_lib import checks
from course_lib.grading.policy import overrides, reading
from course_lib.grading.policy.apply import Decisions, FinalMarks, apply
from course_lib.grading.policy.policy import Known, Policy, PolicyError
from course_lib.grading.results import grades
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.roster import plain_name
from course_lib.grading.submissions.times import Submitted

EIGHT, FIVE = "08_backward_pass", "05_two_neurons"
QUESTIONS = {
    name: {task.name: task.points for task in checks.load(name).questions} for name in (FIVE, EIGHT)
}
STUDENTS = ("ann", "ben", "Cem Öz")
KNOWN = Known({plain_name(student): [student] for student in STUDENTS}, QUESTIONS)
DUE = datetime(2026, 11, 2, 22, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DATES = """\
timezone = "UTC"
[exercise.08]
due = 2026-11-02T22:00:00
last = 2026-11-09T22:00:00
grace = "15 min"
late = { each = "1 day", minus = "5 %", floor = "50 %" }
"""


def read(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_bytes(text.encode())
    return reading.read(path, KNOWN)


def decide(tmp_path: Path, text: str) -> tuple[overrides.Override, ...]:
    path = tmp_path / "overrides.csv"
    path.write_bytes(text.encode())
    return overrides.read(path, KNOWN, Policy())


@pytest.fixture
def no_zones() -> Iterator[None]:
    """A machine whose system brings no list of time zones, such as a slim container."""
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()


@pytest.mark.usefixtures("no_zones")
def test_time_zones_are_known_on_a_machine_without_a_list_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = DATES.replace('"UTC"', '"Europe/Berlin"')
    assert read(tmp_path, text).rules(EIGHT).due == DUE - timedelta(hours=1)
    zoneinfo.ZoneInfo.clear_cache()
    for name in ("tzdata", "tzdata.zoneinfo", "tzdata.zoneinfo.Europe"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PolicyError, match=r"line 1: .* has no list of time zones.*tzdata"):
        read(tmp_path, text)


# --- refused ------------------------------------------------------------------------------------

ALL_REMOVED = "\n".join(f'{one} = "removed"' for one in QUESTIONS[EIGHT])
WRONG = [
    ("due = 5 5", 1, "not TOML"),
    ('timezone = "Mars/Olympus"', 1, "no time zone"),
    ("[exercise.08]\ndo = 1", 2, "'do' is no key here"),
    ("[exercise.77]\nweight = 1", 1, "no exercise is called '77'"),
    ("[exercise.08]\nweight = 1\n[exercise.08_backward_pass]\nweight = 2", 3, "are the same"),
    (
        '[exercise.08]\ndue = "tomorrow"',
        2,
        "a date and a time without quotes, such as 2026-11-02T23:59:00",
    ),
    (
        "[exercise.08]\ndue = 2026-11-02",
        2,
        "a date and a time without quotes, such as 2026-11-02T23:59:00",
    ),
    ('[exercise.08]\ngrace = "15 min"', 2, "grace needs a due date"),
    ('[exercise.08]\nattempt = "last before due"', 2, "needs a due date"),
    ('[exercise.08]\nattempt = "first"', 2, "one of last, best, last before due"),
    ("[exercise.08]\ndue = 2026-11-02T22:00:00\nlast = 2026-11-01T22:00:00", 3, "before the due"),
    (DATES.replace("2026-11-09T22:00:00", "2026-11-02T22:10:00"), 4, "with its grace"),
    (DATES.replace('"1 day"', '"soon"'), 6, "'15 min', '12 h' or '1 day'"),
    (DATES.replace('"5 %"', '"500 %"'), 6, "points, or such as '5 %'"),
    (DATES.replace('each = "1 day", ', ""), 6, "late has no 'each'"),
    ('[exercise.08.drop]\nnothing = "removed"', 2, "has no question 'nothing'"),
    ('[exercise.08.drop]\ndense_backward = "half"', 2, "'full points' or 'removed'"),
    (
        "[exercise.08]\nquestion_points = { dense_backward = 2 }\n"
        'drop = { dense_backward = "removed" }',
        2,
        "dropped as well",
    ),
    (
        "[exercise.08.drop]\n" + "\n".join(f'{one} = "removed"' for one in QUESTIONS[EIGHT]),
        1,
        "no question is left",
    ),
    ("[exercise.08]\npoints = 0", 2, "above 0"),
    ("[exercise.08]\nweight = -1", 2, "a number from 0"),
    ("[student.eve]\nexcused = []", 1, "no student is called 'eve'"),
    ("[student.ann]\nexcused = ['08', '99']", 2, "no exercise is called '99'"),
    ("[student.ann]\nexcused = '08'", 2, "a list"),
    ("[student.ann]\ndue = { 08 = 2026-11-05T22:00:00 }", 2, "has no due date"),
    (DATES + "[student.ann]\ndue = { 08 = 2026-11-01T22:00:00 }", 8, "before the due date"),
    (
        DATES + "[student.ann]\ndue = { 08 = 2026-11-04T22:00:00 }\nexcused = ['8']",
        9,
        "is excused from 08_backward_pass and has an extension",
    ),
    ("[total]\ndrop_lowest = 'one'", 2, "a whole number"),
    (DATES + "[total]\ndrop_lowest = 1", 8, "nothing would be left"),
    ("[default]\ngrace = '1 h'", 2, "needs an exercise with a due date"),
    ("exercise = 5", 1, "no table"),
    ("[exercise.08]\ndue = 2.11.2026", 2, "A date is written such as 2026-11-02T23:59:00"),
    (DATES.replace('"15 min"', "15"), 5, "grace: 15 came; a text in quotes, such as '1 day'"),
    ('[exercise.08]\ndrop = ["dense_backward"]', 2, 'such as drop = { QUESTION = "removed" }'),
    ("[student.ann]\nexcused = [8]", 2, "excused: 8 came; a text in quotes, such as '08'"),
    ("[student.ann]\ndue = { 08 = 2026-11-05T22:00:00 }", 2, "needs `due` in [exercise.08]"),
    ("[student.'Öz, Cem']\nexcused = []", 1, "; is it Cem Öz?"),
    ("[student.'an']\nexcused = []", 1, "; is it ann?"),
]


@pytest.mark.parametrize(("text", "line", "said"), WRONG)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_policy_that_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, said: str, ends: str
) -> None:
    with pytest.raises(PolicyError, match=rf"policy\.toml, line {line}: ") as refused:
        read(tmp_path, text.replace("\n", ends))
    assert said in str(refused.value)
    assert refused.value.exit_status == 2


HEAD = "student,exercise,question,points,comment,reason,who,when\n"
ROW = "ann,08,dense_backward,5,Right idea,a typo,me,2026-11-10\n"
WRONG_ROWS = [
    ("student,exercise\nann,08\n", 1, "the column 'question' is missing"),
    (HEAD + "eve,08,,5,,,,\n", 2, "no student is called 'eve'"),
    (HEAD + ROW + "ann,77,,5,,,,\n", 3, "no exercise is called '77'"),
    (HEAD + "ann,08,nothing,5,,,,\n", 2, "has no question 'nothing'"),
    (HEAD + "ann,08,,3,5,,,,\n", 2, "9 cells came, and 8 were expected"),
    (HEAD + "ann,08,,five,,,,\n", 2, "'five' came; points from 0"),
    (HEAD + "ann,08,,-1,,,,\n", 2, "points from 0"),
    (HEAD + "ann,08,dense_backward,6,,,,\n", 2, "the most is 5"),
    (HEAD + "ann,08,,20,,,,\n", 2, "the most is 19"),
    (HEAD + "ann,08,,,,,,\n", 2, "neither points nor a comment"),
    (HEAD + "ann,08,dense_backward,excused,,,,\n", 2, "leave 'question' empty"),
    (HEAD + ROW + ROW, 3, "line 2 decides the same mark"),
    (HEAD + 'ann,08,,,"two\nlines",,,\nann,08,,x,,,,\n', 4, "'x' came"),
    ("", 1, "is missing"),
    (HEAD + "ann,08,,3\n", 2, "an empty cell needs its comma too"),
    ("student,exercise,question,points,coment\n", 1, "'comment' is missing, and 'coment' is none"),
]


@pytest.mark.parametrize(("text", "line", "said"), WRONG_ROWS)
def test_an_override_that_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(PolicyError, match=rf"overrides\.csv, line {line}: ") as refused:
        decide(tmp_path, text)
    assert said in str(refused.value)


@pytest.mark.parametrize("start", ["", "\ufeff", "sep=;\r\n"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_overrides_are_read_as_spreadsheets_write_them(
    tmp_path: Path, start: str, mark: str
) -> None:
    row = ["CEM ÖZ", "8", "dense_backward", '"3,5"', '"a, b; c"', "", "", ""]
    text = HEAD.strip().replace(",", mark) + "\r\n" + mark.join(row) + "\r\n\r\n"
    [override] = decide(tmp_path, start.replace(";", mark) + text)
    assert (override.student, override.exercise, override.points) == ("Cem Öz", EIGHT, 3.5)
    assert override.comment == "a, b; c"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read: No such file"):
        reading.read(tmp_path / "none", KNOWN)
    with pytest.raises(PolicyError, match="cannot be read: No such file"):
        overrides.read(tmp_path / "none", KNOWN, Policy())


# --- what each rule does --------------------------------------------------------------------------


def computed(student: str = "ann", lost: float = 2, **fields: object) -> dict:
    """An outcome of exercise 8: 19 points less what is lost in `dense_backward`."""
    questions = [
        {"name": name, "score": most, "max_score": most, "status": "right"}
        for name, most in QUESTIONS[EIGHT].items()
    ]
    for question in questions:
        if question["name"] == "dense_backward":
            question |= {"score": question["max_score"] - lost, "status": "partly"}
    score = sum(question["score"] for question in questions)
    made = {"score": score, "max_score": 19, "questions": questions, "cells": []}
    return outcome(student, **made | fields)


def marks(
    policy: Policy,
    *outcomes: dict,
    after: timedelta = timedelta(),
    decided: Sequence[overrides.Override] = (),
    late: bool | None = None,
    without: Sequence[NotMarked] = (),
) -> FinalMarks:
    times = {
        (record["student"], record["exercise"], record.get("version", "")): Submitted(
            DUE + after, "file", late
        )
        for record in outcomes
    }
    return apply(outcomes, without, Decisions(KNOWN, policy, decided, times))


@pytest.mark.parametrize(
    ("after", "score", "said"),
    [
        (timedelta(minutes=-1), 17, ""),
        (timedelta(minutes=15), 17, "15 min late, within the grace period of 15 min."),
        (timedelta(minutes=16), 16.15, "17 of 19, 1 day late: 16.15."),
        (2 * DAY, 15.3, "17 of 19, 2 days late: 15.3."),
        (2 * DAY + timedelta(seconds=1), 14.45, "17 of 19, 3 days late: 14.45."),
        (7 * DAY, 11.05, "17 of 19, 7 days late: 11.05."),
        (7 * DAY + timedelta(seconds=1), 0, "17 of 19, after the last date: 0."),
    ],
)
def test_what_comes_off_for_a_late_file(
    tmp_path: Path, after: timedelta, score: float, said: str
) -> None:
    [record] = marks(read(tmp_path, DATES), computed(), after=after).outcomes
    assert (record["score"], record["computed"], record["max_score"]) == (score, 17, 19)
    assert record["changes"] == ([said] if said else [])
    assert datetime.fromisoformat(record["submitted"]) == DUE + after
    assert record["time_from"] == "file"


@pytest.mark.parametrize(
    ("late", "score"),
    [
        ('{ each = "1 day", minus = 3 }', 11),
        ('{ each = "12 h", minus = 3, floor = 7 }', 7),
        ('{ each = "1 h", minus = 10 }', 0),
        ('{ each = "1 h", minus = 10, floor = 18 }', 17),  # never more than was earned
    ],
)
def test_steps_in_points_have_a_floor(tmp_path: Path, late: str, score: float) -> None:
    policy = read(tmp_path, re.sub("late = .*", f"late = {late}", DATES))
    assert marks(policy, computed(), after=2 * DAY).outcomes[0]["score"] == score


def test_an_extension_moves_the_last_date_too(tmp_path: Path) -> None:
    policy = read(tmp_path, DATES + "[student.ann]\ndue = { 08 = 2026-11-05T22:00:00Z }")
    for after, score in ((3 * DAY, 17), (4 * DAY, 16.15), (9 * DAY, 11.9), (11 * DAY, 0)):
        ann, ben = marks(policy, computed("ann"), computed("ben"), after=after).outcomes
        assert ann["score"] == score, after
        assert ben["score"] < 17
    [ann] = marks(policy, computed("ann"), after=2 * DAY).outcomes
    assert ann["changes"] == ["In time by an extension until 2026-11-05 22:00 UTC."]


def test_a_time_that_a_teacher_knows_better_counts(tmp_path: Path) -> None:
    policy = read(tmp_path, DATES + "[student.ann]\nsubmitted = { 08 = 2026-11-01T08:00:00 }")
    [record] = marks(policy, computed(), after=5 * DAY).outcomes
    assert (record["score"], record["time_from"]) == (17, "policy")


def test_a_time_zone_is_that_of_the_policy(tmp_path: Path) -> None:
    policy = read(tmp_path, DATES.replace('"UTC"', '"Europe/Berlin"'))
    assert policy.rules(EIGHT).due == DUE - timedelta(hours=1)


@pytest.mark.parametrize(("late", "score"), [(False, 17), (True, 15.3)])
def test_what_canvas_says_of_a_file_counts(tmp_path: Path, late: bool, score: float) -> None:
    [record] = marks(read(tmp_path, DATES), computed(), after=2 * DAY, late=late).outcomes
    assert record["score"] == score


def test_who_is_excused_has_no_mark_and_no_zero(tmp_path: Path) -> None:
    policy = read(tmp_path, "[student.ann]\nexcused = ['8']\n[student.ben]\nexcused = ['8']")
    missing = NotMarked("ben", EIGHT, "missing", "nothing was submitted")
    made = marks(policy, computed("ann"), computed("Cem Öz"), without=[missing])
    assert [record["student"] for record in made.outcomes] == ["Cem Öz"]
    assert [(entry.student, entry.status) for entry in made.not_marked] == [
        ("ann", "excused"),
        ("ben", "excused"),
    ]


def test_a_dropped_question_is_full_or_gone_for_everyone(tmp_path: Path) -> None:
    for how, score, most in (("full points", 19, 19), ("removed", 14, 14)):
        policy = read(tmp_path, f'[exercise.08.drop]\ndense_backward = "{how}"')
        for lost in (0, 2, 5):
            [record] = marks(policy, computed(lost=lost)).outcomes
            assert (record["score"], record["max_score"]) == (score, most)
            assert "dense_backward is dropped for everyone" in record["changes"][0]
            assert record["computed"] == 19 - lost


def test_points_are_rescaled(tmp_path: Path) -> None:
    text = "[exercise.08]\npoints = 38\nquestion_points = { dense_backward = 24 }"
    [record] = marks(read(tmp_path, text), computed(lost=2.5)).outcomes
    assert (record["score"], record["max_score"]) == (26, 38)  # (14 + 12) of (14 + 24)
    assert record["changes"][0] == "dense_backward: 2.5 of 5, rescaled: 12."


def test_of_several_files_the_best_final_mark_counts(tmp_path: Path) -> None:
    first, last = computed(lost=0, version="a.ipynb"), computed(lost=5)
    [record] = marks(read(tmp_path, "[exercise.08]\nattempt = 'best'"), first, last).outcomes
    assert (record["score"], record["version"]) == (19, "a.ipynb")
    assert record["changes"] == ["Of 2 files the best counts: a.ipynb."]


# --- overrides ------------------------------------------------------------------------------------


def test_the_teacher_has_the_last_word(tmp_path: Path) -> None:
    policy = read(tmp_path, DATES)
    question = decide(tmp_path, HEAD + ROW)
    [record] = marks(policy, computed(lost=5), after=DAY, decided=question).outcomes
    assert record["score"] == 18.05, "what comes off for being late comes off of it"
    assert record["comments"] == ["dense_backward: Right idea"]
    assert record["decided"] == ["dense_backward 5 (a typo, me, 2026-11-10)"]
    whole = decide(tmp_path, HEAD + "ann,08,,12.5,,,,\n")
    [record] = marks(policy, computed(), after=DAY, decided=whole).outcomes
    assert (record["score"], record["computed"]) == (12.5, 17)
    assert record["changes"][-1] == "The teacher gives 12.5 of 19 instead of 16.15."
    comment = decide(tmp_path, HEAD + "ann,08,,,See me,,,\n")
    [record] = marks(Policy(), computed(), decided=comment).outcomes
    assert (record["score"], record["comments"], record["changes"]) == (17, ["See me"], [])


def test_a_mark_that_changed_beneath_an_override_is_flagged(tmp_path: Path) -> None:
    decided = decide(tmp_path, HEAD + ROW)
    first = marks(Policy(), computed(lost=5), decided=decided)
    assert first.outcomes[0]["beneath"] == []
    table = tmp_path / "written.csv"
    table.write_text(overrides.table(first.overrides), "utf-8")
    for again in (
        overrides.remembered(decided, [table], KNOWN),
        overrides.read(table, KNOWN, Policy()),
    ):
        assert marks(Policy(), computed(lost=5), decided=again).outcomes[0]["beneath"] == []
        [record] = marks(Policy(), computed(lost=2), decided=again).outcomes
        assert record["score"] == 19, "the override is kept"
        assert record["beneath"] == ["the mark beneath has changed: dense_backward was 0 and is 3"]


@pytest.mark.parametrize("status", ["unmarked", "rejected"])
def test_what_could_not_be_marked_gets_its_points_from_the_teacher(
    tmp_path: Path, status: str
) -> None:
    nothing = computed(questions=[], score=0, status=status)
    [record] = marks(Policy(), nothing, decided=decide(tmp_path, HEAD + "ann,8,,7,,,,\n")).outcomes
    assert (record["score"], record["status"]) == (7, "graded")
    some = "".join(f"ann,8,{name},1,,,,\n" for name in list(QUESTIONS[EIGHT])[:-1])
    [record] = marks(Policy(), nothing, decided=decide(tmp_path, HEAD + some)).outcomes
    assert record["status"] == "unmarked", "one question is still open"
    every = "".join(f"ann,8,{name},1,,,,\n" for name in QUESTIONS[EIGHT])
    [record] = marks(Policy(), nothing, decided=decide(tmp_path, HEAD + every)).outcomes
    assert (record["score"], record["status"]) == (len(QUESTIONS[EIGHT]), "graded")


def test_who_submitted_no_file_can_have_a_mark_or_an_excuse(tmp_path: Path) -> None:
    missing = [NotMarked("ann", EIGHT, "missing", ""), NotMarked("ben", EIGHT, "missing", "")]
    decided = decide(tmp_path, HEAD + "ann,8,,7,,oral,,\nben,8,,excused,,ill,,\n")
    made = marks(Policy(), decided=decided, without=missing)
    assert [(record["student"], record["score"], record["status"]) for record in made.outcomes] == [
        ("ann", 7, "graded")
    ]
    assert [(entry.student, entry.status) for entry in made.not_marked] == [("ben", "excused")]
    listed = grades.missing(made.outcomes, made.not_marked, STUDENTS, [EIGHT])
    assert listed.splitlines()[1:] == [f"Cem Öz,{EIGHT}", f"ann,{EIGHT}"]
    assert f"ann,{EIGHT},7,19,graded,,The teacher gives 7 of 19." in grades.grades(made.outcomes)


# --- totals ---------------------------------------------------------------------------------------


def total(policy: Policy, *outcomes: dict, without: Sequence[NotMarked] = ()) -> dict[str, list]:
    made = marks(policy, *outcomes, without=without)
    decisions = Decisions(KNOWN, policy)
    most = decisions.maximum
    text = grades.totals(made.outcomes, made.not_marked, STUDENTS, most, policy)
    rows = [line.split(",") for line in text.splitlines()]
    return {row[0]: row[1:] for row in rows}


def test_a_total_knows_weights_excuses_and_open_marks(tmp_path: Path) -> None:
    five = outcome("ann", exercise=FIVE, score=7, max_score=14, questions=[])
    plain = total(Policy(), computed("ann"), five, computed("ben"))
    assert plain["student"] == [FIVE, EIGHT, "dropped", "total_percent"]
    assert plain["ann"] == ["7", "17", "", "72.73"]  # 24 of 33
    assert plain["ben"] == ["missing", "17", "", "51.52"]
    weighted = read(tmp_path, "[exercise.05]\nweight = 3\n[exercise.08]\nweight = 1")
    assert total(weighted, computed("ann"), five)["ann"][-1] == "59.87"
    lowest = read(tmp_path, "[exercise.05]\n[exercise.08]\n[total]\ndrop_lowest = 1")
    assert total(lowest, computed("ann"), five)["ann"][-2:] == [FIVE, "89.47"]
    excused = read(tmp_path, "[student.ann]\nexcused = ['5']")
    assert total(excused, computed("ann"), five)["ann"] == ["excused", "17", "", "89.47"]
    open_one = outcome("ann", exercise=FIVE, status="unmarked", questions=[])
    assert total(Policy(), computed("ann"), open_one)["ann"] == ["not marked yet", "17", "", ""]
