"""Formulas stand in the pages as MathJax sets them, with MathML for a screen reader."""

import re

import pytest
from _ext.formulas import FormulaFault, mathjax, style, with_formulas

INLINE = r'<span class="math notranslate nohighlight">\(a &lt; W_{jk}\)</span>'
DISPLAY = """<div class="math notranslate nohighlight" id="equation-eq-one">
<span class="eqno">(one)<a href="#equation-eq-one">#</a></span>\\[z = W a + b\\]</div>"""
CODE = r'<code>r"\(x\)"</code>'


def test_a_formula_is_set_where_its_tex_stood():
    with mathjax() as (set_formula, sheet):
        page = with_formulas(f"<p>{INLINE}</p>{DISPLAY}{CODE}", set_formula)
        whole = sheet()
    assert page.count("<mjx-container") == page.count("<math ") == 2
    assert page.count('<mjx-container class="MathJax" jax="CHTML" display="true"') == 1
    assert "<mo>&lt;</mo>" in page
    assert "eqno" in page
    assert page.endswith(CODE)
    assert r"\[" not in page
    small = style(whole, [page])
    assert "mjx-c.mjx-c1D44E.TEX-I" in small  # the a
    assert "mjx-c.mjx-c1D465.TEX-I" in whole  # an x, which the page has not
    assert "mjx-c.mjx-c1D465.TEX-I" not in small
    assert "MathJax_Math-Italic" in small
    assert "MathJax_Fraktur" in whole
    assert "MathJax_Fraktur" not in small


def test_a_rule_for_stretched_glyphs_leaves_none_of_its_selector_behind():
    """What was left of it would claim the next glyph: brackets and sums then went missing."""
    with mathjax() as (set_formula, sheet):
        page = set_formula(r"g(z) = \sum_k w_k", False)
        small = style(sheet(), [page])
    for glyph in ("28", "29", "2211"):
        assert re.search(rf"^mjx-c\.mjx-c{glyph}[\w.-]*::before", small, re.M), glyph
    kept = re.findall(r"\bmjx-c\.(mjx-c[0-9A-F]+)[^{}]*\{", small)
    assert set(kept) <= set(re.findall(r"\bmjx-c[0-9A-F]+\b", page))
    assert small.count('"') % 2 == 0


@pytest.mark.parametrize("tex", [r"\frac{1}", r"\unheard{x}", r"{"])
def test_tex_that_cannot_be_read_stops_the_build(tex):
    with mathjax() as (set_formula, _), pytest.raises(FormulaFault, match="MathJax cannot read"):
        set_formula(tex, False)


@pytest.mark.long
def test_every_formula_of_the_book_is_set_without_a_script(built_book):
    formulas = 0
    for path in built_book.glob("*.html"):
        text = path.read_text("utf-8")
        places = re.findall(r'<(span|div) class="math notranslate(.*?)</\1>', text, re.DOTALL)
        assert all("<mjx-container" in place for _, place in places), path.name
        assert not re.search(r"<script[^>]*mathjax", text, re.IGNORECASE), path.name
        formulas += len(places)
    assert formulas
