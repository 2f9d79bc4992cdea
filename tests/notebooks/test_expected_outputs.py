"""The expected outputs of the examples stay visible, whatever is run."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from course_lib.checks import load, names

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"


def code_cells(exercise: str) -> list[dict[str, Any]]:
    notebook = json.loads((EXERCISES / f"{exercise}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def unfinished(function: Any) -> Any:
    return function


def wrong(function: Any) -> Callable[..., Any]:
    def answer(*_args: Any) -> Any:
        return np.array([12345.0])

    answer.__name__ = function.__name__
    return answer


def raising(function: Any) -> Callable[..., Any]:
    def answer(*_args: Any) -> Any:
        raise ValueError("no")

    answer.__name__ = function.__name__
    return answer


@pytest.mark.parametrize("exercise", names())
@pytest.mark.parametrize("state", [unfinished, wrong, raising])
def test_an_example_shows_what_is_expected(
    exercise: str, state: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line that the release shows is printed when the cell is run too early."""
    monkeypatch.chdir(tmp_path)
    mpl.use("agg")
    asked = {name for task in load(exercise).questions for name in (task.name, task.entry)}
    space: dict[str, Any] = {"__name__": "__main__", "display": lambda *_: None}
    shown = 0
    for cell in code_cells(exercise):
        text = "".join(cell["source"])
        expected = "".join("".join(output.get("text", "")) for output in cell["outputs"])
        if not expected and ("check(" in text or "panel(" in text):
            space["check"] = space["panel"] = lambda *_args, **_rest: None
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.suppress(Exception):
            exec(text.replace("%matplotlib inline", ""), space)
        if not expected:
            defined = {
                node.name for node in ast.walk(_tree(text)) if isinstance(node, ast.FunctionDef)
            }
            for name in defined & asked:
                space[name] = state(space[name])
            continue
        shown += 1
        missing = set(expected.splitlines()) - set(printed.getvalue().splitlines())
        assert not missing, f"{text}\n{printed.getvalue()}"
    assert shown


def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])
