"""How slow this machine is, so that the limits on large calls mean the same on every one.

The rule: a large call gets ``fixture.cpu_seconds × scale``, where

    scale = min(max(slowness, 1), 8) × min(max(timeout / 10, 1), 4).

`slowness` is the processor time of one reference product, a matrix times a vector written as
loops (the slowest right way to answer), over the time it takes on the machine for which the limits
were chosen. `timeout` is the limit on every other call: the grader's ``--timeout``, 10 s unless it
is given. So a limit is never less than the one that the fixture states, and a teacher who grants
more time grants it to large calls too. A run of `course grade` measures once and keeps the number
with its seed, so that all students of a run have the same limits, also after ``--resume`` and on
other machines. `check(f)` and `course check` measure once per process.

The factors are bounded because a numerical derivative must not get through where time is granted:
it takes more than twenty times the stated limit on a machine of slowness 1, and it gets slower
with the machine, as the product does.
"""

from __future__ import annotations

import time
from functools import cache

TIMEOUT = 10.0  # processor seconds of an ordinary call, where nothing else is said
REFERENCE = 0.0025  # seconds of the product below on the machine for which limits were chosen
SLOWEST, LONGEST = 8.0, 4.0
_SIZE, _TIMES = 200, 7


def scale(slowness: float, timeout: float = TIMEOUT) -> float:
    """Return what the stated limit of a large call is multiplied by.

    >>> scale(0.5), scale(1.5), scale(100.0), scale(1.5, timeout=20.0), scale(1.0, timeout=1.0)
    (1.0, 1.5, 8.0, 3.0, 1.0)
    """
    return min(max(slowness, 1.0), SLOWEST) * min(max(timeout / TIMEOUT, 1.0), LONGEST)


@cache
def slowness() -> float:
    """Return how many times slower than the reference this machine is, in halves."""
    row = [0.5 + 1.0 / (1 + place) for place in range(_SIZE)]
    best = min(_product(row) for _ in range(_TIMES))
    return round(2 * best / REFERENCE) / 2


def _product(row: list[float]) -> float:
    """Return the processor time of one product of a matrix and a vector, in loops."""
    fine = time.get_clock_info("thread_time").resolution < 1e-4
    clock = time.thread_time if fine else time.perf_counter
    began = clock()
    result = [0.0] * len(row)
    for j in range(len(row)):
        for k in range(len(row)):
            result[j] += row[k] * row[k]
    return clock() - began
