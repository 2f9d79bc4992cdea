"""The answers of exercise 13 against witnesses, and its machines as the notebook has them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from checks.pace import seconds, seconds_here
from needs import need

from course_lib import Dense, MeanSquaredError, Network, ReLU, Sigmoid, Tanh, initializers
from course_lib.checks import load
from course_lib.checks.ex13_when_it_goes_wrong import reference as ex13
from course_lib.checks.verdict import generator

NOTEBOOK = Path(__file__).resolve().parents[2] / "exercises" / "13_when_it_goes_wrong.ipynb"
LAYERS = {"tanh": Tanh, "sigmoid": Sigmoid, "relu": ReLU}
STEP = 1e-30


def inputs(name, fixture=0, seed=1):
    question = load("13_when_it_goes_wrong").question(name)
    chosen = question.fixtures[fixture]
    return question.inputs(generator(question, chosen, seed), chosen)


def complex_gradients(loss, arrays):
    """∂loss/∂(every entry of every array), where `loss` takes a list like `arrays`."""
    gradients = []
    for number, array in enumerate(arrays):
        gradient = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            shifted = [array.astype(complex) for array in arrays]
            shifted[number][place] += 1j * STEP
            gradient[place] = loss(shifted).imag / STEP
        gradients.append(gradient)
    return gradients


@pytest.mark.parametrize("scheme", ["xavier", "he"])
def test_initial_weights_are_the_librarys_for_the_same_draws(scheme: str) -> None:
    """The library draws from a generator; drawn again from the same seed, the numbers agree."""
    shape = (13, 7)
    normal = np.random.default_rng(5).normal(size=shape)
    ours = ex13.initial_weights(normal, scheme, "normal")
    expected = initializers.find(f"{scheme}_normal")(shape, np.random.default_rng(5))
    np.testing.assert_allclose(ours, expected, rtol=1e-12)
    even = np.random.default_rng(5).random(shape)
    ours = ex13.initial_weights(even, scheme, "uniform")
    expected = initializers.find(f"{scheme}_uniform")(shape, np.random.default_rng(5))
    np.testing.assert_allclose(ours, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("fixture", [0, 1, 2])
def test_spreads_are_those_of_the_librarys_layers(fixture: int) -> None:
    x, W, activation = inputs("forward_spread", fixture)
    layers, a, spread = [], x, []
    for weights in W:
        dense, bend = Dense(weights.shape[1], weights.shape[0]), LAYERS[activation]()
        dense.W, dense.b = weights.copy(), np.zeros(len(weights))
        z = dense.forward(a).copy()
        a = bend.forward(z.copy()).copy()
        layers.append((dense, bend, z))
        spread.append(np.linalg.norm(a) / np.sqrt(a.size))
    np.testing.assert_allclose(ex13.forward_spread(x, W, activation), spread, rtol=1e-12)

    delta = np.random.default_rng(2).normal(size=a.shape)
    z = [sums for _, _, sums in layers]
    result = ex13.backward_spread(delta, z, W, activation)
    back = [np.linalg.norm(delta) / np.sqrt(delta.size)]
    for i in range(len(W) - 1, 0, -1):
        delta = layers[i - 1][1].backward(layers[i][0].backward(delta)).copy()
        back.insert(0, np.linalg.norm(delta) / np.sqrt(delta.size))
    np.testing.assert_allclose(result, back, rtol=1e-12)


@pytest.mark.parametrize("fixture", [0, 1])
def test_the_gradient_factor_is_the_complex_step_through_the_chain(fixture: int) -> None:
    z, w, activation = inputs("gradient_factor", fixture)
    g = np.tanh if activation == "tanh" else lambda v: 1 / (1 + np.exp(-v))
    shift = z[1:] - w[1:] * g(z[:-1])  # the biases that give these pre-activations
    last = complex(z[0], STEP)
    for i in range(1, len(z)):
        last = w[i] * g(last) + shift[i - 1]
    assert last.real == pytest.approx(z[-1], rel=1e-12)
    assert ex13.gradient_factor(z, w, activation) == pytest.approx(last.imag / STEP, rel=1e-12)


def test_the_mended_machine_is_the_complex_step_and_the_library() -> None:
    x, y, W, b = inputs("mended_backward")
    count = len(W)

    def loss(arrays):
        a = x
        for weights, bias in zip(arrays[:count], arrays[count:], strict=True):
            a = 1 / (1 + np.exp(-(a @ weights.T + bias)))
        return ((a - y) ** 2).mean()

    dW, db = ex13.mended_backward(x, y, W, b)
    for ours, witness in zip([*dW, *db], complex_gradients(loss, [*W, *b]), strict=True):
        assert np.abs(ours - witness).max() <= 1e-12 * np.abs(witness).max()

    stack = [layer for w in W for layer in (Dense(w.shape[1], w.shape[0]), Sigmoid())]
    network = Network(*stack, loss=MeanSquaredError())
    for i in range(count):
        network.parameters[f"W{i + 1}"][...] = W[i]
        network.parameters[f"b{i + 1}"][...] = b[i]
    network.forward(x, y)
    network.backward()
    for i in range(count):
        np.testing.assert_allclose(dW[i], network.gradients[f"W{i + 1}"], rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(db[i], network.gradients[f"b{i + 1}"], rtol=1e-10, atol=1e-15)


@pytest.fixture(scope="module")
def notebook() -> dict:
    """What the released notebook gives: the cells of the hunt, run as they are."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    given = [text for text in sources if "def machine_" in text or "def differences" in text]
    assert len(given) == 3
    space: dict = {"np": np}
    for text in given:
        exec(text, space)
    return space


