"""Run the benchmarks and write ``benchmarks/results``: CSV, a table and a figure.

    python benchmarks/run.py                              everything, some minutes
    python benchmarks/run.py --only steps --networks 64-32-10 784-128-10
    python benchmarks/run.py --quick                      a first look

A run of a part replaces that part's rows in the CSV files and keeps the others. One thread, one
core, processor time; peers that are not installed are named as missing. The last lines say which
promises hold; with ``--strict`` a broken one makes the exit code 1.
"""

# ruff: noqa: E402 (the environment has to be set before the imports that read it)
from __future__ import annotations

import os

# Before NumPy, PyTorch and JAX are imported: they read these once.
for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
# A kernel forced on NumPy's BLAS, as some machines' settings do, slows down the products alone:
# every ratio would then look better than it is.
for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(variable, None)
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import importlib.metadata
import platform
import sys
from pathlib import Path

import gradient_check
import report
import scalar_graph
import steps
from contenders import CONTENDERS

RESULTS = Path(__file__).parent / "results"
PEERS = ("numpy", "torch", "jax", "autograd", "scikit-learn", "micrograd")
PARTS = ("steps", "graph", "gradient_check")


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    options.out.mkdir(parents=True, exist_ok=True)
    new: dict[str, list[report.Row]] = {part: [] for part in PARTS}
    if "steps" in options.only:
        for network in options.networks:
            small = network in ("2-4-2", "64-32-10", "784-128-10")
            rounds, turn = (41, 0.012) if small else (9, 0.012)
            if options.quick:
                rounds, turn = (9, 0.006) if small else (3, 0.006)
            for optimizer in options.optimizers:
                print(f"{network} {optimizer}", file=sys.stderr, flush=True)
                new["steps"] += steps.measure(network, optimizer, rounds, turn)
    if "graph" in options.only:
        print("scalar graph", file=sys.stderr, flush=True)
        new["graph"] += scalar_graph.measure(3 if options.quick else 9)
    if "gradient_check" in options.only:
        print("gradient check", file=sys.stderr, flush=True)
        new["gradient_check"] += gradient_check.measure(3 if options.quick else 9)

    rows = {
        part: report.merge(options.out / f"{part}.csv", new[part], report.KEYS[part])
        for part in PARTS
        if new[part] or (options.out / f"{part}.csv").exists()
    }
    machine = describe_machine()
    text = report.table(
        rows.get("steps", []), rows.get("graph", []), rows.get("gradient_check", []), machine
    )
    (options.out / "table.md").write_text(text, encoding="utf-8")
    if rows.get("steps"):
        drawing = report.figure(rows["steps"])
        (options.out / "steps.svg").write_text(drawing, encoding="utf-8")
    print(text)

    broken = 0
    for part, module in zip(PARTS, (steps, scalar_graph, gradient_check), strict=True):
        for holds, sentence in module.verdicts(new[part]):
            print("holds " if holds else "BROKEN", sentence)
            broken += not holds
    return 1 if broken and options.strict else 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        epilog=f"contenders: {', '.join(CONTENDERS)}",
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="which parts")
    parser.add_argument("--networks", nargs="+", choices=steps.NETWORKS, default=steps.NETWORKS)
    parser.add_argument(
        "--optimizers", nargs="+", choices=steps.OPTIMIZERS, default=steps.OPTIMIZERS
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, shorter turns")
    parser.add_argument("--strict", action="store_true", help="exit 1 if a promise is broken")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results go")
    return parser.parse_args(arguments)


def describe_machine() -> str:
    """Say on what the numbers were measured."""
    versions = [f"Python {platform.python_version()}"]
    for package in PEERS:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} missing")
    return f"One thread of {processor()}{kernels()}; {', '.join(versions)}."


def kernels() -> str:
    """Say which kernels NumPy's BLAS has chosen, where that can be asked."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    names = {
        str(pool.get("architecture"))
        for pool in threadpool_info()
        if "numpy" in str(pool.get("filepath"))
    }
    return f" (NumPy's products by OpenBLAS's {' and '.join(sorted(names))} kernels)" * bool(names)


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    raise SystemExit(main())
