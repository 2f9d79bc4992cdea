"""Known mistakes of one step inside a function that makes several steps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from course_lib.checks.question import Call, Mistake


def inside(
    mistakes: Iterable[Mistake],
    build: Callable[[Call], Call],
    *,
    without: Collection[str] = (),
    twins: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Mistake, ...]:
    """Return the mistakes of a step as mistakes of a function that is built of it.

    Parameters
    ----------
    mistakes : iterable of Mistake
        Those of the step.
    build : callable
        ``build(step)``: the function of several steps, with this step.
    without : collection of str
        Ids to leave out: mistakes that do not show there, or have an entry of their own.
    twins : mapping of str to tuple of str
        By id, the mistakes that compute the same arrays there.

    Examples
    --------
    >>> twice = Mistake("twice", "The factor 2 is superfluous.", lambda x: 2 * x, "Why 2?")
    >>> (inner,) = inside([twice], lambda step: lambda x: step(step(x)))
    >>> inner.id, inner.wrong(1)
    ('twice', 4)
    """
    return tuple(
        replace(mistake, wrong=build(mistake.wrong), twins=(twins or {}).get(mistake.id, ()))
        for mistake in mistakes
        if mistake.id not in without
    )
