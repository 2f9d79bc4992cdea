"""Every gradient of the core against the complex step, over shapes, batches and extreme values."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import course_lib
from course_lib import gradcheck
from course_lib.gradcheck import complex_step, relative_error

ACTIVATIONS = {
    "Sigmoid": course_lib.Sigmoid,
    "Tanh": course_lib.Tanh,
    "ReLU": course_lib.ReLU,
    "LeakyReLU": lambda: course_lib.LeakyReLU(0.2),
    "Softmax": course_lib.Softmax,
}
LOSSES = {
    "MeanSquaredError": None,
    "BinaryCrossEntropy": course_lib.Sigmoid,
    "CrossEntropy": course_lib.Softmax,
    "SigmoidBinaryCrossEntropy": None,
    "SoftmaxCrossEntropy": None,
}
sizes = st.integers(1, 6)
moderate = st.floats(-4, 4, width=32)
extreme = st.one_of(moderate, st.sampled_from([-1e4, -700.0, -40.0, 40.0, 700.0, 1e4]))
steady = settings(deadline=None, max_examples=60, derandomize=True)


def targets(loss: str, n: int, width: int, rng: np.random.Generator) -> np.ndarray:
    if loss == "MeanSquaredError":
        return rng.normal(size=(n, width))
    if "Binary" in loss:
        return rng.uniform(size=(n, width)).round(1)
    return rng.integers(0, width, n)


@steady
@given(
    widths=st.lists(sizes, min_size=2, max_size=4),
    n=st.integers(1, 9),
    activation=st.sampled_from(list(ACTIVATIONS)),
    loss=st.sampled_from(list(LOSSES)),
    seed=st.integers(0, 2**16),
)
def test_every_gradient_of_a_network_is_the_complex_steps(widths, n, activation, loss, seed):
    rng = np.random.default_rng(seed)
    layers = []
    for n_in, n_out in pairwise(widths):
        layers += [course_lib.Dense(n_in, n_out), ACTIVATIONS[activation]()]
    layers.pop()
    if LOSSES[loss]:
        layers.append(LOSSES[loss]())
    network = course_lib.Network(*layers, loss=getattr(course_lib, loss)(), seed=seed)
    network.theta[...] = rng.normal(size=network.theta.size)
    x, y = rng.normal(size=(n, widths[0])), targets(loss, n, widths[-1], rng)
    network.forward(x, y)
    network.backward()
    witness = gradcheck.numerical_gradient(network, x, y, "complex", restart=False)
    restarted = gradcheck.numerical_gradient(network, x, y, "complex")
    for name, gradient in network.gradients.items():
        # behind a softmax whole arrays may cancel to nothing: then the largest one sets the scale
        scale = max(abs(witness[name]).max(), 1e-3 * max(abs(w).max() for w in witness.values()))
        assert abs(gradient - witness[name]).max() <= 1e-10 * scale
        assert abs(restarted[name] - witness[name]).max() <= 1e-10 * scale


@steady
@given(
    z=arrays.arrays(float, st.tuples(sizes, sizes), elements=extreme),
    name=st.sampled_from(list(ACTIVATIONS)),
    seed=st.integers(0, 999),
)
def test_an_activations_backward_is_the_complex_steps(z, name, seed):
    if name in ("ReLU", "LeakyReLU"):
        z = np.where(z == 0, 0.5, z)
    delta = np.random.default_rng(seed).normal(size=z.shape)
    layer = ACTIVATIONS[name]()
    before = z.copy()
    a = layer.forward(z)
    assert np.isfinite(a).all()
    gradient = layer.backward(delta)
    witness = complex_step(lambda v: (ACTIVATIONS[name]().forward(v) * delta).sum(), z)
    # 1 − a² and a (1 − a) are differences of numbers near 1: absolute accuracy is theirs to give
    np.testing.assert_allclose(gradient, witness, rtol=1e-10, atol=1e-15)
    np.testing.assert_array_equal(z, before)


@steady
@given(
    n=st.integers(1, 7),
    width=sizes,
    loss=st.sampled_from(list(LOSSES)),
    seed=st.integers(0, 2**16),
    data=st.data(),
)
def test_a_losses_gradient_is_the_complex_steps_also_for_extreme_values(n, width, loss, seed, data):
    rng = np.random.default_rng(seed)
    if LOSSES[loss]:
        prediction = rng.uniform(0.001, 0.999, (n, width))
    else:
        prediction = data.draw(arrays.arrays(float, (n, width), elements=extreme))
        if loss == "SigmoidBinaryCrossEntropy":
            prediction[prediction == 0] = 0.25  # at 0, |z| has no complex derivative
    y = targets(loss, n, width, rng)
    function = getattr(course_lib, loss)()
    value = function.forward(prediction, y)
    assert isinstance(value, float)
    assert np.isfinite(value)
    gradient = function.backward()
    witness = complex_step(lambda p: getattr(course_lib, loss)().forward(p, y), prediction)
    np.testing.assert_allclose(gradient, witness, rtol=1e-10, atol=1e-15)
    each = function.per_example(prediction, y)
    assert each.shape == (n,)
    assert each.mean() == pytest.approx(value, rel=1e-12, abs=1e-14)


@steady
@given(n=st.integers(1, 6), n_in=sizes, n_out=sizes, seed=st.integers(0, 999), wide=st.booleans())
def test_a_dense_layers_three_gradients_are_the_complex_steps(n, n_in, n_out, seed, wide):
    rng = np.random.default_rng(seed)
    layer = course_lib.Dense(n_in, n_out, seed=seed)
    a = rng.normal(size=(n, n_in)) * (1e4 if wide else 1)
    delta = rng.normal(size=(n, n_out))
    layer.forward(a)
    da = layer.backward(delta)

    def through(W=layer.W, b=layer.b, a=a):
        return ((a @ W.T + b) * delta).sum()

    assert relative_error(da, complex_step(lambda v: through(a=v), a)) < 1e-10
    assert relative_error(layer.dW, complex_step(lambda v: through(W=v), layer.W)) < 1e-10
    assert relative_error(layer.db, complex_step(lambda v: through(b=v), layer.b)) < 1e-10


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@steady
@given(logits=st.lists(extreme, min_size=2, max_size=5), label=st.integers(0, 1))
def test_fused_losses_stay_finite_and_right_at_any_logits(dtype, logits, label):
    z = np.array([logits], dtype)
    loss = course_lib.SoftmaxCrossEntropy()
    value = loss.forward(z, [label])
    exact = np.logaddexp.reduce(z[0].astype(float)) - float(z[0, label])
    assert value == pytest.approx(exact, rel=1e-6 if dtype == np.float32 else 1e-12, abs=1e-6)
    delta = loss.backward()
    assert delta.dtype == dtype
    assert np.isfinite(delta).all()
    assert abs(delta.sum()) < 1e-5

    binary = course_lib.SigmoidBinaryCrossEntropy()
    value = binary.forward(z, np.full_like(z, label))
    exact = np.mean(np.logaddexp(0, z.astype(float)) - label * z.astype(float))
    assert value == pytest.approx(exact, rel=1e-6, abs=1e-6)
    assert np.isfinite(binary.backward()).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_log_of_a_probability_of_zero_is_held_finite(dtype):
    p, tiny = np.array([[0.0, 1.0]], dtype), np.finfo(dtype).tiny
    for loss, y in ((course_lib.CrossEntropy(), [0]), (course_lib.BinaryCrossEntropy(), [[1, 0]])):
        value = loss.forward(p, y)
        assert value == pytest.approx(-np.log(tiny), rel=1e-6)
        assert np.isfinite(loss.backward()).all()
        assert loss.backward()[0, 0] < 0  # downhill raises the probability


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_central_differences_agree_as_far_as_they_can(activation):
    rng = np.random.default_rng(3)
    network = course_lib.Network(
        course_lib.Dense(4, 6),
        ACTIVATIONS[activation](),
        course_lib.Dense(6, 3),
        loss=course_lib.SoftmaxCrossEntropy(),
        seed=2,
    )
    x, y = rng.normal(size=(8, 4)), rng.integers(0, 3, 8)
    network.forward(x, y)
    network.backward()
    for name, witness in gradcheck.numerical_gradient(network, x, y, "central").items():
        assert relative_error(network.gradients[name], witness) < 1e-8


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_worked_networks_shapes_agree_in_both_dtypes(dtype):
    rng = np.random.default_rng(5)
    network = course_lib.Network(
        course_lib.Dense(3, 7),
        course_lib.Tanh(),
        course_lib.Dense(7, 13),
        course_lib.ReLU(),
        course_lib.Dense(13, 5),
        loss=course_lib.SoftmaxCrossEntropy(),
        seed=1,
        dtype=dtype,
    )
    x, y = rng.normal(size=(11, 3)), rng.integers(0, 5, 11)
    network.forward(x, y)
    network.backward()
    assert network.gradient.dtype == dtype
    for name, witness in gradcheck.numerical_gradient(network, x, y, "complex").items():
        error = relative_error(network.gradients[name], witness)
        assert error < (1e-10 if dtype == np.float64 else 1e-5)


def test_the_derivative_at_a_kink_is_zero_or_the_leak():
    relu, leaky = course_lib.ReLU(), course_lib.LeakyReLU(0.25)
    for layer, slope in ((relu, 0.0), (leaky, 0.25)):
        layer.forward([[0.0]])
        assert layer.backward([[1.0]]) == slope
