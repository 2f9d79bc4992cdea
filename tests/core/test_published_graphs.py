"""Computational graphs that others worked through, rebuilt from `graph.Value`."""

from math import exp

import pytest
from printed import agrees

from course_lib import Dense, Sigmoid
from course_lib.graph import Value, dot

# CS231n, Backpropagation, intuitions, https://cs231n.github.io/optimization-2/


def test_cs231n_sum_times_z():
    x, y, z = Value(-2.0), Value(5.0), Value(-4.0)
    q = x + y
    f = q * z
    f.backward()
    assert (q.data, f.data) == (3.0, -12.0)
    assert [v.grad for v in (x, y, z, q, f)] == [-4.0, -4.0, 3.0, -4.0, 1.0]


def test_cs231n_sigmoid_neuron_gate_by_gate():
    w0, x0, w1, x1, w2 = (Value(v) for v in (2.0, -1.0, -3.0, -2.0, -3.0))
    z = w0 * x0 + w1 * x1 + w2
    negative = z * -1
    e = negative.exp()
    below = e + 1
    f = 1 / below
    f.backward()
    assert agrees([z.data, e.data, below.data, f.data], "1.00", "0.37", "1.37", "0.73")
    circuit = [v.grad for v in (w0, x0, w1, x1, w2)]
    assert agrees(circuit, "-0.20", "0.39", "-0.39", "-0.59", "0.20")
    assert agrees([v.grad for v in (negative, e, below)], "-0.20", "-0.53", "-0.53")


def test_cs231n_sigmoid_neuron_as_one_gate_and_as_a_layer():
    """The page's shorter form: ∂f/∂z = (1 − f) f, and its products with x and w."""
    w, x, b = [Value(2.0), Value(-3.0)], [Value(-1.0), Value(-2.0)], Value(-3.0)
    f = (dot(w, x) + b).sigmoid()
    f.backward()
    values = [v.grad for v in (w[0], x[0], w[1], x[1], b)]
    assert agrees(values, "-0.20", "0.39", "-0.39", "-0.59", "0.20")

    dense, sigmoid = Dense(2, 1), Sigmoid()
    dense.W[...] = [[2.0, -3.0]]
    dense.b[...] = [-3.0]
    assert agrees(sigmoid.forward(dense.forward([[-1.0, -2.0]])), "0.73")
    assert agrees(dense.backward(sigmoid.backward([[1.0]])), "0.39", "-0.59")
    assert agrees(dense.dW, "-0.20", "-0.39")
    assert agrees(dense.db, "0.20")


def test_cs231n_patterns_in_backward_flow():
    """(x y + max(z, w)) · 2: a sum shares, a maximum routes, a product exchanges."""
    x, y, z, w = Value(3.0), Value(-4.0), Value(2.0), Value(-1.0)
    larger = w + (z - w).relu()
    f = (x * y + larger) * 2
    f.backward()
    assert f.data == -20.0
    assert [v.grad for v in (x, y, z, w)] == [-8.0, 6.0, 2.0, 0.0]


def test_cs231n_staged_computation():
    """(x + σ(y)) / (σ(x) + (x + y)²) at (3, −4), by the page's own backward statements."""
    x, y = Value(3.0), Value(-4.0)
    f = (x + y.sigmoid()) / (x.sigmoid() + (x + y) ** 2)
    f.backward()

    sigy, sigx = 1 / (1 + exp(4)), 1 / (1 + exp(-3))
    num, den = 3 + sigy, sigx + 1.0
    dden = -num / den**2
    dxpy = 2 * -1.0 * dden
    dx = dxpy + (1 - sigx) * sigx * dden + 1 / den
    dy = dxpy + (1 - sigy) * sigy / den
    assert f.data == pytest.approx(num / den, rel=1e-15)
    assert (x.grad, y.grad) == pytest.approx((dx, dy), rel=1e-14)


def test_micrograd_readme():
    """A. Karpathy, micrograd, https://github.com/karpathy/micrograd (README, Example usage)."""
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert agrees(g.data, "24.7041")
    assert agrees([a.grad, b.grad], "138.8338", "645.5773")


def test_micrograd_sanity_check():
    """The same project's test/test_engine.py, whose values were taken from PyTorch."""
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_karpathy_lecture_neuron():
    """A. Karpathy, "The spelled-out intro to neural networks and backpropagation", 2022.

    A tanh neuron with the bias 6.8813735870195432, chosen so that the output is 0.7071 and the
    gradients come out round: x1 −1.5, w1 1.0, x2 0.5, w2 0.0.
    """
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    b = Value(6.8813735870195432)
    o = (x1 * w1 + x2 * w2 + b).tanh()
    o.backward()
    assert agrees(o.data, "0.7071")
    assert agrees([v.grad for v in (x1, w1, x2, w2)], "-1.5000", "1.0000", "0.5000", "0.0000")
