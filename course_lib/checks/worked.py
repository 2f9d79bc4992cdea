"""A parallel example as text: sentences and small arrays, one under the other."""

from __future__ import annotations

from typing import Any

import numpy as np


class Worked:
    """Collects the lines of a worked example.

    Examples
    --------
    >>> print(Worked("Two numbers:").array("a", np.array([1.0, -0.5])).line("They add to 0.5."))
    Two numbers:
      a = [ 1.  -0.5]
    They add to 0.5.
    """

    def __init__(self, first: str) -> None:
        self.lines = [first]

    def line(self, text: str) -> Worked:
        """Add a sentence."""
        self.lines.append(text)
        return self

    def array(self, name: str, value: Any) -> Worked:
        """Add an array with its name, rounded to four places."""
        with np.printoptions(precision=4, suppress=True):
            rows = str(np.asarray(value)).splitlines()
        self.lines.append(f"  {name} = {rows[0]}")
        self.lines.extend(" " * (len(name) + 5) + row for row in rows[1:])
        return self

    def __str__(self) -> str:
        return "\n".join(self.lines)
