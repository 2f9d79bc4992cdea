"""`graph.Value` beside micrograd on micrograd's own moons demo: 2-16-16-1, 100 points, hinge loss.

A step is forward, backward and update of the 337 parameters, as in its demo notebook. "Same
operations" builds the graph from products and sums, as micrograd does; "dot" uses one node for a
neuron's weighted sum, and one for the penalty on the weights.

With the collector on (as it is for everybody) a turn also pays for the garbage it makes:
micrograd's graphs have cycles, which nothing but the collector frees. With it off, garbage is
collected between the turns, at nobody's cost.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from timing import spread, take_turns

from course_lib.data import moons
from course_lib.graph import Value, dot

STEPS = 3  # a turn; more than one, so that each pays for the garbage of its own last step
PROMISED = {"course_lib, same operations": 4.0}

Row = dict[str, str | float]


class Demo:
    """The demo, for one kind of value."""

    def __init__(self, kind: type, dots: bool) -> None:
        x, y = moons(100, noise=0.1, seed=1)
        self.kind, self.dots = kind, dots
        self.x, self.y = x.tolist(), (2 * y - 1).tolist()
        rng = np.random.default_rng(1)
        self.layers = [
            [([kind(float(w)) for w in rng.uniform(-1, 1, n_in)], kind(0.0)) for _ in range(n_out)]
            for n_in, n_out in pairwise((2, 16, 16, 1))
        ]
        self.parameters = [p for layer in self.layers for w, b in layer for p in (*w, b)]

    def output(self, row: list[float]) -> Any:
        a: list[Any] = [self.kind(v) for v in row]
        for depth, layer in enumerate(self.layers):
            if self.dots:
                a = [dot(w, a) + b for w, b in layer]
            else:
                a = [sum((wi * ai for wi, ai in zip(w, a, strict=True)), b) for w, b in layer]
            if depth < 2:
                a = [v.relu() for v in a]
        return a[0]

    def step(self) -> float:
        pairs = zip(self.x, self.y, strict=True)
        losses = [(1 + -target * self.output(row)).relu() for row, target in pairs]
        data_loss = sum(losses) * (1.0 / len(losses))
        if self.dots:
            penalty = dot(self.parameters, self.parameters)
        else:
            penalty = sum(p * p for p in self.parameters)
        loss = data_loss + 1e-4 * penalty
        for p in self.parameters:
            p.grad = 0.0
        loss.backward()
        for p in self.parameters:
            p.data -= 0.01 * p.grad
        return loss.data


def measure(rounds: int) -> Iterator[Row]:
    """Yield a row per contender and state of the collector: how many times micrograd's speed."""
    try:
        from micrograd.engine import Value as Micrograd
    except ImportError:
        yield {"contender": "micrograd", "note": "missing"}
        return
    kinds: dict[str, tuple[type, bool]] = {
        "micrograd": (Micrograd, False),
        "course_lib, same operations": (Value, False),
        "course_lib, dot": (Value, True),
    }
    losses = {name: Demo(*kind).step() for name, kind in kinds.items()}
    if not np.allclose(list(losses.values()), losses["micrograd"], rtol=1e-12):
        raise RuntimeError(f"the demos disagree: {losses}; expected the same loss")
    for collector in ("on", "off"):
        demos = {name: turn_of(Demo(*kind), collector) for name, kind in kinds.items()}
        timing = take_turns(demos, rounds=rounds, turns=dict.fromkeys(kinds, 0.0), collect=True)
        for name in kinds:
            ratio, low, high = spread(timing.ratios("micrograd", name))
            yield {
                "contender": name,
                "collector": collector,
                "times": round(ratio, 2),
                "low": round(low, 2),
                "high": round(high, 2),
                "milliseconds": round(float(np.median(timing.seconds[name])) * 1e3 / STEPS, 2),
                "rounds": rounds,
            }


def turn_of(demo: Demo, collector: str) -> Callable[[int], None]:
    def run(count: int) -> None:
        if collector == "off":
            gc.disable()
        try:
            for _ in range(count * STEPS):
                demo.step()
        finally:
            gc.enable()

    return run


def verdicts(rows: list[Row]) -> Iterator[tuple[bool, str]]:
    """Yield whether each promise holds, in a sentence."""
    for row in rows:
        promised = PROMISED.get(str(row["contender"]))
        if promised and row.get("collector") == "on":
            times = float(row["times"])
            yield (
                times >= promised,
                f"{row['contender']}: {times} × micrograd (at least {promised:g})",
            )
