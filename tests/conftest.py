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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what stays together where two processes share the tests (`--dist loadgroup`).

    A file's tests do, for its fixtures. So do all of a folder that share a class which is marked:
    each process would mark it again.
    """
    for item in items:
        folder = item.path.parent.name
        if folder == "attacks":  # each of its processes marks two classes of attackers
            item.add_marker(pytest.mark.long)
        group = folder if folder in ("attacks", "grader") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
