"""Bytes that were something real before: hypothesis strategies that mutate notebooks and messages.

Random bytes rarely pass a parser's first line. Here a valid file or frame is made first, then a
few edits are applied to it: bits flipped, pieces cut, doubled, moved, lengths set to extremes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

LENGTHS = (
    0,
    1,
    2,
    0x7F,
    0xFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 32,
    (1 << 63) - 1,
    (1 << 64) - 1,
)


@st.composite
def mutated(draw: st.DrawFn, originals: st.SearchStrategy[bytes], words: Sequence[bytes]) -> bytes:
    """Draw a valid value and apply up to six edits; `words` are pieces that mean something."""
    data = bytearray(draw(originals))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        edit = draw(
            st.sampled_from(("flip", "cut", "drop", "double", "move", "word", "length", "raw"))
        )
        to = min(len(data), at + draw(st.integers(0, 64)))
        if edit == "flip" and at < len(data):
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif edit == "cut":
            del data[at:]
        elif edit == "drop":
            del data[at:to]
        elif edit == "double":
            data[at:at] = data[at:to] * draw(st.integers(1, 200))
        elif edit == "move":
            piece = data[at:to]
            del data[at:to]
            where = draw(st.integers(0, len(data)))
            data[where:where] = piece
        elif edit == "word":
            data[at:at] = draw(st.sampled_from(words)) * draw(st.integers(1, 50))
        elif edit == "length":
            number = draw(st.sampled_from(LENGTHS))
            form = draw(st.sampled_from("BHIQ"))
            data[at : at + struct.calcsize(form)] = struct.pack(
                f"<{form}", number % (1 << 8 * struct.calcsize(form))
            )
        else:
            data[at:at] = draw(st.binary(max_size=16))
    return bytes(data)


# --- notebooks --------------------------------------------------------------------------------

LINES = st.sampled_from(
    (
        "import numpy as np", "def f(x):", "    return x", "%matplotlib inline", "!ls", "x = !ls",
        "%%bash", "f?", "'''", '"""', "x = '", "(", ")", "[", "{", "\\", "# %", "é = 'ℒ'", "",
        "    %time y", "y = x % 3", "a, b = %env", "\t", "\x0c", "%%time", "f'{x!r}'", "\ud800",
    )
)  # fmt: skip
SOURCES = st.lists(LINES, max_size=8).map("\n".join)
LEAVES = st.none() | st.booleans() | st.integers(-3, 2**70) | st.floats() | st.text(max_size=8)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)


JUNK = st.recursive(LEAVES, _containers, max_leaves=8)
CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(("code", "code", "markdown", "raw")) | JUNK,
     "source": SOURCES | SOURCES.map(lambda text: text.splitlines(keepends=True)) | JUNK},
    optional={"id": st.text(max_size=9), "metadata": JUNK, "outputs": JUNK, "input": SOURCES},
)  # fmt: skip


ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1")


@st.composite
def notebooks(draw: st.DrawFn) -> bytes:
    """Draw a real notebook, or nearly one: any version, any encoding."""
    cells = draw(st.lists(CELLS | JUNK, max_size=6))
    version = draw(st.sampled_from((4, 4, 4, 3, 5, None)) | JUNK)
    book: dict[str, Any] = {"nbformat": version, "nbformat_minor": 5, "metadata": draw(JUNK)}
    if draw(st.booleans()):
        book["worksheets"] = [{"cells": cells}]
    else:
        book["cells"] = cells
    text = json.dumps(book, indent=draw(st.sampled_from((None, 1))))
    encoding = draw(st.sampled_from(ENCODINGS))
    return text.encode(encoding, "replace")


NOTEBOOK_WORDS = (
    b"[", b"{", b"]", b"}", b'"', b",", b":", b"null", b"1e999", b"-", b"9" * 50, b"\\u0000",
    b"\\ud800", b'"cells": ', b'"nbformat": 4', b'"source": ', b"\xff", b"\xef\xbb\xbf", b"\0",
    b"'\\'", b" ", b"NaN", b"%", b"!", b"?", b"\\n",
)  # fmt: skip
notebook_bytes = mutated(notebooks(), NOTEBOOK_WORDS)

# --- messages of a worker ---------------------------------------------------------------------

DTYPES = ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    """Draw a small array of any kind that may be sent."""
    shape = tuple(draw(st.lists(st.integers(0, 3), max_size=3)))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    raw = draw(st.binary(min_size=0, max_size=8)) or b"\0"
    size = int(np.prod(shape)) * dtype.itemsize
    values = np.frombuffer((raw * (size + 1))[:size], np.uint8)
    values = values % 2 if dtype.kind == "b" else values  # any other byte is no bool of NumPy's
    return values.view(dtype).reshape(shape).copy()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**300), 2**300) | st.floats()
    | st.complex_numbers() | st.text(max_size=6) | st.binary(max_size=6) | arrays(),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
MESSAGE_WORDS = (
    b"N", b"T", b"F", b"i\x01\x05", b"f", b"c", b"s", b"b", b"l", b"t", b"d", b"p", b"a",
    b"l\x01\0\0\0", b"t\x02\0\0\0", b"d\x01\0\0\0", b"s\0\0\0\0", b"a\x0b\x02", b"a\0\0", b"\xff",
    b"FBU\n", bytes(8),
)  # fmt: skip
