"""The four backward equations on a small symbolic network, 2-3-2 with three examples.

sympy differentiates the loss with respect to each symbol; the equations of chapter 8 are written
out beside it with the same exact numbers. Both are evaluated to 25 places and more, so that a
missing factor or a wrong transpose cannot hide. The library is compared as well.
"""

from functools import cache

import mpmath
import numpy as np
import pytest
import sympy
from symbolic import close, sigma

from course_lib import Dense, MeanSquaredError, Network, Sigmoid, SoftmaxCrossEntropy, Tanh

R = sympy.Rational
X = sympy.Matrix([["3/5", "-6/5"], ["-7/5", "1/2"], ["9/10", "8/5"]]).applyfunc(R)
NUMBERS = {
    "W1": sympy.Matrix([["1/2", "-3/10"], ["4/5", "1/5"], ["-3/5", "9/10"]]).applyfunc(R),
    "b1": sympy.Matrix(["1/10", "-1/5", "2/5"]).applyfunc(R),
    "W2": sympy.Matrix([["7/10", "-1/2", "3/10"], ["-4/5", "2/5", "11/10"]]).applyfunc(R),
    "b2": sympy.Matrix(["1/5", "-1/10"]).applyfunc(R),
}
SYMBOLS = {
    name: sympy.Matrix(*m.shape, sympy.symbols(f"{name}_:{len(m)}", real=True))
    for name, m in NUMBERS.items()
}
AT = {s: n for name in NUMBERS for s, n in zip(SYMBOLS[name], NUMBERS[name], strict=True)}
LABELS = [1, 0, 1]
Y = sympy.Matrix([[int(j == label) for j in range(2)] for label in LABELS])
TARGETS = sympy.Matrix([["1/10", "9/10"], ["3/4", "1/5"], ["2/5", "3/5"]]).applyfunc(R)
N = 3


def forward(A, W, b, g):
    """eq-forward-preactivation, eq-forward-activation: Z = A Wᵀ + b, A = g(Z)."""
    Z = A * W.T + sympy.ones(A.rows, 1) * b.T
    return Z, Z.applyfunc(g)


def softmax_rows(Z):
    rows = [[sympy.exp(v) / sum(map(sympy.exp, Z.row(i))) for v in Z.row(i)] for i in range(Z.rows)]
    return sympy.Matrix(rows)


def squares(Z2):
    """Mean of squares behind a sigmoid: ∂ℒ/∂A ⊙ g′(Z) at the output."""
    A2 = Z2.applyfunc(sigma)
    loss = sum((a - t) ** 2 for a, t in zip(A2, TARGETS, strict=True)) / len(A2)
    upstream = (A2 - TARGETS) * R(2, len(A2))
    return loss, upstream.multiply_elementwise(A2.applyfunc(lambda a: a * (1 - a)))


def cross_entropy(Z2):
    """Softmax cross-entropy: (P − Y)/N at the output."""
    P = softmax_rows(Z2)
    loss = -sum(sympy.log(P[i, label]) for i, label in enumerate(LABELS)) / N
    return loss, (P - Y) / N


def evaluated(expressions, numbers):
    """Return the expressions' values at the numbers, to 40 places."""
    names = list(numbers)
    evaluate = sympy.lambdify(names, list(expressions), "mpmath", cse=True)
    with mpmath.workdps(45):
        values = evaluate(*(mpmath.mpf(sympy.N(numbers[name], 45)) for name in names))
        return [sympy.Float(v, 40) for v in values]


def differentiated(loss, symbols, numbers):
    """Return ∂loss/∂symbols at the numbers: derived by sympy, then evaluated."""
    slopes = [sympy.diff(loss, symbol) for symbol in symbols]
    return sympy.Matrix(*symbols.shape, evaluated(slopes, numbers))


@cache
def derived(output):
    """Return sympy's gradients of the loss, and of the intermediate values, at the numbers."""
    Z1, A1 = forward(X, SYMBOLS["W1"], SYMBOLS["b1"], sympy.tanh)
    loss, _ = output(forward(A1, SYMBOLS["W2"], SYMBOLS["b2"], lambda v: v)[0])
    gradients = {name: differentiated(loss, symbols, AT) for name, symbols in SYMBOLS.items()}
    # With the hidden layer's activations, and its pre-activations, as variables of their own.
    for name, value, g in (("A1", A1, lambda v: v), ("Z1", Z1, sympy.tanh)):
        own = sympy.Matrix(N, 3, sympy.symbols(f"{name}_:9", real=True))
        Z2, _ = forward(own.applyfunc(g), NUMBERS["W2"], NUMBERS["b2"], lambda v: v)
        numbers = dict(zip(own, evaluated(value, AT), strict=True))
        gradients[name] = differentiated(output(Z2)[0], own, numbers)
    return evaluated([loss], AT)[0], gradients


