"""What a hostile submission is, as data: its cells, its files, what it tries, what would show it.

Most attacks aim at marks. Those that aim at something else (a file, a process, a socket) are made
to aim at marks too: `proven` answers right only if the act succeeded, so a score tells all. The
text of a cell may name things of the world around it (``@FORBIDDEN@``, ``@SECRET@``, …): `World`
fills them in.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import textwrap
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

EXERCISE = "08_backward_pass"
NOTEBOOK = f"{EXERCISE}.ipynb"

STARTED_IN = "planted-where-it-starts"
"""The student in whose folder the teacher stands when the run is started."""

SOLVED = "@SOLVED@"

ANSWER = """
def answer(delta, a, W):
    if delta.ndim == 1:
        return delta[:, None] * a, delta.copy(), W.T @ delta
    return delta.T @ a, delta.sum(axis=0), delta @ W
"""
"""A right `dense_backward` under another name, for attacks that are right once through."""

WRONG = """
def wrong(delta, a, W):
    return W * 0 + 7.5, W[:, 0] * 0 + 7.5, a * 0 + 7.5
"""
"""Arrays of the right shapes and the wrong numbers."""


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes
    ----------
    name, tries
        Its name, and one sentence that says what it tries.
    cells
        The code cells of its notebook, in order.
    files
        What lies beside the notebook: path relative to the student's folder → text or bytes.
    beats_naive
        Whether it succeeds against `naive_grader`, which proves that it is a real attack.
    root
        Whether it succeeds there only when the naive grader runs as root.
    shows
        What its success would look like: "marks" (any point), "file" (its forbidden file changed),
        "stop" (no verdict), "process" (something still runs).
    student
        The student's folder; the attack's name unless it is the name itself that attacks.
    rewrite
        A change of the notebook's bytes, for attacks that live in the file's form.
    place
        Puts something else than a notebook where the notebook belongs.
    statuses
        The verdicts allowed; every verdict when empty.
    honest
        The share of `dense_backward`'s points that the submission earns by honest means.
    full
        Whether it is correct work that must get every point of the exercise.
    long
        Whether it takes seconds.
    """

    name: str
    tries: str
    cells: tuple[str, ...] = ()
    files: dict[str, str | bytes] = field(default_factory=dict)
    beats_naive: bool = False
    root: bool = False
    shows: str = "marks"
    student: str = ""
    rewrite: Callable[[bytes], bytes] | None = None
    place: Callable[[Path, World], None] | None = None
    statuses: frozenset[str] = frozenset()
    honest: float = 0.0
    full: bool = False
    long: bool = False

    @property
    def folder(self) -> str:
        """The name of the student's folder."""
        return self.student or self.name


@dataclass
class World:
    """What surrounds a submission while it is marked: things it must not reach.

    Attributes
    ----------
    root
        A folder that every user may read, so that no accident of permissions helps the grader.
    names
        ``@NAME@`` in a cell or a file → its text.
    solved
        The code cells of the solved exercise; a cell ``@SOLVED@`` stands for them.
    ears
        Listening sockets that nobody should reach.
    """

    root: Path
    names: dict[str, str] = field(default_factory=dict)
    solved: tuple[str, ...] = ()
    ears: list[socket.socket] = field(default_factory=list)

    def forbidden(self, attack: Attack) -> Path:
        """The file that only a successful attack changes; anyone may write it."""
        return self.root / "forbidden" / attack.name

    def secret(self, attack: Attack) -> str:
        """The text that only a successful attack reads, kept in a file that anyone may read."""
        return f"secret-of-{attack.name}-end"

    def fill(self, attack: Attack, text: str) -> str:
        """Return `text` with every ``@NAME@`` replaced."""
        names = {
            "FORBIDDEN": str(self.forbidden(attack)),
            "SECRET": str(self.root / "secrets" / attack.name),
            **self.names,
        }
        for name, value in names.items():
            text = text.replace(f"@{name}@", value)
        return text

    def prepare(self, attacks: Iterable[Attack]) -> None:
        """Write the forbidden and the secrets of `attacks`."""
        for folder, mode in (("forbidden", 0o777), ("secrets", 0o755)):
            (self.root / folder).mkdir(exist_ok=True)
            (self.root / folder).chmod(mode)
        for attack in attacks:
            forbidden, secret = self.forbidden(attack), self.root / "secrets" / attack.name
            forbidden.write_text("untouched")
            forbidden.chmod(0o666)
            secret.write_text(self.secret(attack))
            secret.chmod(0o644)

    def touched(self, attack: Attack) -> bool:
        """Whether the forbidden file of `attack` is no longer what it was."""
        forbidden = self.forbidden(attack)
        return not forbidden.is_file() or forbidden.read_text() != "untouched"


