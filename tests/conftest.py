"""What every folder of tests shares: one real browser for the session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start headless Chromium once: Playwright cannot run twice in one thread."""
    from browser import chromium

    with chromium() as started:
        yield started
