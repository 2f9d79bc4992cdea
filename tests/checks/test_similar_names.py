"""A function under a name that is nearly the right one is found."""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from course_lib.checks import load, names
from course_lib.checks.similar_names import most_similar, plain_name
from course_lib.checks.student_call import why_missing

FUNCTIONS = [question.name for name in names() for question in load(name).questions]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def cyrillic(name: str) -> str:
    return name.translate(str.maketrans("aeopcxy", "аеорсху"))


def full_width(name: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if letter != "_" else letter for letter in name)


SPELLINGS = {
    "camel case": camel,
    "Cyrillic letters": cyrillic,
    "full-width letters": full_width,
    "capital letters": str.upper,
    "no underscores": lambda name: name.replace("_", ""),
    "a letter too few": lambda name: name[:-2] + name[-1],
    "a letter too many": lambda name: name + "s",
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_is_found_among_all_functions(name: str, spelling: str) -> None:
    other = SPELLINGS[spelling](name)
    if other == name:
        return
    text = why_missing(name, [], ["np", "plt", *[fun for fun in FUNCTIONS if fun != name], other])
    assert text.startswith(f"There is no function called {name}, but there is one called {other}")
    assert ("LETTER" in text) == (not other.isascii())


def test_other_functions_of_the_course_are_no_spellings() -> None:
    for one, two in itertools.permutations(FUNCTIONS, 2):
        assert most_similar(one, [two]) == "", (one, two)


def test_a_function_in_a_text_cell_is_called_so() -> None:
    text = why_missing("f", [], ["np"], ["Some words.\n\ndef f(x):\n    return x"])
    assert "text cell" in text


def test_letters_of_the_same_look_are_the_same() -> None:
    assert plain_name("а") == "a" != "а"
    assert unicodedata.name("а").startswith("CYRILLIC")
