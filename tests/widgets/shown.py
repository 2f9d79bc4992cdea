"""What a widget shows, read as a test reads it."""

from __future__ import annotations

from typing import Any

import numpy as np


class Shown:
    """Widget number `at` of an open page.

    ``values()`` maps each ``data-q`` to its ``data-value``; where one quantity is shown twice, both
    must be the same text, or one of them is a step older than the other.
    """

    def __init__(self, page: Any, at: int = 0) -> None:
        self.page = page
        self.root = page.locator(".cw").nth(at)

    def other(self, at: int) -> Shown:
        """Return widget number `at` of the same page."""
        return Shown(self.page, at)

    def texts(self) -> dict[str, str]:
        """Return each shown quantity's full precision as it stands in the page."""
        pairs = self.root.evaluate(
            "(root) => [...root.querySelectorAll('[data-q]')]"
            ".map((node) => [node.dataset.q, node.dataset.value])"
        )
        shown: dict[str, str] = {}
        for name, text in pairs:
            assert shown.setdefault(name, text) == text, f"{name} is shown as two numbers"
        return shown

    def values(self) -> dict[str, float]:
        """Return each shown quantity as a number."""
        return {name: float(text) for name, text in self.texts().items()}

    def html(self) -> str:
        """Return everything in the view, to see that a state is restored exactly."""
        return self.root.locator(".cw-view").evaluate(
            """(view) => {
              const form = [...view.querySelectorAll('input, select')].map((node) => node.value);
              // Which folds are open is the reader's, not the state's.
              return view.innerHTML.replace(/<p class="cw-status".*?<\\/p>/, '')
                .replace(/ open=""/g, '') + form.join('|');
            }"""
        )

    def status(self) -> str:
        """Return the status sentence."""
        return self.root.locator("[role=status]").inner_text()

    def open_settings(self) -> Shown:
        """Unfold the settings."""
        self.root.locator(".cw-settings").evaluate("(fold) => { fold.open = true; }")
        return self

    def press(self, what: str, times: int = 1) -> Shown:
        """Press one of the transport's buttons."""
        if what == "copy":
            self.open_settings()
        for _ in range(times):
            self.root.locator(f"[data-do={what}]").click(force=True)
        return self

    def click_fast(self, what: str, times: int) -> Shown:
        """Press one of the transport's buttons many times, from within the page."""
        self.root.locator(f"[data-do={what}]").evaluate(
            "(button, times) => { for (let i = 0; i < times; i++) button.click(); }", times
        )
        return self

    def choose(self, setting: str, value: str) -> Shown:
        """Choose in one of the lists."""
        self.open_settings().root.locator(f"select[data-set={setting}]").select_option(value)
        return self

    def enter(self, setting: str, value: float) -> Shown:
        """Type into one of the number boxes."""
        self.open_settings()
        box = self.root.locator(f"input[type=number][data-q='{setting}']")
        box.fill(repr(value))
        box.press("Enter")
        return self


def agree(actual: dict[str, float], expected: dict[str, float], tolerance: float = 1e-9) -> None:
    """Hold shown numbers to a fixture: the same names, and the numbers relative to the largest."""
    assert set(actual) == set(expected), sorted(set(actual) ^ set(expected))[:20]
    for name, reference in expected.items():
        scale = max(abs(reference), 1e-3)
        assert np.isfinite(reference), name
        assert abs(actual[name] - reference) <= tolerance * scale, (name, actual[name], reference)
