"""Nobody is lost: folders around a class, renamed files, other files, two forms of a name."""

from __future__ import annotations

import os
import unicodedata
import zipfile
from pathlib import Path

import pytest
from grader.members import NOTEBOOK, RELEASED, SOLUTIONS, SOLVED, notebook

from course_lib import checks
from course_lib.checks.notebook_file import RefusedError
from course_lib.grading.submissions.attempts import Collection
from course_lib.grading.submissions.collect import collect
from course_lib.grading.submissions.roster import Roster

EIGHT, FIVE = "08_backward_pass", "05_two_neurons"
RIGHT, OTHER = notebook(*SOLVED), notebook(*SOLUTIONS[FIVE])
SILENT = notebook("x = 1")  # no function of the course
PACKED = pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])


def given(tmp_path: Path, files: dict[str, bytes], packed: bool = False, name: str = "x") -> Path:
    """Write files into a folder or a zip called `name`."""
    if packed:
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as made:
            for inside, raw in files.items():
                made.writestr(inside, raw)
        return path
    for inside, raw in files.items():
        path = tmp_path / name / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return tmp_path / name


def found(path: Path, *asked: str, **more: object) -> Collection:
    return collect(path, checks.names(), asked, **more)


def students(collection: Collection) -> set[str]:
    return {entry.student for entry, _ in collection.entries}


# --- folders around the class --------------------------------------------------------

AROUND = [
    "class/", "class (1)/", "a/b/", "submissions/", "My class 2026/Exercise 8/", "submitted/",
    "class/submitted/", "w/x/y/",
]  # fmt: skip


@PACKED
@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("name", ["class", "class (1)", "download", "Exercise 8 (2)"])
def test_a_folder_around_the_class_is_not_one_student(
    tmp_path: Path, around: str, packed: bool, name: str
) -> None:
    files = {f"{around}{who}/{NOTEBOOK}": RIGHT for who in ("ann", "ben", "cat")}
    collection = found(given(tmp_path, files, packed, name))
    assert students(collection) == {"ann", "ben", "cat"}
    if "submitted" not in around:
        assert "All work lies in one folder" in " ".join(collection.said)


@PACKED
@pytest.mark.parametrize(
    "names",
    [
        [
            f"Ann Lee_10_assignsubmission_file_/{NOTEBOOK}",
            f"Ben_11_assignsubmission_file/{NOTEBOOK}",
        ],
        [
            f"Ann Lee_10_assignsubmission_file_{NOTEBOOK}",
            f"Ben_11_assignsubmission_file_{NOTEBOOK}",
        ],
        [f"leeann_10_200_{NOTEBOOK}", f"ben_LATE_11_201_{NOTEBOOK}"],
    ],
)
@pytest.mark.parametrize("around", AROUND[:4])
def test_a_folder_around_what_a_system_wrote_is_none_of_its_names(
    tmp_path: Path, names: list[str], around: str, packed: bool
) -> None:
    plain = students(found(given(tmp_path, dict.fromkeys(names, RIGHT), packed, "plain")))
    assert len(plain) == 2
    inside = dict.fromkeys([around + name for name in names], RIGHT)
    assert students(found(given(tmp_path, inside, packed))) == plain


@PACKED
def test_folders_of_sections_are_no_students_and_this_is_said(tmp_path: Path, packed: bool) -> None:
    people = {"monday": ("ann", "ben"), "tuesday": ("cat", "dan"), "friday": ("eve",)}
    files = {f"c/{group}/{who}/{NOTEBOOK}": RIGHT for group in people for who in people[group]}
    path = given(tmp_path, files, packed)
    collection = found(path)
    assert students(collection) == {"ann", "ben", "cat", "dan", "eve"}
    assert "monday" in " ".join(collection.said)
    assert students(found(path, depth=2)) == set(people)


@PACKED
def test_drafts_of_students_are_no_students(tmp_path: Path, packed: bool) -> None:
    files = {f"{who}/{sub}/{NOTEBOOK}": RIGHT for who in ("ann", "ben") for sub in ("old", "new")}
    files |= {f"cat/{exercise}/{exercise}.ipynb": SILENT for exercise in (EIGHT, FIVE)}
    collection = found(given(tmp_path, files, packed))
    assert students(collection) == {"ann", "ben", "cat"}
    assert sum("2 files for 08_backward_pass" in line for line in collection.said) == 2


