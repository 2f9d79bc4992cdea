"""The formulas of the update and of the starting weights, compared with sympy."""

import numpy as np
import pytest
import sympy
from symbolic import same

from course_lib import SGD, Adam, Dense, MeanSquaredError, Momentum, Network, RMSprop, initializers

STEPS = 4
beta, beta2, mu, eta, eps, s0, decay = sympy.symbols(
    "beta beta2 mu eta epsilon theta lambda", positive=True
)
G = sympy.symbols(f"g1:{STEPS + 1}", real=True)


def running_average(share, values):
    """a ← share a + (1 − share) v, from a = 0; all its states."""
    states, a = [], sympy.Integer(0)
    for v in values:
        a = share * a + (1 - share) * v
        states.append(sympy.expand(a))
    return states


def test_adam_bias_correction_makes_the_first_average_unbiased():
    """m_t weighs the gradients by (1 − β) β^(t−i); the weights sum to 1 − βᵗ.

    So for gradients that are all g, m̂ = m/(1 − βᵗ) is g from the first step on.
    """
    g = sympy.Symbol("g")
    for t, m in enumerate(running_average(beta, G), start=1):
        weights = sum((1 - beta) * beta ** (t - i) * G[i - 1] for i in range(1, t + 1))
        assert same(m, weights)
        total = m.subs(dict.fromkeys(G, 1))
        assert same(total, 1 - beta**t)
        assert same(m.subs(dict.fromkeys(G, g)) / (1 - beta**t), g)


def test_momentum_grows_to_one_over_one_minus_mu():
    """v ← μv + g with a constant g is a geometric sum, whose limit is g/(1 − μ)."""
    g = sympy.Symbol("g")
    v = sympy.Integer(0)
    for t in range(1, 6):
        v = mu * v + g
        assert same(v, g * (1 - mu**t) / (1 - mu))


def path_of(step):
    """Return θ after each of the gradients, by a symbolic update rule."""
    theta, states = s0, []
    for t, g in enumerate(G, start=1):
        theta = step(t, theta, g)
        states.append(theta)
    return states


def sgd(t, theta, g):
    return theta - eta * (g + decay * theta)


def momentum_with(nesterov):
    memory = [sympy.Integer(0)]

    def step(t, theta, g):
        memory[0] = mu * memory[0] + g
        return theta - eta * ((g + mu * memory[0]) if nesterov else memory[0])

    return step


def rmsprop():
    memory = [sympy.Integer(0)]

    def step(t, theta, g):
        memory[0] = beta * memory[0] + (1 - beta) * g**2
        return theta - eta * g / (sympy.sqrt(memory[0]) + eps)

    return step


def adam():
    m, v = [sympy.Integer(0)], [sympy.Integer(0)]

    def step(t, theta, g):
        m[0] = beta * m[0] + (1 - beta) * g
        v[0] = beta2 * v[0] + (1 - beta2) * g**2
        return theta - eta * (m[0] / (1 - beta**t)) / (sympy.sqrt(v[0] / (1 - beta2**t)) + eps)

    return step


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        (lambda: sgd, lambda n: SGD(n, 0.1, weight_decay=0.3)),
        (lambda: momentum_with(False), lambda n: Momentum(n, 0.1, momentum=0.8)),
        (lambda: momentum_with(True), lambda n: Momentum(n, 0.1, momentum=0.8, nesterov=True)),
        (rmsprop, lambda n: RMSprop(n, 0.1, decay=0.7, epsilon=0.01)),
        (adam, lambda n: Adam(n, 0.1, beta1=0.7, beta2=0.95, epsilon=0.01)),
    ],
    ids=["SGD", "Momentum", "Nesterov", "RMSprop", "Adam"],
)
def test_update_is_its_published_formula_over_different_gradients(rule, make):
    """eq-update and its relatives: θ after each of four steps, in exact arithmetic."""
    gradients = ["7/10", "-13/10", "1/5", "9/4"]
    numbers = {s0: "3/2", eta: "1/10", decay: "3/10", mu: "4/5", beta: "7/10"}
    numbers |= {beta2: "19/20", eps: "1/100", **dict(zip(G, gradients, strict=True))}
    numbers = {symbol: sympy.Rational(n) for symbol, n in numbers.items()}
    network = Network(Dense(1, 1), loss=MeanSquaredError())
    network.forward([[1.0]], [[0.0]])
    network.backward()
    network.theta[...] = 1.5
    optimizer = make(network)
    for g, exact in zip(gradients, path_of(rule()), strict=True):
        network.gradient[...] = float(sympy.Rational(g))
        optimizer.update()
        assert network.theta == pytest.approx([float(exact.subs(numbers))] * 2, rel=1e-14)


def test_all_parameters_move_at_once_from_gradients_at_the_old_theta():
    """eq-update: on ℒ = (w₂ w₁ x − y)² a step through an updated w₂ is another step."""
    w1, w2, x, y = sympy.symbols("w1 w2 x y", real=True)
    loss = (w2 * w1 * x - y) ** 2
    new = {w: w - eta * sympy.diff(loss, w) for w in (w1, w2)}
    one_after_the_other = w1 - eta * sympy.diff(loss, w1).subs(w2, new[w2])
    assert not same(new[w1], one_after_the_other)
    assert same(sympy.diff(one_after_the_other - new[w1], eta).subs(eta, 0), 0), "η² apart"


def test_variance_of_a_sum_of_products_is_n_times_the_products_of_variances():
    """What Xavier's and He's σ rest on: Var Σ w a = n Var w · E a²; for ReLU E a² is half."""
    a = sympy.symbols("a", real=True)
    density = sympy.exp(-(a**2) / 2) / sympy.sqrt(2 * sympy.pi)
    whole = sympy.integrate(a**2 * density, (a, -sympy.oo, sympy.oo))
    half = sympy.integrate(a**2 * density, (a, 0, sympy.oo))
    assert (whole, half) == (1, sympy.Rational(1, 2))
    n_in, n_out = 400, 300
    rng = np.random.default_rng(0)
    for make, variance in (
        (initializers.xavier_normal, 2 / (n_in + n_out)),
        (initializers.xavier_uniform, 2 / (n_in + n_out)),
        (initializers.he_normal, 1 / (n_in * float(half))),
        (initializers.he_uniform, 1 / (n_in * float(half))),
    ):
        assert np.var(make((n_out, n_in), rng)) == pytest.approx(variance, rel=0.02)
