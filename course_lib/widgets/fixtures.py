"""The networks the widgets start from, written for JavaScript out of the library's own data.

``python -m course_lib.widgets.fixtures`` writes ``networks.js`` anew; a test holds it to this.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.data import worked_network, xor

HERE = Path(__file__).parent


def networks() -> dict[str, dict[str, Any]]:
    """Return the stepper's networks by name: widths, activations, loss, θ, inputs and targets.

    θ is flat in the library's order W1, b1, W2, b2, each W row by row with shape (n_out, n_in).

    Examples
    --------
    >>> {name: len(network["theta"]) for name, network in networks().items()}
    {'1-1-1': 4, '2-3-1': 13, '4-2-3': 19}
    """
    worked = worked_network()
    x_xor, y_xor = xor()
    return {
        "1-1-1": {
            "sizes": [1, 1, 1],
            "activations": ["sigmoid", "sigmoid"],
            "loss": "mse",
            "theta": [0.8, -0.3, -1.2, 0.5],
            "x": [1.5, -0.7, 0.4],
            "y": [0.9, 0.1, 0.6],
        },
        "2-3-1": {
            "sizes": [2, 3, 1],
            "activations": ["tanh", "linear"],
            "loss": "sigmoid-bce",
            "theta": [0.9, -0.7, -0.4, 1.1, 0.6, 0.8, 0.1, -0.2, 0.3, 0.7, -0.9, 0.5, -0.1],
            "x": np.asarray(x_xor, dtype=float).ravel().tolist(),
            "y": np.asarray(y_xor, dtype=float).ravel().tolist(),
        },
        "4-2-3": {
            "sizes": [4, 2, 3],
            "activations": ["tanh", "linear"],
            "loss": "softmax-cross-entropy",
            "theta": np.concatenate(
                [worked.W1.ravel(), worked.b1, worked.W2.ravel(), worked.b2]
            ).tolist(),
            "x": worked.x.ravel().tolist(),
            "y": worked.y.tolist(),
        },
    }


def javascript() -> str:
    """Return the text of ``networks.js``."""
    lines = [
        "// Written by `python -m course_lib.widgets.fixtures` from course_lib.data: change that.",
        "export const NETWORKS = {",
    ]
    lines += [f"  {json.dumps(name)}: {json.dumps(one)}," for name, one in networks().items()]
    return "\n".join([*lines, "};", ""])


if __name__ == "__main__":
    (HERE / "networks.js").write_text(javascript(), encoding="utf-8")
