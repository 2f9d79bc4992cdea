"""The page that somebody sends to a friend fits on four printed pages."""

import re

import pytest

pytestmark = pytest.mark.long


def test_the_page_prints_on_four_pages(page, server):
    page.goto(f"{server}backpropagation.html")
    page.wait_for_load_state("networkidle")
    margin = dict.fromkeys(("top", "bottom", "left", "right"), "10mm")
    printed = page.pdf(format="A4", margin=margin)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 4
