"""Start the fork server: ``python -P -s -S -B course_lib/worker DESCRIPTOR``.

The interpreter looks at no folder but the standard library's, so the two packages that a worker
needs are found here, each in the folder that holds it and by its name alone: NumPy, and this one.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import socket
import sys
from typing import Any


class OnlyPackage(importlib.abc.MetaPathFinder):
    """Finds one package in a folder, and nothing else that may lie there."""

    def __init__(self, path: str) -> None:
        self.folder, self.name = os.path.split(path)

    def find_spec(
        self, name: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the package itself; its modules are found through its own path."""
        if name != self.name:
            return None
        return importlib.machinery.PathFinder.find_spec(name, [self.folder])


def main() -> None:
    """Read the configuration, which needs no package, and be the fork server."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    control = socket.socket(fileno=int(sys.argv[1]))
    config = json.loads(control.makefile().readline())
    sys.meta_path += [OnlyPackage(config["packages"][0]), OnlyPackage(here)]
    importlib.import_module("worker.forkserver").serve(control, config)


if __name__ == "__main__":
    main()
