"""The calls of a question: their sizes, what differs in each, and what each is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fixture:
    """The sizes and the purpose of one call.

    Parameters
    ----------
    name : str
        Unique within its question.
    widths : tuple of int
        Units per layer, from the input to the output. The default is made of different primes,
        so a constant factor can be written as powers of N and n in one way only.
    n : int
        N, the number of examples in the batch.
    variant : str
        What differs beside the sizes, such as the name of an activation.
    marked : bool
        Whether the call counts. A call that does not count is made only to name a mistake.
    cpu_seconds : float or None
        Limit for this call. With a limit, the size is chosen so that one forward pass per
        parameter would take at least twenty times as long.
    repeat : bool
        Call twice with equal inputs; the answers must agree.
    settings : mapping of str to anything
        What `inputs` reads beside the sizes, as ``fixture["curve"]``.
    """

    name: str
    widths: tuple[int, ...] = (3, 7, 13, 5)
    n: int = 11
    variant: str = ""
    marked: bool = True
    cpu_seconds: float | None = None
    repeat: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __getitem__(self, setting: str) -> Any:
        return self.settings[setting]

    @property
    def large(self) -> bool:
        """Whether this is the call that a numerical derivative cannot finish."""
        return self.cpu_seconds is not None


MARKING = Fixture("marking", repeat=True)
"""3-7-13-5 with N = 11: no two sizes are equal, so a wrong transpose has a wrong shape."""

SQUARE = Fixture("square", widths=(5, 5, 5, 5), marked=False)
"""5-5-5-5 with N = 11: a wrong transpose goes through here, and its values give it away."""


def numbered(count: int, **options: bool) -> tuple[Fixture, ...]:
    """Return `count` fixtures that differ in their number alone; `options` are the first one's.

    >>> [fixture.name for fixture in numbered(2)]
    ['call 1', 'call 2']
    """
    first = Fixture("call 1", settings={"call": 0}, **options)  # type: ignore[arg-type]
    rest = (Fixture(f"call {call + 1}", settings={"call": call}) for call in range(1, count))
    return (first, *rest)


def signs(fixture: Fixture, count: int) -> list[float]:
    """Return `count` signs for one of the `numbered` fixtures.

    Over 4 calls each of three signs is negative twice, and so is the product of any two; over 8
    calls that holds for seven signs, four times.

    >>> [signs(fixture, 2) for fixture in numbered(4)]
    [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]
    """
    return [
        -1.0 if (fixture["call"] & column).bit_count() % 2 else 1.0
        for column in range(1, count + 1)
    ]
