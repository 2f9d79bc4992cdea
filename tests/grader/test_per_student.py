"""`course release --per-student`, and a class with numbers of its own that is marked by them."""

from __future__ import annotations

import argparse
import csv
import json
import re
import shlex
from pathlib import Path

import pytest
from grader.runs import course_grade, outcomes

from course_lib import checks, course_files
from course_lib.checks import child
from course_lib.checks.sheets import ANOTHER, numbers_of, stated_key, varied
from course_lib.cli import parser
from course_lib.grading import run
from course_lib.grading.options import Options
from course_lib.grading.per_student import SEED, key_in, read_seed, with_sheet
from course_lib.notebooks.numbered import numbered

CLASS = "student,group\nann,1\nben,1\ncat,2\ndan,2\n"
TEXT = "a seed for the tests of numbers per student"
SAID = "These are the numbers of another notebook."


def course(*words: object) -> int:
    args = parser().parse_args(["release", *map(str, words)])
    return args.run(args)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a roster and a seed."""
    (tmp_path / "roster.csv").write_text(CLASS)
    (tmp_path / SEED).write_text(TEXT)
    return tmp_path


def release(desk: Path, *more: object) -> Path:
    out = desk / "out"
    assert course("--per-student", desk / "roster.csv", "--out", out, *more) == 0
    return out


def files(out: Path) -> dict[str, bytes]:
    return {str(doc.relative_to(out)): doc.read_bytes() for doc in out.rglob("*") if doc.is_file()}


def test_everyone_gets_every_notebook_and_numbers_of_their_own(desk: Path, capsys) -> None:
    made = files(release(desk))
    released = sorted(course_files.folder("exercises").glob("*.ipynb"))
    assert len(made) == 4 * len(released)
    for path in released:
        copies = {made[f"{who}/{path.name}"] for who in ("ann", "ben", "cat", "dan")}
        if path.stem in with_sheet():
            assert len(copies) == 4
            assert path.read_bytes() not in copies
        else:
            assert copies == {path.read_bytes()}
    assert TEXT.encode() not in b"".join(made.values())
    said = capsys.readouterr().out
    assert f"The seed is in {desk / SEED}: keep it, and give it to nobody." in said
    before = (desk / SEED).read_bytes()
    assert files(release(desk)) == made
    assert (desk / SEED).read_bytes() == before


def test_one_more_student_changes_nobody_elses_numbers(desk: Path) -> None:
    made = files(release(desk, "--exercise", "05"))
    (desk / "roster.csv").write_text("student,group\nada,3\n" + CLASS.partition("\n")[2])
    after = files(release(desk, "--exercise", "05_two_neurons"))
    assert {name: after[name] for name in made} == made
    assert len(after) == len(made) + 1


def test_a_seed_is_made_once_and_others_cannot_read_it(desk: Path, capsys) -> None:
    (desk / SEED).unlink()
    release(desk, "--exercise", "8")
    seed = read_seed(desk / SEED)
    assert len(seed) == 64
    assert (desk / SEED).stat().st_mode & 0o077 == 0
    assert "The seed was made and is in" in capsys.readouterr().out
    release(desk, "--exercise", "8")
    assert read_seed(desk / SEED) == seed


@pytest.mark.parametrize("name", with_sheet())
def test_text_and_outputs_state_the_notebooks_own_numbers(name: str) -> None:
    path = course_files.folder("exercises") / f"{name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    made = numbered(notebook, name, 17)
    (question,) = (task for task in checks.load(name).questions if task.sheet)
    texts = ["".join(cell["source"]) for cell in made["cells"]]
    for piece in question.sheet.pieces(numbers_of(question.name, 17)):
        assert "\n".join(texts).count(piece) == 1
    assert stated_key(texts) == 17
    right = varied(question, 17).reference()
    shown = "\n".join(
        "".join(output["text"]) for cell in made["cells"] for output in cell.get("outputs", [])
    )
    for text in ("05_two_neurons", "08_backward_pass"):
        if name == text:  # these show the results among others
            assert all(f"{number:.4g}" in shown for number in right)
    assert [cell["id"] for cell in made["cells"]] == [cell["id"] for cell in notebook["cells"]]


@pytest.mark.parametrize("name", with_sheet())
def test_what_a_notebook_prints_is_what_a_kernel_would_print(name: str, monkeypatch) -> None:
    from course_lib.notebooks import numbered as module

    path = course_files.folder("exercises") / f"{name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    before = [cell.get("outputs") for cell in notebook["cells"]]
    (question,) = (task for task in checks.load(name).questions if task.sheet)
    old = question.sheet.pieces(question.sheet.numbers)
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if "reference-output" in cell["metadata"].get("tags", []) and any(
            number in text for number in old
        ):
            assert module._printed(text, name) == "".join(cell["outputs"][0]["text"])
    assert before == [cell.get("outputs") for cell in notebook["cells"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--per-student", "none.csv", "--out", "out"], "none.csv cannot be read"),
        (["--per-student", "roster.csv"], "say with --out DIR"),
        (["--out", "out"], "belong to --per-student"),
        (["--per-student", "roster.csv", "--out", "out", "--check"], "goes with --out"),
        (
            ["--per-student", "roster.csv", "--out", "out", "--exercise", "03"],
            "exercise 03 has no calculation by hand with numbers per student; those that have one "
            "are 05_two_neurons, 06_",
        ),
        (
            ["--per-student", "roster.csv", "--out", "out", "--exercise", "99"],
            "exercise 99 has no calculation by hand",
        ),
        (
            ["--per-student", "roster.csv", "--out", "out", "--numbers", "out/ann/seed"],
            "would lie among the notebooks",
        ),
        (
            ["--per-student", "roster.csv", "--out", "out", "--numbers", "."],
            "cannot be read: Is a directory",
        ),
        (
            ["--per-student", "roster.csv", "--out", "out", "--numbers", "short"],
            "short holds no seed: at least 16 characters",
        ),
        (
            ["--per-student", "roster.csv", "--out", "out", "--numbers", "binary"],
            "binary cannot be read: it is no text",
        ),
        (["--per-student", "empty.csv", "--out", "out"], "empty.csv lists nobody"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    desk: Path, monkeypatch, capsys, words: list[str], said: str
) -> None:
    monkeypatch.chdir(desk)
    (desk / "short").write_text("1234")
    (desk / "binary").write_bytes(b"\xff\xfe" * 20)
    (desk / "empty.csv").write_text("student\n")
    assert course(*words) == 2
    assert said in capsys.readouterr().err
    assert not (desk / "out").exists()


def test_a_notebook_that_somebody_works_in_is_not_overwritten(desk: Path, capsys) -> None:
    out = release(desk, "--exercise", "05")
    path = out / "ben" / "05_two_neurons.ipynb"
    path.write_text("work")
    words = ("--per-student", desk / "roster.csv", "--out", out, "--exercise", "05")
    assert course(*words) == 2
    assert "may hold somebody's work" in capsys.readouterr().err
    assert path.read_text() == "work"


def test_a_key_goes_by_the_first_name_that_a_row_has() -> None:
    name = "05_two_neurons"
    named = key_in(TEXT, {"student": "ann", "ID": "17"}, name)
    assert named == key_in(TEXT, {"student": "ann", "ID": "18"}, name)
    assert named != key_in(TEXT, {"student": "", "ID": "17"}, name)
    assert key_in(TEXT, {"ID": "17"}, name) == key_in(TEXT, {"student": "", "ID": "17"}, name)
    assert named != key_in(TEXT, {"student": "ann"}, "06_computational_graphs")
    assert named != key_in(TEXT + "!", {"student": "ann"}, name)


# --- marking --------------------------------------------------------------------------------------

NAME = "05_two_neurons"
QUESTION = checks.load(NAME).question("two_neurons_by_hand")


def key(student: str) -> int:
    return key_in(TEXT, {"student": student}, NAME)


def answered(path: Path, answer: tuple[float, ...]) -> None:
    """Write an answer into a student's notebook."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(block for block in notebook["cells"] if block["id"] == f"solution-{QUESTION.name}")
    cell["source"] = f"def {QUESTION.name}():\n    return {answer!r}\n"
    path.write_text(json.dumps(notebook), encoding="utf-8")


