"""Every chapter responds to its reader early, and does not answer its own predictions."""

import re

import pytest
from book_sources import BOOK
from browser import watched_page

pytestmark = pytest.mark.long

CHAPTERS = sorted(path.stem for path in BOOK.glob("[01][0-9]_*.md"))
SCREEN = {"width": 1280, "height": 800}
# Each prediction with its right answer, and the widgets between it and the next prediction.
ASKED = """() => {
  const found = [];
  for (const node of document.querySelectorAll('.fbu-prediction, .cw-figure')) {
    if (node.matches('.fbu-prediction')) {
      const right = node.querySelector('li[data-right] .fbu-choice');
      const { value = "" } = node.dataset;
      found.push({ right: right?.textContent ?? "", value, said: [] });
    } else if (found.length) {
      found.at(-1).said.push(node.querySelector('[role=status]').textContent,
        node.querySelector('figcaption').textContent);
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def opened(browser, server):
    with watched_page(browser, viewport=SCREEN) as page:

        def opening(name):
            page.goto(f"{server}{name}.html")
            page.wait_for_load_state("load")
            if page.locator(".cw-mount").count():
                page.wait_for_selector("html[data-widgets=ready]")
            return page

        yield opening


@pytest.mark.parametrize("name", [stem for stem in CHAPTERS if stem[:2] not in {"00", "14"}])
def test_a_prediction_is_on_the_second_screen_and_a_widget_close_to_it(opened, name):
    page = opened(name)
    tops = page.evaluate(
        """() => ['.fbu-prediction', '.cw'].map((what) =>
          document.querySelector(what).getBoundingClientRect().top + scrollY)"""
    )
    assert tops[0] <= 2 * SCREEN["height"]
    if name[:2] != "08":  # its first picture is of a whole batch, and does not move
        assert tops[1] <= 3 * SCREEN["height"]


def words(text):
    return re.findall(r"[\w.,−-]*\w", text.lower().replace("−", "-"))


@pytest.mark.parametrize("name", CHAPTERS)
def test_no_widget_says_what_was_to_be_predicted(opened, name):
    for asked in opened(name).evaluate(ASKED):
        said = [words(text) for text in asked["said"]]
        answer = words(asked["right"])
        runs = {tuple(answer[i : i + 3]) for i in range(len(answer) - 2)} or {tuple(answer)}
        numbers = {word for word in [*answer, asked["value"]] if re.fullmatch(r"-?[\d.,]+", word)}
        for text in said:
            phrases = {tuple(text[i : i + len(run)]) for run in runs for i in range(len(text))}
            assert not (phrases & runs - {()}), asked
            assert not numbers & set(text), asked
