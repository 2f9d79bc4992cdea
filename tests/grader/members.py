"""A class of students: what each hands in, and the verdict that is right for it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_lib import checks
from course_lib.course_files import folder
from course_lib.grading.marking.judge import solved

EXERCISE = "08_backward_pass"
NOTEBOOK = f"{EXERCISE}.ipynb"
POINTS = checks.load(EXERCISE).points

SOLUTIONS = {sub.exercise: [text for _, text in sub.cells] for sub in solved(folder("solutions"))}
SOLVED = SOLUTIONS[EXERCISE]
RELEASED = (folder("solutions").parent / "exercises" / NOTEBOOK).read_bytes()

WRONG = "return W * 0 + 7.5, W[:, 0] * 0 + 7.5, a * 0 + 7.5"
DENSE = "def dense_backward(delta, a, W):\n    "


@dataclass(frozen=True)
class Member:
    """One student.

    Parameters
    ----------
    name : str
        The folder.
    cells : tuple of str
        Code cells, after the solution's own.
    status : str
        The verdict.
    lost : tuple of str
        Questions that must not get all their points; every other one must.
    none : bool
        Whether no question may get any point.
    write : callable or None
        Writes the folder's files instead of the notebook made from `cells`.
    """

    name: str
    cells: tuple[str, ...] = ()
    status: str = "graded"
    lost: tuple[str, ...] = ()
    none: bool = False
    write: Callable[[Path], None] | None = None


def notebook(*cells: str, **fields: object) -> bytes:
    """Return the bytes of a notebook with these code cells."""
    made = [{"cell_type": "code", "metadata": {}, "source": cell} for cell in cells]
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made, **fields}
    return json.dumps(book).encode()


def writes(raw: bytes, **beside: str) -> Callable[[Path], None]:
    """Return a function that writes a notebook's bytes and files beside it."""

    def write(folder: Path) -> None:
        (folder / NOTEBOOK).write_bytes(raw)
        for name, text in beside.items():
            (folder / f"{name}.py").write_text(text)

    return write


def _link(folder: Path) -> None:
    # It points at a right notebook of somebody else's: following it would earn full marks.
    elsewhere = folder.parents[1] / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "right.ipynb").write_bytes(notebook(*SOLVED))
    os.symlink(elsewhere / "right.ipynb", folder / NOTEBOOK)


def _stripped() -> bytes:
    cells = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in SOLVED]
    return json.dumps({"nbformat": 4, "cells": cells}).encode()


def _old_format() -> bytes:
    cells = [{"cell_type": "code", "language": "python", "input": text} for text in SOLVED]
    book = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    return json.dumps(book).encode()


EINSUM = """
def dense_backward(delta, a, W):
    dW = np.einsum("ni,nj->ij", delta, a)
    return [dW.astype(np.float32), np.ones(len(delta)) @ delta, np.einsum("ni,ij->nj", delta, W)]
"""
EQUALS_EVERYTHING = """
class Right(np.ndarray):
    def __eq__(self, other): return True
    def __array_function__(self, function, types, args, kwargs): return True
    def __array_ufunc__(self, function, method, *args, **kwargs): return np.bool_(True)

class AlsoRight:
    __array_priority__ = 1e9
    def __eq__(self, other): return True
    def __array_function__(self, function, types, args, kwargs): return True

def dense_backward(delta, a, W):
    return W.view(Right), W[:, 0].view(Right), a.view(Right)

def activation_backward(da, z, activation):
    return AlsoRight()
"""
REPLACED = """
np.allclose = np.isclose = np.array_equal = lambda *args, **kwargs: True
np.testing.assert_allclose = lambda *args, **kwargs: None
import builtins
builtins.abs = lambda value: 0
builtins.all = builtins.any = lambda values: True
"""
PRINTS = """
print("x" * 100_000_000)
import warnings, sys
for i in range(1000):
    warnings.warn(f"warning {i}")
    sys.stderr.write("y" * 10_000)
plt.plot([1, 2]); fig, (left, right) = plt.subplots(1, 2); left.set_title("mine"); plt.show()
"""
ALLOCATES = """
def softmax_cross_entropy_backward(p, y):
    everything = []
    while True:
        everything.append(np.empty(2 ** 22))
"""
LOOPS = """
def activation_backward(da, z, activation):
    while True:
        pass
"""
CHANGES_ITS_ARGUMENTS = """
def dense_backward(delta, a, W):
    delta *= 2.0
    delta /= 2.0
    a += 0.0
    out = delta.T @ a, delta.sum(0), delta @ W
    W[:] = 0
    return out
"""

