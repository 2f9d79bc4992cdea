"""A chapter's cells when the reader draws, and when something that they need is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import served, until, watched_page
from live.test_chapter_cells import opened

pytestmark = pytest.mark.long

PLOT = """import matplotlib.pyplot as plt
print('printed')
plt.plot([0, 1], [1, 0]);
"""


def typed_over(page: Any, box: Any, text: str) -> Any:
    """Put `text` into a cell's editor and run it; return its output, when it has ended."""
    box.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")
    box.locator("[data-run]:enabled").wait_for()
    return box.locator("[data-output]")


def test_what_a_cell_draws_is_shown_below_it(browser: Any, site: str) -> None:
    """By pyplot, as a figure of the course's, and as a value's own picture."""
    with watched_page(browser) as page:
        page.set_default_timeout(90_000)
        page.goto(f"{site}06_computational_graphs.html")
        box = opened(page, 0)
        assert "Matplotlib" in box.inner_text()
        # The course's figures are stubs until a cell draws.
        assert typed_over(page, box, "print('first')").inner_text().strip() == "first"
        output = typed_over(page, box, "figures.passes((r'\\tanh', 'softmax'))")
        assert output.locator("img").count() == 1, output.inner_text()
        output = typed_over(page, box, PLOT)
        assert output.locator("img").count() == 1
        assert output.inner_text().strip() == "printed"
        assert output.locator("img").evaluate("img => img.naturalWidth") > 300
        output = typed_over(page, box, "Value(2.0) * Value(3.0)")
        assert output.locator("svg[aria-label]").count() == 1
        assert output.locator("img").count() == 0


def test_where_matplotlib_cannot_be_had_a_sentence_says_so(browser: Any, site: str) -> None:
    """The cell runs, what the book printed stays, and a network that is back is enough."""
    with watched_page(browser) as page:
        page.set_default_timeout(90_000)
        page.context.route("**/matplotlib-*", lambda route: route.fulfill(status=404))
        page.goto(f"{site}04_loss.html")
        box = opened(page, 0)
        printed = box.locator("xpath=../div[contains(@class, 'cell_output')]")
        before = printed.inner_text()
        output = typed_over(page, box, PLOT)
        text = box.inner_text()
        assert output.locator("pre").inner_text().strip() == "printed"
        assert "Figures are not drawn: Matplotlib could not be loaded" in text
        assert "Traceback" not in text
        assert "Error" not in text
        assert printed.is_visible()
        assert printed.inner_text() == before
        page.context.unroute("**/matplotlib-*")
        output = typed_over(page, box, PLOT)
        assert output.locator("img").count() == 1
        assert "not drawn" not in box.inner_text()
        assert printed.is_hidden()


def test_what_is_not_on_the_page_is_no_mistake_of_the_reader_s(browser: Any, site: str) -> None:
    with watched_page(browser) as page:
        page.set_default_timeout(90_000)
        page.goto(f"{site}04_loss.html")
        box = opened(page, 0)
        printed = box.locator("xpath=../div[contains(@class, 'cell_output')]")
        for line, name in (
            ("import torch", "torch"),
            ("from course_lib.widgets import Stepper", "course_lib.widgets"),
        ):
            text = typed_over(page, box, f"{line}\n").inner_text()
            assert f"{name} is not on this page" in text
            assert "Error" not in text
            assert printed.is_visible()
        for line, error in (
            ("nonsense\n", "NameError"),
            ("from course_lib import Densee\n", "ImportError"),
        ):
            assert error in typed_over(page, box, line).inner_text()
            assert printed.is_hidden()


def test_a_python_that_cannot_be_loaded_leaves_what_the_book_printed(
    browser: Any, site: str
) -> None:
    with watched_page(browser) as page:
        page.context.route("**/pyodide.asm.wasm", lambda route: route.abort())
        page.goto(f"{site}04_loss.html")
        box = opened(page, 0)
        printed = box.locator("xpath=../div[contains(@class, 'cell_output')]")
        page.keyboard.press("Control+Enter")
        box.get_by_text(
            "Python could not be loaded (Failed to fetch), so the cell was not run"
        ).wait_for()
        assert printed.is_visible()


