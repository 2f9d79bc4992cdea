"""Chapter 11's equations, each held to sympy, to a search, or to `course_lib`."""

from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from symbolic import same
from test_derivations_updates import adam, momentum_with, rmsprop, sgd

from course_lib import (
    SGD,
    Adam,
    Dense,
    MeanSquaredError,
    Momentum,
    Network,
    RMSprop,
    SoftmaxCrossEntropy,
    Tanh,
)
from course_lib.data import worked_network

mu, eta, c, g, beta, lam = sp.symbols("mu eta c g beta lambda", positive=True)


def test_a_small_step_changes_the_loss_by_gradient_times_step():
    """eq-first-order-change: what is left over shrinks with the square of the step."""
    x, y, h, p, q = sp.symbols("x y h p q", real=True)
    loss = sp.sin(x) * sp.exp(y) + x * y**2
    change = loss.subs({x: x + h * p, y: y + h * q}, simultaneous=True) - loss
    linear = sp.diff(loss, x) * p + sp.diff(loss, y) * q
    assert same(sp.diff(change, h).subs(h, 0), linear)


def test_no_step_of_a_length_beats_the_one_against_the_gradient():
    """eq-steepest-direction: by search over many directions, in six dimensions."""
    rng = np.random.default_rng(0)
    for _ in range(5):
        gradient = rng.normal(size=6)
        radius = rng.uniform(0.1, 2)
        steps = rng.normal(size=(20000, 6))
        steps *= radius / np.linalg.norm(steps, axis=1, keepdims=True)
        best = -radius * gradient / np.linalg.norm(gradient)
        assert gradient @ best == pytest.approx(-radius * np.linalg.norm(gradient))
        assert (steps @ gradient > gradient @ best).all()


def test_the_square_behind_the_steepest_direction():
    """eq-steepest-direction: |d + ru|² = 2r² + 2r u·d for |d| = r and |u| = 1."""
    a, b, r = sp.symbols("a b r", real=True)
    d, u = sp.Matrix([sp.cos(a), sp.sin(a)]) * r, sp.Matrix([sp.cos(b), sp.sin(b)])
    assert same((d + r * u).dot(d + r * u), 2 * r**2 + 2 * r * u.dot(d))


def test_the_parabolas_limit_and_the_ravines_factors():
    """eq-rate-limit and eq-ravine-factors."""
    w1, w2 = sp.symbols("w1 w2", real=True)
    loss = (w1**2 + c * w2**2) / 2
    assert same(w1 - eta * sp.diff(loss, w1), (1 - eta) * w1)
    assert same(w2 - eta * sp.diff(loss, w2), (1 - eta * c) * w2)
    inside = sp.solve_univariate_inequality(sp.Abs(1 - 4 * eta) < 1, eta, relational=False)
    assert inside == sp.Interval.open(0, sp.Rational(1, 2))


def worked():
    example = worked_network()
    network = Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=SoftmaxCrossEntropy())
    for name in ("W1", "b1", "W2", "b2"):
        network.parameters[name][...] = getattr(example, name)
    return example, network


def test_the_early_update_spoils_the_first_layer_in_proportion_to_the_rate():
    """eq-early-update, against the library's gradients at the old and through the new W2."""
    example, network = worked()
    x, y = example.x, example.y
    network.forward(x, y)
    network.backward()
    right, dW2 = network.gradients["W1"].copy(), network.gradients["W2"].copy()
    a = np.tanh(x @ example.W1.T + example.b1)
    slope = 1 - a**2
    z = a @ example.W2.T + example.b2
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    delta2 = (p - np.eye(3)[y]) / len(x)
    for rate in (1.0, 0.1, 0.01):
        early = ((delta2 @ (example.W2 - rate * dW2)) * slope).T @ x
        said = right - rate * ((delta2 @ dW2) * slope).T @ x
        np.testing.assert_allclose(early, said, rtol=1e-12)
        assert np.abs(early - right).max() / rate == pytest.approx(
            np.abs(((delta2 @ dW2) * slope).T @ x).max()
        )


