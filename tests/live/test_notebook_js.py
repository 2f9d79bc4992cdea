"""Work goes from a page into a notebook and back: for every exercise, with odd code in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from needs import need

from course_lib import checks
from course_lib.checks.notebook_file import prepared, read_notebook

HERE = Path(__file__).parent
EXERCISES = HERE.parents[1] / "exercises"

ODD = {
    "Unicode": 'def NAME(*x):\n    """Δ, ∂ℒ/∂W, 漢字, 🙂, \\u2028."""\n    return "ß"\n',
    "tabs": "def NAME(*x):\n\treturn x\t# a tab\n",
    "a command of the cell": "%%time\ndef NAME(*x):\n    return x\n",
    "a command of a line": "%matplotlib inline\ndef NAME(*x):\n    return x\n",
    "triple quotes": "def NAME(*x):\n    return '''\ndef other():\n    pass\n'''\n",
    "an error of syntax": "def NAME(*x:\n    return x\n",
    "nothing": "",
    "no line end": "def NAME(*x): return x",
    "empty lines": "\n\n\ndef NAME(*x):\n\n    return x\n\n\n",
    "HTML": "def NAME(*x):\n    return '</script><!-- <b>&amp;'\n",
    "another name first": "def helper(x):\n    return x\n\n\nNAME = helper\n",
    "other separators": "def NAME(*x):\n    return '\x0b\x0c\x1c\x85\u2028'\n",
}


def through_node(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    node = need("node")
    done = subprocess.run(
        [node, "notebooks.mjs"],
        cwd=HERE,
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def released(name: str) -> dict[str, Any]:
    return json.loads((EXERCISES / f"{name}.ipynb").read_text(encoding="utf-8"))


@pytest.mark.parametrize("exercise", checks.names())
def test_odd_code_comes_back_as_it_was(exercise: str) -> None:
    notebook = released(exercise)
    names = [question.name for question in checks.load(exercise).questions]
    odd = list(ODD.values())
    cases = [{"notebook": notebook, "names": names, "written": {}}]
    for first in range(len(odd)):
        written = {
            name: odd[(first + place) % len(odd)].replace("NAME", name)
            for place, name in enumerate(names)
        }
        cases.append({"notebook": notebook, "names": names, "written": written})
    unchanged, *others = through_node(cases)
    assert unchanged["after"] == notebook
    for case, made in zip(cases[1:], others, strict=True):
        assert {name: made["again"][name] for name in names} == case["written"]
        cells = dict(read_notebook(json.dumps(made["after"]).encode())[0])
        ids = {cell["id"]: number for number, cell in enumerate(made["after"]["cells"], 1)}
        for name, text in case["written"].items():
            read = cells.get(ids[f"solution-{name}"], "")
            assert read == (prepared(text) if text.strip() else ""), name
        untouched = [
            cell for cell in made["after"]["cells"] if not cell["id"].startswith("solution-")
        ]
        assert untouched == [
            cell for cell in notebook["cells"] if not cell["id"].startswith("solution-")
        ]


def test_a_notebook_from_jupyter_keeps_what_is_not_a_task() -> None:
    def cell(source: str, **more: Any) -> dict[str, Any]:
        return {"cell_type": "code", "metadata": {}, "outputs": [], "source": source, **more}

    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"who": "me"},
        "cells": [
            cell("def helper(x):\n    return x\n"),
            cell("def f(x):\n    return 0\n"),
            cell("def f(x):\r\n    return helper(x)\r\n\r\n\r\ndef g(x):\r\n    return x\r\n"),
            cell("print(f(1))", outputs=[{"output_type": "stream", "name": "stdout", "text": "1"}]),
        ],
    }
    names = ["f", "g", "h"]
    made, changed = through_node(
        [
            {"notebook": notebook, "names": names, "written": {}},
            {
                "notebook": notebook,
                "names": names,
                "written": {"f": "def f(x): return 2\n", "h": "def h(): pass\n"},
            },
        ]
    )
    assert made["after"] == notebook
    assert "def f" in made["before"]["f"]
    assert "\r" not in made["before"]["f"]
    assert made["before"]["g"] == "# g is written in the editor of f.\n"
    assert "h" not in made["before"]
    cells = changed["after"]["cells"]
    assert cells[0] == notebook["cells"][0]
    assert cells[2]["source"] == ["def f(x): return 2\n"]
    assert cells[3] == notebook["cells"][3]
    assert "".join(cells[4]["source"]) == "def h(): pass\n"
