"""The networks on which the library is compared with PyTorch, described for both sides.

`start(case)` makes the data and the starting parameters, `ours(case, ...)` runs them with
course_lib; `pytorch.py` beside this file runs them with PyTorch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

import course_lib
from course_lib.layers import Layer

STEPS = 50
SIZES = (4, 5, 3)
N = 7
# every layer without parameters of its own, in the order in which layers.py defines them
ACTIVATIONS = tuple(
    kind.__name__
    for kind in Layer.__subclasses__()
    if kind.__module__ == Layer.__module__ and kind is not course_lib.Dense
)
OPTIMIZERS = {
    "SGD": ("SGD", {"learning_rate": 0.3}),
    "SGD-decay": ("SGD", {"learning_rate": 0.3, "weight_decay": 0.01}),
    "Momentum": ("Momentum", {"learning_rate": 0.1, "momentum": 0.8}),
    "Nesterov": ("Momentum", {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True}),
    "RMSprop": ("RMSprop", {"learning_rate": 0.01, "decay": 0.95}),
    "Adam": ("Adam", {"learning_rate": 0.02, "beta1": 0.85, "beta2": 0.99}),
}
# each loss with the activation it wants at the end of the network
LOSSES = {
    "MeanSquaredError": None,
    "BinaryCrossEntropy": "Sigmoid",
    "CrossEntropy": "Softmax",
    "SigmoidBinaryCrossEntropy": None,
    "SoftmaxCrossEntropy": None,
}


@dataclass(frozen=True)
class Case:
    """One network, one loss, one optimiser, one dtype."""

    activation: str | None
    loss: str
    optimizer: str
    dtype: str = "float64"
    last: str | None = field(default=None)

    @property
    def name(self) -> str:
        return f"{self.activation}-{self.loss}-{self.optimizer}-{self.dtype}"

    @property
    def kind(self) -> str:
        """The optimiser's class."""
        return str(OPTIMIZERS[self.optimizer][0])

    @property
    def tolerance(self) -> float:
        return 1e-12 if self.dtype == "float64" else 1e-5


def cases() -> list[Case]:
    """Every layer, every loss and every optimiser, in both dtypes."""
    listed = []
    for dtype in ("float64", "float32"):
        listed += [Case(None, "MeanSquaredError", "SGD", dtype)]
        listed += [Case(a, "MeanSquaredError", "SGD", dtype) for a in ACTIVATIONS]
        listed += [Case("Tanh", loss, "SGD-decay", dtype, last) for loss, last in LOSSES.items()]
        listed += [Case("Tanh", "SoftmaxCrossEntropy", o, dtype) for o in OPTIMIZERS]
    unique = {case.name: case for case in listed}
    return list(unique.values())


def start(case: Case) -> dict[str, np.ndarray]:
    """Return x, y and the starting parameters (flat, in the library's order)."""
    rng = np.random.default_rng(list(case.name.encode()))
    x = rng.normal(size=(N, SIZES[0]))
    if case.loss == "MeanSquaredError":
        y = rng.normal(size=(N, SIZES[-1]))
    elif "Binary" in case.loss:
        y = rng.integers(0, 2, (N, SIZES[-1])).astype(float)
    else:
        y = rng.integers(0, SIZES[-1], N)
    count = sum((a + 1) * b for a, b in pairwise(SIZES))
    theta = rng.normal(scale=0.5, size=count)
    if y.dtype.kind == "f":
        y = y.astype(case.dtype)
    return {"x": x.astype(case.dtype), "y": y, "theta": theta.astype(case.dtype)}


def network_of(case: Case) -> course_lib.Network:
    """Return the case's network in course_lib."""
    layers: list = [course_lib.Dense(SIZES[0], SIZES[1])]
    if case.activation:
        layers.append(getattr(course_lib, case.activation)())
    layers.append(course_lib.Dense(SIZES[1], SIZES[2]))
    if case.last:
        layers.append(getattr(course_lib, case.last)())
    loss = getattr(course_lib, case.loss)()
    return course_lib.Network(*layers, loss=loss, seed=0, dtype=case.dtype)


def ours(case: Case, data: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Train for STEPS steps with course_lib, and return what is compared."""
    network = network_of(case)
    start = 0
    for parameter in network.parameters.values():  # the data has each W row by row
        parameter[...] = data["theta"][start : start + parameter.size].reshape(parameter.shape)
        start += parameter.size
    name, arguments = OPTIMIZERS[case.optimizer]
    optimizer = getattr(course_lib, name)(network, **arguments)
    losses, first = [], None
    for _ in range(STEPS):
        losses.append(network.forward(data["x"], data["y"]))
        network.backward()
        if first is None:
            first = {f"d{name}": g.copy() for name, g in network.gradients.items()}
            first["prediction"] = network.predict(data["x"])
        optimizer.update()
    assert first is not None
    after = {name: p.copy() for name, p in network.parameters.items()}
    return {"losses": np.array(losses), **first, **after}
