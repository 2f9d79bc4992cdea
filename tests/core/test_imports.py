"""`import course_lib` needs NumPy alone."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

import course_lib

BARE = """
import sys
import importlib.abc

ALLOWED = set(sys.stdlib_module_names) | {"numpy", "course_lib"}

class OnlyNumpy(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in ALLOWED:
            raise ImportError(f"{name} is not NumPy")
        return None

sys.meta_path.insert(0, OnlyNumpy())
"""
MODULES = [
    "data", "gradcheck", "graph", "initializers", "layers", "losses", "network", "notation",
    "optimizers", "storage",
]  # fmt: skip


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", BARE + code], capture_output=True, text=True, check=False
    )


def test_the_core_works_with_numpy_alone():
    code = f"""
import course_lib, importlib
from course_lib import *
for name in {MODULES}:
    importlib.import_module(f"course_lib.{{name}}")
network = Network(Dense(2, 3), ReLU(), Dense(3, 2), loss=SoftmaxCrossEntropy(), seed=0)
optimizer = Adam(network)
network.forward([[0.0, 1.0]], [1]); network.backward(); optimizer.update()
assert course_lib.gradcheck.check(network, [[0.5, 1.0]], [1]).passed
assert course_lib.data.digits()[0].shape == (1438, 64)
loaded = {{name.partition(".")[0] for name in sys.modules}} - ALLOWED
above = [m for m in sys.modules if m.startswith(("course_lib.checks", "course_lib.grading",
         "course_lib.widgets", "course_lib.notebooks", "course_lib.cli"))]
print(above)
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_block_of_other_packages_works():
    done = run("import tqdm")
    assert done.returncode != 0
    assert "tqdm is not NumPy" in done.stderr


def test_importing_the_package_imports_nothing_else_yet():
    done = run("import course_lib; print([m for m in sys.modules if m.startswith('course_lib.')])")
    assert done.stdout.strip() == "[]", done.stderr


def test_asking_for_a_part_that_needs_more_than_there_is_imports_nothing():
    """`check` asks a notebook's `course_lib` for them, wherever that notebook runs."""
    done = run("import course_lib; print([hasattr(course_lib, n) for n in ('checks', 'widgets')])")
    assert done.stdout.strip() == "[False, False]", done.stderr


@pytest.mark.parametrize("name", course_lib.__all__)
def test_every_promised_name_is_there(name):
    assert getattr(course_lib, name).__name__ == name
    assert name in dir(course_lib)


def test_no_name_of_a_figures_module_hides_a_figure():
    figures = importlib.import_module("course_lib.figures")
    for module in ("backward", "forward", "overview", "update"):
        own = importlib.import_module(f"course_lib.figures.{module}")
        for name, value in vars(own).items():
            if inspect.isfunction(value) and value.__module__ == own.__name__ and name[0] != "_":
                assert getattr(figures, name) is value, name
