"""The class of attackers: every selected attack is marked in one run, among honest students."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from attacks.hostile import (
    EXERCISE,
    NOTEBOOK,
    STARTED_IN,
    Attack,
    World,
    hand_in,
    places,
    readable,
)  # fmt: skip
from needs import absent

from course_lib import checks
from course_lib.notebooks import release, source

REPOSITORY = Path(__file__).resolve().parents[2]
REAPER = Path(__file__).with_name("reaper.py")
NEIGHBOURS = ("honest-a", "honest-m", "honest-spoil", "honest-z")
SECRET = "secret-of-the-environment-end"
SEED = "20260"


@dataclass
class Marked:
    """A class that was marked.

    Attributes
    ----------
    world, out, results
        What was around, the folder of results, and the journal's line of each student.
    alone
        The same for the first honest student alone.
    status, left, said
        Exit status, processes that outlived the run, and what it printed.
    strays, changed, visited
        What the run wrote beside its folder, which submissions' files changed, and which
        listening sockets somebody reached.
    """

    world: World
    out: Path
    results: dict[str, dict[str, Any]]
    alone: Path
    status: int | None
    left: list[str]
    said: str
    strays: set[str]
    changed: list[str]
    visited: list[str]

    def of(self, attack: Attack) -> dict[str, Any]:
        """The verdict on one attack; a folder that is a link is not even entered."""
        nothing = {"score": 0, "max_score": 0, "status": "rejected"}
        ignored = (self.world.root / "submissions" / attack.folder).is_symlink()
        folder = unicodedata.normalize("NFC", attack.folder)  # names are one in all their forms
        if not ignored and folder not in self.results:
            pytest.fail(f"no verdict; the run said:\n{self.said[-3000:]}", pytrace=False)
        return nothing if ignored else self.results[folder]

    @cached_property
    def leaked(self) -> set[str]:
        """The secrets that stand in any file of the results."""
        secrets: set[str] = set()
        for path in self.out.rglob("*"):
            if path.is_file():
                secrets.update(re.findall(r"secret-[\w-]+-end", path.read_text("utf-8", "replace")))
        return secrets


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    root = Path(tempfile.mkdtemp(prefix="attacks-"))
    root.chmod(0o755)
    yield root
    for folder, _, _ in os.walk(root):
        os.chmod(folder, 0o700)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def world(place: Path) -> Iterator[World]:
    """What must not be reached: ports, sockets, a bystander, a home, a secret environment."""
    home = place / "home" / ".ssh"
    home.mkdir(parents=True)
    (home / "id_ed25519").write_text("key")
    readable(place / "home")
    with ExitStack() as stack:
        names, ears = surroundings(place, stack)
        yield World(place, names | places(place), solved_cells(), ears)


def surroundings(place: Path, stack: ExitStack) -> tuple[dict[str, str], list[socket.socket]]:
    """Start a bystander and listening sockets; return the names cells may use, and the sockets."""
    ears = listen(place, stack)
    bystander = stack.enter_context(subprocess.Popen(["sleep", "100000"], user=unprivileged()))
    stack.callback(bystander.kill)
    names = {
        **{name: text for name, (text, _) in ears.items()},
        "BYSTANDER": str(bystander.pid),
        # Not as it is: the results hold the students' own code.
        "SECRET_IN_HEX": SECRET.encode().hex(),
        "REPO": str(REPOSITORY),
    }
    return names, [ear for _, ear in ears.values() if ear is not None]


def unprivileged() -> int | None:
    """The user that a bystander runs as: nobody, where there is a choice."""
    return 65534 if os.geteuid() == 0 else None


def listen(place: Path, stack: ExitStack) -> dict[str, tuple[str, socket.socket | None]]:
    """Open one socket of each kind that student code could reach; none is ever answered."""
    tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    udp.bind(("127.0.0.1", 0))
    unix = stack.enter_context(socket.socket(socket.AF_UNIX))
    unix.bind(str(place / "ear"))
    unix.listen()
    (place / "ear").chmod(0o777)
    abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
    abstract.bind(f"\0{place.name}")
    abstract.listen()
    try:
        tcp6 = stack.enter_context(socket.create_server(("::1", 0), family=socket.AF_INET6))
        port6 = str(tcp6.getsockname()[1])
    except OSError:
        tcp6, port6 = None, "9"
    return {
        "PORT": (str(tcp.getsockname()[1]), tcp),
        "PORT6": (port6, tcp6),
        "UDP": (str(udp.getsockname()[1]), udp),
        "UNIX": (str(place / "ear"), unix),
        "ABSTRACT": (place.name, abstract),
    }


def heard(ears: list[socket.socket]) -> list[str]:
    """Say which listening sockets somebody reached."""
    reached = []
    for ear in ears:
        ear.setblocking(False)
        try:
            ear.recv(10) if ear.type == socket.SOCK_DGRAM else ear.accept()[0].close()
        except BlockingIOError:
            continue
        reached.append(repr(ear.getsockname()))
    return reached


@pytest.fixture(scope="session")
def marked(request: pytest.FixtureRequest, world: World) -> Marked:
    """The verdicts on all attacks of this session, from one run of `course grade`."""
    if sys.platform != "linux":
        absent("full isolation exists on Linux alone", "a Linux machine")
    chosen: dict[str, Attack] = {}
    for item in request.session.items:
        attack = getattr(item, "callspec", None) and item.callspec.params.get("attack")
        if attack is not None and "marked" in item.fixturenames:
            chosen[attack.name] = attack
    submissions = hand_in(world, chosen.values(), NEIGHBOURS)
    alone = world.root / "alone"
    shutil.copytree(submissions / NEIGHBOURS[0], alone / "submissions" / NEIGHBOURS[0])
    alone.chmod(0o755)
    for name in NEIGHBOURS:
        (submissions / name / NOTEBOOK).chmod(0o666)
    before, files = (
        {*os.listdir(world.root), "out", "program.py", "report.json", "said.txt"},
        digests(submissions),
    )
    while heard(world.ears):
        pass  # what the naive grader let through, where its tests came first
    grade(world, alone / "submissions", alone / "out")
    report, said = grade(world, submissions, world.root / "out")
    results = {}
    for line in (world.root / "out" / "results.jsonl").read_text(encoding="utf-8").splitlines():
        result = json.loads(line)
        results[result["student"]] = result
    after = digests(submissions)
    return Marked(
        world=world,
        out=world.root / "out",
        results=results,
        alone=alone / "out",
        status=report["status"],
        left=report["left"],
        said=said,
        strays=set(os.listdir(world.root)) - before,
        changed=sorted(n for n in files.keys() | after.keys() if files.get(n) != after.get(n)),
        visited=heard(world.ears),
    )


def grade(
    world: World, submissions: Path, out: Path, *more: str, machine: Sequence[str] = ()
) -> tuple[dict[str, Any], str]:
    """Mark `submissions` into `out`; return the reaper's report and what was printed.

    `machine` is a command that runs the rest of its arguments on a machine of some kind.
    """
    report, said = world.root / "report.json", world.root / "said.txt"
    # As the installed program starts: with -m, Python would look into the current folder itself.
    program = world.root / "program.py"
    program.write_text(
        "import sys\nfrom course_lib.cli import main\n"
        "if __name__ == '__main__':\n    sys.exit(main())\n"
    )
    command = [*machine, sys.executable, str(program), "grade", str(submissions)]
    command += ["--out", str(out), "--seed", SEED, "--jobs", "2", "--timeout", "1", *more]
    start = submissions / STARTED_IN
    with open(said, "wb") as file:
        subprocess.run(
            [sys.executable, str(REAPER), str(report), "900", "5", *command],
            env={**os.environ, "COURSE_TEST_SECRET": SECRET, "PYTHONPATH": str(REPOSITORY)},
            cwd=start if start.is_dir() else world.root,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=True,
        )
    return json.loads(report.read_text()), said.read_text(errors="replace")


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every regular file of up to a megabyte, by its path."""
    hashes = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20:
            hashes[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return hashes


def solved_cells() -> tuple[str, ...]:
    """Return the code cells of the solved exercise."""
    solution = source.read(REPOSITORY / "solutions" / f"{EXERCISE}.md")
    cells = release.solved(solution)["cells"]
    return tuple("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def points(name: str = "dense_backward") -> float:
    """Return what one question is worth."""
    questions = checks.load(EXERCISE).questions
    return next(question.points for question in questions if question.name == name)


@pytest.fixture
def assert_harmless(marked: Marked) -> Callable[[Attack], None]:
    """Return the judgement on one attack: nothing gained, nothing touched, nothing told."""

    def judge(attack: Attack) -> None:
        result = marked.of(attack)
        earned = result["max_score"] if attack.full else attack.honest * points()
        assert result["score"] == pytest.approx(earned), result
        assert not attack.statuses or result["status"] in attack.statuses, result
        assert not marked.world.touched(attack), "its forbidden file was touched"
        assert marked.world.secret(attack) not in marked.leaked, "a secret reached the results"

    return judge
