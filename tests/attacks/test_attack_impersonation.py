"""Family: names of files that speak for somebody else: whose work is it, which attempt counts?"""

import os
import time
import zipfile
from pathlib import PurePosixPath

import pytest
from attacks.hostile import EXERCISE, notebook

from course_lib.grading.submissions.attempts import Collection, sort_work
from course_lib.grading.submissions.collect import collect
from course_lib.grading.submissions.gradescope_list import submitters
from course_lib.grading.submissions.listing import File
from course_lib.grading.submissions.owners import around, owners

HONEST = notebook(["mine = 'honest'"])
EVIL = notebook(["mine = 'evil'"])


def handed_in(tmp_path, files, packed):
    """Collect `files` (path → bytes) from a folder or from a zip; return student → sources."""
    if packed:
        with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        collection = collect(tmp_path / "class.zip", [EXERCISE])
    else:
        for name, data in files.items():
            path = tmp_path / "class" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if data is EVIL:  # as if it came last
                os.utime(path, (time.time() + 10**6,) * 2)
        collection = collect(tmp_path / "class", [EXERCISE])
    read = [collection.read(i) for i in range(len(collection))]
    return {work.student: [source for _, source in work.cells] for work in read}


CASES = {
    "moodle-folder": (
        "Victim_222_assignsubmission_file_/08_backward_pass.ipynb",
        "Eve_111_assignsubmission_file_/Victim_222_assignsubmission_file_08_backward_pass_99.ipynb",
    ),
    "moodle-flat": (
        "Victim_222_assignsubmission_file_08_backward_pass.ipynb",
        "Eve_111_assignsubmission_file_Victim_222_assignsubmission_file_08_backward_pass_99.ipynb",
    ),
    "moodle-in-folder": (
        "Victim_222/08_backward_pass.ipynb",
        "Eve_111/Victim_222_assignsubmission_file_08_backward_pass_99.ipynb",
    ),
    "canvas-in-folder": (
        "victim_222/08_backward_pass.ipynb",
        "eve_111/victim_222_333_08_backward_pass-99.ipynb",
    ),
    "canvas-flat": (
        "victim_222_333_08_backward_pass.ipynb",
        "eve_111_333_victim_222_333_08_backward_pass-99.ipynb",
    ),
    "folders-below": (
        "victim/08_backward_pass.ipynb",
        "eve/victim/08_backward_pass.ipynb",
    ),
    "submitted-below": (
        "submitted/victim/ps/08_backward_pass.ipynb",
        "submitted/eve/submitted/victim/08_backward_pass.ipynb",
    ),
    "gradescope-below": (
        "assignment_1_export/submission_222/08_backward_pass.ipynb",
        "assignment_1_export/submission_111/submission_222/08_backward_pass.ipynb",
    ),
}


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("case", CASES)
def test_a_file_name_never_speaks_for_another_student(tmp_path, case, packed):
    honest, evil = CASES[case]
    (tmp_path / "alone").mkdir()
    alone = handed_in(tmp_path / "alone", {honest: HONEST}, packed)
    together = handed_in(tmp_path, {honest: HONEST, evil: EVIL}, packed)
    victims = [name for name in together if name in alone]
    assert len(victims) == 1
    assert together[victims[0]] == ["mine = 'honest'"]


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("top", ["", "assignment_1_export/"], ids=["bare", "export"])
def test_a_list_of_people_inside_a_submission_names_nobody(tmp_path, top, packed):
    listed = (
        "submission_111:\n  :submitters:\n  - :name: Eve\n    :sid: '1'\n"
        "submission_222:\n  :submitters:\n  - :name: Victim\n    :sid: '2'\n"
    )
    swapped = listed.replace("'1'", "'x'").replace("'2'", "'1'").replace("'x'", "'2'")
    files = {
        f"{top}submission_111/submission_metadata.yml": swapped.encode(),
        f"{top}submission_111/08_backward_pass.ipynb": EVIL,
        f"{top}submission_222/08_backward_pass.ipynb": HONEST,
        f"{top}submission_metadata.yml": listed.encode(),
    }
    (tmp_path / "class").mkdir()
    assert handed_in(tmp_path, files, packed) == {
        "1": ["mine = 'evil'"],
        "2": ["mine = 'honest'"],
    }


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_hidden_files_are_no_submissions(tmp_path, packed):
    files = {
        "eve/08_backward_pass.ipynb": HONEST,
        "eve/.ipython/profile/08_backward_pass.ipynb": EVIL,
        "eve/._08_backward_pass.ipynb": EVIL,
        "eve/.local/00.py": EVIL,
        "._eve_08_backward_pass.ipynb": EVIL,
        ".../08_backward_pass.ipynb": HONEST,
    }
    (tmp_path / "class").mkdir()
    sources = handed_in(tmp_path, files, packed)
    assert sources == {"eve": ["mine = 'honest'"], "...": ["mine = 'honest'"]}


def test_a_zip_with_many_files_is_read_in_linear_work(tmp_path):
    def seconds(count):
        path = tmp_path / f"{count}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for i in range(count):
                archive.writestr(f"s{i}/{EXERCISE}.ipynb", HONEST)
        collection = collect(path, [EXERCISE])
        collection.read(0)  # the list is read once, with the first file
        start = time.process_time()
        for i in range(100):
            collection.read(i)
        return time.process_time() - start

    assert seconds(4000) < 5 * seconds(100) + 0.2


@pytest.mark.parametrize("sign", ["-", " ", "_", "(", "v", "_1"])
def test_a_long_name_is_read_in_linear_work(sign):
    def seconds(count):
        name = PurePosixPath("s", EXERCISE + sign * count + "!.ipynb")
        start = time.process_time()
        for _ in range(3):
            for path in (name, PurePosixPath(name.name)):
                around([path.parts], "root", lambda name: False, [])
                ownership = owners([File(path, lambda most=0: HONEST, 0.0)], 0, [EXERCISE])
                for work in ownership.owned:
                    sort_work(Collection(), work.person, [work], [EXERCISE], [])
            submitters(b"submission_1:\n  a: " + b"x" + sign.encode() * count)
        return time.process_time() - start

    assert seconds(16_000) < 20 * seconds(2_000) + 0.1
