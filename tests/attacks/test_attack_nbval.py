"""Family: notebooks that attack `course grade --nbval`, where their cells run in a kernel.

These are marked as well, in the same run: an attack that aims at marks gains none by the flag.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from attacks.conftest import REAPER, REPOSITORY, SECRET, SEED, digests, grade, heard
from attacks.hostile import SOLVED, WRONG, Attack, World, build, hand_in, places, proven
from needs import absent

pytestmark = pytest.mark.long

KERNEL = "type(sys.stdout).__name__ == 'Printed'"
"""What a notebook can ask to know that it runs in the kernel and is not marked."""


def any_of(acts: str) -> tuple[str, ...]:
    """Cells that try each of `acts`, functions with a comma behind each."""
    each = textwrap.indent(textwrap.dedent(acts), "    ")
    return proven(
        f"for act in (\n{each}):\n"
        "    try:\n        act()\n        done = True\n    except OSError:\n        pass"
    )


TRIED = [
    Attack(
        "nbval-network",
        "opens sockets of a kernel's kind, to the outside and to its client",
        proven(
            """
            import glob, socket
            for family, address in (
                (socket.AF_INET, ('127.0.0.1', @PORT@)),
                (socket.AF_UNIX, '@UNIX@'),
                (socket.AF_UNIX, 'kernel-1'),
                (socket.AF_UNIX, '\\0@ABSTRACT@'),
            ):
                try:
                    s = socket.socket(family)
                    done = True
                    s.connect(address)
                except OSError:
                    pass
            """
        ),
    ),
    Attack(
        "nbval-reads",
        "reads the secret, the course, the other students and the folder of its kernel",
        proven(
            """
            import glob
            names = ['@SECRET@', '@OTHER@', '@REPO@/solutions', '@OUT@', '/proc/1/cwd/given.json']
            names += glob.glob('/tmp/**/*', recursive=True) + glob.glob('/proc/*/cwd/*.json')
            names += ['notebook.ipynb', 'given.json', 'kernels', '@TMP@']
            done = any(map(os.path.exists, names)) or 'COURSE_TEST_SECRET' in os.environ
            if done:
                print(open('@SECRET@').read())
            """
        ),
    ),
    Attack(
        "nbval-writes",
        "writes outside, and plants links and sockets where it stands",
        any_of(
            """
                lambda: open('@FORBIDDEN@', 'w').write('touched'),
                lambda: open('@TMP@/planted', 'w'),
                lambda: os.symlink('@FORBIDDEN@', 'results.json'),
                lambda: os.symlink('@FORBIDDEN@', '/tmp/ended.json'),
                lambda: os.link('/etc/passwd', '/tmp/link'),
                lambda: os.mkfifo('/tmp/pipe'),
                lambda: os.mknod('/tmp/kernel-1', 0o140666),
            """
        ),
    ),
    Attack(
        "nbval-processes",
        "forks, kills whoever is above it, and everybody",
        any_of(
            """
                lambda: os.kill(os.getppid(), 9),
                lambda: os.kill(-1, 9),
                lambda: os.kill(2, 9),
                os.fork,
                lambda: os.posix_spawn('/bin/true', ['true'], {}),
            """
        ),
    ),
    Attack(
        "nbval-floods",
        "prints a hundred megabytes and shows values without end",
        (SOLVED, "for n in range(100):\n    print('x' * 10**6)\n'y' * 10**8", "[[]] * 10**7"),
        full=True,
    ),
    Attack(
        "nbval-forges",
        "has examples print what the release shows, whatever the function returns",
        (
            WRONG
            + """
dense_backward = wrong
def example(*args):
    print('dW = [[-1.     2.5   -0.75 ]\\n      [ 1.7   -2.45   0.575]]')
    print('db = [0.  0.4]')
    print('da = [[-0.15  -0.325  0.45 ]\\n      [ 0.55   0.525 -0.69 ]]')
