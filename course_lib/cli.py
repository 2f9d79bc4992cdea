"""The `course` command: every part of the course from one place.

Exit status: 0 all right, 1 something was found wrong, 2 the call itself cannot be carried out.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence

from course_lib import __version__, site
from course_lib.checks import command as checks
from course_lib.checks import use_source
from course_lib.checks.teacher_exercises import SourceError
from course_lib.grading import command as grading
from course_lib.grading import per_student
from course_lib.grading.export import bundle
from course_lib.notebooks import command as notebooks


def parser() -> argparse.ArgumentParser:
    """Return the parser of `course` with all its commands."""
    top = argparse.ArgumentParser(
        prog="course",
        description="Forward, Backward, Update: read the book, do the exercises, mark a class.",
    )
    top.add_argument("--version", action="version", version=f"course {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for part in (site, notebooks, per_student, checks, grading, bundle):
        part.register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    _open_closed_streams()
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
        # The reader has left (`course progress | head`): nothing more can be said.
        _write_nowhere()
        return 1
    except OSError as error:
        if error.filename is not None:
            raise
        # A file's error has its name: this one is the output's, for example of a full disk.
        _write_nowhere()
        with contextlib.suppress(OSError):
            said = "the output could not be written; what was done is kept"
            print(f"course: {said} ({error.strerror or error})", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        marking = args.run is grading.run_grade
        after = " To continue: the same command, with --resume." if marking else ""
        print("\ncourse: stopped by you; what was finished is kept." + after, file=sys.stderr)
        return 130
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
            return 2
        raise


def _open_closed_streams() -> None:
    """Open what the shell has closed (`>&-`), or the next file would take its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number, which is this one
            os.set_inheritable(number, True)
            if getattr(sys, name) is None:
                setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def _write_nowhere() -> None:
    """Let what is still to be written go nowhere, where the output is a file of the system."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
