"""Chapter 7's formulas, each held to sympy; the page's numbers to `course_lib`."""

import numpy as np
import pytest
import sympy as sp

from course_lib import Softmax
from course_lib.data import worked_network

z = sp.Matrix(sp.symbols("z1:4", real=True))
upstream = sp.Matrix(sp.symbols("u1:4", real=True))
total = sum(sp.exp(entry) for entry in z)
p = z.applyfunc(lambda entry: sp.exp(entry) / total)

W1 = sp.Matrix(2, 4, sp.symbols("v1:9", real=True))
W2 = sp.Matrix(3, 2, sp.symbols("w1:7", real=True))
b1, b2 = sp.Matrix(sp.symbols("c1:3", real=True)), sp.Matrix(sp.symbols("d1:4", real=True))
x = sp.Matrix(sp.symbols("x1:5", real=True))


def same(actual, expected):
    """Whether two tables made of powers of e are equal: rational in the three powers."""
    powers = dict(zip([sp.exp(entry) for entry in z], sp.symbols("e1:4"), strict=True))
    return all(sp.cancel(entry.subs(powers)) == 0 for entry in actual - expected)


def by(scalar, table):
    """The derivative of `scalar` by every entry of `table`, in the shape of `table`."""
    return table.applyfunc(lambda entry: sp.diff(scalar, entry))


def test_the_slopes_of_one_sum():
    """eq-many-local, the zeros included."""
    a = sp.Matrix(sp.symbols("a1:3", real=True))
    out = W2 * a + b2
    assert out.jacobian(a) == W2
    assert out.jacobian(b2) == sp.eye(3)
    for i in range(3):
        expected = sp.zeros(3, 2)
        expected[i, :] = a.T
        assert by(out[i], W2) == expected


def test_the_nine_slopes_of_softmax():
    """eq-many-softmax-jacobian; its rows and its columns add up to 0."""
    jacobian = p.jacobian(z)
    assert same(jacobian, sp.diag(*p) - p * p.T)
    assert same(jacobian * sp.ones(3, 1), sp.zeros(3, 1))
    assert same(sp.ones(1, 3) * jacobian, sp.zeros(1, 3))


def test_back_through_softmax_without_its_table():
    """eq-many-jacobian and eq-many-softmax-vjp."""
    weighted = upstream.dot(p)
    gradient = by(weighted, z)
    assert same(gradient, p.jacobian(z).T * upstream)
    assert same(gradient, p.multiply_elementwise(upstream - sp.ones(3, 1) * p.dot(upstream)))


@pytest.mark.parametrize("right", range(3))
def test_softmax_and_cross_entropy_start_with_p_minus_y(right):
    """eq-many-output-error."""
    y = sp.Matrix([int(j == right) for j in range(3)])
    assert same(by(-sp.log(p[right]), z), p - y)
    assert not same(by(-sp.log(p[right]), z), y - p)


def test_forward_and_back_exchange_two_sums():
    """eq-many-transpose."""
    h = sp.Matrix(sp.symbols("h1:3", real=True))
    assert sp.expand(upstream.dot(W2 * h) - (W2.T * upstream).dot(h)) == 0


def chain():
    """eq-many-forward, up to the scores; the rest of the network is any slopes upstream of them."""
    pre = W1 * x + b1
    a = pre.applyfunc(sp.tanh)
    return pre, a, W2 * a + b2


def test_gradients_of_a_network_with_any_upstream():
    """eq-many-weights, eq-many-biases, eq-many-activations, eq-many-hidden-error, on 4-2-3."""
    pre, a, scores = chain()
    seen = upstream.dot(scores)
    back = W2.T * upstream
    hidden = back.multiply_elementwise(pre.applyfunc(lambda entry: 1 - sp.tanh(entry) ** 2))
    for table, claim in ((W2, upstream * a.T), (b2, upstream), (W1, hidden * x.T), (b1, hidden)):
        assert (by(seen, table) - claim).expand() == sp.zeros(*table.shape)
    free = sp.Matrix(sp.symbols("a1:3", real=True))
    assert by(upstream.dot(W2 * free + b2), free) == back
    for k in range(2):
        assert back[k] == sum(upstream[j] * W2[j, k] for j in range(3))


def test_the_pages_numbers_are_the_librarys():
    """eq-many-forward to eq-many-hidden-error with the second example, by sympy and by Network."""
    example = worked_network()
    _, _, scores = chain()
    loss = sp.log(sum(sp.exp(entry) for entry in scores)) - scores[int(example.y[1])]
    tables = ((W1, example.W1), (b1, example.b1), (W2, example.W2), (b2, example.b2))
    parameters = [entry for table, _ in tables for entry in table]
    symbols = [*parameters, *x]
    values = np.concatenate([np.ravel(numbers) for _, numbers in tables] + [example.x[1]])
    wanted = [loss, *(sp.diff(loss, parameter) for parameter in parameters)]
    expected = sp.lambdify(symbols, wanted, "math", cse=True)(*values)
    network = example.network()
    assert network.forward(example.x[1:2], example.y[1:2]) == pytest.approx(expected[0], rel=1e-13)
    network.backward()
    ours = np.concatenate([np.ravel(gradient) for gradient in network.gradients.values()])
    np.testing.assert_allclose(ours, expected[1:], rtol=1e-11)


def test_the_library_goes_back_through_softmax_as_the_table_does():
    """eq-many-softmax-vjp as `Softmax.backward` computes it, against the whole Jacobian."""
    rng = np.random.default_rng(7)
    layer, scores, back = Softmax(), rng.normal(size=(1, 5)), rng.normal(size=(1, 5))
    row = layer.forward(scores)[0]
    table = np.diag(row) - np.outer(row, row)
    np.testing.assert_allclose(layer.backward(back)[0], table.T @ back[0], rtol=1e-12)
