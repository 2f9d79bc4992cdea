"""The answers of exercise 12 against witnesses: the library, PyTorch, and plain counting."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from needs import need

from course_lib import SGD, Dense, Network, ReLU, Sigmoid, SoftmaxCrossEntropy, Tanh
from course_lib.checks.ex12_training_loop import reference as ex12
from course_lib.data import digits
from course_lib.training import train

LAYERS = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU}
SIZES = (4, 6, 5, 3)


def drawn(seed: int = 0, n: int = 11):
    rng = np.random.default_rng(seed)
    W = [rng.normal(size=(b, a)) for a, b in pairwise(SIZES)]
    b = [rng.normal(size=size) for size in SIZES[1:]]
    return rng.normal(size=(n, SIZES[0])), rng.integers(0, SIZES[-1], n), W, b


def library(W, b, activation: str) -> Network:
    layers = []
    for weights in W:
        layers += [Dense(weights.shape[1], len(weights)), LAYERS[activation]()]
    network = Network(*layers[:-1], loss=SoftmaxCrossEntropy())
    for number, (weights, biases) in enumerate(zip(W, b, strict=True), start=1):
        network.parameters[f"W{number}"][...] = weights
        network.parameters[f"b{number}"][...] = biases
    return network


@pytest.mark.parametrize("activation", LAYERS)
def test_a_step_is_the_librarys(activation: str) -> None:
    x, y, W, b = drawn()
    loss, new_W, new_b = ex12.training_step(x, y, W, b, activation, 0.3)
    network = library(W, b, activation)
    optimizer = SGD(network, learning_rate=0.3)
    assert loss == pytest.approx(network.forward(x, y), rel=1e-13)
    network.backward()
    optimizer.update()
    for number, (weights, biases) in enumerate(zip(new_W, new_b, strict=True), start=1):
        np.testing.assert_allclose(weights, network.parameters[f"W{number}"], rtol=1e-12)
        np.testing.assert_allclose(biases, network.parameters[f"b{number}"], rtol=1e-12)


@pytest.mark.long
def test_an_epoch_is_pytorchs() -> None:
    need("torch")
    import torch

    x, y, W, b = drawn(1, 17)
    order = np.random.default_rng(2).permutation(17)
    total, W_new, b_new = ex12.train_epoch(x, y, W, b, "tanh", 0.4, order, 5)
    model = torch.nn.Sequential(
        *(part for i in range(3) for part in (
            torch.nn.Linear(SIZES[i], SIZES[i + 1]).double(), torch.nn.Tanh()
        ))
    )[:-1]  # fmt: skip
    linear = [part for part in model if isinstance(part, torch.nn.Linear)]
    with torch.no_grad():
        for part, weights, biases in zip(linear, W, b, strict=True):
            part.weight[...] = torch.from_numpy(weights)
            part.bias[...] = torch.from_numpy(biases)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.4)
    seen = 0.0
    for start in range(0, 17, 5):
        batch = order[start : start + 5]
        loss = torch.nn.functional.cross_entropy(
            model(torch.from_numpy(x[batch])), torch.from_numpy(y[batch])
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += loss.item() * len(batch)
    assert total == pytest.approx(seen / 17, rel=1e-12)
    for part, weights, biases in zip(linear, W_new, b_new, strict=True):
        np.testing.assert_allclose(part.weight.detach().numpy(), weights, rtol=1e-11)
        np.testing.assert_allclose(part.bias.detach().numpy(), biases, rtol=1e-11)


def test_the_loop_is_the_librarys_with_the_same_orders() -> None:
    x, y, W, b = drawn(3, 14)
    held = drawn(4, 9)
    rng = np.random.default_rng(0)
    orders = [rng.permutation(14) for _ in range(3)]
    losses, held_losses, *_ = ex12.train(
        x, y, held[0], held[1], W, b, "tanh", 0.2, np.array(orders), 4
    )
    network = library(W, b, "tanh")
    history = train(
        network, SGD(network, 0.2), x, y, 3, 4, seed=0, validation=held[:2], progress=False
    )
    np.testing.assert_allclose(losses, history.loss, rtol=1e-12)
    np.testing.assert_allclose(held_losses, history.validation_loss, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 7, 20])
def test_every_example_is_in_one_batch(size: int) -> None:
    order = np.random.default_rng(size).permutation(20)
    batches = ex12.minibatches(order, size)
    assert np.concatenate(batches).tolist() == order.tolist()
    assert {len(batch) for batch in batches[:-1]} <= {size}


def test_accuracy_counts_and_patience_waits() -> None:
    p = np.array([[0.6, 0.4], [0.1, 0.9], [0.7, 0.3]])
    assert ex12.accuracy(p, np.array([0, 1, 1])) == pytest.approx(2 / 3)
    assert ex12.accuracy(p, np.array([[0], [1], [1]])) == pytest.approx(2 / 3)
    assert ex12.early_stopping([3.0, 2.0, 2.5, 2.1, 1.0], 2) == (3, 1)
    assert ex12.early_stopping([3.0, 2.0, 2.5, 1.0], 2) == (3, 3)


@pytest.mark.long
@pytest.mark.parametrize("epochs", [20, 30, 40])
def test_the_exercises_last_cell_reaches_its_goal_with_a_margin(epochs: int) -> None:
    """The same arithmetic as `read_digits` of the notebook, with its numbers; the goal is 95 %."""
    x, y, x_test, y_test = digits()
    rng = np.random.default_rng(0)
    W = [rng.normal(size=(48, 64)) / 8, rng.normal(size=(10, 48)) / np.sqrt(48)]
    b = [np.zeros(48), np.zeros(10)]
    orders = [rng.permutation(len(x)) for _ in range(epochs)]
    *_, W, b = ex12.train(x, y, x_test, y_test, W, b, "tanh", 0.5, orders, 32)
    p = np.tanh(x_test @ W[0].T + b[0]) @ W[1].T + b[1]
    assert ex12.accuracy(p, y_test) >= 0.955
