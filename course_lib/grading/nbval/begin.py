"""Begins the client of `--nbval`, which ends with the process that has started it.

    python -m course_lib.grading.nbval.begin PARENT MODULE

The operating system is told before anything large is imported: on a busy machine that takes a
while, in which the parent may be killed.
"""

from __future__ import annotations

import importlib
import sys

from course_lib.worker import confine


def main() -> None:
    """Tie this process to its parent, then be the module that is named."""
    parent, module = sys.argv[1:3]
    if sys.platform == "linux":
        confine.die_with_parent(int(parent))
    importlib.import_module(module).main()


if __name__ == "__main__":
    main()
