"""What chapters 11 to 13 say about behaviour, held to the numbers that their own cells compute."""

import numpy as np
import pytest
from book_pages import run_cells

from course_lib import SGD
from course_lib.course_files import checkout
from course_lib.data import worked_network

BOOK = checkout() / "book"


@pytest.fixture(scope="module")
def update():
    return run_cells(BOOK / "11_update.md")


def test_momentum_is_faster_for_a_small_rate_and_not_for_the_largest(update):
    steps = update["steps_to_rest"]
    slow, helped = steps(0.005, 0.0), steps(0.005, 0.9)
    assert 9 < slow[0] / helped[0] < 11
    assert helped[1] > slow[1]
    plain, heavy, pair = steps(0.09, 0.0), steps(0.09, 0.9), steps(0.05, 0.6)
    assert heavy[0] > plain[0]
    assert heavy[1] > plain[1]
    assert pair[0] < plain[0]
    assert pair[1] < plain[1]


def test_momentum_at_the_largest_rate_swings_farther_out(update):
    walk, ravine, start = update["walk"], update["ravine"], update["start"]
    plain = walk(lambda n: update["Momentum"](n, 0.09, momentum=0.0), ravine, start, 100)
    heavy = walk(lambda n: update["Momentum"](n, 0.09, momentum=0.9), ravine, start, 100)
    assert np.abs(heavy[1:, 1]).max() > np.abs(plain[1:, 1]).max()


def test_the_state_of_adam_created_again_in_each_step():
    """With t going on, the step tends to η (1 − β₁)/√(1 − β₂); with t starting again it is η."""
    gradient, beta1, beta2, rate = 3.0, 0.9, 0.999, 0.1
    for t, expected in ((1, rate), (100_000, rate * (1 - beta1) / np.sqrt(1 - beta2))):
        m, s = (1 - beta1) * gradient, (1 - beta2) * gradient**2
        step = rate * (m / (1 - beta1**t)) / np.sqrt(s / (1 - beta2**t))
        assert step == pytest.approx(expected, rel=1e-6)


def test_one_update_changes_every_layer_by_its_own_gradient():
    """eq-update-per-layer: and so larger gradients change weights more."""
    example = worked_network()
    network = example.network()
    network.forward(example.x, example.y)
    network.backward()
    before = {name: array.copy() for name, array in network.parameters.items()}
    SGD(network, learning_rate=0.3).update()
    for name, array in network.parameters.items():
        change = before[name] - array
        np.testing.assert_allclose(change, 0.3 * network.gradients[name], rtol=1e-9, atol=1e-15)


@pytest.fixture(scope="module")
def loop():
    return run_cells(BOOK / "12_training_loop.md")


def test_the_noise_falls_where_the_network_fits_its_examples(loop):
    assert loop["noise_end"] < 0.4 * loop["noise_start"]


def test_a_small_gradient_may_be_a_plateau(loop):
    plateau = loop["plateau"]
    flat, end = plateau[300], plateau[3000]
    assert flat[1] < 0.005
    assert abs(plateau[1000][0] - plateau[100][0]) < 0.01
    assert flat[0] > 100 * end[0]


def test_the_flat_curve_of_short_steps_has_the_longest_gradient(loop):
    lengths = loop["lengths"]
    assert lengths[0.0001] == max(lengths.values())
    assert min(lengths.values()) > 0.01


def test_weight_decay_lowers_the_held_out_loss_and_too_much_raises_both(loop):
    (train0, held0, size0), (train1, held1, size1), (train2, held2, size2) = (
        loop["decayed"][decay] for decay in (0.0, 0.003, 0.03)
    )
    assert size2 < size1 < size0
    assert train0 < train1 < train2
    assert held1 < held2 < held0


def test_early_stopping_survives_a_loss_that_is_not_a_number(loop):
    network = loop["large"]()
    network.theta[...] = np.nan
    stop = loop["train_with_patience"]
    network.evaluate = lambda *held: float("nan")
    network.forward = lambda *batch: float("nan")
    network.backward = lambda: None
    optimizer = type("Still", (), {"update": lambda self: None})()
    assert stop(network, optimizer, *loop["few"], loop["held"], 3)[0] == 4


@pytest.fixture(scope="module")
def trouble():
    return run_cells(BOOK / "13_when_it_goes_wrong.md")


def test_with_xavier_weights_tanh_falls_slowly_both_ways(trouble):
    forward, backward = trouble["kept"]
    assert 0.15 < forward[-1] < forward[0] < 1
    assert 0.15 < backward[0] < backward[-1] <= 1


def test_the_independence_that_the_backward_variance_assumes_nearly_holds(trouble):
    assert trouble["measured_back"] == pytest.approx(1, abs=0.1)


def test_one_size_is_enough_for_a_whole_network_of_rectifiers(trouble):
    """eq-he-variance: backward the factors leave n_L / n_0, no product that grows with depth."""
    end = trouble["widths"][-1] / trouble["widths"][0]
    assert trouble["he"][0] == pytest.approx(1, rel=0.4)
    assert trouble["he"][1] == pytest.approx(end, rel=0.4)
    assert trouble["between"][0] < 0.3
    assert trouble["between"][1] < 0.3 * end


def test_a_dead_unit_of_a_deeper_layer_may_come_back(trouble):
    assert 0 < trouble["revived"] < trouble["revived_of"]


def test_the_printed_causes_of_saturation(trouble):
    assert trouble["flat"][1] < 0.05
    assert trouble["flat"][255] > 0.9


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_softmax_applied_twice_keeps_the_loss_above_a_floor(classes):
    """Chapter 14: probabilities as scores; the best are 1 at the right class and 0 elsewhere."""
    floor = np.log(1 + (classes - 1) / np.e)

    def loss(p):
        return np.log(np.exp(p).sum()) - p[0]

    assert loss(np.eye(classes)[0]) == pytest.approx(floor)
    draws = np.random.default_rng(0).dirichlet(np.full(classes, 0.2), size=500)
    assert min(map(loss, draws)) > floor - 1e-12
