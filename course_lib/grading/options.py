"""What `course grade` can be asked: each option once, for the command line and for the run."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

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
    """What `course grade` was asked, each field with its help and what else argparse is told."""

    submissions: Annotated[Path, "notebook, folder or zip", {"metavar": "SUBMISSIONS"}]
    out: Annotated[Path, "folder for the results", {"metavar": "DIR"}]
    exercises: Annotated[
        tuple[str, ...],
        "mark this exercise alone (08, or its name; may be repeated). Named once: any single "
        "notebook of a student counts for it, whatever its name is, unless it is another "
        "exercise's",
        {"flag": "--exercise", "metavar": "NN"},
    ] = ()
    depth: Annotated[
        int,
        "students' folders lie N levels deep (1: directly in SUBMISSIONS); default: found out",
        {"type": _positive, "metavar": "N"},
    ] = 0
    jobs: Annotated[int, "default: cores", {"type": _positive, "metavar": "N"}] = field(
        default_factory=_cores
    )
    dask: Annotated[str, "mark on the Dask cluster of this scheduler", {"metavar": "ADDRESS"}] = ""
    seed: Annotated[str, "what inputs are drawn from; default: a new one", {"metavar": "S"}] = ""
    resume: Annotated[
        bool,
        "continue the run in DIR, with its exercises, roster, policy and overrides, unless others "
        "are given",
    ] = False
    suite: Annotated[
        Path | None, "default: tests/grading of the repository", {"metavar": "PATH"}
    ] = None
    isolation: Annotated[
        str,
        "full: nothing less; limits: also a machine that can do no more than limit processes, for "
        "trusted students only; default: the best there is, never limits alone",
        {"choices": ("full", "limits")},
    ] = "best"
    timeout: Annotated[float, "CPU seconds per question", {"type": _seconds, "metavar": "S"}] = 10.0
    memory: Annotated[int, "megabytes; default 1024", {"type": _positive, "metavar": "MB"}] = 1024
    feedback: Annotated[
        str,
        "what pages say; default symptom, while a class may still hand in",
        {"choices": LEVELS},
    ] = "symptom"
    book: Annotated[str, "where the book is read, for links", {"metavar": "ADDRESS"}] = field(
        default_factory=book_address
    )
    against: Annotated[
        Path | None, "say which marks differ from an earlier DIR", {"metavar": "OLD"}
    ] = None
    only: Annotated[
        str, "mark this student again in DIR, and nobody else", {"metavar": "STUDENT"}
    ] = ""
    policy: Annotated[Path | None, "dates, extensions, weights, dropped questions: policy.toml"] = (
        None
    )
    overrides: Annotated[
        tuple[Path, ...],
        "marks and comments by hand: overrides.csv, or to_mark.csv filled in; may be repeated",
    ] = ()
    roster: Annotated[
        Path | None,
        "a gradebook or a grading worksheet as Canvas or Moodle exports it, or a CSV file with a "
        "column 'student' (the folders)",
    ] = None
    numbers: Annotated[
        Path | None,
        "the seed of the numbers per student, as `course release --per-student` made it; the "
        "roster is the one that was given there",
    ] = None
    pseudonyms: Annotated[bool, "keep names out of every file but one"] = False
    similar: Annotated[bool, "list near-identical notebooks, to look at"] = False
    nbval: Annotated[
        bool,
        "also run each notebook, set into the released one, through nbval, and report which of the "
        "outputs shown there it prints: no points, some seconds per notebook, isolation full alone",
    ] = False


def named(text: str, exercises: Iterable[str]) -> list[str]:
    """Return the exercises that a number or a name means: ``8``, ``08_backward_pass.ipynb``."""
    stem = text.removesuffix(".ipynb")
    number = int(stem) if stem.isdecimal() else None
    return [one for one in exercises if one == stem or int(one[:2]) == number]


def add_to(parser: argparse.ArgumentParser) -> None:
    """Let a command line have all options; what has no default must be given."""
    hints = get_type_hints(Options, include_extras=True)
    for option in fields(Options):
        kind, (said, *more) = hints[option.name].__origin__, hints[option.name].__metadata__
        settings: dict[str, Any] = {"help": said}
        if kind in (Path, Path | None, tuple[Path, ...]):
            settings |= {"type": Path, "metavar": "FILE"}
        if kind in (tuple[str, ...], tuple[Path, ...]):
            settings["action"] = "append"
        elif kind is bool:
            settings["action"] = "store_true"
        elif option.default_factory is not MISSING:
            settings["default"] = option.default_factory()
        elif option.default is not MISSING:
            settings["default"] = option.default
        for special in more:
            settings |= special
        if option.name == "submissions":
            parser.add_argument(option.name, **settings)
        else:
            flag = settings.pop("flag", f"--{option.name}")
            parser.add_argument(flag, dest=option.name, required=option.name == "out", **settings)


def from_command_line(args: argparse.Namespace) -> Options:
    """Return the options that were given on a command line; the others have their defaults."""
    given = {option.name: getattr(args, option.name) for option in fields(Options)}
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    return Options(**{name: value for name, value in (given | lists).items() if value is not None})
