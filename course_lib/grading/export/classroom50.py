"""Classroom 50: the ``autograder.py`` of an assignment.

Its runner fetches the file, starts it in the student's repository, and takes from there
``result.json`` and ``release-body.md``. After the public repository foundation50/classroom50:
``schemas/result-v1.schema.json``, ``cli/gh-teacher/embed/autograder.py`` and
``cli/gh-teacher/skeleton/dotgithub/scripts/runner.py``.

What is written here holds no solution, since Classroom 50 publishes it: the course is cloned by the
runner, for root alone, and student code runs as another user.
"""

from __future__ import annotations

AUTOGRADER = '''\
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


def autograder(address: str, options: list[str]) -> str:
    """Return the text of ``autograder.py``.

    Parameters
    ----------
    address : str
        From where git clones the course; empty: the runner's variable ``COURSE`` says it.
    options : list of str
        More words of the command that marks.
    """
    return AUTOGRADER.format(address=address, options=options)
