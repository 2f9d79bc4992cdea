# ruff: noqa: E501
"""`check` and `course check` call functions as the grader does: texts, lists, names, imports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from grader.members import SOLUTIONS

from course_lib import checks
from course_lib.checks.child import marks
from course_lib.checks.local import LocalCall
from course_lib.worker.executor import innermost

RIGHT = """
import numpy as np
def dense_backward(delta, a, W):
    return delta.T @ a, delta.sum(axis=0), delta @ W
"""


def verdict(folder: Path, *cells: str, name: str = "08_backward_pass", about="dense_backward"):
    path = folder / f"{name}.ipynb"
    made = [{"cell_type": "code", "source": source, "metadata": {}} for source in cells]
    path.write_text(json.dumps({"cells": made, "nbformat": 4, "metadata": {}}), encoding="utf-8")
    return next(result for result in marks(path, name)[1] if result.name == about)


LOSES_NOTHING = {
    "an import that is not needed": "import pandas as pd\n" + RIGHT,
    "an import from what is not there": "from past.builtins import xrange\n" + RIGHT,
    "an import in the function": RIGHT.replace("    return", "    import torch\n    return"),
    "Colab's drive": "from google.colab import drive\ndrive.mount('/content/drive')\n" + RIGHT,
    "all names of what is not there": "from sympy import *\n" + RIGHT,
    "a device": "import torch\ndevice = torch.device('cuda' if torch.cuda.is_available() else 'cpu')"
    + RIGHT,
    "an expected failure": "try:\n    import cupy as np\nexcept ImportError:\n    import numpy as np\n"
    + RIGHT.replace("import numpy as np", ""),
    "an annotation": "import torch\n" + RIGHT.replace("delta, a, W", "delta: torch.Tensor, a, W"),
    "a question about a type": "import torch\n"
    + RIGHT.replace("    return", "    if isinstance(a, torch.Tensor): a = a.numpy()\n    return"),
    "the course's own layers": "from course_lib import Dense\n" + RIGHT,
    "a class of it": "import torch\nclass Net(torch.nn.Module): pass\n" + RIGHT,
    "loud floating-point errors": "import numpy as np, warnings\nnp.seterr(all='raise')\n"
    "warnings.simplefilter('error')\n" + RIGHT,
    "no import": RIGHT.replace("import numpy as np", ""),
    "nested lists": RIGHT.replace("return ", "return [x.tolist() for x in (")[:-1] + ")]\n",
    "a name of what comes later": "def dense_backward(d, a, W): return right(d, a, W)\n"
    + RIGHT.replace("dense_backward", "right"),
    "an alias": RIGHT.replace("dense_backward", "mine") + "dense_backward = mine\n",
}


@pytest.mark.parametrize("cell", LOSES_NOTHING.values(), ids=LOSES_NOTHING)
def test_a_right_answer_loses_nothing(inside: Path, cell: str) -> None:
    result = verdict(inside, cell)
    assert result.score == result.max_score, (result.symptom, result.notes)


def test_a_function_that_uses_what_is_not_there_says_so(inside: Path) -> None:
    cell = "import scipy.special\n" + RIGHT.replace("delta @ W", "scipy.special.expit(delta @ W)")
    text = "scipy.special.expit is not available where your work is marked"
    assert text in verdict(inside, cell).symptom
    space: dict[str, Any] = {"__name__": "__main__", "check": checks.check}
    exec(cell + "found = check(dense_backward)", space)
    assert text in space["found"].result.symptom
    exec(
        cell.replace("import scipy.special", "from scipy.special import expit").replace(
            "scipy.special.expit", "expit"
        )
        + "found = check(dense_backward)",
        space,
    )
    assert "is not available where your work is marked" in space["found"].result.symptom
    assert callable(space["expit"]), "the notebook has its own back"


def test_text_can_be_compared_with_is() -> None:
    name = "".join(["ta", "nh"])
    for args in ([name], [[name]], [{"a": name}]):
        space: dict[str, Any] = {}
        exec(
            "def f(x):\n    x = x['a'] if type(x) is dict else x\n"
            "    return (x[0] if type(x) is list else x) is tanh\ntanh = 'tanh'",
            space,
        )
        assert LocalCall(space)("f", *args).value is True


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("range = 1000", "Cell 2 gives range another value, and dense_backward"),
        ("from math import prod as product", "Cell 2 gives product another value"),
        ("del product", "Cell 2 deletes product"),
        ("del dense_backward", "Cell 2 deletes dense_backward. Functions are called after"),
        ("dense_backward = 3", "Cell 2 gives dense_backward another value. Functions"),
        ("globals().update(product=None)", "Cell 2 gives product another value"),
        ("for product in range(3): pass", "Cell 2 gives product another value"),
    ],
)  # fmt: skip
def test_a_cell_that_takes_a_name_away_is_named(inside: Path, cell: str, said: str) -> None:
    right = """
import numpy as np
def product(u, v):
    return sum(np.outer(u[i], v[i]) for i in range(len(u)))
def dense_backward(delta, a, W):
    return product(delta, a), delta.sum(axis=0), delta @ W
"""
    result = verdict(inside, right, cell)
    assert said in " ".join([result.symptom, *result.notes])
    assert "another value" not in " ".join(verdict(inside, right, "a = W = dot = 3").notes)


def test_check_knows_a_function_by_its_name_in_the_notebook() -> None:
    code = (
        RIGHT
        + """
import functools
def loud(f):
    def wrapper(*args):
        return f(*args)
    return wrapper
def wrapped(f):
    return functools.wraps(f)(loud(f))
class Layer:
    def backward(self, delta, a, W):
        return right(delta, a, W)
right = dense_backward
"""
    )
    forms = ("loud(right)", "wrapped(right)", "lambda *args: right(*args)", "Layer().backward",
             "functools.partial(right)", "functools.lru_cache(right)")  # fmt: skip
    for form in forms:
        space: dict[str, Any] = {"__name__": "__main__", "check": checks.check}
        exec(f"{code}dense_backward = {form}\nfound = check(dense_backward)", space)
        assert "5 of" in repr(space["found"]) or "raises" in repr(space["found"]), form
        exec(f"found = check({form}, name='dense_backward')", space)
        assert space["found"].result is not None, form
    exec("found = check(lambda *args: right(*args))", space)
    assert 'check(f, name="…")' in repr(space["found"])


def test_the_innermost_function_is_found() -> None:
    assert innermost(len) is len


@pytest.mark.parametrize(
    "exercise",
    sorted({name for name in checks.names() for q in checks.load(name).questions if q.entry}),
)
def test_check_calls_a_function_of_functions_through_the_cell_that_the_notebook_gives(
    exercise: str,
) -> None:
    space: dict[str, Any] = {"__name__": "__main__", "check": checks.check}
    for cell in SOLUTIONS[exercise]:
        if not re.search(r"\b(check|example|panel)\(", cell) or "def " in cell:
            exec(cell, space)
    for question in checks.load(exercise).questions:
        if question.entry:
            exec(f"other = lambda *args, right={question.name}: right(*args)", space)
            for asked in (question.name, f"other, name={question.name!r}",
                          f"{question.entry}, name={question.name!r}"):  # fmt: skip
                exec(f"found = check({asked})", space)
                assert space["found"].result.status == "right", asked
            exec(f"found = check(lambda *args: None, name={question.name!r})", space)
            assert space["found"].score == 0
            exec(f"found = check({question.name})", space)
            assert space["found"].result.status == "right"
