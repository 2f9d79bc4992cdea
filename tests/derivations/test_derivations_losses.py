"""What chapter 4 derives, and softmax's Jacobian, compared with sympy; equations named."""

import numpy as np
import pytest
import sympy
from symbolic import close, same, sigma

from course_lib import (
    BinaryCrossEntropy,
    CrossEntropy,
    MeanSquaredError,
    SigmoidBinaryCrossEntropy,
    Softmax,
    SoftmaxCrossEntropy,
)
from course_lib.figures import learning_with

z, p, m = sympy.symbols("z p m", real=True)
Z = sympy.symbols("z1:5", real=True)
SOFTMAX = [sympy.exp(v) / sum(map(sympy.exp, Z)) for v in Z]
AT = dict(zip(Z, map(sympy.Rational, ("1/2", "-5/4", "2", "3/8")), strict=True))
NUMBERS = np.array([[float(v) for v in AT.values()]])


def test_mean_squared_error_gradient_keeps_its_two():
    """eq-mse, eq-mse-gradient: 2 (ŷ − y)/(N n), never shortened."""
    n_rows, n = 2, 3
    guess, target = sympy.symbols("g1:7", real=True), sympy.symbols("t1:7", real=True)
    loss = sum((g - t) ** 2 for g, t in zip(guess, target, strict=True)) / (n_rows * n)
    for g, t in zip(guess, target, strict=True):
        assert same(sympy.diff(loss, g), 2 * (g - t) / sympy.Integer(n_rows * n))
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, n_rows, n))
    library = MeanSquaredError()
    library.forward(a, b)
    assert np.allclose(library.backward(), 2 * (a - b) / 6, rtol=1e-15)


@pytest.mark.parametrize("y", [0, 1])
def test_binary_cross_entropy_and_its_gradients(y):
    """eq-bernoulli, eq-binary-cross-entropy, eq-binary-cross-entropy-gradient."""
    loss = -(y * sympy.log(p) + (1 - y) * sympy.log(1 - p))
    probability = p**y * (1 - p) ** (1 - y)
    assert same(loss, -sympy.log(probability))
    assert same(sympy.diff(loss, p), (p - y) / (p * (1 - p)))
    library = BinaryCrossEntropy()
    value = library.forward([[0.3]], [[y]])
    at = sympy.Rational(3, 10)
    assert value == pytest.approx(float(loss.subs(p, at)), rel=1e-15)
    assert library.backward()[0, 0] == pytest.approx(float(sympy.diff(loss, p).subs(p, at)))


@pytest.mark.parametrize("y", [0, 1])
def test_sigmoid_with_binary_cross_entropy_gives_p_minus_y(y):
    """eq-sigmoid-cross-entropy, eq-binary-cross-entropy-safe."""
    loss = -(y * sympy.log(sigma(z)) + (1 - y) * sympy.log(1 - sigma(z)))
    assert same(sympy.diff(loss, z), sigma(z) - y)
    safe = sympy.Max(z, 0) - y * z + sympy.log(1 + sympy.exp(-abs(z)))
    library = SigmoidBinaryCrossEntropy()
    for at in ("-3", "-1/2", "2/5", "4"):
        number = sympy.Rational(at)
        assert close(safe.subs(z, number), loss.subs(z, number))
        value = library.forward([[float(number)]], [[y]])
        assert value == pytest.approx(float(safe.subs(z, number)), rel=1e-14)
        assert library.backward()[0, 0] == pytest.approx(float(sigma(number)) - y, rel=1e-14)


def test_softmax_ignores_what_is_added_to_every_logit():
    """eq-softmax, eq-softmax-shift."""
    shifted = [s.subs({v: v + m for v in Z}, simultaneous=True) for s in SOFTMAX]
    assert same(shifted, SOFTMAX)


def test_softmax_of_two_is_a_sigmoid():
    """eq-softmax-two-classes."""
    z1, z2 = Z[:2]
    assert same(sympy.exp(z1) / (sympy.exp(z1) + sympy.exp(z2)), sigma(z1 - z2))


def test_softmax_jacobian():
    """eq-softmax-vjp's two cases: p_k (1 − p_k) on the diagonal, −p_j p_k beside it."""
    for j, pj in enumerate(SOFTMAX):
        for k, pk in enumerate(SOFTMAX):
            assert same(sympy.diff(pj, Z[k]), pj * (int(j == k) - pk))


def test_softmax_vector_jacobian_product():
    """eq-softmax-vjp: δ = p ⊙ (p̄ − p·p̄), without ever forming the Jacobian."""
    upstream = list(map(sympy.Rational, ("7/10", "-11/10", "1/5", "23/10")))
    weighted = sum(a * pj for a, pj in zip(upstream, SOFTMAX, strict=True))
    layer = Softmax()
    outputs = layer.forward(NUMBERS)
    delta = layer.backward([[float(a) for a in upstream]])
    for k in range(4):
        exact = sympy.diff(weighted, Z[k]).subs(AT)  # the Jacobian's column, weighted by p̄
        assert close(exact, (SOFTMAX[k] * (upstream[k] - weighted)).subs(AT))
        assert outputs[0, k] == pytest.approx(float(SOFTMAX[k].subs(AT)), rel=1e-14)
        assert delta[0, k] == pytest.approx(float(exact), rel=1e-13)


