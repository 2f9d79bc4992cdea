"""A symbol has one meaning on a page: the second meanings that were found do not come back."""

import re

import pytest
from book_sources import BOOK

# page, symbol, its meaning there, and how a second meaning of it was written
SECOND_MEANINGS = [
    ("05_two_neurons", "index", "the neuron, also in code", r"\b(?:x|y|a|w1|b1)_i\b"),
    ("06_computational_graphs", "m", "the product in the figure", r"u_m\b|\\sum_\{i=1\}\^\{m\}"),
    ("07_many_neurons", "n", "the width of a layer; C counts classes", r"\(n,\\?,?(?:n|1)?\)"),
    ("07_many_neurons", "[ ]", "the layer", r"\[j ?= ?k\]"),
    ("07_many_neurons", "i", "an example", r"z_i\b"),
    ("09_cost", "n", "the inputs of a calculation", r"\bn in pairwise|\bn_in, n\b"),
    ("10_gradient_check", "i", "the imaginary unit", r"\b[euvrx]_i\b"),
    ("10_gradient_check", "d", "the distance to a kink", r"[Ww]rong by an array \$d\$|v_i d_i"),
    ("11_update", "gamma", "the gradient of a step", r"\\gamma_[iB]\b"),
    ("11_update", "r", "a root", r"of length \$r\$|r\\,u\b"),
    ("11_update", "u", "a vector of length 1", r"u \\leftarrow"),
    ("11_update", "n", "the examples of a batch", r"np\.zeros\(n\)"),
    ("11_update", "i", "an example", r"\\theta_i\b|\bd_i\b"),
    ("12_training_loop", "k", "not a batch: B is", r"n_k\b|\\mathcal\{L\}_k\b"),
    ("13_when_it_goes_wrong", "E", "the expectation", r"^ *E = "),
    ("13_when_it_goes_wrong", "m", "a neuron", r"\$m = \\mathrm"),
    ("13_when_it_goes_wrong", "X", "the examples", r"\\mathrm\{(?:E|Var)\}[\[(]X"),
]


@pytest.mark.parametrize(
    ("page", "symbol", "meaning", "second"),
    SECOND_MEANINGS,
    ids=[f"{page[:2]}-{symbol}" for page, symbol, _, _ in SECOND_MEANINGS],
)
def test_a_symbol_has_one_meaning_on_a_page(page, symbol, meaning, second):
    text = (BOOK / f"{page}.md").read_text("utf-8")
    match = re.search(second, text, re.M)
    assert match is None, f"{symbol} is {meaning}, and the page writes {match.group()!r}"
