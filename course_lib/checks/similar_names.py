"""A function that is not there, but nearly: another spelling, letters of another alphabet."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

# Letters of the Cyrillic and Greek alphabets that look like Latin ones.
ALIKE = str.maketrans("аеорсхуіјѕкмтнвԁԛԝαορνικτυχε", "aeopcxyijskmthbdqwaopvikruxe")
LEAST = 0.8
DEFINITION = re.compile(r"^[ \t>]*(?:async\s+)?def\s+(\w+)\s*\(", re.MULTILINE)


def plain_name(name: str) -> str:
    """Return a name without what is easily mistaken: alphabet, width, case, underscores.

    >>> plain_name("denseBackward"), plain_name("dеnse_bаckward")  # the second: Cyrillic letters
    ('densebackward', 'densebackward')
    """
    return unicodedata.normalize("NFKC", name).casefold().translate(ALIKE).replace("_", "")


def most_similar(name: str, names: Iterable[str]) -> str:
    """Return the name that is most probably meant by `name`, or nothing.

    >>> most_similar("dense_backward", ["np", "denseBackward", "dense_forward"])
    'denseBackward'
    >>> most_similar("dense_backward", ["dense_forward"])
    ''
    """
    plain = plain_name(name)
    scored = [
        (difflib.SequenceMatcher(None, plain, plain_name(other)).ratio(), other)
        for other in names
        if other != name
    ]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] > LEAST and _same_words(name, best[1]) else ""


def _same_words(name: str, other: str) -> bool:
    """Whether two names differ in no whole word: dense_forward is no slip of dense_backward."""
    words, others = (set(filter(None, text.casefold().split("_"))) for text in (name, other))
    only = words - others, others - words
    return plain_name(name) == plain_name(other) or (
        len(only[0]) == len(only[1])
        and all(any(_one_slip(word, other) for other in only[1]) for word in only[0])
    )


def _one_slip(word: str, other: str) -> bool:
    """Whether two words differ by a letter too many, too few or exchanged, or a little more."""
    short, long = sorted((word, other), key=len)
    slip = any(long[:at] + long[at + 1 :] == short for at in range(len(long)))
    return (slip and len(short) > 1) or difflib.SequenceMatcher(None, word, other).ratio() > LEAST


def spelled(name: str, other: str) -> str:
    """Say how two names differ where they look alike.

    >>> spelled("f_a", "f_а")
    ' (the letter "а" in it is CYRILLIC SMALL LETTER A)'
    >>> spelled("dense_backward", "denseBackward")
    ''
    """
    strange = next((letter for letter in other if letter.isalpha() and not letter.isascii()), "")
    if not strange or not name.isascii():
        return ""
    kind = unicodedata.name(strange, "of another alphabet")
    return f' (the letter "{strange}" in it is {kind})'


def defined_in(texts: Iterable[str]) -> list[str]:
    """Return the names of the functions that some texts define.

    >>> defined_in(["x = 1\\ndef f(x):\\n    return x"])
    ['f']
    """
    return [name for text in texts for name in DEFINITION.findall(text)]
