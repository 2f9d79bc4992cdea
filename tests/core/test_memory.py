"""A training step allocates nothing that grows, and buffers are bounded by the largest batch."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from course_lib import SGD, Adam, Dense, Network, ReLU, SoftmaxCrossEntropy, Tanh


def run(network, optimizer, sizes, data):
    x, y = data
    for n in sizes:
        network.forward(x[:n], y[:n])
        network.backward()
        optimizer.update()


@pytest.mark.parametrize("make", [SGD, Adam])
def test_memory_does_not_grow_with_the_steps(make):
    rng = np.random.default_rng(0)
    network = Network(
        Dense(20, 30),
        ReLU(),
        Dense(30, 10),
        Tanh(),
        Dense(10, 4),
        loss=SoftmaxCrossEntropy(),
        seed=0,
    )
    optimizer = make(network, 0.01)
    data = rng.normal(size=(64, 20)), rng.integers(0, 4, 64)
    sizes = [64, 64, 64, 23, 1]  # epochs whose last batches are smaller
    run(network, optimizer, sizes * 4, data)
    tracemalloc.start()
    try:
        run(network, optimizer, sizes * 4, data)
        before = tracemalloc.get_traced_memory()[0]
        run(network, optimizer, sizes * 100, data)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # one float kept from each of the 500 steps would take 32 bytes a step; which arrays of which
    # batch size are there when it is measured makes a few thousand bytes in all
    assert after - before < 10 * 500
    # the arrays of one batch of 64, twice over while one set replaces the other
    assert peak < 2 * 64 * (20 + 4 * (30 + 10 + 4)) * 8 * 2


def test_a_step_of_an_unchanged_size_allocates_less_than_one_activation():
    rng = np.random.default_rng(0)
    network = Network(
        Dense(200, 300),
        ReLU(),
        Dense(300, 10),
        loss=SoftmaxCrossEntropy(),
        seed=0,
        dtype=np.float32,
    )
    optimizer = Adam(network)
    data = rng.normal(size=(256, 200)).astype(np.float32), rng.integers(0, 10, 256)
    run(network, optimizer, [256] * 3, data)
    tracemalloc.start()
    try:
        run(network, optimizer, [256] * 3, data)
        base = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        run(network, optimizer, [256] * 3, data)
        peak = tracemalloc.get_traced_memory()[1] - base
    finally:
        tracemalloc.stop()
    assert peak < 256 * 300 * 4 / 2