@PACKED
def test_one_student_with_odd_folders_changes_nobody_else(tmp_path: Path, packed: bool) -> None:
    files = {f"{who}/mine of {who}/{NOTEBOOK}": RIGHT for who in ("ann", "ben", "cat")}
    files |= {f"eve/{name}/{NOTEBOOK}": RIGHT for name in ("victor", "walter")}
    collection = found(given(tmp_path, files, packed))
    assert students(collection) == {"ann", "ben", "cat", "eve"}
    assert any("eve looks like a folder of several people" in line for line in collection.said)


def test_a_class_of_numbers_and_a_class_with_different_exercises(tmp_path: Path) -> None:
    files = {f"class/{number}/{NOTEBOOK}": RIGHT for number in (1001, 1002)}
    assert students(found(given(tmp_path, files, name="a"))) == {"1001", "1002"}
    files = {"class/ann/08_backward_pass.ipynb": RIGHT, "class/ben/05_two_neurons.ipynb": OTHER}
    assert students(found(given(tmp_path, files, name="b"))) == {"ann", "ben"}


def test_what_cannot_be_seen_is_said_with_the_option_that_answers_it(tmp_path: Path) -> None:
    path = given(tmp_path, {f"class/ann/{NOTEBOOK}": RIGHT})
    collection = found(path)
    assert students(collection) == {"class"}
    assert "say --depth 2" in collection.said[0]
    assert students(found(path, depth=2)) == {"ann"}
    assert students(found(path, roster=Roster(people={"ann": {}}))) == {"ann"}


def test_of_nbgraders_course_the_submitted_notebooks_are_marked(tmp_path: Path) -> None:
    files = {f"{folder}/{EIGHT}/{NOTEBOOK}": RIGHT for folder in ("source", "release")}
    files |= {f"submitted/{who}/{EIGHT}/{NOTEBOOK}": RIGHT for who in ("ann", "ben")}
    files |= {"gradebook.db": b"", f"feedback/ann/{EIGHT}/{NOTEBOOK}": RIGHT}
    collection = found(given(tmp_path, files))
    assert students(collection) == {"ann", "ben"}
    assert "source" in " ".join(collection.said)


# --- renamed files, and files that are none ------------------------------------------

RENAMED = [
    "Copy of {}.ipynb", "{} (1).ipynb", "{}.ipynb (1)", "{} - Kopie.ipynb", "{}.ipynb.txt",
    "{}.json", "Kopie von {}.ipynb", "{}.ipynb.json", "{}-Copy1.ipynb", "{}", "{} (2)",
]  # fmt: skip


@PACKED
@pytest.mark.parametrize("form", [*RENAMED, "homework.ipynb", "Untitled.ipynb", "essay.json", "hw"])
def test_a_renamed_notebook_is_found(tmp_path: Path, form: str, packed: bool) -> None:
    collection = found(given(tmp_path, {f"ann/{form.format(EIGHT)}": RIGHT}, packed))
    assert [(entry.student, entry.exercise) for entry, _ in collection.entries] == [("ann", EIGHT)]
    assert not collection.read(0).refused


@pytest.mark.parametrize(
    "name",
    ["homework.py", "homework.zip", "hw.pdf", "homework.html (1)", "essay.ipynb", "answer.docx",
     "notes.txt", "picture.png", "broken.ipynb", "08.rar"],
)  # fmt: skip
def test_everyone_who_submitted_a_file_is_named_with_the_reason(tmp_path: Path, name: str) -> None:
    raw = SILENT if name == "essay.ipynb" else b"\x00"
    collection = found(given(tmp_path, {f"ann/{name}": raw, f"ben/{NOTEBOOK}": RIGHT}))
    assert "ben" in students(collection)
    if collection.not_marked:
        [ann] = collection.not_marked
        assert (ann.student, ann.status, ann.exercise) == ("ann", "unmarked", "")
        assert name in ann.sentence()
        assert "notebook" in ann.reason or "exercise" in ann.reason
    else:  # the exercise is known by the name
        assert name == "08.rar"
        assert "submit the notebook" in collection.read(0).refused


