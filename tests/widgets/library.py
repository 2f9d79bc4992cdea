"""What the library makes of the widgets' numbers: the reference of their tests."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from course_lib.layers import Dense, ReLU, Sigmoid, Tanh
from course_lib.losses import MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy
from course_lib.network import Network
from course_lib.optimizers import SGD, Adam, Momentum, RMSprop
from course_lib.widgets.bundle import networks

LAYER = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU}
LOSS = {
    "mse": MeanSquaredError,
    "softmax-cross-entropy": SoftmaxCrossEntropy,
    "sigmoid-bce": SigmoidBinaryCrossEntropy,
}
OPTIMIZER = {"sgd": SGD, "momentum": Momentum, "rmsprop": RMSprop, "adam": Adam}


def library(sizes: list[int], activations: list[str], loss: str, theta: Any) -> Network:
    """Return the library's network with these parameters."""
    layers: list[Any] = []
    for (n_in, n_out), activation in zip(pairwise(sizes), activations, strict=True):
        layers += [Dense(n_in, n_out)] + ([LAYER[activation]()] if activation in LAYER else [])
    network = Network(*layers, loss=LOSS[loss]())
    start = 0
    for parameter in network.parameters.values():
        values = np.asarray(theta[start : start + parameter.size])
        parameter[...] = values.reshape(parameter.shape)
        start += parameter.size
    return network


def row_by_row(arrays: Mapping[str, Any]) -> np.ndarray:
    """Return a network's parameters or gradients as the widgets list them: each W row by row."""
    return np.concatenate([np.ravel(array) for array in arrays.values()])


def stepper_round(
    name: str, theta: Any, examples: list[int], rate: float, batch: bool
) -> dict[str, float]:
    """Return every quantity of one whole round by the name it is shown under, from the library."""
    net = networks()[name]
    sizes = net["sizes"]
    x = np.reshape(net["x"], (-1, sizes[0]))[examples]
    softmax = net["loss"] == "softmax-cross-entropy"
    y = np.array(net["y"])[examples] if softmax else np.reshape(net["y"], (-1, sizes[2]))[examples]
    network = library(sizes, net["activations"], net["loss"], theta)
    shown = {"loss": network.forward(x, y), "rate": rate}
    network.backward()
    for key, value in network.parameters.items():
        for at in np.ndindex(value.shape):
            place = f"{key}[{','.join(map(str, at))}]"
            shown[place] = value[at]
            shown[f"d{place}"] = network.gradients[key][at]
    W1, b1, W2, b2 = (network.parameters[key].copy() for key in ("W1", "b1", "W2", "b2"))
    g = {"sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "linear": lambda z: z}
    z1 = x @ W1.T + b1
    a1 = g[net["activations"][0]](z1)
    z2 = a1 @ W2.T + b2
    a2 = g[net["activations"][1]](z2)
    prediction = network.predict(x)
    target = np.eye(sizes[2])[y] if softmax else y
    # The errors, from the gradients of the library's layers by the four equations.
    if net["loss"] == "mse":
        da2 = 2 * (a2 - target) / target.size
        delta2 = da2 * a2 * (1 - a2)
    else:
        da2 = delta2 = (prediction - target) / (len(x) if softmax else target.size)
    da1 = delta2 @ W2
    slope = a1 * (1 - a1) if net["activations"][0] == "sigmoid" else 1 - a1**2
    delta1 = da1 * slope
    arrays = {
        "x": x,
        "z1": z1,
        "a1": a1,
        "z2": z2,
        "a2": a2,
        "y": target,
        "da2": da2,
        "delta2": delta2,
        "da1": da1,
        "delta1": delta1,
    }
    if net["loss"] != "mse":
        arrays["p"] = prediction
    for key, value in arrays.items():
        for i, j in np.ndindex(value.shape):
            shown[f"{key}[{i},{j}]" if batch else f"{key}[{j}]"] = value[i, j]
    SGD(network, learning_rate=rate).update()
    for key, value in network.parameters.items():
        for at in np.ndindex(value.shape):
            shown[f"{key}[{','.join(map(str, at))}]_new"] = value[at]
    return {key: float(value) for key, value in shown.items()}


def apart(actual: Any, reference: Any) -> float:
    """Return max|Δ| / max|reference|."""
    reference = np.asarray(reference)
    return float(np.max(np.abs(np.asarray(actual) - reference)) / np.max(np.abs(reference)))
