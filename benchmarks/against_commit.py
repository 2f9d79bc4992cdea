"""Time the compiled step beside the training step of an older commit of this repository.

    python benchmarks/against_commit.py [COMMIT] [NETWORK ...]

The older library is taken from git into a temporary folder; both run in one process, in turn.
"""

# ruff: noqa: E402 (the environment has to be set before the imports that read it)
from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import importlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from contenders import Setting, verbs
from steps import NETWORKS, OPTIMIZERS
from timing import spread, take_turns

from course_lib.compiled import compiled

ROOT = Path(__file__).resolve().parents[1]


def library(folder: Path) -> ModuleType:
    """Import `course_lib` from a folder, beside the one that is imported already."""
    modules = {name: module for name, module in sys.modules.items() if is_ours(name)}
    for name in modules:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    try:
        older = importlib.import_module("course_lib")
        for name in ("Dense", "ReLU", "Network", "SoftmaxCrossEntropy", "SGD", "Adam"):
            getattr(older, name)  # imports the module that defines it
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if is_ours(name)]:
            del sys.modules[name]
        sys.modules.update(modules)
    return older


def is_ours(name: str) -> bool:
    return name.partition(".")[0] == "course_lib"


def run_of(lib: Any, setting: Setting, compile_: bool) -> Callable[[int], None]:
    """Return a function that does so many training steps with this library."""
    weights, x, y = setting.start()
    layers = []
    for n_in, n_out in pairwise(setting.sizes):
        layers += [lib.Dense(n_in, n_out), lib.ReLU()]
    network = lib.Network(*layers[:-1], loss=lib.SoftmaxCrossEntropy(), dtype=np.float32)
    for array, start in zip(network.parameters.values(), weights, strict=True):
        array[...] = start
    optimizer = getattr(lib, setting.optimizer)(network, setting.rate)
    step = compiled(network, optimizer) if compile_ else None

    def run(count: int) -> None:
        for _ in range(count):
            if step:
                step(x, y)
                continue
            network.forward(x, y)
            network.backward()
            optimizer.update()

    return run


def main(arguments: list[str]) -> None:
    import course_lib

    commit, *names = arguments or ["601e5c1"]
    git = ["git", "-C", str(ROOT), "archive", commit, "course_lib"]
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(git, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        older = library(Path(folder))
        for network in names or NETWORKS:
            sizes, batch = NETWORKS[network]
            for optimizer in OPTIMIZERS:
                setting = Setting(sizes, batch, optimizer)
                runs = {
                    commit: run_of(older, setting, compile_=False),
                    "compiled": run_of(course_lib, setting, compile_=True),
                    "verbs": verbs(setting).run,
                }
                rounds = 41 if max(sizes) < 1000 else 9
                timing = take_turns(runs, rounds=rounds, turns=dict.fromkeys(runs, 0.012))
                shares = [
                    "{} {:.3f} ({:.3f}–{:.3f})".format(name, *spread(timing.ratios(name, commit)))
                    for name in ("compiled", "verbs")
                ]
                print(f"{network} {optimizer}: over {commit}: {', '.join(shares)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
