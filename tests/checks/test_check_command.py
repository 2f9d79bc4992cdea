"""`course check` and `course progress` on real notebooks."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.checks import command, load
from course_lib.checks.run_notebook import exercise_of, run

ROOT = Path(__file__).resolve().parents[2]
NAME = "08_backward_pass"


def course(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers(required=True))
    args = parser.parse_args(arguments)
    return args.run(args)


def released() -> dict:
    return json.loads((ROOT / "exercises" / f"{NAME}.ipynb").read_text(encoding="utf-8"))


def complete(notebook: dict, names: set[str]) -> dict:
    """Fill the released notebook with the course's answers for the functions in `names`."""
    answers = (ROOT / "course_lib/checks/ex08_backward_pass/reference.py").read_text(
        encoding="utf-8"
    )
    sources = {part.split("(")[0]: "def " + part for part in answers.split("\ndef ")[1:]}
    for cell in notebook["cells"]:
        name = cell["id"].removeprefix("solution-")
        if name in names:
            cell["source"] = sources[name].splitlines(keepends=True)
    return notebook


def put(folder: Path, notebook: dict) -> Path:
    path = folder / f"{NAME}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


ALL = {question.name for question in load(NAME).questions}


def test_the_released_notebook_is_not_written_yet(inside, capsys) -> None:
    path = put(inside, released())
    assert course("check", str(path)) == 1
    out = capsys.readouterr().out
    for name in ALL:
        assert f"{name} is not written yet." in out
    assert f"{NAME}: 0 of {load(NAME).points:g} points" in out
    assert run(path, NAME)[0] == [], "every cell of the released notebook runs"


def test_a_complete_notebook_is_all_right(inside, capsys) -> None:
    path = put(inside, complete(released(), ALL))
    assert course("check", str(path)) == 0
    assert "✗" not in capsys.readouterr().out
    assert course("progress", "--folder", str(inside)) == 0
    assert f"{load(NAME).points:g} of {load(NAME).points:g} points" in capsys.readouterr().out


def test_a_mistake_is_led_to_and_hints_are_given(inside, capsys) -> None:
    notebook = complete(released(), ALL)
    for cell in notebook["cells"]:
        if cell["id"] == "solution-dense_backward":
            cell["source"] = [line.replace("axis=0", "axis=1") for line in cell["source"]]
    path = put(inside, notebook)
    assert course("check", str(path)) == 1
    out = capsys.readouterr().out
    assert "db has shape (11,)" in out
    assert "course check NOTEBOOK --hint 1" in out
    assert course("check", str(path), "--hint", "2") == 1
    assert "the sum over the neurons" in capsys.readouterr().out
    assert course("progress", "--folder", str(inside)) == 0
    assert "Next: " in capsys.readouterr().out


def test_cells_that_fail_are_named_and_stop_nothing(inside, capsys) -> None:
    notebook = complete(released(), ALL)
    notebook["cells"].insert(0, {"cell_type": "code", "source": "input('name?')", "id": "x"})
    notebook["cells"].insert(0, {"cell_type": "code", "source": "exit(7)", "id": "y"})
    path = put(inside, notebook)
    assert course("check", str(path)) == 0
    out = capsys.readouterr().out
    assert "Cell 1 raises" in out
    assert "Cell 2 raises RuntimeError: input() cannot be answered" in out


def test_a_function_whose_cell_fails_is_not_called_misnamed(inside, capsys) -> None:
    notebook = complete(released(), ALL)
    for cell in notebook["cells"]:
        if cell["id"] == "solution-dense_backward":
            cell["source"] = [line.replace("W):", "W:") for line in cell["source"]]
            number = notebook["cells"].index(cell) + 1
    assert course("check", str(put(inside, notebook)), "--hint", "2") == 1
    out = capsys.readouterr().out
    assert f"Cell {number} raises SyntaxError" in out
    assert "The cell that defines dense_backward fails: SyntaxError" in out
    assert "not on our list" not in out.split("dense_backward: ")[1].split("\n\n")[0]


def test_what_was_decided_about_the_notebook_is_said(inside, capsys) -> None:
    """As `check` and `earlier` say it in the notebook, and as the feedback page says it."""
    notebook = complete(released(), ALL)
    more = (
        'from course_lib.checks import earlier\nactivate, softmax = earlier("activate", "softmax")'
    )
    twice = "def dense_backward(delta, a, W):\n    return delta.T @ a, delta.sum(axis=0), delta @ W"
    for source in (more, twice):
        cell = {"cell_type": "code", "id": f"more-{len(source)}", "metadata": {}, "outputs": []}
        notebook["cells"].append({**cell, "source": source, "execution_count": None})
    assert course("check", str(put(inside, notebook))) == 0
    said = capsys.readouterr().out.split("\n")
    assert "Defined more than once; the last definition counts: dense_backward." in said
    assert "activate: the course's (there is no 02_one_neuron.ipynb beside this notebook)" in said
    assert "softmax: the course's (there is no 04_loss.ipynb beside this notebook)" in said


def test_a_reader_who_leaves_early_sees_no_traceback(inside) -> None:
    path = put(inside, complete(released(), ALL))
    code = "import sys; from course_lib.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "check", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.communicate()[1] == b""


@pytest.mark.parametrize("content", ["", "no JSON", "[]", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_a_wrong_call(inside, capsys, content: str) -> None:
    path = inside / f"{NAME}.ipynb"
    path.write_text(content, encoding="utf-8")
    assert course("check", str(path)) == 2
    assert "is not a notebook" in capsys.readouterr().err


def test_a_missing_file_is_a_wrong_call(inside, capsys) -> None:
    assert course("check", "nowhere.ipynb") == 2
    assert "course check" in capsys.readouterr().err


def test_a_file_that_lies_in_the_folder_of_copies_is_pointed_at(inside, capsys) -> None:
    (inside / "my_exercises").mkdir()
    put(inside / "my_exercises", released())
    assert course("check", f"{NAME}.ipynb") == 2
    assert f"do you mean my_exercises/{NAME}.ipynb?" in capsys.readouterr().err


def test_a_renamed_notebook_is_known_by_its_functions(inside) -> None:
    path = put(inside, released())
    other = path.rename(inside / "homework (1).ipynb")
    assert exercise_of(other) == NAME
    other.write_text('{"cells": [], "nbformat": 4}', encoding="utf-8")
    with pytest.raises(ValueError, match="belongs to no exercise"):
        exercise_of(other)


def test_progress_without_exercises_says_how_to_get_them(inside, capsys) -> None:
    assert course("progress") == 2
    assert "`course start`" in capsys.readouterr().out
    assert course("progress", "--folder", "nowhere") == 2


def test_a_laboratory_is_named_and_asks_for_no_points(inside, capsys) -> None:
    lab = "14_no_more_partial_derivatives.ipynb"
    (inside / lab).write_bytes((ROOT / "exercises" / lab).read_bytes())
    assert course("check", lab) == 0
    assert "is a laboratory: it has no points" in capsys.readouterr().out
    put(inside, released())
    assert course("progress") == 0
    out = capsys.readouterr().out
    assert f"{lab.removesuffix('.ipynb'):28} a laboratory, without points" in out
    assert "Next: " in out