""",
        ),
    ),
    Attack(
        "nbval-eats",
        "takes all memory and starts threads without end, in the kernel alone",
        (
            SOLVED,
            f"""
            import sys, threading, time
            if {KERNEL}:
                held = []
                try:
                    while True:
                        held.append(bytearray(2**24))
                except MemoryError:
                    pass
                while True:
                    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
            """,
        ),
        full=True,
    ),
]
ENDS = [
    Attack(
        "nbval-hangs",
        "runs for ever, in the kernel alone",
        (SOLVED, f"import sys\nwhile {KERNEL}: pass"),
        full=True,
    ),
    Attack(
        "nbval-ends",
        "ends the process, in the kernel alone",
        (SOLVED, f"import os, sys\nif {KERNEL}: os._exit(0)"),
        full=True,
    ),
    Attack(
        "nbval-answers",
        "writes frames of the protocol and of Jupyter's into every descriptor, in the kernel alone",
        (
            SOLVED,
            f"""
            import os, struct, sys
            if {KERNEL}:
                for n in range(3, 64):
                    for said in (
                        struct.pack("<4sBB2x16sQ", b"FBU\\n", 1, 65, bytes(16), 1 << 40),
                        b"\\xff" + bytes(8) + b"\\x7f\\x03\\x00NULL" + bytes(48),
                        b'{{"msg_type": "execute_reply", "content": {{"status": "ok"}}}}' * 9999,
                    ):
                        try:
                            os.write(n, said)
                        except OSError:
                            break
            """,
        ),
        full=True,
    ),
]


@dataclass
class Class:
    """What came of the class."""

    world: World
    results: dict[str, dict[str, Any]]
    left: list[str]
    changed: list[str]
    visited: list[str]
    tmp: list[str]


@pytest.fixture(scope="module")
def marked(world: World) -> Class:
    """One run over all attacks of this file and an honest student, with a `/tmp` of its own."""
    if sys.platform != "linux":
        absent("full isolation exists on Linux alone", "a Linux machine")
    root = world.root / "nbval"
    tmp = root / "tmp"
    tmp.mkdir(parents=True)
    root.chmod(0o755)
    tmp.chmod(0o1777)
    names = world.names | places(root) | {"TMP": str(tmp)}
    own = World(root, names, world.solved, world.ears)
    submissions = hand_in(own, [*TRIED, *ENDS], ["honest-a"])
    before = digests(submissions)
    while heard(world.ears):
        pass
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp))
        report, said = grade(own, submissions, root / "out", "--memory", "256", "--nbval")
    assert report["status"] == 0, said
    lines = (root / "out" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return Class(
        world=own,
        results={result["student"]: result for result in map(json.loads, lines)},
        left=report["left"],
        changed=[name for name, digest in digests(submissions).items() if before[name] != digest],
        visited=heard(world.ears),
        tmp=sorted(path.name for path in tmp.iterdir() if path.suffix != ".lock"),
    )


def same(result: dict[str, Any]) -> list[str]:
    """Return the functions whose output is the release's."""
    return [output["name"] for output in result["nbval"]["outputs"] if output["same"]]


def test_the_run_ends_well_and_leaves_nothing(marked: Class) -> None:
    assert marked.left == []
    assert marked.tmp == []
    assert marked.changed == []
    assert marked.visited == []
    assert len(marked.results) == len(TRIED) + len(ENDS) + 1


def test_the_honest_neighbour_loses_nothing(marked: Class) -> None:
    honest = marked.results["honest-a"]
    assert honest["score"] == honest["max_score"]
    assert len(same(honest)) == len(honest["nbval"]["outputs"]) == 4


@pytest.mark.parametrize("attack", [*TRIED, *ENDS], ids=lambda attack: attack.name)
def test_no_notebook_gains_anything(marked: Class, attack: Attack) -> None:
    result = marked.results[attack.name]
    earned = result["max_score"] if attack.full else 0
    assert result["score"] == earned, result
    assert not marked.world.touched(attack)
    for path in (marked.world.root / "out").rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8", "replace")
            assert marked.world.secret(attack) not in text
            assert SECRET not in text
    if attack.name == "nbval-forges":
        assert same(result) == ["dense_backward"]  # its own line, worth nothing
    elif attack in ENDS:
        assert result["nbval"]["outputs"] == []
        assert result["nbval"]["said"].startswith("not run: the notebook ended its kernel (")
    elif attack.full:
        assert len(same(result)) == 4
    else:
        assert same(result) == []


KILL = """
import glob, os, subprocess, sys, time

def worker_runs():
    for file in glob.glob('/proc/[0-9]*/stat'):
        try:
            command = open(file.replace('stat', 'cmdline')).read()
            parent = open(file).read().rpartition(')')[2].split()[1]
            place = os.readlink(f'/proc/{parent}/cwd')
        except OSError:
            continue
        if 'course_lib/worker' in command and place.startswith(f'{sys.argv[1]}/nbval-'):
            return True

run = subprocess.Popen(sys.argv[2:])
while not worker_runs() and run.poll() is None:
    time.sleep(0.05)
sys.exit(run.poll() is not None or run.kill())
"""
"""Starts a run, and kills it as soon as the client of nbval has a fork server."""


def test_nothing_outlives_a_run_that_is_killed(world: World, tmp_path: Path) -> None:
    if sys.platform != "linux":
        absent("full isolation exists on Linux alone", "a Linux machine")
    sleeps = f"import sys, time\nif {KERNEL}: time.sleep(1000)"
    build(Attack("sleeps", "sleeps", (SOLVED, sleeps)), world, tmp_path / "in")
    command = [sys.executable, "-m", "course_lib.cli", "grade", str(tmp_path / "in"), "--nbval"]
    command += ["--out", str(tmp_path / "out"), "--seed", SEED]
    report = tmp_path / "report.json"
    reaper = [sys.executable, str(REAPER), str(report), "600", "30"]
    subprocess.run(
        [*reaper, sys.executable, "-c", KILL, str(tmp_path), *command],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(tmp_path)},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    assert json.loads(report.read_text()) == {"status": 0, "left": []}
