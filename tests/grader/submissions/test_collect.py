"""Whose file is whose: folders, nbgrader's tree, and the zips of three systems."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from grader.members import NOTEBOOK, SOLVED, notebook

from course_lib.checks.notebook_file import MAX_FILE, RefusedError
from course_lib.grading.submissions.collect import collect

EXERCISES = ["05_chain", "08_backward_pass"]
RIGHT = notebook(*SOLVED)


def archive(path: Path, names: dict[str, bytes]) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, raw in names.items():
            made.writestr(name, raw)
    return path


def tree(root: Path, names: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, raw in names.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    return root


def found(path: Path) -> dict[tuple[str, str], str]:
    """Return for each submission that was found the file that counts."""
    collection = collect(path, EXERCISES)
    return {(entry.student, entry.exercise): entry.name for entry, _ in collection.entries}


def test_a_folder_per_student(tmp_path: Path) -> None:
    files = {f"ann/{NOTEBOOK}": RIGHT, f"ben/own/{NOTEBOOK}": RIGHT, "ben/05_chain.ipynb": RIGHT}
    hidden = {f"ann/.ipynb_checkpoints/{NOTEBOOK}": b"", "ann/notes.txt": b""}
    tree(tmp_path, files | hidden)
    assert set(found(tmp_path)) == {
        ("ann", "08_backward_pass"),
        ("ben", "08_backward_pass"),
        ("ben", "05_chain"),
    }


@pytest.mark.parametrize("start", ["", "submitted"])
def test_the_tree_of_nbgrader(tmp_path: Path, start: str) -> None:
    names = {f"submitted/ann/08_backward_pass/{NOTEBOOK}": RIGHT}
    names |= {"submitted/ben/08_backward_pass/08.ipynb": RIGHT}
    tree(tmp_path, names)
    expected = {("ann", "08_backward_pass"), ("ben", "08_backward_pass")}
    assert set(found(tmp_path / start)) == expected


def test_one_notebook(tmp_path: Path) -> None:
    path = tree(tmp_path, {f"ann/{NOTEBOOK}": RIGHT}) / "ann" / NOTEBOOK
    assert found(path) == {("ann", "08_backward_pass"): NOTEBOOK}


def test_the_zip_of_canvas(tmp_path: Path) -> None:
    names = ["leeann_10_200_08_backward_pass.ipynb", "leeann_10_201_08_backward_pass-1.ipynb"]
    names += ["mullerben_LATE_11_202_08_backward_pass-3.ipynb", "mullerben_11_199_notes.txt"]
    names += ["o_brienann_12_205_08_backward_pass.ipynb", "anon_aB3dE_301_08_backward_pass.ipynb"]
    names += ["LATE_anon_Xy9_302_08_backward_pass-1.ipynb"]
    path = archive(tmp_path / "submissions.zip", dict.fromkeys(names, RIGHT))
    assert found(path) == {
        ("leeann_10", "08_backward_pass"): "08_backward_pass-1.ipynb",
        ("mullerben_11", "08_backward_pass"): "08_backward_pass-3.ipynb",
        ("o_brienann_12", "08_backward_pass"): "08_backward_pass.ipynb",
        ("anon_aB3dE", "08_backward_pass"): "08_backward_pass.ipynb",
        ("anon_Xy9", "08_backward_pass"): "08_backward_pass-1.ipynb",
    }


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("smithjohn_10_12_200_08_backward_pass.ipynb", "smithjohn_10_12"),
        ("smithjohn_10_20_12_200_08_backward_pass.ipynb", "smithjohn_10_20_12"),
        ("smithjohn_10_LATE_12_200_08_backward_pass.ipynb", "smithjohn_10_12"),
        ("smithjohn_12_200_08_backward_pass_10_20.ipynb", "smithjohn_12"),
        ("smithjohn_12_200_08_backward_pass_10_20_x.ipynb", "smithjohn_12"),
    ],
)
def test_a_name_on_canvas_that_holds_numbers_speaks_for_nobody_else(
    tmp_path: Path, name: str, whose: str
) -> None:
    names = ["smithjohn_10_199_08_backward_pass.ipynb", name]
    path = archive(tmp_path / "submissions.zip", dict.fromkeys(names, RIGHT))
    assert {student for student, _ in found(path)} == {"smithjohn_10", whose}


def test_a_name_on_canvas_that_can_be_read_in_two_ways_is_not_guessed(tmp_path: Path) -> None:
    """A student may be called anything; a file as well."""
    odd = "smithjohn_10_20_08_backward_pass_12_200_08_backward_pass.ipynb"
    names = ["smithjohn_10_199_08_backward_pass.ipynb", odd]
    path = archive(tmp_path / "submissions.zip", dict.fromkeys(names, RIGHT))
    collection = collect(path, EXERCISES)
    assert [entry.student for entry, _ in collection.entries] == ["smithjohn_10"]
    [said] = [text for text in collection.ignored if "12_200" in text]
    assert "it may be of smithjohn_10 or smithjohn_10_20_08_backward_pass_12" in said


def test_the_zip_of_moodle(tmp_path: Path) -> None:
    names = [
        f"Ann Lee_10_assignsubmission_file/{NOTEBOOK}",
        f"Dan Lee_13_assignsubmission_file_/{NOTEBOOK}",
        f"Ben Müller_11_assignsubmission_file_{NOTEBOOK}",
        f"Cem O'Hara_12_assignsubmission_file_/own/{NOTEBOOK}",
    ]
    path = archive(tmp_path / "moodle.zip", dict.fromkeys(names, RIGHT))
    assert {student for student, _ in found(path)} == {
        "Ann Lee_10",
        "Ben Müller_11",
        "Cem O'Hara_12",
        "Dan Lee_13",
    }


@pytest.mark.parametrize("end", ["", "_"])
def test_a_packed_folder_of_moodle(tmp_path: Path, end: str) -> None:
    """Packed by hand: everything lies in a folder of the zip's name, beside a system's own."""
    names = [f"class/{n}_assignsubmission_file{end}/{NOTEBOOK}" for n in ("Ann Lee_10", "Ben_11")]
    path = archive(tmp_path / "class.zip", dict.fromkeys([*names, f"__MACOSX/{names[0]}"], RIGHT))
    assert {student for student, _ in found(path)} == {"Ann Lee_10", "Ben_11"}


def test_packed_folders_of_canvas_and_of_students(tmp_path: Path) -> None:
    names = [f"class/{n}_08_backward_pass.ipynb" for n in ("leeann_10_200", "ben_LATE_11_201")]
    path = archive(tmp_path / "class.zip", dict.fromkeys(names, RIGHT))
    assert {student for student, _ in found(path)} == {"leeann_10", "ben_11"}
    names = [f"class/{n}/{NOTEBOOK}" for n in ("ann", "ben")]
    path = archive(tmp_path / "class.zip", dict.fromkeys(names, RIGHT))
    assert {student for student, _ in found(path)} == {"ann", "ben"}


def test_the_zip_of_gradescope(tmp_path: Path) -> None:
    listed = (
        "---\nsubmission_1:\n  :submitters:\n  - :name: Ann Lee\n    :email: ann@example.org\n"
        "    :sid: '1001'\nsubmission_2:\n  :submitters:\n  - :name: Ben\n"
        "    :email: ben@example.org\n    :sid: \n"
    )
    start = "assignment_7_export"
    names = {
        f"{start}/submission_metadata.yml": listed.encode(),
        f"{start}/submission_1/{NOTEBOOK}": RIGHT,
        f"{start}/submission_2/{NOTEBOOK}": RIGHT,
        f"{start}/submission_3/{NOTEBOOK}": RIGHT,
    }
    path = archive(tmp_path / "gradescope.zip", names)
    assert {student for student, _ in found(path)} == {"1001", "ben@example.org", "submission_3"}


def test_the_last_attempt_counts_and_the_others_are_listed(tmp_path: Path) -> None:
    names = ["08_backward_pass.ipynb", "08_backward_pass (2).ipynb", "08_backward_pass-10.ipynb"]
    tree(tmp_path, {f"ann/{name}": RIGHT for name in names})
    collection = collect(tmp_path, EXERCISES)
    assert len(collection) == 1
    submission = collection.read(0)
    assert collection.entries[0][0].name == names[2]
    assert submission.others == (names[0], names[1])


def test_a_file_of_another_kind_is_refused_only_where_no_notebook_is(tmp_path: Path) -> None:
    tree(tmp_path, {"ann/08_backward_pass.pdf": b"", "ben/08_backward_pass.py": b""})
    tree(tmp_path, {f"ben/{NOTEBOOK}": RIGHT})
    collection = collect(tmp_path, EXERCISES)
    ann, ben = collection.read(0), collection.read(1)
    assert ".pdf" in ann.refused
    assert not ben.refused


def test_files_of_no_exercise_are_listed_with_the_reason(tmp_path: Path) -> None:
    essay = notebook("x = 1")
    tree(tmp_path, {"ann/essay.ipynb": essay, NOTEBOOK: RIGHT})
    tree(tmp_path, {"ben/essay.ipynb": essay, f"ben/{NOTEBOOK}": RIGHT})
    (tmp_path / "loop").symlink_to(tmp_path)
    collection = collect(tmp_path, EXERCISES)
    assert [entry.student for entry, _ in collection.entries] == ["ben"]
    [ann] = collection.not_marked
    assert (ann.student, ann.exercise, ann.status) == ("ann", "", "unmarked")
    assert ann.sentence().startswith("essay.ipynb: it belongs to no known exercise")
    said = " ".join(collection.ignored)
    assert "ben/essay.ipynb: it belongs to no known exercise" in said
    assert "no student's folder" in said
    assert "a link" in said


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_one_students_many_files_keep_nobody_else_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    monkeypatch.setattr("course_lib.grading.submissions.collect.MAX_EACH", 3)
    monkeypatch.setattr("course_lib.grading.submissions.collect.MAX_FILES", 8)
    names = {f"eve/{n:02}.txt": b"" for n in range(50)} | {f"ann/{NOTEBOOK}": RIGHT}
    names |= {f"submitted/{student}/{NOTEBOOK}": RIGHT for student in ("ben", "cem", "dan")}
    make = archive if packed else tree
    path = make(tmp_path / "all", names)
    collection = collect(path, EXERCISES)
    assert [entry.student for entry, _ in collection.entries] == ["ann", "ben", "cem", "dan"]
    assert [line for line in collection.ignored if "beyond 3 files" in line] == [
        "eve: what it holds beyond 3 files"
    ]
    path = make(tmp_path / "more", names | {f"x{n}/{NOTEBOOK}": RIGHT for n in range(8)})
    with pytest.raises(RefusedError, match="more than 8 files"):
        collect(path, EXERCISES)


def test_no_folder_is_passed_over_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, {f"ann/1/2/3/4/5/6/7/8/{NOTEBOOK}": RIGHT, f"ben/{NOTEBOOK}": RIGHT})
    look = os.scandir

    def scandir(path: Path):
        if path.name == "ben":
            raise PermissionError(13, "Permission denied")
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    said = collect(tmp_path, EXERCISES).ignored
    assert said == [
        "ann/1/2/3/4/5/6/7: a folder that lies too deep",
        "ben: a folder that cannot be opened (Permission denied)",
    ]


# --- zips that are not what they seem -----------------------------------------------------------


def test_a_bomb_is_read_within_bounds(tmp_path: Path) -> None:
    path = archive(tmp_path / "bomb.zip", {f"ann/{NOTEBOOK}": bytes(20 * MAX_FILE)})
    assert path.stat().st_size < MAX_FILE
    submission = collect(path, EXERCISES).read(0)
    assert "unpacks to more" in submission.refused


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = archive(tmp_path / "lies.zip", {f"ann/{NOTEBOOK}": bytes(2 * MAX_FILE)})
    raw = bytearray(path.read_bytes())
    true = (2 * MAX_FILE).to_bytes(4, "little")
    path.write_bytes(bytes(raw.replace(true, (100).to_bytes(4, "little"))))
    submission = collect(path, EXERCISES).read(0)
    assert submission.refused


@pytest.mark.parametrize(
    "name", [f"../{NOTEBOOK}", f"/etc/{NOTEBOOK}", f"a\\..\\{NOTEBOOK}", f"C:/{NOTEBOOK}"]
)
def test_a_path_that_climbs_out_is_ignored(tmp_path: Path, name: str) -> None:
    collection = collect(archive(tmp_path / "climbs.zip", {name: RIGHT}), EXERCISES)
    assert len(collection) == 0
    assert "climbs out" in collection.ignored[0]


def test_a_path_that_is_none_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = archive(tmp_path / "odd.zip", {".": RIGHT, "./.": RIGHT, f"ann/{NOTEBOOK}": RIGHT})
    listed = zipfile.ZipFile.infolist
    nameless = zipfile.ZipInfo("x")
    nameless.filename = ""  # only a zip made by hand has such a one
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda self: [nameless, *listed(self)])
    assert set(found(path)) == {("ann", "08_backward_pass")}


def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "links.zip"
    with zipfile.ZipFile(path, "w") as made:
        for student, kind in (("ann", stat.S_IFLNK), ("ben", stat.S_IFIFO)):
            member = zipfile.ZipInfo(f"{student}/{NOTEBOOK}")
            member.external_attr = (kind | 0o777) << 16
            made.writestr(member, "/etc/passwd")
    collection = collect(path, EXERCISES)
    for index in range(2):
        assert "link or a device" in collection.read(index).refused


def test_an_encrypted_file_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "locked.zip", {f"ann/{NOTEBOOK}": RIGHT})
    raw = bytearray(path.read_bytes())
    for start, flags in ((raw.index(b"PK\x03\x04"), 6), (raw.index(b"PK\x01\x02"), 8)):
        raw[start + flags] |= 1
    path.write_bytes(bytes(raw))
    assert collect(path, EXERCISES).read(0).refused == "It is encrypted."


def test_a_broken_zip_is_refused(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        made.writestr(f"ann/{NOTEBOOK}", RIGHT)
    raw = bytearray(whole.getvalue())
    raw[60:80] = bytes(20)
    path = tmp_path / "broken.zip"
    path.write_bytes(bytes(raw))
    assert "cannot be unpacked" in collect(path, EXERCISES).read(0).refused
    path.write_bytes(b"no zip")
    with pytest.raises(RefusedError, match="submissions were expected"):
        collect(path, EXERCISES)
