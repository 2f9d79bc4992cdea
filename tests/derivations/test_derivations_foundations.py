"""What chapters 0 to 3 derive, compared with sympy; each test names its equations."""

import numpy as np
import pytest
import sympy
from symbolic import same, sigma

from course_lib import Dense, LeakyReLU, ReLU, Sigmoid, Tanh

x, y, z, w, b, h, eta = sympy.symbols("x y z w b h eta", real=True)
xs, ys = sympy.symbols("x1:4", real=True), sympy.symbols("y1:4", real=True)
N = len(xs)
ONE_WEIGHT_LOSS = sum((w * xi - yi) ** 2 for xi, yi in zip(xs, ys, strict=True)) / N


def test_chain_rule_of_a_cube():
    """eq-chain-rule: d(2x + 1)³/dx = 3u² · 2 with u = 2x + 1."""
    u = 2 * x + 1
    assert same(sympy.diff(u**3, x), 3 * u**2 * 2)


def test_a_total_change_adds_the_changes_along_each_variable():
    """eq-total-change, eq-small-change: what is neglected is of second order."""
    t, dw, dx, db = sympy.symbols("t dw dx db")
    f = w * x + b
    moved = f.subs({w: w + t * dw, x: x + t * dx, b: b + t * db}, simultaneous=True)
    first_order = sum(sympy.diff(f, v) * d for v, d in ((w, dw), (x, dx), (b, db)))
    assert same(sympy.diff(moved, t).subs(t, 0), first_order)


def test_errors_of_the_one_sided_and_the_central_slope_of_a_cube():
    """eq-one-sided-slope, eq-one-sided-error, eq-central-slope, eq-central-error."""
    f = w**3
    one_sided = (f.subs(w, w + h) - f) / h
    central = (f.subs(w, w + h) - f.subs(w, w - h)) / (2 * h)
    assert same(one_sided - sympy.diff(f, w), 3 * w * h + h**2)
    assert same(central - sympy.diff(f, w), h**2)


def test_slope_of_the_loss_of_one_weight():
    """eq-loss-one-weight, eq-slope-one-weight, eq-slope-is-linear, eq-slope-from-minimum."""
    slope = sympy.diff(ONE_WEIGHT_LOSS, w)
    pairs = list(zip(xs, ys, strict=True))
    assert same(slope, sum(2 * (w * xi - yi) * xi for xi, yi in pairs) / N)
    c = sympy.Rational(2, N) * sum(xi**2 for xi in xs)
    assert same(slope, c * w - sympy.Rational(2, N) * sum(xi * yi for xi, yi in pairs))
    best = sum(xi * yi for xi, yi in pairs) / sum(xi**2 for xi in xs)
    assert same(slope, c * (w - best))
    assert same(sympy.diff(slope, w), c), "c is the curvature"


def test_distance_from_the_bottom_of_a_parabola_shrinks_by_a_factor():
    """eq-update-one-weight, eq-parabola-contraction: it grows beyond η = 2 / curvature."""
    slope = sympy.diff(ONE_WEIGHT_LOSS, w)
    c = sympy.diff(slope, w)
    best = sum(map(sympy.Mul, xs, ys)) / sum(xi**2 for xi in xs)
    assert same(slope.subs(w, best), 0)
    assert same(w - eta * slope - best, (1 - eta * c) * (w - best))
    at_the_limit = (1 - eta * c).subs(eta, 2 / c)
    assert same(at_the_limit, -1)


def test_first_order_decrease_of_the_loss():
    """eq-first-order-decrease: ℒ(w − ηs) = ℒ(w) − ηs² + terms in η²."""
    s = sympy.diff(ONE_WEIGHT_LOSS, w)
    after = ONE_WEIGHT_LOSS.subs(w, w - eta * s)
    assert same(sympy.diff(after, eta).subs(eta, 0), -(s**2))


def test_sigmoid_derivative():
    """eq-sigmoid, eq-sigmoid-derivative, eq-sigmoid-safe."""
    assert same(sympy.diff(sigma(z), z), sigma(z) * (1 - sigma(z)))
    assert same(sigma(z), sympy.exp(z) / (sympy.exp(z) + 1))


def test_tanh_derivative():
    """eq-tanh, eq-tanh-derivative."""
    assert same(sympy.diff(sympy.tanh(z), z), 1 - sympy.tanh(z) ** 2)
    quotient = (sympy.exp(z) - sympy.exp(-z)) / (sympy.exp(z) + sympy.exp(-z))
    assert same((sympy.tanh(z) - quotient).rewrite(sympy.exp), 0)


