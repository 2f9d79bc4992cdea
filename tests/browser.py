"""A real browser for the tests: Chromium with the network off but for this machine, watched.

A page from `watched_page` fails its test when it asked another host for anything or wrote an error
to its console.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from needs import need

from course_lib.site import CHROMIUM, server


@contextmanager
def chromium() -> Iterator[Any]:
    """Start headless Chromium."""
    path = need("chromium")
    need("playwright")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield browser
        browser.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve `folder` at a free port of this machine; yield the address, ending in a slash."""
    serving = server(folder, 0)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}/"
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()


def until(page: Any, script: str, seconds: float = 90) -> None:
    """Wait until a script gives true; unlike Playwright, also one that gives a promise."""
    end = time.monotonic() + seconds
    while not page.evaluate(script):
        assert time.monotonic() < end, f"not true within {seconds} seconds: {script}"
        page.wait_for_timeout(50)


@contextmanager
def watched_page(browser: Any, **options: Any) -> Iterator[Any]:
    """Open a page that may talk to this machine only, and say nothing on its console."""
    context = browser.new_context(**options)
    page = context.new_page()
    foreign: list[str] = []
    said: list[str] = []

    def asked(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            foreign.append(request.url)

    context.on("request", asked)
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert not foreign, f"the page asked other hosts: {foreign}"
    assert not said, f"errors on the console: {said}"
