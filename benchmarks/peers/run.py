"""The table attack × nbgrader × otter-grader × this course, made by running each attack on each.

    python benchmarks/peers/run.py [--environments DIR] [--only TEXT] [--out FILE]

Installs the two peers into environments of their own (needs a package index), hands every chosen
attack of `tests/attacks` in to each of the three graders, and writes benchmarks/results/attacks.md.
The peers mark what they are made for: an assignment of their own form with one question of three
points, whose hidden tests compare with `np.allclose`, as their documentation shows. Nothing here
shields the machine from an attack that a peer lets through; the attacks are bounded, see there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY)]

from attacks import conftest, hostile  # noqa: E402
from attacks.hostile import NOTEBOOK, Attack, World  # noqa: E402

PEERS = {"nbgrader": "nbgrader==0.9.6", "otter-grader": "otter-grader==7.0.0"}
FAMILIES = (
    "replaced", "objects", "memory", "process", "floods", "channel", "planted", "reading",
    "imports", "sockets", "links",
)  # fmt: skip
PLACED = ("link-symlink-to-solution", "link-hard-link-to-solution", "link-dangling", "link-fifo")
"""Of what stands where a notebook belongs, only this: a device would fill the machine's memory."""

SECONDS = 120
STUDENT = "def dense_backward(delta, a, W):\n    raise NotImplementedError\n"
TEACHER = "def dense_backward(delta, a, W):\n    return delta.T @ a, delta.sum(axis=0), delta @ W\n"
INPUTS = (
    "import numpy as np",
    "rng = np.random.default_rng(7)",
    "delta, a, W = rng.normal(size=(11, 7)), rng.normal(size=(11, 3)), rng.normal(size=(7, 3))",
    "dW, db, da = dense_backward(delta, a, W)",
)
TESTS = (
    "assert np.allclose(dW, delta.T @ a)",
    "assert np.allclose(db, delta.sum(axis=0))",
    "assert np.allclose(da, delta @ W)",
)


@dataclass
class Outcome:
    """What came of one attack on one grader."""

    score: float | None
    touched: bool = False
    left: list[str] = field(default_factory=list)

    def cell(self, attack: Attack, most: float = 3.0) -> str:
        """Say it in a few words; what went wrong is in bold."""
        wrong = []
        if self.score is None:
            wrong.append("no verdict")
        elif self.score > attack.honest * most + 1e-9:
            of = f" of {most:g}" if self.score <= most else ""  # more: other questions as well
            wrong.append(f"{self.score:g}{of} points")
        if self.touched:
            wrong.append("file written")
        if self.left:
            wrong.append("process left")
        return "**" + ", ".join(wrong) + "**" if wrong else "held"


def code(source: str, **metadata: Any) -> dict[str, Any]:
    """Return a code cell."""
    name = metadata.pop("id", None) or f"cell-{abs(hash(source)) % 10**8}"
    return {
        "cell_type": "code", "id": name, "metadata": metadata, "execution_count": None,
        "outputs": [], "source": source,
    }  # fmt: skip


def book(cells: list[dict[str, Any]]) -> bytes:
    """Return a notebook of these cells."""
    made = json.loads(hostile.notebook([]))
    return json.dumps({**made, "cells": cells}, indent=1).encode()


def nbgrader_cell(source: str, name: str, points: float = 0) -> dict[str, Any]:
    """Return a cell with nbgrader's metadata: a solution, or a test when it has points."""
    mark = {"grade": bool(points), "solution": not points, "locked": bool(points), "task": False,
            "grade_id": name, "schema_version": 3, "cell_type": "code"}  # fmt: skip
    if points:
        mark["points"] = points
    return code(source, id=name, nbgrader=mark)


