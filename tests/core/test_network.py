"""What a Network promises: views, caches, copies, dtypes."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import course_lib
from course_lib import (
    SGD,
    Adam,
    Dense,
    LeakyReLU,
    MeanSquaredError,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
    gradcheck,
)
from course_lib._validation import class_labels
from course_lib.data import digits, moons, spirals, worked_network, xor
from course_lib.layers import Layer
from course_lib.training import train


def make(seed=0, dtype=np.float64) -> Network:
    return Network(
        Dense(4, 6), ReLU(), Dense(6, 5), Tanh(), Dense(5, 3),
        loss=SoftmaxCrossEntropy(), seed=seed, dtype=dtype,
    )  # fmt: skip


def batch(n=7, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 4)), rng.integers(0, 3, n)


def test_forward_is_the_formula_written_out():
    network, (x, y) = make(), batch()
    p = network.parameters
    z1 = x @ p["W1"].T + p["b1"]
    z2 = np.where(z1 > 0, z1, 0) @ p["W2"].T + p["b2"]
    z3 = np.tanh(z2) @ p["W3"].T + p["b3"]
    probabilities = np.exp(z3) / np.exp(z3).sum(axis=1, keepdims=True)
    loss = network.forward(x, y)
    assert type(loss) is float
    assert loss == pytest.approx(-np.log(probabilities[np.arange(7), y]).mean(), rel=1e-14)
    np.testing.assert_allclose(network.predict(x), probabilities, rtol=1e-13)


def test_the_mappings_hold_views_of_the_flat_vectors_in_order():
    network = make()
    assert (
        list(network.parameters) == ["W1", "b1", "W2", "b2", "W3", "b3"] == list(network.gradients)
    )
    assert network.parameters["W1"].shape == (6, 4)
    flat = np.concatenate([array.ravel() for array in network.parameters.values()])
    np.testing.assert_array_equal(network.theta, flat)
    network.parameters["W2"][...] = 7.0
    assert (network.theta == 7).sum() == 30
    network.theta[...] = np.arange(network.theta.size)
    assert network.parameters["b1"][0] == 24
    assert network.layers[0].W is network.parameters["W1"]
    network.parameters["b3"] = [1, 2, 3]
    network.layers[0].W = np.ones((6, 4), int)
    np.testing.assert_array_equal(network.theta[-3:], [1, 2, 3])
    np.testing.assert_array_equal(network.theta[:24], 1)
    network.theta = np.zeros(network.theta.size)
    assert not network.parameters["b3"].any()
    assert "W4" not in network.parameters


def test_theta_can_be_updated_as_the_formula_is_written():
    network, (x, y) = make(), batch()
    before = network.forward(x, y)
    network.backward()
    theta, gradient = network.theta.copy(), network.gradient
    network.theta -= 0.1 * gradient
    np.testing.assert_array_equal(network.theta, theta - 0.1 * gradient)
    assert network.parameters["W1"].base is not None
    assert network.forward(x, y) < before


def test_backward_never_adds_up():
    network, (x, y) = make(), batch()
    network.forward(x, y)
    assert network.backward() is None
    first = network.gradient.copy()
    network.backward()
    np.testing.assert_array_equal(network.gradient, first)
    network.forward(x, y)
    network.backward()
    np.testing.assert_array_equal(network.gradient, first)


@pytest.mark.parametrize("n", [7, 3, 20])
def test_predicting_leaves_the_cache_of_the_last_forward_pass(n):
    network, (x, y) = make(), batch()
    network.forward(x, y)
    network.backward()
    expected = network.gradient.copy()
    network.forward(x, y)
    network.predict(batch(n, seed=9)[0])
    network.evaluate(*batch(n, seed=9))
    network.backward()
    np.testing.assert_array_equal(network.gradient, expected)


def test_a_layer_used_alone_gives_fresh_arrays_and_a_network_goes_on_undisturbed():
    network, (x, y) = make(), batch()
    first = network.layers[0].forward(x)
    second = network.layers[0].forward(2 * x)
    assert not np.shares_memory(first, second)
    loss = network.forward(x, y)
    for layer in network.layers:
        x = layer.forward(x)
    assert network.forward(*batch()) == loss


def test_what_a_layer_alone_keeps_is_its_own():
    rng = np.random.default_rng(0)
    for layer in (Dense(3, 3, seed=0), Tanh(), Sigmoid(), ReLU(), LeakyReLU(), Softmax()):
        x, delta = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        a = layer.forward(x)
        expected = layer.backward(delta)
        x[...] = a[...] = 7.0
        np.testing.assert_array_equal(layer.backward(delta), expected)
        if isinstance(layer, Dense):
            assert (layer.dW != 7.0 * delta.sum(axis=0)[:, np.newaxis]).all()


def test_a_prediction_is_never_a_buffer():
    network, (x, y) = make(), batch()
    network.forward(x, y)
    first = network.predict(x)
    kept = first.copy()
    network.predict(2 * x)
    network.forward(3 * x, y)
    np.testing.assert_array_equal(first, kept)
    first[...] = 0
    np.testing.assert_array_equal(network.predict(x), kept)


@pytest.mark.parametrize("layers", [
    (Tanh, ReLU), (ReLU, Softmax), (LeakyReLU, Sigmoid), (Sigmoid, Sigmoid), (Softmax, Tanh),
])  # fmt: skip
def test_two_activations_in_a_row_and_one_before_the_first_layer_keep_their_caches(layers):
    first, second = layers
    network = Network(
        first(), Dense(4, 5), first(), second(), Dense(5, 3), second(), loss=MeanSquaredError(),
        seed=1,
    )  # fmt: skip
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))
    kept = x.copy()
    network.forward(x, y)
    network.backward()
    witness = network.copy(np.complex128)
    for i in range(0, network.theta.size, 3):
        witness.theta[i] += 1e-30j
        slope = witness.forward(x, y).imag / 1e-30
        witness.theta[i] -= 1e-30j
        assert network.gradient[i] == pytest.approx(slope, rel=1e-10, abs=1e-16)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays_through_every_step(dtype):
    network, (x, y) = make(dtype=dtype), batch()
    for optimizer in (SGD(network, np.float64(0.1)), Adam(network, np.float64(0.1))):
        for inputs in (x, x.astype(np.float32), (10 * x).astype(int), x.tolist()):
            network.forward(inputs, y)
            network.backward()
            optimizer.learning_rate = np.float64(0.05)
            optimizer.update()
    assert network.theta.dtype == network.gradient.dtype == dtype
    assert network.predict(x).dtype == dtype


def test_integer_inputs_are_converted_not_truncated():
    network = Network(Dense(1, 1), loss=MeanSquaredError(), seed=0)
    network.theta[...] = [0.5, 0.25]
    assert network.forward(np.array([[1]]), np.array([[1]])) == 0.0625
    layer = Dense(1, 1)
    layer.W[...] = 0.5
    assert layer.forward(np.array([[3]])) == 1.5
    assert layer.backward(np.array([[1]])) == 0.5


def test_inputs_are_never_changed_in_place():
    network, (x, y) = make(), batch()
    one_hot = np.eye(3)[y]
    kept = x.copy(), y.copy(), one_hot.copy()
    network.forward(x, y)
    network.backward()
    network.forward(x, one_hot)
    network.backward()
    network.predict(x)
    for array, before in zip((x, y, one_hot), kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_integer_labels_and_one_hot_rows_are_the_same_targets():
    network, (x, y) = make(), batch()
    loss = network.forward(x, y)
    network.backward()
    gradient = network.gradient.copy()
    for same in (np.eye(3)[y], np.eye(3, dtype=int)[y], y.astype(np.uint8), y.tolist()):
        assert network.forward(x, same) == loss
        network.backward()
        np.testing.assert_array_equal(network.gradient, gradient)


def test_rows_of_any_memory_layout_give_the_same():
    network, (x, y) = make(), batch()
    loss = network.forward(x, y)
    assert network.forward(np.asfortranarray(x), y) == pytest.approx(loss, rel=1e-15)
    assert network.forward(np.repeat(x, 2, axis=0)[::2], y) == pytest.approx(loss, rel=1e-15)
    assert network.forward(x[::-1], y[::-1]) == pytest.approx(loss, rel=1e-15)


@pytest.mark.parametrize(
    "duplicate",
    [lambda n: n.copy(), copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))],
)
def test_a_copy_is_a_network_of_its_own(duplicate):
    network, (x, y) = make(), batch()
    loss = network.forward(x, y)
    other = duplicate(network)
    np.testing.assert_array_equal(other.theta, network.theta)
    assert not np.shares_memory(other.theta, network.theta)
    other.parameters["W1"][...] = 0
    assert (other.theta[:24] == 0).all()
    other.forward(x, y)
    other.backward()
    assert network.forward(x, y) == loss
    assert other.layers[0].dW is other.gradients["W1"]


def test_an_optimizer_copied_with_its_network_goes_on_alike():
    network, (x, y) = make(), batch()
    pair = network, Adam(network, 0.01)
    for _ in range(3):
        network.forward(x, y)
        network.backward()
        pair[1].update()
    again = copy.deepcopy(pair)
    for net, optimizer in (pair, again):
        assert optimizer.network is net
        net.forward(x, y)
        net.backward()
        optimizer.update()
    np.testing.assert_array_equal(pair[0].theta, again[0].theta)
    assert not np.shares_memory(pair[0].theta, again[0].theta)


def test_the_seed_repeats_the_start_and_the_dtype_does_not_change_it():
    np.testing.assert_array_equal(make(3).theta, make(3).theta)
    assert (make(3).theta != make(4).theta).any()
    np.testing.assert_array_equal(make(3).theta.astype(np.float32), make(3, np.float32).theta)


def test_a_softmax_twice_is_warned_about():
    with pytest.warns(UserWarning, match="applies it twice"):
        Network(Dense(2, 2), Softmax(), loss=SoftmaxCrossEntropy())


def test_batches_of_changing_size_give_what_a_fresh_network_gives():
    network = make()
    for n in (7, 3, 7, 1, 12, 7):
        x, y = batch(n, seed=n)
        fresh = network.copy()
        assert network.forward(x, y) == fresh.forward(x, y)
        network.backward()
        fresh.backward()
        np.testing.assert_array_equal(network.gradient, fresh.gradient)


class Scale(Layer):
    """A layer with parameters that is no Dense: z ⊙ g."""

    elementwise = True

    def __init__(self, n):
        self.hold(g=np.linspace(0.5, 1.5, n))

    def forward(self, a):
        self.cache = a
        return a * self.parameters["g"]

    def backward(self, delta):
        self.gradients["g"] = (delta * self.cache).sum(axis=0)
        return delta * self.parameters["g"]


@pytest.mark.parametrize("method", ["complex", "central"])
def test_layers_with_parameters_that_are_not_dense_are_trained_wherever_they_are(method):
    network = Network(
        Tanh(), Scale(4), Dense(4, 5), Scale(5), Tanh(), Dense(5, 3), Scale(3),
        loss=SoftmaxCrossEntropy(), seed=0,
    )  # fmt: skip
    x, y = batch()
    assert list(network.parameters) == ["g1", "W2", "b2", "g3", "W4", "b4", "g5"]
    assert gradcheck.check(network, x, y, method).passed
    before, theta = network.forward(x, y), network.theta.copy()
    network.backward()
    SGD(network, 0.05).update()
    assert (network.theta != theta).all()
    assert network.forward(x, y) < before
    copy_ = network.copy()
    np.testing.assert_array_equal(copy_.theta, network.theta)
    history = train(network, Adam(network, 0.01), x, y, 3, progress=False)
    assert history.loss[-1] < history.loss[0]


def test_a_network_of_layers_without_sizes_takes_any_width_that_fits():
    network = Network(Scale(3), loss=MeanSquaredError())
    assert network.forward(np.ones((2, 3)), np.ones((2, 3))) == pytest.approx(1 / 6)


@pytest.mark.parametrize("position", range(5))
def test_a_layer_used_on_its_own_between_the_passes_makes_backward_raise(position):
    network, (x, y) = make(), batch()
    inputs = [x, *network.activations(x)]
    network.forward(x, y)
    network.layers[position].forward(2 * inputs[position])
    with pytest.raises(RuntimeError, match=r"used on its own.*network\.activations"):
        network.backward()
    network.forward(x, y)
    network.backward()


def test_the_loss_used_on_its_own_between_the_passes_makes_backward_raise():
    network, (x, y) = make(), batch()
    network.forward(x, y)
    network.loss.forward(np.ones((7, 3)), y)
    with pytest.raises(RuntimeError, match="used on its own"):
        network.backward()


def test_activations_are_every_layers_output_and_leave_the_cache():
    network, (x, y) = make(), batch()
    network.forward(x, y)
    outputs = network.activations(2 * x)
    expected = 2 * x
    for layer, output in zip(network.copy().layers, outputs, strict=True):
        expected = layer.forward(expected)
        np.testing.assert_array_equal(output, expected)
    network.backward()
    gradient = network.gradient.copy()
    network.forward(x, y)
    network.backward()
    np.testing.assert_array_equal(network.gradient, gradient)


@pytest.mark.parametrize("duplicate", [lambda n: n.copy(), copy.deepcopy])
def test_a_copied_layer_has_an_empty_cache(duplicate):
    network, (x, y) = make(), batch()
    network.forward(x, y)
    other = duplicate(network)
    assert [layer.cache for layer in (*other.layers, other.loss)] == [None] * 6
    with pytest.raises(RuntimeError, match="call network.forward".replace(".", r"\.")):
        other.backward()
    for layer, width in zip(other.layers, (6, 6, 5, 5, 3), strict=True):
        with pytest.raises(RuntimeError, match="before its forward"):
            layer.backward(np.ones((7, width)))
        assert layer.copy().cache is None


def test_theta_is_filled_as_pytorch_flattens_parameters():
    network = make()
    arrays = [np.arange(a.size, dtype=float).reshape(a.shape) for a in network.parameters.values()]
    network.theta[...] = np.concatenate([array.ravel() for array in arrays])
    for array, parameter in zip(arrays, network.parameters.values(), strict=True):
        np.testing.assert_array_equal(parameter, array)


def test_labels_have_the_machines_own_index_type():
    p = np.full((2, 3), 1 / 3)
    for labels in (
        [0, 2],
        np.array([0, 2], np.int64),
        np.array([0, 2], np.int32),
        np.eye(3)[[0, 2]],
    ):
        indices = class_labels(labels, p)
        assert indices.dtype == np.intp
        assert indices.tolist() == [0, 2]
    for y in (xor()[1], moons(5)[1], spirals(5)[1], digits()[1], worked_network().y):
        assert y.dtype == np.intp
    for path in Path(course_lib.__path__[0]).glob("*.py"):
        assert "int64" not in path.read_text("utf-8"), f"{path.name}: np.intp is right everywhere"
