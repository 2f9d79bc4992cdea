"""The attacks are real: each that says so succeeds against the grader everyone writes first."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from attacks.conftest import REAPER, REPOSITORY, SECRET
from attacks.hostile import NOTEBOOK, World, families, hand_in, places

NAIVE = Path(__file__).with_name("naive_grader.py")
REAL = [a for family in families().values() for a in family if a.beats_naive]


def pairs(attacks, folder):
    """Return [notebook, result, seconds] of each; a mere stop gets little time."""
    return [
        [
            str(folder / "submissions" / attack.folder / NOTEBOOK),
            str(folder / f"{attack.name}.result"),
            0.7 if attack.shows == "stop" else 20.0,
        ]
        for attack in attacks
    ]


def naive(arguments, folder, name):
    """Start the naive grader under the reaper, with a seed and the course on its path."""
    environment = {
        **os.environ,
        "SEED": "7",
        "COURSE": str(REPOSITORY),
        "COURSE_TEST_SECRET": SECRET,
        "OPENBLAS_NUM_THREADS": "1",
    }
    environment.pop("CHANNEL", None)
    command = [sys.executable, str(REAPER), str(folder / name), "300", "1.5", sys.executable]
    return subprocess.Popen(
        [*command, str(NAIVE), *arguments],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="session")
def beaten(world, place):
    """The folder in which the naive grader marked every attack that should beat it."""
    folder = place / "naive"
    folder.mkdir()
    own = World(folder, world.names | places(folder), world.solved)
    hand_in(own, REAL)
    plain = [attack for attack in REAL if not attack.files]
    running = []
    for i in range(2):
        (folder / f"class-{i}.json").write_text(json.dumps(pairs(plain[i::2], folder)))
        running.append(naive(["--class", f"class-{i}.json"], folder, f"left-{i}.json"))
    for process in running:
        process.wait()
    for notebook, result, _ in pairs([a for a in REAL if a.files], folder):
        naive([notebook, result], folder, "left.json").wait()
    return own


def score(world, attack):
    """The best first word of the naive grader, on its pipe or in its file; None for no verdict."""
    scores = []
    for name in (f"{attack.name}.result.channel", f"{attack.name}.result"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            scores.append(json.loads((world.root / name).read_text().splitlines()[0])["score"])
    return max(scores, default=None)


@pytest.mark.parametrize("attack", REAL, ids=lambda attack: attack.name)
def test_the_attack_beats_a_naive_grader(attack, beaten):
    if attack.root and os.geteuid() != 0:
        pytest.skip("this one needs a grader that runs as root")
    if attack.shows == "marks":
        assert score(beaten, attack) == 3
    elif attack.shows == "file":
        # what it left behind, a daemon for one, may still wait for a processor
        until = time.monotonic() + 30
        while not beaten.touched(attack) and time.monotonic() < until:
            time.sleep(0.05)
        assert beaten.touched(attack)
    else:
        assert score(beaten, attack) is None
