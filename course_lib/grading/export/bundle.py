"""`course export`: what makes another system mark with this course.

`gradescope` is the zip that an instructor uploads as an autograder: ``setup.sh`` builds the
container, ``run_autograder`` marks one submission. `classroom` is a workflow for the repository
that GitHub Classroom copies to each student. `classroom50` is the ``autograder.py`` of an
assignment in Classroom 50, after the public repository foundation50/classroom50
(``schemas/result-v1.schema.json``, ``cli/gh-teacher/embed/autograder.py`` and
``cli/gh-teacher/skeleton/dotgithub/scripts/runner.py``): its runner starts the file in the
student's repository and takes ``result.json`` and ``release-body.md`` from there. Since Classroom
50 publishes the file, it holds no solution: the course is cloned by the runner, for root alone, and
student code runs as another user.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from course_lib import checks
from course_lib.address import repository
from course_lib.checks.teacher_exercises import PARTS, VARIABLE
from course_lib.course_files import LEFT_OUT, TITLES, checkout, titles_file
from course_lib.grading.options import LEVELS

CARRIED = ("course_lib", "solutions", "tests/grading")
FILES = ("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "LICENSE-TEXT")

IMAGE = "Ubuntu 22.04"

SETUP = """\
#!/usr/bin/env bash
# Builds Gradescope's container. All is fixed: the image, its Python, and, by constraints.txt, the
# versions of the packages. Ubuntu 22.04 calls Python 3.10 python3, which is too old.
set -euo pipefail
. /etc/os-release
if [[ "$ID $VERSION_ID" != "ubuntu 22.04" ]]; then
  echo "This image is $PRETTY_NAME. Choose Ubuntu 22.04 as the base image OS and version, and the" \
    "variant Base, on the page Configure Autograder; then build again." >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv >/dev/null
python3.11 -m venv /opt/course
install=(/opt/course/bin/pip install --quiet -c /autograder/source/constraints.txt)
"${install[@]}" setuptools
"${install[@]}" --no-build-isolation -e "/autograder/source[grade]"
# Student code runs as another user: references, suite and solutions are root's alone.
chmod -R go-rwx /autograder/source
"""

RUN = """\
#!/usr/bin/env bash
# Marks one submission: the judge as root, the student's code as another user in a sandbox.
set -euo pipefail
mkdir -p /autograder/results
chmod 700 /autograder/source /autograder/results
cd /autograder/source{private}
exec /opt/course/bin/python -m course_lib.grading.classroom gradescope \\
  /autograder/submission /autograder/results{options}
"""

WORKFLOW = """\
# Marks a student's repository in GitHub Classroom. Set the organisation's variable COURSE to the
# address from which git clones your copy of the course (a private one, if marks count). GitHub
# Classroom finds the points by the names of the workflow and of its one job: leave them.
name: Autograding Tests
on: [push, workflow_dispatch]
permissions:
  checks: write
  contents: read
# No command starts in the student's folder, where Python would import what lies there.
defaults:
  run:
    working-directory: /
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - name: Install the course, for root alone
        run: |
          sudo git clone --quiet --depth 1 "$COURSE" /opt/course
          sudo python -m venv /opt/course/.venv
          sudo /opt/course/.venv/bin/pip install --quiet -e "/opt/course[grade]"
          sudo chmod -R go-rwx /opt/course
        env:
          COURSE: ${{{{ vars.COURSE }}}}
      - name: Mark
        id: mark
        run: >
          sudo {private}/opt/course/.venv/bin/python -m course_lib.grading.classroom github
          "$GITHUB_WORKSPACE" "$GITHUB_OUTPUT"{options}
      - uses: classroom-resources/autograding-grading-reporter@v1
        env:
          MARK_RESULTS: ${{{{ steps.mark.outputs.result }}}}
        with:
          runners: mark
"""


CLASSROOM50 = '''\
#!/usr/bin/env python3
"""Marks a student's repository in Classroom 50 with the course Forward, Backward, Update."""

import os
import subprocess
import sys

COURSE = os.environ.get("COURSE") or {address!r}  # from where git clones the course
FOLDER = os.environ.get("COURSE_FOLDER", "/opt/course")
PYTHON = FOLDER + "/.venv/bin/python"
OPTIONS = {options!r}
NAMES = (
    "CLASSROOM", "ASSIGNMENT", "ASSIGNMENT_TYPE", "USERNAME", "OWNER", "SUBMISSION_TAG",
    "COMMIT_URL", "RELEASE_URL", "REVIEW_URL",
)
INSTALL = """
set -eu
git clone --quiet --depth 1 "$1" "$2"
python3 -m venv "$2/.venv"
"$2/.venv/bin/pip" install --quiet -c "$2/constraints.txt" -e "$2[grade]"
chmod -R go-rwx "$2"
"""


