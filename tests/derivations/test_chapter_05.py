"""Chapter 5's derivatives, each held to sympy and, on the page's numbers, to `course_lib`."""

import numpy as np
import pytest
import sympy as sp
from book_pages import run_cells

from course_lib import Dense, MeanSquaredError, Network, Sigmoid
from course_lib.course_files import checkout
from course_lib.widgets.bundle import networks

w1, b1, w2, b2, x, y, eta, h = sp.symbols("w1 b1 w2 b2 x y eta h", real=True)


def sigma(z):
    return 1 / (1 + sp.exp(-z))


z1 = w1 * x + b1
a1 = sigma(z1)
z2 = w2 * a1 + b2
y_hat = sigma(z2)
loss = (y_hat - y) ** 2

# eq-two-neurons-output and eq-two-neurons-hidden
delta2 = 2 * (y_hat - y) * y_hat * (1 - y_hat)
delta1 = delta2 * w2 * a1 * (1 - a1)

CLAIMS = {
    # eq-two-neurons-second
    "w2": (w2, delta2 * a1),
    "b2": (b2, delta2),
    # eq-two-neurons-first
    "w1": (w1, delta1 * x),
    "b1": (b1, delta1),
}


def test_the_loss_starts_the_way_back():
    """eq-two-neurons-start, by the page's own route: the part of (u + h)² that is linear in h."""
    u = sp.symbols("u")
    expanded = sp.Poly(sp.expand((u + h - y) ** 2), h)
    assert sp.simplify(expanded.coeff_monomial(h) - 2 * (u - y)) == 0


@pytest.mark.parametrize("name", CLAIMS)
def test_every_derivative_by_hand_is_the_derivative(name):
    """eq-two-neurons-first, eq-two-neurons-second, eq-two-neurons-hidden."""
    symbol, claim = CLAIMS[name]
    assert sp.simplify(sp.diff(loss, symbol) - claim) == 0


def test_the_error_is_the_derivative_by_the_pre_activation():
    """eq-two-neurons-output."""
    z = sp.symbols("z", real=True)
    output = sigma(z)
    claim = 2 * (output - y) * output * (1 - output)
    assert sp.simplify(sp.diff((output - y) ** 2, z) - claim) == 0


def test_the_library_takes_the_same_step():
    """eq-two-neurons-forward gives its loss; eq-two-neurons-update changes all four parameters at
    once, from gradients at the old ones.
    """
    from course_lib import SGD

    start = networks()["1-1-1"]
    network = Network(Dense(1, 1), Sigmoid(), Dense(1, 1), Sigmoid(), loss=MeanSquaredError())
    for name, value in zip(["W1", "b1", "W2", "b2"], start["theta"], strict=True):
        network.parameters[name][...] = value
    optimizer = SGD(network, learning_rate=0.5)
    numbers = dict(zip((w1, b1, w2, b2), start["theta"], strict=True))
    for x_i, y_i in zip(start["x"], start["y"], strict=True):
        here = {**numbers, x: x_i, y: y_i}
        step = {s: float(sp.diff(loss, s).subs(here)) for s in numbers}
        assert network.forward([[x_i]], [[y_i]]) == pytest.approx(float(loss.subs(here)), rel=1e-12)
        network.backward()
        optimizer.update()
        numbers = {s: value - 0.5 * step[s] for s, value in numbers.items()}
        expected = [numbers[s] for s in (w1, b1, w2, b2)]
        np.testing.assert_allclose(network.theta, expected, rtol=1e-12)


def test_the_page_multiplies_all_four_out():
    """eq-two-neurons-all: the page's four products, and its numbers are those of the widget."""
    page = checkout() / "book" / "05_two_neurons.md"
    names = run_cells(page)
    start = networks()["1-1-1"]
    assert [names[key] for key in ("w1", "b1", "w2", "b2")] == start["theta"]
    assert (names["xs"], names["ys"]) == (start["x"], start["y"])
    numbers = dict(zip((w1, b1, w2, b2), start["theta"], strict=True))
    numbers |= {x: names["x"], y: names["y"]}
    common = 2 * (y_hat - y) * y_hat * (1 - y_hat)
    products = {
        "dw2": (w2, common * a1),
        "db2": (b2, common),
        "dw1": (w1, common * w2 * a1 * (1 - a1) * x),
        "db1": (b1, common * w2 * a1 * (1 - a1)),
    }
    for name, (symbol, product) in products.items():
        assert sp.simplify(sp.diff(loss, symbol) - product) == 0
        assert names[name] == pytest.approx(float(product.subs(numbers)), rel=1e-12)
