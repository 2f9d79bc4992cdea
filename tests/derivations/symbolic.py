"""Compare formulas with what sympy derives."""

import sympy


def same(actual, expected):
    """Say whether two expressions (or matrices of them) are equal, after simplification."""
    difference = sympy.Matrix([actual]) - sympy.Matrix([expected])
    return all(sympy.simplify(entry) == 0 for entry in difference)


def close(actual, expected, places=25):
    """Say whether two expressions or matrices without symbols agree to so many places."""
    actual, expected = sympy.Matrix([actual]), sympy.Matrix([expected])
    assert actual.shape == expected.shape, f"{actual.shape} against {expected.shape}"
    return all(abs(sympy.N(d, places + 10)) < sympy.Float(10) ** -places for d in actual - expected)


def sigma(z):
    """The sigmoid."""
    return 1 / (1 + sympy.exp(-z))
