"""The answers of exercises 02 and 04 against the complex step, the library and PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from needs import need

from course_lib import MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy
from course_lib.checks.ex02_one_neuron import reference as ex02
from course_lib.checks.ex04_loss import reference as ex04

RNG = np.random.default_rng(5)
Z = RNG.normal(size=(6, 4))
LABELS = np.array([0, 3, 1, 2, 2, 0])
STEP = 1e-30


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_slopes_are_those_of_the_curves(name: str) -> None:
    """The complex step of the plain formulas."""
    g = np.tanh if name == "tanh" else lambda z: 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(ex02.activate(Z, name), g(Z), rtol=1e-13)
    slopes = g(Z + 1j * STEP).imag / STEP
    np.testing.assert_allclose(ex02.activation_slope(Z, name), slopes, rtol=1e-12)


def test_neuron_slopes_are_the_complex_step() -> None:
    x, w, b = Z[0], Z[1], 0.3

    def answer(x, w, b):
        return np.tanh(np.sum(x * w) + b)

    dw, db, dx = ex02.neuron_slopes(x, w, b, "tanh")
    assert db == pytest.approx(answer(x, w, b + 1j * STEP).imag / STEP, rel=1e-12)
    for k, unit in enumerate(np.eye(4)):
        assert dw[k] == pytest.approx(answer(x, w + 1j * STEP * unit, b).imag / STEP, rel=1e-12)
        assert dx[k] == pytest.approx(answer(x + 1j * STEP * unit, w, b).imag / STEP, rel=1e-12)


def test_the_sigmoid_survives_every_number() -> None:
    with np.errstate(all="raise", under="ignore"):
        ends = ex02.activate(np.array([-1e5, -50.0, 0.0, 50.0, 1e5]), "sigmoid")
    np.testing.assert_allclose(ends, [0, np.exp(-50), 0.5, 1, 1], rtol=1e-12)


def test_the_mean_squared_error_is_course_libs() -> None:
    loss = MeanSquaredError()
    target = RNG.normal(size=Z.shape)
    assert ex04.mean_squared_error(Z, target) == pytest.approx(loss.forward(Z, target), rel=1e-13)
    ours = ex04.mean_squared_error_backward(Z, target)
    np.testing.assert_allclose(ours, loss.backward(), rtol=1e-12)
    flat = ex04.mean_squared_error_backward(Z[:, :1], target[:, 0])
    np.testing.assert_allclose(flat[:, 0], 2 * (Z[:, 0] - target[:, 0]) / 6, rtol=1e-12)


@pytest.mark.parametrize("height", [1.0, 1e3])
def test_the_cross_entropies_are_course_libs(height: float) -> None:
    scores = height * Z
    ours = ex04.cross_entropy(scores, LABELS)
    assert ours == pytest.approx(SoftmaxCrossEntropy().forward(scores, LABELS), rel=1e-12)
    targets = (LABELS > 1).astype(float)
    expected = SigmoidBinaryCrossEntropy().forward(scores[:, :1], targets[:, None])
    assert ex04.binary_cross_entropy(scores[:, 0], targets) == pytest.approx(expected, rel=1e-12)


@pytest.mark.long
def test_losses_agree_with_torch() -> None:
    need("torch")
    import torch
    from torch.nn import functional

    scores, labels = torch.tensor(300 * Z), torch.tensor(LABELS)
    np.testing.assert_allclose(
        ex04.softmax(300 * Z), torch.softmax(scores, dim=1).numpy(), rtol=1e-12, atol=1e-300
    )
    assert ex04.cross_entropy(300 * Z, LABELS) == pytest.approx(
        functional.cross_entropy(scores, labels).item(), rel=1e-12
    )
    targets = (LABELS > 1).astype(float)
    expected = functional.binary_cross_entropy_with_logits(scores[:, 0], torch.tensor(targets))
    assert ex04.binary_cross_entropy(300 * Z[:, 0], targets) == pytest.approx(
        expected.item(), rel=1e-12
    )
    predicted = torch.tensor(Z, requires_grad=True)
    functional.mse_loss(predicted, torch.tensor(Z[::-1].copy())).backward()
    ours = ex04.mean_squared_error_backward(Z, Z[::-1])
    np.testing.assert_allclose(ours, predicted.grad.numpy(), rtol=1e-12)
