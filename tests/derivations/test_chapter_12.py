"""Chapter 12's equations, counted and measured."""

import numpy as np
import pytest

from course_lib import Dense, Network, SoftmaxCrossEntropy, Tanh
from course_lib.data import worked_network
from course_lib.training import minibatches


@pytest.mark.parametrize("size", range(1, 12))
def test_an_epoch_has_as_many_iterations_as_batches(size):
    """eq-iterations: N/B, rounded up; every example comes once."""
    for n in range(1, 30):
        batches = list(minibatches(n, size, np.random.default_rng(n)))
        assert len(batches) == -(-n // size)
        assert sorted(np.concatenate(batches).tolist()) == list(range(n))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_the_weighted_mean_of_the_batches_is_the_mean_of_the_examples(size):
    """eq-epoch-loss, with the parameters held still; the plain mean of means differs."""
    example = worked_network()
    network = Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=SoftmaxCrossEntropy(), seed=0)
    whole = network.forward(example.x, example.y)
    batches = [np.arange(5)[start : start + size] for start in range(0, 5, size)]
    losses = [network.forward(example.x[one], example.y[one]) for one in batches]
    weights = [len(one) for one in batches]
    assert np.dot(weights, losses) / 5 == pytest.approx(whole, rel=1e-14)
    if size in (2, 3, 4):
        assert abs(np.mean(losses) - whole) > 1e-3