def test_cross_entropy_gradient_for_probabilities():
    """eq-cross-entropy, eq-cross-entropy-one-hot, eq-cross-entropy-gradient: −y/(N p)."""
    ps = sympy.symbols("p1:9", positive=True)
    labels = [2, 0]
    loss = -sum(sympy.log(ps[4 * i + label]) for i, label in enumerate(labels)) / 2
    one_hot = [int(j == labels[i]) for i in range(2) for j in range(4)]
    same_loss = -sum(y * sympy.log(v) for y, v in zip(one_hot, ps, strict=True)) / 2
    assert same(loss, same_loss)
    for y, v in zip(one_hot, ps, strict=True):
        assert same(sympy.diff(loss, v), -sympy.Integer(y) / v / 2)
    library = CrossEntropy()
    rows = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])
    assert library.forward(rows, labels) == pytest.approx(-np.log(0.3 * 0.4) / 2)
    assert np.allclose(library.backward(), [[0, 0, -1 / 0.6, 0], [-1 / 0.8, 0, 0, 0]])


@pytest.mark.parametrize("label", range(4))
def test_softmax_with_cross_entropy_gives_p_minus_y(label):
    """eq-softmax-cross-entropy, eq-log-sum-exp: (p − y), and (P − Y)/N for a batch."""
    loss = -sympy.log(SOFTMAX[label])
    log_sum_exp = sympy.log(sum(sympy.exp(v - m) for v in Z)) - (Z[label] - m)
    assert close(loss.subs(AT), log_sum_exp.subs(AT).subs(m, 2))
    for k in range(4):
        assert same(sympy.diff(loss, Z[k]), SOFTMAX[k] - int(k == label))
    library = SoftmaxCrossEntropy()
    other = np.array([[0.3, 0.1, -0.9, 1.2]])
    value = library.forward(np.concatenate([NUMBERS, other]), [label, 0])
    delta = library.backward()
    exact = [float(sympy.diff(loss, v).subs(AT)) / 2 for v in Z]
    assert delta[0] == pytest.approx(exact, rel=1e-13)
    second = np.log(np.exp(other).sum()) - other[0, 0]
    assert value == pytest.approx((float(loss.subs(AT)) + second) / 2, rel=1e-14)


def test_a_likelihood_becomes_a_mean_of_negative_logarithms():
    """eq-negative-log-likelihood, for both cross-entropies and, with normal noise, for eq-mse."""
    ps = sympy.symbols("p1:4", positive=True)
    y = (1, 0, 1)
    given = [p**t * (1 - p) ** (1 - t) for p, t in zip(ps, y, strict=True)]
    at = dict(zip(ps, map(sympy.Rational, ("9/10", "1/5", "3/5")), strict=True))
    recipe = -sympy.log(sympy.prod(given)) / 3
    library = BinaryCrossEntropy().forward([[0.9], [0.2], [0.6]], [[t] for t in y])
    assert library == pytest.approx(float(recipe.subs(at)), rel=1e-14)
    rows = np.array([[0.1, 0.2, 0.7], [0.5, 0.3, 0.2]])
    likelihood = rows[0, 2] * rows[1, 0]
    assert CrossEntropy().forward(rows, [2, 0]) == pytest.approx(-np.log(likelihood) / 2)
    guess, target, width = sympy.symbols("g t s", positive=True)
    bell = sympy.exp(-((guess - target) ** 2) / (2 * width**2))
    density = bell / (width * sympy.sqrt(2 * sympy.pi))
    slope = sympy.diff(-sympy.log(density), guess)
    assert same(slope, (guess - target) / width**2), "the square's, up to a constant factor"


def test_an_honest_probability_costs_least():
    """eq-expected-cross-entropy: its derivative is (p − q)/(p(1 − p)). So do squares."""
    q = sympy.Symbol("q", positive=True)
    expected = -q * sympy.log(p) - (1 - q) * sympy.log(1 - p)
    assert same(sympy.diff(expected, p), (p - q) / (p * (1 - p)))
    assert same(sympy.diff(expected, p, 2).subs(p, q), 1 / (q * (1 - q))), "a minimum"
    squares = q * (1 - p) ** 2 + (1 - q) * p**2
    assert sympy.solve(sympy.diff(squares, p), p) == [q]


def test_the_squared_error_of_a_sigmoid_keeps_its_derivative():
    """eq-sigmoid-squares, and the curves that the figure draws with it."""
    y = sympy.Symbol("y", real=True)
    s = sigma(z)
    assert same(sympy.diff((s - y) ** 2, z), 2 * (s - y) * s * (1 - s))
    for loss, cost in (
        ("cross-entropy", lambda v: -np.log(1 / (1 + np.exp(-v)))),
        ("squared error", lambda v: (1 / (1 + np.exp(-v)) - 1) ** 2),
    ):
        at, rate = -4.0, 0.5
        for probability in learning_with(loss, at, rate, 20):
            assert probability == pytest.approx(1 / (1 + np.exp(-at)), rel=1e-9)
            at -= rate * (cost(at + 1e-30j).imag / 1e-30)  # the complex step


def test_from_certain_and_wrong_cross_entropy_is_halfway_first():
    """The claim below the learning curves of chapter 4."""
    halfway = {
        loss: int(np.argmax(learning_with(loss, -4.0, 0.5, 400) > 0.5))
        for loss in ("cross-entropy", "squared error")
    }
    assert 0 < 5 * halfway["cross-entropy"] < halfway["squared error"]
