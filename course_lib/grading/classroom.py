"""Marking one student's folder inside somebody else's container: Gradescope, GitHub Classroom.

    python -m course_lib.grading.classroom gradescope FOLDER RESULTS
    python -m course_lib.grading.classroom github FOLDER OUTPUT
    python -m course_lib.grading.classroom classroom50 FOLDER RESULTS

FOLDER is what the student submitted. For Gradescope, ``results.json`` is written into RESULTS. For
GitHub Classroom the line ``result=…`` that its reporter reads (JSON in base64) is added to OUTPUT,
the file that ``$GITHUB_OUTPUT`` names. For Classroom 50, ``result.json`` and ``release-body.md``
are written into RESULTS. `course export` writes what calls this.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from course_lib import checks
from course_lib.checks.notebook_file import RefusedError
from course_lib.grading import run
from course_lib.grading.escaping import as_path
from course_lib.grading.marking.judge import rejected
from course_lib.grading.options import LEVELS
from course_lib.grading.results import reports
from course_lib.grading.submissions.attempts import Collection, Found, sort_work
from course_lib.grading.submissions.ingest import Submission, UnmarkedError
from course_lib.grading.submissions.listing import alone
from course_lib.grading.submissions.owners import Owned, Person

NOTHING = (
    "No notebook of this course was found. Submit the notebook (.ipynb) itself, for example "
    "{example}."
)


def mark_folder(
    folder: Path, exercises: Sequence[str], asked: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Mark the notebooks that one student submitted, and return their outcomes.

    Only files that lie in `folder` itself, or in its folder ``exercises``, are looked at. A folder
    that is a link is not followed. Of one exercise that is `asked` for, any single notebook counts.
    """
    student = Person(folder.absolute().name or "student")
    inner = folder / "exercises"
    places = [folder, *([] if inner.is_symlink() else [inner])]
    paths = [path for place in places if place.is_dir() for path in sorted(place.iterdir())]
    # A link is refused with a sentence, not passed over.
    paths = [path for path in paths if path.is_file() or path.is_symlink()]
    owned = [Owned(alone(path), student, PurePosixPath(path.name)) for path in paths]
    work = Collection()
    sort_work(work, student, owned, exercises, asked)
    return [_marked(entry) | {"others": list(others)} for entry, others in work.entries]


def _marked(work: Found) -> dict[str, Any]:
    """Mark one file: a copy of what was read of it, so that no link leads anywhere."""
    try:
        raw = work.file.read()
    except RefusedError as error:
        unmarked = isinstance(error, UnmarkedError)
        refused = Submission(work.student, work.exercise, refused=str(error), unmarked=unmarked)
        return rejected(refused, "") | {"isolation": "nothing was run"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, as_path(work.student), f"{work.exercise}.ipynb")
        path.parent.mkdir()
        path.write_bytes(raw)
        report = run.grade(run.Options(path, Path(folder, "marks"), (work.exercise,)))
    if report.errors:
        raise SystemExit("the grader failed: " + "\n".join(report.errors))
    return report.outcomes[0] | {"isolation": report.isolation.sentence()}


def gradescope(outcomes: list[dict[str, Any]], level: str, example: str) -> dict[str, Any]:
    """Return one ``results.json`` for all notebooks that a student submitted."""
    if not outcomes:
        return {"score": 0, "output": NOTHING.format(example=example), "tests": []}
    results = [reports.gradescope(outcome, level) for outcome in outcomes]
    merged = results[0]
    for number, more in enumerate(results[1:], start=2):
        merged["score"] += more["score"]
        merged["output"] += "\n" + more["output"]
        merged["tests"] += [
            test | {"number": f"{number}.{test['number']}"} for test in more["tests"]
        ]
    return merged


def github(outcomes: list[dict[str, Any]], level: str, example: str) -> dict[str, Any]:
    """Return what GitHub Classroom's reporter reads: tests with status, score and message."""
    tests: list[dict[str, Any]] = []

    def add(name: str, status: str, score: float, message: str, **more: object) -> None:
        tests.append({"name": name, "status": status, "score": score, "message": message} | more)

    for outcome in outcomes:
        exercise = outcome["exercise"]
        place = {"test_code": "", "filename": f"{exercise}.ipynb", "line_no": 0}
        for test in reports.gradescope(outcome, level)["tests"]:
            score, most = test["score"], test["max_score"]
            status = "pass" if score == most else "fail"
            message = f"{score:g} of {most:g}, {test['output']}"
            add(f"{exercise}: {test['name']}", status, score, message, **place, execution_time=0)
        if outcome["status"] in ("rejected", "unmarked"):
            add(f"{exercise}: notebook", "error", 0, " ".join(outcome["notes"]))
    if not outcomes:
        add("notebook", "error", 0, NOTHING.format(example=example))
    passed = all(test["status"] == "pass" for test in tests)
    best = sum(outcome["max_score"] for outcome in outcomes)
    return {"version": 1, "status": "pass" if passed else "fail", "max_score": best, "tests": tests}


