"""Read the values that `make_reference.py` wrote."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from reference.cases import Case

PATH = Path(__file__).with_name("pytorch.npz")


@cache
def _arrays() -> dict[str, np.ndarray]:
    with np.load(PATH, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def stored(case: Case) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return a case's data and PyTorch's results."""
    arrays = {
        name.removeprefix(f"{case.name}/"): values
        for name, values in _arrays().items()
        if name.startswith(f"{case.name}/")
    }
    data = {name: values for name, values in arrays.items() if not name.startswith("t_")}
    results = {name[2:]: values for name, values in arrays.items() if name.startswith("t_")}
    return data, results


def stored_operation(name: str) -> np.ndarray:
    """Return PyTorch's result and derivatives of an operation of `graph.Value`."""
    return _arrays()[f"Value/{name}"]
