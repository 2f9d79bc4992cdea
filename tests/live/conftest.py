"""The pages in a browser: `live_site` (folder), `live_server`, `site` of the book (addresses)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import served
from live import small_site


@pytest.fixture(scope="session")
def live_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the exercise pages without the chapters."""
    site = tmp_path_factory.mktemp("site")
    small_site.make(site)
    return site


@pytest.fixture(scope="session")
def live_server(live_site: Path) -> Iterator[str]:
    """Serve the exercise pages on this machine; the address ends in a slash."""
    with served(live_site) as address:
        yield address


@pytest.fixture(scope="session")
def site(built_book: Path) -> Iterator[str]:
    """Serve the built book on this machine; the address ends in a slash."""
    with served(built_book) as address:
        yield address
