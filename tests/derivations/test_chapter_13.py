"""What chapter 13 derives: products of slopes, variances through layers, symmetry.

Where an expectation is claimed, sympy integrates it where it can; the rest is measured on many
draws with a fixed seed, within five standard errors.
"""

import numpy as np
import pytest
import sympy as sp
from symbolic import same, sigma

from course_lib import Dense, Network, SoftmaxCrossEntropy, Tanh, initializers
from course_lib.figures import signals

DRAWS = 40_000


def mean_within(samples, expected, errors=5):
    """Say whether the mean of independent samples is the expected one, within standard errors."""
    error = samples.std() / np.sqrt(len(samples))
    return abs(samples.mean() - expected) <= errors * error


@pytest.mark.parametrize("g", [sp.tanh, sigma], ids=["tanh", "sigmoid"])
def test_the_error_of_a_chain_is_a_product_of_weights_and_slopes(g):
    """eq-chain-factor, with three links: ∂z₄/∂z₁ by sympy."""
    z1 = sp.Symbol("z1", real=True)
    w, b = sp.symbols("w2:5", real=True), sp.symbols("b2:5", real=True)
    z = [z1]
    for weight, bias in zip(w, b, strict=True):
        z.append(weight * g(z[-1]) + bias)
    v = sp.Symbol("v", real=True)
    slope = sp.diff(g(v), v)
    claim = sp.prod([weight * slope.subs(v, before) for weight, before in zip(w, z, strict=False)])
    numbers = {z1: 0.3, **dict(zip((*w, *b), (1.2, -0.7, 2.1, 0.1, -0.4, 0.6), strict=True))}
    derivative = sp.diff(z[-1], z1)
    assert abs(sp.N((derivative - claim).subs(numbers), 30)) < 1e-12


def test_the_slope_of_the_sigmoid_is_a_quarter_minus_a_square():
    """eq-sigmoid-slope-bound: so it is a quarter at most, and there only at z = 0."""
    z = sp.Symbol("z", real=True)
    a = sigma(z)
    quarter, half = sp.Rational(1, 4), sp.Rational(1, 2)
    assert same(sp.diff(a, z), quarter - (a - half) ** 2)
    assert sp.solve(sp.Eq(a, half), z) == [0]


def test_a_chain_of_sigmoids_keeps_at_most_a_quarter_of_each_weight():
    """eq-vanishing-bound, on random chains; and the bound is reached where every z is 0."""
    rng = np.random.default_rng(0)
    z, w = rng.normal(size=(1000, 9)), 3 * rng.normal(size=(1000, 9))
    a = 1 / (1 + np.exp(-z))
    factors = np.prod(w * a * (1 - a), axis=1)
    bounds = np.prod(np.abs(w) / 4, axis=1)
    assert (np.abs(factors) <= bounds).all()
    assert np.prod(w[0] * 0.25) == pytest.approx(np.sign(np.prod(w[0])) * bounds[0])


@pytest.mark.parametrize("n", [2, 3])
def test_the_variance_of_a_sum_has_no_mixed_terms(n):
    """eq-variance-forward: expand (Σ W a)², then put in E[W] = 0 and E[W²] = Var(W).

    The activations stay symbols, so nothing is assumed about how they hang together.
    """
    W, a, variance = sp.symbols(f"W1:{n + 1}"), sp.symbols(f"a1:{n + 1}"), sp.Symbol("v")
    square = sp.Poly(sp.expand(sum(map(sp.Mul, W, a)) ** 2), *W)
    expected = 0
    for powers, coefficient in square.terms():
        moments = [{0: 1, 1: 0, 2: variance}[power] for power in powers]
        expected += coefficient * sp.prod(moments)
    mean_square = sum(entry**2 for entry in a) / n
    assert same(expected, n * variance * mean_square)


@pytest.mark.parametrize("shape", [(30, 70), (70, 30)])
def test_variances_through_a_layer_are_those_of_the_formulas(shape):
    """eq-variance-forward, eq-variance-backward: with inputs that are neither centred nor
    independent, and weights that are not normal.
    """
    n_out, n_in = shape
    rng = np.random.default_rng(1)
    a = np.abs(rng.normal(size=n_in))
    a[1::2] = a[::2]
    delta = rng.normal(size=n_out) + 0.5
    W = rng.uniform(-0.3, 0.3, size=(4000, n_out, n_in))
    variance = 0.3**2 / 3
    z = W[:, 0] @ a
    assert mean_within(z**2, n_in * variance * np.mean(a**2))
    back = np.einsum("rjk,j->rk", W[:, :, :1], delta)[:, 0]
    assert mean_within(back**2, n_out * variance * np.mean(delta**2))


