"""Mark the same class with this checkout and with an older commit, in turn.

    python benchmarks/grading/against_commit.py [COMMIT] [--rounds 7] [--notebooks 100]

The class is one of exercise 08 with the usual slips. Compared is the processor time of all
processes of `course grade --jobs 1`, everything written; the ratios of pairs that lie next to each
other, and the scores of both, are written to benchmarks/results/grading_against.csv.
"""

from __future__ import annotations

import argparse
import csv
import io
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]

import classroom  # noqa: E402
import numpy as np  # noqa: E402
from timing import spread  # noqa: E402

RESULTS = HERE.parent / "results" / "grading_against.csv"
GRADE = "import sys; sys.path.insert(0, {!r}); from course_lib.cli import main; sys.exit(main())"


def checkout(commit: str, folder: Path) -> None:
    """Write the files of a commit into a folder."""
    git = ["git", "-C", str(ROOT), "archive", commit]
    archive = subprocess.run(git, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def grade(repository: Path, submissions: Path, out: Path) -> float:
    """Return the seconds of processor time that marking the class took."""
    shutil.rmtree(out, ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", GRADE.format(str(repository)), "grade", str(submissions)]
    options = ["--out", str(out), "--jobs", "1", "--seed", "1"]
    subprocess.run([*command, *options], check=True, capture_output=True, cwd=out.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def scores(out: Path) -> list[tuple[str, str]]:
    """Return every student with the score, as text."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["student"], row["score"]) for row in csv.DictReader(file)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("commit", nargs="?", default="601e5c1")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--notebooks", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grading-") as name:
        root = Path(name)
        root.chmod(0o755)
        checkout(options.commit, root / "older")
        classroom.write(root / "class", options.notebooks)
        rows = []
        for turn in range(options.rounds):
            older = grade(root / "older", root / "class", root / "out-older")
            now = grade(ROOT, root / "class", root / "out-now")
            pairs = zip(scores(root / "out-older"), scores(root / "out-now"), strict=True)
            differ = sum(before != after for before, after in pairs)
            rows.append((turn, f"{older:.2f}", f"{now:.2f}", f"{now / older:.3f}", differ))
            print(*rows[-1], flush=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ("round", f"seconds at {options.commit}", "seconds", "ratio", "scores differ")
        )
        writer.writerows(rows)
    middle, low, high = spread(np.array([float(row[3]) for row in rows]))
    print(f"median ratio {middle:.3f} (tenth to ninetieth percentile {low:.3f} to {high:.3f})")


if __name__ == "__main__":
    main()