@pytest.mark.parametrize("name", ["homework.py", "homework.zip", "essay.ipynb", "Untitled1.ipynb"])
def test_where_the_exercise_is_named_any_single_file_is_for_it(tmp_path: Path, name: str) -> None:
    raw = SILENT if name.endswith(".ipynb") else b""
    path = given(tmp_path, {f"ann/{name}": raw, "ann/data.csv": b"", f"ben/{NOTEBOOK}": RIGHT})
    collection = found(path, EIGHT)
    assert [entry.student for entry, _ in collection.entries] == ["ann", "ben"]
    assert collection.entries[0][0].exercise == EIGHT
    assert bool(collection.read(0).refused) == (not name.endswith(".ipynb"))


def test_where_it_cannot_be_told_which_notebook_is_meant_it_is_asked(tmp_path: Path) -> None:
    files = {"ann/a.ipynb": SILENT, "ann/b.ipynb": SILENT, f"ben/{NOTEBOOK}": RIGHT}
    files |= {"cat/05_two_neurons.ipynb": OTHER, "dan/05_two_neurons.ipynb": RIGHT}
    collection = found(given(tmp_path, files), EIGHT)
    assert students(collection) == {"ben", "dan"}, "dan's functions are those of 08"
    ann, cat = collection.not_marked
    assert "cannot be told" in ann.reason
    assert "belongs to 05_two_neurons, and 08_backward_pass was asked for" in cat.reason


def test_a_laboratory_is_no_unknown_file(tmp_path: Path) -> None:
    [name] = checks.LABORATORIES
    files = {f"ann/Copy of {name}.ipynb": SILENT, f"ben/{NOTEBOOK}": RIGHT}
    files |= {f"ben/{name}.ipynb": SILENT}
    collection = found(given(tmp_path, files))
    [ann] = collection.not_marked
    assert (ann.student, ann.exercise, ann.status) == ("ann", name, "laboratory")
    assert "without points" in ann.reason
    assert "a laboratory, without points" in " ".join(collection.ignored)


def test_where_nothing_can_be_marked_the_reasons_are_at_hand(tmp_path: Path) -> None:
    collection = found(given(tmp_path, {"ann/a.py": b"", "ben/b.ipynb": SILENT}))
    assert not collection.entries
    assert [entry.student for entry in collection.not_marked] == ["ann", "ben"]


# --- which of several files counts ---------------------------------------------------


def dated(tmp_path: Path, files: dict[str, bytes], oldest_first: list[str]) -> Collection:
    path = given(tmp_path, files)
    for day, name in enumerate(oldest_first):
        os.utime(path / name, (day * 86400 + 10**9,) * 2)
    return found(path)


@pytest.mark.parametrize("empty", [RELEASED, notebook()], ids=["released", "without code"])
@pytest.mark.parametrize("number", ["{} (1).ipynb", "{}.ipynb", "{}-2.ipynb", "Copy of {}.ipynb"])
@pytest.mark.parametrize("later", [False, True], ids=["earlier", "later"])
def test_what_is_as_it_was_released_never_outranks_work(
    tmp_path: Path, empty: bytes, number: str, later: bool
) -> None:
    work, other = f"ann/{EIGHT}_mine.ipynb", f"ann/{number.format(EIGHT)}"
    order = [work, other] if later else [other, work]
    collection = dated(tmp_path, {work: RIGHT, other: empty}, order)
    [(chosen, others)] = collection.entries
    assert chosen.name == f"{EIGHT}_mine.ipynb"
    assert len(others) == 1
    [said] = collection.said
    assert "ann: 2 files for 08_backward_pass" in said


def test_the_time_goes_before_a_browsers_number(tmp_path: Path) -> None:
    first, second = f"ann/{EIGHT} (1).ipynb", f"ann/{NOTEBOOK}"
    more = notebook(*SOLVED, "y = 2")
    collection = dated(tmp_path, {first: RIGHT, second: more}, [first, second])
    assert collection.entries[0][0].name == NOTEBOOK
    collection = dated(tmp_path, {first: RIGHT, second: more}, [second, first])
    assert collection.entries[0][0].name == f"{EIGHT} (1).ipynb"


