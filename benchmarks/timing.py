"""Time several ways of doing one thing side by side, so that a busy machine harms none of them.

All contenders take turns in one process (A B C A B C …). A turn is measured in processor time of
the process, and is long enough for the clock. Ratios are taken within a round, between turns that
lie next to each other; their median and spread over the rounds are what gets reported.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import process_time

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Seconds per repetition of every contender in every round: ``seconds[name][round]``."""

    seconds: dict[str, np.ndarray]

    def ratios(self, name: str, to: str) -> np.ndarray:
        """Return `name`'s time over `to`'s, one number per round."""
        return self.seconds[name] / self.seconds[to]


def spread(values: np.ndarray) -> tuple[float, float, float]:
    """Return the median, and the tenth and ninetieth percentile."""
    low, middle, high = np.percentile(values, [10, 50, 90])
    return float(middle), float(low), float(high)


def repetitions(run: Callable[[int], object], turn: float) -> int:
    """Return how many repetitions fill a turn of so many seconds."""
    count = 1
    while True:
        run(count)  # compiles what is compiled for this count
        start = process_time()
        run(count)
        taken = process_time() - start
        if taken >= turn / 2:
            return max(1, round(count * turn / taken))
        count *= 2 if taken < turn / 20 else max(2, round(turn / taken / 2))


def take_turns(
    contenders: Mapping[str, Callable[[int], object]],
    *,
    rounds: int,
    turns: Mapping[str, float],
    collect: bool = False,
) -> Timing:
    """Time every contender's ``run(count)`` in every round.

    Parameters
    ----------
    contenders : mapping from names to functions
        ``run(count)`` does the work `count` times.
    rounds : int
        How often everybody takes a turn, after one round that is not counted.
    turns : mapping from names to float
        Seconds that a contender's turn should last; what takes longer runs once.
    collect : bool
        Collect garbage before each turn, outside its time. Otherwise it is collected once.
    """
    counts = {name: repetitions(run, turns[name]) for name, run in contenders.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    for number in range(rounds + 1):
        names = list(contenders)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            if collect:
                gc.collect()
            start = process_time()
            contenders[name](counts[name])
            taken = process_time() - start
            if number:
                seconds[name].append(taken / counts[name])
    return Timing({name: np.array(values) for name, values in seconds.items()})
