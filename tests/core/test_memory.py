"""A training step leaves nothing behind that grows; a compiled one allocates almost nothing."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
import pytest

from course_lib import SGD, Adam, Dense, Network, ReLU, SoftmaxCrossEntropy, Tanh
from course_lib.compiled import compiled
from course_lib.training import three_verbs


def run(step, sizes, data):
    x, y = data
    for n in sizes:
        step(x[:n], y[:n])


@pytest.mark.parametrize("kind", [three_verbs, compiled])
@pytest.mark.parametrize("make", [SGD, Adam])
def test_memory_does_not_grow_with_the_steps(make, kind):
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
    step = kind(network, make(network, 0.01))
    data = rng.normal(size=(64, 20)), rng.integers(0, 4, 64)
    sizes = [64, 64, 64, 23, 1]  # epochs whose last batches are smaller
    tracemalloc.start()
    try:
        run(step, sizes * 100, data)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        run(step, sizes * 100, data)
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # one float kept from each of the 500 steps would take 32 bytes a step; which arrays of which
    # batch size are there when it is measured makes a few thousand bytes in all
    assert after - before < 24 * 500
    # the arrays of one batch of 64, twice over: while one set replaces the other, or for the verbs
    # what a forward pass and a backward pass hold
    assert peak < 2 * 64 * (20 + 4 * (30 + 10 + 4)) * 8 * 2


def test_a_compiled_step_of_an_unchanged_size_allocates_less_than_one_activation():
    rng = np.random.default_rng(0)
    network = Network(
        Dense(200, 300),
        ReLU(),
        Dense(300, 10),
        loss=SoftmaxCrossEntropy(),
        seed=0,
        dtype=np.float32,
    )
    step = compiled(network, Adam(network))
    data = rng.normal(size=(256, 200)).astype(np.float32), rng.integers(0, 10, 256)
    run(step, [256] * 3, data)
    tracemalloc.start()
    try:
        run(step, [256] * 3, data)
        base = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        run(step, [256] * 3, data)
        peak = tracemalloc.get_traced_memory()[1] - base
    finally:
        tracemalloc.stop()
    assert peak < 256 * 300 * 4 / 2
