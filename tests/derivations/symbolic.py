"""Compare formulas with what sympy derives."""

import sympy


def same(found, expected):
    """Say whether two expressions (or matrices of them) are equal, after simplification."""
    difference = sympy.Matrix([found]) - sympy.Matrix([expected])
    return all(sympy.simplify(entry) == 0 for entry in difference)


def close(found, expected, places=25):
    """Say whether two expressions or matrices without symbols agree to so many places."""
    found, expected = sympy.Matrix([found]), sympy.Matrix([expected])
    assert found.shape == expected.shape, f"{found.shape} against {expected.shape}"
    return all(abs(sympy.N(d, places + 10)) < sympy.Float(10) ** -places for d in found - expected)


def sigma(z):
    """The sigmoid."""
    return 1 / (1 + sympy.exp(-z))
