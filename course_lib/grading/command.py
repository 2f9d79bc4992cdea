"""`course grade`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from course_lib.address import book, install
from course_lib.checks.teacher_exercises import suite_folder


def register(subparsers: Any) -> None:
    """Add the command to `course`."""
    grade = subparsers.add_parser(
        "grade",
        help="mark submissions: a notebook, a folder per student, or a zip from an LMS",
        description=(
            "Mark submissions without trusting them. Exit status: 0 every submission has a "
            "verdict, 1 the grader itself failed, 2 the call cannot be carried out."
        ),
    )
    add = grade.add_argument
    add("submissions", metavar="SUBMISSIONS", type=Path, help="notebook, folder or zip")
    add("--out", metavar="DIR", type=Path, required=True, help="folder for the results")
    add(
        "--exercise",
        metavar="NN",
        action="append",
        default=[],
        help="mark this exercise alone (08, or its name; may be repeated). Named once: any single "
        "notebook of a student counts for it, whatever its name is",
    )
    add(
        "--depth",
        metavar="N",
        type=_positive,
        default=0,
        help="students' folders lie N levels deep (1: directly in SUBMISSIONS); default: found out",
    )
    add("--jobs", metavar="N", type=_positive, default=_cores(), help="default: cores")
    add("--dask", metavar="ADDRESS", default="", help="mark on the Dask cluster of this scheduler")
    add("--seed", metavar="S", default="", help="what inputs are drawn from; default: a new one")
    add("--resume", action="store_true", help="continue the run in DIR")
    add("--suite", metavar="PATH", type=Path, help="default: tests/grading of the repository")
    add("--source", metavar="DIR", type=Path, help="exercises of your own, outside the repository")
    add(
        "--isolation",
        choices=("full", "limits"),
        default="best",
        help="full: nothing less; limits: also a machine that can do no more than limit "
        "processes, for trusted students only; default: the best there is, never limits alone",
    )
    add("--timeout", metavar="S", type=_seconds, default=10.0, help="CPU seconds per question")
    add("--memory", metavar="MB", type=_positive, default=1024, help="megabytes; default 1024")
    add(
        "--feedback",
        choices=("score", "symptom", "named"),
        default="symptom",
        help="what pages say; default symptom, while a class may still hand in",
    )
    add("--book", metavar="ADDRESS", default=book(), help="where the book is read, for links")
    add("--against", metavar="OLD", type=Path, help="say which marks differ from an earlier DIR")
    add(
        "--roster",
        metavar="FILE",
        type=Path,
        help="a gradebook or a grading worksheet as Canvas or Moodle exports it, or a CSV file "
        "with a column 'student' (the folders)",
    )
    add("--pseudonyms", action="store_true", help="keep names out of every file but one")
    add("--similar", action="store_true", help="list near-identical notebooks, to look at")
    add(
        "--nbval",
        action="store_true",
        help="also run each notebook, set into the released one, through nbval, and report which "
        "of the outputs shown there it prints: no points, some seconds per notebook, isolation "
        "full alone",
    )
    grade.set_defaults(run=run_grade)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} came; a whole number from 1 was expected")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < 86400:
        raise argparse.ArgumentTypeError(f"{text} came; seconds above 0 were expected")
    return number


def _exercise(text: str) -> str:
    """Return the exercise of a number or a name; raise ValueError if there is none."""
    from course_lib import checks

    stem = text.removesuffix(".ipynb")
    known = [*checks.names(), *sorted(checks.LABORATORIES)]
    found = [
        one for one in known if one == stem or (stem.isdecimal() and int(one[:2]) == int(stem))
    ]
    if len(found) != 1:
        raise ValueError(f"no exercise is called {text}; there are: {', '.join(checks.names())}")
    if found[0] in checks.LABORATORIES:
        raise ValueError(f"{found[0]} is a laboratory, without points: nothing in it is marked")
    return found[0]


def run_grade(args: argparse.Namespace) -> int:
    """Mark, write the results, print a summary."""
    if not hasattr(os, "fork"):
        return _refuse(
            "marking needs Linux or macOS: Windows has nothing to isolate a process with. Mark in "
            "the Windows Subsystem for Linux"
        )
    try:
        from course_lib.grading import run
    except ModuleNotFoundError as error:
        missing = f"{error.name} is missing; install what marking needs with: "
        return _refuse(missing + install("grade"))
    from course_lib.checks.notebook_file import RefusedError
    from course_lib.grading.errors import GradingError

    suite = args.suite or suite_folder()
    if not args.submissions.exists():
        return _refuse(f"{args.submissions} does not exist")
    if not suite.is_dir():
        return _refuse(f"there is no marking suite at {suite}; name a suite's folder with --suite")
    try:
        exercises = tuple(dict.fromkeys(_exercise(one) for one in args.exercise))
    except ValueError as error:
        return _refuse(str(error))
    options = run.Options(
        submissions=args.submissions,
        exercises=exercises,
        depth=args.depth,
        out=args.out,
        suite=suite,
        jobs=args.jobs,
        seed=args.seed,
        resume=args.resume,
        isolation=args.isolation,
        timeout=args.timeout,
        memory=args.memory,
        feedback=args.feedback,
        book=args.book,
        against=args.against,
        roster=args.roster,
        pseudonyms=args.pseudonyms,
        dask=args.dask,
        similar=args.similar,
        nbval=args.nbval,
    )
    try:
        report = run.grade(options, run.Bar() if sys.stderr.isatty() else None)
    except RefusedError as error:
        return _refuse(str(error))
    except GradingError as error:
        return _refuse(str(error), error.exit_status)
    print(run.summary(report))
    print(f"Results: {args.out}")
    return 0 if report.complete else 1


def _refuse(text: str, status: int = 2) -> int:
    with contextlib.suppress(OSError):  # the status says it as well
        print(f"course grade: {text}", file=sys.stderr, flush=True)
    return status
