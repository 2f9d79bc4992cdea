"""The full gradient check of 64-32-10 with a batch of 64, in float64, beside the naive loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from timing import spread, take_turns

from course_lib import Dense, Network, ReLU, SoftmaxCrossEntropy, gradcheck

NAIVE = "a loop over the parameters"
PROMISED = 0.25

Row = dict[str, str | float]


def naive(network: Network, x: np.ndarray, y: np.ndarray, h: float = 6e-6) -> np.ndarray:
    """Central differences with two whole forward passes per parameter."""
    slopes = np.empty_like(network.theta)
    for i in range(slopes.size):
        old = network.theta[i]
        network.theta[i] = old + h
        up = network.forward(x, y)
        network.theta[i] = old - h
        slopes[i] = (up - network.forward(x, y)) / (2 * h)
        network.theta[i] = old
    return slopes


def measure(rounds: int) -> Iterator[Row]:
    """Yield a row per way of checking: its share of the naive loop's time."""
    network = Network(Dense(64, 32), ReLU(), Dense(32, 10), loss=SoftmaxCrossEntropy(), seed=0)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1, (64, 64)), rng.integers(0, 10, 64)
    network.forward(x, y)
    network.backward()
    expected = network.gradient.copy()
    error = gradcheck.relative_error(naive(network, x, y), expected)
    if error > 1e-6:
        raise RuntimeError(f"the naive loop is {error:.1e} away; expected at most 1e-6")

    def repeat(work: Callable[[], object]) -> Callable[[int], None]:
        def run(count: int) -> None:
            for _ in range(count):
                work()

        return run

    ways = {
        NAIVE: repeat(lambda: naive(network, x, y)),
        "check, central differences": repeat(
            lambda: gradcheck.check(network, x, y, method="central")
        ),
        "check, complex step": repeat(lambda: gradcheck.check(network, x, y, method="complex")),
        "one random direction": repeat(lambda: gradcheck.random_direction(network, x, y)),
    }
    timing = take_turns(ways, rounds=rounds, turns=dict.fromkeys(ways, 0.02))
    for name in ways:
        ratio, low, high = spread(timing.ratios(name, NAIVE))
        yield {
            "way": name,
            "share": round(ratio, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "milliseconds": round(float(np.median(timing.seconds[name])) * 1e3, 3),
            "rounds": rounds,
        }


def verdicts(rows: list[Row]) -> Iterator[tuple[bool, str]]:
    """Yield whether the promise holds, in a sentence."""
    for row in rows:
        if str(row["way"]).startswith("check"):
            share = float(row["share"])
            yield share <= PROMISED, f"{row['way']}: {share} of the naive loop (at most {PROMISED})"
