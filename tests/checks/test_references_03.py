"""The answers of exercise 03 against the library and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from needs import need

from course_lib import Dense, MeanSquaredError, Network, ReLU, Sigmoid, Tanh
from course_lib.checks import load
from course_lib.checks.ex03_forward_pass.reference import (
    dense_forward,
    dense_forward_one,
    network_forward,
)
from course_lib.checks.verdict import generator

LAYERS = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU}
QUESTION = load("03_forward_pass").question("network_forward")


@pytest.mark.parametrize("fixture", QUESTION.fixtures, ids=lambda fixture: fixture.name)
def test_network_forward_gives_the_scores_of_course_lib(fixture) -> None:
    x, W, b, activation = QUESTION.inputs(generator(QUESTION, fixture, 2), fixture)
    layers = []
    for i, weights in enumerate(W):
        layers += [Dense(weights.shape[1], weights.shape[0])]
        layers += [LAYERS[activation]()] if i < len(W) - 1 else []
    network = Network(*layers, loss=MeanSquaredError())
    for i, (weights, biases) in enumerate(zip(W, b, strict=True), start=1):
        network.parameters[f"W{i}"][...] = weights
        network.parameters[f"b{i}"][...] = biases
    a, z = network_forward(x, W, b, activation)
    np.testing.assert_allclose(z[-1], network.predict(x), rtol=1e-12)
    assert len(a) == len(z) == len(W)
    np.testing.assert_array_equal(a[0], x)


def test_one_example_is_a_batch_of_one_and_the_sum_of_the_formula() -> None:
    rng = np.random.default_rng(0)
    a, W, b = rng.normal(size=4), rng.normal(size=(3, 4)), rng.normal(size=3)
    z = dense_forward_one(a, W, b)
    np.testing.assert_allclose(z, dense_forward(a[None], W, b)[0], rtol=1e-13)
    for j in range(3):
        assert z[j] == pytest.approx(sum(W[j, k] * a[k] for k in range(4)) + b[j])


@pytest.mark.long
def test_dense_forward_is_torchs_linear() -> None:
    need("torch")
    import torch

    rng = np.random.default_rng(0)
    a, W, b = rng.normal(size=(5, 4)), rng.normal(size=(3, 4)), rng.normal(size=3)
    expected = torch.nn.functional.linear(*(torch.tensor(array) for array in (a, W, b)))
    np.testing.assert_allclose(dense_forward(a, W, b), expected.numpy(), rtol=1e-13)
