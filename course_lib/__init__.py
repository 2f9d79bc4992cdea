"""Forward, Backward, Update: a small library on how a neural network learns.

>>> from course_lib import Adam, Dense, Network, ReLU, SoftmaxCrossEntropy
>>> network = Network(Dense(2, 8), ReLU(), Dense(8, 2), loss=SoftmaxCrossEntropy(), seed=0)
>>> optimizer = Adam(network, learning_rate=0.05)
>>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
>>> for step in range(200):
...     loss = network.forward(x, y)  # prediction and loss; the cache is kept
...     network.backward()  # every gradient, from the last layer to the first
...     optimizer.update()  # θ ← θ − η ∇ℒ, and what Adam adds to it
>>> loss < 0.05
True

Every name below is imported when it is first used; importing the package needs NumPy alone.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib._validation import NotFiniteError
    from course_lib.graph import Value
    from course_lib.layers import Dense, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
    from course_lib.losses import (
        BinaryCrossEntropy,
        CrossEntropy,
        MeanSquaredError,
        SigmoidBinaryCrossEntropy,
        SoftmaxCrossEntropy,
    )
    from course_lib.network import Network
    from course_lib.optimizers import SGD, Adam, Momentum, RMSprop

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Adam",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Dense",
    "LeakyReLU",
    "MeanSquaredError",
    "Momentum",
    "Network",
    "NotFiniteError",
    "RMSprop",
    "ReLU",
    "Sigmoid",
    "SigmoidBinaryCrossEntropy",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Tanh",
    "Value",
]

# Where these names are; `Value` is taken from where it can be drawn, too.
_HOMES = ("_validation", "layers", "losses", "network", "optimizers", "graph_drawing")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for home in _HOMES:
            module = importlib.import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                globals()[name] = getattr(module, name)
                return globals()[name]
    # A part of the subject, or its figures; other packages need more than the course may find.
    if name == "figures" or (Path(__file__).parent / f"{name}.py").is_file():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