def test_an_edited_cell_is_there_and_runs_after_a_reload_without_a_network(
    browser: Any, built_book: Path
) -> None:
    with served(built_book) as server, watched_page(browser) as page:
        page.set_default_timeout(90_000)
        page.goto(f"{server}04_loss.html")
        page.wait_for_selector(".fbu-live")
        own = "print('kept', 6 * 7)"
        assert "kept 42" in typed_over(page, opened(page, 1), own).inner_text()
        until(
            page,
            "async () => Boolean(await caches.match(location.href))"
            " && Boolean(await caches.match('live/cells/04_loss.json'))"
            " && navigator.serviceWorker.controller !== null",
        )
        page.context.set_offline(True)
        for _ in range(2):
            page.reload()
            box = page.locator(".live-in")
            box.locator(".cm-content").wait_for()
            assert box.locator(".cm-content").inner_text() == own
            assert page.evaluate("!document.activeElement.closest('.live-in')")
            box.locator("[data-run]").click()
            box.get_by_text("kept 42").wait_for()
        other = page.locator("article .cell .fbu-live").first
        other.click()
        page.locator(".live-in").nth(1).locator(".cm-content").wait_for()
        page.locator(".live-in").nth(1).get_by_role("button", name="Reset").click()
        box = page.locator(".live-in").filter(has_text="kept")
        box.get_by_role("button", name="Reset").click()
        page.reload()
        page.wait_for_selector(".fbu-live")
        page.wait_for_timeout(500)
        assert page.locator(".live-in").count() == 0


def test_an_edited_cell_finds_its_place_in_a_rebuilt_book(browser: Any, site: str) -> None:
    """By what was printed; where that has changed, at its place, with a sentence."""
    with watched_page(browser) as page:
        page.goto(f"{site}04_loss.html")
        opened(page, 1)
        page.keyboard.press("Control+a")
        page.keyboard.insert_text("own = 1")
        old = page.evaluate("JSON.stringify(localStorage)")
        assert old.count("own = 1") == 1

        def moved(route: Any) -> None:
            answer = route.fetch()
            made = answer.json()
            printed = [cell for cell in made["cells"] if cell["printed"]]
            sources = [cell["source"] for cell in printed]
            for cell, source in zip(printed, [sources[1], sources[0], *sources[2:]], strict=True):
                cell["source"] = source
            route.fulfill(json=made)

        def changed(route: Any) -> None:
            answer = route.fetch()
            made = answer.json()
            for cell in made["cells"]:
                cell["source"] += "\n# changed"
            route.fulfill(json=made)

        for change, said in ((moved, False), (changed, True)):
            page.context.route("**/live/cells/*.json", change)
            page.reload()
            box = page.locator("[aria-label='Code cell 1'].live-in")
            box.locator(".cm-content").wait_for()
            assert "own = 1" in box.locator(".cm-content").inner_text()
            assert page.locator(".live-in").count() == 1
            assert ("has changed since" in box.inner_text()) == said
            page.context.unroute("**/live/cells/*.json")


def test_where_edits_cannot_be_kept_a_sentence_says_so(browser: Any, site: str) -> None:
    with watched_page(browser) as page:
        page.add_init_script(
            "const { setItem } = Storage.prototype;"
            "Storage.prototype.setItem = function (key, text) {"
            " if (key.startsWith('course-cells')) throw new DOMException('', 'QuotaExceededError');"
            " setItem.call(this, key, text); };"
        )
        page.goto(f"{site}04_loss.html")
        page.wait_for_selector(".fbu-live")
        opened(page, 0)
        page.keyboard.type("x")
        page.get_by_text("does not keep your work (its storage is full)").wait_for()
