"""The widgets on the built pages: alive without a kernel, still without JavaScript."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import served, watched_page
from needs import need
from widget_figures import PLACE, figure_name, placed
from widgets.library import stepper_round
from widgets.shown import Shown, agree

from course_lib.course_files import checkout
from course_lib.widgets.bundle import networks

pytestmark = pytest.mark.long
BOOK = checkout() / "book"
CONTENTS = (BOOK / "_toc.yml").read_text(encoding="utf-8")
PAGES = [
    page.stem
    for page in sorted(BOOK.glob("*.md"))
    if PLACE.search(page.read_text(encoding="utf-8")) and page.stem in CONTENTS
]


def live(page: Any, address: str) -> Any:
    """Open a page and wait until its widgets are alive."""
    page.goto(address)
    page.wait_for_selector("html[data-widgets=ready]", timeout=60_000)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_every_widget_of_a_page_is_alive_and_its_picture_steps_aside(
    page: Any, server: str, name: str
) -> None:
    live(page, f"{server}{name}.html")
    places = page.locator("[data-widget]")
    assert places.count() == page.locator(".cw").count() > 0
    for i in range(places.count()):
        place = places.nth(i)
        assert "refused" not in place.locator("[role=status]").inner_text()
        figure = place.locator("xpath=ancestor::figure")
        assert not figure.locator("img").first.is_visible()
        assert figure.locator("figcaption").is_visible()
        assert figure.locator("img").first.get_attribute("alt")
    page.emulate_media(media="print")
    assert not page.locator(".cw").first.is_visible()
    assert page.locator("figure.cw-figure img").first.is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_without_javascript_the_picture_is_there(browser: Any, server: str, name: str) -> None:
    with watched_page(browser, java_script_enabled=False) as still:
        still.goto(f"{server}{name}.html")
        pictures = still.locator("figure.cw-figure img")
        assert pictures.count() > 0
        for i in range(pictures.count()):
            pictures.nth(i).scroll_into_view_if_needed()
            assert pictures.nth(i).bounding_box()["height"] > 60
            assert pictures.nth(i).get_attribute("alt")


def test_the_chapters_stepper_is_the_library_by_keyboard_alone(page: Any, server: str) -> None:
    live(page, f"{server}08_backward_pass.html")
    widget = Shown(page)
    state = next(state for name, state in placed_on("08_backward_pass") if name == "stepper")
    examples = [state.get("example", 0)]
    theta = np.array(networks()["4-2-3"]["theta"])
    for _ in range(500):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.do") == "step":
            break
    rate = state.get("rate", 0.5)
    for updates in range(2):
        for _ in range(15):
            page.keyboard.press("Enter")
        reference = stepper_round("4-2-3", theta, examples, rate, False)
        agree(widget.values(), reference | {"updates": updates, "step": 15})
        theta = np.array([value for name, value in reference.items() if name.endswith("_new")])
        page.keyboard.press("Enter")
    while page.evaluate("document.activeElement.dataset.do") != "back":
        page.keyboard.press("Tab")
    for _ in range(32):
        page.keyboard.press("Enter")
    assert widget.values()["updates"] == widget.values()["step"] == 0
    assert widget.values()["W1[0,0]"] == networks()["4-2-3"]["theta"][0]


def placed_on(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the widgets of one page of the book that have a drawn picture."""
    return list(placed(BOOK, name))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_widget_on_its_page(
    page: Any, server: str, name: str, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    live(page, f"{server}{name}.html")
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    for width in (340, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        result = Axe().run(page, context=".cw", options={"preload": False})
        assert result.violations_count == 0, result.generate_report()
        box = page.locator(".cw").first.bounding_box()
        assert box["x"] + box["width"] <= width


def test_a_copied_link_opens_the_chapter_in_the_same_state(
    browser: Any, page: Any, server: str
) -> None:
    live(page, f"{server}08_backward_pass.html")
    widget = Shown(page).press("step", 20).press("copy")
    link = widget.root.locator(".cw-link").input_value()
    with watched_page(browser) as other:
        again = Shown(live(other, link))
        assert again.texts() == widget.texts()


def test_the_pages_work_below_any_path(browser: Any, built_book: Path) -> None:
    with served(built_book.parent) as address, watched_page(browser) as page:
        live(page, f"{address}{built_book.name}/{PAGES[0]}.html")
        assert page.locator(".cw").count() > 0


def test_only_pages_with_widgets_load_the_modules(built_book: Path) -> None:
    for path in built_book.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert ("course-widgets/" in text) == ("data-widget=" in text), path.name
    assert not list((built_book / "_static").rglob("stepper.js"))


def sphinx(source: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Build a small site of its own, in a process of its own."""
    need("jupyter_book")
    (source / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(BOOK)!r})\n"
        "extensions = ['myst_parser', '_ext']\nhtml_theme = 'basic'\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "sphinx", "-q", "--no-color", *options, source, out]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_directive_refuses_what_a_reader_would_miss(tmp_path: Path) -> None:
    wrong = [
        "```{widget} teapot\n:alt: A.\n:caption: C.\n```",
        "```{widget} stepper\n:caption: C.\n```",
        "```{widget} stepper\n:alt: A.\n:caption: C.\n\n{not json}\n```",
        "```{widget} stepper\n:alt: A.\n:caption: C.\n\n[1]\n```",
    ]
    (tmp_path / "index.md").write_text("# T\n\n" + "\n\n".join(wrong), encoding="utf-8")
    said = sphinx(tmp_path, tmp_path / "out").stderr
    assert "no widget is called 'teapot'" in said
    assert "widget stepper needs :alt:" in said
    assert "the body is not JSON" in said
    assert "the body must be an object" in said


def test_a_page_in_a_subfolder_finds_the_modules_beside_the_site(
    browser: Any, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    folder = source / "part" / "deep"
    folder.mkdir(parents=True)
    (source / "picture.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"></svg>', encoding="utf-8"
    )
    (source / "index.md").write_text(
        "# Start\n\n```{toctree}\npart/deep/page\n```\n", encoding="utf-8"
    )
    (folder / "page.md").write_text(
        "# Page\n\n```{widget} stepper\n:figure: /picture.svg\n:alt: A picture.\n"
        ':caption: See.\n:name: here\n\n{"network": "1-1-1"}\n```\n',
        encoding="utf-8",
    )
    done = sphinx(source, tmp_path / "site" / "below", "-W")
    (tmp_path / "site" / "favicon.ico").write_bytes(b"")
    assert done.returncode == 0, done.stderr
    with served(tmp_path / "site") as address, watched_page(browser) as page:
        live(page, f"{address}below/part/deep/page.html")
        assert page.locator(".cw [data-pick]").count() == 7


def test_every_page_has_the_picture_of_its_own_state() -> None:
    missing = [
        figure_name(name, state)
        for name, state in placed(BOOK)
        if not (BOOK / "widget-figures" / figure_name(name, state)).is_file()
    ]
    assert not missing, "run: python book/widget_figures.py"
