"""`course check` answers whatever a notebook does, in a sentence, and checks the rest of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course_lib.checks import load
from course_lib.checks.child import Child
from course_lib.checks.marking import mark_question

EXERCISE = "08_backward_pass"
RIGHT = """
import numpy as np

def dense_backward(delta, a, W):
    return delta.T @ a, delta.sum(axis=0), delta @ W
"""
BRANCHES = """
def activation_backward(da, z, activation):
    if activation == "relu":
        {ending}
    if activation == "tanh":
        return da * (1 - np.tanh(z) ** 2)
    s = 1 / (1 + np.exp(-z))
    return da * s * (1 - s)
"""
ENDINGS = {
    "loop": ("while True: pass", "timeout", "it was stopped|it gave no answer"),
    "exit": ("import os; os._exit(3)", "crashed", "it ended the process"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "crashed", "it ended the process"),
}


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / f"{EXERCISE}.ipynb"
    made = [
        {"cell_type": "code", "metadata": {}, "source": src, "outputs": [], "execution_count": None}
        for src in cells
    ]
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def checked(path: Path) -> tuple[Child, dict]:
    with Child(path, EXERCISE, seconds=0.5) as child:
        questions = load(EXERCISE).questions
        return child, {
            name: mark_question(question, child, 0)
            for question in questions
            if (name := question.name) in ("dense_backward", "activation_backward")
        }


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_branch_that_ends_the_process_costs_its_own_points(ending: str, tmp_path: Path) -> None:
    source, kind, _ = ENDINGS[ending]
    path = notebook(tmp_path, BRANCHES.format(ending=source), RIGHT)
    _, results = checked(path)
    assert (results["activation_backward"].score, results["activation_backward"].status) == (
        2,
        kind,
    )
    assert results["dense_backward"].status == "right"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_cell_that_ends_the_process_is_named_and_the_others_count(
    ending: str, tmp_path: Path
) -> None:
    source, _, said = ENDINGS[ending]
    child, results = checked(notebook(tmp_path, source, RIGHT))
    assert results["dense_backward"].status == "right"
    (failed,) = child.failed
    assert (failed.number, failed.ended) == (1, True)
    assert failed.sentence.startswith("Cell 1 does not run to its end: it ")
    assert any(failed.error.startswith(text) for text in said.split("|"))


def test_memory_without_end_is_an_answer(tmp_path: Path) -> None:
    greedy = "def activation_backward(da, z, activation):\n    return bytearray(2**40)\n"
    _, results = checked(notebook(tmp_path, greedy, RIGHT))
    assert results["activation_backward"].status == "memory"
    assert results["dense_backward"].status == "right"
