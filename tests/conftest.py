"""What every folder of tests shares: one real browser, one built book for the session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start headless Chromium once: Playwright cannot run twice in one thread."""
    from browser import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def built_book() -> Path:
    """Build the book if a source has changed; return the folder of its pages."""
    from needs import need

    from course_lib.course_files import checkout
    from course_lib.site import build

    need("jupyter_book")
    return build(checkout(), quiet=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the attacks to the long tests: each process marks two classes of attackers."""
    for item in items:
        if item.path.parent.name == "attacks":
            item.add_marker(pytest.mark.long)
