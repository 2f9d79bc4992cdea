"""`course release` and `course start`, and the notebooks run for real."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_lib import course_files
from course_lib.checks import LABORATORIES, load
from course_lib.notebooks import command, release, run, source
from course_lib.notebooks.source import SolutionError

ROOT = Path(__file__).resolve().parents[2]


def course(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers(required=True))
    args = parser.parse_args(arguments)
    return args.run(args)


SMALL = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---

# Exercise 97: small

```{code-cell} ipython3
def twice(x):
    ### BEGIN SOLUTION
    return x + x + 0
    ### END SOLUTION
```
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own with one small solution."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "97_small.md").write_text(SMALL, encoding="utf-8")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "_config.yml").touch()
    monkeypatch.setattr(course_files, "ROOT", tmp_path)
    (tmp_path / "tests" / "grading").mkdir(parents=True)
    question = tmp_path / "course_lib" / "checks" / "ex97_small" / "twice.py"
    question.parent.mkdir(parents=True)
    question.write_text("TWICE = 0\n", encoding="utf-8")
    return tmp_path


def test_release_writes_and_is_the_same_when_repeated(checkout: Path, capsys) -> None:
    assert course("release") == 0
    target = checkout / "exercises" / "97_small.ipynb"
    first = target.read_bytes()
    assert b"\r" not in first
    target.unlink()
    assert course("release") == 0
    assert target.read_bytes() == first
    assert course("release", "--check") == 0
    assert "1 exercise is as its solution says." in capsys.readouterr().out


def test_check_writes_nothing_and_names_what_differs(checkout: Path, capsys) -> None:
    assert course("release", "--check") == 1
    assert "is missing" in capsys.readouterr().err
    assert not (checkout / "exercises").exists()
    course("release")
    target = checkout / "exercises" / "97_small.ipynb"
    target.write_text(target.read_text("utf-8").replace("twice", "thrice"), encoding="utf-8")
    edited = target.read_bytes()
    assert course("release", "--check") == 1
    assert "differs from what 97_small.md gives" in capsys.readouterr().err
    assert target.read_bytes() == edited


def test_a_notebook_without_a_solution_is_named(checkout: Path, capsys) -> None:
    course("release")
    (checkout / "exercises" / "96_old.ipynb").write_text("{}", encoding="utf-8")
    assert course("release", "--check") == 1
    assert "96_old.ipynb has no solution" in capsys.readouterr().err


def test_a_broken_solution_keeps_the_others(checkout: Path, capsys) -> None:
    broken = SMALL.replace("    ### END SOLUTION\n", "")
    (checkout / "solutions" / "95_broken.md").write_text(broken, encoding="utf-8")
    assert course("release") == 1
    assert "95_broken.md:12: this region is not closed" in capsys.readouterr().err
    assert (checkout / "exercises" / "97_small.ipynb").is_file()


def test_without_solutions_the_call_is_wrong(checkout: Path, capsys) -> None:
    (checkout / "solutions" / "97_small.md").unlink()
    assert course("release") == 2
    assert "no solution" in capsys.readouterr().err


def test_start_copies_what_is_new_and_overwrites_nothing(checkout, capsys, monkeypatch) -> None:
    course("release")
    folder = checkout / "mine"
    assert course("start", "--folder", str(folder), "--no-open") == 0
    copy = folder / "97_small.ipynb"
    copy.write_text("my work", encoding="utf-8")
    (checkout / "exercises" / "98_more.ipynb").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert course("start", "--folder", str(folder), "--no-open") == 0
    assert copy.read_text(encoding="utf-8") == "my work"
    assert (folder / "98_more.ipynb").is_file()
    assert "1 new, 1 left as they were" in capsys.readouterr().out


def test_start_refuses_the_courses_own_folder_and_a_file(checkout: Path, capsys) -> None:
    course("release")
    assert course("start", "--folder", str(checkout / "exercises"), "--no-open") == 2
    (checkout / "file").write_text("", encoding="utf-8")
    assert course("start", "--folder", str(checkout / "file"), "--no-open") == 2
    assert "cannot be written" in capsys.readouterr().err


def test_start_opens_jupyterlab_there(checkout: Path, monkeypatch) -> None:
    course("release")
    calls = []
    monkeypatch.setattr(command.subprocess, "call", lambda line: calls.append(line) or 0)
    assert course("start", "--folder", str(checkout / "mine")) == 0
    assert calls[0][1:4] == ["-m", "jupyter", "lab"]
    assert calls[0][-1] == str((checkout / "mine").resolve())


def test_start_without_jupyterlab_says_what_to_install(checkout, monkeypatch, capsys) -> None:
    course("release")
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    assert course("start", "--folder", str(checkout / "mine")) == 1
    assert "[student]" in capsys.readouterr().err


@pytest.mark.long
def test_a_cell_that_raises_is_named_with_its_line(checkout: Path) -> None:
    path = checkout / "solutions" / "97_small.md"
    path.write_text(
        SMALL + "\n```{code-cell} ipython3\n:tags: [reference-output]\n\nprint(1 / 0)\n```\n",
        encoding="utf-8",
    )
    with pytest.raises(SolutionError, match="raises ZeroDivisionError") as caught:
        run.outputs(source.read(path))
    assert path.read_text("utf-8").splitlines()[caught.value.line - 1] == "print(1 / 0)"


@pytest.mark.long
def test_release_check_with_every_reference_output_made_again(capsys) -> None:
    assert course("release", "--check") == 0, capsys.readouterr().err


def nbval(folder: Path, *files: str) -> subprocess.CompletedProcess:
    """Run nbval; once more where a kernel did not answer (see `run.execute`)."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider"]
    for _ in range(run.ATTEMPTS):
        done = subprocess.run(
            [*command, f"--nbval-cell-timeout={run.CELL_SECONDS}", *files],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if "Timeout of" not in done.stdout:
            break
    return done


@pytest.mark.long
def test_nbval_runs_the_solved_notebooks(tmp_path: Path) -> None:
    assert course("release", "--check", "--solutions", str(tmp_path)) == 0
    done = nbval(tmp_path, ".")
    assert done.returncode == 0, done.stdout[-3000:]
    notebook = next(tmp_path.glob("08_*.ipynb"))
    spoiled = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in spoiled["cells"]:
        cell["source"] = [line.replace("axis=0)", "axis=1)") for line in cell["source"]]
    notebook.write_text(json.dumps(spoiled), encoding="utf-8")
    assert nbval(tmp_path, notebook.name).returncode == 1, "a wrong solution must not pass"


@pytest.mark.long
@pytest.mark.parametrize("path", release.paths(ROOT), ids=lambda path: path.stem)
def test_the_released_notebook_runs_top_to_bottom(path: Path, tmp_path: Path) -> None:
    file = tmp_path / f"{path.stem}.ipynb"
    shutil.copyfile(ROOT / "exercises" / file.name, file)
    notebook = nbformat.read(file, as_version=4)
    run.execute(notebook, str(tmp_path))
    text = release.output_text(
        [output for cell in notebook.cells for output in cell.get("outputs", [])]
    )
    graded = path.stem not in LABORATORIES
    for question in load(path.stem).questions if graded else ():
        assert f"{question.name} is not written yet" in text


@pytest.mark.parametrize(
    "path",
    [
        "course_lib/checks/ex97_small/reference.py",
        "course_lib/checks/ex97_small/__init__.py",
        "tests/grading/test_97_small.py",
    ],
)
def test_check_compares_what_is_generated_beside_the_notebook(
    checkout: Path, capsys, path: str
) -> None:
    assert course("release") == 0
    target = checkout / path
    first = target.read_bytes()
    target.write_bytes(first + b"# mine\n")
    assert course("release", "--check") == 1
    assert f"{path} differs from what 97_small.md gives" in capsys.readouterr().err
    target.unlink()
    assert course("release", "--check") == 1
    assert f"{path} is missing" in capsys.readouterr().err
    assert course("release") == 0
    assert target.read_bytes() == first