def test_the_machines_of_the_notebook_fail_as_the_answers_say(notebook: dict) -> None:
    """The complex step, which the notebook does not use, is the witness; each is called twice."""
    x, y, W, b = (notebook[name] for name in ("x", "y", "W", "b"))
    witness = complex_gradients(
        lambda arrays: notebook["cross_entropy"](x, y, arrays[:4], arrays[4:]), [*W, *b]
    )
    dW_check, db_check = witness[:4], witness[4:]
    for given, right in zip([*notebook["dW_check"], *notebook["db_check"]], witness, strict=True):
        assert np.abs(given - right).max() <= 1e-8 * np.abs(right).max()
    answers = {}
    for name, machine in notebook["machines"].items():
        first = ex13.first_wrong(*machine(x, y, W, b), dW_check, db_check)
        answers[name] = ex13.first_wrong(*machine(x, y, W, b), dW_check, db_check)
        assert (first == answers[name]) == (name != "D")
        assert name != "D" or first == (-1, False, False)
    assert tuple(layer for layer, _, _ in answers.values()) == ex13.wrong_layers()
    assert answers["A"][1:] == (False, True)
    assert answers["B"][1:] == answers["D"][1:] == (True, True)
    assert answers["C"][1:] == (True, False)
    # the numbered mistakes: a mean for a sum, a transpose, an overwritten array, a sum of calls
    A, B, C, D = (notebook[f"machine_{letter}"] for letter in "abcd")
    np.testing.assert_allclose(A(x, y, W, b)[1][3] * len(y), db_check[3], rtol=1e-10)
    symmetric = [(weights + weights.T) / 2 for weights in W]
    for ours, right in zip(
        B(x, y, symmetric, b)[0],
        complex_gradients(lambda arrays: notebook["cross_entropy"](x, y, arrays, b), symmetric),
        strict=True,
    ):
        np.testing.assert_allclose(ours, right, rtol=1e-9, atol=1e-14)
    a, _, _ = notebook["forward"](x, W, b)
    per_example = np.tile(b[1], (len(x), 1))  # a bias of its own for each example: its slope is Δ
    (delta,) = complex_gradients(
        lambda own: notebook["cross_entropy"](x, y, W, [b[0], *own, *b[2:]]), [per_example]
    )
    np.testing.assert_allclose(delta.T @ a[1], dW_check[1], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(C(x, y, W, b)[0][1], delta.T @ a[3], rtol=1e-9, atol=1e-14)
    before = [gradient.copy() for gradient in D(x, y, W, b)[0]]
    for old, two, right in zip(before, D(x, y, W, b)[0], dW_check, strict=True):
        np.testing.assert_allclose(two - old, right, rtol=1e-9, atol=1e-14)


def test_the_sixth_machine_has_its_planted_bug_in_the_last_layer(notebook: dict) -> None:
    x, y, W, b = inputs("mended_backward")
    wrong = ex13.first_wrong(*notebook["machine_f"](x, y, W, b), *ex13.mended_backward(x, y, W, b))
    assert wrong == (2, True, True)


@pytest.mark.long
def test_the_mended_machine_agrees_with_torch() -> None:
    need("torch")
    import torch

    x, y, W, b = inputs("mended_backward")
    weights = [torch.tensor(array, requires_grad=True) for array in W]
    shifts = [torch.tensor(array, requires_grad=True) for array in b]
    value = torch.tensor(x)
    for weight, shift in zip(weights, shifts, strict=True):
        value = torch.sigmoid(torch.nn.functional.linear(value, weight, shift))
    torch.nn.functional.mse_loss(value, torch.tensor(y)).backward()
    dW, db = ex13.mended_backward(x, y, W, b)
    for i in range(len(W)):
        np.testing.assert_allclose(dW[i], weights[i].grad.numpy(), rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(db[i], shifts[i].grad.numpy(), rtol=1e-10, atol=1e-15)


@pytest.mark.long
def test_the_scales_are_torchs() -> None:
    need("torch")
    import torch

    n_in, n_out = 300, 200
    weight = torch.empty(n_out, n_in, dtype=torch.float64)
    torch.manual_seed(0)
    for scheme, fill in (
        ("xavier", torch.nn.init.xavier_uniform_),
        ("he", lambda w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu")),
    ):
        fill(weight)
        r = np.sqrt(3) * ex13.weight_scale(n_in, n_out, scheme)
        # 60,000 even draws: the largest falls short of r by about r/30,000
        assert 0.999 * r < float(weight.abs().max()) <= r


@pytest.mark.long
def test_a_forward_pass_per_parameter_takes_twenty_times_the_limit() -> None:
    """Processor time, extrapolated from a few forward passes; the analytic answer's share."""
    question = load("13_when_it_goes_wrong").question("mended_backward")
    fixture = next(case for case in question.fixtures if case.large)
    x, y, W, b = question.inputs(generator(question, fixture, 0), fixture)

    def forward():
        value = x
        for weights, bias in zip(W, b, strict=True):
            value = 1 / (1 + np.exp(-(value @ weights.T + bias)))
        return ((value - y) ** 2).mean()

    parameters = sum(weights.size for weights in W)
    assert parameters * seconds(forward, 50) > 20 * fixture.cpu_seconds
    assert seconds_here(lambda: question.reference(x, y, W, b), 50) < 0.02 * fixture.cpu_seconds
