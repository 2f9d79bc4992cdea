"""The training loop: it learns, repeats itself, and stops with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_lib import (
    SGD,
    Adam,
    Dense,
    MeanSquaredError,
    Network,
    ReLU,
    SigmoidBinaryCrossEntropy,
    SoftmaxCrossEntropy,
    Tanh,
)
from course_lib.data import digits
from course_lib.training import accuracy, minibatches, train


def classifier(seed=0, dtype=np.float64, hidden=8) -> Network:
    return Network(
        Dense(2, hidden),
        Tanh(),
        Dense(hidden, 2),
        loss=SoftmaxCrossEntropy(),
        seed=seed,
        dtype=dtype,
    )


def rings(n=120):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 2))
    return x, (np.hypot(*x.T) > 1.1).astype(int)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_digits_are_learned_to_96_percent_of_the_held_out_fifth(dtype):
    x, y, x_test, y_test = digits()
    for seed in (0, 1):
        network = Network(
            Dense(64, 32), ReLU(), Dense(32, 10), loss=SoftmaxCrossEntropy(), seed=seed, dtype=dtype
        )
        history = train(
            network, Adam(network, 1e-2), x, y, epochs=20, batch_size=32,
            validation=(x_test, y_test), progress=False,
        )  # fmt: skip
        assert accuracy(network, x_test, y_test) >= 0.96
        assert history.validation_accuracy[-1] == accuracy(network, x_test, y_test)
        assert history.loss[-1] < 0.05 < history.loss[0]


def test_history_holds_what_was_measured():
    x, y = rings()
    network = classifier()
    before = network.copy()
    history = train(
        network, SGD(network, 0.5), x, y, 3, batch_size=120, validation=(x, y), progress=False
    )
    assert (
        len(history.loss) == len(history.validation_loss) == len(history.validation_accuracy) == 3
    )
    assert history.loss[0] == pytest.approx(before.evaluate(x, y), rel=1e-12)
    assert history.validation_loss[-1] == network.evaluate(x, y)
    assert history.validation_loss[0] == pytest.approx(history.loss[1], rel=1e-12)
    assert history.stopped == ""


def test_an_epochs_loss_weights_a_smaller_last_batch_by_its_examples():
    x, y = rings(5)
    network = classifier()
    optimizer = SGD(network, 1e-300)
    history = train(network, optimizer, x, y, 1, batch_size=2, progress=False)
    assert history.loss[0] == pytest.approx(network.evaluate(x, y), rel=1e-12)


def test_the_seed_of_the_shuffling_repeats_training():
    x, y = rings()
    results = []
    for seed in (1, 1, 2):
        network = classifier()
        train(network, Adam(network, 0.01), x, y, 2, seed=seed, progress=False)
        results.append(network.theta.copy())
    np.testing.assert_array_equal(results[0], results[1])
    assert (results[0] != results[2]).any()


def test_every_example_is_used_once_an_epoch_in_a_new_order():
    rng = np.random.default_rng(3)
    first, second = (np.concatenate(list(minibatches(10, 4, rng))) for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first.tolist() != second.tolist()
    assert [len(batch) for batch in minibatches(10, 4, rng)] == [4, 4, 2]


def test_a_loss_that_is_not_finite_stops_training_and_says_what_overflowed_first():
    x, y = rings()
    deep = Network(
        Dense(2, 8), ReLU(), Dense(8, 8), ReLU(), Dense(8, 2), loss=SoftmaxCrossEntropy(), seed=0
    )
    with pytest.warns(RuntimeWarning, match=r"epoch 1: layer \d, Dense|epoch \d: W\d") as caught:
        history = train(deep, SGD(deep, 1e200), x, y, 5, progress=False)
    assert history.stopped == str(caught[0].message)
    assert len(history.loss) < 5
    assert all(map(math.isfinite, history.loss))
    line = Network(Dense(2, 1), loss=MeanSquaredError(), seed=0)
    with pytest.warns(RuntimeWarning, match="too large for float64|overflowed first"):
        history = train(line, SGD(line, 50.0), x, y[:, None], 400, progress=False)
    assert 0 < len(history.loss) < 400


def test_a_bar_shows_progress(capsys):
    x, y = rings(8)
    network = classifier()
    train(network, SGD(network, 0.1), x, y, 2, validation=(x, y))
    shown = capsys.readouterr().err
    assert "2/2" in shown
    assert "loss=" in shown
    assert "accuracy=" in shown


def test_accuracy_of_binary_outputs_and_what_it_refuses():
    network = Network(Dense(1, 1), loss=SigmoidBinaryCrossEntropy(), seed=0)
    network.theta[...] = [1.0, 0.0]
    assert accuracy(network, [[-1.0], [2.0], [3.0], [4.0]], [[0], [1], [1], [0]]) == 0.75
    with pytest.raises(ValueError, match=r"\(2,\).*\(2, 1\)"):
        accuracy(network, [[1.0], [2.0]], [1, 0])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"batch_size": 2.5}, r"batch_size=2\.5"),
        ({"y": [0]}, r"120 examples.*\(1,\)"),
        ({"x": np.zeros((120, 3))}, r"\(120, 3\)"),
        ({"optimizer": SGD(classifier(), 0.1)}, "another network"),
        ({"optimizer": 0.1}, "another network"),
    ],
)
def test_what_training_refuses(change, says):
    x, y = rings()
    network = classifier()
    given = {"optimizer": SGD(network, 0.1), "x": x, "y": y, "epochs": 1, "batch_size": 8, **change}
    with pytest.raises(ValueError, match=says):
        train(network, **given, progress=False)
