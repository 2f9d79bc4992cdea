"""Chapter 9's counts, counted by running the products; its two modes, held to sympy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from course_lib import Dense, Network, SoftmaxCrossEntropy, Tanh


class Counted(float):
    """A number that counts how often it is multiplied, not knowing what for."""

    multiplications = 0

    def __mul__(self, other):
        Counted.multiplications += 1
        return Counted(float(self) * float(other))

    def __add__(self, other):
        return Counted(float(self) + float(other))

    __rmul__, __radd__ = __mul__, __add__


def ones(*shape):
    return np.vectorize(Counted, otypes=[object])(np.ones(shape))


def counted(product):
    Counted.multiplications = 0
    product()
    return Counted.multiplications


NETWORKS = [((4, 2, 3), 5), ((3, 7, 13, 5), 2), ((6, 4), 3)]


@pytest.mark.parametrize(("n_in", "n", "N"), [(4, 2, 5), (7, 13, 3)])
def test_one_layer_forward_and_backward(n_in, n, N):
    """eq-cost-forward-layer and eq-cost-backward-layer: one number, one example, a batch."""
    A, W, Delta = ones(N, n_in), ones(n, n_in), ones(N, n)
    assert counted(lambda: W[0] @ A[0]) == n_in
    assert counted(lambda: W @ A[0]) == n * n_in
    assert counted(lambda: A @ W.T) == N * n * n_in
    assert counted(lambda: Delta[0, 0] * A[0, 0]) == 1
    assert counted(lambda: W[:, 0] @ Delta[0]) == n
    assert counted(lambda: np.multiply.outer(Delta[0], A[0])) == n * n_in
    assert counted(lambda: W.T @ Delta[0]) == n * n_in
    assert counted(lambda: Delta.T @ A) == N * n * n_in
    assert counted(lambda: Delta @ W) == N * n * n_in


def run(sizes, N):
    """Multiplications of forward and backward products of a whole network, by running them."""
    W = [ones(n, n_in) for n_in, n in pairwise(sizes)]
    A = [ones(N, n) for n in sizes]
    forward = sum(counted(lambda a=a, w=w: a @ w.T) for a, w in zip(A, W, strict=False))
    backward = 0
    for layer in reversed(range(len(W))):
        Delta = ones(N, sizes[layer + 1])
        backward += counted(lambda D=Delta, a=A[layer]: D.T @ a)
        if layer:
            backward += counted(lambda D=Delta, w=W[layer]: D @ w)
    return forward, backward


@pytest.mark.parametrize(("sizes", "N"), NETWORKS)
def test_the_backward_pass_has_twice_the_products_but_one(sizes, N):
    """eq-cost-backward and eq-cost-ratio."""
    forward, backward = run(sizes, N)
    assert backward == 2 * forward - N * sizes[1] * sizes[0]
    rest = sizes[1] * sizes[0] / sum(a * b for a, b in pairwise(sizes))
    assert (forward + backward) / forward == pytest.approx(3 - rest)
    assert 2 <= (forward + backward) / forward < 3
    assert (backward == forward) == (len(sizes) == 2)


def test_the_library_makes_no_input_gradient_for_its_first_layer(monkeypatch):
    """eq-cost-backward: the product that is left out is left out in `Network.backward`."""
    network = Network(Dense(4, 2), Tanh(), Dense(2, 3), loss=SoftmaxCrossEntropy(), seed=0)
    network.forward(np.ones((5, 4)), np.zeros(5, int))
    first, calls = network.layers[0], []
    backward = type(first).backward

    def watched(layer, delta, input_gradient=True):
        calls.append((layer, input_gradient))
        result = backward(layer, delta, input_gradient)
        assert (result is None) == (layer is first)
        return result

    monkeypatch.setattr(type(first), "backward", watched)
    network.backward()
    assert calls == [(network.layers[2], True), (first, False)]


@pytest.mark.parametrize(("sizes", "N"), NETWORKS)
def test_differences_take_a_forward_pass_or_two_for_each_parameter(sizes, N):
    """eq-cost-differences: the passes are made and counted, on a network of the library."""
    dense = [Dense(n_in, n) for n_in, n in pairwise(sizes)]
    network = Network(*dense, loss=SoftmaxCrossEntropy(), seed=0)
    x, y = np.linspace(-1, 1, N * sizes[0]).reshape(N, -1), np.arange(N) % sizes[-1]
    P = sum(n * (n_in + 1) for n_in, n in pairwise(sizes))
    assert network.theta.size == P
    passes = 0

    def loss(nudge, k):
        nonlocal passes
        passes += 1
        network.theta[k] += nudge
        value = network.forward(x, y)
        network.theta[k] -= nudge
        return value

    base = loss(0.0, 0)
    one_sided = np.array([(loss(1e-6, k) - base) / 1e-6 for k in range(P)])
    assert passes == P + 1
    passes = 0
    central = np.array([(loss(1e-5, k) - loss(-1e-5, k)) / 2e-5 for k in range(P)])
    assert passes == 2 * P
    network.forward(x, y)
    network.backward()
    np.testing.assert_allclose(one_sided, network.gradient, atol=1e-4)
    np.testing.assert_allclose(central, network.gradient, atol=1e-8)


u = sp.Matrix(sp.symbols("u1:4", real=True))
du = sp.Matrix(sp.symbols("d1:4", real=True))
bar = sp.Matrix(sp.symbols("r1:3", real=True))
v = sp.Matrix([u[0] * u[1] + sp.tanh(u[2]), sp.exp(u[0]) - u[2] * u[1]])  # r = 2
w = sp.Matrix(sp.symbols("v1:3", real=True))
s = sp.Matrix([w[0] * w[1], sp.sin(w[0])])  # m = 2
INSIDE = dict(zip(w, v, strict=True))
J1 = v.jacobian(u)
J2 = s.jacobian(w).subs(INSIDE)
J = s.subs(INSIDE).jacobian(u)


def zero(matrix):
    return all(sp.simplify(entry) == 0 for entry in matrix)


def test_tables_of_slopes_multiply():
    """eq-cost-jacobians."""
    assert zero(J - J2 * J1)


def test_forward_mode_multiplies_by_a_vector_from_the_right():
    """eq-cost-jvp: the speed of a moved input, by definition, and step by step."""
    t = sp.symbols("t", real=True)
    moved = s.subs(INSIDE).subs(dict(zip(u, u + t * du, strict=True)), simultaneous=True)
    speed = moved.diff(t).subs(t, 0)
    assert zero(speed - J2 * (J1 * du))
    assert zero(speed - J * du)


def test_reverse_mode_multiplies_by_a_vector_from_the_left():
    """eq-cost-vjp: the gradient of a weighted sum of the ends, and step by step."""
    gradient = sp.Matrix([(bar.T * s.subs(INSIDE))[0]]).jacobian(u).T
    assert zero(gradient - J1.T * (J2.T * bar))
    assert zero(gradient - J.T * bar)


def test_a_sweep_gives_a_column_or_a_row():
    """eq-cost-modes: n sweeps forward and m sweeps backward fill the table."""
    m, n = J.shape
    columns = sp.Matrix.hstack(*(J2 * (J1 * sp.eye(n)[:, k]) for k in range(n)))
    rows = sp.Matrix.vstack(*((J1.T * (J2.T * sp.eye(m)[:, i])).T for i in range(m)))
    assert zero(columns - J)
    assert zero(rows - J)


def test_the_speed_of_a_dense_layer():
    """eq-cost-tangent-dense: its three forms agree with the derivative along the motion."""
    rng = np.random.default_rng(9)
    A, W, b = rng.normal(size=(5, 4)), rng.normal(size=(2, 4)), rng.normal(size=2)
    dA, dW, db = rng.normal(size=(5, 4)), rng.normal(size=(2, 4)), rng.normal(size=2)
    h = 1e-30j
    speed = ((A + h * dA) @ (W + h * dW).T + b + h * db).imag / 1e-30
    batch = A @ dW.T + dA @ W.T + db
    np.testing.assert_allclose(batch, speed, rtol=1e-13)
    np.testing.assert_allclose(dW @ A[0] + W @ dA[0] + db, speed[0], rtol=1e-12)
    entry = sum(dW[1, k] * A[0, k] + W[1, k] * dA[0, k] for k in range(4)) + db[1]
    assert entry == pytest.approx(speed[0, 1])


@pytest.mark.parametrize(("sizes", "N"), NETWORKS)
def test_what_the_gradients_read_of_the_forward_pass(sizes, N):
    """eq-cost-cache: ∂ℒ/∂W of each layer needs what came into it, and no more activations."""
    from sympy import MatrixSymbol

    kept = 0
    for n_in, n in pairwise(sizes):
        A, Delta = MatrixSymbol("A", N, n_in), MatrixSymbol("D", N, n)
        gradient = Delta.T * A
        assert gradient.shape == (n, n_in)
        kept += sum(int(np.prod(part.shape)) for part in gradient.free_symbols if part == A)
    assert kept == N * sum(sizes[:-1])