@cache
def equations(output):
    """Return every array of the backward pass by the equations of chapter 8."""
    Z1, A1 = forward(X, NUMBERS["W1"], NUMBERS["b1"], lambda v: sympy.tanh(v).evalf(45))
    Z2, _ = forward(A1, NUMBERS["W2"], NUMBERS["b2"], lambda v: v)
    Delta2 = output(Z2)[1].evalf(45)
    into_hidden = Delta2 * NUMBERS["W2"]
    Delta1 = into_hidden.multiply_elementwise(Z1.applyfunc(lambda v: 1 - sympy.tanh(v) ** 2))
    matrices = {
        "W2": Delta2.T * A1,
        "b2": (sympy.ones(1, N) * Delta2).T,
        "A1": into_hidden,
        "Z1": Delta1,
        "W1": Delta1.T * X,
        "b1": (sympy.ones(1, N) * Delta1).T,
    }
    return {name: matrix.evalf(40) for name, matrix in matrices.items()}


@pytest.mark.parametrize("output", [squares, cross_entropy])
@pytest.mark.parametrize(
    ("quantity", "equation"),
    [
        ("W2", "eq-backward-weights: ∂ℒ/∂W = Δᵀ A, with eq-backward-output inside Δ"),
        ("b2", "eq-backward-biases: column sums of Δ"),
        ("A1", "eq-backward-input: ∂ℒ/∂A[l−1] = Δ W"),
        ("Z1", "eq-backward-hidden: Δ[l−1] = (Δ W) ⊙ g′(Z)"),
        ("W1", "eq-backward-weights, one layer further down"),
        ("b1", "eq-backward-biases, one layer further down"),
    ],
)
def test_each_backward_equation_is_the_derivative_it_names(output, quantity, equation):
    _, gradients = derived(output)
    assert close(equations(output)[quantity], gradients[quantity]), equation


def test_backward_start_is_one_and_then_the_losses_own_gradient():
    """eq-backward-start: ∂ℒ/∂ℒ = 1, then ∂ℒ/∂A[L]; for the squares 2 (A − Y)/(N n)."""
    A2 = sympy.Matrix(N, 2, sympy.symbols("a_:6", real=True))
    loss = sum((a - t) ** 2 for a, t in zip(A2, TARGETS, strict=True)) / len(A2)
    own = sympy.Symbol("loss")
    assert sympy.diff(own, own) == 1
    difference = A2.applyfunc(lambda a: sympy.diff(loss, a)) - (A2 - TARGETS) * R(2, len(A2))
    assert difference.applyfunc(sympy.expand) == sympy.zeros(N, 2)


def test_one_neuron_feeds_all_neurons_of_the_next_layer():
    """eq-backward-hidden in index form: δ_k[l−1] = g′(z_k) Σ_j W_jk δ_j, one example."""
    matrices = equations(cross_entropy)
    _, A1 = forward(X, NUMBERS["W1"], NUMBERS["b1"], lambda v: sympy.tanh(v).evalf(45))
    Z2, _ = forward(A1, NUMBERS["W2"], NUMBERS["b2"], lambda v: v)
    Delta2 = cross_entropy(Z2)[1].evalf(45)
    W2 = NUMBERS["W2"]
    for i in range(N):
        for k in range(3):
            blame = sum(W2[j, k] * Delta2[i, j] for j in range(2))
            assert close(matrices["Z1"][i, k], (1 - A1[i, k] ** 2) * blame)


@pytest.mark.parametrize(
    ("output", "layers", "loss", "targets"),
    [
        (squares, [Dense(2, 3), Tanh(), Dense(3, 2), Sigmoid()], MeanSquaredError(), TARGETS),
        (cross_entropy, [Dense(2, 3), Tanh(), Dense(3, 2)], SoftmaxCrossEntropy(), LABELS),
    ],
)
def test_the_library_agrees_with_sympy(output, layers, loss, targets):
    """All equations of the backward pass at once, as `Network` computes them."""
    exact_loss, gradients = derived(output)
    network = Network(*layers, loss=loss)
    for name, numbers in NUMBERS.items():
        shape = network.parameters[name].shape
        network.parameters[name][...] = np.array(numbers, dtype=float).reshape(shape)
    y = LABELS if targets is LABELS else np.array(targets, dtype=float)
    assert network.forward(np.array(X, dtype=float), y) == pytest.approx(float(exact_loss))
    network.backward()
    for name, gradient in network.gradients.items():
        exact = np.array(gradients[name], dtype=float).reshape(gradient.shape)
        assert np.max(np.abs(gradient - exact)) <= 1e-14 * np.max(np.abs(exact)), name
