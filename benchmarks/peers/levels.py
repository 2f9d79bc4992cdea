"""What each level of isolation lets through: every short attack, handed in at each level.

    unshare --pid --fork --mount-proc python benchmarks/peers/levels.py [--out FILE]

Needs root. The machines are those of `tests/grader/container.py`: a container without namespaces
as root reaches the level `user`; as somebody who is not root only `limits` is left. Writes
benchmarks/results/levels.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "tests")]

from attacks import conftest, hostile  # noqa: E402
from attacks.hostile import Attack, World  # noqa: E402
from run import REPOSITORY, Outcome  # noqa: E402

CONTAINER = REPOSITORY / "tests" / "grader" / "container.py"
LEVELS = {"full": "", "user": "root", "limits": "user"}


def attacks() -> dict[str, list[Attack]]:
    """Return every short attack that is handed in as a notebook, by family."""
    families = {}
    for family, members in hostile.families().items():
        kept = [a for a in members if not a.full and not a.long and a.place is None]
        if kept and family != "honest":
            families[family] = kept
    return families


def marked(level: str, members: list[Attack], folder: Path, names: dict[str, str]) -> dict:
    """Mark all attacks at one level; return the outcomes and the isolation that was printed."""
    folder.chmod(0o777)
    world = World(folder, names | hostile.places(folder), conftest.solved_cells())
    submissions = hostile.hand_in(world, members)
    hostile.readable(submissions)
    more = ["--isolation", "limits"] if level == "limits" else []
    kind = LEVELS[level]
    machine = [sys.executable, str(CONTAINER), kind] if kind else []
    report, printed = conftest.grade(world, submissions, folder / "out", *more, machine=machine)
    lines = [line for line in printed.splitlines() if line.startswith("Isolation: ")]
    journal = folder / "out" / "results.jsonl"
    if not lines or not journal.exists():
        raise SystemExit(f"{level}: the run gave no verdict:\n{printed[-2000:]}")
    scores = {}
    for line in journal.read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        scores[result["student"]] = result["score"]
    outcomes = {a.name: Outcome(scores.get(a.folder), world.touched(a)) for a in members}
    return {"outcomes": outcomes, "isolation": lines[0], "left": len(report["left"])}


def page(families: dict[str, list[Attack]], results: dict[str, dict]) -> str:
    """Return the page: counts by family, then every attack that gets through somewhere."""
    worth = conftest.points()
    total = sum(map(len, families.values()))
    lines = [
        "# What each level lets through",
        "",
        "Made by `python benchmarks/peers/levels.py`: every attack of `tests/attacks` that is a",
        f"notebook and takes no long time ({total} of them), handed in at each level. An attack",
        "*gets through* when it gains a point, has no verdict, or changes its file. Where it aims",
        "at something else than points, its answers are right only if the act succeeded: points",
        "show that a file was read, a process seen, a socket opened.",
        "",
    ]
    for level, run in results.items():
        lines.append(f"- `{level}`: {run['isolation']} Processes left: {run['left']}.")
    lines += ["", "| family | attacks | " + " | ".join(f"`{level}`" for level in results) + " |"]
    lines.append("|---|---|" + "---|" * len(results))
    through: list[str] = []
    for family, members in families.items():
        counts = []
        for run in results.values():
            cells = [run["outcomes"][a.name].cell(a, worth) for a in members]
            counts.append(sum(cell != "held" for cell in cells))
        lines.append(f"| {family} | {len(members)} | " + " | ".join(map(str, counts)) + " |")
        for attack in members:
            cells = [run["outcomes"][attack.name].cell(attack, worth) for run in results.values()]
            if any(cell != "held" for cell in cells):
                said = attack.tries.replace("|", "\\|").replace("<", "&lt;")
                said = said.replace("__", "\\_\\_")
                through.append(f"| {family} | {said} | " + " | ".join(cells) + " |")
    lines += ["", "| family | attack | " + " | ".join(f"`{level}`" for level in results) + " |"]
    lines += ["|---|---|" + "---|" * len(results), *through]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Mark at every level and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=REPOSITORY / "benchmarks/results/levels.md")
    args = parser.parse_args()
    families = attacks()
    members = [attack for group in families.values() for attack in group]
    with ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="levels-"))
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        root.chmod(0o755)
        names, _ = conftest.surroundings(root, stack)
        results = {}
        for level in LEVELS:
            (root / level).mkdir()
            results[level] = marked(level, members, root / level, names)
            print(level, results[level]["isolation"], flush=True)
    args.out.write_text(page(families, results), encoding="utf-8")
    print(f"wrote {args.out}")


if __name__ == "__main__":
    main()
