"""A teacher's own exercises: a folder outside the repository, used beside the course's.

The folder holds ``solutions/NN_name.md`` and ``checks/exNN_name/`` with one file per question, as
the repository does. `course … --source DIR` uses it, and so does the variable ``COURSE_SOURCE``,
which reaches the processes that mark.
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "COURSE_SOURCE"
PARTS = ("solutions", "checks")
OURS = Path(__file__).parent


class SourceError(ValueError):
    """A folder that was named with ``--source`` and cannot be used."""


def source() -> Path | None:
    """Return the folder that is in use, or None."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def inspected(folder: Path) -> Path:
    """Return the folder's full path, once it is known to hold exercises of its own.

    Raises
    ------
    SourceError
        If it does not, or if an exercise has the name of one of the course's: the checks that
        students have would then judge by the course's version.
    """
    folder = folder.resolve()
    missing = [name for name in PARTS if not (folder / name).is_dir()]
    if missing:
        raise SourceError(
            f"{folder} has no folder {missing[0]}; a folder of your own exercises holds "
            f"{', '.join(PARTS)} (examples/private_variant is one to start from)"
        )
    own = sorted({path.parent.name for path in (folder / "checks").glob("ex[0-9][0-9]_*/*.py")})
    if not own:
        raise SourceError(f"{folder / 'checks'} holds no folder exNN_name with questions")
    taken = [name for name in own if (OURS / name).exists()]
    if taken:
        raise SourceError(
            f"{taken[0]} is the name of an exercise of the course, whose checks every student "
            "has; give yours another name"
        )
    return folder
