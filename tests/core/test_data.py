"""The data sets: shapes, ranges, determinism, and the digits against their source."""

import numpy as np
import pytest
from make_digits import held_out_fifth
from needs import need

from course_lib import data


def test_the_digits_are_1797_images_in_0_to_1_with_a_fifth_of_every_digit_held_out():
    x_train, y_train, x_test, y_test = data.digits()
    assert x_train.shape == (1438, 64)
    assert x_test.shape == (359, 64)
    assert x_train.dtype == x_test.dtype == np.float64
    assert np.issubdtype(y_train.dtype, np.integer)
    for x in (x_train, x_test):
        assert x.min() == 0.0
        assert x.max() == 1.0
        assert np.array_equal(x * 16, np.round(x * 16))
    share = np.bincount(y_test) / (np.bincount(y_train) + np.bincount(y_test))
    assert np.allclose(share, 0.2, atol=0.01)


def test_no_held_out_image_is_also_a_training_image():
    x_train, _, x_test, _ = data.digits()
    assert not {row.tobytes() for row in x_train} & {row.tobytes() for row in x_test}


@pytest.mark.long
def test_the_digits_are_those_of_scikit_learn():
    need("sklearn")
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    held_out = held_out_fifth(labels)
    x_train, y_train, x_test, y_test = data.digits()
    assert np.array_equal(x_train * 16, images[~held_out])
    assert np.array_equal(x_test * 16, images[held_out])
    assert np.array_equal(y_train, labels[~held_out])
    assert np.array_equal(y_test, labels[held_out])


def test_a_nearest_neighbour_reads_the_held_out_digits():
    """Pixels and labels belong together: a label array in another order would give about 10 %."""
    x_train, y_train, x_test, y_test = data.digits()
    distance = (x_train**2).sum(1) - 2 * x_test @ x_train.T
    assert np.mean(y_train[distance.argmin(1)] == y_test) > 0.97


def test_the_licence_lies_beside_the_digits():
    text = (data._DIGITS.parent / "LICENSE-digits").read_text(encoding="utf-8")
    assert "CC BY 4.0" in text
    assert "10.24432/C50P49" in text


def test_changing_what_was_returned_changes_nothing_for_the_next_caller():
    for load in (data.xor, data.moons, data.spirals, data.digits):
        first = [array.copy() for array in load()]
        for array in load():
            array[...] = 7
        assert all(np.array_equal(a, b) for a, b in zip(first, load(), strict=True))
    data.worked_network().W1[...] = 7
    assert data.worked_network().W1[0, 0] == 0.5


def test_xor_labels_are_the_exclusive_or_of_the_coordinates():
    x, y = data.xor()
    assert np.array_equal(y, np.logical_xor(x[:, 0], x[:, 1]))


def test_moons_without_noise_lie_on_two_half_circles():
    x, y = data.moons(101, noise=0.0)
    assert np.bincount(y).tolist() == [51, 50]
    centre = np.where(y[:, None] == 0, [[0.0, 0.0]], [[1.0, 0.5]])
    assert np.allclose(np.hypot(*(x - centre).T), 1.0)
    above = x[:, 1] - centre[:, 1]
    assert above[y == 0].min() > -1e-12
    assert above[y == 1].max() < 1e-12


def test_spirals_without_noise_turn_as_often_as_asked():
    x, y = data.spirals(600, noise=0.0, classes=3, turns=1.5)
    radius = np.hypot(*x.T)
    assert radius.min() == pytest.approx(0.1)
    assert radius.max() == pytest.approx(1.0)
    for label in range(3):
        arm = x[y == label][np.argsort(radius[y == label])]
        angle = np.unwrap(np.arctan2(arm[:, 1], arm[:, 0]))
        assert angle[-1] - angle[0] == pytest.approx(2 * np.pi * 1.5 * 0.9)
    assert np.bincount(y).tolist() == [200, 200, 200]


@pytest.mark.parametrize("make", [data.moons, data.spirals])
def test_the_seed_decides_and_the_noise_has_its_size(make):
    x, y = make(4000, noise=0.3, seed=5)
    again, labels = make(4000, noise=0.3, seed=5)
    assert np.array_equal(x, again)
    assert np.array_equal(y, labels)
    assert not np.array_equal(x, make(4000, noise=0.3, seed=6)[0])
    quiet = make(4000, noise=0.0)[0]
    assert np.var(x) - np.var(quiet) == pytest.approx(0.09, abs=0.03)
    assert abs(np.mean(y[:400]) - 0.5) < 0.1, "a slice must be a fair sample"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: data.moons(1), "n is 1; expected at least 2"),
        (lambda: data.moons(10.0), "n is 10.0; expected a whole number"),
        (lambda: data.moons(True), "n is True"),
        (lambda: data.moons(noise=-0.1), "noise is -0.1; expected a standard deviation"),
        (lambda: data.moons(noise=float("nan")), "noise is nan"),
        (lambda: data.moons(seed=-1), "seed is -1; expected at least 0"),
        (lambda: data.spirals(classes=1), "classes is 1; expected at least 2"),
        (lambda: data.spirals(2, classes=3), "n is 2; expected at least 3"),
        (lambda: data.spirals(turns=float("inf")), "turns is inf"),
    ],
)
def test_a_wrong_argument_is_named_with_what_was_expected(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_the_worked_network_is_as_the_book_needs_it():
    e = data.worked_network()
    assert [a.shape for a in (e.W1, e.b1, e.W2, e.b2, e.x)] == [(2, 4), (2,), (3, 2), (3,), (5, 4)]
    assert e.W1.size + e.b1.size + e.W2.size + e.b2.size == 19
    assert set(e.y) == {0, 1, 2}
    for array in (e.W1, e.b1, e.W2, e.b2, e.x):
        assert np.all(array != 0)
        assert np.array_equal(array, np.round(array, 1)), "one decimal, to be computed by hand"
    z = e.x @ e.W1.T + e.b1
    assert (z > 1).any(axis=0).all()
    assert (z < -1).any(axis=0).all()
    assert (abs(z) < 1).any(axis=0).all()
