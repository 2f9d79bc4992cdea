"""The README's Python: its example runs, and what it quotes is the library's own code."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from course_lib import Dense

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def bodies(source: str) -> dict[str, str]:
    """Return what each function of a source does, without docstrings and annotations."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            has_doc = ast.get_docstring(node) is not None
            names = ", ".join(one.arg for one in node.args.args)
            lines = map(ast.unparse, node.body[has_doc:])
            found[node.name] = "\n".join([names, *lines])
    return found


def test_the_layer_that_is_quoted_is_the_librarys():
    quoted = bodies(next(block for block in BLOCKS if block.startswith("def ")))
    assert set(quoted) == {"forward", "backward"}
    own = bodies(inspect.getsource(Dense))
    assert quoted == {name: own[name] for name in quoted}


@pytest.mark.long
def test_the_example_runs_and_learns(capsys):
    exec(next(block for block in BLOCKS if "import" in block), {})
    assert 0.9 < float(capsys.readouterr().out.split()[-1]) <= 1
