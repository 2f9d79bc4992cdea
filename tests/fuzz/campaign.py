"""Fuzzing for as long as there is time: ``python -m fuzz.campaign MINUTES`` from `tests/`.

In the ordinary run each fuzzed test makes few examples, always the same ones. A campaign runs the
same tests with other seeds again and again, and prints the executions of each.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections import Counter
from collections.abc import Callable
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


def main() -> None:
    """Fuzz for the minutes asked for; a failure is printed with its smallest example."""
    until = time.monotonic() + 60 * float(sys.argv[1])
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
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    from fuzz.campaign import main as run

    run()
