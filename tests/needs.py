"""What a test needs from outside Python's own packages, and the line that installs it.

`need("chromium")` skips a test where the tool is missing, and says how to install it; with
``REQUIRE_TOOLS=1`` in the environment (always in CI) a missing tool fails the test instead.
"""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest

PROGRAMS = {
    "chromium": "apt-get install chromium",
    "node": "apt-get install nodejs",
    "git": "apt-get install git",
    "make": "apt-get install make",
}
MODULES = {
    "torch": "pip install -e '.[witness]' -c constraints.txt",
    "jax": "pip install -e '.[witness]' -c constraints.txt",
    "autograd": "pip install -e '.[witness]' -c constraints.txt",
    "sklearn": "pip install -e '.[witness]' -c constraints.txt",
    "micrograd": "pip install -e '.[witness]' -c constraints.txt",
    "jupyter_book": "pip install -e '.[book]' -c constraints.txt",
    "playwright": "pip install -e '.[dev]' -c constraints.txt",
    "distributed": "pip install -e '.[dask]' -c constraints.txt",
}


def need(name: str) -> str:
    """Return the path of program `name` (or the name of an importable module)."""
    if name in PROGRAMS:
        path, how = shutil.which(name), PROGRAMS[name]
    else:
        path, how = name if importlib.util.find_spec(name) else None, MODULES[name]
    return path or absent(f"{name} is missing", how)


def absent(what: str, how: str) -> str:
    """Skip, or fail in CI, because `what` is not there; `how` is the line that mends it."""
    message = f"{what}; install it with: {how}"
    if os.environ.get("REQUIRE_TOOLS") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
    raise AssertionError("unreachable")
