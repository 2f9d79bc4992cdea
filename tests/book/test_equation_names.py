"""An equation's name leads from the code to the book and back."""

import ast
import re
from collections import Counter

import pytest
from book_sources import BOOK, ROOT, labels, pages

NAME = re.compile(r"eq-[a-z0-9]+(?:-[a-z0-9]+)*")


def named_in_docstrings():
    """Every name in a docstring of the library or of a derivation test, with its places."""
    places = {}
    folders = [ROOT / "course_lib", ROOT / "tests" / "derivations"]
    for path in [file for folder in folders for file in sorted(folder.rglob("*.py"))]:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
            if isinstance(node, kinds) and (text := ast.get_docstring(node)):
                for name in NAME.findall(text):
                    places.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return places


def test_names_in_docstrings_stand_in_the_book():
    in_book = {label for page in BOOK.glob("*.md") for label in labels(page)}
    lost = {name: places for name, places in named_in_docstrings().items() if name not in in_book}
    assert not lost, f"no page has these equations: {lost}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_every_named_equation_is_named_by_code_or_by_a_derivation_test(page):
    unnamed = set(labels(page)) - named_in_docstrings().keys()
    assert not unnamed, f"no docstring of course_lib or tests/derivations names {sorted(unnamed)}"


def test_a_name_belongs_to_one_equation():
    counts = Counter(label for page in BOOK.glob("*.md") for label in labels(page))
    assert not [label for label, count in counts.items() if count > 1]


def test_chapter_8_has_the_equations_of_the_backward_pass():
    assert set(labels(BOOK / "08_backward_pass.md")) >= {
        "eq-backward-start", "eq-backward-output", "eq-backward-hidden", "eq-backward-input",
        "eq-backward-weights", "eq-backward-biases", "eq-softmax-vjp", "eq-softmax-cross-entropy",
    }  # fmt: skip
