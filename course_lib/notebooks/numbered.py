"""The notebook of an exercise with other numbers in its calculation by hand."""

from __future__ import annotations

import contextlib
import copy
import io
from importlib import import_module
from typing import Any

import numpy as np

from course_lib.checks import load, names
from course_lib.checks.question import Question
from course_lib.checks.sheets import KEY, numbers_of
from course_lib.notebooks import source
from course_lib.notebooks.release import Notebook

LINE = "# What you calculate by hand has numbers of its own here. Leave this line as it is.\n"


def numbered(notebook: Notebook, exercise: str, key: int) -> Notebook:
    """Return a copy of a released notebook with the numbers of a key, in its text and its outputs.

    By the key `course_lib.checks.sheets.numbers_of` draws; an exercise is ``"05_two_neurons"``.

    Raises
    ------
    ValueError
        If the notebook does not state the course's own numbers.
    """
    made = copy.deepcopy(notebook)
    asked = load(exercise).questions if exercise in names() else ()  # a laboratory asks nothing
    questions = [question for question in asked if question.sheet]
    for question in questions:
        _replace_numbers(made, question, key)
    if questions:
        setup = next(cell for cell in made["cells"] if source.SETUP in _tags(cell))
        text = f"{''.join(setup['source'])}\n\n{LINE}{KEY} = {key}"
        setup["source"] = text.splitlines(keepends=True)
    before = {cell["id"]: cell["source"] for cell in notebook["cells"]}
    for cell in made["cells"]:
        if source.REFERENCE in _tags(cell) and cell["source"] != before[cell["id"]]:
            printed = _printed("".join(cell["source"]), exercise)
            cell["outputs"][0]["text"] = printed.splitlines(keepends=True)
    return made


def _replace_numbers(notebook: Notebook, question: Question, key: int) -> None:
    assert question.sheet is not None
    old = question.sheet.pieces(question.sheet.numbers)
    new = question.sheet.pieces(numbers_of(question.name, key))
    for before, after in zip(old, new, strict=True):
        texts = ["".join(cell["source"]) for cell in notebook["cells"]]
        if sum(text.count(before) for text in texts) != 1:
            raise ValueError(f"{before!r} should be in the notebook of {question.name} once")
        for cell, text in zip(notebook["cells"], texts, strict=True):
            if before in text:
                cell["source"] = text.replace(before, after).splitlines(keepends=True)


def _tags(cell: dict[str, Any]) -> list[str]:
    return cell["metadata"].get("tags", [])


def _printed(code: str, exercise: str) -> str:
    """Return what a cell prints with the course's own answers."""
    from course_lib.checks import example

    space = vars(import_module(f"course_lib.checks.ex{exercise}.reference")).copy()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, space | {"np": np, "example": example})
    return printed.getvalue()
