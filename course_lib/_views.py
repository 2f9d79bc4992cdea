"""Named arrays that are pieces of one flat vector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from numpy.typing import ArrayLike

from course_lib._validation import Array, parameter_values


class Views(Mapping[str, Array]):
    """Arrays by name (``"W1"``, ``"b1"``, …), each a view into one flat vector.

    Assigning to a name copies numbers into its array, so the flat vector always holds the same.
    """

    def __init__(self, kind: str, arrays: dict[str, Array]) -> None:
        self._kind, self._arrays = kind, arrays

    def __getitem__(self, name: str) -> Array:
        try:
            return self._arrays[name]
        except KeyError:
            raise KeyError(
                f"no {self._kind} is called {name!r}; this network has {', '.join(self._arrays)}"
            ) from None

    def __setitem__(self, name: str, values: ArrayLike) -> None:
        array = self[name]
        array[...] = parameter_values(name, values, array)

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}: {array.shape}" for name, array in self._arrays.items())
        return f"<{self._kind}s {shapes}>"
