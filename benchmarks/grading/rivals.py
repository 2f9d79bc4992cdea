"""The same class for nbgrader and otter-grader, in the form each of them expects.

Both get every code cell that was handed in, an environment with the course's library in it, since
the notebooks import it, and tests with hidden inputs that compare with `np.allclose`, as their
documentation shows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import classroom

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peers"))

import run as peers

VERSIONS = ", ".join(requirement.replace("==", " ") for requirement in peers.PEERS.values())
TESTS = {
    "dense_backward": (
        "delta, a, W = rng.normal(size=(11, 7)), rng.normal(size=(11, 3)), rng.normal(size=(7, 3))",
        "dW, db, da = dense_backward(delta, a, W)",
        "assert np.allclose(dW, delta.T @ a)",
        "assert np.allclose(db, delta.sum(axis=0))",
        "assert np.allclose(da, delta @ W)",
    ),
    "activation_backward": (
        "da, z = rng.normal(size=(2, 11, 7))",
        "assert np.allclose(activation_backward(da, z, 'tanh'), da * (1 - np.tanh(z) ** 2))",
        "assert np.allclose(activation_backward(da, z, 'relu'), da * (z > 0))",
    ),
    "softmax_cross_entropy_backward": (
        "p, y = rng.dirichlet(np.ones(5), 11), rng.integers(0, 5, 11)",
        "assert np.allclose(softmax_cross_entropy_backward(p, y), (p - np.eye(5)[y]) / 11)",
    ),
    "network_backward": (
        "a = [rng.normal(size=(11, n)) for n in (3, 7)]",
        "z = [rng.normal(size=(11, n)) for n in (7, 5)]",
        "W = [rng.normal(size=(7, 3)), rng.normal(size=(5, 7))]",
        "delta = rng.normal(size=(11, 5))",
        "dW, db = network_backward(delta, a, z, W, 'tanh')",
        "hidden = (delta @ W[1]) * (1 - np.tanh(z[0]) ** 2)",
        "assert np.allclose(dW[0], hidden.T @ a[0])",
        "assert np.allclose(db[0], hidden.sum(axis=0))",
    ),
}
SETUP = ("import numpy as np", "rng = np.random.default_rng(7)")


def prepare(root: Path, environments: Path, folder: Path) -> dict[str, list[list[str]]]:
    """Install the peers, hand the class in to each; return the commands that mark it."""
    places = peers.environments(environments)
    # A copy, because building leaves a folder in the sources.
    unwanted = shutil.ignore_patterns(".*", "_build", "build", "*.egg-info")
    shutil.copytree(classroom.REPOSITORY, root / "source", ignore=unwanted)
    for place in places.values():
        _call([str(place / "bin" / "pip"), "install", "--quiet", str(root / "source")], root)
    books = {path.parent.name: cells(path) for path in sorted(folder.glob("*/*.ipynb"))}
    made = {"nbgrader": nbgrader, "otter-grader": otter}
    commands = {}
    for name, make in made.items():
        (root / name).mkdir()
        commands[name] = make(root / name, places[name] / "bin", books)
    return commands


def cells(path: Path) -> list[str]:
    """Return the code cells of a notebook."""
    book = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


def nbgrader(root: Path, programs: Path, books: dict[str, list[str]]) -> list[list[str]]:
    """Hand in to nbgrader; its assignment's hidden tests are put back when it marks."""
    tests = [
        ("\n".join(("### BEGIN HIDDEN TESTS", *SETUP, *lines, "### END HIDDEN TESTS")), name)
        for name, lines in TESTS.items()
    ]

    def book(sources: list[str], hidden: bool) -> bytes:
        made = [peers.code(source, id=f"cell-{n}") for n, source in enumerate(sources)]
        for text, name in tests:
            source = text if hidden else "# hidden tests"
            made.append(peers.nbgrader_cell(source, f"test-{name}", 1))
        return peers.book(made)

    path = root / "source" / "ps" / classroom.NOTEBOOK
    path.parent.mkdir(parents=True)
    path.write_bytes(book([SETUP[0]], True))
    settings = f"c = get_config()\nc.CourseDirectory.root = {str(root)!r}\n"
    (root / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    program = _program(programs, "nbgrader")
    _call([*program, "generate_assignment", "ps", "--force"], root)
    for student, sources in books.items():
        path = root / "submitted" / student / "ps" / classroom.NOTEBOOK
        path.parent.mkdir(parents=True)
        path.write_bytes(book(sources, False))
    return [[*program, "autograde", "ps", "--create", "--force"]]


def otter(root: Path, programs: Path, books: dict[str, list[str]]) -> list[list[str]]:
    """Hand in to otter-grader."""
    (root / "tests").mkdir()
    for name, lines in TESTS.items():
        shown = []
        for line in (*SETUP, *lines):
            test = line.startswith("assert ")
            shown.append(f">>> bool({line[7:]})\nTrue" if test else f">>> {line}")
        case: dict[str, Any] = {"code": "\n".join(shown), "hidden": True, "locked": False}
        suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        test = {"name": name, "points": 1, "suites": [suite]}
        path = root / "tests" / f"{name}.py"
        path.write_text(f"OK_FORMAT = True\ntest = {test!r}\n", encoding="utf-8")
    program = _program(programs, "otter")
    _call([*program, "generate", "-t", "tests", "-o", "autograder.zip"], root)
    commands = []
    for student, sources in books.items():
        path = root / "submitted" / student / classroom.NOTEBOOK
        path.parent.mkdir(parents=True)
        path.write_bytes(peers.book([peers.code(source) for source in sources]))
        out = root / "out" / student
        out.mkdir(parents=True)
        commands.append([*program, "run", "-a", "autograder.zip", "-o", str(out), str(path)])
    return commands


def _program(programs: Path, name: str) -> list[str]:
    """Return how to start a program that looks for others of its environment on the path."""
    return ["env", f"PATH={programs}:{os.environ['PATH']}", str(programs / name)]


def _call(command: list[str], root: Path) -> None:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"{' '.join(command[-4:])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
