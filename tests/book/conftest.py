"""The built book in a browser: `server` (its address), `page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import served, watched_page


@pytest.fixture(scope="session")
def server(built_book: Path) -> Iterator[str]:
    """Serve the built book on this machine; the address ends in a slash."""
    with served(built_book) as address:
        yield address


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Open a page that fails its test on a request to another host or an error on the console."""
    with watched_page(browser) as opened:
        yield opened
