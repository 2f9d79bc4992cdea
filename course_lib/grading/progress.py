"""What a run shows while it marks: nothing, or a bar on a terminal."""

from __future__ import annotations

from collections import Counter


class Progress:
    """Takes note of what is done; this one shows nothing."""

    def start(self, total: int, done: int) -> None:
        """Begin with `done` of `total`."""

    def step(self, status: str) -> None:
        """Count one finished submission."""

    def close(self) -> None:
        """Leave the line as it is."""


class Bar(Progress):
    """A progress bar with rate, time left and counts per status."""

    def start(self, total: int, done: int) -> None:
        """Begin with `done` of `total`."""
        from tqdm import tqdm

        self._counts: Counter[str] = Counter()
        self._bar = tqdm(total=total, initial=done, unit="submission", dynamic_ncols=True)

    def step(self, status: str) -> None:
        """Count one finished submission."""
        self._counts[status] += 1
        self._bar.set_postfix(self._counts, refresh=False)
        self._bar.update()

    def close(self) -> None:
        """Leave the line as it is."""
        if hasattr(self, "_bar"):
            self._bar.close()