def test_what_the_early_update_follows_is_the_gradient_of_no_loss():
    """eq-early-update: slopes of a loss have equal mixed derivatives, and these have not."""
    w1, w2, x, y = sp.symbols("w1 w2 x y", real=True)
    loss = (w2 * w1 * x - y) ** 2
    d1, d2 = sp.diff(loss, w1), sp.diff(loss, w2)
    early = d1.subs(w2, w2 - eta * d2)
    assert same(sp.diff(d1, w2), sp.diff(d2, w1))
    assert not same(sp.diff(early, w2), sp.diff(d2, w1))


def test_mini_batches_are_right_on_average():
    """eq-mini-batch-mean: over all draws of two of five, on the library's gradients."""
    example, network = worked()

    def gradient(rows):
        network.forward(example.x[list(rows)], example.y[list(rows)])
        network.backward()
        return network.gradient.copy()

    whole = gradient(range(5))
    for n in (1, 2, 3, 4):
        draws = [gradient(rows) for rows in combinations(range(5), n)]
        np.testing.assert_allclose(np.mean(draws, axis=0), whole, atol=1e-15)
        assert max(np.abs(draw - whole).max() for draw in draws) > 0.05


def velocities(gradients):
    v, values = sp.Integer(0), []
    for gradient in gradients:
        v = mu * v + gradient
        values.append(sp.expand(v))
    return values


def test_velocity_is_a_geometric_sum():
    """eq-momentum-sum and eq-terminal-speed, for agreeing and for alternating gradients."""
    G = sp.symbols("g1:6", real=True)
    for t, v in enumerate(velocities(G), start=1):
        assert same(v, sum(mu ** (t - i) * G[i - 1] for i in range(1, t + 1)))
        assert same(v.subs(dict.fromkeys(G, g)), g * (1 - mu**t) / (1 - mu))
        signs = {symbol: (-1) ** i for i, symbol in enumerate(G)}
        assert same(sp.Abs(v.subs(signs).subs(mu, 0.5)), (1 - (-0.5) ** t) / 1.5)
    assert sp.limit((1 - sp.Rational(9, 10) ** sp.Symbol("t")) * 10, sp.Symbol("t"), sp.oo) == 10


def test_momentums_distances_follow_from_the_two_before():
    """eq-momentum-recurrence, from eq-momentum; powers of the roots of q; q at 1 and at −1."""
    before, v, r, t = sp.symbols("before v r t", positive=True)
    now = before - eta * v
    after = now - eta * (mu * v + c * now)
    assert same(after, (1 + mu - eta * c) * now - mu * before)
    q = r**2 - (1 + mu - eta * c) * r + mu
    power = r ** (t + 1) - (1 + mu - eta * c) * r**t + mu * r ** (t - 1)
    assert same(power / r ** (t - 1), q)
    assert same(q.subs(r, 1), eta * c)
    assert same(q.subs(r, -1), 2 + 2 * mu - eta * c)
    assert same(sp.Mul(*sp.roots(q, r, multiple=True)), mu)


@pytest.mark.parametrize("m", [0.0, 0.5, 0.9])
def test_momentums_limit_on_a_parabola(m):
    """eq-momentum-limit: the roots of r² − (1 + μ − ηc) r + μ, and a walk of `Momentum`."""
    bend = 10.0
    edge = 2 * (1 + m) / bend
    for rate, stays in ((0.98 * edge, True), (1.02 * edge, False), (0.02 * edge, True)):
        largest = np.abs(np.roots([1, -(1 + m - rate * bend), m])).max()
        assert (largest < 1) == stays
        path = walk(lambda n, r=rate: Momentum(n, r, momentum=m), lambda w: bend * w, [1, 1], 400)
        assert (np.abs(path[-1]).max() < 1) == stays


def walk(make, gradient, start, steps):
    network = Network(Dense(1, 1), loss=MeanSquaredError())
    network.forward([[1.0]], [[0.0]])
    network.backward()
    network.theta[...] = start
    optimizer = make(network)
    path = [network.theta.copy()]
    for _ in range(steps):
        network.gradient[...] = gradient(network.theta)
        optimizer.update()
        path.append(network.theta.copy())
    return np.array(path)


