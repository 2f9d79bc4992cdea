"""What the one process of a run that cannot be shared costs; writes ``results/coordinator.csv``.

    python benchmarks/grading/coordinator.py [--count 2000]

However many machines mark, one process reads the submissions, keeps the journal and writes the
final files. This measures that process alone, on outcomes that were marked before: reading a
notebook, adding its line to the journal (and waiting until the disk has it), and writing its pages.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from course_lib import checks
from course_lib.grading import run
from course_lib.grading.marking.judge import Marked
from course_lib.grading.options import Options
from course_lib.grading.results.files import Final, write_files
from course_lib.grading.results.store import Store
from course_lib.grading.submissions.collect import collect

sys.path.insert(0, str(Path(__file__).parent))
import classroom

RESULTS = Path(__file__).parents[1] / "results" / "coordinator.csv"


def timed(name: str, count: int, work: Callable[[], object]) -> dict[str, object]:
    """Return milliseconds a notebook, by the clock and by the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return {
        "part": name,
        "clock_ms": round(1000 * (time.perf_counter() - clock) / count, 3),
        "processor_ms": round(1000 * (time.process_time() - processor) / count, 3),
    }


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        classroom.write(root / "few", 20)
        few = run.grade(Options(root / "few", root / "marks", jobs=2))
        lines = [json.dumps(outcome) for outcome in few.outcomes]
        classroom.write(root / "class", count)
        outcomes = []
        for number in range(count):
            outcome = json.loads(lines[number % len(lines)])
            outcomes.append(outcome | {"student": f"student-{number:06}"})
        collection = collect(root / "class", checks.names())
        store = Store(root / "out", {"seed": "s", "suite": "t", "isolation": "full"}, resume=False)
        rows = [
            timed("reading", count, lambda: [collection.read(n) for n in range(count)]),
            timed(
                "journal",
                count,
                lambda: [store.add(Marked(outcome, False, "", 0.0, 0.0)) for outcome in outcomes],
            ),
            timed(
                "final files",
                count,
                lambda: write_files(store.folder, "full", store.sorted(), Final()),
            ),
        ]
        store.close()
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