def test_relu_derivative_away_from_zero():
    """eq-relu, eq-relu-derivative: 1 to the right, 0 to the left, undefined at 0."""
    slope = sympy.diff(sympy.Max(0, z), z)
    assert (slope.subs(z, 3), slope.subs(z, -3)) == (1, 0)


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        (Sigmoid(), sigma(z)),
        (Tanh(), sympy.tanh(z)),
        (ReLU(), sympy.Max(0, z)),
        (LeakyReLU(0.1), sympy.Piecewise((z, z > 0), (sympy.Rational(1, 10) * z, True))),
    ],
    ids=repr,
)
def test_each_activation_of_the_library_is_its_formula_and_derivative(layer, formula):
    """eq-activation, eq-forward-activation, eq-backward-output, in the library's layers."""
    at = [-2.5, -0.7, 0.4, 1.9]
    outputs = layer.forward([at])
    slopes = layer.backward(np.ones((1, 4)))
    derivative = sympy.diff(formula, z)
    for i, number in enumerate(at):
        number_ = sympy.Rational(str(number))
        assert outputs[0, i] == pytest.approx(float(formula.subs(z, number_)), rel=1e-14)
        assert slopes[0, i] == pytest.approx(float(derivative.subs(z, number_)), rel=1e-14)


def test_slopes_of_one_neuron():
    """eq-weighted-sum, eq-neuron-weight-slope, eq-neuron-bias-slope, eq-neuron-input-slope."""
    ws = sympy.symbols("w1:4")
    total = sum(wk * xk for wk, xk in zip(ws, xs, strict=True)) + b
    a, slope = sympy.tanh(total), 1 - sympy.tanh(total) ** 2
    assert same(sympy.diff(a, b), slope)
    for wk, xk in zip(ws, xs, strict=True):
        assert same(sympy.diff(a, wk), slope * xk)
        assert same(sympy.diff(a, xk), slope * wk)


def test_a_chain_of_linear_neurons_is_one():
    """eq-linear-collapse, eq-bias-threshold."""
    w1, w2, b1, b2, t = sympy.symbols("w1 w2 b1 b2 t")
    assert same(w2 * (w1 * x + b1) + b2, (w2 * w1) * x + (w2 * b1 + b2))
    assert same((w * x - t), (w * x + b).subs(b, -t))


def test_weights_are_perpendicular_to_the_line_they_draw():
    """eq-weights-perpendicular: for q and r on the line, w · (q − r) = 0."""
    w1, w2, p1, q1 = sympy.symbols("w1 w2 p1 q1", nonzero=True)
    on_line = [-(w1 * v + b) / w2 for v in (p1, q1)]
    assert same(w1 * (p1 - q1) + w2 * (on_line[0] - on_line[1]), 0)


def test_no_single_neuron_computes_xor():
    """eq-xor-impossible: the inner two conditions add up to what the outer two forbid.

    (w1 + b) + (w2 + b) is the same number as (w1 + w2 + b) + b: not below 0 by the inner
    conditions, below 0 by the outer ones.
    """
    w1, w2 = sympy.symbols("w1 w2", real=True)
    inner, outer = (w1 + b) + (w2 + b), (w1 + w2 + b) + b
    assert same(inner, outer)


def test_a_layer_in_index_vector_and_batch_form():
    """eq-index-form, eq-layer-index, eq-layer-vector, eq-layer-batch-index, eq-layer-batch.

    Also eq-forward-preactivation, eq-matrix-product, eq-batch-columns, and the library's Dense.
    """
    W = sympy.Matrix(3, 2, sympy.symbols("W1:7"))
    bias = sympy.Matrix(sympy.symbols("b1:4"))
    A = sympy.Matrix(4, 2, sympy.symbols("A1:9"))
    rows = A * W.T + sympy.ones(4, 1) * bias.T
    columns = W * A.T + bias * sympy.ones(1, 4)
    assert same(rows.T, columns)
    for i in range(4):
        vector = W * A[i, :].T + bias
        for j in range(3):
            index = sum(A[i, k] * W[j, k] for k in range(2)) + bias[j]
            assert same(rows[i, j], index)
            assert same(vector[j], index)
    numbers = {s: sympy.Rational(n * n + 3 * n - 40, 8) for n, s in enumerate(rows.free_symbols)}
    dense = Dense(2, 3)
    dense.W[...] = np.array(W.subs(numbers), dtype=float)
    dense.b[...] = np.array(bias.subs(numbers), dtype=float)[:, 0]
    outputs = dense.forward(np.array(A.subs(numbers), dtype=float))
    assert np.array_equal(outputs, np.array(rows.subs(numbers), dtype=float))


def test_an_outer_product_holds_every_pair():
    """eq-outer-product."""
    u, v = sympy.Matrix(sympy.symbols("u1:4")), sympy.Matrix(sympy.symbols("v1:3"))
    assert all((u * v.T)[j, k] == u[j] * v[k] for j in range(3) for k in range(2))
