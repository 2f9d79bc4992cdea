"""What `course grade` can be asked: each option once, for the command line and for the run."""

from __future__ import annotations

import argparse
import os
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Annotated, get_type_hints

from course_lib.address import book as book_address

LEVELS = ("score", "symptom", "named")
"""How much feedback says."""


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} came; a whole number from 1 was expected")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 86400:
        raise argparse.ArgumentTypeError(
            f"{text} came; seconds above 0 were expected, such as 10 or 2.5"
        )
    return number


@dataclass(frozen=True)
class Options:
    """What `course grade` was asked; each field is annotated with what argparse is told of it."""

    submissions: Annotated[Path, {"help": "notebook, folder or zip", "metavar": "SUBMISSIONS"}]
    out: Annotated[Path, {"help": "folder for the results", "metavar": "DIR"}]
    exercises: Annotated[
        tuple[str, ...],
        {
            "flag": "--exercise",
            "action": "append",
            "metavar": "NN",
            "help": "mark this exercise alone (08, or its name; may be repeated). Named once: any "
            "single notebook of a student counts for it, whatever its name is, unless it is "
            "another exercise's",
        },
    ] = ()
    depth: Annotated[
        int,
        {
            "type": _positive,
            "metavar": "N",
            "help": "students' folders lie N levels deep (1: directly in SUBMISSIONS); default: "
            "found out",
        },
    ] = 0
    jobs: Annotated[int, {"type": _positive, "metavar": "N", "help": "default: cores"}] = field(
        default_factory=_cores
    )
    dask: Annotated[
        str, {"metavar": "ADDRESS", "help": "mark on the Dask cluster of this scheduler"}
    ] = ""
    seed: Annotated[
        str, {"metavar": "S", "help": "what inputs are drawn from; default: a new one"}
    ] = ""
    resume: Annotated[
        bool,
        {
            "action": "store_true",
            "help": "continue the run in DIR, with its exercises, roster, policy and overrides, "
            "unless others are given",
        },
    ] = False
    suite: Annotated[
        Path | None, {"metavar": "PATH", "help": "default: tests/grading of the repository"}
    ] = None
    isolation: Annotated[
        str,
        {
            "choices": ("full", "limits"),
            "help": "full: nothing less; limits: also a machine that can do no more than limit "
            "processes, for trusted students only; default: the best there is, never limits alone",
        },
    ] = "best"
    timeout: Annotated[
        float, {"type": _seconds, "metavar": "S", "help": "CPU seconds per question"}
    ] = 10.0
    memory: Annotated[
        int, {"type": _positive, "metavar": "MB", "help": "megabytes; default 1024"}
    ] = 1024
    feedback: Annotated[
        str,
        {
            "choices": LEVELS,
            "help": "what pages say; default symptom, while a class may still hand in",
        },
    ] = "symptom"
    book: Annotated[str, {"metavar": "ADDRESS", "help": "where the book is read, for links"}] = (
        field(default_factory=book_address)
    )
    against: Annotated[
        Path | None, {"metavar": "OLD", "help": "say which marks differ from an earlier DIR"}
    ] = None
    only: Annotated[
        str, {"metavar": "STUDENT", "help": "mark this student again in DIR, and nobody else"}
    ] = ""
    policy: Annotated[
        Path | None,
        {"metavar": "FILE", "help": "dates, extensions, weights, dropped questions: policy.toml"},
    ] = None
    overrides: Annotated[
        tuple[Path, ...],
        {
            "action": "append",
            "metavar": "FILE",
            "help": "marks and comments by hand: overrides.csv, or to_mark.csv filled in; may be "
            "repeated",
        },
    ] = ()
    roster: Annotated[
        Path | None,
        {
            "metavar": "FILE",
            "help": "a gradebook or a grading worksheet as Canvas or Moodle exports it, or a CSV "
            "file with a column 'student' (the folders)",
        },
    ] = None
    numbers: Annotated[
        Path | None,
        {
            "metavar": "FILE",
            "help": "the seed of the numbers per student, as `course release --per-student` made "
            "it; the roster is the one that was given there",
        },
    ] = None
    pseudonyms: Annotated[
        bool, {"action": "store_true", "help": "keep names out of every file but one"}
    ] = False
    similar: Annotated[
        bool, {"action": "store_true", "help": "list near-identical notebooks, to look at"}
    ] = False
    nbval: Annotated[
        bool,
        {
            "action": "store_true",
            "help": "also run each notebook, set into the released one, through nbval, and report "
            "which of the outputs shown there it prints: no points, some seconds per notebook, "
            "isolation full alone",
        },
    ] = False


def add_to(parser: argparse.ArgumentParser) -> None:
    """Let a command line have all options; what has no default must be given."""
    hints = get_type_hints(Options, include_extras=True)
    for one in fields(Options):
        kind, keywords = hints[one.name].__origin__, dict(hints[one.name].__metadata__[0])
        if kind in (Path, Path | None, tuple[Path, ...]):
            keywords["type"] = Path
        if one.default_factory is not MISSING:
            keywords["default"] = one.default_factory()
        elif one.default is not MISSING and keywords.get("action") != "append":
            keywords["default"] = one.default
        if one.name == "submissions":
            parser.add_argument(one.name, **keywords)
        else:
            flag = keywords.pop("flag", f"--{one.name}")
            parser.add_argument(flag, dest=one.name, required=one.name == "out", **keywords)


def from_command_line(args: argparse.Namespace) -> Options:
    """Return the options that were given on a command line; the others have their defaults."""
    given = {one.name: getattr(args, one.name) for one in fields(Options)}
    lists = {name: tuple(one) for name, one in given.items() if isinstance(one, list)}
    return Options(**{name: one for name, one in (given | lists).items() if one is not None})