MEMBERS = [
    Member("right"),
    Member("right-by-another-route", (EINSUM,)),
    Member("right-with-prints-warnings-and-plots", (PRINTS,)),
    Member("right-stripped-of-metadata", write=writes(_stripped())),
    Member("right-in-an-old-format", write=writes(_old_format())),
    Member(
        "right-with-windows-line-ends",
        write=writes(b"\xef\xbb\xbf" + notebook(*SOLVED).replace(b"\\n", b"\\r\\n")),
    ),
    Member("right-with-duplicated-cells", write=writes(notebook(*SOLVED, *SOLVED))),
    Member("right-in-reverse-order", write=writes(notebook(*reversed(SOLVED)))),
    Member("right-without-the-imports", write=writes(notebook(*SOLVED[1:]))),
    Member(
        "right-among-cells-that-fail",
        ("1 / 0", "this is no Python", "input('name?')", "%run x", "!ls"),
    ),
    Member("right-at-last", write=writes(notebook(DENSE + WRONG, *SOLVED))),
    Member("=right();<b>&", ()),
    Member("empty", none=True, write=writes(notebook())),
    Member("unedited", none=True, write=writes(RELEASED)),
    Member("wrong-at-last", (DENSE + WRONG,), lost=("dense_backward",)),
    Member(
        "wrong-transposed",
        (DENSE + "return a.T @ delta, delta.sum(0), delta @ W",),
        lost=("dense_backward",),
    ),
    Member(
        "wrong-with-a-second-mean",
        (DENSE + "return delta.T @ a / len(a), delta.mean(0), delta @ W",),
        lost=("dense_backward",),
    ),
    Member("wrong-in-place", (CHANGES_ITS_ARGUMENTS,), lost=("dense_backward",)),
    Member("raises", (DENSE + "raise ValueError('not today')",), lost=("dense_backward",)),
    Member(
        "does-not-parse",
        lost=("dense_backward",),
        write=writes(notebook(*(src.replace("(delta, a, W):", "(delta, a, W:") for src in SOLVED))),
    ),
    Member("returns-no-data", (DENSE + "return object()",), lost=("dense_backward",)),
    Member("loops", (LOOPS,), status="timeout", lost=("activation_backward",)),
    Member("loops-at-the-top", ("while True: pass",), status="timeout"),
    Member("allocates", (ALLOCATES,), status="memory", lost=("softmax_cross_entropy_backward",)),
    Member(
        "exits", (DENSE + "import os; os._exit(0)",), status="crashed", lost=("dense_backward",)
    ),
    Member("not-a-notebook", status="rejected", none=True, write=writes(b"%PDF-1.4 this is a PDF")),
    Member("a-link", status="rejected", none=True, write=_link),
    Member(
        "plants-numpy",
        none=True,
        write=writes(
            notebook("import numpy as np", DENSE + WRONG),
            numpy="allclose = lambda *args: True",
            conftest="raise SystemExit(0)",
            sitecustomize="raise SystemExit(0)",
        ),
    ),
    Member(
        "asks-the-course",
        (
            "from course_lib.checks.ex08_backward_pass.reference import *",
            DENSE + "from course_lib import Dense",
        ),
        lost=("dense_backward",),
    ),
    Member("asks-pytorch", (DENSE + "import torch",), lost=("dense_backward",)),
    Member(
        "replaces-allclose",
        (REPLACED, DENSE + WRONG),
        lost=("dense_backward",),
    ),
    Member(
        "equals-everything", (EQUALS_EVERYTHING,), lost=("dense_backward", "activation_backward")
    ),
]


def write_class(root: Path, members: list[Member]) -> None:
    """Write the folders of all members."""
    for member in members:
        folder = root / member.name
        folder.mkdir(parents=True)
        if member.write:
            member.write(folder)
        else:
            (folder / NOTEBOOK).write_bytes(notebook(*SOLVED, *member.cells))
