"""Fuzzing for as long as there is time: ``python -m fuzz.campaign MINUTES [FILE]`` from `tests/`.

In the ordinary run each fuzzed test makes few examples, always the same ones. A campaign runs the
same tests with other seeds again and again, and prints the executions of each. FILE receives them
as a table; ``benchmarks/results/fuzzing.md`` is the last long one.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings

EXECUTIONS: Counter[str] = Counter()
LONGEST: dict[str, float] = {}
MODULES = tuple(f"fuzz.test_fuzz_{name}" for name in ("messages", "notebooks", "answers"))
FUZZED: dict[str, Callable[..., Any]] = {}


def fuzzed(test: Callable[..., Any]) -> Callable[..., Any]:
    """Give a hypothesis test the short settings of the ordinary run, and note it for campaigns."""
    inner = test.hypothesis.inner_test  # type: ignore[attr-defined]

    def counted(*args: Any, **kwargs: Any) -> None:
        EXECUTIONS[test.__name__] += 1
        start = time.process_time()
        inner(*args, **kwargs)
        took = time.process_time() - start
        LONGEST[test.__name__] = max(LONGEST.get(test.__name__, 0.0), took)

    test.hypothesis.inner_test = counted  # type: ignore[attr-defined]
    FUZZED[test.__name__] = test
    return settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )(test)


def table(minutes: float, failed: int) -> str:
    """Return the executions as a page."""
    lines = [
        "# Fuzzing",
        "",
        f"Made by `python -m fuzz.campaign {minutes:g}` in `tests/`: real notebooks and messages",
        "mutated, answers of every kind, in one process with one seed after another. A test fails",
        "on any error but the one it allows.",
        "",
        f"{minutes:g} minutes, {sum(EXECUTIONS.values()):,} executions, {failed} failures.",
        "",
        "| test | executions | longest, s of CPU time |",
        "|---|---|---|",
    ]
    for name in sorted(EXECUTIONS):
        said = name.removeprefix("test_").replace("_", " ")
        lines.append(f"| {said} | {EXECUTIONS[name]:,} | {LONGEST.get(name, 0.0):.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fuzz for the minutes asked for; a failure is printed with its smallest example."""
    minutes = float(sys.argv[1])
    until = time.monotonic() + 60 * minutes
    for module in MODULES:
        importlib.import_module(module)
    long = settings(
        max_examples=2000,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    round_ = 0
    failed = []
    while time.monotonic() < until:
        for name, test in FUZZED.items():
            if time.monotonic() > until:
                break
            test._hypothesis_internal_use_settings = long  # type: ignore[attr-defined]
            try:
                seed(round_)(test)()
            except BaseException as error:
                failed.append(name)
                print(f"{name} failed: {error!r}", *getattr(error, "__notes__", ()), sep="\n")
                if isinstance(error, KeyboardInterrupt):
                    raise
        round_ += 1
    for name in sorted(EXECUTIONS):
        print(f"{name}: {EXECUTIONS[name]} executions, longest {LONGEST.get(name, 0.0):.3f} s CPU")
    print(f"{sum(EXECUTIONS.values())} executions, {len(failed)} failures")
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(table(minutes, len(failed)), encoding="utf-8")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    from fuzz.campaign import main as run

    run()
