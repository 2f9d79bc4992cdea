"""What opens a chapter: a prediction, and a widget that is reduced to one control."""

import json
import re

import pytest
from widget_figures import PLACE

from course_lib.course_files import checkout

BOOK = checkout() / "book"
BRIEF = [
    (page.stem, match[2], json.loads(match[3].rpartition("\n\n")[2]))
    for page in sorted(BOOK.glob("*.md"))
    for match in PLACE.finditer(page.read_text("utf-8"))
    if re.search(r"^:brief:$", match[3], re.M)
]


def test_nearly_every_chapter_opens_with_one():
    pages = [page for page, _, _ in BRIEF]
    assert len(pages) == len(set(pages))
    assert len(pages) >= 12


@pytest.mark.long
@pytest.mark.parametrize(("page", "name", "state"), BRIEF, ids=[page for page, _, _ in BRIEF])
def test_it_has_its_drawing_one_control_and_a_status(opened, page, name, state):
    for width in (360, 1000):
        widget = opened((name, state, True), viewport={"width": width, "height": 740})
        controls = widget.root.locator(
            "button:not([data-do=reset]), select, input[type=range]"
        ).evaluate_all("(all) => all.filter((one) => one.checkVisibility()).length")
        assert controls == 1
        assert widget.root.locator("details").count() == 0
        assert "refused" not in widget.status()
        # Drawing, control and status fit on a phone's screen together.
        bottom = widget.root.locator(".cw-status").bounding_box()
        top = widget.root.bounding_box()
        assert bottom["y"] + bottom["height"] - top["y"] <= 740, width


@pytest.mark.long
@pytest.mark.parametrize(("page", "name", "state"), BRIEF, ids=[page for page, _, _ in BRIEF])
def test_it_responds(opened, page, name, state):
    widget = opened((name, state, True))
    before = widget.html()
    if widget.root.locator("select").count():
        widget.root.locator("select").select_option(index=0)
    elif widget.root.locator("input[type=range]").count():
        widget.root.locator("input[type=range]").press("Home")
    else:
        widget.root.locator(".cw-primary").click()
        widget.page.wait_for_timeout(700)
    assert widget.html() != before


PLACED = [
    (page.stem, match[2], bool(re.search(r"^:brief:$", match[3], re.M)), match[3])
    for page in sorted(BOOK.glob("*.md"))
    for match in PLACE.finditer(page.read_text("utf-8"))
]


@pytest.mark.long
@pytest.mark.parametrize(
    ("page", "name", "brief", "text"), PLACED, ids=[f"{page}-{name}" for page, name, *_ in PLACED]
)
def test_a_caption_names_no_control_that_is_folded_away(opened, page, name, brief, text):
    caption = re.search(r"^:caption: (.*)$", text, re.M)[1].lower()
    state = json.loads(text.rpartition("\n\n")[2] or "{}")
    widget = opened((name, state, True) if brief else (name, state))
    folded = widget.root.locator("details label, details summary").all_inner_texts()
    if "settings" not in caption and "folded" not in caption:
        named = [label for label in map(str.lower, folded) if len(label) > 3 and label in caption]
        assert not named
    if brief:
        assert "settings" not in caption
