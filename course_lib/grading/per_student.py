"""Numbers per student: `course release --per-student`, and whose notebook has which key.

A student's key in an exercise follows from the teacher's seed, from what the roster calls the
student, and from the exercise; nothing else has a part in it, and nothing can be told from it.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from course_lib import checks, course_files
from course_lib.checks.sheets import KEYS, numbers_of
from course_lib.grading.errors import CallError, GradingError
from course_lib.grading.escaping import as_path, counted
from course_lib.grading.options import named
from course_lib.grading.submissions.roster import IDS, STUDENT, Roster
from course_lib.notebooks import release
from course_lib.notebooks.numbered import numbered

SEED = "numbers.seed"
LEAST = 16  # characters of a seed


def read_seed(path: Path) -> str:
    """Return the teacher's seed.

    Raises
    ------
    CallError
        If the file cannot be read, or holds no seed.
    """
    try:
        seed = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise CallError(
            f"there is no seed {path}; it is the file that `course release --per-student` wrote"
        ) from error
    except OSError as error:
        raise CallError(f"the seed {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CallError(f"the seed {path} cannot be read: it is no text") from error
    if len(seed) < LEAST:
        raise CallError(f"{path} holds no seed: at least {LEAST} characters were expected")
    return seed


def made_seed(path: Path) -> tuple[str, bool]:
    """Return the seed of a file, and whether the file was made; one that is there is only read."""
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError:
        return read_seed(path), False
    except OSError as error:
        raise CallError(f"the seed {path} cannot be written: {error.strerror}") from error
    return read_seed(path), True


def key_in(seed: str, row: Mapping[str, str], exercise: str) -> int:
    """Return the key of a student's notebook by the teacher's seed and the row of the roster.

    In the row the column ``student`` counts, else the first identifier.

    >>> one = key_in("a seed of the teacher", {"student": "ann"}, "05_two_neurons")
    >>> one == key_in("a seed of the teacher", {"student": "ben"}, "05_two_neurons")
    False
    """
    names = (row.get(name, "").strip() for name in (STUDENT, *IDS))
    text = "\0".join([next(filter(None, names), ""), exercise]).encode()
    drawn = hmac.digest(seed.encode(), text, hashlib.sha256)
    return 1 + int.from_bytes(drawn, "big") % KEYS


def keys_of(
    seed: str, roster: Roster, entries: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Return the keys of students of a roster in exercises with numbers per student.

    `entries` are the student and the exercise of each submission.
    """
    varied = with_sheet()
    return {
        (student, exercise): key_in(seed, roster.people[student], exercise)
        for student, exercise in entries
        if student in roster.people and exercise in varied
    }


def with_sheet() -> list[str]:
    """Return the exercises that have a calculation by hand with numbers per student."""
    return [
        name
        for name in checks.names()
        if any(question.sheet for question in checks.load(name).questions)
    ]


# --- course release --per-student -----------------------------------------------------------------


def register(subparsers: Any) -> None:
    """Add the options to `course release`, which is registered already."""
    parser = subparsers.choices["release"]
    parser.add_argument(
        "--per-student",
        metavar="ROSTER",
        type=Path,
        help="write a folder with the notebooks for each student of a class list, with numbers of "
        "their own in what is calculated by hand",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where these folders are written")
    parser.add_argument(
        "--numbers",
        metavar="FILE",
        type=Path,
        help=f"the seed of these numbers, which you keep (default: {SEED} beside the roster; made "
        "if it is missing)",
    )
    parser.add_argument(
        "--exercise",
        metavar="NN",
        action="append",
        help="write this exercise alone for each student; may be repeated",
    )
    parser.set_defaults(run=run_release, otherwise=parser.get_default("run"))


def run_release(args: argparse.Namespace) -> int:
    """Carry out `course release`."""
    try:
        if args.per_student is not None:
            print(released(args))
            return 0
        if args.out or args.numbers or args.exercise:
            raise CallError("--out, --numbers and --exercise belong to --per-student ROSTER")
    except GradingError as error:
        print(f"course release: {error}", file=sys.stderr)
        return error.exit_status
    return args.otherwise(args)


def released(args: argparse.Namespace) -> str:
    """Write each student's notebooks; return what was done, in a few lines.

    Raises
    ------
    CallError
        If the call, the roster, the seed or the folder cannot be used.
    """
    if args.check or args.solutions or args.source:
        raise CallError(
            "--per-student goes with --out, --numbers and --exercise alone; the course's own "
            "exercises have numbers per student"
        )
    if args.out is None:
        raise CallError("say with --out DIR where the students' folders are to be written")
    seed_file = args.numbers or args.per_student.parent / SEED
    out, place = args.out.resolve(), seed_file.resolve()
    if out in place.parents:
        raise CallError(
            f"the seed {seed_file} would lie among the notebooks that are handed out; keep it "
            "elsewhere, with --numbers FILE"
        )
    names = _asked(args.exercise)
    roster = Roster.read(args.per_student)
    if not roster.people:
        raise CallError(f"{args.per_student} lists nobody")
    folder = course_files.folder("exercises")
    notebooks = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        if not names or path.stem in names
    }
    seed, made = made_seed(seed_file)
    keys: dict[str, list[int]] = {}
    for student, row in roster.people.items():
        for name, notebook in notebooks.items():
            key = key_in(seed, row, name)
            keys.setdefault(name, []).append(key)
            _write(out / as_path(student) / f"{name}.ipynb", numbered(notebook, name, key))
    varied = [name for name in with_sheet() if name in keys]
    twice = sum(_shared(name, keys[name]) for name in varied)
    return "\n".join(
        [
            f"{counted(len(roster.people), 'student')}: "
            f"{counted(len(notebooks), 'notebook')} each, in {args.out}; "
            f"in {', '.join(varied)} the numbers are each student's own.",
            f"The seed {'was made and ' if made else ''}is in {seed_file}: keep it, and give it to "
            "nobody. Mark with the same roster and seed: "
            f"course grade … --roster {args.per_student} --numbers {seed_file}",
            *[f"By chance {counted(twice, 'notebook')} of these have another one's numbers."]
            * bool(twice),
        ]
    )


def _shared(exercise: str, keys: Sequence[int]) -> int:
    """Return how many notebooks have the numbers of an earlier one in the list."""
    (name,) = (question.name for question in checks.load(exercise).questions if question.sheet)
    return len(keys) - len({tuple(numbers_of(name, key).values()) for key in keys})


def _asked(given: Sequence[str] | None) -> list[str]:
    known = with_sheet()
    exercises = []
    for text in given or ():
        meant = named(text, known)
        if not meant:
            raise CallError(
                f"exercise {text} has no calculation by hand with numbers per student; those that "
                f"have one are {', '.join(known)}"
            )
        exercises += meant
    return exercises


def _write(path: Path, notebook: dict[str, Any]) -> None:
    text = release.dump(notebook)
    try:
        if path.exists() and path.read_bytes() != text.encode():
            raise CallError(
                f"{path} is there already and is another notebook, which may hold somebody's work; "
                "it was left as it is: choose another folder"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CallError(f"{path} cannot be written: {error.strerror}") from error