class Peer:
    """One peer: an environment, a teacher's side, and a way to mark one submission."""

    def __init__(self, name: str, environment: Path, folder: Path, names: dict[str, str]) -> None:
        self.name, self.environment, self.folder = name, environment, folder
        self.submissions = folder / "submissions"
        self.world = World(folder, names | hostile.places(folder))

    def program(self, name: str) -> str:
        """Return the path of a program of the environment."""
        return str(self.environment / "bin" / name)

    def call(self, command: list[str], name: str = "call") -> list[str]:
        """Run a command under the reaper; return the processes it left."""
        report = self.folder / f"{name}.json"
        environment = {
            **os.environ,
            "PATH": f"{self.environment / 'bin'}:{os.environ['PATH']}",
            "COURSE_TEST_SECRET": conftest.SECRET,
        }
        environment.pop("PYTHONPATH", None)
        with open(self.folder / f"{name}.log", "wb") as log:
            subprocess.run(
                [sys.executable, str(conftest.REAPER), str(report), str(SECONDS), "1", *command],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        result = json.loads(report.read_text())
        return result["left"] if result["status"] is not None else []

    def prepare(self, attacks: Iterable[Attack]) -> None:
        """Set up the teacher's side, two honest students, the canaries and the secrets."""
        self.teacher()
        self.world.prepare(attacks)
        for name in ("honest-a", "honest-spoil"):
            (self.submissions / name).mkdir(parents=True)
            (self.submissions / name / NOTEBOOK).write_bytes(self.solved())
        place = self.folder / "teacher"
        place.mkdir()
        (place / NOTEBOOK).write_bytes(self.solved())

    def hand_in(self, attack: Attack) -> Path:
        """Write the submission, its cells set into the form that this peer expects."""
        folder = hostile.build(attack, self.world, self.submissions)
        path = folder / NOTEBOOK
        if attack.place is None and not path.is_symlink():
            filled = [
                self.world.fill(attack, c["source"]) for c in json.loads(path.read_text())["cells"]
            ]
            path.write_bytes(self.form(filled))
        return folder

    def mark(self, attack: Attack) -> Outcome:
        """Mark one attack."""
        folder = self.hand_in(attack)
        left = self.grade(attack, folder)
        return Outcome(self.score(attack), self.world.touched(attack), left)

    def teacher(self) -> None:
        """Make the assignment."""
        raise NotImplementedError

    def solved(self) -> bytes:
        """Return a right submission."""
        raise NotImplementedError

    def form(self, cells: list[str]) -> bytes:
        """Return a submission that holds these cells."""
        raise NotImplementedError

    def grade(self, attack: Attack, folder: Path) -> list[str]:
        """Run the peer; return the processes it left."""
        raise NotImplementedError

    def score(self, attack: Attack) -> float | None:
        """Return the score, None when there is no verdict."""
        raise NotImplementedError


class Otter(Peer):
    """otter-grader, one process a submission: `otter run`."""

    def teacher(self) -> None:
        tests = self.folder / "tests"
        tests.mkdir()
        cases = []
        for test in TESTS:
            lines = (*INPUTS, "bool(" + test.removeprefix("assert ") + ")")
            text = "\n".join(f">>> {line}" for line in lines) + "\nTrue"
            cases.append({"code": text, "hidden": True, "locked": False, "points": 1})
        suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        test = {"name": "dense_backward", "points": None, "suites": [suite]}
        (tests / "dense_backward.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n")
        self.call([self.program("otter"), "generate", "-t", "tests", "-o", "autograder.zip"])

    def solved(self) -> bytes:
        return book([code(TEACHER)])

    def form(self, cells: list[str]) -> bytes:
        return book([code(cell) for cell in cells])

    def grade(self, attack: Attack, folder: Path) -> list[str]:
        out = self.folder / "out" / attack.name
        out.mkdir(parents=True)
        command = [self.program("otter"), "run", "-a", "autograder.zip", "-o", str(out)]
        return self.call([*command, str(folder / NOTEBOOK)], attack.name)

    def score(self, attack: Attack) -> float | None:
        try:
            results = json.loads((self.folder / "out" / attack.name / "results.json").read_text())
            return float(sum(test.get("score") or 0 for test in results["tests"]))
        except (OSError, ValueError, KeyError):
            return None


class Nbgrader(Peer):
    """nbgrader: `nbgrader autograde`, one student at a time."""

    def teacher(self) -> None:
        source = self.folder / "source" / "ps"
        source.mkdir(parents=True)
        (source / NOTEBOOK).write_bytes(self._form([], solution=True))
        (self.folder / "nbgrader_config.py").write_text(
            "c = get_config()\n"
            f"c.CourseDirectory.root = {str(self.folder)!r}\n"
            f"c.CourseDirectory.submitted_directory = 'submitted-ps'\n"
        )
        self.call([self.program("nbgrader"), "generate_assignment", "ps", "--force"], "generate")

    def _form(self, cells: list[str], *, solution: bool = False) -> bytes:
        body = TEACHER.partition("\n")[2].strip()
        marked = STUDENT.partition("\n")[0] + "\n    ### BEGIN SOLUTION\n    "
        marked += body + "\n    ### END SOLUTION\n"
        first = marked if solution else TEACHER if not cells else STUDENT
        made = [nbgrader_cell(first, "solution"), *(code(cell) for cell in cells)]
        for i, test in enumerate(TESTS):
            hidden = ["### BEGIN HIDDEN TESTS", *INPUTS, test, "### END HIDDEN TESTS"]
            source = "\n".join(hidden if solution else ["# hidden tests"])
            made.append(nbgrader_cell(source, f"test-{i}", 1))
        return book(made)

    def solved(self) -> bytes:
        return self._form([])

    def form(self, cells: list[str]) -> bytes:
        return self._form(cells)

    def grade(self, attack: Attack, folder: Path) -> list[str]:
        target = self.folder / "submitted-ps" / attack.name / "ps"
        target.parent.mkdir(parents=True)
        target.symlink_to(folder, target_is_directory=True)
        command = [self.program("nbgrader"), "autograde", "ps", "--create", "--force"]
        return self.call([*command, f"--student={attack.name}"], attack.name)

    def score(self, attack: Attack) -> float | None:
        if not (self.folder / "autograded" / attack.name / "ps" / NOTEBOOK).exists():
            return None
        table = self.folder / f"{attack.name}.csv"
        self.call([self.program("nbgrader"), "export", "--to", str(table)], "export")
        try:
            with open(table, newline="", encoding="utf-8") as file:
                rows = [row for row in csv.DictReader(file) if row["student_id"] == attack.name]
            return float(rows[0]["score"])
        except (OSError, IndexError, KeyError, ValueError):
            return None


def environments(folder: Path) -> dict[str, Path]:
    """Install each peer into an environment of its own, unless it is there already."""
    folders = {}
    for name, requirement in PEERS.items():
        place = folder / name
        if not (place / "bin" / "jupyter").exists():
            print(f"installing {requirement} …", flush=True)
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
            pip = [str(place / "bin" / "pip"), "install", "--quiet"]
            subprocess.run([*pip, requirement, "ipykernel", "numpy"], check=True)
        folders[name] = place
    return folders


def ours(
    attacks: list[Attack], folder: Path, names: dict[str, str]
) -> tuple[dict[str, Outcome], str]:
    """Mark all attacks in one run of `course grade`; return also the isolation it prints."""
    world = World(folder, names | hostile.places(folder), conftest.solved_cells())
    submissions = hostile.hand_in(world, attacks)
    report, said = conftest.grade(world, submissions, folder / "out")
    print(said.strip().splitlines()[-1:], "processes left:", report["left"])
    scores = {}
    for line in (folder / "out" / "results.jsonl").read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        scores[result["student"]] = result["score"]
    lines = [line for line in said.splitlines() if line.startswith("Isolation: ")]
    outcomes = {
        a.name: Outcome(scores.get(a.folder), world.touched(a), report["left"]) for a in attacks
    }
    return outcomes, lines[0].removeprefix("Isolation: ") if lines else "unknown."


class Kept:
    """Outcomes in a file, so that an interrupted run goes on where it was."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.lines: dict[tuple[str, str], Outcome] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                peer, attack, outcome = json.loads(line)
                self.lines[peer, attack] = Outcome(**outcome)

    def add(self, peer: str, attack: str, outcome: Outcome) -> None:
        """Append one outcome."""
        if self.path is not None:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps([peer, attack, asdict(outcome)]) + "\n")


def everyone(peer: Peer, attacks: list[Attack], kept: Kept) -> dict[str, Outcome]:
    """Mark all attacks with one peer, after an honest submission that must get every point."""
    known = {
        a.name: kept.lines[peer.name, a.name] for a in attacks if (peer.name, a.name) in kept.lines
    }
    if len(known) == len(attacks):
        return known
    peer.prepare(attacks)
    control = Attack("control", "honest work")
    (peer.submissions / "control").mkdir()
    (peer.submissions / "control" / NOTEBOOK).write_bytes(peer.solved())
    peer.grade(control, peer.submissions / "control")
    if peer.score(control) != 3:
        log = (peer.folder / "control.log").read_text(errors="replace")
        raise SystemExit(f"{peer.name} does not mark honest work right:\n{log[-3000:]}")
    outcomes = known
    for attack in attacks:
        if attack.name in outcomes:
            continue
        outcomes[attack.name] = peer.mark(attack)
        kept.add(peer.name, attack.name, outcomes[attack.name])
        print(f"{peer.name:12} {attack.name:40} {outcomes[attack.name].cell(attack)}", flush=True)
    return outcomes


def table(
    families: dict[str, list[Attack]],
    columns: dict[str, dict[str, Outcome]],
    worth: float,
    isolation: str,
) -> str:
    """Return the page: counts first, then one table a family."""
    lines = [
        "# Attacks on three graders",
        "",
        "Made by `python benchmarks/peers/run.py`, which hands every attack of `tests/attacks` in",
        "to each grader. *held*: no point beyond the honest ones, a verdict, no file written, no",
        "process left. Anything else is in bold. nbgrader and otter-grader run as installed, with",
        f"{SECONDS} seconds a submission; both offer containers, which this table does not use.",
        "",
    ]
    attacks = [attack for group in families.values() for attack in group]
    every = sum(map(len, chosen("", 10**6).values()))
    versions = " and ".join(requirement.replace("==", " ") for requirement in PEERS.values())
    who = "root" if os.geteuid() == 0 else "an ordinary user"
    lines += [
        f"This run: {len(attacks)} attacks, taken evenly from the {every} of {len(FAMILIES)} "
        "families that make",
        f"sense for all three; {versions}, all as {who}, on {os.cpu_count()} cores.",
        f"Isolation of this course: {isolation}",
        "",
    ]
    lines += ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    held = []
    for name, outcomes in columns.items():
        most = worth if name == "this course" else 3.0
        held.append(sum(outcomes[a.name].cell(a, most) == "held" for a in attacks))
    lines.append(f"| held, of {len(attacks)} | " + " | ".join(map(str, held)) + " |")
    for family, members in families.items():
        lines += ["", f"## {family}", "", "| attack | " + " | ".join(columns) + " |"]
        lines.append("|---|" + "---|" * len(columns))
        for attack in members:
            cells = []
            for name, outcomes in columns.items():
                cells.append(
                    outcomes[attack.name].cell(attack, worth if name == "this course" else 3.0)
                )
            said = attack.tries.replace("|", "\\|").replace("<", "&lt;").replace("__", "\\_\\_")
            lines.append(f"| {said} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def chosen(only: str, most: int) -> dict[str, list[Attack]]:
    """Return the attacks that make sense for all three graders, by family.

    At most `most` of each family, taken evenly from its list.
    """
    families = {}
    for family, attacks in hostile.families().items():
        if family in FAMILIES:
            kept = [a for a in attacks if only in a.name and not a.full and a.rewrite is None]
            kept = [a for a in kept if a.name in PLACED or (a.place is None and not a.long)]
            kept = [a for a in kept if a.beats_naive or family in ("links", "planted")]
            kept = [a for a in kept if a.honest < 1]  # a control, or a student who is tricked
            if kept:
                families[family] = evenly(kept, most)
    return families


def evenly(attacks: list[Attack], most: int) -> list[Attack]:
    """Return at most `most` attacks, from the first to the last in equal steps."""
    few = min(most, len(attacks))
    return [attacks[i * len(attacks) // few] for i in range(few)]


def main() -> None:
    """Run everything and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environments", type=Path, help="keep the environments in this folder")
    parser.add_argument("--most", type=int, default=8, help="attacks of each family at most")
    parser.add_argument("--only", default="", help="attacks whose name contains this")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "benchmarks/results/attacks.md")
    parser.add_argument(
        "--keep", type=Path, help="keep the peers' outcomes in this file, and read it"
    )
    parser.add_argument(
        "--kept-alone", action="store_true", help="the attacks kept for both peers, nothing new"
    )
    args = parser.parse_args()
    families, kept = chosen(args.only, args.most), Kept(args.keep)
    if args.kept_alone:
        for family, members in families.items():
            families[family] = [a for a in members if all((p, a.name) in kept.lines for p in PEERS)]
        families = {family: members for family, members in families.items() if members}
    attacks = [attack for group in families.values() for attack in group]
    with ExitStack() as stack:
        root = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="peers-", ignore_cleanup_errors=True)
            )
        )
        root.chmod(0o755)
        places = environments(args.environments or root / "environments")
        names, _ = conftest.surroundings(root, stack)
        kinds: dict[str, Callable[..., Peer]] = {"nbgrader": Nbgrader, "otter-grader": Otter}
        peers = []
        for name, kind in kinds.items():
            (root / name).mkdir()
            peers.append(kind(name, places[name], root / name, names))
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda peer: everyone(peer, attacks, kept), peers))
        columns = {peer.name: result for peer, result in zip(peers, results, strict=True)}
        (root / "course").mkdir()
        columns["this course"], isolation = ours(attacks, root / "course", names)
        args.out.parent.mkdir(exist_ok=True)
        page = table(families, columns, conftest.points(), isolation)
        args.out.write_text(page, encoding="utf-8")
        shutil.rmtree(root / "course", ignore_errors=True)
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
