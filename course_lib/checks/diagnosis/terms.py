"""Numbers written in the terms of a question: 1/N, 2/(N·n), −(1 + learning_rate).

A factor between two arrays says little as 0.0909091 and much as 1/N. The expression has to give
the factor of every call, since those have different sizes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import numpy as np

from course_lib.checks.question import Question
from course_lib.checks.verdict import CallRecord

CLOSE = 1e-5
COST = 4  # powers in one product
KNOWN = 10  # names in one search
NUMBERS = {"2": 2.0, "3": 3.0}
CONSTANTS = {"e": math.e, "ln 2": math.log(2), "ln 10": math.log(10)}


@dataclass(frozen=True)
class Written:
    """A number in terms of sizes and arguments: its text, and the names that occur in it."""

    text: str
    names: tuple[str, ...] = ()


def known(question: Question, record: CallRecord) -> dict[str, float]:
    """Return the positive numbers that a factor of this call may be made of, by name.

    Sizes come first, then the single numbers among the question's factors, then arguments that are
    single numbers (a learning rate, a momentum).
    """
    numbers = {name: float(size) for name, size in question.sizes(*record.args).items()}
    factors = question.factors(*record.args)
    numbers |= {name: float(value) for name, value in factors.items() if np.ndim(value) == 0}
    for name, argument in zip(question.arguments, record.args, strict=False):
        if type(argument) in (int, float) and name not in numbers:
            numbers[name] = float(argument)
    numbers |= {f"(1 − {name})": 1.0 - value for name, value in numbers.items() if value < 1}
    # NaN and infinity compare as false here.
    return {name: value for name, value in numbers.items() if 0 < value < math.inf}


def written(
    ratios: Sequence[float], knowns: Sequence[Mapping[str, float]], *, sums: bool = False
) -> Written | None:
    """Write a factor as ±2^a · N^b · n^c with small exponents, the same in every call.

    `ratios` holds the factor of each call, `knowns` what is known in it (see :func:`known`); with
    `sums`, ±(1 + product) and ±(1 − product) are tried as well.

    >>> written([-2 / 11], [{"N": 11, "n_out": 13}]).text
    '−2/N'
    >>> written([1 / 11, 1 / 5], [{"N": 11}, {"N": 5}]).text
    '1/N'
    >>> written([-1.1], [{"learning_rate": 0.1}], sums=True).text
    '−(1 + learning_rate)'
    >>> written([5**-0.5], [{"n_in": 5}]).text, written([0.1**0.5], [{"(1 − beta)": 0.1}]).text
    ('√(1/n_in)', '√(1 − beta)')
    >>> written([1 / math.log(2)], [{}]).text
    '1/ln 2'
    >>> written([0.83], [{"momentum": 0.9, "learning_rate": 0.07}], sums=True).text
    '(momentum − learning_rate)'
    >>> written([0.37], [{"N": 11}]) is None
    True
    """
    if not ratios or not all(math.isfinite(ratio) and ratio for ratio in ratios):
        return None
    signs = {ratio > 0 for ratio in ratios}
    if len(signs) > 1:
        return None
    sign = "" if signs == {True} else "−"
    sizes = [abs(ratio) for ratio in ratios]

    def said(form: str, powers: Mapping[str, int]) -> Written:
        return Written(sign + form.format(_text(powers)), _named(powers))

    powers = _product(sizes, knowns)
    if powers is not None:
        return said("{}", powers)
    if max(sizes) - min(sizes) <= 1e-9 * max(sizes):
        fraction = Fraction(sizes[0]).limit_denominator(10)
        if 0 < fraction.numerator <= 10 and abs(fraction / Fraction(sizes[0]) - 1) < 1e-9:
            return Written(sign + str(fraction))
        for name, value in CONSTANTS.items():
            for text, number in ((name, value), (f"1/{name}", 1 / value)):
                if abs(sizes[0] / number - 1) < CLOSE:
                    return Written(sign + text)
    powers = _product([size * size for size in sizes], knowns, cost=3, threes=True)
    if powers is not None:
        single = list(powers.values()) == [1] and "/" not in _text(powers)
        return said("√{}" if single else "√({})", powers)
    if not sums:
        return None
    for start, between in ((1.0, "+"), (-1.0, "−")):
        rest = [start * (size - 1.0) for size in sizes]
        powers = _product(rest, knowns, cost=2) if min(rest) >= 1e-9 else None
        if powers is not None and _named(powers):
            return said(f"(1 {between} {{}})", powers)
    return _difference(sizes, knowns, sign)


def _difference(
    sizes: Sequence[float], knowns: Sequence[Mapping[str, float]], sign: str
) -> Written | None:
    """Write a factor as the difference of two names."""
    common = [name for name in knowns[0] if all(name in row for row in knowns)]
    for first, second in itertools.permutations(common, 2):
        pairs = zip(sizes, knowns, strict=True)
        if all(abs(row[first] - row[second] - size) < CLOSE * size for size, row in pairs):
            return Written(f"{sign}({first} − {second})", (first, second))
    return None


def _named(powers: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(name for name in powers if name not in NUMBERS)


def _product(
    sizes: Sequence[float],
    knowns: Sequence[Mapping[str, float]],
    cost: int = COST,
    threes: bool = False,
) -> dict[str, int] | None:
    """Return the exponents of a product that gives the size of every call."""
    names = _names(knowns)
    if threes:
        names.insert(1, "3")
    logarithms = np.log(np.array(sizes))
    table = np.log(np.array([[NUMBERS.get(name) or row[name] for name in names] for row in knowns]))
    powers = _powers(len(names), cost)
    sums = powers @ table.T
    hits = np.flatnonzero((np.abs(sums - logarithms) < CLOSE).all(axis=1))
    if not hits.size:
        return None
    # The shortest; then what is above the line before what is below it; then as listed.
    best = min(hits, key=lambda hit: (np.abs(powers[hit]).sum(), hit))
    return {name: int(power) for name, power in zip(names, powers[best], strict=True) if power}


def _names(knowns: Sequence[Mapping[str, float]]) -> list[str]:
    """Return 2 and the names whose values can be told from 1 and 2 in some call."""
    common = [name for name in knowns[0] if all(name in row for row in knowns)]
    telling = [
        name
        for name in common
        if all(any(abs(row[name] - number) > CLOSE for row in knowns) for number in (1.0, 2.0))
    ]
    return ["2", *telling[: KNOWN - 1]]


@lru_cache(maxsize=32)
def _powers(count: int, cost: int) -> np.ndarray:
    """Return all exponents whose sizes add up to `cost` at most, each 2 at most."""
    rows = {(0,) * count}
    for _ in range(cost):
        grown = set(rows)
        for exponents in rows:
            for position, change in itertools.product(range(count), (1, -1)):
                new = list(exponents)
                new[position] += change
                if abs(new[position]) <= 2:
                    grown.add(tuple(new))
        rows = grown
    ordered = sorted(rows, key=lambda row: (sum(map(abs, row)), [-power for power in row]))
    return np.array(ordered, dtype=float)


def _text(powers: Mapping[str, int]) -> str:
    """Write a product of powers as one fraction.

    >>> _text({"1/a": 1, "1/b": -1}), _text({"N": 1, "w/a": -1})
    ('b/a', 'N/(w/a)')
    """
    powers = {
        name.removeprefix("1/"): -power if name.startswith("1/") else power
        for name, power in powers.items()
    }
    top = [_power(name, power) for name, power in powers.items() if power > 0]
    bottom = [_power(name, -power) for name, power in powers.items() if power < 0]
    text = "·".join(top) or "1"
    if bottom:
        text += "/" + ("·".join(bottom) if len(bottom) == 1 else f"({'·'.join(bottom)})")
    return text


def _power(name: str, power: int) -> str:
    if name in NUMBERS:
        return str(int(NUMBERS[name]) ** power)
    base = f"({name})" if "/" in name else name
    return base if power == 1 else f"{base}²"
