"""Every page of the built book in a browser, light and dark, as wide as a desk and as a phone.

`watched_page` fails a test whose page asks another host for anything or complains on its console,
where a file that is missing (left out of the site by mistake) complains as well.
"""

import pytest
from browser import watched_page

from course_lib.course_files import checkout

pytestmark = pytest.mark.long

PAGES = [path.stem for path in sorted((checkout() / "book").glob("*.md"))]
MADE = ["genindex", "search"]  # by Sphinx
# A formula is thousands of nodes of MathJax's own; axe would visit each. Its box is tested first.
FORMULAS_AS_TEXT = """() => {
  for (const box of document.querySelectorAll('mjx-container')) box.replaceWith('f');
}"""
OUT_OF_REACH = """() => [...document.querySelectorAll('article *')].filter((node) =>
  node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0
  && /auto|scroll/.test(getComputedStyle(node).overflowX) && node.tabIndex < 0
  && !node.querySelector('a, button, input, select, textarea, [tabindex]'))
  .map((node) => node.outerHTML.slice(0, 120))"""

TOO_SMALL = """() => [...document.querySelectorAll('.fbu-drawing svg')]
  .map((svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)
  .filter((scale) => scale < 0.58)"""


@pytest.fixture(scope="module", params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture
def opened(browser, server, name, scheme):
    with watched_page(
        browser, color_scheme=scheme, viewport={"width": 1280, "height": 900}
    ) as page:
        page.goto(f"{server}{name}.html")
        page.wait_for_load_state("networkidle")
        yield page


@pytest.mark.parametrize("name", PAGES + MADE)
def test_a_page_is_whole_for_every_reader(opened, scheme, name):
    from axe_playwright_python.sync_playwright import Axe

    if scheme == "light":
        assert opened.locator("mjx-merror").count() == 0
        opened.set_viewport_size({"width": 320, "height": 800})  # a phone, or 1280 at 400 %
        opened.wait_for_timeout(600)  # the theme looks again a while after
        assert opened.evaluate("document.documentElement.scrollWidth") <= 320
        assert not opened.evaluate(OUT_OF_REACH)
        assert not opened.evaluate(TOO_SMALL)
        opened.set_viewport_size({"width": 1280, "height": 900})
    # What colour cannot change is looked for in the light alone.
    rules = {} if scheme == "light" else {"runOnly": ["color-contrast"]}
    opened.evaluate(FORMULAS_AS_TEXT)
    # preload would ask for a style sheet at an address that axe guesses.
    faults = Axe().run(opened, options={"preload": False, **rules}).response["violations"]
    assert not [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in faults]
