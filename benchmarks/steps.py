"""A training step over the matrix products it needs, for this library and its peers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from contenders import CONTENDERS, Contender, Setting, matrix_products, textbook_float64
from timing import spread, take_turns

NETWORKS = {
    "2-4-2": ((2, 4, 2), 4),
    "64-32-10": ((64, 32, 10), 64),
    "784-128-10": ((784, 128, 10), 64),
    "784-512-256-10": ((784, 512, 256, 10), 128),
    "1024-2048-2048-10": ((1024, 2048, 2048, 10), 512),
}
OPTIMIZERS = ("SGD", "Adam")
# What the verbs promise: at most so many times the time of PyTorch's eager mode in the same run.
# (That a compiled step takes what it took at commit 601e5c1 is measured by `against_commit.py`.)
LIMITS = dict.fromkeys(NETWORKS, 1.0) | {"1024-2048-2048-10": 1.05}
VERBS, EAGER = "course_lib, verbs", "PyTorch"
BASELINE = "matrix products"

Row = dict[str, str | float]


def measure(network: str, optimizer: str, rounds: int, turn: float) -> Iterator[Row]:
    """Yield a row per contender: the median ratio with its spread, or why there is none."""
    sizes, batch = NETWORKS[network]
    setting = Setting(sizes, batch, optimizer)
    where: Row = {"network": network, "batch": batch, "optimizer": optimizer}
    reference = after_three_steps(textbook_float64(setting))
    start, _, _ = setting.start()
    ready: dict[str, Contender] = {BASELINE: matrix_products(setting)}
    for name, make in CONTENDERS.items():
        try:
            contender = make(setting)
        except (ImportError, NotImplementedError) as reason:
            why = "missing" if isinstance(reason, ImportError) else str(reason)
            yield {**where, "contender": name, "note": why}
            continue
        error = distance(after_three_steps(contender), reference, start)
        if error > 0.05:  # Adam divides by tiny gradients: the second digit may differ
            raise RuntimeError(
                f"{name} on {network} with {optimizer} is {error:.1e} away from the reference "
                "after three steps; expected the same network and update, at most 5e-2"
            )
        ready[name] = contender
    timing = take_turns(
        {name: contender.run for name, contender in ready.items()},
        rounds=rounds,
        turns={name: max(turn, contender.turn) for name, contender in ready.items()},
    )
    for name in ready:
        ratio, low, high = spread(timing.ratios(name, BASELINE))
        microseconds = float(np.median(timing.seconds[name])) * 1e6
        yield {
            **where,
            "contender": name,
            "ratio": round(ratio, 3),
            "low": round(low, 3),
            "high": round(high, 3),
            "microseconds": round(microseconds, 2),
            "rounds": rounds,
        }


def after_three_steps(contender: Contender) -> np.ndarray:
    contender.run(3)
    return np.concatenate([np.ravel(a) for a in contender.parameters()]).astype(np.float64)


def distance(end: np.ndarray, reference: np.ndarray, start: list[np.ndarray]) -> float:
    """Return how far apart two walks have ended, in lengths of the walk."""
    begin = np.concatenate([np.ravel(a) for a in start])
    return float(np.linalg.norm(end - reference) / np.linalg.norm(reference - begin))


def verdicts(rows: list[Row]) -> Iterator[tuple[bool, str]]:
    """Yield, for each network and optimiser, whether the promise holds, in a sentence."""
    for network, limit in LIMITS.items():
        for optimizer in OPTIMIZERS:
            ratios = {
                str(row["contender"]): float(row["ratio"])
                for row in rows
                if (row["network"], row["optimizer"]) == (network, optimizer) and row.get("ratio")
            }
            if VERBS in ratios and EAGER in ratios:
                share = ratios[VERBS] / ratios[EAGER]
                yield (
                    share <= limit,
                    f"{network} {optimizer}: the verbs take {share:.2f} of the time of PyTorch's "
                    f"eager mode (at most {limit})",
                )
