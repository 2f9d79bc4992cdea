"""The page that explains backpropagation on its own: its gradients, its update, its length."""

import re

import numpy as np
import pytest
import sympy as sp
from book_pages import run_cells

from course_lib.course_files import checkout

PAGE = checkout() / "book" / "backpropagation.md"
NAMES = ("w1", "b1", "w2", "b2")


@pytest.fixture(scope="module")
def page():
    """What the page's cells have computed."""
    return run_cells(PAGE)


def by_hand(values):
    """Return the four gradients by the expressions of the page's own table."""
    text = PAGE.read_text("utf-8")
    row = r"^\| \$\\partial\\mathcal\{L\}/\\partial (\w)_(\d)\$ \|.*«([^;]+) ; \.4f»"
    return {f"{a}{b}": eval(expression, values) for a, b, expression in re.findall(row, text, re.M)}


def test_the_four_gradients_are_those_of_the_complex_step(page):
    claims = by_hand(page)
    assert set(claims) == set(NAMES)
    x, y, sigmoid = page["x"], page["y"], page["sigmoid"]
    for index, name in enumerate(NAMES):
        theta = np.array([page[key] for key in NAMES], dtype=complex)
        theta[index] += 1e-30j
        w1, b1, w2, b2 = theta
        loss = (sigmoid(w2 * sigmoid(w1 * x + b1) + b2) - y) ** 2
        assert claims[name] == pytest.approx(loss.imag / 1e-30, rel=1e-12)


def test_the_products_of_the_table_are_what_sympy_derives():
    w1, b1, w2, b2, x, y = sp.symbols("w1 b1 w2 b2 x y", real=True)
    a1 = 1 / (1 + sp.exp(-(w1 * x + b1)))
    y_hat = 1 / (1 + sp.exp(-(w2 * a1 + b2)))
    symbols = {"w1": w1, "b1": b1, "w2": w2, "b2": b2, "x": x, "y": y, "a1": a1, "y_hat": y_hat}
    names = {r"\hat y": "y_hat", "a_1": "a1", "w_2": "w2", r"\cdot": "*"}
    row = r"^\| \$\\partial\\mathcal\{L\}/\\partial (\w)_(\d)\$ \| \$([^$]+)\$"
    rows = re.findall(row, PAGE.read_text("utf-8"), re.M)
    assert len(rows) == 4
    for letter, number, formula in rows:
        for tex, code in names.items():
            formula = formula.replace(tex, code)
        formula = re.sub(r"(?<=[\w)])\(", "*(", formula)
        claim = sp.sympify(formula, locals=symbols)
        derived = sp.diff((y_hat - y) ** 2, symbols[f"{letter}{number}"])
        assert sp.simplify(claim - derived) == 0, formula


def test_one_update_lowers_the_loss(page):
    assert (page["new_y_hat"] - page["y"]) ** 2 < page["loss"]


def test_the_page_has_at_most_two_thousand_words():
    text = re.sub(r"\A---\n.*?\n---\n", "", PAGE.read_text("utf-8"), flags=re.DOTALL)
    text = re.sub(r"^```\{code-cell\}.*?^```", "", text, flags=re.M | re.S)
    assert len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\$[^$]*\$", " ", text))) <= 2000
