"""The folder of results: never overwritten, continued after any interruption, safe to open."""

from __future__ import annotations

import base64
import csv
import errno
import hashlib
import io
import json
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from grader.journal import outcome

from course_lib.address import section_title
from course_lib.grading import escaping, options
from course_lib.grading.export.gradebooks import comment, gradebooks
from course_lib.grading.marking.judge import Marked
from course_lib.grading.results import class_report, pages, reports
from course_lib.grading.results.files import Final, write_files
from course_lib.grading.results.grades import grades
from course_lib.grading.results.store import JOURNAL, ResultsError, Store
from course_lib.grading.submissions.attempts import NotMarked
from course_lib.grading.submissions.roster import Roster

RUN = {"version": 1, "isolation": "full", "seed": "s", "suite": "digest", "timeout": 10.0}
EXERCISE = "08_backward_pass"
HOSTILE = '=HYPERLINK("x")\n<script>alert(1)</script>/../\x00é'


def marked(student: str = "ann", **fields: object) -> Marked:
    """Return a marked submission."""
    return Marked(outcome(student, **fields), False, "", 0.1, 0.2)


def store(folder: Path, *, resume: bool = False, **run: object) -> Store:
    """Open a folder of results."""
    return Store(folder, RUN | run, resume=resume)


def finish(opened: Store, final: Final) -> None:
    """Write the final files of what was marked so far."""
    write_files(opened.folder, opened.run["isolation"], opened.sorted(), final)


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for resume in (False, True):
        with pytest.raises(ResultsError, match=r"not empty|no run"):
            store(tmp_path, resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_every_report_says_what_the_isolation_guarantees(tmp_path: Path) -> None:
    promised = "full (own mounts, no network)"
    made = store(tmp_path, isolation=promised)
    made.add(marked())
    finish(made, Final())
    made.close()
    reports_made = [
        *tmp_path.rglob("feedback/**/*.html"),
        *tmp_path.rglob("gradescope/**/results.json"),
        tmp_path / "report.html",
        tmp_path / "junit.xml",
    ]
    assert len(reports_made) == 4
    for path in reports_made:
        assert promised in path.read_text(encoding="utf-8"), path.name


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be written"):
        store(tmp_path / "file" / "results")


@pytest.mark.parametrize(("name", "value"), [("seed", "t"), ("suite", "new"), ("timeout", 1.0)])
def test_a_run_is_continued_only_as_it_was_begun(tmp_path: Path, name: str, value: object) -> None:
    first = store(tmp_path / "out")
    first.add(marked())
    first.close()
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(ResultsError, match=f"{name} was"):
        store(tmp_path / "out", resume=True, **{name: value})
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}


def test_a_run_without_a_seed_takes_the_stored_one(tmp_path: Path) -> None:
    store(tmp_path / "out").close()
    again = store(tmp_path / "out", resume=True, seed="")
    assert again.run["seed"] == "s"
    again.close()


@pytest.mark.parametrize("cut", [1, 10, 400])
def test_a_line_that_was_cut_off_is_forgotten(tmp_path: Path, cut: int) -> None:
    first = store(tmp_path / "out")
    first.add(marked("ann"))
    first.add(marked("ben"))
    first.close()
    journal = tmp_path / "out" / "results.jsonl"
    journal.write_bytes(journal.read_bytes()[:-cut])
    again = store(tmp_path / "out", resume=True)
    assert [student for student, *_ in again.outcomes] == ["ann"]
    again.add(marked("ben"))
    again.close()
    assert len(journal.read_text(encoding="utf-8").splitlines()) == 2


def test_a_journal_that_is_broken_in_the_middle_is_said(tmp_path: Path) -> None:
    first = store(tmp_path / "out")
    first.add(marked())
    first.close()
    journal = tmp_path / "out" / "results.jsonl"
    journal.write_bytes(b"{broken\n" + journal.read_bytes())
    with pytest.raises(ResultsError, match="line 1"):
        store(tmp_path / "out", resume=True)


def test_a_full_disk_keeps_what_was_written_and_says_so(tmp_path: Path) -> None:
    opened = store(tmp_path / "out")
    opened.add(marked("ann"))
    journal, opened._journal = opened._journal, _Full()
    with pytest.raises(ResultsError, match=r"No space left.*--resume"):
        opened.add(marked("ben"))
    journal.close()
    opened.close()
    again = store(tmp_path / "out", resume=True)
    assert [student for student, *_ in again.outcomes] == ["ann"]
    again.close()


