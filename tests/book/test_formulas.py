"""Formulas stand in the pages as MathJax sets them, with MathML for a screen reader."""

import re

import pytest
from _ext.formulas import (
    FACE,
    FormulaFault,
    letters,
    library,
    mathjax,
    style,
    tied,
    with_formulas,
    write_font,
)
from book_sources import BOOK
from fontTools.ttLib import TTFont

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


@pytest.mark.parametrize(
    "text",
    [
        "a [@.]", "one [(@),] and", "[(<a><span>@</span></a>:] one",
        "<p>@</p>", "a @ b", "[@-th] @ [@/@]", "(<em>@ and</em>",
    ],
)  # fmt: skip
def test_a_formula_is_tied_to_what_is_written_next_to_it(text):
    text = text.replace("@", INLINE)
    plain = text.replace("[", "").replace("]", "")
    assert tied(plain) == text.replace("[", '<span class="fbu-tied">').replace("]", "</span>")


# Inline formulas of which a neighbouring character is on another line, counted.
TORN = """() => [...document.querySelectorAll('mjx-container')].filter((formula) => {
  const outer = formula.parentElement;
  const box = formula.getBoundingClientRect();
  const range = document.createRange();
  return [[outer.previousSibling, -1], [outer.nextSibling, 0]].some(([text, place]) => {
    range.setStart(text, place < 0 ? text.length - 1 : 0);
    range.setEnd(text, place < 0 ? text.length : 1);
    const { top, bottom } = range.getBoundingClientRect();
    return bottom < box.top || top > box.bottom;
  });
}).length"""


def test_no_line_breaks_between_a_formula_and_its_punctuation(browser):
    words = " ".join(f"{'so ' * (i % 4)}is ({INLINE})," for i in range(60))
    rules = (BOOK / "_ext/assets/course.css").read_text("utf-8")
    with mathjax() as (set_formula, sheet):
        words, formulas = with_formulas(words, set_formula), sheet()
    torn = []
    for sheets in (formulas + rules, formulas):
        page = browser.new_page()
        page.set_content(f"<style>{sheets}</style><p style='position: absolute'>{words}</p>")
        torn.append(0)
        for width in range(200, 400, 10):
            page.set_viewport_size({"width": width, "height": 600})
            torn[-1] += page.evaluate(TORN)
        page.close()
    assert torn[0] == 0
    assert torn[1] > 0  # without the rule they are torn: the test can fail


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


def characters(file):
    with TTFont(file) as font:
        return set(font.getBestCmap() or {})


def test_a_font_has_the_glyphs_that_a_page_takes_from_it_and_few_others(tmp_path):
    with mathjax() as (set_formula, sheet):
        css = style(sheet(), [set_formula(r"\mathcal{L} = \sum_k w_k^\mathsf{T} \delta_1", True)])
    wanted = {
        "MJXTEX-C": "ℒL",
        "MJXTEX-S2": "∑",
        "MJXTEX-SS": "T",
        "MJXTEX-I": "wkδ",
        "MJXTEX": "=1",
    }
    for family, file in FACE.findall(css):
        whole = library() / "output/chtml/fonts/woff-v2" / file.rpartition("/")[2]
        write_font(whole, tmp_path / "small.woff", letters(css, family))
        glyphs = set(map(chr, characters(tmp_path / "small.woff")))
        if family in wanted:
            assert glyphs & set(wanted.pop(family)), family
        assert (tmp_path / "small.woff").stat().st_size < whole.stat().st_size
    assert not wanted


@pytest.mark.long
def test_every_glyph_of_the_book_is_in_its_font(built_book):
    css = (built_book / "_static/formulas.css").read_text("utf-8")
    for family, file in FACE.findall(css):
        whole = library() / "output/chtml/fonts/woff-v2" / file.rpartition("/")[2]
        needed = characters(whole) & letters(css, family)
        assert needed <= characters(built_book / "_static" / file), family


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
