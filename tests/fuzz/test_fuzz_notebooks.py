"""Any bytes at all in place of a notebook: code cells or one sentence, within bounds."""

import tracemalloc

import pytest
from fuzz.campaign import fuzzed
from fuzz.mutation import notebook_bytes
from hypothesis import example, given

from course_lib.checks import notebook_file


@fuzzed
@given(notebook_bytes)
@example(b"")
@example(b"{}")
@example(b'{"nbformat": ' + b"[" * 980 + b"]" * 980 + b"}")
@example(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "%' + b" " * 50_000 + b'x"}]}')
@example(
    b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "%\\n' + b"'\\\\'" * 9999 + b'"}]}'
)
@example(b'{"nbformat": 4, "cells": ' + b"9" * 5000 + b"}")
def test_bytes_become_cells_or_a_sentence(raw):
    try:
        cells, said = notebook_file.read_notebook(raw)
    except notebook_file.RefusedError as refused:
        text = str(refused)
        assert 10 < len(text) < 300
        assert text.endswith(".")
        text.encode("utf-8")
        return
    assert len(cells) <= notebook_file.MAX_CELLS
    assert [number for number, _ in cells] == sorted({number for number, _ in cells})
    for _, source in cells:
        source.encode("utf-8")
    assert len(said) < 20


@fuzzed
@given(notebook_bytes)
def test_reading_takes_memory_in_proportion(raw):
    tracemalloc.start()
    try:
        notebook_file.read_notebook(raw)
    except notebook_file.RefusedError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 200 * len(raw) + 200_000


@pytest.mark.parametrize(
    "quote", ["'", '"', "'''", "f'", "\\", "(", "#", "%", "a ", " ", "a.", "?", "\n"]
)
def test_long_lines_of_one_sign_are_read_in_linear_work(quote, steps):
    def work(n):
        return steps(lambda: notebook_file.prepared("%x\n" + quote * n + "!"))

    assert work(20_000) < 8 * work(5_000) + 2.0