class _Full(io.BytesIO):
    def write(self, raw: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_what_a_run_needs_to_continue_is_on_the_disk_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    fsync, replace = os.fsync, os.replace

    def recorded(file: int) -> None:
        synced.add(os.fstat(file).st_ino)
        fsync(file)

    def after_fsync(part: Path, whole: Path) -> None:
        if whole.name in (JOURNAL, "run.json"):
            assert part.stat().st_ino in synced, f"{whole.name} may be empty after a power failure"
        replace(part, whole)

    monkeypatch.setattr(os, "fsync", recorded)
    monkeypatch.setattr(os, "replace", after_fsync)
    opened = store(tmp_path / "out")
    assert {path.stat().st_ino for path in (tmp_path, tmp_path / "out")} <= synced
    opened.add(marked())
    assert (tmp_path / "out" / JOURNAL).stat().st_ino in synced
    finish(opened, Final())
    opened.close()


def test_whoever_has_no_mark_gets_a_page_that_says_why(tmp_path: Path) -> None:
    opened = store(tmp_path)
    opened.add(marked("ann"))
    without = (
        NotMarked("ben", EXERCISE, "missing", "nothing was submitted"),
        NotMarked("cem", "", "unmarked", "it cannot be <b>read</b>", ("a.ipynb",)),
        NotMarked("ann", "", "laboratory", "it is a laboratory", ("b.ipynb",)),
    )
    finish(opened, Final(not_marked=without))
    opened.close()
    pages = {
        path.relative_to(tmp_path / "feedback").as_posix(): path.read_text(encoding="utf-8")
        for path in tmp_path.rglob("feedback/**/*.html")
    }
    assert set(pages) == {
        f"ann/{EXERCISE}.html",
        "ann/submission.html",
        f"ben/{EXERCISE}.html",
        "cem/submission.html",
    }
    assert "Nothing was submitted." in pages[f"ben/{EXERCISE}.html"]
    assert "a.ipynb: it cannot be &lt;b&gt;read&lt;/b&gt;." in pages["cem/submission.html"]
    assert "points" not in pages[f"ben/{EXERCISE}.html"] + pages["cem/submission.html"]
    assert " points" in pages[f"ann/{EXERCISE}.html"]
    again = store(tmp_path, resume=True)
    finish(again, Final())
    again.close()
    left = {path.name for path in tmp_path.rglob("feedback/**/*.html")}
    assert left == {f"{EXERCISE}.html"}
    assert not (tmp_path / "feedback" / "ben").exists()


def test_final_files_are_sorted_and_hold_no_time(tmp_path: Path) -> None:
    contents = []
    for order in (["ann", "ben", "cem"], ["cem", "ann", "ben"]):
        folder = tmp_path / order[0]
        opened = store(folder)
        for student in order:
            opened.add(marked(student))
        finish(opened, Final("named", files=gradebooks(opened.sorted(), Roster())))
        opened.close()
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        contents.append({path.relative_to(folder): path.read_bytes() for path in files})
        del contents[-1][Path("timings.csv")]
    assert contents[0] == contents[1]
    assert len(contents[0]) == 7 + 2 * 3


# After the schema that Jenkins's xUnit plugin publishes for JUnit's format (junit-10.xsd): what an
# element must have, what it may have, and what may stand in it.
COUNTS = {"tests", "failures", "errors"}
FAULT = (set(), {"type", "message"}, set())
JUNIT: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", *COUNTS}, {"testsuite"}),
    "testsuite": (
        {"name", *COUNTS},
        {
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        },
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": FAULT,
    "error": FAULT,
}


def test_the_test_report_is_what_jenkins_reads_and_counts_right() -> None:
    rejected = outcome("ben", status="rejected", questions=[], notes=[HOSTILE])
    root = ET.fromstring(reports.junit([outcome(), rejected, outcome(HOSTILE)], "full"))
    assert root.tag == "testsuites"
    for element in root.iter():
        must, may, inside = JUNIT[element.tag]
        assert must <= set(element.keys()) <= must | may, element.tag
        assert {child.tag for child in element} <= inside, element.tag
    assert len(root) == 3
    for suite in root:
        for count, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(suite.get(count, "-1")) == len(list(suite.iter(tag)))


def test_a_name_is_nothing_but_a_name(tmp_path: Path) -> None:
    opened = store(tmp_path / "out")
    for student in (HOSTILE, "..", ".", "x" * 500, "CON", "\udcff"):
        opened.add(marked(student, notes=[HOSTILE], others=[HOSTILE]))
    finish(opened, Final("named"))
    opened.close()
    assert {path.name for path in tmp_path.iterdir()} == {"out"}
    folders = [path.name for path in (tmp_path / "out" / "feedback").iterdir()]
    assert len(folders) == 6
    assert all(len(name.encode()) <= escaping.MAX_BYTES for name in folders)
    for path in (tmp_path / "out").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert text.count("<body>") == 1
    ET.parse(tmp_path / "out" / "junit.xml")


def test_no_cell_of_the_table_is_a_formula() -> None:
    cells = ["=1", "+1", "-1", "@x", "\t=1", " =1", "|x", "%x", "plain", "a,b", 'a"b', "a\nb"]
    cells += ["\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "a;=1", "a; ;\t-1", ";\uff1d1", "a;b"]
    rows = list(csv.reader(io.StringIO(grades([outcome(name) for name in cells]))))
    assert len(rows) == 1 + len(cells)
    for row in rows[1:]:
        for part in row[0].split(";"):  # another country's cell
            assert part.lstrip()[:1] not in tuple("=+-@|%\uff1d\uff0b\uff0d\uff20")
        assert "\n" not in row[0]
    assert rows[1][2:5] == ["1", "2", "graded"]


def hostile(value: Any, *kept: str) -> Any:
    """Return an outcome in which every text is hostile but those that name what the course has."""
    if isinstance(value, dict):
        return {name: val if name in kept else hostile(val, *kept) for name, val in value.items()}
    if isinstance(value, list):
        return [hostile(item, *kept) for item in value]
    return HOSTILE if isinstance(value, str) else value


@pytest.mark.parametrize("level", options.LEVELS)
def test_every_text_is_escaped_in_every_page(level: str) -> None:
    nbval = {"outputs": [{"name": "f", "same": False}], "said": ""}
    whole = outcome(notes=["x"], others=["x"], nbval=nbval)
    untrusted = hostile(whole, "exercise", "status")
    by_hand = hostile(outcome(status="unmarked"), "exercise", "status")
    without = NotMarked(HOSTILE, EXERCISE, "unmarked", HOSTILE, (HOSTILE,))
    for text in (
        pages.feedback(untrusted, level, HOSTILE),
        pages.without_mark(without),
        class_report.page([untrusted, by_hand], HOSTILE, HOSTILE, [without]),
        comment(untrusted, level),
    ):
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "\x00" not in text


def test_no_template_switches_escaping_off() -> None:
    templates = sorted(pages.TEMPLATES.glob("*.j2"))
    assert len(templates) > 3
    for path in templates:
        text = path.read_text("utf-8")
        assert not re.search(r"\|\s*safe|autoescape", text), path.name


SECTION = "chapter 8, section “The gradient of the biases”"
LEVELS = {
    "score": ((), ("dW is right", "11 times", "Which step", "the last line", "taken twice")),
    "symptom": (
        ("dW is right", "11 times", "Which step", SECTION),
        ("the last line", "taken twice"),
    ),
    "named": (
        ("dW is right", "11 times", "Which step", "the last line", "taken twice", SECTION),
        (),
    ),
}


@pytest.mark.parametrize("level", LEVELS)
def test_a_page_says_what_its_level_allows_and_no_more(level: str) -> None:
    said, unsaid = LEVELS[level]
    for text in (
        pages.feedback(outcome(), level, ""),
        json.dumps(reports.gradescope(outcome(), level), ensure_ascii=False),
    ):
        assert all(words in text for words in said)
        assert not any(words in text for words in unsaid)


def test_a_page_loads_nothing_and_links_to_the_book_if_its_address_is_known() -> None:
    text = pages.feedback(outcome(), "named", "")
    assert "http:" not in text
    assert "https:" not in text
    assert "href" not in text
    assert "Content-Security-Policy" in text
    linked = pages.feedback(outcome(), "named", "https://example.org/book/")
    address = "https://example.org/book/08_backward_pass.html#bias-gradient"
    assert f'<a href="{address}">{SECTION}</a>' in linked


def test_the_policy_of_a_page_allows_the_style_in_it() -> None:
    text = pages.feedback(outcome(), "named", "")
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in text


def question_of(level: str, kind: str) -> str:
    """What a page or Gradescope's file says of a question with a mistake that is recognised."""
    telling = outcome()
    telling["questions"][0] |= {
        "name": "dense_backward",
        "section": "12_training_loop.html#one-permutation",  # the mistake's own
        "status": "wrong",
    }
    if kind == "page":
        return pages.feedback(telling, level, "")
    return json.dumps(reports.gradescope(telling, level), ensure_ascii=False)


@pytest.mark.parametrize("kind", ["page", "gradescope"])
def test_a_level_of_feedback_gives_nothing_of_a_higher_one_away(kind: str) -> None:
    section = section_title("12_training_loop.html#one-permutation") or "12_training_loop"
    asked = section_title("08_backward_pass.html#weight-gradient") or ""
    said = {level: question_of(level, kind) for level in options.LEVELS}
    for text in ("The mean was taken twice.", "the last line", section):
        assert text in said["named"]
        assert text not in said["symptom"]
    for text in ("db is 11 times too large.", "Which step contains N?", "Read again"):
        assert text in said["symptom"]
        assert text not in said["score"]
    assert asked not in said["score"]
