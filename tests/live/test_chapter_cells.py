"""Chapters in headless Chromium, the network off: cells edited and run, the function written.

One browser page with Python in it serves several tests: each uses a cell of its own.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import watched_page
from live.test_exercise_pages import ROOT, solutions

from course_lib import checks

pytestmark = pytest.mark.long

PAGES = {"08_backward_pass": ("light", 1280), "04_loss": ("dark", 360)}
only = pytest.mark.parametrize("chapter", ["08_backward_pass"], indirect=True)


@pytest.fixture(scope="module", params=PAGES)
def chapter(request: Any, browser: Any, site: str) -> Iterator[Any]:
    """A chapter, in one of the themes and one of the widths."""
    scheme, width = PAGES[request.param]
    size = {"width": width, "height": 800}
    with watched_page(browser, color_scheme=scheme, viewport=size) as page:
        page.set_default_timeout(90_000)
        page.goto(f"{site}{request.param}.html")
        page.wait_for_selector(".fbu-live")
        yield page


def cells_of(built_book: Path, name: str) -> list[dict[str, Any]]:
    return json.loads((built_book / "live" / "cells" / f"{name}.json").read_text("utf-8"))["cells"]


def page_name(page: Any) -> str:
    return re.search(r"(\w+)\.html", page.url)[1]


def opened(page: Any, at: int) -> Any:
    """Open a printed cell by the keyboard; return its box."""
    cell = page.locator("article .cell").filter(has=page.locator(".cell_input")).nth(at)
    cell.get_by_role("button", name="Edit and run").focus()
    page.keyboard.press("Enter")
    box = cell.locator(".live-in")
    box.locator(".cm-content:focus, textarea:focus").wait_for()
    return box


def test_a_cell_runs_by_the_keyboard_after_the_hidden_ones_above(
    chapter: Any, built_book: Path
) -> None:
    cells = cells_of(built_book, page_name(chapter))
    last = max(number for number, cell in enumerate(cells) if cell["printed"])
    assert not all(cell["printed"] for cell in cells[:last]), "no hidden cell above"
    box = opened(chapter, sum(cell["printed"] for cell in cells[:last]))
    printed = box.locator("xpath=../div[contains(@class, 'cell_output')]")
    before = printed.first.inner_text() if printed.count() else ""
    chapter.keyboard.press("Control+Home")
    chapter.keyboard.type("print('own line')\n")
    chapter.keyboard.press("Escape")
    chapter.keyboard.press("Tab")
    assert chapter.evaluate("document.activeElement.textContent") == "Run"
    chapter.keyboard.press("Enter")
    box.get_by_text(f"Run after {last} cells above it").wait_for()
    output = box.locator("[data-output]")
    assert blurred(output.inner_text()) == blurred(f"own line\n{before}")
    assert not printed.count() or printed.first.is_hidden()
    box.get_by_role("button", name="Reset").click()
    assert "own line" not in box.locator("[data-editor]").inner_text()
    assert output.is_hidden()
    assert not printed.count() or printed.first.is_visible()
    assert chapter.evaluate("document.documentElement.scrollWidth <= innerWidth")


def blurred(text: str) -> str:
    """Return what was printed without its digits: the last ones depend on the processor."""
    return re.sub(r"-?\d+(\.\d*)?(e[-+]?\d+)?", "0", " ".join(text.split()))


@only
def test_an_endless_cell_is_stopped_and_an_error_above_is_told(chapter: Any) -> None:
    first, second = opened(chapter, 0), opened(chapter, 1)
    editor = first.locator(".cm-content")
    editor.click()
    chapter.keyboard.press("Control+Home")
    chapter.keyboard.insert_text("while True:\n    print('x' * 1000)\n")
    chapter.keyboard.press("Control+Enter")
    first.locator("[data-output] pre:not(:empty)").wait_for()
    first.get_by_role("button", name="Stop").click()
    first.get_by_text("Stopped.").wait_for()
    assert len(first.locator("[data-output]").inner_text()) < 25_000
    editor.click()
    chapter.keyboard.press("Control+a")
    chapter.keyboard.insert_text("nonsense")
    second.get_by_role("button", name="Run").click()
    second.get_by_text("A cell above this one did not run to its end").wait_for()
    assert "NameError" in second.locator("[data-output]").inner_text()
    first.get_by_role("button", name="Reset").click()
    second.get_by_role("button", name="Run").click()
    second.get_by_text("Run after").wait_for()


def test_the_function_written_in_a_chapter_is_the_exercise_s(chapter: Any, site: str) -> None:
    name = page_name(chapter)
    box = chapter.locator(".fbu-write")
    function = box.get_attribute("data-write")
    question = checks.load(name).questions[0]
    assert function == question.name
    box.get_by_role("button", name="Write it here").click()
    task = box.locator("[data-task]")
    task.locator(".cm-content:focus").wait_for()
    chapter.keyboard.press("Control+a")
    answer = solutions(name)[function]
    chapter.keyboard.insert_text(answer)
    chapter.keyboard.press("Control+Enter")
    whole = f"{question.points:g} of {question.points:g} points"
    task.locator("[data-feedback]").get_by_text(whole).wait_for()
    assert task.evaluate("node => node.classList.contains('live-right')")
    assert chapter.evaluate("document.documentElement.scrollWidth <= innerWidth")
    other = chapter.context.new_page()
    other.goto(f"{site}exercises/{name}.html")
    other.get_by_text("already open in another tab").wait_for()
    written = other.evaluate("() => window.course.notebook()")["cells"]
    cell = next(entry for entry in written if entry["id"] == f"solution-{function}")
    assert "".join(cell["source"]) == answer
    assert whole in other.locator(f"[data-task={function}] [data-points]").inner_text()
    other.close()


def test_axe_finds_nothing_in_what_a_chapter_gets(chapter: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = {"include": [[".live-in"], [".fbu-live"], [".fbu-write"]]}
    options = {"resultTypes": ["violations"], "preload": False}
    result = Axe().run(chapter, context=context, options=options)
    assert not result.response["violations"], result.generate_report()


def test_a_page_that_nobody_edits_loads_one_small_script(
    browser: Any, site: str, built_book: Path
) -> None:
    """At most 10 KB more than without Python on the pages, and nothing to see on paper."""
    with watched_page(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.removeprefix(site)))
        page.goto(f"{site}08_backward_pass.html")
        page.wait_for_load_state("networkidle")
        live = [path for path in asked if path.startswith(("live/", "exercises/"))]
        assert len(live) == 1, live
        assert live[0].endswith("/chapter.js")
        weight = len(gzip.compress((built_book / live[0]).read_bytes()))
        html = (built_book / "08_backward_pass.html").read_bytes()
        script = re.search(rb'<script type="module" data-live=.*?</script>\n', html)[0]
        weight += len(gzip.compress(html)) - len(gzip.compress(html.replace(script, b"")))
        assert weight <= 10_000
        button = page.locator(".fbu-live").first
        assert button.is_visible()
        page.emulate_media(media="print")
        assert button.is_hidden()
    with watched_page(browser, java_script_enabled=False) as page:
        page.goto(f"{site}08_backward_pass.html")
        assert page.locator(".fbu-live").count() == 0
        assert page.locator(".fbu-write .highlight-python").is_visible()


def test_every_chapter_has_its_first_function_written_in_place(built_book: Path) -> None:
    for name in checks.names():
        text = (built_book / f"{name}.html").read_text("utf-8")
        functions = re.findall(r'class="fbu-write" data-write="(\w+)"', text)
        assert functions == [checks.load(name).questions[0].name], name


def test_the_cells_of_pages_that_train_nothing_run_as_they_are_printed(
    browser: Any, site: str, built_book: Path
) -> None:
    """`benchmarks/live.py` runs those of all pages; training takes long in a browser."""
    pages = sorted(path.stem for path in (built_book / "live" / "cells").glob("*.json"))
    quick = [
        name
        for name in pages
        if not any("course_lib.training" in cell["source"] for cell in cells_of(built_book, name))
    ]
    assert len(quick) > len(pages) / 2
    run = (ROOT / "benchmarks" / "live_cells.js").read_text("utf-8")
    with watched_page(browser) as page:
        page.set_default_timeout(90_000)
        page.goto(f"{site}08_backward_pass.html")
        for name in quick:
            executed = built_book.parent / "jupyter_execute" / f"{name}.ipynb"
            notebook = json.loads(executed.read_text("utf-8"))
            code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
            for cell, (answer, output, _) in zip(code, page.evaluate(run, name), strict=True):
                assert answer.get("error") == "", (name, answer)
                streams = [part for part in cell["outputs"] if part["output_type"] == "stream"]
                printed = "".join("".join(stream["text"]) for stream in streams)
                assert blurred(output) == blurred(printed), name
