"""`course release` and `course start`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from course_lib import checks, course_files
from course_lib.address import install
from course_lib.checks.notebook_file import FOLDER


def register(subparsers: Any) -> None:
    """Add the commands to `course`."""
    release = subparsers.add_parser(
        "release",
        help="write exercises, references and suites from solutions/",
        description="Write what is generated from the solutions, or compare it: notebooks, "
        "references, exercises and suites.",
    )
    release.add_argument("--check", action="store_true", help="write nothing; 1 if one differs")
    release.add_argument(
        "--solutions", metavar="DIR", type=Path, help="write the solved notebooks into DIR as well"
    )
    release.add_argument(
        "--source",
        metavar="DIR",
        type=Path,
        help="exercises of your own, outside the repository: DIR/solutions to DIR/exercises",
    )
    release.set_defaults(run=run_release)
    start = subparsers.add_parser(
        "start",
        help="open a working copy of the exercises in JupyterLab",
        description=(
            "Copy the exercises that are not there yet into your folder and open it in "
            "JupyterLab. A file of yours is never overwritten."
        ),
    )
    start.add_argument(
        "--folder", type=Path, default=Path(FOLDER), help=f"your folder (default: {FOLDER})"
    )
    start.add_argument("--no-open", action="store_true", help="copy, but do not open JupyterLab")
    start.set_defaults(run=run_start)


def run_release(args: argparse.Namespace) -> int:
    """Write or compare everything that is generated from the solutions."""
    from course_lib.notebooks import generated, release, run, source

    root = args.source.resolve() if args.source else course_files.checkout()
    package = root / "checks" if args.source else root / "course_lib" / "checks"
    paths = release.paths(root)
    if not paths:
        print(f"course release: no solution lies in {root / 'solutions'}", file=sys.stderr)
        return 2
    expected: set[Path] = set()
    status = 0
    for path in paths:
        target = root / "exercises" / f"{path.stem}.ipynb"
        expected.add(target)
        try:
            solution = source.read(path)
            texts = generated.files(solution, root, package / f"ex{path.stem}")
            expected |= texts.keys()
            same = _settled(texts, root, path.name, args.check)
            importlib.invalidate_caches()  # the notebook states the points of the questions
            outputs = run.outputs(solution, everything=args.solutions is not None)
            texts = {target: release.dump(release.released(solution, outputs))}
            if not _settled(texts, root, path.name, args.check) or not same:
                status = 1
            if args.solutions is not None:
                args.solutions.mkdir(parents=True, exist_ok=True)
                solved = release.dump(release.solved(solution, outputs))
                (args.solutions / target.name).write_text(solved, encoding="utf-8", newline="\n")
        except source.SolutionError as error:
            print(error, file=sys.stderr)
            status = 1
    if args.source and not status and checks.clashes():
        print(
            f"course release: the course asks for a function {checks.clashes()[0]} too, and the "
            "check on a student's machine would judge yours by it; give it another name",
            file=sys.stderr,
        )
        return 1
    there = {
        *(root / "exercises").glob("*.ipynb"),
        *(root / "tests" / "grading").glob("test_*.py"),
        *package.glob("ex[0-9][0-9]_*/reference.py"),
    }
    for stray in sorted(there - expected):
        print(f"{stray.relative_to(root)} has no solution: remove it", file=sys.stderr)
        status = 1
    if not status:
        single = len(paths) == 1
        said = (
            "exercise is as its solution says" if single else "exercises are as their solutions say"
        )
        print(f"{len(paths)} {said}.")
    return status


def _settled(texts: dict[Path, str], root: Path, name: str, check: bool) -> bool:
    """Write generated files, or with `check` compare them; return whether all is well."""
    well = True
    for path, text in texts.items():
        old = path.read_text(encoding="utf-8") if path.is_file() else None
        shown = path.relative_to(root) if path.is_relative_to(root) else path
        if old == text:
            continue
        if check:
            what = "is missing" if old is None else f"differs from what {name} gives"
            print(f"{shown} {what}: run `course release`", file=sys.stderr)
            well = False
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {shown}")
    return well


def copy_exercises(origin: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Copy the notebooks that `folder` does not hold yet.

    Returns
    -------
    copied, kept : list of str
        Names of the notebooks that were copied, and of those that were there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copied, kept = [], []
    for path in sorted(origin.glob("[0-9][0-9]_*.ipynb")):
        target = folder / path.name
        if target.exists() or target.is_symlink():
            kept.append(path.name)
        else:
            shutil.copyfile(path, target)
            copied.append(path.name)
    return copied, kept


def run_start(args: argparse.Namespace) -> int:
    """Make the working copy and open it."""
    origin = course_files.folder("exercises")
    folder = args.folder.resolve()
    if folder == origin.resolve():
        print(
            "course start: that is the course's own folder; choose another with --folder, so "
            "that the originals stay as they are",
            file=sys.stderr,
        )
        return 2
    try:
        copied, kept = copy_exercises(origin, folder)
    except OSError as error:
        print(f"course start: {folder} cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    print(f"Your exercises are in {folder}: {len(copied)} new, {len(kept)} left as they were.")
    if args.no_open:
        return 0
    if importlib.util.find_spec("jupyterlab") is None:
        print(
            f"course start: JupyterLab is missing; {install('student')}, or open the folder in "
            "another editor of notebooks",
            file=sys.stderr,
        )
        return 1
    command = [sys.executable, "-m", "jupyter", "lab", str(folder)]
    try:
        return subprocess.call(command)
    except OSError as error:
        print(f"course start: JupyterLab did not start: {error}", file=sys.stderr)
        return 1