def mistake(student: str, name: str) -> tuple[float, ...]:
    return next(slip for slip in varied(QUESTION, key(student)).mistakes if slip.id == name).wrong()


@pytest.fixture
def handed_in(desk: Path) -> Path:
    """Ann is right, Ben has Ann's results, Cat has Ann's whole notebook, Dan makes a mistake."""
    out = release(desk, "--exercise", "05")
    right = varied(QUESTION, key("ann")).reference()
    for student, answer in (("ann", right), ("ben", right), ("dan", mistake("dan", "B07"))):
        answered(out / student / f"{NAME}.ipynb", answer)
    raw = (out / "ann" / f"{NAME}.ipynb").read_bytes()
    (out / "cat" / f"{NAME}.ipynb").write_bytes(raw)
    return out


def of(records: dict[str, dict], student: str) -> dict:
    return next(task for task in records[student]["questions"] if task["name"] == QUESTION.name)


@pytest.mark.long
def test_a_class_is_marked_by_the_numbers_of_each_student(desk: Path, handed_in: Path) -> None:
    marks, numbers = desk / "marks", ("--numbers", str(desk / SEED))
    roster = ("--roster", str(desk / "roster.csv"))
    done = course_grade(handed_in, marks, *roster, *numbers, "--feedback", "named")
    assert done.returncode == 0, done.stdout + done.stderr
    records = outcomes(marks)
    assert of(records, "ann")["score"] == QUESTION.points
    assert of(records, "dan")["score"] == 2
    assert of(records, "dan")["mistakes"] == ["B07"]
    for student in ("ben", "cat"):
        result = of(records, student)
        assert result["score"] == 0
        assert result["mistakes"] == [ANOTHER]
        assert result["question"].startswith(SAID)
        page = next((marks / "feedback" / student).glob("*.html")).read_text("utf-8")
        assert SAID in page
    stated = "does not state the numbers that this student was given"
    assert [who for who in records if stated in " ".join(records[who]["notes"])] == ["cat"]
    for student in ("ann", "ben", "dan"):  # check says the same; it knows no student but one
        _, results = child.marks(handed_in / student / f"{NAME}.ipynb", NAME)
        own = next(result.as_dict() for result in results if result.name == QUESTION.name)
        assert own == of(records, student)
    for path in marks.rglob("*"):
        assert not path.is_file() or TEXT.encode() not in path.read_bytes(), path

    asked = Options(
        handed_in, desk / "more", roster=desk / "roster.csv", numbers=desk / SEED, jobs=1
    )
    assert str(desk / SEED) in run.prepare(asked).settings.forbidden  # closed for student code

    refused = course_grade(handed_in, marks, *roster, "--resume")
    assert refused.returncode == 2
    assert "numbers was" in refused.stderr
    again = course_grade(handed_in, marks, "--only", "dan", *numbers)
    assert again.returncode == 0, again.stdout + again.stderr

    hidden = course_grade(handed_in, desk / "hidden", *roster, *numbers, "--pseudonyms")
    assert hidden.returncode == 0, hidden.stdout + hidden.stderr
    with (desk / "hidden" / "pseudonyms.csv").open(encoding="utf-8") as file:
        names = {row["pseudonym"]: row["student"] for row in csv.DictReader(file)}
    scores = {names[who]: record["score"] for who, record in outcomes(desk / "hidden").items()}
    assert scores == {who: record["score"] for who, record in records.items()}


