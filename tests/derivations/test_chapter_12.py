"""Chapter 12's equations, counted and measured."""

from itertools import combinations

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
    losses = [network.forward(example.x[batch], example.y[batch]) for batch in batches]
    weights = [len(batch) for batch in batches]
    assert np.dot(weights, losses) / 5 == pytest.approx(whole, rel=1e-14)
    if size in (2, 3, 4):
        assert abs(np.mean(losses) - whole) > 1e-3


def draws(N, n, seed=0):
    """Every mini-batch of n out of N gradients: their number, the gradients, the batches' means."""
    g = np.random.default_rng(seed).normal(size=(N, 3)) * [1.0, 5.0, 0.1] + 2.0
    return g, np.array([g[list(rows)].mean(axis=0) for rows in combinations(range(N), n)])


@pytest.mark.parametrize("n", range(1, 8))
def test_a_batchs_gradient_is_right_on_average_and_off_by_the_formula(n):
    """eq-batch-unbiased, eq-batch-square and eq-batch-variance, over all draws of n of 7."""
    N = 7
    g, batches = draws(N, n)
    np.testing.assert_allclose(batches.mean(axis=0), g.mean(axis=0), rtol=1e-13)
    counted = ((batches - g.mean(axis=0)) ** 2).mean(axis=0)
    d = g - g.mean(axis=0)
    squares = (d**2).sum(axis=0)
    products = sum(d[i] * d[j] for i in range(N) for j in range(N) if i != j)
    np.testing.assert_allclose(products, -squares, rtol=1e-12)
    by_sums = (n / N * squares + n * (n - 1) / (N * (N - 1)) * products) / n**2
    np.testing.assert_allclose(counted, by_sums, rtol=1e-12, atol=1e-12)
    by_variance = g.var(axis=0) / n * (N - n) / (N - 1)
    np.testing.assert_allclose(counted, by_variance, rtol=1e-12, atol=1e-12)


def test_the_librarys_batches_stray_as_the_formula_says_and_as_one_over_n():
    """eq-batch-variance on the worked network: all draws; and 1/n where the set is large."""
    example = worked_network()
    network = Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=SoftmaxCrossEntropy(), seed=0)

    def gradient(rows):
        network.forward(example.x[rows], example.y[rows])
        network.backward()
        return network.gradient.copy()

    whole = gradient(list(range(5)))

    def strays(n):
        off = [gradient(list(rows)) - whole for rows in combinations(range(5), n)]
        return np.mean([vector @ vector for vector in off])

    for n in range(1, 5):
        assert strays(n) == pytest.approx(strays(1) / n * (5 - n) / 4, rel=1e-12)

    g = np.random.default_rng(1).normal(size=2000)
    rng = np.random.default_rng(2)
    for n in (1, 4, 16):
        means = np.array([g[rng.permutation(2000)[:n]].mean() for _ in range(4000)])
        assert ((means - g.mean()) ** 2).mean() * n == pytest.approx(g.var(), rel=0.1)