def classroom50(
    outcomes: list[dict[str, Any]], level: str, example: str, environment: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """Return Classroom 50's ``result.json`` and the text of its release.

    Its scores are whole numbers: where points have fractions, all are multiplied. In the
    environment is what Classroom 50's runner says of the submission; `example` is the name of a
    file that could have been submitted.
    """
    shown = [(outcome, reports.gradescope(outcome, level)["tests"]) for outcome in outcomes]
    points = [test[name] for _, tests in shown for test in tests for name in ("score", "max_score")]
    points += [outcome["max_score"] for outcome in outcomes]
    by = next(
        (n for n in (1, 2, 4, 10) if all(float(n * value).is_integer() for value in points)), 100
    )
    tests = []
    lines = ["### Forward, Backward, Update", ""]
    lines += [f"Points are multiplied by {by}, since they are whole numbers here.", ""] * (by > 1)
    for outcome, questions in shown:
        for entry in questions:
            exercise, score, most = outcome["exercise"], entry["score"], entry["max_score"]
            test = {"test-name": f"{exercise}: {entry['name']}", "passed": score == most}
            tests.append(test | {"score": int(by * score), "max-score": int(by * most)})
            said = f"{score:g} of {most:g} points\n{entry['output']}"
            lines += [f"#### `{exercise}`: `{entry['name']}`", "", *_quoted(said), ""]
        lines += _quoted(" ".join(outcome["notes"]))
    if not outcomes:
        lines += _quoted(NOTHING.format(example=example))
    commit = environment.get("COMMIT_URL", "")
    result = {
        "schema": "classroom50/result/v1",
        "classroom": environment.get("CLASSROOM", ""),
        "assignment": environment.get("ASSIGNMENT", ""),
        "assignment_type": environment.get("ASSIGNMENT_TYPE") or "individual",
        "owner": environment.get("OWNER") or environment.get("USERNAME", ""),
        "submission": environment.get("SUBMISSION_TAG", ""),
        "commit": commit,
        "release": environment.get("RELEASE_URL", ""),
        "review": environment.get("REVIEW_URL") or commit,
        "datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(int(by * outcome["max_score"]) for outcome in outcomes),
        "tests": tests,
    }
    return result, "\n".join(lines) + "\n"


def _quoted(text: str) -> list[str]:
    """Return text as a block of code: what a student wrote is no markup."""
    return [f"    {line}" for line in text.splitlines()]


def main(argv: Sequence[str] | None = None) -> int:
    """Mark a folder and write what the other system reads."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("system", choices=("gradescope", "github", "classroom50"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--exercise", action="append", choices=checks.names())
    parser.add_argument("--feedback", choices=LEVELS, default="symptom")
    args = parser.parse_args(argv)
    exercises = args.exercise or checks.names()
    outcomes = mark_folder(args.folder, exercises, args.exercise or ())
    example = f"{exercises[0]}.ipynb"
    if args.system == "gradescope":
        content = gradescope(outcomes, args.feedback, example)
        args.results.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, ensure_ascii=True, indent=1, sort_keys=True)
        (args.results / "results.json").write_text(text + "\n", encoding="utf-8")
    elif args.system == "classroom50":
        content, body = classroom50(outcomes, args.feedback, example, os.environ)
        text = json.dumps(content, ensure_ascii=True, indent=1) + "\n"
        for name, written in (("result.json", text), ("release-body.md", body)):
            (args.results / name).unlink(missing_ok=True)  # it may be a link of the student's
            (args.results / name).write_text(written, encoding="utf-8")
    else:
        content = github(outcomes, args.feedback, example)
        # Into the log, since the reporter shows no messages. A student's text can hold what GitHub
        # takes for a command, at any place of a line: until the token comes again, it takes none.
        token = secrets.token_hex(16)
        print(f"::stop-commands::{token}")
        for sentence in sorted({outcome["isolation"] for outcome in outcomes}):
            print(f"Isolation: {sentence}.")
        for test in content["tests"]:
            print(test["name"])
            for said in test["message"].splitlines():
                print(f"| {said}")
        print(f"::{token}::")
        line = base64.b64encode(json.dumps(content).encode()).decode()
        with args.results.open("a", encoding="utf-8") as file:
            file.write(f"result={line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
