"""Parameters and gradients by name, as arrays that can lie in one flat vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib._validation import Array, parameter_values


class Arrays(Mapping[str, Array]):
    """Arrays by name. Assigning to a name copies numbers into its array, so that views stay views.

    >>> arrays = Arrays("parameter", {"W": np.zeros((1, 2))})
    >>> arrays["W"] = [[1, 2]]
    >>> arrays["W"]
    array([[1., 2.]])
    """

    def __init__(self, kind: str, arrays: Mapping[str, Array]) -> None:
        self.kind, self.arrays = kind, dict(arrays)

    def __getitem__(self, name: str) -> Array:
        try:
            return self.arrays[name]
        except KeyError:
            raise KeyError(
                f"no {self.kind} is called {name!r}; there are {', '.join(self.arrays) or 'none'}"
            ) from None

    def __setitem__(self, name: str, values: ArrayLike) -> None:
        array = self[name]
        if self.kind == "parameter" or np.shape(values) != array.shape:
            values = parameter_values(name, values, array)
        array[...] = values

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}: {array.shape}" for name, array in self.arrays.items())
        return f"<{self.kind}s {shapes}>"


def named(mapping: str, name: str) -> Any:
    """Return an attribute for an array of `layer.parameters`, say, under its name there."""

    def assign(layer: Any, values: ArrayLike) -> None:
        getattr(layer, mapping)[name] = values

    return property(lambda layer: getattr(layer, mapping)[name], assign)


def moved(kind: str, arrays: Mapping[str, Array], vector: Array) -> Arrays:
    """Copy these arrays into a flat vector, row by row, and return views of it.

    >>> vector = np.zeros(3)
    >>> views = moved("parameter", {"W": np.ones((1, 2)), "b": np.array([5.0])}, vector)
    >>> views["W"][0, 1] = 7
    >>> vector
    array([1., 7., 5.])
    """
    views, start = {}, 0
    for name, array in arrays.items():
        views[name] = vector[start : start + array.size].reshape(array.shape)
        views[name][...] = array if vector.dtype.kind == "c" else array.real
        start += array.size
    return Arrays(kind, views)