def main() -> int:
    work = os.getcwd()
    root = [] if os.geteuid() == 0 else ["sudo"]
    if subprocess.run([*root, "test", "-x", PYTHON]).returncode:
        if not COURSE:
            sys.exit("set COURSE to the address from which git clones the course")
        subprocess.run([*root, "bash", "-c", INSTALL, "-", COURSE, FOLDER], check=True, cwd="/")
    known = [name + "=" + os.environ[name] for name in NAMES if name in os.environ]
    command = [PYTHON, "-m", "course_lib.grading.classroom", "classroom50", work, work]
    # No command starts in the student's folder, where Python would import what lies there.
    return subprocess.run([*root, "env", *known, *command, *OPTIONS], cwd="/").returncode


if __name__ == "__main__":
    sys.exit(main())
'''


def options(exercises: list[str], feedback: str) -> str:
    """Return the options that the written commands carry."""
    named = "".join(f" --exercise {name}" for name in exercises)
    return named + (f" --feedback {feedback}" if feedback != "symptom" else "")


def autograder(
    root: Path, exercises: list[str], feedback: str, source: Path | None = None
) -> bytes:
    """Return the bytes of Gradescope's zip of a repository; the same ones each time.

    A teacher's own exercises, in the folder `source`, lie in the zip's folder ``private``.
    """
    private = f"\nexport {VARIABLE}=/autograder/source/private" if source else ""
    run = RUN.format(options=options(exercises, feedback), private=private)
    content = {"setup.sh": SETUP.encode(), "run_autograder": run.encode()}
    if source:
        own = _content(source, (*PARTS, "exercises"))
        content |= {f"private/{name}": data for name, data in own.items()}
    content |= {name: (root / name).read_bytes() for name in FILES}
    content |= _content(root, CARRIED)
    content[f"course_lib/{TITLES.name}"] = titles_file()
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            executable = name in ("setup.sh", "run_autograder")
            entry.external_attr = (0o755 if executable else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return raw.getvalue()


def _content(root: Path, folders: Iterable[str]) -> dict[str, bytes]:
    """Return all files of some folders by their names below `root`."""
    paths = [path for folder in folders for path in sorted((root / folder).rglob("*"))]
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and not LEFT_OUT.intersection(path.parts)
    }


def _inside(source: Path) -> str:
    """Return where a teacher's own exercises lie in the repository that the runner clones."""
    try:
        return source.resolve().relative_to(checkout()).as_posix()
    except ValueError:
        raise SystemExit(
            f"course export: {source} lies outside the repository, and GitHub's runner clones that "
            "alone; put the folder into your private copy of the repository"
        ) from None


def run_export(args: argparse.Namespace) -> int:
    """Carry out `course export`."""
    if args.out.exists():
        raise SystemExit(f"course export: {args.out} exists already; nothing was overwritten")
    exercises = args.exercise or []
    unknown = sorted(set(exercises) - set(checks.names()))
    if unknown:
        known = ", ".join(checks.names())
        raise SystemExit(f"course export: no exercise is called {unknown[0]}; there are: {known}")
    if args.system == "gradescope":
        source = args.source.resolve() if args.source else None
        args.out.write_bytes(autograder(checkout(), exercises, args.feedback, source))
        print(
            f"{args.out}: upload it as the autograder of a programming assignment, with {IMAGE} as "
            "its base image."
        )
    elif args.system == "classroom50":
        words = options(exercises, args.feedback).split()
        # An empty address: the runner's variable COURSE says from where git clones the course.
        text = CLASSROOM50.format(address=repository(), options=words)
        args.out.write_text(text, encoding="utf-8")
        place = "CLASSROOM/autograders/ASSIGNMENT/autograder.py"
        print(f"{args.out}: put it into the repository classroom50 as {place}.")
    else:
        private = ""
        if args.source:
            private = f"{VARIABLE}=/opt/course/{_inside(args.source)} "
        text = WORKFLOW.format(options=options(exercises, args.feedback), private=private)
        args.out.write_text(text, encoding="utf-8")
        print(f"{args.out}: put it into the template repository, below .github/workflows/.")
    return 0


def register(subparsers: Any) -> None:
    """Add the command to `course`."""
    parser = subparsers.add_parser(
        "export",
        help="write what makes Gradescope, GitHub Classroom or Classroom 50 mark with this course",
    )
    parser.add_argument("system", choices=("gradescope", "classroom", "classroom50"))
    parser.add_argument("--out", "--zip", metavar="FILE", type=Path, required=True)
    parser.add_argument(
        "--exercise",
        metavar="NN_name",
        action="append",
        help="what the assignment asks for (may be repeated); default: whatever is handed in",
    )
    parser.add_argument("--feedback", choices=LEVELS, default="symptom")
    parser.add_argument("--source", metavar="DIR", type=Path, help="exercises of your own")
    parser.set_defaults(run=run_export)
