"""Surrogates: what takes the place of some functions of a notebook while another one is tried.

A surrogate knows no right answer. What it returns depends smoothly on every number that it is
given, and on a seed. So a function that hands the right things to surrogates, and makes the right
thing of what they return, is right whatever its parts are; nothing else can tell what comes out.
"""

from __future__ import annotations

import contextlib
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from .executor import replaced

MIXED = 3  # how many sums of all numbers an answer depends on
PERIOD = 4093  # a longer array is folded: numbers this many places apart count alike


def pattern(args: Sequence[Any]) -> list[list[int]]:
    """Return the shapes of everything in some arguments, one after another.

    >>> pattern([np.ones((2, 3)), [np.ones(2), np.ones(3)], 0.5, "tanh"])
    [[2, 3], [2], [3], [], []]
    """
    return [list(numbers.shape) for arg in args for numbers in _numbers(arg)]


def outline(value: Any) -> Any:
    """Return what a surrogate needs to answer with arrays like those in `value`.

    >>> outline((np.ones((2, 3)), [np.ones(2)]))
    ({'shape': [2, 3]}, [{'shape': [2]}])
    """
    if isinstance(value, (list, tuple)):
        return type(value)(outline(entry) for entry in value)
    return {"shape": list(np.shape(value))}


class Surrogate:
    """Takes the place of one function.

    Parameters
    ----------
    name : str
        Of the function.
    arguments : sequence of str
        Their names, in order.
    answers : sequence of (list, outline)
        What to return for arguments of which `pattern`.
    positive : bool
        Whether no answer is negative.
    seed : int
        Two surrogates of one seed answer alike.
    """

    def __init__(
        self, name: str, arguments: list[str], answers: list[Any], positive: bool, seed: int
    ) -> None:
        self.__name__ = name
        self._arguments, self._positive = arguments, positive
        self._answers = {str(takes): gives for takes, gives in answers}
        self._seed = [seed, zlib.crc32(name.encode())]

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Return numbers that depend on every number of the arguments."""
        rest = self._arguments[len(args) :]
        if len(args) > len(self._arguments) or set(named) != set(rest):
            raise TypeError(
                f"{self.__name__} takes {', '.join(self._arguments)}; it was given "
                f"{len(args)} in order and {', '.join(named) or 'none'} by name"
            )
        values = [*args, *(named[name] for name in rest)]
        gives = self._answers.get(str(pattern(values)))
        if gives is None:
            raise ValueError(f"{self.__name__} was given arrays of shapes {pattern(values)}")
        return self._filled(gives, self._sums(values), iter(range(10**6)))

    def _weights(self, kind: int, place: int, size: tuple[int, ...]) -> np.ndarray:
        """Return numbers between −1 and 1 that depend on the seed, the name and the place."""
        bits = np.random.SFC64([*self._seed, kind, place])
        return 2.0 * np.random.Generator(bits).random(size) - 1.0

    def _sums(self, values: list[Any]) -> np.ndarray:
        """Return `MIXED` sums of all numbers, each number with a weight of its own.

        An array enters by its direction and by the logarithm of its size, so that a small one,
        or an ε, counts as much as any other.
        """
        sums = np.arange(float(MIXED))
        for place, numbers in enumerate(chain.from_iterable(map(_numbers, values))):
            size = float(np.linalg.norm(numbers))
            folded = _folded(numbers.ravel())
            weights = 2.0 * self._weights(0, place, (MIXED, 1 + folded.size))
            if size:
                sums += weights[:, 0] * np.log(size) + weights[:, 1:] @ (folded / size)
        return sums

    def _filled(self, gives: Any, sums: np.ndarray, places: Iterator[int]) -> Any:
        if not isinstance(gives, dict):
            return type(gives)(self._filled(entry, sums, places) for entry in gives)
        shape = tuple(gives["shape"])
        waves = self._weights(1, next(places), (MIXED, min(math.prod(shape), PERIOD)))
        numbers = np.sin(sums) @ waves / np.linalg.norm(waves, axis=0)
        numbers = np.abs(numbers) if self._positive else numbers
        return np.resize(numbers, shape) if shape else float(numbers[0])


def _folded(numbers: np.ndarray) -> np.ndarray:
    """Return at most `PERIOD` numbers, of which each is a sum of numbers a period apart."""
    if numbers.size <= PERIOD:
        return numbers
    whole = numbers.size - numbers.size % PERIOD
    folded = numbers[:whole].reshape(-1, PERIOD).sum(axis=0)
    folded[: numbers.size - whole] += numbers[whole:]
    return folded


def _numbers(value: Any) -> Iterator[np.ndarray]:
    """Yield every array in a value as one of floats; a list of numbers is an array as well."""
    if isinstance(value, str):
        yield np.array(zlib.crc32(value.encode()) / 2**32)
        return
    with contextlib.suppress(TypeError, ValueError):
        yield np.asarray(value, dtype=float)
        return
    for entry in value:
        yield from _numbers(entry)


def stand_in(name: str, described: Mapping[str, Any]) -> Callable[..., Any]:
    """Make a `Surrogate` from its further parameters, or the right function from its source.

    >>> stand_in("twice", {"source": "def twice(x): return 2 * x"})(3)
    6
    """
    if "source" not in described:
        return Surrogate(name, **described)
    space: dict[str, Any] = {"np": np}
    exec(described["source"], space)
    return space[name]


def in_place_of(
    namespace: MutableMapping[str, Any], described: Mapping[str, Any]
) -> contextlib.AbstractContextManager[None]:
    """Put surrogates in the place of some functions of a namespace for a while.

    `described` holds what `stand_in` takes, by name.
    """
    return replaced(namespace, {name: stand_in(name, rest) for name, rest in described.items()})
