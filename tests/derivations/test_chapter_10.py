"""Chapter 10's equations, held to sympy and to what `course_lib.gradcheck` measures."""

import numpy as np
import pytest
import sympy as sp
from symbolic import same

from course_lib.gradcheck import central_differences, complex_step, relative_error

h, x = sp.symbols("h x", real=True)
c = sp.symbols("c0:4", real=True)


def cubic(s):
    return sum(ck * s**k for k, ck in enumerate(c))


def test_a_cubic_that_fits_up_to_the_third_slope():
    """eq-check-cubic: what is left over shrinks at least like the fourth power of the step."""
    s = sp.Symbol("s")
    f = sp.exp(x) * sp.sin(2 * x)
    parts = [sp.diff(f, x, k) / sp.factorial(k) for k in range(4)]
    rest = f.subs(x, x + s) - sum(part * s**k for k, part in enumerate(parts))
    for k in range(4):
        assert same(sp.diff(rest, s, k).subs(s, 0), 0)


def test_truncation_of_both_quotients():
    """eq-check-truncation."""
    assert same((cubic(h) - cubic(-h)) / (2 * h), c[1] + c[3] * h**2)
    assert same((cubic(h) - cubic(0)) / h, c[1] + c[2] * h + c[3] * h**2)


def test_the_imaginary_part_holds_the_slope():
    """eq-check-imaginary and eq-check-complex-step."""
    real, imaginary = sp.expand(cubic(sp.I * h)).as_real_imag()
    assert same(real, c[0] - c[2] * h**2)
    assert same(imaginary / h, c[1] - c[3] * h**2)
    slopes = complex_step(lambda z: np.tanh(z).sum(), [0.9, -0.3])
    assert np.allclose(slopes, 1 - np.tanh([0.9, -0.3]) ** 2, rtol=1e-15, atol=0)


def test_the_best_steps_have_no_slope_and_are_lowest():
    """eq-check-best-step and eq-check-best-one-sided."""
    step, size, third, second = sp.symbols("h e c3 c2", positive=True)
    for error, best in (
        (third * step**2 + size / (2 * step), (size / (4 * third)) ** sp.Rational(1, 3)),
        (second * step + size / step, sp.sqrt(size / second)),
    ):
        assert same(sp.diff(error, step).subs(step, best), 0)
        assert sp.simplify(sp.diff(error, step, 2).subs(step, best)).is_positive


@pytest.mark.parametrize("step", [1e-9, 1e-11, 1e-13])
def test_rounding_of_a_quotient_stays_below_its_bound_and_comes_near(step):
    """eq-check-rounding: over many places, for a product of two roundings at most."""
    places = np.random.default_rng(0).uniform(1, 2, 400)
    up, down = places + step, places - step
    exact = [
        sp.Rational(float(upper)) ** 2 - sp.Rational(float(two)) ** 2
        for upper, two in zip(up, down, strict=True)
    ]
    error = np.abs(up * up - down * down - np.array(exact, dtype=float)) / (2 * step)
    bound = np.finfo(float).eps * up**2 / (2 * step)
    assert (error <= bound).all()
    assert error.max() > 0.2 * bound.max()


def test_central_differences_of_an_array():
    """eq-check-central: entry by entry, whatever the shape."""
    at = np.arange(6.0).reshape(2, 3)
    assert np.allclose(central_differences(lambda z: (z**3).sum(), at, 0.1), 3 * at**2 + 0.01)


def test_the_relative_error():
    """eq-check-relative-error."""
    assert relative_error([4.0, -2.0], [5.0, -2.0]) == pytest.approx(0.2)


def test_the_slope_along_a_direction():
    """eq-check-direction: sympy's slope of f(x + h v) by h."""
    symbols, v = sp.symbols("p q r"), sp.symbols("u v w")
    f = sp.sin(symbols[0]) * symbols[1] + symbols[2] ** 2 * symbols[0]
    moved = dict(zip(symbols, [p + h * w for p, w in zip(symbols, v, strict=True)], strict=True))
    along = sp.diff(f.subs(moved, simultaneous=True), h).subs(h, 0)
    assert same(along, sum(w * sp.diff(f, p) for p, w in zip(symbols, v, strict=True)))


def test_a_step_over_a_kink_mixes_two_slopes():
    """eq-check-kink."""
    d, step = 0.25, 0.5
    quotient = central_differences(lambda z: np.maximum(z, 0).sum(), [d], step)[0]
    assert quotient == 0.5 + d / (2 * step) == 0.75
