"""Where weights start: the variances of the papers, and signals that keep their size."""

from __future__ import annotations

import numpy as np
import pytest

from course_lib import Dense, initializers

SHAPE = (300, 200)
VARIANCES = {
    "zeros": 0.0,
    "normal": 0.01**2,
    "xavier_uniform": 2 / 500,
    "xavier_normal": 2 / 500,
    "glorot_uniform": 2 / 500,
    "glorot_normal": 2 / 500,
    "he_uniform": 2 / 200,
    "he_normal": 2 / 200,
}


def test_every_name_is_tested_here():
    assert VARIANCES.keys() == initializers.NAMES.keys()


@pytest.mark.parametrize("name", VARIANCES)
def test_the_variance_is_the_papers(name):
    W = initializers.find(name)(SHAPE, np.random.default_rng(0))
    assert W.shape == SHAPE
    assert W.dtype == np.float64
    # 60,000 draws: the variance's own spread is 0.6 % (normal) and less
    assert W.var() == pytest.approx(VARIANCES[name], rel=0.03)
    assert abs(W.mean()) <= 4 * np.sqrt(VARIANCES[name] / W.size)
    if name.endswith("uniform"):
        assert abs(W).max() <= np.sqrt(3 * VARIANCES[name])
        assert abs(W).max() > 0.99 * np.sqrt(3 * VARIANCES[name])


def test_he_keeps_the_size_of_signals_through_rectifiers_and_xavier_through_tanh_at_0():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 300))
    for name, g in (
        ("he_normal", lambda z: np.maximum(z, 0) * np.sqrt(2)),
        ("xavier_normal", lambda z: z),
    ):
        a = x
        for seed in range(8):
            scale = np.sqrt(0.5) if name == "he_normal" else 1.0
            a = g(Dense(300, 300, name, seed=seed).forward(a) * scale)
        assert 0.5 < (a**2).mean() / (x**2).mean() < 2


def test_an_initializer_of_your_own_is_taken():
    layer = Dense(2, 3, lambda shape, rng: np.full(shape, 7), seed=0)
    assert (layer.W == 7.0).all()
    assert layer.W.dtype == np.float64
    assert not layer.b.any()


def test_normal_is_an_initializer_and_makes_one():
    for initializer, size in ((initializers.normal, 0.01), ("normal", 0.01),
                              (initializers.normal(0.5), 0.5)):  # fmt: skip
        assert Dense(200, 300, initializer, seed=0).W.std() == pytest.approx(size, rel=0.02)
