"""Processor time beside the limits of large calls, which grow on slow machines.

The product of `course_lib.checks.limits` is timed between the calls, so that both meet the same
load.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from course_lib.checks import limits

ROW = [0.5 + 1.0 / (1 + place) for place in range(200)]


def seconds(function: Callable[[], Any], repeat: int = 20) -> float:
    """Return the least time of one call, as the machine would take it that limits were chosen for.

    So it is a ratio to the product, and the same on every machine.
    """
    taken, product = _timed(function, repeat)
    return taken / product * limits.REFERENCE


def seconds_here(function: Callable[[], Any], repeat: int = 20) -> float:
    """Return the least time of one call, in seconds that are longer where limits are.

    A fast machine has the limits as they are stated, and so its own time.
    """
    taken, product = _timed(function, repeat)
    return taken / max(product / limits.REFERENCE, 1.0)


def _timed(function: Callable[[], Any], repeat: int) -> tuple[float, float]:
    function()
    taken, products = [], []
    for _ in range(repeat):
        began = time.process_time()
        function()
        taken.append(time.process_time() - began)
        products.append(limits._product(ROW))
    return min(taken), min(products)
