"""The one table of the course's notation: symbol, name, shape, code name, meaning.

The rows are in ``notation.toml``. The book's notation page, its glossary and its index entries are
made from `SYMBOLS`; `WORDS` adds to the glossary what has no symbol. A test holds that every code
name exists.

>>> next(symbol.code for symbol in SYMBOLS if symbol.name == "error of layer l")
'delta'
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of the glossary.

    Attributes
    ----------
    name : str
        What it is called; unique, a glossary term and an index entry.
    meaning : str
        One or two sentences for the glossary (Markdown).
    also : tuple of str
        Other names that readers meet elsewhere; each is an index entry.
    """

    name: str
    meaning: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Symbol(Word):
    """A word that has a symbol: one row of the table.

    Attributes
    ----------
    symbol : str
        TeX, as the book writes it.
    shape : str
        TeX of its shape, or "number" or "function" or "operation".
    code : str
        Its name in `course_lib` and in the exercises; empty where code has no name for it.
    """

    symbol: str
    shape: str
    code: str = ""


def _row(kind: type[Any], also: tuple[str, ...] = (), **row: str) -> Any:
    return kind(
        also=tuple(also), **{name: " ".join(text.split("\n")) for name, text in row.items()}
    )


_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
SYMBOLS: tuple[Symbol, ...] = tuple(_row(Symbol, **row) for row in _TABLE["symbol"])
WORDS: tuple[Word, ...] = tuple(_row(Word, **row) for row in _TABLE["word"])
