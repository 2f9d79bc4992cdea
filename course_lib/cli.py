"""The `course` command: every part of the course from one place.

Exit status: 0 all right, 1 something was found wrong, 2 the call itself cannot be carried out.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from course_lib import __version__, site
from course_lib.checks import command as checks
from course_lib.checks import use_source
from course_lib.checks.private import SourceError
from course_lib.grading import command as grading
from course_lib.grading import export
from course_lib.notebooks import command as notebooks


def parser() -> argparse.ArgumentParser:
    """Return the parser of `course` with all its commands."""
    top = argparse.ArgumentParser(
        prog="course",
        description="Forward, Backward, Update: read the book, do the exercises, mark a class.",
    )
    top.add_argument("--version", action="version", version=f"course {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for part in (site, notebooks, checks, grading, export):
        part.register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    args = parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that this terminal cannot show is no reason to end in an error.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if getattr(args, "source", None) is not None:
            use_source(args.source)
        status = args.run(args)
        sys.stdout.flush()
        return status
    except SourceError as error:
        print(f"course: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Whoever read along has left (`course progress | head`): nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\ncourse: stopped by you; what was finished is kept.", file=sys.stderr)
        return 130
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
            return 2
        raise


if __name__ == "__main__":
    sys.exit(main())
