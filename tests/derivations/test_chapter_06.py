"""Chapter 6's rules for graphs, held to sympy and, through `Value`, to its own numbers."""

import pytest
import sympy as sp

from course_lib.graph import Value

p, q, h = sp.symbols("p q h", real=True)


def test_local_gradients_of_sum_and_product():
    """eq-graph-local."""
    assert [sp.diff(p + q, symbol) for symbol in (p, q)] == [1, 1]
    assert [sp.diff(p * q, symbol) for symbol in (p, q)] == [q, p]


def test_the_table_of_nodes():
    """eq-graph-operations: every row against sympy, where the node's value is s."""
    n = sp.symbols("n")
    positive = sp.symbols("positive", positive=True)
    sigmoid = 1 / (1 + sp.exp(-p))
    assert [sp.diff(p - q, symbol) for symbol in (p, q)] == [1, -1]
    assert sp.simplify(sp.diff(p / q, p) - 1 / q) == 0
    assert sp.simplify(sp.diff(p / q, q) + p / q**2) == 0
    assert sp.simplify(sp.diff(positive**n, positive) - n * positive ** (n - 1)) == 0
    assert sp.diff(sp.exp(p), p) == sp.exp(p)
    assert sp.diff(sp.log(positive), positive) == 1 / positive
    assert sp.simplify(sp.diff(sigmoid, p) - sigmoid * (1 - sigmoid)) == 0
    assert sp.simplify(sp.diff(sp.tanh(p), p) - (1 - sp.tanh(p) ** 2)) == 0
    for larger, smaller in ((3, -2), (-2, 3)):
        slopes = [sp.diff(sp.Max(p, q), symbol).subs({p: larger, q: smaller}) for symbol in (p, q)]
        assert slopes == ([1, 0] if larger > smaller else [0, 1])
    relu = sp.diff(sp.Max(p, 0), p)
    assert (relu.subs(p, 2), relu.subs(p, -2)) == (1, 0)


def test_a_quotient_is_a_product_with_a_power():
    """The page's derivation: both ways of drawing the nodes give the same gradients."""
    for build in (lambda a, b: a / b, lambda a, b: a * b**-1):
        a, b = Value(3.0), Value(-2.0)
        build(a, b).backward()
        assert (a.grad, b.grad) == (-0.5, -0.75)


def test_one_node_or_four_for_a_sigmoid():
    """The gradient does not depend on where the nodes are drawn."""
    single, four = Value(0.7), Value(0.7)
    single.sigmoid().backward()
    (1 / (1 + (-four).exp())).backward()
    assert single.grad == pytest.approx(four.grad, rel=1e-14)


def test_upstream_times_local():
    """eq-graph-upstream: for any outer function of a product and of a sum."""
    outer = sp.Function("f")
    s = sp.symbols("s")
    slope = sp.diff(outer(s), s)
    assert sp.simplify(sp.diff(outer(p * q), p) - slope.subs(s, p * q).doit() * q) == 0
    assert sp.simplify(sp.diff(outer(p + q), p) - slope.subs(s, p + q).doit()) == 0


def test_the_end_with_respect_to_itself_is_one():
    """eq-graph-start."""
    end = Value(3.0) * 2
    end.backward()
    assert end.grad == 1.0


def test_ways_add():
    """eq-graph-fan-out: on the page's example exactly, and for three uses in general."""
    s = p * q + p
    assert sp.expand(s.subs(p, p + h) - s - (q * h + h)) == 0
    uses = [p**2, sp.sin(p), 3 * p]
    u = sp.symbols("u1:4")
    outer = u[0] * u[1] + u[2] ** 2
    there = dict(zip(u, uses, strict=True))
    by_ways = sum(sp.diff(outer, node).subs(there) * sp.diff(use, p) for node, use in there.items())
    assert sp.simplify(sp.diff(outer.subs(there), p) - by_ways) == 0


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda a, b: a * b + a, (-2.0, 2.0)),
        (lambda a, b: (a + b) * (b + 1), (-2.0, -3.0)),
        (lambda a, b: a * a + 0 * b, (4.0, 0.0)),
    ],
)
def test_value_adds_over_ways(build, expected):
    a, b = Value(2.0), Value(-3.0)
    build(a, b).backward()
    symbols = [sp.diff(build(p, q), symbol).subs({p: 2, q: -3}) for symbol in (p, q)]
    assert (a.grad, b.grad) == expected == tuple(float(slope) for slope in symbols)
