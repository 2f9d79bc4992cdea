"""Widgets on small pages of their own, in a real browser: fast, and no book is built for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from browser import served, watched_page
from widgets.shown import Shown

from course_lib.widgets.bundle import copy_modules, page_html

# Every timer that is running, by name: what a cleanup has to leave empty.
COUNT_TIMERS = """
window.running = new Set();
const KINDS = [['setTimeout', 'clearTimeout', true], ['setInterval', 'clearInterval', false],
  ['requestAnimationFrame', 'cancelAnimationFrame', true]];
for (const [start, stop, once] of KINDS) {
  const begin = window[start].bind(window), end = window[stop].bind(window);
  window[start] = (f, ...rest) => {
    const id = begin((...args) => { if (once) running.delete(start + id); f(...args); }, ...rest);
    running.add(start + id);
    return id;
  };
  window[stop] = (id) => { running.delete(start + id); end(id); };
}
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Serve a folder with the modules in it: yield it and its address."""
    folder = tmp_path_factory.mktemp("widgets")
    copy_modules(folder / "course-widgets")
    with served(folder) as address:
        yield folder, address


@pytest.fixture
def opened(browser: Any, site: tuple[Path, str]) -> Iterator[Callable[..., Shown]]:
    """Open a page with widgets: ``opened(("stepper", {...}), ..., theme=..., link=...)``."""
    folder, address = site
    with ExitStack() as stack:

        def opening(
            *places: tuple[str, dict[str, Any]],
            theme: str = "light",
            link: str = "",
            **options: Any,
        ) -> Shown:
            (folder / "index.html").write_text(page_html(list(places), theme), encoding="utf-8")
            page = stack.enter_context(watched_page(browser, **options))
            page.add_init_script(COUNT_TIMERS)
            page.goto(f"{address}index.html{link}")
            page.wait_for_selector("html[data-widgets=ready]")
            return Shown(page)

        yield opening
