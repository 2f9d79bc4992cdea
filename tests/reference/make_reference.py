"""Write `pytorch.npz`: what PyTorch computes for every case, with the data it started from,
and for every operation of `graph.Value`.

    PYTHONPATH=tests python tests/reference/make_reference.py

The file lets everyone hold the library to PyTorch without installing it; where it is installed,
`tests/core/test_pytorch.py` compares live, and the file with a fresh run.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from reference import operations
from reference.cases import cases, start
from reference.pytorch import theirs

PATH = Path(__file__).with_name("pytorch.npz")


def main() -> None:
    arrays = {"torch": np.array(torch.__version__)}
    for case in cases():
        data = start(case)
        for name, values in {
            **data,
            **{f"t_{k}": v for k, v in theirs(case, data).items()},
        }.items():
            arrays[f"{case.name}/{name}"] = values
    arrays |= {f"Value/{name}": operations.theirs(name) for name in operations.OPERATIONS}
    np.savez_compressed(PATH, **arrays)
    print(f"{PATH}: {len(cases())} cases, {PATH.stat().st_size} bytes")


if __name__ == "__main__":
    main()
