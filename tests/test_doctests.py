"""Every example in a docstring runs."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
from needs import absent

import course_lib


def modules() -> list[str]:
    infos = pkgutil.walk_packages(course_lib.__path__, "course_lib.", onerror=lambda name: None)
    return ["course_lib", *sorted(module.name for module in infos if "__main__" not in module.name)]


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "course_lib":
            raise
        absent(f"{name} needs {package}, which is missing", "pip install -e '.[dev]'")
    failed, _ = doctest.testmod(module)
    assert failed == 0
