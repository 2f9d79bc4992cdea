"""Signs for the numbers of a question's calls, so that both signs of each occur on every seed.

With random signs, all calls of one seed may draw the same one, and a wrong ``abs`` gets full marks.
"""

from __future__ import annotations

from course_lib.checks.question import Fixture


def numbered(count: int, **options: bool) -> tuple[Fixture, ...]:
    """Return `count` fixtures that differ in their number alone; `options` are the first one's.

    >>> [fixture.name for fixture in numbered(2)]
    ['call 1', 'call 2']
    """
    first = Fixture("call 1", **options)  # type: ignore[arg-type]
    return (first, *(Fixture(f"call {number}") for number in range(2, count + 1)))


def signs(fixture: Fixture, count: int) -> list[float]:
    """Return `count` signs for one of the `numbered` fixtures.

    Over 4 calls each of three signs is negative twice, and so is the product of any two; over 8
    calls that holds for seven signs, four times.

    >>> [signs(fixture, 2) for fixture in numbered(4)]
    [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]
    """
    row = int(fixture.name.rpartition(" ")[2]) - 1
    return [-1.0 if (row & column).bit_count() % 2 else 1.0 for column in range(1, count + 1)]
