"""The one table of the notation, and how computed numbers are written."""

import ast
import math
import re

import numpy as np
import pytest
from book_sources import ROOT
from hypothesis import given
from hypothesis import strategies as st

from course_lib.notation import SYMBOLS, WORDS
from course_lib.number_format import tex, text

OPERATIONS = {"*"}


def names_in_the_library():
    """Every parameter, attribute, variable and function of course_lib, but not the table's own."""
    names = set()
    for path in (ROOT / "course_lib").rglob("*.py"):
        if path.name == "notation.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.FunctionDef):
                names.add(node.name)
    return names


IN_LIBRARY = names_in_the_library()


@pytest.mark.parametrize("symbol", [s for s in SYMBOLS if s.code], ids=lambda s: s.name)
def test_the_code_name_exists(symbol):
    code = symbol.code
    if code.startswith("np."):
        assert hasattr(np, code[3:])
    elif code.startswith("."):
        assert hasattr(np.ndarray, code[1:])
    elif code not in OPERATIONS:
        word = re.fullmatch(r"(?:len\((\w+)\)|(\w+))", code)
        assert word is not None, f"{code!r} is no name"
        assert (word[1] or word[2]) in IN_LIBRARY


def test_names_and_symbols_are_unique():
    named = [entry.name.lower() for entry in (*SYMBOLS, *WORDS)]
    assert len(set(named)) == len(named)
    assert len({symbol.symbol for symbol in SYMBOLS}) == len(SYMBOLS)


def test_no_other_name_is_itself_a_name():
    named = (*SYMBOLS, *WORDS)
    names = {entry.name for entry in named}
    assert not [other for entry in named for other in entry.also if other in names]


@given(st.floats(-1e6, 1e6))
def test_text_is_the_rounded_number_with_a_real_minus(value):
    written = text(value, ".3f")
    assert "-" not in written
    read = float(written.replace("−", "-"))
    assert read == pytest.approx(value, abs=5.1e-4)
    assert math.copysign(1, read) > 0 or read != 0  # no minus before a zero


@given(st.floats(1e-300, 1e300))
def test_powers_of_ten_are_written_as_such(value):
    mantissa, exponent = tex(value, ".3e").split(r"\cdot 10^{")
    assert float(f"{mantissa}e{exponent[:-1]}") == pytest.approx(value, rel=1e-3)


def test_arrays_become_matrices_and_vectors_columns():
    assert tex(np.array([1.0, -2.5]), ".1f") == r"\begin{bmatrix}1.0 \\ -2.5\end{bmatrix}"
    assert tex(np.eye(2), ".0f") == r"\begin{bmatrix}1 & 0 \\ 0 & 1\end{bmatrix}"
