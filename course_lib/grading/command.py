"""`course grade`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections import Counter
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from course_lib.address import install
from course_lib.grading import escaping, options
from course_lib.grading.errors import GradingError

MEANING = {"rejected": " (0 points, nothing in the file was run; see notes in grades.csv)"}

if TYPE_CHECKING:
    from course_lib.grading.run import Report


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
    options.add_to(grade)
    grade.add_argument(
        "--source", metavar="DIR", type=Path, help="exercises of your own, outside the repository"
    )
    grade.set_defaults(run=run_grade)


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
    try:
        report = run.grade(options.from_command_line(args), show=sys.stderr.isatty())
    except GradingError as error:
        return _refuse(str(error), error.exit_status)
    print(summary(report))
    print(f"Results: {args.out}")
    return 0 if report.complete else 1


def summary(report: Report) -> str:
    """Return the run in a few lines, for the terminal."""
    from course_lib.grading.plan import is_failure, listed

    counts = Counter(outcome["status"] for outcome in report.outcomes)
    lines = [f"Isolation: {report.isolation.sentence()}."]
    lines += [f"A higher level was tried. {why}" for why in report.isolation.why]
    lines.append(
        f"{escaping.counted(len(report.outcomes), 'notebook')}: "
        + ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
        + "."
    )
    for name in sorted(counts.keys() - {"graded", "unmarked"}):
        people = [
            f"{outcome['student']}/{outcome['exercise']}"
            for outcome in report.outcomes
            if outcome["status"] == name
        ]
        lines.append(f"{name}{MEANING.get(name, '')}: {listed(people)}.")
    exercises: dict[str, list[float]] = {}
    for outcome in report.outcomes:
        if outcome["status"] != "unmarked":
            exercises.setdefault(outcome["exercise"], []).append(
                outcome["score"] / outcome["max_score"]
            )
    for name in sorted(exercises):
        shares = exercises[name]
        lines.append(
            f"{name}: {escaping.counted(len(shares), 'notebook')}, mean {fmean(shares):.0%}, "
            f"median {median(shares):.0%}."
        )
    compared = [outcome["nbval"]["outputs"] for outcome in report.outcomes if "nbval" in outcome]
    if compared:
        same = sum(
            bool(outputs) and all(output["same"] for output in outputs) for outputs in compared
        )
        lines.append(f"nbval: {same} of {len(compared)} notebooks print what their release shows.")
    lines += report.messages
    unmarked = [outcome for outcome in report.outcomes if is_failure(outcome)]
    for outcome in unmarked[:20]:
        lines.append(
            " ".join(
                [f"Not marked: {outcome['student']}/{outcome['exercise']}.", *outcome["notes"]]
            )
        )
        if without := [
            each["name"] for each in outcome["questions"] if each["status"] == "unmarked"
        ]:
            lines[-1] += f" Without points: {listed(without)}."
    if len(unmarked) > 20:
        lines.append(f"Not marked besides: {escaping.counted(len(unmarked) - 20, 'notebook')}.")
    others = [row for row in report.not_marked if row.status != "missing"]
    for row in others[:20]:
        who = "/".join(filter(None, (row.student, row.exercise)))
        lines.append(f"Not marked ({row.status}): {who}: {row.sentence()}.")
    if len(others) > 20:
        lines.append(f"Not marked besides: {escaping.counted(len(others) - 20, 'student')}.")
    lines += [f"Ignored: {path}." for path in report.ignored[:20]]
    if len(report.ignored) > 20:
        lines.append(f"Ignored besides: {escaping.counted(len(report.ignored) - 20, 'file')}.")
    for error in report.errors:
        lines += f"Not marked, because the grader failed: {error}".split("\n")
    return "\n".join(map(escaping.as_text, lines))


def _refuse(text: str, status: int = 2) -> int:
    with contextlib.suppress(OSError):  # the status says it as well
        print(f"course grade: {text}", file=sys.stderr, flush=True)
    return status
