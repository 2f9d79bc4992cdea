"""The site as a whole in a browser: search by the names of symbols, lost readers, the keyboard."""

import shutil
import threading

import pytest
from browser import watched_page

from course_lib.site import server as serve

pytestmark = pytest.mark.long


@pytest.mark.parametrize("words", ["delta", "Hadamard", "learning rate", "blame", "pre-activation"])
def test_search_finds_a_symbol_by_its_name_on_a_phone(page, server, words):
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(f"{server}search.html?q={words.replace(' ', '+')}")
    page.wait_for_selector("html[data-search=ready]")
    results = page.locator("#search-results li").all_inner_texts()
    assert all(words.split()[0].lower() in text.lower() for text in results[:3])
    assert not [text for text in results if ".ipynb" in text]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_lost_reader_is_led_back_from_any_depth_below_a_sub_path(browser, built_book, tmp_path):
    (tmp_path / "a" / "course").parent.mkdir()
    shutil.copytree(built_book, tmp_path / "a" / "course")
    # A server that shows one page for everything that is missing, as forges' page servers do.
    (tmp_path / "404.html").write_bytes((built_book / "404.html").read_bytes())
    serving = serve(tmp_path, 0)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{serving.server_port}/a/course/"
    context = browser.new_context()
    lost = context.new_page()
    try:
        assert lost.goto(f"{address}no/such/page.html").status == 404
        lost.wait_for_function("document.links[0].pathname.startsWith('/a/course/index')")
        lost.get_by_text("The map of all chapters").click()
        lost.wait_for_selector("article h1")
        assert lost.url == f"{address}map.html"
    finally:
        context.close()
    with watched_page(browser) as page:  # below a sub-path nothing is missing and formulas are set
        page.goto(f"{address}08_backward_pass.html")
        page.wait_for_selector("html[data-widgets=ready]")
        page.wait_for_selector("mjx-container", state="attached")
    serving.shutdown()
    serving.server_close()


def test_the_keyboard_alone_leads_through_a_whole_chapter(page, server):
    page.goto(f"{server}05_two_neurons.html")
    page.wait_for_selector("html[data-widgets=ready]")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.body.focus()")
    seen, kinds = set(), set()
    for _ in range(400):
        page.keyboard.press("Tab")
        mark = page.evaluate(
            """() => {
              const node = document.activeElement;
              if (!node || node === document.body) return null;
              if (!node.dataset.stop) node.dataset.stop = String(Math.random());
              const box = node.getBoundingClientRect();
              const style = getComputedStyle(node);
              return {
                stop: node.dataset.stop,
                shown: box.width > 0 && box.height > 0,
                kind: ['.cw', '.fbu-question', '.fbu-prediction', '.fbu-faded',
                  '.prev-next-footer'].filter((kind) => node.closest(kind)),
                outline: style.outlineStyle !== 'none' || style.boxShadow !== 'none'
                  || style.borderStyle !== 'none',
              };
            }"""
        )
        if mark is None or mark["stop"] in seen:
            break
        seen.add(mark["stop"])
        kinds.update(mark["kind"])
        assert mark["shown"], "a stop of the Tab key that nobody sees"
    assert kinds == {".cw", ".fbu-question", ".fbu-prediction", ".fbu-faded", ".prev-next-footer"}
