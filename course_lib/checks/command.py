"""`course check NOTEBOOK` and `course progress`: a student's own view, without a grader."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def register(subparsers: Any) -> None:
    """Add the commands to `course`."""
    check = subparsers.add_parser(
        "check",
        help="check your notebook",
        description=(
            "Run your notebook on this machine and say what is right in it. "
            "Exit status: 0 all right, 1 something is not, 2 the call or the file."
        ),
    )
    check.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    check.add_argument(
        "--hint", type=int, choices=(0, 1, 2, 3), default=0, help="how much to give away"
    )
    check.add_argument(
        "--source", metavar="DIR", type=Path, help="exercises of your own, outside the repository"
    )
    check.set_defaults(run=run_check)
    progress = subparsers.add_parser(
        "progress",
        help="what is done and what is next",
        description="Check every notebook of your folder and say what is next.",
    )
    progress.add_argument("--folder", type=Path, default=None, help="where your notebooks lie")
    progress.set_defaults(run=run_progress)


def run_check(args: argparse.Namespace) -> int:
    """Check one notebook."""
    from course_lib.checks import LABORATORIES, load
    from course_lib.checks.child import marks
    from course_lib.checks.notebook.check import Feedback, report
    from course_lib.checks.run_notebook import exercise_of
    from course_lib.checks.verdict import of_points
    from course_lib.checks.which_exercise import by_name

    if args.notebook.is_file() and by_name(args.notebook.name) in LABORATORIES:
        print(f"{args.notebook.stem} is a laboratory: it has no points, so nothing is checked.")
        return 0
    try:
        name = exercise_of(args.notebook)
        said, results = marks(args.notebook, name)
    except FileNotFoundError:
        print(f"course check: {_not_there(args.notebook)}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"course check: {error}", file=sys.stderr)
        return 2
    exercise = load(name)
    for text in said:
        print(text)
    for result in results:
        question = exercise.question(result.name)
        text = repr(Feedback(report(question, result, args.hint), result))
        text = text.replace(f"check({result.name}, hint=", "course check NOTEBOOK --hint ")
        lines = [line.removesuffix(")") if "--hint" in line else line for line in text.splitlines()]
        print("\n".join(lines), end="\n\n")
    score = sum(result.score for result in results)
    for answer in exercise.answers:
        print(f"{answer.name}: {answer.points:g} points, which a person gives")
    print(f"{exercise.name}: {of_points(score, exercise.points)}")
    checked = exercise.points - sum(answer.points for answer in exercise.answers)
    return 0 if score == checked else 1


def _not_there(notebook: Path) -> str:
    """Say where a notebook that was not found may lie."""
    from course_lib.checks.notebook_file import FOLDER

    near = Path(FOLDER) / notebook.name
    hint = f"; do you mean {near}?" if near.is_file() else f" in {Path.cwd()}"
    return f"there is no file {notebook}{hint}"


def run_progress(args: argparse.Namespace) -> int:
    """Check all notebooks of a folder and name the next thing to do."""
    from course_lib.checks import LABORATORIES, load, names
    from course_lib.checks.child import marks
    from course_lib.checks.notebook_file import FOLDER

    folder = args.folder or (Path(FOLDER) if Path(FOLDER).is_dir() else Path("."))
    if not folder.is_dir():
        print(f"course progress: there is no folder {folder}", file=sys.stderr)
        return 2
    following = ""
    begun = False
    for name in names():
        path = folder / f"{name}.ipynb"
        exercise = load(name)
        if not path.is_file():
            print(f"{name:28} not there yet")
            following = following or f"{name}: `course start` puts it into your folder"
            continue
        begun = True
        try:
            _, results = marks(path, name)
        except (OSError, ValueError) as error:
            print(f"{name:28} cannot be read: {error}")
            following = following or name
            continue
        score = sum(result.score for result in results)
        print(f"{name:28} {score:5g} of {exercise.points:g} points")
        for result in results:
            if result.status != "right":
                following = following or f"{result.name} in {name}"
    for name in sorted(LABORATORIES):
        if (folder / f"{name}.ipynb").is_file():
            print(f"{name:28} a laboratory, without points")
    if not begun:
        print(f"There is no exercise in {folder.resolve()}; `course start` makes a folder of them.")
        return 2
    print(f"Next: {following}" if following else "Everything is done.")
    return 0