def test_canvas_numbers_a_resubmission(tmp_path: Path) -> None:
    names = [f"leeann_10_200_{EIGHT}-2.ipynb", f"leeann_10_199_{EIGHT}-10.ipynb"]
    names += [f"leeann_10_198_{NOTEBOOK}"]
    files = {name: notebook(*SOLVED, f"y = {number}") for number, name in enumerate(names)}
    collection = dated(tmp_path, files, names[::-1])
    assert collection.entries[0][0].name == f"{EIGHT}-10.ipynb"


# --- names ---------------------------------------------------------------------------

FORMS = ["NFC", "NFD"]


@PACKED
@pytest.mark.parametrize("form", FORMS)
def test_two_forms_of_unicode_are_one_name(tmp_path: Path, form: str, packed: bool) -> None:
    files = {
        unicodedata.normalize(form, f"Jürgen Groß/{NOTEBOOK}"): RIGHT,
        unicodedata.normalize("NFD", f"Jürgen Groß/{FIVE}.ipynb"): OTHER,
    }
    collection = found(given(tmp_path, files, packed))
    assert students(collection) == {unicodedata.normalize("NFC", "Jürgen Groß")}
    assert len(collection) == 2


@pytest.mark.parametrize("form", FORMS)
def test_a_name_of_a_zip_without_the_flag_of_utf_8(tmp_path: Path, form: str) -> None:
    """macOS writes UTF-8 without saying so; old Windows writes cp437."""
    name = unicodedata.normalize(form, f"Jürgen/{NOTEBOOK}").encode()
    path = given(tmp_path, {"J" + "x" * (len(name) - 1): RIGHT}, packed=True)
    raw = path.read_bytes().replace(b"J" + b"x" * (len(name) - 1), name)
    path.write_bytes(raw)
    assert students(found(path)) == {"Jürgen"}
    old = f"Jürgen/{NOTEBOOK}".encode("cp437")
    path.write_bytes(raw.replace(name, old + b"b" * (len(name) - len(old))))
    assert students(found(path)) == {"Jürgen"}


# --- Gradescope ----------------------------------------------------------------------

LISTED = """\
---
submission_1:
  :submitters:
  - :name: Ann
    :sid: '1001'
    :email: ann@example.org
  - :name: Ben
    :sid: 0012
    :email: ben@example.org
  :created_at: 2026-11-01 10:00:00.5 Z
  :score: !ruby/object:BigDecimal 18:0.19e2
submission_2:
  :submitters:
  - &cat
    :name: Cat
    :sid: s1003
    :email: cat@example.org
  :results:
    :tests:
    - :name: 'forward: x @ W.T'
      :output: |
        :submitters:
        - :sid: '666'
    - *cat
submission_3:
  :submitters:
  - :name: Dan
    :sid:
    :email: dan@example.org
submission_4:
  :submitters:
  - {":name": "Eve Ö"}
"""


@PACKED
@pytest.mark.parametrize("around", ["assignment_7_export/", "", "x/assignment_7_export/"])
def test_gradescopes_groups_and_numbers(tmp_path: Path, around: str, packed: bool) -> None:
    files = {f"{around}submission_{number}/{NOTEBOOK}": RIGHT for number in range(1, 6)}
    files[f"{around}submission_metadata.yml"] = LISTED.encode()
    collection = found(given(tmp_path, files, packed))
    assert students(collection) == {
        "1001", "0012", "s1003", "dan@example.org", "Eve Ö", "submission_5",
    }  # fmt: skip
    assert "submission_5" in " ".join(collection.said)


@pytest.mark.parametrize("raw", [None, b"\x00: [", b"- a\n", b"{" * 100_000])
def test_without_gradescopes_list_it_is_said(tmp_path: Path, raw: bytes | None) -> None:
    files = {f"submission_{number}/{NOTEBOOK}": RIGHT for number in (1, 2)}
    if raw is not None:
        files["submission_metadata.yml"] = raw
    collection = found(given(tmp_path, files))
    assert students(collection) == {"submission_1", "submission_2"}
    assert "cannot be used" in " ".join(collection.said)


def test_a_file_that_is_none_of_these_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n")
    with pytest.raises(RefusedError, match="submissions were expected"):
        found(path)