def test_nesterovs_stored_place_is_the_place_ahead():
    """eq-nesterov-look-ahead becomes eq-nesterov, on a curved loss, over four steps."""
    slope = lambda place: place**3 - place / 2  # noqa: E731
    rate, m = sp.Rational(1, 10), sp.Rational(4, 5)
    theta, v = sp.Rational(3, 2), sp.Integer(0)
    stored, u = theta, sp.Integer(0)
    for _ in range(4):
        v = m * v + slope(theta - rate * m * v)
        theta = theta - rate * v
        gradient = slope(stored)
        u = m * u + gradient
        stored = stored - rate * (gradient + m * u)
        assert stored == theta - rate * m * v


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        (lambda: momentum_with(False), lambda n: Momentum(n, 0.1, momentum=0.8)),
        (lambda: momentum_with(True), lambda n: Momentum(n, 0.1, momentum=0.8, nesterov=True)),
        (rmsprop, lambda n: RMSprop(n, 0.1, decay=0.7, epsilon=0.01)),
        (adam, lambda n: Adam(n, 0.1, beta1=0.7, beta2=0.95, epsilon=0.01)),
        (lambda: sgd, lambda n: SGD(n, 0.1, weight_decay=0.3)),
    ],
    ids=["momentum", "nesterov", "rmsprop", "adam", "weight-decay"],
)
def test_the_library_does_what_the_page_says(rule, make):
    """eq-momentum, eq-nesterov, eq-rmsprop, eq-adam-memories, eq-adam and eq-weight-decay.

    The symbolic rules are those of `test_derivations_updates`; here the gradient is a curve's.
    """
    names = ("eta", "mu", "beta", "beta2", "epsilon", "lambda")
    values = dict(zip(names, (0.1, 0.8, 0.7, 0.95, 0.01, 0.3), strict=True))
    step, theta = rule(), sp.Float(1.5)
    path = walk(make, lambda w: w**3 - w / 2, [1.5, 1.5], 4)
    for t, place in enumerate(path[1:], start=1):
        theta = step(t, theta, theta**3 - theta / 2)
        theta = theta.subs(
            {sp.Symbol(name, positive=True): value for name, value in values.items()}
        )
        np.testing.assert_allclose(place, float(theta), rtol=1e-12)


def test_the_shares_of_a_running_mean_add_up_to_one_minus_beta_to_the_t():
    """eq-adam-correction: so m̂ is g for gradients that are all g, at every step."""
    for t in range(1, 7):
        shares = sum((1 - beta) * beta ** (t - i) for i in range(1, t + 1))
        assert same(shares, 1 - beta**t)
        assert same(g * shares / (1 - beta**t), g)


def test_weight_decay_is_the_gradient_of_half_lambda_theta_squared():
    """eq-weight-decay, and its second form."""
    theta, slope = sp.symbols("theta slope", real=True)
    assert same(sp.diff(lam / 2 * theta**2, theta), lam * theta)
    assert same(theta - eta * (slope + lam * theta), (1 - eta * lam) * theta - eta * slope)


def test_the_two_forms_of_momentum_agree_for_one_rate_and_part_when_it_changes():
    """The page's conventions: u = −ηv."""
    G = [1.0, -0.5, 2.0, 0.3]

    def run(rates, inside):
        theta = v = 0.0
        for gradient, rate in zip(G, rates, strict=True):
            v = 0.9 * v + (rate * gradient if inside else gradient)
            theta -= v if inside else rate * v
        return theta

    assert run([0.1] * 4, True) == pytest.approx(run([0.1] * 4, False), rel=1e-12)
    assert abs(run([0.1, 0.1, 0.01, 0.01], True) - run([0.1, 0.1, 0.01, 0.01], False)) > 0.05


def test_rmsprop_and_adam_walk_a_ravine_the_same_way_whatever_its_curvature():
    """The goal beside the widget: the curvature cancels, but for ε."""
    for make in (lambda n: RMSprop(n, 0.1), lambda n: Adam(n, 0.25)):
        paths = [walk(make, lambda w, b=b: w * [1, b], [-2.5, 1.5], 20) for b in (10.0, 50.0)]
        np.testing.assert_allclose(paths[0], paths[1], atol=1e-6)
    for make in (lambda n: SGD(n, 0.03), lambda n: Momentum(n, 0.03)):
        paths = [walk(make, lambda w, b=b: w * [1, b], [-2.5, 1.5], 20) for b in (10.0, 50.0)]
        assert np.abs(paths[0] - paths[1]).max() > 0.1
