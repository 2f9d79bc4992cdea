"""A limit on the memory of a student's code that runs in this process.

It is the limit of a worker of the grader: better an error than a machine that is stuck, and a call
ends in one way wherever it is made. Linux alone has such a limit; elsewhere nothing is limited.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

MEMORY = 1024 * 2**20  # bytes beside what the process takes already, as where work is marked


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Let this process take no more than `MEMORY` bytes of address space beside its own."""
    if sys.platform != "linux":
        yield
        return
    import resource

    before, most = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    limits = [one for one in (before, most) if one != resource.RLIM_INFINITY]
    allowed = min([pages * resource.getpagesize() + MEMORY, *limits])
    resource.setrlimit(resource.RLIMIT_AS, (allowed, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))
