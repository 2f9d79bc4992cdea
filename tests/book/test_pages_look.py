"""What a page looks like, measured: lines, names of formulas, figures, widgets, weights."""

import gzip
import statistics

import pytest
from book_sources import BOOK

pytestmark = pytest.mark.long

CHAPTERS = [path.stem for path in sorted(BOOK.glob("[0-9][0-9]_*.md"))]
# Characters to a full line: those of the paragraphs' text, by the width that they take.
LINES = """() => [...document.querySelectorAll('article section > p:not([class])')].map((p) => {
  if (p.querySelector('mjx-container, code, img') || p.textContent.length < 200) return null;
  const walker = document.createTreeWalker(p, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  let used = 0;
  while (walker.nextNode()) {
    range.selectNodeContents(walker.currentNode);
    for (const box of range.getClientRects()) used += box.width;
  }
  return (p.textContent.length / used) * p.clientWidth;
}).filter(Boolean)"""
# A formula and its name share a line where the window has room for both.
NAMES = """() => [...document.querySelectorAll('article div.math')].filter((box) => {
  const name = box.querySelector('.eqno');
  if (!name) return false;
  const [a, b] = [name, box.querySelector('mjx-container')].map((n) => n.getBoundingClientRect());
  return a.bottom < b.top || a.top > b.bottom;
}).map((box) => box.textContent.slice(0, 40))"""


@pytest.fixture
def chapter(page, server):
    def opening(name, width=1400):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{server}{name}.html")
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        return page

    return opening


@pytest.mark.parametrize("name", CHAPTERS)
def test_lines_have_65_to_75_characters_and_names_stand_beside_formulas(chapter, name):
    page = chapter(name)
    first = page.locator("article section > p:not([class])").first
    size = first.evaluate("(p) => parseFloat(getComputedStyle(p).fontSize)")
    assert 17 <= size <= 18
    lines = page.evaluate(LINES)
    if len(lines) > 2:
        assert 65 <= statistics.median(lines) <= 76
    assert not page.evaluate(NAMES)


def test_the_typeface_comes_with_the_site(chapter):
    page = chapter("08_backward_pass")
    loaded = page.evaluate(
        """[...document.fonts].filter((face) =>
          face.family.includes('Course Sans') && face.status === 'loaded').length"""
    )
    assert loaded >= 1


def test_the_first_screen_trains_a_network(chapter):
    page = chapter("index")
    page.wait_for_selector("html[data-widgets=ready]")
    for part in (".cw-loop svg", ".cw-loop [data-do=play]", ".fbu-doors a"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] + box["height"] <= 900, part
    doors = page.locator(".fbu-doors a")
    assert doors.all_inner_texts() == [
        "Backpropagation in 20 minutes", "Begin with chapter 1", "The exercises"]  # fmt: skip
    page.locator(".cw-loop [data-do=play]").click()
    lit = "document.querySelectorAll('.cw-loop .cw-lit').length"
    for number in (1, 2, 3):
        page.wait_for_function(
            f"document.querySelectorAll('.cw-loop .cw-code span')[{number - 1}]"
            ".classList.contains('cw-lit')"
        )
    page.wait_for_function(f"{lit} === 3", timeout=20_000)
    page.locator(".cw-loop summary", has_text="Numbers").click()
    page.wait_for_function(
        "Number(document.querySelector('.cw-loop [data-q=loss]')?.dataset.value) < 0.2",
        timeout=30_000,
    )


def test_what_was_read_to_its_end_is_ticked_and_can_be_cleared(chapter):
    page = chapter("05_two_neurons")
    assert page.locator(".fbu-tick").count() == 0
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_selector(".bd-links .fbu-tick", state="attached")
    page.reload()
    assert page.locator(".bd-links .fbu-tick").count() == 1
    page.locator(".fbu-forget").click()
    page = chapter("map")
    assert page.locator(".fbu-tick").count() == 0


@pytest.mark.parametrize(
    ("name", "before"),
    [("index", None), ("08_backward_pass", None), ("12_training_loop", "11_update")],
)
def test_the_first_visit_weighs_little_and_the_next_less(browser, server, built_book, name, before):
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    asked = []
    page.on("response", lambda answer: asked.append(answer.url.split("?")[0]))
    for stem in filter(None, (before, name)):
        earlier = set(asked)
        page.goto(f"{server}{stem}.html")
        page.wait_for_load_state("networkidle")
    files = [built_book / url.removeprefix(server) for url in set(asked) - earlier]
    weight = sum(
        file.stat().st_size if file.suffix in {".woff", ".woff2", ".png"}
        else len(gzip.compress(file.read_bytes()))
        for file in files if file.is_file()
    )  # fmt: skip
    context.close()
    most = 350 if name == "index" else 100 if before else 400
    assert weight <= most * 1024, weight


def test_every_page_says_what_it_is_and_has_a_picture(built_book):
    said = set()
    for path in sorted(built_book.glob("*.html")):
        if path.stem in {"404", "genindex", "search"}:
            continue
        text = path.read_text("utf-8")
        assert text.count('name="viewport"') == 1, path.name
        for name in ('name="description"', 'property="og:title"', 'property="og:image"'):
            assert text.count(name) == 1, (path.name, name)
        said.add(text.split('name="description" content="')[1].split('"')[0])
    assert len(said) > 25
    assert (built_book / "_static" / "preview.png").is_file()
    start = (built_book / "index.html").read_text("utf-8")
    assert "<title>How neural networks learn" in start


def test_the_page_for_a_lost_reader_is_styled_in_both_themes(browser, built_book):
    text = (built_book / "404.html").read_text("utf-8")
    assert "--fbu-paper" in text
    assert "prefers-color-scheme: dark" in text
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.set_content(text.replace("<script>", "<template>").replace("</script>", "</template>"))
        result = Axe().run(page, options={"runOnly": ["color-contrast"]})
        assert result.violations_count == 0, result.generate_report()
        context.close()
