"""A compiled step computes what the three verbs compute, and says what it does not know."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from course_lib import (
    SGD,
    Adam,
    Dense,
    LeakyReLU,
    MeanSquaredError,
    Momentum,
    Network,
    NotFiniteError,
    ReLU,
    RMSprop,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
    compiled,
    layers,
    losses,
    optimizers,
)
from course_lib.compiled import NotSupportedError
from course_lib.gradcheck import relative_error
from course_lib.training import three_verbs

compile_ = compiled.compiled
TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
LAYERS = [kind for kind in layers.Layer.__subclasses__() if kind.__module__ == layers.__name__]
LOSSES = [kind for kind in losses.Loss.__subclasses__() if kind.__module__ == losses.__name__]
OPTIMIZERS = {
    "SGD": lambda n: SGD(n, 0.1),
    "SGD with decay": lambda n: SGD(n, 0.1, weight_decay=0.01),
    "Momentum": lambda n: Momentum(n, 0.05),
    "Nesterov": lambda n: Momentum(n, 0.05, nesterov=True),
    "RMSprop": lambda n: RMSprop(n, 0.01),
    "Adam": lambda n: Adam(n, 0.01, beta1=0.8, beta2=0.95),
}


def make(activation=Tanh, loss=SoftmaxCrossEntropy, dtype=np.float64) -> Network:
    last = {"BinaryCrossEntropy": [Sigmoid()], "CrossEntropy": [Softmax()]}
    return Network(
        activation(), Dense(4, 6), activation(), Dense(6, 5), activation(), activation(),
        Dense(5, 3), *last.get(loss.__name__, []), loss=loss(), seed=1, dtype=dtype,
    )  # fmt: skip


def batch(network, n, seed):
    rng = np.random.default_rng(seed)
    kind = network.loss.targets
    y = {
        "numbers": rng.normal(size=(n, 3)),
        "probabilities": rng.uniform(size=(n, 3)),
        "classes": rng.integers(0, 3, n),
    }[kind]
    return rng.normal(size=(n, 4)), y


def assert_same(network, optimizer) -> None:
    """50 steps of each, with batches of several sizes, end with the same numbers."""
    other = copy.deepcopy((network, optimizer))
    step, plain = compile_(network, optimizer), three_verbs(*other)
    tolerance = TOLERANCE[str(network.dtype)]
    for k in range(50):
        x, y = batch(network, (7, 7, 3)[k % 3], k)
        assert step(x, y) == pytest.approx(plain(x, y), rel=tolerance)
    for name in ("theta", "gradient"):
        assert relative_error(getattr(network, name), getattr(other[0], name)) < tolerance
    assert optimizer.steps == other[1].steps == 50
    for name in optimizer.remembers:
        assert relative_error(getattr(optimizer, name), getattr(other[1], name)) < 10 * tolerance
    assert network.theta.dtype == network.dtype


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("activation", [kind for kind in LAYERS if kind is not Dense])
def test_every_activation_gives_the_numbers_of_the_verbs(activation, dtype):
    network = make(activation, dtype=dtype)
    assert_same(network, SGD(network, 0.1))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_gives_the_numbers_of_the_verbs(loss, dtype):
    network = make(loss=loss, dtype=dtype)
    assert_same(network, SGD(network, 0.1))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_gives_the_numbers_of_the_verbs(name, dtype):
    network = make(dtype=dtype)
    assert_same(network, OPTIMIZERS[name](network))


def test_every_layer_loss_and_optimizer_of_the_library_is_known():
    assert set(LAYERS) == compiled.LAYERS.keys()
    assert set(LOSSES) == compiled.LOSSES.keys()
    assert set(optimizers.Optimizer.__subclasses__()) >= compiled.UPDATES.keys()
    assert {type(OPTIMIZERS[name](make())) for name in OPTIMIZERS} == compiled.UPDATES.keys()


def test_a_long_vector_updated_in_pieces_ends_as_one_updated_whole(monkeypatch):
    results = []
    for piece in (8, 10**6):
        monkeypatch.setattr(compiled, "PIECE", piece)
        network = make()
        step = compile_(network, Adam(network))
        for k in range(4):
            step(*batch(network, 5, k))
        results.append(network.theta.copy())
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_the_verbs_and_compiled_steps_may_alternate_also_after_a_copy(duplicate):
    network = make()
    pair = network, Adam(network, 0.01)
    plain = three_verbs(*duplicate(pair))
    step = compile_(*pair)
    for k in range(6):
        data = batch(network, 5, k)
        if k == 4:
            pair = duplicate(pair)
            step = compile_(*pair)
        run = step if k % 2 else three_verbs(*pair)
        assert run(*data) == pytest.approx(plain(*data), rel=1e-12)


def test_an_optimizers_memories_are_in_their_own_unit_whenever_they_are_read():
    network = make()
    optimizer = Adam(network)
    step = compile_(network, optimizer)
    step(*batch(network, 5, 0))
    np.testing.assert_allclose(optimizer.m, 0.1 * network.gradient, rtol=1e-12)
    np.testing.assert_allclose(optimizer.s, 0.001 * network.gradient**2, rtol=1e-12)
    optimizer.m = np.zeros_like(network.theta)
    assert not optimizer.m.any()


def test_after_a_step_backward_needs_a_forward_pass():
    network = make()
    x, y = batch(network, 5, 0)
    network.forward(x, y)
    compile_(network, SGD(network, 0.1))(x, y)
    with pytest.raises(RuntimeError, match=r"call network\.forward"):
        network.backward()
    assert network.has_gradient


def test_one_hot_rows_lists_and_any_dtype_are_taken():
    losses_ = []
    for convert in (lambda x, y: (x, np.eye(3)[y]), lambda x, y: (x.tolist(), y.tolist()),
                    lambda x, y: (np.asfortranarray(x), y.astype(np.uint8))):  # fmt: skip
        network = make()
        losses_.append(compile_(network, SGD(network, 0.1))(*convert(*batch(network, 5, 0))))
    assert losses_ == pytest.approx([losses_[0]] * 3, rel=1e-15)


class Cube(layers.Layer):
    elementwise = True

    def forward(self, z):
        self.cache = z
        return z**3

    def backward(self, delta):
        return 3 * delta * self.cache**2


class Wrapped(SGD):
    pass


@pytest.mark.parametrize(
    ("network", "optimizer", "says"),
    [
        (lambda: Network(Dense(4, 3), Cube(), loss=MeanSquaredError()), SGD, r"Cube\(\)"),
        (make, Wrapped, "Wrapped"),
        (lambda: make(dtype=np.complex128), SGD, "complex128"),
    ],
)
def test_what_is_not_known_is_named(network, optimizer, says):
    network = network()
    with pytest.raises(NotSupportedError, match=f"{says}.*network.forward"):
        compile_(network, optimizer(network, 0.1))


def test_an_optimizer_of_another_network_is_refused():
    with pytest.raises(ValueError, match="another network"):
        compile_(make(), SGD(make(), 0.1))
    with pytest.raises(ValueError, match="another network"):
        compile_(make(), 0.1)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_does_not_fit_is_said_as_by_the_verbs_and_changes_nothing():
    network = make(ReLU)
    optimizer = Adam(network)
    step = compile_(network, optimizer)
    x, y = batch(network, 5, 0)
    step(x, y)
    theta = network.theta.copy()
    wrong = x.copy()
    wrong[2, 1] = np.nan
    for a, b, says in (
        (x[0], y, r"\(4,\).*np.newaxis"),
        (wrong, y, r"x holds nan at index \[2, 1\]"),
        (x, y + 9, "out of range"),
        (x, y[:4], r"\(4,\)"),
    ):
        with pytest.raises(ValueError, match=says):
            step(a, b)
    network.theta[:24] *= 1e308
    with pytest.raises(NotFiniteError, match=r"W1|layer 1"):
        step(1e9 * x, y)
    network.theta[...] = theta
    assert optimizer.steps == 1
    step(x, y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["Momentum", "RMSprop", "Adam"])
def test_the_memory_of_a_parameter_without_gradients_ends_at_zero(name, dtype):
    """Multiplied by 0.9 for ever, it would stay at the smallest numbers there are: slow ones."""
    network = Network(Dense(1, 1), LeakyReLU(), loss=MeanSquaredError(), seed=0, dtype=dtype)
    optimizer = OPTIMIZERS[name](network)
    step = compile_(network, optimizer)
    step([[1.0]], [[1.0]])
    halvings = np.finfo(dtype).maxexp + np.finfo(dtype).nmant  # to the smallest number
    for _ in range(20 * halvings):
        step([[0.0]], [[5.0]])  # the weight's gradient is 0 from now on
    for kind in optimizer.remembers:
        assert getattr(optimizer, kind)[0] == 0
