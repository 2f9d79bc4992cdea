"""What it costs to mark a class of exercise 08: time, memory, growth, a cluster, and two peers.

    python benchmarks/grading/run.py growth [--sizes 10 100 1000 10000] [--jobs 1 2]
    python benchmarks/grading/run.py cluster [--sizes 10 100 1000] [--jobs 1 2]
    python benchmarks/grading/run.py peers [--environments DIR] [--count 20]

`growth` runs `course grade` on classes of several sizes, at the isolation this machine has, and
notes time on the clock, processor time of all processes, the largest sum of their memory, and how
many cores were busy with the work of others meanwhile.
`cluster` does the same with `--dask`: a scheduler and so many workers with one thread each, on
127.0.0.1; the time that the scheduler took is noted, too.
`peers` installs nbgrader and otter-grader into environments of their own (needs a package index)
and lets them mark the same notebooks. A run replaces its own rows in
benchmarks/results/grading.csv and writes benchmarks/results/grading.md from all of them.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent)]

import classroom  # noqa: E402
import rivals  # noqa: E402

RESULTS = HERE.parent / "results"
FIELDS = (
    "grader",
    "notebooks",
    "jobs",
    "seconds",
    "cpu_seconds",
    "others",
    "megabytes",
    "scheduler",
)
OURS, CLUSTER, BESIDE = "this course", "this course with Dask", "this course beside them"
SAMPLE = 0.5  # seconds between two looks at the memory
MEGABYTE = 2**20

Row = dict[str, str]


def main() -> None:
    """Measure, and write both files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", choices=("growth", "cluster", "peers", "page"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000, 10000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--environments", type=Path, help="keep the peers' environments here")
    parser.add_argument("--count", type=int, default=20, help="notebooks that the peers mark")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grading-") as name:
        root = Path(name)
        root.chmod(0o755)
        if options.part == "growth":
            rows = growth(root, options.sizes, options.jobs)
        elif options.part == "cluster":
            rows = cluster(root, options.sizes, options.jobs)
        elif options.part == "peers":
            rows = peers(root, options.environments or root / "environments", options.count)
        else:
            rows = iter(())
        for row in rows:
            print(row, flush=True)
            keep(row)
    RESULTS.joinpath("grading.md").write_text(page(read()), encoding="utf-8")


def growth(root: Path, sizes: list[int], jobs: list[int]) -> Iterator[Row]:
    """Mark classes of several sizes."""
    for size in sizes:
        folder = root / f"class-{size}"
        classroom.write(folder, size)
        for number in jobs:
            yield ours(folder, root / f"out-{size}-{number}", size, number)


def cluster(root: Path, sizes: list[int], workers: list[int]) -> Iterator[Row]:
    """Mark classes of several sizes on a Dask cluster of this machine."""
    for size in sizes:
        folder = root / f"class-{size}"
        classroom.write(folder, size)
        for number in workers:
            with dask(root / f"dask-{size}-{number}", number) as (address, programs):
                out = root / f"out-{size}-{number}"
                yield ours(folder, out, size, number, CLUSTER, address, programs)