@pytest.mark.long
def test_without_the_seed_each_notebook_is_marked_by_the_numbers_that_it_states(
    desk: Path, handed_in: Path
) -> None:
    done = course_grade(handed_in, desk / "marks")
    assert done.returncode == 0, done.stdout + done.stderr
    records = outcomes(desk / "marks")
    assert [of(records, who)["score"] for who in ("ann", "ben", "cat", "dan")] == [3, 0, 3, 2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--numbers", "numbers.seed"), "--numbers needs the class list"),
        (("--numbers", "none", "--roster", "roster.csv"), "there is no seed none"),
    ],
)
def test_a_seed_that_cannot_be_used_is_refused(
    desk: Path, monkeypatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(desk)
    release(desk, "--exercise", "05")
    done = course_grade(Path("out"), Path("marks"), *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (desk / "marks").exists()


@pytest.mark.long
def test_the_teachers_page_is_followed(desk: Path, monkeypatch) -> None:
    """The commands of the section, as they are written there, in a folder with a roster."""
    page = course_files.checkout() / "book" / "for_teachers.md"
    section = page.read_text("utf-8").split("(teachers-numbers)=")[1].split("\n### ")[1]
    commands = re.findall(r"^course (.*)$", section, re.MULTILINE)
    assert len(commands) == 2
    monkeypatch.chdir(desk)
    (desk / SEED).unlink()
    args = parser().parse_args(shlex.split(commands[0]))
    assert isinstance(args, argparse.Namespace)
    assert args.run(args) == 0
    words = shlex.split(commands[1])
    assert words[:2] == ["grade", "submissions.zip"]
    done = course_grade(Path("NOTEBOOKS"), Path("MARKS"), *words[4:], "--exercise", "11")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(outcomes(Path("MARKS"))) == {"ann", "ben", "cat", "dan"}