def test_glorots_variance_is_one_over_the_mean_of_the_sizes():
    """eq-glorot-variance: both wishes are met for equal sizes, and the library draws it."""
    n_in, n_out = sp.symbols("n_in n_out", positive=True)
    compromise = 2 / (n_in + n_out)
    assert same(compromise, 1 / ((n_in + n_out) / 2))
    assert same(compromise.subs(n_out, n_in), 1 / n_in)
    W = initializers.xavier_normal((300, 200), np.random.default_rng(0)).ravel()
    assert mean_within(W**2, 2 / 500)


def test_a_rectifier_lets_half_of_the_mean_square_through():
    """eq-rectifier-half, eq-he-variance: for a normal z by integration, and for another symmetric
    one; then ½ n Var(W) is 1 for Var(W) = 2/n.
    """
    z, s, n = sp.symbols("z s n", positive=True)
    normal = sp.exp(-(z**2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi))
    assert same(sp.integrate(z**2 * normal, (z, 0, sp.oo)), s**2 / 2)
    even = 1 / (2 * s)
    whole = 2 * sp.integrate(z**2 * even, (z, 0, s))
    assert same(sp.integrate(z**2 * even, (z, 0, s)), whole / 2)
    variance = sp.Symbol("v", positive=True)
    assert sp.solve(sp.Eq(n * variance / 2, 1), variance) == [2 / n]
    W = initializers.he_normal((300, 200), np.random.default_rng(0)).ravel()
    assert mean_within(W**2, 2 / 200)


def test_the_limit_of_the_uniform_form():
    """eq-uniform-limit: Var U(−r, r) = r²/3; with Glorot's and He's variance the 6 appears."""
    w, r, variance = sp.symbols("w r v", positive=True)
    integral = sp.integrate(w**2 / (2 * r), (w, -r, r))
    assert same(integral, r**2 / 3)
    assert sp.solve(sp.Eq(integral, variance), r) == [sp.sqrt(3) * sp.sqrt(variance)]
    rng = np.random.default_rng(0)
    for make, expected in (
        (initializers.xavier_uniform, 6 / 500),
        (initializers.he_uniform, 6 / 200),
    ):
        W = make((300, 200), rng)
        # 60,000 even draws: the largest falls short of r by about r/60,000
        assert 0.999 * np.sqrt(expected) < np.abs(W).max() <= np.sqrt(expected)
        assert mean_within(W.ravel() ** 2, expected / 3)


@pytest.mark.parametrize("value", [0.5, -0.2, 0.0])
def test_equal_units_get_equal_gradients(value):
    """eq-symmetry: by the library, after several updates; a unit with another bias breaks it."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(11, 3)), rng.integers(0, 5, size=11)

    def constant(shape, rng):
        return np.full(shape, value)

    network = Network(
        Dense(3, 7, constant), Tanh(), Dense(7, 5, constant), loss=SoftmaxCrossEntropy(), seed=0
    )
    for _ in range(5):
        network.forward(x, y)
        network.backward()
        dW1, dW2 = network.gradients["W1"], network.gradients["W2"]
        np.testing.assert_allclose(dW1, np.tile(dW1[0], (7, 1)), rtol=1e-12, atol=1e-16)
        np.testing.assert_allclose(dW2, np.tile(dW2[:, :1], (1, 7)), rtol=1e-12, atol=1e-16)
        assert np.ptp(network.gradients["b1"]) < 1e-15
        network.theta -= 0.3 * network.gradient
    if value == 0.0:
        assert not network.parameters["W1"].any()
        assert not network.parameters["W2"].any()
        assert network.parameters["b2"].any()
        return
    network.parameters["b1"][0] += 0.1
    network.forward(x, y)
    network.backward()
    assert np.ptp(network.gradients["W1"], axis=0).max() > 1e-6


def test_the_figures_signals_shrink_as_predicted():
    """eq-variance-forward, layer after layer: near 0 tanh is linear, and √(n Var(W)) is the factor.

    One draw of 64 × 64 weights has a factor that scatters by about 1/√(2·64) of it; nineteen of
    them by √19 times as much in the logarithm, 0.39.
    """
    forward, backward = signals(0.01)
    predicted = 19 * np.log(np.sqrt(64) * 0.01)
    for ratio in (forward[-1] / forward[0], backward[0] / backward[-1]):
        assert abs(np.log(ratio) - predicted) < 5 * 0.39