@contextmanager
def dask(folder: Path, workers: int) -> Iterator[tuple[str, list[int]]]:
    """Start a cluster; give its address and its processes, the scheduler first."""
    from distributed import Client

    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, program = f"tcp://127.0.0.1:{port}", [sys.executable, "-m", "dask"]
    commands = [["scheduler", "--host", "127.0.0.1", "--port", str(port)]]
    for number in range(workers):
        place = ("--local-directory", str(folder / str(number)), "--host", "127.0.0.1")
        commands.append(["worker", address, "--nthreads", "1", *place])
    started = []
    try:
        with (folder / "log").open("wb") as log:
            for command in commands:
                call = [*program, *command, "--no-dashboard"]
                started.append(
                    subprocess.Popen(call, stdout=log, stderr=log, start_new_session=True)
                )
            with Client(address, timeout="60s", set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
            yield address, [process.pid for process in started]
    finally:
        for process in started:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ours(
    folder: Path,
    out: Path,
    size: int,
    jobs: int,
    grader: str = OURS,
    address: str = "",
    programs: Sequence[int] = (),
) -> Row:
    """Run `course grade` once, all its files written."""
    program = Path(sys.executable).with_name("course")
    command = [str(program), "grade", str(folder), "--out", str(out), "--seed", "benchmark"]
    command += ["--dask", address] if address else ["--jobs", str(jobs)]
    return timed([command], grader, size, jobs, root=REPOSITORY, programs=programs)


def timed(
    commands: list[list[str]],
    grader: str,
    size: int,
    jobs: int,
    root: Path,
    programs: Sequence[int] = (),
) -> Row:
    """Run commands one after the other, and note what they took, and programs that run already."""
    running = [_spent(pid) for pid in programs]
    before, busy, began, most = _cpu(), _busy(), time.monotonic(), 0.0
    for command in commands:
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
            memory = _Memory([process.pid, *programs])
            memory.start()
            code = process.wait()
            most = max(most, memory.end())
            if code:
                log.seek(0)
                said = log.read().decode(errors="replace")
                raise SystemExit(f"{command[:4]} ended with {code}:\n{said[-3000:]}")
    spent = [_spent(pid) - earlier for pid, earlier in zip(programs, running, strict=True)]
    seconds, cpu = time.monotonic() - began, _cpu() - before + sum(spent)
    others = max(0.0, (_busy() - busy - cpu) / seconds)
    values = [f"{value:.1f}" for value in (seconds, cpu, others, most / MEGABYTE)]
    scheduler = f"{spent[0]:.1f}" if spent else ""
    return dict(zip(FIELDS, (grader, str(size), str(jobs), *values, scheduler), strict=True))


def peers(root: Path, environments: Path, count: int) -> Iterator[Row]:
    """Let the peers and this course mark the same notebooks, one process each."""
    folder = root / "class"
    classroom.write(folder, count)
    for name, command in rivals.prepare(root, environments, folder).items():
        yield timed(command, name, count, 1, root=root / name)
    # A larger class, since one of twenty would be mostly the start of the program.
    large, size = root / "large", 20 * count
    classroom.write(large, size)
    jobs = os.cpu_count() or 1
    yield ours(large, root / "out", size, jobs, BESIDE)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _spent(pid: int) -> float:
    """Return the processor seconds of a process and its descendants, also of those that ended."""
    spent = 0
    for process in _family([pid]):
        try:
            text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        spent += sum(map(int, text.rpartition(")")[2].split()[11:15]))
    return spent / os.sysconf("SC_CLK_TCK")


def _busy() -> float:
    """Return the processor seconds that this machine has spent on anything."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")  # not idle, no waiting


class _Memory(threading.Thread):
    """Watches what processes and all their descendants hold, each shared page counted once."""

    def __init__(self, roots: Sequence[int]) -> None:
        super().__init__(daemon=True)
        self.roots, self.most, self._over = roots, 0, threading.Event()

    def run(self) -> None:
        while not self._over.wait(SAMPLE):
            self.most = max(self.most, sum(map(_held, _family(self.roots))))

    def end(self) -> float:
        self._over.set()
        self.join()
        return self.most


def _family(roots: Sequence[int]) -> list[int]:
    """Return processes and their descendants."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                text = Path(f"/proc/{name}/stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            parents[int(name)] = int(text.rpartition(")")[2].split()[1])
    processes, new = list(roots), set(roots)
    while new:
        new = {child for child, parent in parents.items() if parent in new}
        processes += new
    return processes


def _held(pid: int) -> int:
    """Return a process's share of the memory it maps, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def read() -> list[Row]:
    """Return the rows that are kept."""
    try:
        with (RESULTS / "grading.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        return []


def keep(row: Row) -> None:
    """Put a row among the kept ones, in the place of an older one."""

    def key(entry: Row) -> tuple[str, int, int]:
        return entry["grader"], int(entry["notebooks"]), int(entry["jobs"])

    rows = {key(entry): entry for entry in [*read(), row]}
    if row["grader"] not in (OURS, CLUSTER):  # another number of notebooks takes the place, too
        rows = {k: entry for k, entry in rows.items() if k[0] != row["grader"]} | {key(row): row}
    with (RESULTS / "grading.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, FIELDS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows[case] for case in sorted(rows))


def page(rows: list[Row]) -> str:
    """Return the results as a page."""
    lines = [
        "# Marking a class",
        "",
        "Made by `benchmarks/grading/run.py`: classes of exercise 08, four notebooks in five with",
        "one or more of ten usual slips, marked by `course grade` with every file written,",
        "feedback pages included. *Processor* is the time of all processes; what two cores could",
        "mark in a minute is computed from it, since the clock also counts the other work of a",
        "shared machine: *others* is how many cores were busy with that. *Memory* is the largest",
        "sum over all processes, a shared page counted once.",
        "",
        *_growth([row for row in rows if row["grader"] == OURS], "jobs"),
    ]
    spread = [row for row in rows if row["grader"] == CLUSTER]
    if spread:
        lines += [
            "",
            "## On a Dask cluster",
            "",
            "The same with `--dask`: a scheduler and workers with one thread each, all on the same",
            "machine as the process that reads and writes. *Scheduler* is the share of the time by",
            "the clock in which the scheduler's process used a core.",
            "",
            *_growth(spread, "workers"),
        ]
    others = [row for row in rows if row["grader"] not in (OURS, CLUSTER)]
    baseline = next((row for row in others if row["grader"] == BESIDE), None)
    if baseline is not None:
        lines += [
            "",
            "## Beside two peers",
            "",
            f"In one run, with {rivals.VERSIONS}: the same notebooks, whole. The peers have the",
            "course's library installed, and tests that compare with `np.allclose`. nbgrader marks",
            "the class in one `nbgrader autograde`, otter-grader one notebook after the other by",
            "`otter run`, this course a larger class of the same kind, as above. Neither peer",
            "shields anything here.",
            "",
            "| grader | notebooks | jobs | clock a notebook, ms | processor a notebook, ms | "
            "this course is quicker by the clock | by the processor |",
            "|---|---|---|---|---|---|---|",
        ]
        clock, cpu = _each(baseline, "seconds"), _each(baseline, "cpu_seconds")
        for row in others:
            lines.append(
                f"| {row['grader']} | {row['notebooks']} | {row['jobs']} | "
                f"{_each(row, 'seconds'):,.0f} | {_each(row, 'cpu_seconds'):,.0f} | "
                f"{_each(row, 'seconds') / clock:.0f} × | {_each(row, 'cpu_seconds') / cpu:.0f} × |"
            )
    return "\n".join(lines) + "\n"


def _growth(rows: list[Row], jobs: str) -> Iterator[str]:
    """Give the lines of a table of growth."""
    head = ["notebooks", jobs, "clock, s", "processor, s", "processor a notebook, ms"]
    head += ["a minute by the clock", "a minute on two idle cores", "others, cores", "memory, MB"]
    scheduler = any(row["scheduler"] for row in rows)
    yield _line([*head, "scheduler"] if scheduler else head)
    yield "|---" * (len(head) + scheduler) + "|"
    for row in rows:
        size, seconds, cpu = (float(row[k]) for k in ("notebooks", "seconds", "cpu_seconds"))
        cells = [f"{size:,.0f}", row["jobs"], f"{seconds:.0f}", f"{cpu:.0f}"]
        cells += [f"{1e3 * cpu / size:.0f}", f"{60 * size / seconds:,.0f}"]
        cells += [f"{120 * size / cpu:,.0f}", row["others"], f"{float(row['megabytes']):.0f}"]
        yield _line([*cells, f"{float(row['scheduler']) / seconds:.1%}"] if scheduler else cells)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _each(row: Row, field: str) -> float:
    return 1e3 * float(row[field]) / float(row["notebooks"])


if __name__ == "__main__":
    main()