def notebook(cells: Iterable[str], metadata: dict[str, object] | None = None) -> bytes:
    """Return a notebook (nbformat 4.5) made of code cells."""
    made = [
        {
            "cell_type": "code",
            "id": f"cell-{i}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": textwrap.dedent(cell).strip("\n"),
        }
        for i, cell in enumerate(cells)
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    document = {"cells": made, "metadata": metadata or kernel, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1).encode()


def build(attack: Attack, world: World, submissions: Path) -> Path:
    """Write the submission of `attack` under `submissions`; return the student's folder."""
    folder = submissions / attack.folder
    folder.mkdir(parents=True)
    for name, content in attack.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = world.fill(attack, content).encode()
        path.write_bytes(content)
    if attack.place is not None:
        attack.place(folder / NOTEBOOK, world)
        return folder
    cells: list[str] = []
    for cell in attack.cells:
        cells += world.solved if cell == SOLVED else [world.fill(attack, cell)]
    data = notebook(cells)
    if attack.rewrite is not None:
        data = attack.rewrite(data)
    (folder / NOTEBOOK).write_bytes(data)
    return folder


def places(root: Path) -> dict[str, str]:
    """Return the names of what lies around a class that is handed in below `root`."""
    submissions = root / "submissions"
    return {
        "ROOT": str(root),
        "OUT": str(root / "out"),
        "SUBMISSIONS": str(submissions),
        "OTHER": str(submissions / "honest-a" / NOTEBOOK),
        "SPOIL": str(submissions / "honest-spoil" / NOTEBOOK),
    }


def hand_in(
    world: World, attacks: Collection[Attack], honest: Iterable[str] = ("honest-a", "honest-spoil")
) -> Path:
    """Hand all attacks in, among honest students; return the folder of the class."""
    submissions = world.root / "submissions"
    world.prepare(attacks)
    for attack in [*(Attack(name, "honest", (SOLVED,)) for name in honest), *attacks]:
        build(attack, world, submissions)
    return submissions


def claims(*cells: str) -> tuple[str, ...]:
    """Cells whose `dense_backward` returns wrong numbers, followed by the attack's own `cells`."""
    first = "import numpy as np\n" + WRONG + "dense_backward = wrong\n"
    return (first, *map(textwrap.dedent, cells))


def proven(act: str) -> tuple[str, ...]:
    """Cells that try `act` (it sets ``done = True`` on success) and answer right only if it worked.

    `act` runs inside a function, so that it may return; ``global done`` is declared for it.
    """
    body = textwrap.indent(textwrap.dedent(act).strip("\n"), "    ")
    attempt = (
        "import os, sys, time\nimport numpy as np\ndone = False\n"
        f"def act():\n    global done\n{body}\n"
        "try:\n    act()\nexcept BaseException as error:\n    print(repr(error))\n"
    )
    reply = (
        ANSWER
        + WRONG
        + "def dense_backward(delta, a, W):\n"
        + "    return answer(delta, a, W) if done else wrong(delta, a, W)\n"
    )
    return (attempt, reply)


def each(attacks: Iterable[Attack]) -> list[object]:
    """Return the attacks as pytest parameters, the slow ones marked `long`."""
    cases = list(attacks)
    assert len({attack.name for attack in cases}) == len(cases), "two attacks share a name"
    return [
        pytest.param(attack, id=attack.name, marks=[pytest.mark.long] if attack.long else [])
        for attack in cases
    ]


def readable(path: Path) -> None:
    """Let every user enter and read everything under `path`."""
    for folder, _, files in os.walk(path):
        os.chmod(folder, 0o755)
        for name in files:
            full = Path(folder, name)
            if full.is_file() and not full.is_symlink():
                full.chmod(0o644)


def families() -> dict[str, list[Attack]]:
    """Return every attack by the name of its family's file."""
    groups = {}
    for path in sorted(Path(__file__).parent.glob("test_attack_*.py")):
        module = importlib.import_module(f"attacks.{path.stem}")
        if hasattr(module, "ATTACKS"):
            groups[path.stem.removeprefix("test_attack_")] = module.ATTACKS
    return groups
