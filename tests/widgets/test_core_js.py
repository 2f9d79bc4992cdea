"""The widgets' arithmetic (core.js, run in node) against the library, from the same numbers."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from needs import need
from widgets.library import OPTIMIZER, apart, library, row_by_row

from course_lib.data import moons, worked_network, xor
from course_lib.widgets.bundle import networks

HERE = Path(__file__).parent


def cases() -> list[dict[str, Any]]:
    """Return networks over every activation, loss and optimiser, as plain numbers."""
    rng = np.random.default_rng(7)
    made = []
    shapes = [
        ([3, 7, 5, 2], ["tanh", "relu", "sigmoid"], "mse"),
        ([3, 7, 5, 4], ["sigmoid", "tanh", "linear"], "softmax-cross-entropy"),
        ([3, 6, 5, 2], ["relu", "sigmoid", "linear"], "sigmoid-bce"),
        ([2, 5, 3], ["linear", "linear"], "mse"),
    ]
    optimizers: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("sgd", {"rate": 0.2, "weightDecay": 0.01}, {"learning_rate": 0.2, "weight_decay": 0.01}),
        ("momentum", {"rate": 0.05}, {"learning_rate": 0.05}),
        ("momentum", {"rate": 0.05, "nesterov": True}, {"learning_rate": 0.05, "nesterov": True}),
        ("rmsprop", {"rate": 0.01}, {"learning_rate": 0.01}),
        ("adam", {"rate": 0.01}, {"learning_rate": 0.01}),
    ]
    for sizes, activations, loss in shapes:
        for optimizer, settings, keywords in optimizers:
            N = 11
            count = sum(o * (i + 1) for i, o in pairwise(sizes))
            if loss == "softmax-cross-entropy":
                y = rng.integers(0, sizes[-1], N)
            elif loss == "sigmoid-bce":
                y = rng.integers(0, 2, (N, sizes[-1])).astype(float)
            else:
                y = rng.normal(size=(N, sizes[-1]))
            made.append(
                {
                    "sizes": sizes,
                    "activations": activations,
                    "loss": loss,
                    "theta": rng.normal(size=count) * 0.8,
                    "x": rng.normal(size=(N, sizes[0])),
                    "y": y,
                    "N": N,
                    "optimizer": optimizer,
                    "settings": settings,
                    "keywords": keywords,
                    "updates": 50,
                }
            )
    x, labels = moons(200, seed=3)
    made.append(
        {
            "sizes": [2, 8, 8, 1],
            "activations": ["tanh", "tanh", "linear"],
            "loss": "sigmoid-bce",
            "theta": rng.normal(size=105) * 0.6,
            "x": x,
            "y": labels[:, None].astype(float),
            "N": 200,
            "optimizer": "adam",
            "settings": {"rate": 0.03},
            "keywords": {"learning_rate": 0.03},
            "updates": 50,
        }
    )
    return made


@pytest.fixture(scope="module")
def runs() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every case with what core.js made of it, run once."""
    node = need("node")
    given = cases()
    plain = [
        {k: np.ravel(v).tolist() if isinstance(v, np.ndarray) else v for k, v in case.items()}
        for case in given
    ]
    done = subprocess.run(
        [node, str(HERE / "run_core.mjs")],
        input=json.dumps(plain),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return list(zip(given, json.loads(done.stdout), strict=True))


def test_loss_gradient_and_prediction_are_the_librarys(runs) -> None:
    for case, result in runs:
        network = library(case["sizes"], case["activations"], case["loss"], case["theta"])
        loss = network.forward(case["x"], case["y"])
        network.backward()
        assert result["loss"] == pytest.approx(loss, rel=1e-9)
        assert apart(result["gradient"], row_by_row(network.gradients)) < 1e-9
        assert apart(result["prediction"], np.ravel(network.predict(case["x"]))) < 1e-9


def test_fifty_updates_of_every_optimiser_are_the_librarys(runs) -> None:
    for case, result in runs:
        network = library(case["sizes"], case["activations"], case["loss"], case["theta"])
        optimizer = OPTIMIZER[case["optimizer"]](network, **case["keywords"])
        losses = []
        for _ in range(case["updates"]):
            losses.append(network.forward(case["x"], case["y"]))
            network.backward()
            optimizer.update()
        assert result["losses"] == pytest.approx(losses, rel=1e-6)
        assert apart(result["theta"], row_by_row(network.parameters)) < 1e-6


def test_the_worked_network_and_xor_are_the_librarys() -> None:
    worked, preset = worked_network(), networks()["4-2-3"]
    theta = [worked.W1.ravel(), worked.b1, worked.W2.ravel(), worked.b2]
    assert preset["theta"] == np.concatenate(theta).tolist()
    assert (preset["x"], preset["y"]) == (worked.x.ravel().tolist(), worked.y.tolist())
    x, y = xor()
    assert networks()["2-3-1"]["x"] == x.ravel().tolist()
    assert networks()["2-3-1"]["y"] == y.tolist()


def test_every_preset_network_has_as_many_numbers_as_its_widths_ask_for() -> None:
    for preset in networks().values():
        sizes = preset["sizes"]
        assert len(preset["theta"]) == sum(o * (i + 1) for i, o in pairwise(sizes))
        assert len(preset["x"]) % sizes[0] == 0
